"""Sliders of the chapter on the chain rule."""

from annex_lib import figures
from annex_lib.explore.axes import Slider
from annex_lib.explore.player import Player
from annex_lib.figures.core import number

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
    Player
    """
    words = tuple(number(rate) for rate in rates)
    return Player(
        figures.descent_path_scene(x, y, start, steps, rates),
        Slider("rate", "learning rate η", 0, len(rates) - 1, 1, words),
        Slider("step", "steps", 0, steps, steps - 1, play=True),
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
    Player
    """
    scene = figures.layer_stack_scene(h, theta, y, dh, dtheta)
    return Player(scene, Slider("step", "step", 0, 3 * len(theta) + 2, play=True))


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
    Player
    """
    scene = figures.minibatch_gradients_scene(d, orders)
    return Player(scene, Slider("B", "batch size B", 1, len(d), 2))
