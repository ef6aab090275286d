"""Grids of one cell size for the pictures of convolution, and words for their numbers."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from annex_lib.figures.core import ROLES, canvas, number
from annex_lib.figures.equation_row import factor
from annex_lib.figures.scene import Scene
from annex_lib.shapes import ShapeError, as_floats, bind
from annex_lib.windows import output_size

__all__ = [
    "by",
    "correlate",
    "correlated",
    "framed",
    "limit_for",
    "lines",
    "patches",
    "products",
    "row_canvas",
    "span",
    "stamp_of",
    "window_scene",
]


def window_scene(name, parts, arrays):
    """Draw a large array, a small one and their correlation, with a frame for one entry.

    Returns a scene without a state; `framed` gives the slots' values at an entry.
    """
    large, small, _ = arrays
    fig, axes = row_canvas(len(large), [a.shape[1] for a in arrays])
    scene = Scene(name, fig)
    for slot, ax, (words, role, (a, b)), values in zip("abc", axes, parts, arrays, strict=True):
        limit = limit_for(values) if ax is axes[2] else limit_for(large, small)
        names = {"name": words, "role": role, "rows": f"${a}$", "columns": f"${b}$"}
        scene.grid(slot, ax, values.shape, limit=limit, **names)
        span(ax, values.shape, len(large), values.shape[1])
    scene.frame("window", axes[0], color=ROLES[parts[1][1]])
    scene.frame("entry", axes[2], color=ROLES[parts[1][1]])
    return scene


def framed(arrays, row, column):
    """Return the values of a `window_scene` at an entry of the correlation."""
    block = {"window": (row, column, *arrays[1].shape), "entry": (row, column, 1, 1)}
    return dict(zip("abc", arrays, strict=True)) | block


def row_canvas(height, widths, rows=1, cell=0.55, more=0.75):
    """Return axes for grids of the given numbers of cells, all of one size."""
    size = (
        cell * sum(widths) + more * len(widths),
        rows * (cell * height + 0.85),
    )
    return canvas(*size, rows, len(widths), width_ratios=[w + 0.2 for w in widths])


def span(ax, shape, rows, columns):
    """Give a grid the room of a larger one, so that the cells of both have one size."""
    middle, half = (shape[1] - 1) / 2, columns / 2 + 0.1
    ax.set(xlim=(middle - half, middle + half), ylim=(rows - 0.4, -0.6))
    ax.spines["left"].set_position(("data", -0.6))
    ax.spines["bottom"].set_position(("data", shape[0] - 0.4))


def correlated(operation, large_axes, small_axes, **arrays):
    """Return a large and a small array, and the valid cross-correlation of the two."""
    (large, small), (a, b) = arrays, as_floats(operation, **arrays)
    bind(operation, **{large: (a, large_axes), small: (b, small_axes)})
    if any(not 0 < s <= t for s, t in zip(b.shape, a.shape, strict=True)):
        raise ShapeError(f"{operation}: {small}, {b.shape}, does not fit in {large}, {a.shape}")
    return a, b, correlate(a, b)


def correlate(a, b):
    """Return the valid cross-correlation of two arrays."""
    return np.einsum("ijkl,kl->ij", sliding_window_view(a, b.shape), b)


def patches(operation, x, p, q):
    """Return an image as floats, and the view of its patches, axes (i, j, k, l)."""
    (x,) = as_floats(operation, x=x)
    m, n = bind(operation, x=(x, "m n")).values()
    output_size(m, p), output_size(n, q)
    return x, sliding_window_view(x, (p, q))


def stamp_of(W, m, n, i, j):
    """Return the kernel at (i, j) in an image of zeros, and where it stands."""
    stamp, inside = np.zeros((m, n)), np.zeros((m, n), bool)
    where = slice(i, i + W.shape[0]), slice(j, j + W.shape[1])
    stamp[where], inside[where] = W, True
    return stamp, inside


def limit_for(*arrays):
    """Return the end of a colour scale for the arrays, a little above their largest magnitude."""
    return 1.2 * max(1, *(np.abs(a).max() for a in arrays))


def products(a, b):
    """Return the products of two arrays, entry by entry, as a sum in words."""
    return " + ".join(f"{factor(s)}·{factor(t)}" for s, t in zip(a.flat, b.flat, strict=True))


def lines(a):
    """Return a matrix row by row in words: 1 2 / 3 4."""
    return " / ".join(" ".join(number(t) for t in row) for row in a)


def by(a):
    """Return the size of a matrix in words: 2 by 3."""
    return f"{a.shape[0]} by {a.shape[1]}"
