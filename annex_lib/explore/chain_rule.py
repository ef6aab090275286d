"""Sliders of the chapter on the chain rule."""

from annex_lib.explore.core import Explorer, Slider
from annex_lib.figures.chain_rule import descent_path, layer_stack, minibatch_gradients

__all__ = ["backward_steps", "batch_size", "learning_rate"]


def learning_rate(x, y, rates, start=0.0, steps=7):
    """Choose a learning rate and a number of steps: the path of descent on the parabola.

    Parameters
    ----------
    x, y : array_like, shape (N,)
        Inputs and targets of F(x; theta) = theta x.
    rates : sequence of float
        The learning rates to choose from.
    start : float
        First theta.
    steps : int
        The most steps.

    Returns
    -------
    Explorer
    """

    def draw(rate, step):
        return descent_path(x, y, rates[rate], start, step)

    return Explorer(
        draw,
        Slider("rate", "which learning rate", 0, len(rates) - 1, 1),
        Slider("step", "steps", 0, steps, steps - 1),
    )


def backward_steps(h, theta, y, dh, dtheta):
    """Step through the forward and the backward pass of stacked layers, term by term.

    Parameters
    ----------
    h : array_like, shape (R + 1,)
        h_0 = x, then each layer's output.
    theta : array_like, shape (R,)
        Each layer's parameter.
    y : float
        The target.
    dh, dtheta : array_like, shape (R,)
        Derivative of each layer's output by its input and by its parameter.

    Returns
    -------
    Explorer
    """

    def draw(step):
        return layer_stack(h, theta, y, dh, dtheta, step)

    return Explorer(draw, Slider("step", "step", 0, 3 * len(theta) + 2))


def batch_size(d, orders):
    """Slide the batch size over 1 .. N: the batch gradients of shuffled epochs.

    Parameters
    ----------
    d : array_like, shape (N,)
        Each sample's derivative.
    orders : array_like of int, shape (epochs, N)
        Each row a permutation of 0 .. N - 1.

    Returns
    -------
    Explorer
    """

    def draw(B):
        return minibatch_gradients(d, B, orders)

    return Explorer(draw, Slider("B", "batch size B", 1, len(d), 2))
