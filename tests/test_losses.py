import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import disguises, jax_vjp, same

from annex_lib.derivatives import check_adjoint, jacobian
from annex_lib.losses import (
    mean_squared_error,
    mean_squared_error_vjp,
    softmax_cross_entropy,
    softmax_cross_entropy_vjp,
)
from annex_lib.shapes import ShapeError

SIZES = [(5, 3), (2, 7), (4, 4), (1, 3), (3, 1)]


def draw(rng, B, K):
    """Return logits, labels, the same labels as rows, and rows of probabilities."""
    z, y = rng.standard_normal((B, K)), rng.integers(K, size=B)
    rows = rng.random((B, K))
    return z, y, np.eye(K)[y], rows / rows.sum(1, keepdims=True)


def cross_entropy_loops(z, Y):
    (B, K), L = z.shape, 0.0
    for t in range(B):
        total = sum(math.exp(v) for v in z[t])
        for k in range(K):
            L -= Y[t, k] * math.log(math.exp(z[t, k]) / total) / B
    return np.float64(L)


def squares_loops(z, y):
    return np.float64(sum((z[i] - y[i]) ** 2 for i in np.ndindex(z.shape)) / 2 / len(z))


@pytest.mark.parametrize("sizes", SIZES)
def test_the_losses_are_their_formulas(sizes, rng):
    z, y, Y, P = draw(rng, *sizes)
    same(softmax_cross_entropy(z, P), cross_entropy_loops(z, P))
    same(softmax_cross_entropy(z, Y), cross_entropy_loops(z, Y))
    same(softmax_cross_entropy(z, y), cross_entropy_loops(z, Y))
    same(mean_squared_error(z, P), squares_loops(z, P))


@pytest.mark.parametrize("sizes", SIZES)
def test_the_backward_passes_are_adjoints_and_the_complex_step(sizes, rng):
    z, *targets = draw(rng, *sizes)
    cases = [(softmax_cross_entropy, softmax_cross_entropy_vjp, y) for y in targets]
    for f, f_vjp, y in (*cases, (mean_squared_error, mean_squared_error_vjp, targets[-1])):

        def forward(z, f=f, y=y):
            return f(z, y)

        def backward(g, z, f_vjp=f_vjp, y=y):
            return f_vjp(g, z, y)

        assert check_adjoint(forward, backward, z, rng=rng)
        same(f_vjp(-2.5, z, y), -2.5 * jacobian(forward, z))


def test_labels_and_rows_with_a_single_one_say_the_same(rng):
    z, y, Y, _ = draw(rng, 5, 3)
    same(softmax_cross_entropy(z, y), softmax_cross_entropy(z, Y), 0)
    for labels in (y.astype("uint8"), y.tolist()):
        same(softmax_cross_entropy_vjp(1.0, z, labels), softmax_cross_entropy_vjp(1.0, z, Y), 0)


def test_large_logits_do_not_overflow():
    z = np.array([[1000.0, -1000], [-1e5, 1e5], [0, -np.inf]])
    for y in ([0, 0, 0], np.eye(2)[[0, 0, 0]]):
        same(softmax_cross_entropy(z, y), np.float64(2e5 / 3))
        dz = softmax_cross_entropy_vjp(3, z, y)
        same(dz, np.array([[0.0, 0], [-1, 1], [0, 0]]), 0)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_the_dtype_stays(dtype, rng):
    z, y, Y, _ = draw(rng, 3, 4)
    g, z, real = np.array(2, dtype), z.astype(dtype), np.dtype(dtype).type(0).real.dtype
    Y = Y.astype(real)
    for target in (y, Y):
        assert softmax_cross_entropy(z, target).dtype == dtype
        assert softmax_cross_entropy_vjp(g, z, target).dtype == dtype
    assert mean_squared_error(z, Y).dtype == mean_squared_error_vjp(g, z, Y).dtype == dtype


def test_other_memory_gives_the_same_and_inputs_stay(rng):
    arrays = z, y, _, P = draw(rng, 3, 4)
    before = [a.copy() for a in arrays]
    for a, b, c in zip(*map(disguises, (z, y, P)), strict=True):
        same(softmax_cross_entropy_vjp(1, a, b), softmax_cross_entropy_vjp(1, z, y), 1e-14)
        same(mean_squared_error_vjp(1, a, c), mean_squared_error_vjp(1, z, P), 1e-14)
    for a, old in zip(arrays, before, strict=True):
        same(a, old, 0)


Z = np.zeros((2, 3))


@pytest.mark.parametrize("name", ["softmax_cross_entropy", "softmax_cross_entropy_vjp"])
@pytest.mark.parametrize(
    ("z", "y", "message"),
    [
        (Z[0], [0], "z has 1 axis, shape (3,), but should be (B, K)"),
        (Z, 1, "y has 0 axes, shape (), but should be (B,) or (B, K)"),
        (Z, [0, 1, 2], "axis B is 2 in z but 3 in y (z is (B, K) = (2, 3), y is (B,) = (3,))"),
        (
            Z,
            np.ones((2, 4)) / 4,
            "axis K is 3 in z but 4 in y (z is (B, K) = (2, 3), y is (B, K) = (2, 4))",
        ),
        (Z, [0, 3], "y[1] is 3, but the 3 classes are 0 to 2"),
        (Z, [-1, 0], "y[0] is -1, but the 3 classes are 0 to 2"),
        (Z, [0.0, 1.0], "y holds float64, but labels of shape (B,) are whole numbers"),
        (Z, [True, False], "y holds bool, but labels of shape (B,) are whole numbers"),
        (
            Z,
            [[1, 0, 0], [0, 1, 1]],
            "row 1 of y should hold probabilities that add up to 1, but is [0.0, 1.0, 1.0]",
        ),
        (
            Z,
            [[2, -1, 0], [0, 1, 0]],
            "row 0 of y should hold probabilities that add up to 1, but is [2.0, -1.0, 0.0]",
        ),
        (
            Z,
            [[np.nan, 0, 0], [0, 1, 0]],
            "row 0 of y should hold probabilities that add up to 1, but is [nan, 0.0, 0.0]",
        ),
        (Z, Z + 1j, "y holds complex128, but should hold probabilities"),
        (Z, [[1, 0, 0], [1]], "y is ragged: its rows differ in length"),
        (Z[:0], [], "z is empty, shape (0, 3): there is nothing to average"),
        (Z[:, :0], [0, 0], "z is empty, shape (2, 0): there is nothing to average"),
        ("z", [0], "z holds str32, but should hold real or complex numbers"),
    ],
)
def test_what_is_no_target_is_refused_by_name(name, z, y, message):
    call = {
        "softmax_cross_entropy": softmax_cross_entropy,
        "softmax_cross_entropy_vjp": lambda z, y: softmax_cross_entropy_vjp(1, z, y),
    }[name]
    with pytest.raises(ShapeError) as error:
        call(z, y)
    assert str(error.value) == f"{name}: {message}"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: mean_squared_error(Z, Z.T),
            "mean_squared_error: axis B is 2 in z but 3 in y (z is (B, K) = (2, 3), "
            "y is (B, K) = (3, 2))",
        ),
        (
            lambda: mean_squared_error_vjp(1, Z, Z[0]),
            "mean_squared_error_vjp: y has 1 axis, shape (3,), but should be (B, K)",
        ),
        (
            lambda: mean_squared_error(Z[:0], Z[:0]),
            "mean_squared_error: z is empty, shape (0, 3): there is nothing to average",
        ),
        (
            lambda: mean_squared_error_vjp([1, 1], Z, Z),
            "mean_squared_error_vjp: g has 1 axis, shape (2,), but should be ()",
        ),
        (
            lambda: softmax_cross_entropy_vjp([1, 1], Z, [0, 0]),
            "softmax_cross_entropy_vjp: g has 1 axis, shape (2,), but should be ()",
        ),
    ],
)
def test_wrong_shapes_are_refused_by_name(call, message):
    with pytest.raises(ShapeError) as error:
        call()
    assert str(error.value) == message


def jax_cross_entropy(z, y):
    import jax

    return -(y * jax.nn.log_softmax(z)).sum(1).mean()


def jax_squares(z, y):
    return ((z - y) ** 2).sum(1).mean() / 2


def random_check(examples):
    @settings(max_examples=examples, deadline=None, derandomize=True)
    @given(st.integers(1, 5), st.integers(1, 6), st.integers(0, 2**32))
    def check(B, K, seed):
        rng = np.random.default_rng(seed)
        z, y, Y, P = draw(rng, B, K)
        z, g = 5 * z, rng.standard_normal(())
        for given_y, target in ((y, Y), (Y, Y), (P, P)):
            out, (dz, _) = jax_vjp(jax_cross_entropy, g, z, target)
            same(softmax_cross_entropy(z, given_y), np.asarray(out), 1e-10)
            same(softmax_cross_entropy_vjp(g, z, given_y), np.asarray(dz), 1e-10)
        out, (dz, _) = jax_vjp(jax_squares, g, z, P)
        same(mean_squared_error(z, P), np.asarray(out), 1e-10)
        same(mean_squared_error_vjp(g, z, P), np.asarray(dz), 1e-10)

    return check


test_random_sizes_agree_with_jax = random_check(15)
test_many_random_sizes_agree_with_jax = pytest.mark.long(random_check(500))
