"""Pictures of the chapter on forward and reverse mode: traces, orders, what products cost."""

import numpy as np
from matplotlib.patches import Rectangle

from annex_lib.figures.core import GREY, ROLES, Figure, canvas, frame, grid, number, title
from annex_lib.figures.equation_row import (
    check_inside,
    color_limit,
    equation_row,
    listed,
    rows_of,
)
from annex_lib.figures.product_costs import (
    association_costs,
    association_costs_scene,
    products_cost,
    products_cost_scene,
    tensor_memory,
)
from annex_lib.figures.scene import Scene
from annex_lib.shapes import ShapeError, as_floats, bind

__all__ = [
    "association_costs",
    "association_costs_scene",
    "compressed_jacobian",
    "evaluation_trace",
    "evaluation_trace_scene",
    "hessian_product",
    "jacobian_products",
    "products_cost",
    "products_cost_scene",
    "tensor_memory",
]

# The columns of the trace: where their right edge stands, what they are called, their role.
COLUMNS = {
    "value": (3.4, "value ↓", "output"),
    "tangent": (5.0, "tangent ↓", "input"),
    "gradient": (6.6, "gradient ↑", "gradient"),
}
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
    scene, n = evaluation_trace_scene(steps, values, tangents, gradients), len(steps)
    stage = 2 * n if stage is None else stage
    check_inside("evaluation_trace", "stage", stage, 2 * n + 1)
    return scene.figure(stage=stage)


def evaluation_trace_scene(steps, values, tangents, gradients):
    """Return the moving picture of `evaluation_trace`; its position is `stage`."""
    data = as_floats("evaluation_trace", values=values, tangents=tangents, gradients=gradients)
    n = len(steps)
    named = zip(("values", "tangents", "gradients"), data, strict=True)
    shapes = {name: (a, "n") for name, a in named}
    bind("evaluation_trace", steps=((n,), "n"), **shapes)
    fig, ax = canvas(7, 0.4 * n + 0.7)
    ax.set(xlim=(-0.2, 6.9), ylim=(n - 0.4, -1.3))
    ax.set_axis_off()
    scene = Scene("evaluation_trace", fig)
    scene.slot("line", ax.add_patch(Rectangle((-0.15, 0), 6.95, 0.9, color="#f1f1f1")), "bounds")
    ax.text(0, -1, "step", va="center", weight="bold")
    ax.plot([-0.1, 6.7], [-0.6, -0.6], color=GREY, lw=1)
    for k, step in enumerate(steps):
        ax.text(0, k, f"${step}$", va="center", size=11)
    for (name, (x, words, role)), a in zip(COLUMNS.items(), data, strict=True):
        style = dict(ha="right", va="center", color=ROLES[role])
        ax.text(x, -1, words, weight="bold", **style)
        texts = [ax.text(x, k, number(a[k]), size=11, **style) for k in range(n)]
        scene.slot(name, texts, "visible")

    def state(stage):
        down, up = min(stage, n), max(stage - n, 0)
        shown = [k < down for k in range(n)]
        current = (stage - 1 if stage <= n else 2 * n - stage) if 0 < stage < 2 * n else None
        alt = (
            f"A list of {n} steps with three columns. Filled in: values {listed(data[0][:down])} "
            f"and tangents {listed(data[1][:down])} from above, gradients "
            f"{listed(data[2][n - up :])} from below."
        )
        line = None if current is None else (-0.15, current - 0.45, 6.95, 0.9)
        out = dict(line=line, value=shown, tangent=shown, gradient=[k >= n - up for k in range(n)])
        return out | dict(alt=alt, caption=_trace_caption(data, stage, n))

    scene.state = state
    return scene


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
