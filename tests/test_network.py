from pathlib import Path

import numpy as np
import pytest
from oracles import conv2d_jax, jax_vjp, same

from annex_lib import activations, losses, network, pooling
from annex_lib.activations import relu, relu_vjp
from annex_lib.convolution import conv2d, conv2d_vjp
from annex_lib.derivatives import vjp
from annex_lib.linear import linear, linear_vjp
from annex_lib.losses import softmax_cross_entropy, softmax_cross_entropy_vjp
from annex_lib.network import RULES, Tape, Variable, plain, value_and_gradients
from annex_lib.pooling import max_pool2d, max_pool2d_vjp
from annex_lib.shapes import ShapeError

LABELS = np.array([2, 0, 1, 2, 2])


def convnet(do, W1, b1, W2, b2, x):
    """Two images' worth of every kind of layer: 5 images, 2 channels, 3 classes."""
    h = do(max_pool2d, do(relu, do(conv2d, x, W1, b1, padding=1)), 2)
    flat = do(np.reshape, h, (5, -1))
    return do(softmax_cross_entropy, do(linear, flat, W2, b2), LABELS)


def by_hand(W1, b1, W2, b2, x):
    a = conv2d(x, W1, b1, padding=1)
    h = relu(a)
    q = max_pool2d(h, 2)
    flat = q.reshape(5, -1)
    g = softmax_cross_entropy_vjp(1.0, linear(flat, W2, b2), LABELS)
    dflat, dW2, db2 = linear_vjp(g, flat, W2)
    da = relu_vjp(max_pool2d_vjp(dflat.reshape(q.shape), h, 2), a)
    dx, dW1, db1 = conv2d_vjp(da, x, W1, padding=1)
    return dW1, db1, dW2, db2, dx


def in_jax(W1, b1, W2, b2, x):
    import jax

    h = jax.nn.relu(conv2d_jax(x, W1, b1, padding=1))
    h = h.reshape(5, 4, 2, 2, 3, 2).max((3, 5))
    z = h.reshape(5, -1) @ W2.T + b2
    return -jax.nn.log_softmax(z)[np.arange(5), LABELS].mean()


@pytest.fixture
def point(rng):
    shapes = (4, 2, 3, 3), (4,), (3, 24), (3,), (5, 2, 4, 6)
    return [rng.standard_normal(s) for s in shapes]


def test_the_tape_gives_the_gradients_of_the_formulas_to_the_last_bit(point):
    value, gradients = value_and_gradients(convnet, *point)
    assert value == convnet(plain, *point)
    for tape, hand in zip(gradients, by_hand(*point), strict=True):
        np.testing.assert_array_equal(tape, hand)


def test_the_tape_gives_the_gradients_of_jax(point):
    value, gradients = jax_vjp(in_jax, np.ones(()), *point)
    ours, tape = value_and_gradients(convnet, *point)
    same(ours, np.asarray(value))
    for dx, theirs in zip(tape, gradients, strict=True):
        same(dx, np.asarray(theirs))


def residual(xp, do_linear, x, W, b, c):
    h = x
    for _ in range(3):  # the same weights in each layer, and a path around it
        h = h + c * xp.tanh(do_linear(h, W, b))
    return h * h


def on_tape(do, x, W, b, c):
    h = x
    for _ in range(3):
        step = do(np.multiply, c, do(activations.tanh, do(linear, h, W, b)))
        h = do(np.add, h, step)
    squares = do(np.multiply, h, h)
    total = do(linear, do(np.reshape, squares, (-1,)), np.ones((1, 15)), np.zeros(1))
    return do(np.reshape, total, ())


def test_what_is_used_several_times_collects_all_its_gradients(rng):
    xs = [rng.standard_normal(s) for s in ((5, 3), (3, 3), (3,), (5, 1))]
    import jax.numpy as jnp

    value, gradients = jax_vjp(
        lambda *xs: residual(jnp, lambda x, W, b: x @ W.T + b, *xs).sum(), np.ones(()), *xs
    )
    ours, tape = value_and_gradients(on_tape, *xs)
    same(ours, np.asarray(value))
    for dx, theirs in zip(tape, gradients, strict=True):
        same(dx, np.asarray(theirs))


CASES = {
    np.add: ([(4, 1), (1, 3)], {}),
    np.multiply: ([(3,), (2, 4, 3)], {}),
    linear: ([(5, 4), (3, 4), (3,)], {}),
    conv2d: ([(2, 4, 5, 6), (6, 2, 3, 2), (6,)], dict(stride=2, padding=1, groups=2)),
    pooling.max_pool2d: ([(2, 3, 5, 6)], dict(kernel=2, stride=2, padding=1)),
    pooling.avg_pool2d: ([(2, 3, 5, 6)], dict(kernel=(2, 3), stride=1)),
    activations.relu: ([(4, 3)], {}),
    activations.sigmoid: ([(4, 3)], {}),
    activations.tanh: ([(4, 3)], {}),
    activations.gelu: ([(4, 3)], {}),
    losses.softmax_cross_entropy: ([(5, 3)], dict(y=LABELS)),
    losses.mean_squared_error: ([(2, 3)], dict(y=np.arange(6.0).reshape(2, 3))),
    np.reshape: ([(4, 6)], dict(shape=(3, 8))),
}


@pytest.mark.parametrize("operation", RULES, ids=lambda f: f.__name__)
def test_each_rule_agrees_with_central_differences(operation, rng):
    shapes, settings = CASES[operation]
    xs = [rng.standard_normal(s) for s in shapes]
    rest = [settings.pop(k) for k in ("kernel", "y", "shape") if k in settings]
    g = rng.standard_normal(np.shape(operation(*xs, *rest, **settings)))
    tape = Tape()
    variables = [Variable(x) for x in xs]
    out = tape.do(operation, *variables, *rest, **settings)
    weighted = tape.do(np.reshape, tape.do(np.multiply, out, g), (1, -1))
    total = tape.do(linear, weighted, np.ones((1, g.size)), np.zeros(1))
    gradients = tape.gradients(tape.do(np.reshape, total, ()), variables)
    numeric = vjp(lambda *xs: operation(*xs, *rest, **settings), xs, g, method="central")
    for dx, by_numbers, x in zip(gradients, numeric, xs, strict=True):
        assert dx.shape == x.shape
        np.testing.assert_allclose(dx, by_numbers, rtol=1e-6, atol=1e-8)


def test_second_derivatives_come_from_a_complex_step_through_the_tape(rng):
    """The gradient is analytic code too: its complex step is a product with the Hessian."""
    import jax

    xs = [rng.standard_normal(s) for s in ((5, 3), (3, 3), (3,), (5, 1))]
    v = rng.standard_normal((3, 3))

    def by_W(W):
        return value_and_gradients(lambda do, W: on_tape(do, xs[0], W, *xs[2:]), W)[1][0]

    Hv = by_W(xs[1] + 1e-200j * v).imag / 1e-200
    with jax.enable_x64(True):
        loss = lambda W: residual(jax.numpy, lambda x, W, b: x @ W.T + b, xs[0], W, *xs[2:]).sum()  # noqa: E731
        _, theirs = jax.jvp(jax.grad(loss), (xs[1],), (v,))
    same(Hv, np.asarray(theirs), 1e-11)


def test_what_the_loss_does_not_see_has_the_gradient_zero():
    _, (dx, dy) = value_and_gradients(lambda do, x, y: do(np.reshape, x, ()), [3.0], [1.0, 2.0])
    same(dx, np.ones(1))
    same(dy, np.zeros(2))


def test_a_step_that_leads_nowhere_is_passed_over():
    tape = Tape()
    x = Variable(np.array(2.0))
    loss = tape.do(np.multiply, x, x)
    tape.do(np.multiply, loss, x)
    assert tape.gradients(loss, [x]) == [4.0]


def test_equal_numbers_are_not_the_same_variable():
    _, gradients = value_and_gradients(lambda do, x, y: do(np.multiply, x, x), 3.0, 3.0)
    assert gradients == [6.0, 0.0]


def test_a_rule_can_be_added(monkeypatch):
    monkeypatch.setitem(RULES, np.exp, lambda g, x: g * np.exp(x))
    value, gradients = value_and_gradients(lambda do, x: do(np.exp, x), 1.0)
    assert gradients == [value]


def test_the_module_fits_on_two_screens():
    assert len(Path(network.__file__).read_text("utf-8").splitlines()) <= 120


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: value_and_gradients(lambda do, x: do(np.sinh, x), 1.0),
            "tape: sinh has no backward rule; add one to network.RULES",
        ),
        (
            lambda: value_and_gradients(lambda do, x: do(np.add, x, 1.0), [1.0, 2.0]),
            "tape: the loss has the shape (2,), but should be a single number",
        ),
        (
            lambda: value_and_gradients(lambda do, x: 3.0, 1.0),
            "tape: the loss is not on the tape: no operation was done with it",
        ),
        (
            lambda: value_and_gradients(
                lambda do, z, y: do(losses.mean_squared_error, z, y), [[1.0]], [[3.0]]
            ),
            "tape: mean_squared_error has no rule for argument 1",
        ),
        (
            lambda: value_and_gradients(
                lambda do, x, W, b: do(conv2d, x, W, b=b), [[[[1.0]]]], [[[[2.0]]]], [3.0]
            ),
            "tape: conv2d takes its variables in order, not by name",
        ),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ShapeError) as error:
        call()
    assert str(error.value) == message
