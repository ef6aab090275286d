import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import (
    disguises,
    held,
    jax_vjp,
    linear_jacobians_loops,
    linear_loops,
    linear_vjp_loops,
    same,
)

from annex_lib.derivatives import check_adjoint, jacobian
from annex_lib.linear import linear, linear_jacobians, linear_vjp
from annex_lib.shapes import ShapeError

SIZES = [(5, 3, 4), (2, 6, 1), (3, 1, 5), (4, 4, 4), (1, 3, 2), (0, 3, 2), (2, 0, 3), (3, 2, 0)]


def draw(rng, B, m, n, dtype=float):
    """Return x, W, b and an upstream gradient g, all random."""
    shapes = (B, n), (m, n), (m,), (B, m)
    if np.dtype(dtype).kind == "c":
        return [(rng.standard_normal((*s, 2)) @ [1, 1j]).astype(dtype) for s in shapes]
    return [rng.standard_normal(s).astype(dtype) for s in shapes]


def check_all(x, W, b, g):
    """Compare forward, backward and Jacobians with the loops, for a batch."""
    same(linear(x, W, b), linear_loops(x, W, b))
    for actual, expected in zip(linear_vjp(g, x, W), linear_vjp_loops(g, x, W), strict=True):
        same(actual, expected)
    for actual, expected in zip(linear_jacobians(x, W), linear_jacobians_loops(x, W), strict=True):
        same(actual, expected)


@pytest.mark.parametrize("sizes", SIZES)
def test_a_batch_agrees_with_the_loops(sizes, rng):
    check_all(*draw(rng, *sizes))


@pytest.mark.parametrize("sizes", [(1, 3, 4), (1, 4, 4), (1, 5, 1), (1, 1, 2)])
def test_one_sample_agrees_with_the_loops(sizes, rng):
    x, W, b, g = draw(rng, *sizes)
    same(linear(x[0], W, b), linear_loops(x, W, b)[0])
    dx, dW, db = linear_vjp_loops(g, x, W)
    for actual, expected in zip(linear_vjp(g[0], x[0], W), (dx[0], dW, db), strict=True):
        same(actual, expected)
    df_dx, df_dW, df_db = linear_jacobians_loops(x, W)
    expected = df_dx[0, :, 0], df_dW[0], df_db[0]
    for J, expect in zip(linear_jacobians(x[0], W), expected, strict=True):
        same(J, expect)


@pytest.mark.parametrize("sizes", [(5, 3, 4), (4, 4, 4)])
def test_jax_agrees(sizes, rng):
    x, W, b, g = draw(rng, *sizes)
    out, gradients = jax_vjp(lambda x, W, b: x @ W.T + b, g, x, W, b)
    same(linear(x, W, b), out)
    for actual, expected in zip(linear_vjp(g, x, W), gradients, strict=True):
        same(actual, expected)


@pytest.mark.parametrize("sizes", [(5, 3, 4), (3, 3, 3)])
def test_the_backward_pass_is_the_adjoint_and_the_jacobians_are_the_complex_step(sizes, rng):
    batch, W, b, _ = draw(rng, *sizes)
    for x in (batch, batch[0]):
        assert check_adjoint(linear, lambda g, x, W, b: linear_vjp(g, x, W), x, W, b, rng=rng)
        for k, J in enumerate(linear_jacobians(x, W)):
            same(J, jacobian(linear, x, W, b, wrt=k))


@pytest.mark.parametrize("dtype", ["float32", "complex64", "complex128"])
def test_the_dtype_stays(dtype, rng):
    X, W, b, G = draw(rng, 3, 2, 4, dtype)
    for x, g in ((X, G), (X[0], G[0])):
        results = [linear(x, W, b), *linear_vjp(g, x, W), *linear_jacobians(x, W)]
        assert {a.dtype for a in results} == {np.dtype(dtype)}
    x, W, b, g = draw(rng, 3, 2, 4, "complex128")
    same(linear(x, W, b), linear_loops(x, W, b))
    for actual, expected in zip(linear_vjp(g, x, W), linear_vjp_loops(g, x, W), strict=True):
        same(actual, expected)


def test_each_result_takes_the_wider_dtype_of_what_it_is_made_of(rng):
    X, W, b, G = draw(rng, 3, 2, 4)
    single, double = np.dtype("float32"), np.dtype("float64")
    assert linear(X.astype(single), W.astype(single), b).dtype == double
    for x, g in ((X, G), (X[0], G[0])):
        gradients = linear_vjp(g.astype(single), x, W.astype(single))
        assert [d.dtype for d in gradients] == [single, double, single]
        jacobians = linear_jacobians(x, W.astype(single))
        assert [J.dtype for J in jacobians] == [single, double, single]


def test_whole_numbers_and_lists_become_float64():
    x, W, b, g = [[1, 2, 3]], [[1, 0, 2], [0, 1, 1]], [10, 20], [[1, -1]]
    results = [linear(x, W, b), *linear_vjp(g, x, W), *linear_jacobians(x, W)]
    assert {a.dtype for a in results} == {np.dtype(float)}
    same(results[0], np.array([[17.0, 25.0]]))


def test_other_memory_and_read_only_inputs_give_the_same(rng):
    arrays = draw(rng, 3, 2, 4)
    for x, W, b, g in zip(*map(disguises, arrays), strict=True):
        check_all(x, W, b, g)


def test_inputs_are_not_modified(rng):
    arrays = draw(rng, 3, 2, 4)
    before = [a.copy() for a in arrays]
    check_all(*arrays)
    for a, old in zip(arrays, before, strict=True):
        same(a, old, 0)


# Whether a product of infinity and zero warns depends on the processor's BLAS.
@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
@pytest.mark.parametrize("gap", [np.nan, np.inf])
@pytest.mark.parametrize("which", ["x", "W", "b", "g"])
def test_nan_and_infinity_reach_only_what_they_meet(which, gap, rng):
    arrays = dict(zip("xWbg", draw(rng, 3, 2, 4), strict=True))
    arrays[which].flat[1] = gap
    x, W, b, g = arrays.values()
    same(linear(x, W, b), linear_loops(x, W, b))
    for actual, expected in zip(linear_vjp(g, x, W), linear_vjp_loops(g, x, W), strict=True):
        same(actual, expected)
    for actual, expected in zip(linear_jacobians(x, W), linear_jacobians_loops(x, W), strict=True):
        same(actual, expected)


def test_the_jacobians_are_read_only_views_on_few_numbers(rng):
    B, m, n = 7, 40, 30
    x, W, _, _ = draw(rng, B, m, n)
    df_dx, df_dW, df_db = linear_jacobians(x[0], W)
    assert (df_dx.base is W, held(df_dW), held(df_db)) == (True, (2 * m - 1) * n, 2 * m - 1)
    batch = linear_jacobians(x, W)
    assert [held(J) for J in batch] == [(2 * B - 1) * m * n, B * (2 * m - 1) * n, 2 * m - 1]
    for J in (df_dx, df_dW, df_db, *batch):
        with pytest.raises(ValueError, match="read-only"):
            J[...] = 1
    W[0, 0] = 5  # still the reader's own


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda a: linear(a(5), a(3, 4), a(3)),
            "linear: axis n is 4 in W but 5 in x (W is (m, n) = (3, 4), x is (n,) = (5,))",
        ),
        (
            lambda a: linear(a(2, 4), a(3, 4), a(2)),
            "linear: axis m is 3 in W but 2 in b (W is (m, n) = (3, 4), b is (m,) = (2,))",
        ),
        (
            lambda a: linear(a(1, 2, 4), a(3, 4), a(3)),
            "linear: x has 3 axes, shape (1, 2, 4), but should be (n,) or (B, n)",
        ),
        (
            lambda a: linear(a(4), a(4), a(3)),
            "linear: W has 1 axis, shape (4,), but should be (m, n)",
        ),
        (
            lambda a: linear(a(4), a(3, 4), a(1, 3)),
            "linear: b has 2 axes, shape (1, 3), but should be (m,)",
        ),
        (
            lambda a: linear("x", a(3, 4), a(3)),
            "linear: x holds str32, but should hold real or complex numbers",
        ),
        (
            lambda a: linear_vjp(a(2), a(4), a(3, 4)),
            "linear_vjp: axis m is 3 in W but 2 in g (W is (m, n) = (3, 4), g is (m,) = (2,))",
        ),
        (
            lambda a: linear_vjp(a(1, 3), a(4), a(3, 4)),
            "linear_vjp: g has 2 axes, shape (1, 3), but should be (m,)",
        ),
        (
            lambda a: linear_vjp(a(3), a(2, 4), a(3, 4)),
            "linear_vjp: g has 1 axis, shape (3,), but should be (B, m)",
        ),
        (
            lambda a: linear_vjp(a(5, 3), a(2, 4), a(3, 4)),
            "linear_vjp: axis B is 2 in x but 5 in g (x is (B, n) = (2, 4), g is (B, m) = (5, 3))",
        ),
        (
            lambda a: linear_vjp(a(3), a(5), a(3, 4)),
            "linear_vjp: axis n is 4 in W but 5 in x (W is (m, n) = (3, 4), x is (n,) = (5,))",
        ),
        (
            lambda a: linear_vjp([None], a(5), a(3, 4)),
            "linear_vjp: g holds object, but should hold real or complex numbers",
        ),
        (
            lambda a: linear_jacobians(a(2, 5), a(3, 4)),
            "linear_jacobians: axis n is 4 in W but 5 in x "
            "(W is (m, n) = (3, 4), x is (B, n) = (2, 5))",
        ),
        (
            lambda a: linear_jacobians(a(2, 4), a(4)),
            "linear_jacobians: W has 1 axis, shape (4,), but should be (m, n)",
        ),
    ],
)
def test_wrong_shapes_are_refused_by_name(call, message):
    with pytest.raises(ShapeError) as error:
        call(lambda *shape: np.ones(shape))
    assert str(error.value) == message


def random_check(examples):
    sizes = st.integers(0, 6)

    @settings(max_examples=examples, deadline=None, derandomize=True)
    @given(sizes, sizes, sizes, st.integers(0, 2**32))
    def check(B, m, n, seed):
        check_all(*draw(np.random.default_rng(seed), B, m, n))

    return check


test_random_sizes_agree_with_the_loops = random_check(20)
test_many_random_sizes_agree_with_the_loops = pytest.mark.long(random_check(5000))
