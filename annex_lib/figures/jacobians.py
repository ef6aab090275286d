"""Pictures of the chapter on Jacobians: rows and columns, products, order 4."""

import numpy as np
from matplotlib.patches import Rectangle

from annex_lib.figures.core import INK, ROLES, Figure, canvas, frame, grid, number
from annex_lib.figures.equation_row import check_inside, color_limit, listed, rows_of
from annex_lib.figures.tangents import kink_slopes, step_errors, tangent_outputs, tangent_zoom
from annex_lib.shapes import ShapeError, as_floats, bind

__all__ = [
    "jacobian_flattened",
    "jacobian_product_cost",
    "jacobian_rows_columns",
    "kink_slopes",
    "step_errors",
    "tangent_outputs",
    "tangent_zoom",
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
    n0, n1, n2, n3 = map(int, sizes)
    ways = {
        "from the left": ("$(J_3\\,J_2)\\;J_1$", ((n3, n2, n1), (n3, n1, n0))),
        "from the right": ("$J_3\\;(J_2\\,J_1)$", ((n2, n1, n0), (n3, n2, n0))),
    }
    fig, (top, bars) = canvas(8, 4.2, 2, 1, height_ratios=[1.5, 1])
    side, place = 0.25 + 0.4 * np.log10(sizes), 0.0
    for r in (3, 2, 1):
        block = (place, -side[r] / 2), side[r - 1], side[r]
        top.add_patch(Rectangle(*block, fc="#ececec", ec=INK, lw=1.2))
        middle = place + side[r - 1] / 2
        top.text(middle, 0.95, f"$J_{r}$", ha="center", size=12)
        words = f"{sizes[r]:.0f} × {sizes[r - 1]:.0f}"
        top.text(middle, -0.9, words, ha="center", va="top", size=9)
        place += side[r - 1] + 1.1
    top.set(xlim=((place - 1.1) / 2 - 4, (place - 1.1) / 2 + 4), ylim=(-1.2, 1.3), aspect="equal")
    top.set_axis_off()
    said, totals = [], []
    for y, (name, (words, terms)) in enumerate(ways.items()):
        totals.append(sum(a * b * c for a, b, c in terms))
        spelled = " + ".join("·".join(map(str, t)) for t in terms)
        said.append(f"{name} {spelled} = {_thousands(totals[-1])}")
        bars.barh(-y, np.log10(totals[-1]), height=0.3, color=ROLES["input"])
        bars.text(
            0, 0.25 - y, f"{name}, {words}:  {spelled} = {_thousands(totals[-1])}", va="bottom"
        )
    ticks = range(0, 10, 3)
    bars.set_xticks(ticks, [f"$10^{k}$" for k in ticks])
    bars.set(xlim=(0, 9.6), ylim=(-1.3, 0.6), yticks=[], xlabel="multiplications")
    bars.spines["left"].set_visible(False)
    better = "neither" if totals[0] == totals[1] else list(ways)[int(totals[1] < totals[0])]
    shapes = ", ".join(f"J_{r} is {sizes[r]:.0f} by {sizes[r - 1]:.0f}" for r in (3, 2, 1))
    alt = (
        f"Three matrices as rectangles: {shapes}. Bars for the multiplications: {'; '.join(said)}."
    )
    factor = _thousands(round(max(totals) / min(totals)))
    caption = f"Cheaper: {better}, by a factor of about {factor}."
    return Figure(fig, alt, caption if totals[0] != totals[1] else "Both cost the same.")


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
    p, q, m, n = bind("jacobian_flattened", J=(J, "p q m n")).values()
    for name, index, size in zip("ijkl", (i, j, k, l), J.shape, strict=True):
        check_inside("jacobian_flattened", name, index, size)
    blocks, flat = J.transpose(0, 2, 1, 3).reshape(p * m, q * n), J.reshape(p * q, m * n)
    row, column, limit = q * i + j, n * k + l, color_limit(J)
    fig, (left, right) = canvas(8, 0.4 * max(p * m, p * q) + 1.3, 1, 2, width_ratios=[q * n, m * n])
    grid(left, blocks, limit=limit, ticks=False, name=f"({p}, {q} | {m}, {n})")
    for a, b in np.ndindex(p, q):
        frame(left, a * m, b * n, m, n, color=INK, lw=1.6)
    frame(left, i * m, j * n, m, n, color=ROLES["output"], lw=3)
    frame(left, i * m + k, j * n + l, color=ROLES["input"], lw=3)
    left.set_xticks([b * n + (n - 1) / 2 for b in range(q)], [f"$j={b}$" for b in range(q)])
    left.set_yticks([a * m + (m - 1) / 2 for a in range(p)], [f"$i={a}$" for a in range(p)])
    left.tick_params(labeltop=True, labelsize=9, labelcolor=INK)
    grid(right, flat, limit=limit, name=f"({p * q}, {m * n})", rows="$qi+j$", columns="$nk+l$")
    frame(right, row, 0, 1, m * n, color=ROLES["output"])
    frame(right, row, column, color=ROLES["input"], lw=3)
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
    return Figure(fig, alt, caption)


def _thousands(count):
    return f"{count:,}".replace(",", " ")
