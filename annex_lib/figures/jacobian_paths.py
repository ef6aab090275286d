"""The chain rule for Jacobians as a picture: each entry of the product is a sum over paths."""

from itertools import pairwise

from matplotlib.patches import FancyArrowPatch

from annex_lib.figures.core import GREY, INK, ROLES, Figure, canvas, number
from annex_lib.figures.equation_row import check_inside, factor, listed, rows_of
from annex_lib.shapes import as_floats, bind

__all__ = ["jacobian_paths"]

COLUMNS = 0.0, 2.6, 5.2  # where the inputs, the middle values and the outputs stand
FAINT = "#d5d5d5"


def jacobian_paths(outer, inner, i, j):
    """Draw the paths from input j over each middle value to output i, and add their products.

    Parameters
    ----------
    outer : array_like, shape (p, m)
        Jacobian of the outer function, dz/dy.
    inner : array_like, shape (m, n)
        Jacobian of the inner function, dy/dx.
    i, j : int
        Which output, which input.

    Returns
    -------
    Figure
    """
    outer, inner = as_floats("jacobian_paths", outer=outer, inner=inner)
    p, m, n = bind("jacobian_paths", outer=(outer, "p m"), inner=(inner, "m n")).values()
    check_inside("jacobian_paths", "i", i, p)
    check_inside("jacobian_paths", "j", j, n)
    tallest, products = max(p, m, n), outer[i] * inner[:, j]
    places = [
        [(column, k + (tallest - count) / 2) for k in range(count)]
        for column, count in zip(COLUMNS, (n, m, p), strict=True)
    ]
    fig, ax = canvas(8, 0.85 * tallest + 0.9)
    ax.set(xlim=(-0.4, 8.6), ylim=(tallest - 0.1, -0.5))
    ax.set_axis_off()
    for left, right in pairwise(places):
        for start in left:
            for end in right:
                ax.plot(*zip(start, end, strict=True), color=FAINT, lw=1, zorder=0)
    x, z = places[0][j], places[2][i]
    for k, y in enumerate(places[1]):
        _slope(ax, x, y, inner[k, j])
        _slope(ax, y, z, outer[i, k])
        term = f"{factor(outer[i, k])} · {factor(inner[k, j])} = {number(products[k])}"
        ax.text(5.75, k + (tallest - m) / 2 - 0.2, f"over $y_{k}$:  {term}", va="center", size=11)
    below = m - 1 + (tallest - m) / 2
    ax.plot([5.75, 8.4], [below + 0.1] * 2, color=INK, lw=1)
    words = f"sum:  {number(products.sum())}"
    ax.text(5.75, below + 0.4, words, va="center", size=11, fontweight="bold")
    chosen = (j, None, i)
    for letter, nodes, one, role in zip(
        "xyz", places, chosen, ("input", "output", "gradient"), strict=True
    ):
        for k, place in enumerate(nodes):
            _node(ax, place, f"${letter}_{k}$", ROLES[role] if one in (None, k) else GREY)
    alt = (
        f"Inputs x, middle values y and outputs z as three columns of {n}, {m} and {p} circles, "
        f"joined by lines. The paths from x_{j} to z_{i} are drawn as arrows; the first arrows "
        f"carry the slopes {listed(inner[:, j])}, the second {listed(outer[i])}. "
        f"{rows_of('The outer Jacobian', outer)}; {rows_of('the inner one', inner)}."
    )
    terms = " + ".join(factor(value) for value in products)
    caption = (
        f"Along a path the slopes multiply, and the paths add: dz_{i}/dx_{j} = {terms} "
        f"= {number(products.sum())}."
    )
    return Figure(fig, alt, caption)


def _slope(ax, start, end, value):
    ax.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>",
            color=INK,
            shrinkA=15,
            shrinkB=15,
            lw=1.5,
            mutation_scale=12,
        )
    )
    box = {"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none"}
    at = [(a + b) / 2 for a, b in zip(start, end, strict=True)]
    ax.text(*at, number(value), ha="center", va="center", size=11, color=INK, bbox=box)


def _node(ax, place, words, color):
    box = {"boxstyle": "circle,pad=0.3", "fc": "white", "ec": color, "lw": 1.6}
    ax.text(*place, words, ha="center", va="center", size=12, color=color, bbox=box)
