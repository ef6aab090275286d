"""The chain rule for Jacobians as a picture: each entry of the product is a sum over paths."""

from itertools import pairwise

import numpy as np
from matplotlib.patches import FancyArrowPatch

from annex_lib.figures.core import GREY, INK, ROLES, canvas, number
from annex_lib.figures.equation_row import check_inside, factor, listed, rows_of
from annex_lib.figures.scene import Scene
from annex_lib.shapes import as_floats, bind

__all__ = ["jacobian_paths", "jacobian_paths_scene"]

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
    p, _, n = bind("jacobian_paths", outer=(outer, "p m"), inner=(inner, "m n")).values()
    check_inside("jacobian_paths", "i", i, p)
    check_inside("jacobian_paths", "j", j, n)
    return jacobian_paths_scene(outer, inner).figure(i=i, j=j)


def jacobian_paths_scene(outer, inner):
    """Return the moving picture of `jacobian_paths`; its position is `i` and `j`."""
    outer, inner = as_floats("jacobian_paths", outer=outer, inner=inner)
    p, m, n = bind("jacobian_paths", outer=(outer, "p m"), inner=(inner, "m n")).values()
    tallest = max(p, m, n)
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
    scene, (xs, ys, zs) = Scene("jacobian_paths", fig), places
    slopes = [[_slope(ax, x, y, inner[k, j]) for j, x in enumerate(xs)] for k, y in enumerate(ys)]
    scene.slot("first", slopes, "visible")
    slopes = [[_slope(ax, y, z, outer[i, k]) for k, y in enumerate(ys)] for i, z in enumerate(zs)]
    scene.slot("second", slopes, "visible")
    scene.slot("terms", [_term(ax, k, y[1]) for k, y in enumerate(ys)], "text")
    below = m - 1 + (tallest - m) / 2
    ax.plot([5.75, 8.4], [below + 0.1] * 2, color=INK, lw=1)
    style = dict(va="center", size=11, fontweight="bold")
    scene.slot("sum", ax.text(5.75, below + 0.4, "sum: 0", **style), "text")
    for letter, nodes, role in zip("xyz", places, ("input", "output", "gradient"), strict=True):
        names = [f"${letter}_{k}$" for k in range(len(nodes))]
        for slot, color in ((letter, ROLES[role]), (f"no {letter}", GREY)):
            pairs = zip(nodes, names, strict=True)
            scene.slot(slot, [_node(ax, place, name, color) for place, name in pairs], "visible")
    scene.state = lambda i, j: _paths_state(outer, inner, i, j)
    return scene


def _term(ax, k, y):
    """Draw the name of a path, and room for its product beside it; return the room."""
    ax.text(5.75, y - 0.2, f"over $y_{k}$:", va="center", size=11)
    return ax.text(6.75, y - 0.2, "(−0) · (−0) = 0", va="center", size=11)


def _paths_state(outer, inner, i, j):
    (p, m), n, products = outer.shape, inner.shape[1], outer[i] * inner[:, j]
    alt = (
        f"Inputs x, middle values y and outputs z as three columns of {n}, {m} and {p} circles, "
        f"joined by lines. The paths from x_{j} to z_{i} are drawn as arrows; the first arrows "
        f"carry the slopes {listed(inner[:, j])}, the second {listed(outer[i])}. "
        f"{rows_of('The outer Jacobian', outer)}; {rows_of('the inner one', inner)}."
    )
    terms = " + ".join(factor(value) for value in products)
    total = number(products.sum())
    caption = f"Along a path the slopes multiply, and the paths add: dz_{i}/dx_{j} = {terms} = "
    out = {"alt": alt, "caption": f"{caption}{total}.", "sum": f"sum:  {total}"}
    factors = [f"{factor(outer[i, k])} · {factor(inner[k, j])}" for k in range(m)]
    out["terms"] = [f"{w} = {number(v)}" for w, v in zip(factors, products, strict=True)]
    from_j, to_i, every = np.arange(n) == j, np.arange(p) == i, np.ones(m, bool)
    chosen = {"first": np.outer(every, from_j), "second": np.outer(to_i, every)}
    out |= {slot: np.stack([on, on], axis=-1) for slot, on in chosen.items()}
    for letter, on in (("x", from_j), ("y", every), ("z", to_i)):
        out |= {letter: on, f"no {letter}": ~on}
    return out


def _slope(ax, start, end, value):
    """Draw an arrow with its slope on it; return both."""
    style = {"arrowstyle": "-|>", "color": INK, "shrinkA": 15, "shrinkB": 15, "lw": 1.5}
    arrow = ax.add_patch(FancyArrowPatch(start, end, **style, mutation_scale=12))
    box = {"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none"}
    at = [(a + b) / 2 for a, b in zip(start, end, strict=True)]
    words = ax.text(*at, number(value), ha="center", va="center", size=11, color=INK, bbox=box)
    return arrow, words


def _node(ax, place, words, color):
    box = {"boxstyle": "circle,pad=0.3", "fc": "white", "ec": color, "lw": 1.6}
    return ax.text(*place, words, ha="center", va="center", size=12, color=color, bbox=box)
