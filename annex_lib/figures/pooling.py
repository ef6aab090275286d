"""Pictures of pooling: windows, what each takes, and where its gradient goes."""

import numpy as np

from annex_lib.figures.cells import Cells
from annex_lib.figures.convolution_grids import by, limit_for, lines, row_canvas, span
from annex_lib.figures.core import GREY, ROLES, Figure, frame, grid, number
from annex_lib.figures.equation_row import check_inside
from annex_lib.figures.scene import Scene
from annex_lib.pooling import avg_pool2d, avg_pool2d_vjp, max_pool2d, max_pool2d_vjp
from annex_lib.shapes import as_floats, bind

__all__ = ["avg_pooling", "max_pooling", "pooling_windows"]


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


def pooling_windows(x, windows):
    """Draw the largest pixel or the mean of each window, and how much of it each pixel makes.

    Parameters
    ----------
    x : array_like, shape (m, n)
    windows : sequence of pair of int
        Side of the square window and its step; each may be chosen.

    Returns
    -------
    Scene
        With the axes mean (0 or 1), window (the number of a pair) and output, row by row of the
        largest output. All upstream gradients are 1.
    """
    (x,) = as_floats("pooling_windows", x=x)
    bind("pooling_windows", x=(x, "m n"))
    outputs = [avg_pool2d(x[None, None], k, stride=s)[0, 0].shape for k, s in windows]
    shape = tuple(max(sizes) for sizes in zip(*outputs, strict=True))
    fig, axes = row_canvas(len(x), [x.shape[1], shape[1], x.shape[1]], cell=0.52)
    scene, name = Scene("pooling_windows", fig), "$\\partial L / \\partial X$"
    limit = limit_for(x)
    _moving(scene, axes[0], x.shape, len(x), name="image $X$", role="input", limit=limit)
    _moving(scene, axes[1], shape, len(x), name="output $O$", role="output", limit=limit)
    _moving(scene, axes[2], x.shape, len(x), name=name, role="gradient", limit=4.8)
    scene.state = lambda mean, window, output: _pooling_state(
        x, *windows[window], shape, mean, divmod(output, shape[1])
    )
    return scene


def _moving(scene, ax, shape, height, *, role, **options):
    """Draw a grid that changes, with the frames of a window and of what it took."""
    rows, columns = ("$i$", "$j$") if role == "output" else ("$r$", "$s$")
    scene.grid(role, ax, shape, role=role, rows=rows, columns=columns, **options)
    span(ax, shape, height, shape[1])
    if role != "output":
        scene.frame(f"{role} window", ax, color=GREY, lw=2.2)
    scene.frame(f"{role} taken", ax, color=ROLES["output"], lw=3)


def _pooling_state(x, kernel, stride, shape, mean, at):
    O, dx, taken = _ones_backward(x, kernel, stride, mean, at)
    block = (stride * at[0], stride * at[1], kernel, kernel)
    shown, hidden = np.zeros(shape), np.ones(shape, bool)
    shown[: len(O), : O.shape[1]], hidden[: len(O), : O.shape[1]] = O, False
    count, winner = kernel * kernel, None if mean else (*taken, 1, 1)
    what = f"the mean of {count} pixels" if mean else f"the pixel ({taken[0]}, {taken[1]})"
    each = f"each gets 1/{count}" if mean else "it gets all"
    alt = (
        f"An image of {by(x)}, {lines(x)}, and the {'mean' if mean else 'largest pixel'} of its "
        f"windows of {kernel} by {kernel}, {stride} apart: {lines(O)}. Window ({at[0]}, {at[1]}) "
        f"is framed. The gradient of the image is {lines(dx)}."
    )
    return {
        "input": x,
        "output": Cells(shown, hidden=hidden),
        "gradient": Cells(dx, zeros=dx == 0),
        "input window": block,
        "gradient window": block,
        "input taken": winner,
        "gradient taken": winner,
        "output taken": (*at, 1, 1),
        "alt": alt,
        "caption": f"o_{at[0]}{at[1]} = {number(O[at])} is {what}; of its gradient 1, {each}.",
    }


def _ones_backward(x, kernel, stride, mean, at):
    """Return the output, the gradient for an upstream of ones, and a pixel that output took."""
    pool, vjp = (avg_pool2d, avg_pool2d_vjp) if mean else (max_pool2d, max_pool2d_vjp)
    O = pool(x[None, None], kernel, stride=stride)
    one = np.zeros(O.shape)
    one[0, 0, *at] = 1
    dx, share = (vjp(g, x[None, None], kernel, stride=stride)[0, 0] for g in (one * 0 + 1, one))
    return O[0, 0], dx, tuple(map(int, np.argwhere(share)[0]))
