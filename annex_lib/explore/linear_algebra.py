"""Sliders of the chapter on linear algebra."""

from annex_lib import figures
from annex_lib.explore.axes import Choice, Slider
from annex_lib.explore.player import Player
from annex_lib.shapes import as_floats, bind

__all__ = ["memory_positions", "product_terms", "tensor_slices"]


def product_terms(W, A):
    """Step through the sum behind each entry of Y = W A.

    Parameters
    ----------
    W : array_like, shape (m, n)
    A : array_like, shape (n, p)

    Returns
    -------
    Player
        Sliders: row i, column j, number of terms added so far.
    """
    W, A = as_floats("product_terms", W=W, A=A)
    m, n, p = bind("product_terms", W=(W, "m n"), A=(A, "n p")).values()
    return Player(
        figures.product_entry_scene(W, A),
        Slider("i", "row i", 0, m - 1),
        Slider("j", "column j", 0, p - 1),
        Slider("terms", "terms added", 0, n, min(1, n), play=True),
    )


def tensor_slices(Z):
    """Cut an order-3 tensor along any axis, at any position.

    Parameters
    ----------
    Z : array_like, three axes

    Returns
    -------
    Player
        Axis that is fixed, and a slider for the position on it.
    """
    (Z,) = as_floats("tensor_slices", Z=Z)
    bind("tensor_slices", Z=(Z, "I J K"))
    return Player(
        figures.tensor_slice_scene(Z),
        Choice("axis", "axis that is fixed", ("0, i", "1, j", "2, k"), 2),
        Slider("position", "position on it", 0, lambda p: Z.shape[p["axis"]] - 1, play=True),
    )


def memory_positions(W):
    """Find each entry of a matrix in memory.

    Parameters
    ----------
    W : array_like, shape (m, n)

    Returns
    -------
    Player
        Sliders: row i, column j.
    """
    (W,) = as_floats("memory_positions", W=W)
    m, n = bind("memory_positions", W=(W, "m n")).values()
    return Player(
        figures.row_major_memory_scene(W),
        Slider("i", "row i", 0, m - 1, min(2, m - 1)),
        Slider("j", "column j", 0, n - 1, min(2, n - 1)),
    )
