"""Sliders of the chapter on Jacobians."""

import numpy as np

from annex_lib import figures
from annex_lib.explore.axes import Slider
from annex_lib.explore.player import Player
from annex_lib.shapes import as_floats, bind

__all__ = ["jacobian_entry", "product_order", "product_paths", "zoom_on_tangent"]


def zoom_on_tangent(f, x, J, halvings=6):
    """Halve a step, turn it, and see what is left between f and its best linear map.

    Parameters
    ----------
    f : callable
        Takes an array (2,), returns (2,).
    x : array_like, shape (2,)
    J : array_like, shape (2, 2)
    halvings : int
        How often the step may be halved.

    Returns
    -------
    Player
        Sliders: number of halvings, direction of the step in eighths of a turn.
    """
    angles = np.pi / 4 * np.arange(8)
    steps = np.round(np.stack([np.cos(angles), np.sin(angles)], axis=1), 12)
    return Player(
        figures.tangent_zoom_scene(f, x, J, steps),
        Slider("halvings", "v halved", 0, halvings, play=True),
        Slider("turn", "direction of v, in eighths of a turn", 0, 7, 1),
    )


def product_order():
    """Choose the widths in a product of three Jacobians and compare the two orders.

    Returns
    -------
    Player
        Sliders: the inputs, the two middle widths, the outputs, as powers of ten.
    """
    sizes = ("1", "10", "100", "1 000")
    return Player(
        figures.jacobian_product_cost_scene(1000, powers=True),
        Slider("n0", "inputs n0", 0, 3, 3, sizes),
        Slider("n1", "widths n1 = n2", 1, 3, 2, sizes[1:]),
        Slider("n3", "outputs n3", 0, 3, 0, sizes),
    )


def product_paths(outer, inner):
    """Choose an entry in a product of two Jacobians and see the paths that it adds up.

    Parameters
    ----------
    outer : array_like, shape (p, m)
    inner : array_like, shape (m, n)

    Returns
    -------
    Player
        Sliders: output i, input j.
    """
    outer, inner = as_floats("product_paths", outer=outer, inner=inner)
    p, _, n = bind("product_paths", outer=(outer, "p m"), inner=(inner, "m n")).values()
    return Player(
        figures.jacobian_paths_scene(outer, inner),
        Slider("i", "output i", 0, p - 1),
        Slider("j", "input j", 0, n - 1),
    )


def jacobian_entry(J):
    """Find each entry of a Jacobian of order 4 in its block and in the flattened matrix.

    Parameters
    ----------
    J : array_like, shape (p, q, m, n)
        Axes (output | input) = (i, j | k, l).

    Returns
    -------
    Player
        Sliders: output i, j and input k, l.
    """
    (J,) = as_floats("jacobian_entry", J=J)
    bind("jacobian_entry", J=(J, "p q m n"))
    labels = ("output row i", "output column j", "input row k", "input column l")
    sliders = [
        Slider(name, label, 0, size - 1, min(start, size - 1))
        for name, label, size, start in zip("ijkl", labels, J.shape, (0, 1, 1, 0), strict=True)
    ]
    return Player(figures.jacobian_flattened_scene(J), *sliders)
