"""Pictures of pooling: windows, what each takes, and where its gradient goes."""

import numpy as np

from annex_lib.figures.convolution_grids import by, limit_for, lines, row_canvas, span
from annex_lib.figures.core import GREY, ROLES, Figure, frame, grid, number
from annex_lib.figures.equation_row import check_inside
from annex_lib.pooling import avg_pool2d, avg_pool2d_vjp, max_pool2d, max_pool2d_vjp
from annex_lib.shapes import as_floats, bind

__all__ = ["avg_pooling", "max_pooling"]


def max_pooling(x, g, kernel, stride, i=0, j=0):
    """Draw max pooling forward and backward, with window (i, j) and the pixel it takes framed.

    Parameters
    ----------
    x : array_like, shape (m, n)
    g : array_like, shape (u, v)
        Upstream gradient.
    kernel, stride : int
        Side of the square window, and its step.
    i, j : int
        The output that is framed.

    Returns
    -------
    Figure
    """
    x, *parts = _pooled("max_pooling", max_pool2d, max_pool2d_vjp, x, g, kernel, stride)
    axes, figure = _row("max_pooling", x, *parts, kernel, stride, (i, j))
    O, g, *_ = parts
    alone = np.zeros(g.shape)
    alone[i, j] = 1
    taken = max_pool2d_vjp(alone[None, None], x[None, None], kernel, stride=stride)[0, 0]
    r, s = np.argwhere(taken)[0]
    for ax in (axes[0], axes[3]):
        frame(ax, r, s, color=ROLES["output"], lw=3)
    window = x[stride * i : stride * i + kernel, stride * j : stride * j + kernel]
    tied = int((window == window.max()).sum())
    caption = (
        f"o_{i}{j} = {number(O[i, j])} was taken from row {r}, column {s}, which alone receives "
        f"g_{i}{j} = {number(g[i, j])}."
    )
    if tied > 1:
        caption += f" {tied} pixels tie: the first one counts."
    return figure("largest", f"It takes the pixel at row {r}, column {s}.", caption)


def avg_pooling(x, g, kernel, stride, i=0, j=0):
    """Draw average pooling forward and backward, with window (i, j) framed.

    Parameters
    ----------
    x : array_like, shape (m, n)
    g : array_like, shape (u, v)
        Upstream gradient.
    kernel, stride : int
        Side of the square window, and its step.
    i, j : int
        The output that is framed.

    Returns
    -------
    Figure
    """
    x, *parts = _pooled("avg_pooling", avg_pool2d, avg_pool2d_vjp, x, g, kernel, stride)
    _, figure = _row("avg_pooling", x, *parts, kernel, stride, (i, j))
    O, g, *_ = parts
    count = kernel * kernel
    caption = (
        f"o_{i}{j} = {number(O[i, j])} is the mean of {count} pixels, and each of them receives "
        f"g_{i}{j} / {count} = {number(g[i, j] / count)}."
    )
    return figure("mean", "", caption)


def _pooled(operation, pool, vjp, x, g, kernel, stride):
    x, g = as_floats(operation, x=x, g=g)
    bind(operation, x=(x, "m n"), g=(g, "u v"))
    O = pool(x[None, None], kernel, stride=stride)
    bind(operation, output=(O[0, 0], "u v"), g=(g, "u v"))
    both = np.stack([g, np.ones(g.shape)])[None]
    dx, taken = vjp(both, np.stack([x, x])[None], kernel, stride=stride)[0]
    return x, O[0, 0], g, dx, taken == 0


def _row(operation, x, O, g, dx, unused, kernel, stride, output):
    """Draw image, output, upstream gradient and gradient; return axes and what makes a figure."""
    for name, index, size in zip("ij", output, O.shape, strict=True):
        check_inside(operation, name, index, size)
    arrays = {
        "image $X$": (x, "input", "rs"),
        "output $O$": (O, "output", "ij"),
        "upstream $G$": (g, "gradient", "ij"),
        "$\\partial L / \\partial X$": (dx, "gradient", "rs"),
    }
    fig, axes = row_canvas(len(x), [a.shape[1] for a, *_ in arrays.values()], cell=0.46)
    corner = [stride * k for k in output]
    for ax, (name, (a, role, (rows, columns))) in zip(axes, arrays.items(), strict=True):
        limit = limit_for(x) if role in ("input", "output") else limit_for(g, dx)
        options = dict(limit=limit, name=name, role=role, zeros=unused if a is dx else None)
        grid(ax, a, rows=f"${rows}$", columns=f"${columns}$", **options)
        span(ax, a.shape, len(x), a.shape[1])
        block = (*corner, kernel, kernel) if a.shape == x.shape and a is not O else output
        frame(ax, *block, color=GREY if len(block) > 2 else ROLES["output"], lw=2.2)

    def figure(what, taken, caption):
        alt = (
            f"An image of {by(x)}, {lines(x)}, whose windows of {kernel} by {kernel}, {stride} "
            f"apart, give their {what}: {lines(O)}. The window of output {output} is framed. "
            f"{taken} The upstream gradient {lines(g)} gives the gradient {lines(dx)}."
        )
        return Figure(fig, alt, caption)

    return axes, figure
