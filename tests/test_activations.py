import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import disguises, jax_vjp, same

from annex_lib import activations
from annex_lib.activations import gelu, gelu_vjp, relu, relu_vjp, sigmoid, sigmoid_vjp, tanh
from annex_lib.derivatives import check_adjoint, jacobian
from annex_lib.shapes import ShapeError

NAMES = ["relu", "sigmoid", "tanh", "gelu"]
SHAPES = [(), (5,), (3, 4), (4, 4), (2, 3, 4), (2, 0, 3), (0,)]
ANALYTIC = {"gelu": "central"}  # the others pass complex numbers on
every_name = pytest.mark.parametrize("name", NAMES)


def pair(name):
    return getattr(activations, name), getattr(activations, f"{name}_vjp")


def loop(name, x):
    """Each entry by the formula of the text, as one number."""
    formula = {
        "relu": lambda v: max(0.0, v),
        "sigmoid": lambda v: 1 / (1 + math.exp(-v)),
        "tanh": lambda v: (math.exp(v) - math.exp(-v)) / (math.exp(v) + math.exp(-v)),
        "gelu": lambda v: v * (1 + math.erf(v / math.sqrt(2))) / 2,
    }[name]
    return np.array([formula(v) for v in x.ravel().tolist()], float).reshape(x.shape)


def jax_gelu(x):
    import jax

    return jax.nn.gelu(x, approximate=False)


def in_jax(name):
    import jax

    exact = {"relu": jax.nn.relu, "sigmoid": jax.nn.sigmoid, "tanh": jax.numpy.tanh}
    return exact.get(name, jax_gelu)


@every_name
@pytest.mark.parametrize("shape", SHAPES)
def test_every_entry_is_the_formula(name, shape, rng):
    x = 3 * rng.standard_normal(shape)
    same(pair(name)[0](x), loop(name, x), 1e-14)


@every_name
@pytest.mark.parametrize("shape", [(), (5,), (3, 4), (4, 4), (2, 3, 4)])
def test_the_backward_pass_is_the_adjoint_and_the_jacobian_diagonal(name, shape, rng):
    f, f_vjp = pair(name)
    x, method = rng.standard_normal(shape), ANALYTIC.get(name, "complex")
    assert check_adjoint(f, f_vjp, x, rng=rng, method=method)
    J = jacobian(f, x, method=method).reshape(x.size, x.size)
    slope = f_vjp(np.ones(shape), x)
    same(J, np.diag(np.ravel(slope)), 1e-12 if method == "complex" else 1e-8)


@every_name
@pytest.mark.parametrize("reach", [1, 30])
def test_jax_agrees(name, reach, rng):
    f, f_vjp = pair(name)
    x, g = reach * rng.standard_normal((40, 5)), rng.standard_normal((40, 5))
    out, (dx,) = jax_vjp(in_jax(name), g, x)
    # XLA computes 1 - h^2 with h one unit off; both differences are rounding noise.
    np.testing.assert_allclose(f(x), out, rtol=1e-10, atol=1e-16)
    np.testing.assert_allclose(f_vjp(g, x), dx, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("x", [-30.0, -9.5, -2.0, -1e-9, 0.0, 0.3, 4.0, 20.0])
def test_gelu_is_right_to_the_last_digits_in_both_tails(x):
    with mpmath.workdps(60):
        value, slope = (float(mpmath.diff(lambda t: t * mpmath.ncdf(t), x, n)) for n in (0, 1))
    np.testing.assert_allclose(gelu(x), value, rtol=1e-14 if x > -9 else 1e-12)
    np.testing.assert_allclose(gelu_vjp(1, x), slope, rtol=1e-12)


@pytest.mark.parametrize("x", [-700.0, -40.0, -1.0, 0.0, 2.0, 40.0, 700.0])
def test_sigmoid_is_right_to_the_last_digits_in_both_tails(x):
    with mpmath.workdps(700):
        value = 1 / (1 + mpmath.exp(-x))
        expected = float(value), float(value * (1 - value))
    np.testing.assert_allclose([sigmoid(x), sigmoid_vjp(1, x)], expected, rtol=1e-14)


@every_name
def test_no_number_is_too_large(name):
    f, f_vjp = pair(name)
    x = np.array([-np.inf, -1e300, -1000, 1000, 1e300, np.inf])
    limits = {"relu": x.clip(0), "gelu": x.clip(0), "tanh": np.sign(x), "sigmoid": x > 0}
    same(f(x), limits[name].astype(float), 0)
    same(f_vjp(np.full(6, 3.0), x), np.where(x > 0, 3.0, 0) * (name in ("relu", "gelu")), 0)


@every_name
def test_a_gap_stays_where_it_is(name, rng):
    f, f_vjp = pair(name)
    x, g = rng.standard_normal((2, 5))
    x[2] = np.nan
    assert np.isnan(f(x)).nonzero()[0].tolist() == [2]
    if name != "relu":  # whose derivative at a gap passes g on
        assert np.isnan(f_vjp(g, x)).nonzero()[0].tolist() == [2]
    x[2], g[2] = -1, np.nan
    assert np.isnan(f_vjp(g, x)).nonzero()[0].tolist() == ([] if name == "relu" else [2])


KINK = np.array([0.0, -0.0]), np.array([3.0, -5.0])


def test_at_the_kink_relu_answers_zero_backward_and_by_the_complex_step():
    x, g = KINK
    same(relu_vjp(g, x), np.zeros(2), 0)
    same(jacobian(relu, x), np.zeros((2, 2)), 0)


def test_at_the_kink_jax_answers_zero_or_a_half_as_the_function_is_spelt():
    import jax

    x, g = KINK
    same(jax_vjp(jax.nn.relu, g, x)[1][0], np.zeros(2), 0)
    same(jax_vjp(lambda x: jax.numpy.maximum(x, 0), g, x)[1][0], g / 2, 0)


@every_name
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_dtype_stays(name, dtype, rng):
    f, f_vjp = pair(name)
    x, g = rng.standard_normal((2, 3, 4)).astype(dtype)
    assert (f(x).dtype, f_vjp(g, x).dtype) == (dtype, dtype)
    np.testing.assert_allclose(f(x), loop(name, x), rtol=1e-5)
    assert f([1, 2]).dtype == f_vjp([1, 2], [3, 4]).dtype == np.float64


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh"])
def test_complex_numbers_pass(name, rng):
    f, f_vjp = pair(name)
    x, g = rng.standard_normal((2, 5, 2)) @ [1, 1j]
    assert f(x).dtype == f_vjp(g, x).dtype == np.complex128
    expected = {
        "relu": x * (x.real > 0),
        "sigmoid": 1 / (1 + np.exp(-x)),
        "tanh": np.sinh(x) / np.cosh(x),
    }
    same(f(x), expected[name])


@every_name
def test_other_memory_gives_the_same_and_inputs_stay(name, rng):
    f, f_vjp = pair(name)
    arrays = rng.standard_normal((2, 3, 4))
    before = arrays.copy()
    for x, g in zip(*map(disguises, arrays), strict=True):
        same(f(x), loop(name, before[0]), 1e-14)
        same(f_vjp(g, x), f_vjp(before[1], before[0]), 1e-14)
    same(arrays, before, 0)


@every_name
def test_wrong_shapes_are_refused_by_name(name):
    f, f_vjp = pair(name)
    for call, message in [
        (lambda: f("x"), f"{name}: x holds str32, but should hold real or complex numbers"),
        (
            lambda: f_vjp(np.ones((2, 3)), np.ones((2, 4))),
            f"{name}_vjp: axis 1 is 4 in x but 3 in g (x is (0, 1) = (2, 4), g is (0, 1) = (2, 3))",
        ),
        (
            lambda: f_vjp(np.ones(3), np.ones((2, 3))),
            f"{name}_vjp: g has 1 axis, shape (3,), but should be (0, 1)",
        ),
    ]:
        with pytest.raises(ShapeError) as error:
            call()
        assert str(error.value) == message


def test_gelu_refuses_complex_numbers():
    for call in (lambda: gelu([1j]), lambda: gelu_vjp([1], [1j])):
        with pytest.raises(ShapeError, match="x holds complex128, but should hold real numbers"):
            call()


def random_check(examples):
    @settings(max_examples=examples, deadline=None, derandomize=True)
    @given(st.sampled_from(NAMES), st.lists(st.integers(0, 4), max_size=3), st.integers(0, 2**32))
    def check(name, shape, seed):
        f, f_vjp = pair(name)
        x, g = 5 * np.random.default_rng(seed).standard_normal((2, *shape))
        out, (dx,) = jax_vjp(in_jax(name), *(np.resize(a, 64) for a in (g, x)))
        same(f(x), np.asarray(out)[: x.size].reshape(shape), 1e-10)
        same(f_vjp(g, x), np.asarray(dx)[: x.size].reshape(shape), 1e-10)

    return check


test_random_shapes_agree_with_jax = random_check(100)
test_many_random_shapes_agree_with_jax = pytest.mark.long(random_check(500))


def test_tanh_is_a_stretched_sigmoid(rng):
    x = rng.standard_normal(7)
    same(tanh(x), 2 * sigmoid(2 * x) - 1)
