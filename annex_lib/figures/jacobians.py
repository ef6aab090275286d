"""Pictures of the chapter on Jacobians: tangents, numerical errors, products, order 4."""

import numpy as np
from matplotlib.patches import FancyArrowPatch, Rectangle

from annex_lib.figures.core import GREY, INK, ROLES, Figure, canvas, frame, grid, number, title
from annex_lib.figures.equation_row import check_inside, color_limit, listed, rows_of
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

SMALLEST = -15  # the power of ten below which errors are not told apart


def tangent_outputs(f, x, J, v):
    """Draw each output of f along x + t v, its tangent f(x) + t J v, and the remainder at t = 1.

    Parameters
    ----------
    f : callable
        Takes an array (n,), returns (m,).
    x, v : array_like, shape (n,)
    J : array_like, shape (m, n)

    Returns
    -------
    Figure
    """
    here, there, x, J, v = _moved("tangent_outputs", f, x, J, v)
    m, t, u = len(here), np.linspace(-0.5, 1.25, 36), J @ v
    curves = np.array([np.asarray(f(x + s * v), float) for s in t])
    lines, r = here + t[:, None] * u, there - here - u
    low, high = (np.vstack([curves, lines]) - here).min(), (np.vstack([curves, lines]) - here).max()
    fig, axes = canvas(8, 2.9, 1, m, squeeze=False)
    for i, ax in enumerate(axes[0]):
        ax.plot(t, lines[:, i], color=GREY, lw=1.5, ls="--", label="tangent")
        ax.plot(t, curves[:, i], color=ROLES["output"], lw=2, label="$f_i(x + tv)$")
        ax.plot([1, 1], [here[i] + u[i], there[i]], color=ROLES["gradient"], lw=4)
        ax.plot(0, here[i], "o", color=INK, ms=6)
        margin = 0.12 * (high - low)
        ax.set(ylim=(here[i] + low - margin, here[i] + high + margin), xticks=[0, 1])
        ax.set_xlabel("$t$")
        words = f"$f_{{{i}}}$: remainder {number(r[i])}"
        title(ax, words, "gradient" if r[i] else "plain")
    axes[0, 0].legend(frameon=False, loc="upper left", fontsize=9, borderaxespad=0)
    at = f"f(x) = {listed(here)}, f(x + v) = {listed(there)} and f(x) + Jv = {listed(here + u)}"
    alt = (
        f"One panel for each of {m} outputs: f_i(x + t v) as a curve, the line f_i(x) + t (Jv)_i "
        f"dashed, which touches it at t = 0, and the gap at t = 1 as a bar. "
        f"x is {listed(x)}, v is {listed(v)}; {at}."
    )
    return Figure(fig, alt, f"{at}. What is left over is r(v) = {listed(r)}.")


def tangent_zoom(f, x, J, v, halvings=0):
    """Draw what f makes of a square around x, and what its derivative makes of it, magnified.

    Parameters
    ----------
    f : callable
        Takes an array (2,), returns (2,).
    x, v : array_like, shape (2,)
        Centre of the square, and a step that is not zero; the square reaches |v| to each side.
    J : array_like, shape (2, 2)
    halvings : int, at least 0
        How often v is halved; the picture is magnified as often.

    Returns
    -------
    Figure
    """
    v = as_floats("tangent_zoom", v=v)[0] / 2.0**halvings
    here, there, x, J, v = _moved("tangent_zoom", f, x, J, v)
    if J.shape != (2, 2):
        raise ShapeError(f"tangent_zoom: J has the shape {J.shape}, but should be (2, 2)")
    size, r = np.linalg.norm(v), there - here - J @ v
    fig, (left, right) = canvas(8, 4, 1, 2)
    along = np.linspace(-1, 1, 21)
    for a in np.linspace(-1, 1, 5):
        for path in (np.stack([along, 0 * along + a]), np.stack([0 * along + a, along])):
            points = x[:, None] + size * path
            left.plot(*points, color=ROLES["input"], lw=1)
            image = np.array([np.asarray(f(p), float) for p in points.T]).T
            right.plot(*image, color=ROLES["output"], lw=1.2)
            ends = here[:, None] + J @ (size * path[:, [0, -1]])
            right.plot(*ends, color=GREY, lw=1, ls=(0, (4, 3)))
    _arrow(left, x, x + v, INK)
    _arrow(right, here, here + J @ v, INK)
    right.plot(*np.stack([here + J @ v, there]).T, color=ROLES["gradient"], lw=4, zorder=5)
    right.plot(*there, "o", color=ROLES["gradient"], ms=6, zorder=6)
    reach = 1.35 * size * np.abs(J).sum(1).max()
    for ax, centre, half in ((left, x, 1.35 * size), (right, here, reach)):
        for set_limits, c in ((ax.set_xlim, centre[0]), (ax.set_ylim, centre[1])):
            set_limits(c - half, c + half)
        ax.set_aspect("equal")
        ax.locator_params(nbins=4)
        ax.ticklabel_format(useOffset=False)
        ax.tick_params(labelsize=8)
    title(left, "the square around $x$, and $v$", "input")
    title(right, "its image; dashed: the linear map's", "output")
    left.set(xlabel="$x_0$", ylabel="$x_1$")
    right.set(xlabel="$f_0$", ylabel="$f_1$")
    ratio = np.linalg.norm(r) / size
    alt = (
        f"Left, a grid of squares around x = {listed(x)} with the arrow v = {listed(v)}. Right, "
        f"its image under f, curved, over the parallelograms that the matrix {rows_of('J', J)} "
        f"makes of it; a bar joins the tip of f(x) + Jv to f(x + v), {number(np.linalg.norm(r))} "
        "long."
    )
    caption = (
        f"v halved {halvings} times, |v| = {number(size)}: the remainder r(v) = {listed(r)} has the length "
        f"{number(np.linalg.norm(r))}, and |r(v)|/|v| = {number(ratio)}."
    )
    return Figure(fig, alt, caption)


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


def kink_slopes(slopes):
    """Draw max(0, x) and |x| with lines through their kinks, of given slopes.

    Parameters
    ----------
    slopes : array_like, shape (n,)
        For max(0, x); |x| = 2 max(0, x) - x takes 2 s - 1 for each slope s.

    Returns
    -------
    Figure
    """
    (slopes,) = as_floats("kink_slopes", slopes=slopes)
    bind("kink_slopes", slopes=(slopes, "n"))
    fig, axes = canvas(8, 2.9, 1, 2, sharey=True)
    x = np.array([-2.0, 0, 2])
    both = ((r"$\max(0, x)$", np.maximum(0, x), slopes), ("$|x|$", np.abs(x), 2 * slopes - 1))
    for ax, (name, y, lines) in zip(axes, both, strict=True):
        for slope in lines:
            ax.plot([-1.6, 1.6], [-1.6 * slope, 1.6 * slope], color=GREY, lw=1.3, ls="--")
            side = -1 if slope > 0 else 1  # where the line leaves the graph
            words = f" slope {number(slope)} "
            ax.text(
                side * 1.6,
                side * 1.6 * slope,
                words,
                ha="left" if side > 0 else "right",
                va="center",
                size=9,
                color=GREY,
            )
        ax.plot(x, y, color=ROLES["output"], lw=2.5)
        ax.plot(0, 0, "o", color=INK, ms=6)
        ax.set(xlim=(-2.6, 2.6), ylim=(-1.8, 2.1), xlabel="$x$")
        title(ax, name, "output")
    words = listed(slopes), listed(2 * slopes - 1)
    alt = (
        "Two graphs with a kink at 0. Left, max(0, x), flat and then rising, with dashed lines "
        f"through 0 of the slopes {words[0]}. Right, |x|, falling and then rising, with the "
        f"slopes {words[1]}."
    )
    caption = "Each dashed line touches the graph at 0 and stays below it; none is the tangent."
    return Figure(fig, alt, caption)


def step_errors(h, **errors):
    """Draw the error of numerical derivatives over the step, both as powers of ten.

    Parameters
    ----------
    h : array_like, shape (K,), above 0
        Steps.
    **errors : array_like, shape (K,)
        Magnitudes for each method. Drawn to the nearest half power of ten, not below 10^-15:
        what rounding leaves behind differs from machine to machine.

    Returns
    -------
    Figure
    """
    h, *values = as_floats("step_errors", h=h, **errors)
    bind("step_errors", h=(h, "K"), **{k: (a, "K") for k, a in zip(errors, values, strict=True)})
    fig, ax = canvas(8, 4)
    powers, said = np.log10(h), []
    styles = zip(("weight", "input", "output"), ("s", "o", "^"), ("-", "-", "--"), strict=True)
    for name, error, (role, marker, line) in zip(errors, values, styles, strict=False):
        y = np.maximum(np.log10(np.maximum(np.abs(error), 1e-99)), SMALLEST)
        y = np.round(2 * y) / 2
        ax.plot(powers, y, line, marker=marker, color=ROLES[role], lw=1.8, ms=5, label=name)
        best = int(np.argmin(y))
        word, on = ("at most", " and below") if y[best] == SMALLEST else ("about", "")
        said.append(f"{name}: smallest, {word} 10^{y[best]:g}, at h = 10^{powers[best]:g}{on}")
    ticks = np.arange(np.floor(powers.min() / 4) * 4, powers.max() + 1, 4)
    ax.set_xticks(ticks, [f"$10^{{{k:.0f}}}$" for k in ticks])
    ticks = np.arange(SMALLEST, 4, 3)
    ax.set_yticks(ticks, [f"$10^{{{k}}}$" for k in ticks])
    ax.set(xlabel="step $h$", ylabel="error of the derivative", ylim=(SMALLEST - 0.7, 1.2))
    ax.invert_xaxis()
    ax.legend(frameon=False, loc="upper right", bbox_to_anchor=(1, 0.75))
    alt = f"Errors over the step h, which shrinks from left to right. {'; '.join(said)}."
    return Figure(fig, alt, f"Drawn to the nearest half power of ten. {'; '.join(said)}.")


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
        raise ShapeError(f"jacobian_product_cost: sizes are {sizes}, but should be four, from 1 on")
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


def _moved(operation, f, x, J, v):
    """Return f(x), f(x + v) and the checked arrays."""
    x, J, v = as_floats(operation, x=x, J=J, v=v)
    bind(operation, x=(x, "n"), v=(v, "n"), J=(J, "m n"))
    here, there = (np.asarray(f(a), float) for a in (x, x + v))
    bind(operation, J=(J, "m n"), **{"f(x)": (here, "m")})
    return here, there, x, J, v


def _arrow(ax, start, end, color):
    options = {"arrowstyle": "-|>", "mutation_scale": 14, "shrinkA": 0, "shrinkB": 0, "zorder": 4}
    ax.add_patch(FancyArrowPatch(start, end, color=color, lw=2, **options))


def _thousands(count):
    return f"{count:,}".replace(",", " ")
