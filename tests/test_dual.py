import operator

import numpy as np
import pytest
from oracles import same

from annex_lib.derivatives import jacobian, jvp
from annex_lib.dual import RULES, Dual, value_and_jvp
from annex_lib.linear import linear
from annex_lib.network import value_and_gradients
from annex_lib.shapes import ShapeError


def program(xp, W, x, c):
    """Every rule at once, with a bend, a copy of x and a broadcast."""
    h = xp.tanh(W @ x + c) / (2 + x[0] ** 2)
    y = -xp.exp(xp.sin(h) - xp.cos(x[1]) * h) * c
    return xp.log(3 + y**2) + 2.0**h - xp.sqrt(1 + h * h) @ h


@pytest.mark.parametrize("ufunc", RULES, ids=lambda f: f.__name__)
def test_each_rule_agrees_with_the_complex_step_in_each_argument(ufunc, rng):
    shapes = {np.matmul: ((3, 4), (4, 2))}.get(ufunc, ((3, 4), (4,)))
    xs = [rng.uniform(0.5, 2, s) for s in shapes[: ufunc.nin]]
    vs = [rng.standard_normal(x.shape) for x in xs]
    value, tangent = value_and_jvp(ufunc, xs, vs)
    same(value, ufunc(*xs))
    same(tangent, jvp(ufunc, xs, vs))
    for k in range(ufunc.nin):  # the other argument a plain array
        one = [Dual(x, v) if j == k else x for j, (x, v) in enumerate(zip(xs, vs, strict=True))]
        only = [v if j == k else np.zeros(v.shape) for j, v in enumerate(vs)]
        same(ufunc(*one).tangent, jvp(ufunc, xs, only))


def test_a_program_agrees_with_jax_and_with_the_complex_step(rng):
    import jax

    xs = [rng.standard_normal(s) for s in ((3, 4), (4,), (3,))]
    vs = [rng.standard_normal(x.shape) for x in xs]
    with jax.enable_x64(True):
        value, tangent = jax.jvp(lambda *xs: program(jax.numpy, *xs), tuple(xs), tuple(vs))
    ours = value_and_jvp(lambda *xs: program(np, *xs), xs, vs)
    same(ours[0], np.asarray(value))
    same(ours[1], np.asarray(tangent))
    same(ours[1], jvp(lambda *xs: program(np, *xs), xs, vs))


def test_unit_directions_give_the_columns_of_the_jacobian(rng):
    W = rng.standard_normal((4, 4))
    x = rng.standard_normal(4)

    def f(x):
        return np.tanh(W @ x) * x[2]

    columns = [value_and_jvp(f, [x], [unit])[1] for unit in np.eye(4)]
    same(np.stack(columns, axis=1), jacobian(f, x))


def test_forward_and_reverse_meet(rng):
    x, y, v, w = rng.standard_normal((4, 6))
    ones, zero = np.ones((1, 6)), np.zeros(1)

    def loss(do, x, y):  # x reaches it twice
        terms = do(np.add, do(np.multiply, x, y), x)
        return do(np.reshape, do(linear, terms, ones, zero), ())

    value, (dx, dy) = value_and_gradients(loss, x, y)
    forward = value_and_jvp(lambda x, y: ones[0] @ (x * y + x), (x, y), (v, w))
    same(value, forward[0])
    same(dx @ v + dy @ w, forward[1])


def test_shape_transpose_and_entries_pass_through():
    a = Dual([[1, 2, 3], [4, 5, 6]], [[0, 1, 0], [0, 0, 1]])
    assert a.shape == (2, 3) and a.T.shape == (3, 2)
    assert repr(a.T[1]) == "Dual([2.0, 5.0], [1.0, 0.0])"


def test_comparisons_look_at_the_value_and_a_program_may_branch(rng):
    a, b = rng.standard_normal((2, 3, 4))
    b[0] = a[0]
    x, y = Dual(a, rng.standard_normal((3, 4))), Dual(b, rng.standard_normal((3, 4)))
    for compare in (np.less, np.less_equal, np.equal, np.not_equal, np.greater_equal, np.greater):
        for left, right in ((x, y), (x, b), (a, y)):
            answer = compare(left, right)
            assert type(answer) is np.ndarray
            assert np.array_equal(answer, compare(a, b))
    assert Dual(1, 0) and not Dual(0, 1)

    def bent(x):
        return 3 * x if x > 0 else x * x

    assert value_and_jvp(bent, [2.0], [5.0]) == (6, 15)
    assert value_and_jvp(bent, [-2.0], [5.0]) == (4, -20)


def no_rule(name):
    return f"Dual: {name} has no rule; write it with the functions in dual.RULES"


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (np.mean, "np.mean"),
        (lambda x: np.inner(x, x), "np.inner"),
        (np.linalg.norm, "np.linalg.norm"),
        (lambda x: np.dot([1.0, 2.0], x), "np.dot"),
        (lambda x: np.where([True, False], x, 0), "np.where"),
        (lambda x: np.outer(x, [1.0, 2.0]), "np.outer"),
        (np.cumsum, "np.cumsum"),
        (np.sum, "np.sum"),
        (lambda x: np.stack([x, x]), "np.stack"),
    ],
)
def test_a_function_that_is_no_ufunc_is_refused_by_name(call, name):
    with pytest.raises(ShapeError) as error:
        call(Dual([1, 2], [3, 5]))
    assert str(error.value) == no_rule(name)


def test_a_result_that_does_not_depend_on_the_input_stands_still():
    value, tangent = value_and_jvp(lambda x: [3, 4], [1.0], [1.0])
    assert value.tolist() == [3, 4] and tangent.tolist() == [0, 0]


def test_lists_are_arrays_and_the_power_zero_is_flat_at_zero():
    x = Dual([0.0, 2.0, 3.0], [1.0, 1.0, 1.0]) ** [0, 2, 3]
    assert x.value.tolist() == [1, 4, 27] and x.tangent.tolist() == [0, 4, 27]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: Dual([1, 2], [1, 2, 3]),
            "Dual: value has the shape (2,) but tangent (3,)",
        ),
        (lambda: np.sinh(Dual(1, 1)), "Dual: np.sinh has no rule; add one to dual.RULES"),
        (
            lambda: np.add.reduce(Dual([1, 2], [1, 0])),
            "Dual: np.add.reduce has no rule; add one to dual.RULES",
        ),
        (
            lambda: np.exp(Dual(1, 1), where=[True]),
            "Dual: np.exp has no rule for where; add one to dual.RULES",
        ),
        (
            lambda: operator.iadd(Dual(1, 1), 2),
            "Dual: dual numbers don't change in place; write x = x + y for x += y",
        ),
        (
            lambda: np.less(Dual(1, 1), 2, where=[True]),
            "Dual: np.less has no rule; add one to dual.RULES",
        ),
        (lambda: Dual("a", 1), "Dual: value holds str32, but should hold real or complex numbers"),
        (
            lambda: value_and_jvp(np.multiply, ([1], [2]), ([1],)),
            "value_and_jvp: 2 arrays in xs but 1 in vs",
        ),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ShapeError) as error:
        call()
    assert str(error.value) == message
