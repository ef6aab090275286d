"""Sliders of the chapter on the linear layer."""

import numpy as np

from annex_lib.explore.core import Explorer, Slider
from annex_lib.figures.linear_layer import (
    jacobian_W,
    jacobian_W_contraction,
    jacobian_W_view,
    linear_batch_sum,
)

__all__ = ["batch_gradient", "jacobian_contraction", "jacobian_slice", "jacobian_storage"]


def jacobian_slice(x, W):
    """Slide over the outputs: slice i of df/dW stands out, with x in its row i.

    Parameters
    ----------
    x : array_like, shape (n,)
    W : array_like, shape (m, n)

    Returns
    -------
    Explorer
    """

    def draw(i):
        return jacobian_W(x, W, i)

    return Explorer(draw, Slider("i", "output i", 0, len(W) - 1))


def jacobian_contraction(g, x):
    """Slide over the slices of df/dW: slice i times g_i is added to the gradient.

    Parameters
    ----------
    g : array_like, shape (m,)
    x : array_like, shape (n,)

    Returns
    -------
    Explorer
    """

    def draw(i):
        return jacobian_W_contraction(g, x, i)

    return Explorer(draw, Slider("i", "slice i", 0, len(g) - 1))


def batch_gradient(X, G):
    """Slide over the samples of a batch: the outer product of sample t is added to the gradient.

    Parameters
    ----------
    X : array_like, shape (B, n)
    G : array_like, shape (B, m)

    Returns
    -------
    Explorer
    """

    def draw(t):
        return linear_batch_sum(X, G, t)

    return Explorer(draw, Slider("t", "sample t", 0, len(X) - 1))


def jacobian_storage():
    """Choose the sizes m and n, and slide the window over the rows that are stored for df/dW.

    Returns
    -------
    Explorer
        With x = (1, ..., n).
    """

    def draw(m, n, i):
        return jacobian_W_view(np.arange(1, n + 1), m, i)

    return Explorer(
        draw,
        Slider("m", "outputs m", 2, 5, 4),
        Slider("n", "inputs n", 1, 4, 3),
        Slider("i", "slice i", 0, lambda position: position["m"] - 1),
    )
