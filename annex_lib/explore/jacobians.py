"""Sliders of the chapter on Jacobians."""

import numpy as np

from annex_lib import figures
from annex_lib.explore.core import Explorer, Slider
from annex_lib.shapes import as_floats, bind

__all__ = ["jacobian_entry", "product_order", "zoom_on_tangent"]


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
    Explorer
        Sliders: number of halvings, direction of the step in eighths of a turn.
    """

    def draw(halvings, turn):
        angle = np.pi / 4 * turn
        v = np.round([np.cos(angle), np.sin(angle)], 12)
        return figures.tangent_zoom(f, x, J, v, halvings)

    return Explorer(
        draw,
        Slider("halvings", "v halved", 0, halvings),
        Slider("turn", "direction of v, in eighths of a turn", 0, 7, 1),
    )


def product_order():
    """Choose the widths in a product of three Jacobians and compare the two orders.

    Returns
    -------
    Explorer
        Sliders: powers of ten of the inputs, of the two middle widths, of the outputs.
    """
    return Explorer(
        lambda n0, n1, n3: figures.jacobian_product_cost([10**n0, 10**n1, 10**n1, 10**n3]),
        Slider("n0", "inputs n0, power of ten", 0, 3, 3),
        Slider("n1", "widths n1 = n2, power of ten", 1, 3, 2),
        Slider("n3", "outputs n3, power of ten", 0, 3, 0),
    )


def jacobian_entry(J):
    """Find each entry of a Jacobian of order 4 in its block and in the flattened matrix.

    Parameters
    ----------
    J : array_like, shape (p, q, m, n)
        Axes (output | input) = (i, j | k, l).

    Returns
    -------
    Explorer
        Sliders: output i, j and input k, l.
    """
    (J,) = as_floats("jacobian_entry", J=J)
    bind("jacobian_entry", J=(J, "p q m n"))
    labels = ("output row i", "output column j", "input row k", "input column l")
    sliders = [
        Slider(name, label, 0, size - 1, min(start, size - 1))
        for name, label, size, start in zip("ijkl", labels, J.shape, (0, 1, 1, 0), strict=True)
    ]
    return Explorer(lambda i, j, k, l: figures.jacobian_flattened(J, i, j, k, l), *sliders)
