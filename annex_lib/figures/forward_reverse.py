"""Pictures of the chapter on forward and reverse mode: traces, orders, what products cost."""

import numpy as np
from matplotlib.patches import Rectangle

from annex_lib.figures.core import GREY, ROLES, Figure, canvas, frame, grid, number, title
from annex_lib.figures.equation_row import color_limit, equation_row, listed, rows_of
from annex_lib.figures.product_costs import association_costs, products_cost, tensor_memory
from annex_lib.shapes import ShapeError, as_floats, bind

__all__ = [
    "association_costs",
    "compressed_jacobian",
    "evaluation_trace",
    "hessian_product",
    "jacobian_products",
    "products_cost",
    "tensor_memory",
]

PLACES = {"step": 0.0, "value": 3.4, "tangent": 5.0, "gradient": 6.6}  # of the trace's columns
SEEDS = ["#cfe3f3", "#f6dcc0", "#cdeae0", "#eed3e4", "#e3e3e3", "#f3efb5"]


def evaluation_trace(steps, values, tangents, gradients, stage=None):
    """Draw a computation as a list: values and tangents filled in downwards, gradients upwards.

    Parameters
    ----------
    steps : sequence of str
        Each line of the computation, as LaTeX without dollars.
    values, tangents, gradients : array_like, shape (len(steps),)
    stage : int, optional
        How many lines have been done: 0 to n going down, n + 1 to 2 n going up. None for all.

    Returns
    -------
    Figure
    """
    columns = as_floats("evaluation_trace", values=values, tangents=tangents, gradients=gradients)
    n = len(steps)
    names = ("values", "tangents", "gradients")
    bind("evaluation_trace", **{k: (a, "n") for k, a in zip(names, columns, strict=True)})
    stage = 2 * n if stage is None else stage
    if len(columns[0]) != n or not 0 <= stage <= 2 * n:
        raise ShapeError(f"evaluation_trace: {n} steps, {len(columns[0])} values, stage {stage}")
    down, up = min(stage, n), max(stage - n, 0)
    fig, ax = canvas(7, 0.4 * n + 0.7)
    ax.set(xlim=(-0.2, 6.9), ylim=(n - 0.4, -1.3))
    ax.set_axis_off()
    heads = {"step": "step", "value": "value ↓", "tangent": "tangent ↓", "gradient": "gradient ↑"}
    colors = {"value": ROLES["output"], "tangent": ROLES["input"], "gradient": ROLES["gradient"]}
    for key, words in heads.items():
        side = "left" if key == "step" else "right"
        ax.text(PLACES[key], -1, words, ha=side, va="center", weight="bold", color=colors.get(key))
    ax.plot([-0.1, 6.7], [-0.6, -0.6], color=GREY, lw=1)
    current = stage - 1 if 0 < stage <= n else 2 * n - stage
    if 0 < stage < 2 * n:
        ax.axhspan(current - 0.45, current + 0.45, color="#f1f1f1", lw=0, zorder=0)
    for k, step in enumerate(steps):
        ax.text(PLACES["step"], k, f"${step}$", va="center", size=11)
        shown = {"value": k < down, "tangent": k < down, "gradient": k >= n - up}
        for (key, visible), column in zip(shown.items(), columns, strict=True):
            words = number(column[k]) if visible else "·"
            color = colors[key] if visible else GREY
            ax.text(PLACES[key], k, words, ha="right", va="center", size=11, color=color)
    alt = (
        f"A list of {n} steps with three columns. Filled in so far: values "
        f"{listed(columns[0][:down])} and tangents {listed(columns[1][:down])} from above, "
        f"gradients {listed(columns[2][n - up :])} from below."
    )
    return Figure(fig, alt, _trace_caption(columns, stage, n))


def _trace_caption(columns, stage, n):
    values, tangents, gradients = columns
    if stage == 0:
        return "Nothing is computed yet. Values and tangents come from above, in one run."
    if stage <= n:
        k = stage - 1
        return (
            f"Line {k}: value {number(values[k])}, and it moves at the rate {number(tangents[k])}."
        )
    if stage < 2 * n:
        k = 2 * n - stage
        return f"Line {k}: the result moves by {number(gradients[k])} for each unit of this value."
    return (
        f"One run down gives the tangent {number(tangents[-1])} of the result, for one direction; "
        f"one run up the gradient by every line, {listed(gradients)}."
    )


def jacobian_products(J):
    """Draw a Jacobian twice: made of columns, one JVP each, and of rows, one VJP each.

    Parameters
    ----------
    J : array_like, shape (m, n)

    Returns
    -------
    Figure
    """
    (J,) = as_floats("jacobian_products", J=J)
    m, n = bind("jacobian_products", J=(J, "m n")).values()
    fig, axes = canvas(2 * (0.56 * n + 1.3), 0.56 * m + 1.0, 1, 2)
    for ax, role, words in zip(
        axes, ("input", "gradient"), (f"{n} runs forward", f"{m} runs back"), strict=True
    ):
        grid(ax, J, limit=color_limit(J), rows="$i$", columns="$j$")
        title(ax, words, role)
    for j in range(n):
        frame(axes[0], 0, j + 0.06, m, 0.88, color=ROLES["input"])
    for i in range(m):
        frame(axes[1], i + 0.06, 0, 0.88, n, color=ROLES["gradient"])
    alt = f"The same Jacobian twice, its columns framed, then its rows. {rows_of('J', J)}."
    caption = f"A JVP gives a column, a VJP gives a row: {n} of the former or {m} of the latter."
    return Figure(fig, alt, caption)


def hessian_product(H, v):
    """Draw H v = Hv as matrices in a row.

    Parameters
    ----------
    H : array_like, shape (n, n)
    v : array_like, shape (n,)

    Returns
    -------
    Figure
    """
    H, v = as_floats("hessian_product", H=H, v=v)
    bind("hessian_product", H=(H, "n n"), v=(v, "n"))
    Hv = H @ v
    parts = [dict(a=H, name="$H$", role="plain", rows="$i$", columns="$j$")]
    parts += ["·", dict(a=v, name="$v$", role="input"), "="]
    parts += [dict(a=Hv, name="$Hv$", role="output", rows="$i$")]
    fig = equation_row(parts, color_limit(H, v, Hv))
    n = len(v)
    alt = f"A matrix times a column. {rows_of('H', H)}; {rows_of('v', v)}; {rows_of('Hv', Hv)}."
    caption = (
        f"The Hessian has {n * n} entries, mirrored at its diagonal. The column on the right has "
        f"{n}, and is found without the matrix."
    )
    return Figure(fig, alt, caption)


def compressed_jacobian(J, colors):
    """Draw a Jacobian whose columns share a few colours, and the columns of each colour added.

    Parameters
    ----------
    J : array_like, shape (m, n)
    colors : array_like of int, shape (n,)
        From 0; no two columns of a colour may have an entry in the same row.

    Returns
    -------
    Figure
    """
    (J,), colors = as_floats("compressed_jacobian", J=J), np.asarray(colors)
    m, n = bind("compressed_jacobian", J=(J, "m n"), colors=(colors, "n")).values()
    count = colors.max() + 1
    seeds = (colors[:, None] == np.arange(count)).astype(float)
    if ((J != 0) @ seeds > 1).any():
        raise ShapeError("compressed_jacobian: two columns of one colour meet in a row")
    fig, axes = canvas(8, 0.42 * m + 0.95, 1, 2, width_ratios=(n + 0.5, count + 0.5))
    for ax, a, own in zip(axes, (J, J @ seeds), (colors, np.arange(count)), strict=True):
        grid(ax, np.zeros(a.shape), limit=1, labels=_words(a), rows="$i$", columns="$j$")
        for j, color in enumerate(own):
            for i in np.flatnonzero(a[:, j]):
                box = dict(color=SEEDS[color % len(SEEDS)], lw=0, zorder=0.5)
                ax.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, **box))
    title(axes[0], f"Jacobian, {n} columns")
    title(axes[1], f"{count} products")
    axes[1].set_xlabel("colour")
    alt = (
        f"Left, a Jacobian of {m} by {n} whose entries lie on a band; its columns take {count} "
        f"colours in turn. Right, the columns of each colour added up. "
        f"{rows_of('The right', J @ seeds)}."
    )
    caption = (
        f"Columns of one colour never meet in a row, so their sum mixes nothing up: {count} "
        f"products with J hold all of its {np.count_nonzero(J)} entries."
    )
    return Figure(fig, alt, caption)


def _words(a):
    return [[number(v) if v else "" for v in row] for row in a]
