"""Sliders of the chapter on the convolutional layer."""

import numpy as np

from annex_lib import figures
from annex_lib.explore.axes import Slider
from annex_lib.explore.player import Player
from annex_lib.windows import output_size

__all__ = ["conv_grad_W", "conv_grad_x", "conv_patch", "conv_sizes"]


def conv_patch(x, W):
    """Move the kernel over the image, output by output.

    Parameters
    ----------
    x : array_like, shape (m, n)
    W : array_like, shape (p, q)

    Returns
    -------
    Player
    """
    (m, n), (p, q) = np.shape(x), np.shape(W)
    return Player(
        figures.conv_patch_scene(x, W),
        Slider("i", "output row i", 0, m - p),
        Slider("j", "output column j", 0, n - q, play=True),
    )


def conv_grad_W(x, g):
    """Choose a weight and see where in the image its gradient comes from.

    Parameters
    ----------
    x : array_like, shape (m, n)
    g : array_like, shape (u, v)

    Returns
    -------
    Player
    """
    (m, n), (u, v) = np.shape(x), np.shape(g)
    return Player(
        figures.conv_grad_W_scene(x, g),
        Slider("k", "kernel row k", 0, m - u),
        Slider("l", "kernel column l", 0, n - v, play=True),
    )


def conv_grad_x(g, W):
    """Choose a pixel and see its gradient as a scatter and as a gather.

    Parameters
    ----------
    g : array_like, shape (u, v)
    W : array_like, shape (p, q)

    Returns
    -------
    Player
    """
    (u, v), (p, q) = np.shape(g), np.shape(W)
    return Player(
        figures.conv_grad_x_scene(g, W),
        Slider("r", "pixel row r", 0, u + p - 2, min(1, u + p - 2)),
        Slider("s", "pixel column s", 0, v + q - 2, min(1, v + q - 2), play=True),
    )


def conv_sizes(m):
    """Choose kernel, stride, padding and dilation along an axis, and count the outputs.

    Parameters
    ----------
    m : int, at least 7
        Length of the image along the axis; the widest kernel offered reaches over 7 places.

    Returns
    -------
    Player
    """
    return Player(
        figures.conv_sizes_scene(m, output_size(m, 2, padding=2), m + 4),
        Slider("p", "kernel size p", 2, 3, 3),
        Slider("S", "stride S", 1, 3, 1, play=True),
        Slider("P", "padding P", 0, 2),
        Slider("D", "dilation D", 1, 3, 1),
    )
