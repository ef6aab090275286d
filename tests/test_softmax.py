import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import disguises, jax_vjp, same

from annex_lib.derivatives import check_adjoint, jacobian
from annex_lib.shapes import ShapeError
from annex_lib.softmax import log_sum_exp, log_sum_exp_vjp, softmax, softmax_vjp

CASES = [((5,), 0), ((3, 4), 1), ((3, 4), -2), ((4, 4), 0), ((2, 3, 4), 1), ((2, 1, 3), -1)]
every_case = pytest.mark.parametrize(("shape", "axis"), CASES)


def sums(z, axis):
    """Return log sum exp along the axis, which stays, by loops."""
    total = np.zeros([1 if k == axis % z.ndim else n for k, n in enumerate(z.shape)])
    for index in np.ndindex(z.shape):
        row = list(index)
        row[axis] = 0
        total[tuple(row)] += math.exp(z[index])
    return np.log(total)


@every_case
def test_both_are_their_formulas(shape, axis, rng):
    z = rng.standard_normal(shape)
    expected = sums(z, axis)
    same(softmax(z, axis), np.exp(z - expected))
    same(log_sum_exp(z, axis), expected.squeeze(axis))
    if axis in (-1, len(shape) - 1):
        same(softmax(z), np.exp(z - expected))
        same(log_sum_exp(z), expected.squeeze(axis))


@every_case
def test_the_backward_passes_are_adjoints(shape, axis, rng):
    z = rng.standard_normal(shape)
    for f, f_vjp in ((softmax, softmax_vjp), (log_sum_exp, log_sum_exp_vjp)):

        def forward(z, f=f):
            return f(z, axis)

        def backward(g, z, f_vjp=f_vjp):
            return f_vjp(g, z, axis)

        assert check_adjoint(forward, backward, z, rng=rng)


def test_the_jacobian_is_diag_p_minus_p_p_transposed(rng):
    z, g = rng.standard_normal((2, 5))
    p = softmax(z)
    J = np.diag(p) - np.outer(p, p)
    same(jacobian(softmax, z), J)
    same(softmax_vjp(g, z), J @ g)
    assert np.linalg.matrix_rank(J) == 4
    same(jacobian(lambda z: log_sum_exp(z), z), p)


def test_adding_a_number_to_a_row_changes_nothing(rng):
    z, g = rng.standard_normal((2, 3, 4))
    shift = np.array([[700.0], [-800.0], [1e4]])
    same(softmax(z + shift), softmax(z), 1e-11)
    same(softmax_vjp(g, z + shift), softmax_vjp(g, z), 1e-11)
    same(log_sum_exp(z + shift) - shift[:, 0], log_sum_exp(z), 1e-11)


def test_large_numbers_do_not_overflow():
    z = np.array([[1e300, -1e300], [1000.0, 1000.0], [0.0, -np.inf]])
    same(softmax(z), np.array([[1.0, 0], [0.5, 0.5], [1, 0]]), 0)
    same(softmax_vjp(np.array([[3.0, 5]] * 3), z), np.array([[0.0, 0], [-0.5, 0.5], [0, 0]]), 0)
    same(log_sum_exp(z), np.array([1e300, 1000 + math.log(2), 0]), 0)


def test_log_sum_exp_of_nothing_but_minus_infinity():
    z = np.array([[-np.inf, -np.inf, -np.inf], [0, -np.inf, 0], [-np.inf, 5, -np.inf]])
    expected = np.array([-np.inf, math.log(2), 5])
    for kind in (z, z + 0j, z.astype(np.float32)):
        assert log_sum_exp(kind).dtype == kind.dtype
        assert np.allclose(log_sum_exp(kind), expected)
        assert np.allclose(log_sum_exp(kind.T, axis=0), expected)
    assert log_sum_exp([-np.inf]) == -np.inf


def test_log_sum_exp_with_an_infinite_entry():
    assert log_sum_exp([[np.inf, 1000], [np.inf, -np.inf]]).tolist() == [np.inf, np.inf]
    assert np.isnan(log_sum_exp([np.nan, np.inf]))


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_the_dtype_stays(dtype, rng):
    z, g = (rng.standard_normal((2, 3, 4, 2)) @ [1, 1j if dtype[0] == "c" else 0]).astype(dtype)
    results = softmax(z), softmax_vjp(g, z), log_sum_exp(z), log_sum_exp_vjp(g[:, 0], z)
    assert {a.dtype for a in results} == {np.dtype(dtype)}
    np.testing.assert_allclose(softmax(z), np.exp(z) / np.exp(z).sum(-1)[:, None], rtol=1e-4)
    assert softmax([1, 2]).dtype == np.float64


def test_other_memory_gives_the_same_and_inputs_stay(rng):
    arrays = rng.standard_normal((2, 3, 4))
    before = arrays.copy()
    for z, g in zip(*map(disguises, arrays), strict=True):
        same(softmax_vjp(g, z), softmax_vjp(before[1], before[0]), 1e-14)
    same(arrays, before, 0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda a: softmax(a(2, 3), 2), "softmax: axis is 2, but z has 2 axes, from 0"),
        (lambda a: softmax(a(), 0), "softmax: axis is 0, but z has 0 axes, from 0"),
        (lambda a: softmax(a(2, 3), 1.0), "softmax: axis is 1.0, but should be a whole number"),
        (lambda a: softmax(a(2, 3), True), "softmax: axis is True, but should be a whole number"),
        (lambda a: softmax(a(2, 0)), "softmax: axis -1 of z is empty, shape (2, 0)"),
        (
            lambda a: softmax_vjp(a(2, 3), a(2, 4)),
            "softmax_vjp: axis 1 is 4 in z but 3 in g (z is (0, 1) = (2, 4), g is (0, 1) = (2, 3))",
        ),
        (
            lambda a: softmax_vjp(a(2), a(2), -2),
            "softmax_vjp: axis is -2, but z has 1 axis, from 0",
        ),
        (lambda a: log_sum_exp(a(0, 3), 0), "log_sum_exp: axis 0 of z is empty, shape (0, 3)"),
        (
            lambda a: log_sum_exp_vjp(a(4), a(2, 4), 1),
            "log_sum_exp_vjp: axis 0 is 2 in z but 4 in g (z is (0, 1) = (2, 4), g is (0,) = (4,))",
        ),
        (
            lambda a: log_sum_exp_vjp(a(2, 4), a(2, 4)),
            "log_sum_exp_vjp: g has 2 axes, shape (2, 4), but should be (0,)",
        ),
        (
            lambda a: log_sum_exp_vjp(a(2), a(2, 4), 5),
            "log_sum_exp_vjp: axis is 5, but z has 2 axes, from 0",
        ),
    ],
)
def test_wrong_shapes_are_refused_by_name(call, message):
    with pytest.raises(ShapeError) as error:
        call(lambda *shape: np.ones(shape))
    assert str(error.value) == message


def jax_softmax(z):
    import jax

    return jax.nn.softmax(z, -1)


def jax_log_sum_exp(z):
    import jax

    return jax.nn.logsumexp(z, -1)


def random_check(examples):
    sizes = st.lists(st.integers(1, 5), min_size=1, max_size=3)

    @settings(max_examples=examples, deadline=None, derandomize=True)
    @given(sizes, st.integers(-3, 2), st.integers(0, 2**32))
    def check(shape, axis, seed):
        axis = axis % len(shape) - (axis < 0) * len(shape)
        z, g = 5 * np.random.default_rng(seed).standard_normal((2, *shape))
        rest = np.moveaxis(z, axis, -1).shape

        def rows(a):
            """Return 25 rows along the axis, so that JAX compiles for few shapes."""
            return np.resize(np.moveaxis(a, axis, -1), (25, rest[-1]))

        def back(a):
            a = np.asarray(a)[: z.size // rest[-1]]
            return np.moveaxis(a.reshape(rest), -1, axis)

        out, (dz,) = jax_vjp(jax_softmax, rows(g), rows(z))
        same(softmax(z, axis), back(out), 1e-10)
        same(softmax_vjp(g, z, axis), back(dz), 1e-10)
        first = g.take(0, axis)
        out, (dz,) = jax_vjp(jax_log_sum_exp, np.resize(first, 25), rows(z))
        same(log_sum_exp(z, axis), np.asarray(out)[: first.size].reshape(first.shape), 1e-10)
        same(log_sum_exp_vjp(first, z, axis), back(dz), 1e-10)

    return check


test_random_shapes_agree_with_jax = random_check(100)
test_many_random_shapes_agree_with_jax = pytest.mark.long(random_check(500))
