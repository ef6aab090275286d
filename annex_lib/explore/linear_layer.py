"""Sliders of the chapter on the linear layer."""

import numpy as np

from annex_lib import figures
from annex_lib.explore.axes import Slider
from annex_lib.explore.player import Player

__all__ = ["batch_gradient", "jacobian_contraction", "jacobian_slice", "jacobian_storage"]


def jacobian_slice(x, W):
    """Slide over the outputs: slice i of df/dW stands out, with x in its row i.

    Parameters
    ----------
    x : array_like, shape (n,)
    W : array_like, shape (m, n)

    Returns
    -------
    Player
    """
    return Player(figures.jacobian_W_scene(x, W), Slider("i", "output i", 0, len(W) - 1))


def jacobian_contraction(g, x):
    """Slide over the slices of df/dW: slice i times g_i is added to the gradient.

    Parameters
    ----------
    g : array_like, shape (m,)
    x : array_like, shape (n,)

    Returns
    -------
    Player
    """
    scene = figures.jacobian_W_contraction_scene(g, x)
    return Player(scene, Slider("i", "slice i", 0, len(g) - 1, play=True))


def batch_gradient(X, G):
    """Slide over the samples of a batch: the outer product of sample t is added to the gradient.

    Parameters
    ----------
    X : array_like, shape (B, n)
    G : array_like, shape (B, m)

    Returns
    -------
    Player
    """
    scene = figures.linear_batch_sum_scene(X, G)
    return Player(scene, Slider("t", "sample t", 0, len(X) - 1, play=True))


def jacobian_storage():
    """Choose the sizes m and n, and slide the window over the rows that are stored for df/dW.

    Returns
    -------
    Player
        With x = (1, ..., n).
    """
    return Player(
        figures.jacobian_W_view_scene(np.arange(1, 5), 5),
        Slider("m", "outputs m", 2, 5, 4),
        Slider("n", "inputs n", 1, 4, 3),
        Slider("i", "slice i", 0, lambda position: position["m"] - 1, play=True),
    )
