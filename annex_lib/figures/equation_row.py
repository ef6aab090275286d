"""An equation drawn as matrices in a row with signs between them, and words for its numbers."""

import numpy as np
from matplotlib.patches import Rectangle

from annex_lib.figures.core import ROLES, canvas, frame, grid, number
from annex_lib.figures.scene import Scene
from annex_lib.shapes import ShapeError

__all__ = [
    "check_inside",
    "color_limit",
    "equation_row",
    "factor",
    "listed",
    "moving_row",
    "rows_of",
]

CELL = 0.56  # inches, at most


def equation_row(parts, limit):
    """Draw matrices and signs from left to right, all with cells of one size.

    Parameters
    ----------
    parts : list of str or dict
        A sign; or a matrix `a` (a vector is a column) with further arguments of `grid`, and
        `framed`, a block (row, column, height, width) to outline, or None.
    limit : float
        Of the colours, as in `grid`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    fig, places = _row(parts)
    for ax, part in places:
        block = part.pop("framed", None)
        grid(ax, limit=limit, **part)
        if block:
            frame(ax, *block, color=ROLES[part.get("role", "plain")])
    return fig


def moving_row(name, parts, limit):
    """Draw an `equation_row` whose matrices change; return it as a scene without a state.

    Parameters
    ----------
    name : str
        What errors call the scene.
    parts : list of str or dict
        As for `equation_row`; a matrix `a` has the most rows and columns that there will be, and
        two further keys: `slot`, which names its cells, and `moves`, what else of it changes: any
        of "frame" (a block or None), "veil" (whether it stands back), "name" and "role" (words
        and colour of its title). The value of a frame is called, for example, "total frame".
    limit : float
        Of the colours, as in `grid`.

    Returns
    -------
    Scene
    """
    fig, places = _row(parts)
    scene = Scene(name, fig)
    for ax, part in places:
        a, slot, moves = part.pop("a"), part.pop("slot"), part.pop("moves", ())
        color = ROLES[part.get("role", "plain")]
        scene.grid(slot, ax, a.shape, limit=limit, **part)
        if "frame" in moves:
            scene.frame(f"{slot} frame", ax, color=color)
        if "veil" in moves:
            scene.slot(f"{slot} veil", _veil(ax, a.shape), "visible")
        for key, kind in (("name", "text"), ("role", "color")):
            if key in moves:
                scene.slot(f"{slot} {key}", ax.title, kind)
    return scene


def _row(parts):
    """Return a figure with the signs drawn, and (axes, part) for each of the matrices."""
    parts = [p if isinstance(p, str) else {**p, "a": _column(p["a"])} for p in parts]
    sizes = [(0, 0.3 + 0.22 * len(p)) if isinstance(p, str) else p["a"].shape for p in parts]
    matrices = [p for p in parts if not isinstance(p, str)]
    cells, tall = sum(n + 0.2 for _, n in sizes), max(m for m, _ in sizes) + 0.2
    beside = sum(0.12 + 0.15 * p.get("ticks", True) + 0.2 * ("rows" in p) for p in matrices)
    above = 0.4 + 0.2 * any(p.get("ticks", True) for p in matrices)
    above += 0.25 * any("columns" in p for p in matrices)
    cell = min(CELL, (7.9 - beside) / cells)
    ratios = [n + 0.2 for _, n in sizes]
    size = cell * cells + beside, cell * tall + above
    fig, axes = canvas(*size, 1, len(parts), width_ratios=ratios)
    pairs = list(zip(axes, parts, strict=True))
    for ax, sign in pairs:
        if isinstance(sign, str):
            ax.text(0.5, 0.5, sign, ha="center", va="center", size=12)
            ax.set_axis_off()
    return fig, [(ax, part) for ax, part in pairs if not isinstance(part, str)]


def _veil(ax, shape):
    m, n = shape
    return ax.add_patch(
        Rectangle((-0.55, -0.55), n + 0.1, m + 0.1, color="white", alpha=0.65, zorder=4)
    )


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
