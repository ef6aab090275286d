import numpy as np
import pytest
from oracles import disguises, jax_vjp, same

from annex_lib.derivatives import check_adjoint, jacobian, jvp, vjp
from annex_lib.linear import linear, linear_vjp
from annex_lib.shapes import ShapeError

METHODS = {"complex": 1e-13, "central": 1e-8}
every_method = pytest.mark.parametrize(("method", "tolerance"), METHODS.items())


def f(x, y):
    """Return sin(x_i) y_jk^2, shape (4, 2, 3): not linear, and every size its own."""
    return np.sin(x)[:, None, None] * y**2


def f_jacobians(x, y):
    df_dx = np.zeros((4, 2, 3, 4))
    df_dy = np.zeros((4, 2, 3, 2, 3))
    for i, j, k in np.ndindex(4, 2, 3):
        df_dx[i, j, k, i] = np.cos(x[i]) * y[j, k] ** 2
        df_dy[i, j, k, j, k] = np.sin(x[i]) * 2 * y[j, k]
    return df_dx, df_dy


def f_vjp(g, x, y):
    dx = np.cos(x) * np.einsum("ijk,jk->i", g, y**2)
    return dx, 2 * y * np.einsum("ijk,i->jk", g, np.sin(x))


@pytest.fixture
def point(rng):
    return rng.standard_normal(4), rng.standard_normal((2, 3))


@every_method
def test_the_jacobian_has_output_axes_first_then_input_axes(point, method, tolerance):
    for k, expected in enumerate(f_jacobians(*point)):
        same(jacobian(f, *point, wrt=k, method=method), expected, tolerance)
        same(jacobian(f, *point, wrt=np.int64(k - 2), method=method), expected, tolerance)


@every_method
def test_the_jacobian_of_a_square_matrix_is_not_transposed(method, tolerance, rng):
    A = rng.standard_normal((3, 3))
    same(jacobian(lambda x: A @ x, rng.standard_normal(3), method=method), A, tolerance)


@every_method
def test_the_jvp_moves_every_argument_along_its_direction(point, method, tolerance, rng):
    vs = rng.standard_normal(4), rng.standard_normal((2, 3))
    df_dx, df_dy = f_jacobians(*point)
    expected = np.tensordot(df_dx, vs[0], 1) + np.tensordot(df_dy, vs[1], 2)
    same(jvp(f, point, vs, method=method), expected, tolerance)


@every_method
def test_the_vjp_has_the_shape_of_each_argument(point, method, tolerance, rng):
    g = rng.standard_normal((4, 2, 3))
    result = vjp(f, point, g, method=method)
    assert isinstance(result, tuple)
    for actual, expected in zip(result, f_vjp(g, *point), strict=True):
        same(actual, expected, tolerance)


def test_jax_agrees_with_the_vjp(point, rng):
    import jax.numpy as jnp

    g = rng.standard_normal((4, 2, 3))
    _, gradients = jax_vjp(lambda x, y: jnp.sin(x)[:, None, None] * y**2, g, *point)
    for actual, expected in zip(vjp(f, point, g), gradients, strict=True):
        same(actual, expected)


@every_method
def test_numbers_and_empty_arrays_have_derivatives_too(method, tolerance):
    same(jacobian(lambda x: x**2, 3.0, method=method), np.array(6.0), tolerance)
    same(jacobian(lambda x: x.sum(), np.ones((2, 3)), method=method), np.ones((2, 3)), tolerance)
    same(jacobian(lambda x: x @ np.ones((0, 2)), np.ones(0), method=method), np.ones((2, 0)))
    same(vjp(lambda x: x**2, [3.0], 10.0, method=method)[0], np.array(60.0), 1e-7)
    same(vjp(lambda x: x @ np.ones((0, 2)), [np.ones(0)], [1.0, 2.0])[0], np.ones(0))


def test_the_central_difference_takes_functions_that_are_not_analytic(rng):
    x = np.array([-2.0, 3.0])
    same(jacobian(np.abs, x, method="central"), np.diag([-1.0, 1.0]), 1e-8)


def test_whole_numbers_and_single_precision_are_taken_in_double():
    for x in ([1, 2], np.array([1, 2], "float32")):
        same(jacobian(lambda x: x**2, x), np.diag([2.0, 4.0]))


def test_other_memory_gives_the_same_and_nothing_is_modified(point, rng):
    g = rng.standard_normal((4, 2, 3))
    before = [a.copy() for a in (*point, g)]
    for x, y, g_ in zip(*map(disguises, (*point, g)), strict=True):
        same(jacobian(f, x, y, wrt=1), jacobian(f, *before[:2], wrt=1), 0)
        same(jvp(f, (x, y), (x, y)), jvp(f, before[:2], before[:2]), 0)
        for a, b in zip(vjp(f, (x, y), g_), vjp(f, before[:2], before[2]), strict=True):
            same(a, b, 0)
    for a, old in zip((*point, g), before, strict=True):
        same(a, old, 0)


@every_method
def test_check_adjoint_accepts_the_right_gradients(point, method, tolerance, rng):
    assert check_adjoint(f, f_vjp, *point, rng=rng, method=method) is True
    assert check_adjoint(np.sin, lambda g, x: g * np.cos(x), point[0], rng=rng, method=method)
    assert check_adjoint(lambda x: x @ x, lambda g, x: [2 * g * x], point[0], rng=rng)
    empty = np.ones((0, 3))
    assert check_adjoint(np.sin, lambda g, x: [g * np.cos(x)], empty, rng=rng, method=method)


def layer(x, W):
    return linear(x, W, np.zeros(len(W)))


def layer_vjp(g, x, W):
    return linear_vjp(g, x, W)[:2]


WRONG = {
    "transposed weights": (0, lambda dx, dW, g, x, W: (g @ W.T, dW)),
    "transposed gradient": (1, lambda dx, dW, g, x, W: (dx, dW.T)),
    "sign of the first": (0, lambda dx, dW, g, x, W: (-dx, dW)),
    "sign of the second": (1, lambda dx, dW, g, x, W: (dx, -dW)),
    "no batch sum": (1, lambda dx, dW, g, x, W: (dx, np.outer(g[0], x[0]))),
    "a mean for a sum": (1, lambda dx, dW, g, x, W: (dx, dW / len(x))),
    "samples out of order": (0, lambda dx, dW, g, x, W: (dx[::-1], dW)),
    "one entry a little off": (1, lambda dx, dW, g, x, W: (dx, dW + 1e-6 * np.eye(len(W)))),
    "zero": (0, lambda dx, dW, g, x, W: (0 * dx, dW)),
    "not a number": (0, lambda dx, dW, g, x, W: (dx * np.nan, dW)),
    "upstream gradient left out": (1, lambda dx, dW, g, x, W: (dx, np.ones_like(g).T @ x)),
}


@pytest.mark.parametrize(("argument", "wrong"), WRONG.values(), ids=WRONG.keys())
def test_check_adjoint_rejects_wrong_gradients_even_of_square_arrays(argument, wrong, rng):
    x, W = rng.standard_normal((3, 3)), rng.standard_normal((3, 3))
    assert check_adjoint(layer, layer_vjp, x, W, rng=rng)
    with pytest.raises(AssertionError) as error:
        check_adjoint(layer, lambda g, x, W: wrong(*layer_vjp(g, x, W), g, x, W), x, W, rng=rng)
    words = str(error.value)
    assert words.startswith(f"check_adjoint: for argument {argument}, <g, J v> is ")
    assert " but <J^T g, v> is " in words


@every_method
def test_check_adjoint_rejects_a_small_error_by_either_method(point, method, tolerance, rng):
    with pytest.raises(AssertionError):
        check_adjoint(np.sin, lambda g, x: 1.0001 * g * np.cos(x), point[0], rng=rng, method=method)


def test_check_adjoint_names_the_argument_and_both_values():
    class Ones:
        def standard_normal(self, shape):
            return np.ones(shape)

    with pytest.raises(AssertionError) as error:
        check_adjoint(lambda x, y: x * y, lambda g, x, y: (g * y, -g * x), 2.0, 3.0, rng=Ones())
    words = "check_adjoint: for argument 1, <g, J v> is 2 but <J^T g, v> is -2"
    assert str(error.value) == words


def test_the_tolerance_can_be_set(rng):
    def off(g, x):
        return 1.01 * g * np.cos(x)

    assert check_adjoint(np.sin, off, [1.0, 2.0], rng=rng, tolerance=0.1)
    with pytest.raises(AssertionError):
        check_adjoint(np.sin, off, [1.0, 2.0], rng=rng, tolerance=1e-4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda x, rng: check_adjoint(layer, lambda g, x, W: (g @ W, W.T), x, x[:1], rng=rng),
            "check_adjoint: argument 1 has the shape (1, 3), but its gradient has (3, 1)",
        ),
        (
            lambda x, rng: check_adjoint(layer, lambda g, x, W: (g, W), x, x[:1], rng=rng),
            "check_adjoint: argument 0 has the shape (2, 3), but its gradient has (2, 1)",
        ),
        (
            lambda x, rng: check_adjoint(layer, lambda g, x, W: (x,), x, x, rng=rng),
            "check_adjoint: 2 argument(s) but 1 gradient(s)",
        ),
        (
            lambda x, rng: check_adjoint(layer, lambda g, x, W: x, x, x, rng=rng),
            "check_adjoint: 2 argument(s) but 1 gradient(s)",
        ),
        (
            lambda x, rng: jacobian(np.sin, x, wrt=1),
            "jacobian: wrt is 1, but f has 1 argument(s), from 0",
        ),
        (
            lambda x, rng: jacobian(np.sin, x, wrt=-2),
            "jacobian: wrt is -2, but f has 1 argument(s), from 0",
        ),
        (
            lambda x, rng: jacobian(np.sin, x, wrt="x"),
            "jacobian: wrt is 'x', but f has 1 argument(s), from 0",
        ),
        (
            lambda x, rng: jacobian(np.sin, x, method="exact"),
            'jacobian: method is \'exact\', but should be "complex" or "central"',
        ),
        (
            lambda x, rng: jacobian(np.sin, x + 1j),
            "jacobian: argument 0 is complex, but should be real",
        ),
        (
            lambda x, rng: jacobian(np.sin, "x"),
            "jacobian: argument 0 holds str32, but should hold real or complex numbers",
        ),
        (
            lambda x, rng: jvp(np.sin, x, x),
            "jvp: the arrays come as a tuple or list, one for each argument",
        ),
        (
            lambda x, rng: jvp(np.sin, [x], [x[0]]),
            "jvp: xs have the shapes [(2, 3)] but vs [(3,)]",
        ),
        (
            lambda x, rng: jvp(np.sin, [x], [1j * x]),
            "jvp: direction 0 is complex, but should be real",
        ),
        (
            lambda x, rng: jvp(np.sin, [x], [x], method=None),
            'jvp: method is None, but should be "complex" or "central"',
        ),
        (
            lambda x, rng: vjp(np.sin, [x], x.T),
            "vjp: f returns the shape (2, 3), but g has the shape (3, 2)",
        ),
        (
            lambda x, rng: vjp(np.sin, x, x),
            "vjp: the arrays come as a tuple or list, one for each argument",
        ),
        (
            lambda x, rng: vjp(np.sin, [x], [[None] * 3] * 2),
            "vjp: g holds object, but should hold real or complex numbers",
        ),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, message, rng):
    with pytest.raises(ShapeError) as error:
        call(np.ones((2, 3)), rng)
    assert str(error.value) == message


@pytest.mark.parametrize("drops", [np.abs, np.real, lambda x: np.ones(3)])
def test_a_function_that_drops_the_imaginary_part_is_not_taken_for_flat(drops):
    with pytest.raises(TypeError) as error:
        jvp(drops, [[1.0, 2.0, 3.0]], [[1.0, 0.0, 0.0]])
    assert str(error.value) == (
        "jvp: f returned float64 for a complex argument; something in it "
        "(abs, .real, a float array that is filled in) drops the imaginary part. "
        'Use method="central".'
    )
