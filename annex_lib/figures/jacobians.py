"""Pictures of the chapter on Jacobians: rows and columns, products, order 4."""

import numpy as np
from matplotlib.patches import Rectangle

from annex_lib.figures.core import INK, ROLES, Figure, canvas, frame, grid, number, title
from annex_lib.figures.equation_row import check_inside, color_limit, listed, rows_of
from annex_lib.figures.jacobian_paths import jacobian_paths, jacobian_paths_scene
from annex_lib.figures.scene import Scene
from annex_lib.figures.tangents import (
    kink_slopes,
    step_errors,
    tangent_outputs,
    tangent_zoom,
    tangent_zoom_scene,
)
from annex_lib.shapes import ShapeError, as_floats, bind

__all__ = [
    "jacobian_flattened",
    "jacobian_flattened_scene",
    "jacobian_paths",
    "jacobian_paths_scene",
    "jacobian_product_cost",
    "jacobian_product_cost_scene",
    "jacobian_rows_columns",
    "kink_slopes",
    "step_errors",
    "tangent_outputs",
    "tangent_zoom",
    "tangent_zoom_scene",
]


def jacobian_rows_columns(J):
    """Draw a Jacobian twice: by its rows, the outputs' gradients, and its columns, the pushes.

    Parameters
    ----------
    J : array_like, shape (m, n)

    Returns
    -------
    Figure
    """
    (J,) = as_floats("jacobian_rows_columns", J=J)
    (m, n), limit = bind("jacobian_rows_columns", J=(J, "m n")).values(), color_limit(J)
    fig, axes = canvas(8, 0.55 * m + 1.3, 1, 2)
    for ax, name, role in zip(
        axes,
        ("rows: gradients of outputs", "columns: pushes of inputs"),
        ("gradient", "input"),
        strict=True,
    ):
        grid(ax, J, limit=limit, name=name, role=role, rows="output $i$", columns="input $j$")
    for i in range(m):
        frame(axes[0], i, 0, 1, n, color=ROLES["gradient"])
        words = rf"gradient of $f_{{{i}}}$"
        axes[0].text(n - 0.2, i, words, va="center", color=ROLES["gradient"])
    for j in range(n):
        frame(axes[1], 0, j, m, 1, color=ROLES["input"])
    axes[1].text(
        n - 0.2,
        (m - 1) / 2,
        "how $f$ moves\nwhen one $x_j$ moves",
        va="center",
        color=ROLES["input"],
    )
    rows = "; ".join(f"row {i} is {listed(row)}" for i, row in enumerate(J))
    columns = "; ".join(f"column {j} is {listed(a)}" for j, a in enumerate(J.T))
    alt = f"The same {m} by {n} matrix twice. Left, its rows framed: {rows}. Right, its columns "
    caption = f"Row 0, {listed(J[0])}, is all about output f_0; column 0, {listed(J[:, 0])}, is "
    return Figure(fig, f"{alt}framed: {columns}.", caption + "all about input x_0.")


def jacobian_product_cost(sizes):
    """Draw J_3 J_2 J_1 and count the multiplications from the left and from the right.

    Parameters
    ----------
    sizes : sequence of four int, at least 1
        (n_0, n_1, n_2, n_3): J_r has n_r rows and n_{r-1} columns.

    Returns
    -------
    Figure
    """
    (sizes,) = as_floats("jacobian_product_cost", sizes=sizes)
    if sizes.shape != (4,) or (sizes < 1).any():
        raise ShapeError(f"jacobian_product_cost: sizes are {sizes}, but should be four, from 1")
    return jacobian_product_cost_scene(sizes.max()).figure(sizes=tuple(map(int, sizes)))


def jacobian_product_cost_scene(most, powers=False):
    """Return the moving picture of `jacobian_product_cost` for sizes up to `most`.

    Its position is `sizes`; or, as `powers` of ten, `n0`, `n1` = n2 and `n3`.
    """
    fig, (top, bars) = canvas(8, 4.2, 2, 1, height_ratios=[1.5, 1])
    scene = Scene("jacobian_product_cost", fig)
    blocks = [top.add_patch(Rectangle((0, 0), 1, 1, fc="#ececec", ec=INK, lw=1.2)) for _ in "321"]
    names = [top.text(0, 0.95, f"$J_{r}$", ha="center", size=12) for r in "321"]
    sizes = [top.text(0, -0.9, "1000 × 1000", ha="center", va="top", size=9) for _ in "321"]
    top.set(xlim=(-4, 4), ylim=(-1.2, 1.3), aspect="equal")
    top.set_axis_off()
    scene.slot("blocks", blocks, "bounds")
    scene.slot("names", names, "position")
    scene.slot("places", sizes, "position")
    scene.slot("sizes", sizes, "text")
    counts, lengths, highest = [], [], max(9.6, np.log10(2.0 * most**3) + 0.3)
    for y, way in enumerate(WAYS):
        lengths += bars.barh(-y, 1, height=0.3, color=ROLES["input"])
        bars.text(0, 0.25 - y, f"{way[0]}, {way[1]}:", va="bottom")
        counts.append(bars.text(0.22 * highest, 0.25 - y, "1·1·1 = 1", va="bottom"))
    scene.slot("bars", lengths, "bounds")
    scene.slot("counts", counts, "text")
    ticks = range(0, int(highest) + 1, 3)
    bars.set_xticks(ticks, [f"$10^{k}$" for k in ticks])
    bars.set(xlim=(0, highest), ylim=(-1.3, 0.6), yticks=[], xlabel="multiplications")
    bars.spines["left"].set_visible(False)

    def state(sizes=None, n0=None, n1=None, n3=None):
        return _cost_state([10**n for n in (n0, n1, n1, n3)] if powers else sizes)

    scene.state = state
    return scene


WAYS = (
    ("from the left", "$(J_3\\,J_2)\\;J_1$", ((3, 2, 1), (3, 1, 0))),
    ("from the right", "$J_3\\;(J_2\\,J_1)$", ((2, 1, 0), (3, 2, 0))),
)


def _cost_state(n):
    """Return what the picture shows of Jacobians with n[r] rows and n[r - 1] columns."""
    side, said, totals, out = 0.25 + 0.4 * np.log10(n), [], [], {}
    lefts = np.cumsum([0, side[2] + 1.1, side[1] + 1.1]) - (side[:3].sum() + 2.2) / 2
    pairs = list(zip(lefts, (3, 2, 1), strict=True))
    out["blocks"] = [(x, -side[r] / 2, side[r - 1], side[r]) for x, r in pairs]
    for slot, y in (("names", 0.95), ("places", -0.9)):
        out[slot] = [(x + side[r - 1] / 2, y) for x, r in pairs]
    out["sizes"] = [f"{n[r]} × {n[r - 1]}" for _, r in pairs]
    for _, _, terms in WAYS:
        totals.append(sum(n[a] * n[b] * n[c] for a, b, c in terms))
        spelled = " + ".join("·".join(str(n[k]) for k in t) for t in terms)
        said.append(f"{spelled} = {_thousands(totals[-1])}")
    out["bars"] = [(0, -y - 0.15, np.log10(total), 0.3) for y, total in enumerate(totals)]
    better = WAYS[int(totals[1] < totals[0])][0]
    shapes = ", ".join(f"J_{r} is {n[r]} by {n[r - 1]}" for r in (3, 2, 1))
    bars = "; ".join(f"{way[0]} {words}" for way, words in zip(WAYS, said, strict=True))
    factor = max(totals) / min(totals)
    words = number(factor) if factor < 10 else _thousands(round(factor))
    caption = f"Cheaper: {better}, by a factor of about {words}."
    out["alt"] = f"Three matrices as rectangles: {shapes}. Bars for the multiplications: {bars}."
    out["caption"] = caption if totals[0] != totals[1] else "Both cost the same."
    return out | {"counts": said}


def jacobian_flattened(J, i, j, k, l):
    """Draw a Jacobian of order 4 as blocks, one for each output, and flattened into a matrix.

    Parameters
    ----------
    J : array_like, shape (p, q, m, n)
        Axes (output | input) = (i, j | k, l).
    i, j, k, l : int
        The entry that is framed in both.

    Returns
    -------
    Figure
    """
    (J,) = as_floats("jacobian_flattened", J=J)
    bind("jacobian_flattened", J=(J, "p q m n"))
    for name, index, size in zip("ijkl", (i, j, k, l), J.shape, strict=True):
        check_inside("jacobian_flattened", name, index, size)
    return jacobian_flattened_scene(J).figure(i=i, j=j, k=k, l=l)


def jacobian_flattened_scene(J):
    """Return the moving picture of `jacobian_flattened`; its position is `i`, `j`, `k` and `l`."""
    (J,) = as_floats("jacobian_flattened", J=J)
    p, q, m, n = bind("jacobian_flattened", J=(J, "p q m n")).values()
    blocks, flat = J.transpose(0, 2, 1, 3).reshape(p * m, q * n), J.reshape(p * q, m * n)
    fig, (left, right) = canvas(8, 0.4 * max(p * m, p * q) + 1.3, 1, 2, width_ratios=[q * n, m * n])
    scene, limit = Scene("jacobian_flattened", fig), color_limit(J)
    scene.grid("blocks", left, blocks.shape, limit=limit, ticks=False)
    for a, b in np.ndindex(p, q):
        frame(left, a * m, b * n, m, n, color=INK, lw=1.6)
    scene.frame("block", left, color=ROLES["output"], lw=3)
    scene.frame("entry", left, color=ROLES["input"], lw=3)
    left.set_xticks([b * n + (n - 1) / 2 for b in range(q)], [f"$j={b}$" for b in range(q)])
    left.set_yticks([a * m + (m - 1) / 2 for a in range(p)], [f"$i={a}$" for a in range(p)])
    left.tick_params(labeltop=True, labelsize=9, labelcolor=INK)
    title(left, f"({p}, {q} | {m}, {n})")
    words = {"name": f"({p * q}, {m * n})", "rows": "$qi+j$", "columns": "$nk+l$"}
    scene.grid("matrix", right, flat.shape, limit=limit, **words)
    scene.frame("row", right, color=ROLES["output"])
    scene.frame("place", right, color=ROLES["input"], lw=3)
    scene.state = lambda i, j, k, l: _flat_state(J, i, j, k, l) | {"blocks": blocks, "matrix": flat}
    return scene


def _flat_state(J, i, j, k, l):
    p, q, m, n = J.shape
    row, column = q * i + j, n * k + l
    cells = " ".join(f"Block ({a}, {b}): {rows_of('it', J[a, b])}." for a, b in np.ndindex(p, q))
    alt = (
        f"Left, a tensor of shape ({p}, {q} | {m}, {n}) as {p} by {q} blocks of {m} by {n}; block "
        f"({i}, {j}) is framed, and entry ({k}, {l}) in it. {cells} Right, the same numbers as a "
        f"matrix of {p * q} rows, one for each block; row {row}, column {column} is framed."
    )
    caption = (
        f"Entry ({i}, {j} | {k}, {l}) = {number(J[i, j, k, l])} goes to row {q}·{i} + {j} = {row} "
        f"and column {n}·{k} + {l} = {column}."
    )
    out = {"alt": alt, "caption": caption, "block": (i * m, j * n, m, n)}
    out |= {"entry": (i * m + k, j * n + l, 1, 1), "row": (row, 0, 1, m * n)}
    return out | {"place": (row, column, 1, 1)}


def _thousands(count):
    return f"{count:,}".replace(",", " ")
