"""An equation drawn as matrices in a row with signs between them, and words for its numbers."""

import numpy as np
from matplotlib.patches import Rectangle

from annex_lib.figures.core import ROLES, canvas, frame, grid, number
from annex_lib.shapes import ShapeError

__all__ = ["check_inside", "color_limit", "equation_row", "factor", "listed", "rows_of"]

CELL = 0.56  # inches, at most


def equation_row(parts, limit, faded=()):
    """Draw matrices and signs from left to right, all with cells of one size.

    Parameters
    ----------
    parts : list of str or dict
        A sign; or a matrix `a` (a vector is a column) with further arguments of `grid`, and
        `framed`, a block (row, column, height, width) to outline, or None.
    limit : float
        Of the colours, as in `grid`.
    faded : collection of int
        Which parts stand back.

    Returns
    -------
    matplotlib.figure.Figure
    """
    parts = [p if isinstance(p, str) else {**p, "a": _column(p["a"])} for p in parts]
    sizes = [(0, 0.3 + 0.22 * len(p)) if isinstance(p, str) else p["a"].shape for p in parts]
    matrices = [p for p in parts if not isinstance(p, str)]
    cells, tall = sum(n + 0.2 for _, n in sizes), max(m for m, _ in sizes) + 0.2
    beside = sum(0.12 + 0.15 * p.get("ticks", True) + 0.2 * ("rows" in p) for p in matrices)
    above = 0.4 + 0.2 * any(p.get("ticks", True) for p in matrices)
    above += 0.25 * any("columns" in p for p in matrices)
    cell = min(CELL, (7.9 - beside) / cells)
    ratios = [n + 0.2 for _, n in sizes]
    fig, axes = canvas(
        cell * cells + beside, cell * tall + above, 1, len(parts), width_ratios=ratios
    )
    for k, (ax, part, (m, n)) in enumerate(zip(axes, parts, sizes, strict=True)):
        if isinstance(part, str):
            ax.text(0.5, 0.5, part, ha="center", va="center", size=12)
            ax.set_axis_off()
            continue
        block = part.pop("framed", None)
        grid(ax, limit=limit, **part)
        if m == 1 or n == 1:  # a vector has one index
            (ax.set_xticks if n == 1 else ax.set_yticks)([])
        if block:
            frame(ax, *block, color=ROLES[part.get("role", "plain")])
        if k in faded:
            veil = Rectangle((-0.55, -0.55), n + 0.1, m + 0.1, color="white", alpha=0.65, zorder=4)
            ax.add_patch(veil)
    return fig


def _column(a):
    a = np.asarray(a, float)
    return a[:, None] if a.ndim == 1 else a


def color_limit(*arrays):
    """Return the largest magnitude in the arrays, at least 1: the end of the colour scale."""
    return max(1.0, *(np.abs(a).max(initial=0) for a in arrays))


def check_inside(operation, name, value, size):
    """Raise a ShapeError if an index is not one of 0 ... size - 1."""
    if not 0 <= value < size:
        raise ShapeError(f"{operation}: {name} is {value}, but should be from 0 to {size - 1}")


def factor(value):
    """Return a number as it stands in a product: in brackets if negative."""
    return f"({number(value)})" if value < 0 else number(value)


def listed(a):
    """Return a vector in words: (1, 2, 3)."""
    return f"({', '.join(number(v) for v in a)})"


def rows_of(name, a):
    """Return a vector, or a matrix row by row, in words."""
    if np.ndim(a) == 1:
        return f"{name} is {listed(a)}"
    return f"{name} has the rows {', '.join(listed(row) for row in a)}"
