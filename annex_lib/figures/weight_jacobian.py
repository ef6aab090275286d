"""Pictures of the Jacobian of a linear layer by its weights, a tensor of order 3."""

import numpy as np
from matplotlib.collections import PolyCollection

from annex_lib.figures.core import GREY, HEAT, INK, ROLES, Figure, canvas, frame, grid, number
from annex_lib.figures.equation_row import (
    check_inside,
    color_limit,
    equation_row,
    factor,
    listed,
    rows_of,
)
from annex_lib.shapes import as_floats, bind

__all__ = ["jacobian_W", "jacobian_W_contraction", "jacobian_W_flat", "jacobian_W_view"]


def jacobian_W(x, W, i=None):
    """Draw the Jacobian df/dW, axes (i | k, l), as one card for each output i.

    Parameters
    ----------
    x : array_like, shape (n,)
    W : array_like, shape (m, n)
        Gives the size m only: the tensor does not depend on the weights.
    i : int, optional
        The output whose slice stands out; all of them without it.

    Returns
    -------
    Figure
    """
    x, W = as_floats("jacobian_W", x=x, W=W)
    m, n = bind("jacobian_W", W=(W, "m n"), x=(x, "n")).values()
    check_inside("jacobian_W", "i", i or 0, m)
    right, down = np.array([0.78, 0.4]), np.array([0, -1])
    step, low, high = 0.78 * n + 1, -m - 0.75, 0.4 * n + 0.45
    scale = min(8 / (m * step + 0.4), 0.9)
    fig, ax = canvas(scale * (m * step + 0.4), scale * (high - low))
    for corner in (0 * right, n * right, m * down, n * right + m * down):
        ends = np.array([corner, corner + np.array([(m - 1) * step, 0])])
        ax.plot(*ends.T, color=GREY, lw=0.9, ls=":", zorder=0)
    for s in range(m):
        shine = 1 if i is None or s == i else 0.3
        _card(ax, np.array([s * step, 0]), x, m, s, right, down, shine)
    for k in range(m):
        ax.text(-0.12, -k - 0.5, f"$k={k}$", ha="right", va="center", size=9, color=GREY)
    for l in range(n):
        place = (l + 0.5) * right + [-0.05, 0.1]
        ax.text(*place, f"$l={l}$", ha="right", va="bottom", size=9, color=GREY)
    ax.set(xlim=(-0.8, m * step - 0.4), ylim=(low, high), aspect="equal")
    ax.set_axis_off()
    cards = " ".join(f"Slice {s} holds {listed(x)} in row {s}, zeros elsewhere." for s in range(m))
    alt = f"The Jacobian of f by W, shape ({m} | {m}, {n}), as {m} slices of {m} rows. {cards}"
    if i is not None:
        caption = (
            f"Slice {i} stands out: the output f_{i} moves with row {i} of the weights alone, "
        )
        return Figure(fig, alt, caption + f"and its derivatives by that row are {listed(x)}.")
    caption = f"Row i of slice i is x = {listed(x)}; a dot is a zero by structure. "
    caption += f"Of {m} · {m} · {n} = {m * m * n} entries, {m} · {n} = {m * n} are not."
    return Figure(fig, alt, caption)


def _card(ax, corner, x, m, i, right, down, shine):
    """Draw slice i as a card seen from the side, with x in its row i."""
    n = len(x)
    outline = np.array([0 * right, n * right, n * right + m * down, m * down]) + corner
    ax.add_collection(PolyCollection([outline], facecolors="white", zorder=0.5))
    quad = [0 * right, n * right, n * right + down, down]
    cells = [corner + k * down + l * right for k, l in np.ndindex(m, n)]
    shades = [
        HEAT(0.5 + 0.5 * v / color_limit(x)) if k == i else "#f0f0f0" for k in range(m) for v in x
    ]
    cell = [0 * right, right, right + down, down]
    collection = PolyCollection(
        [a + cell for a in cells], facecolors=shades, edgecolors="white", alpha=shine
    )
    ax.add_collection(collection)
    for a, (k, l) in zip(cells, np.ndindex(m, n), strict=True):
        words, ink = (number(x[l]), INK) if k == i else ("·", GREY)
        ax.text(
            *(a + 0.5 * (right + down)),
            words,
            ha="center",
            va="center",
            size=12,
            color=ink,
            alpha=shine,
        )
    lit = corner + i * down + quad
    for block, color, lw in ((outline, GREY, 1), (lit, ROLES["input"], 2.4)):
        ax.add_collection(
            PolyCollection([block], facecolors="none", edgecolors=color, lw=lw, alpha=shine)
        )
    name = rf"$i={i}$:  $\partial f_{{{i}}}/\partial W$"
    ax.text(*(corner + n / 2 * right * [1, 0] + m * down + [0, -0.25]), name, ha="center", va="top")


def jacobian_W_contraction(g, x, i=None):
    """Draw sum_i g_i df_i/dW: each slice of the Jacobian times its number, and their sum.

    Parameters
    ----------
    g : array_like, shape (m,)
    x : array_like, shape (n,)
    i : int, optional
        The last slice that is added; all of them without it.

    Returns
    -------
    Figure
    """
    g, x = as_floats("jacobian_W_contraction", g=g, x=x)
    m, n = (*bind("jacobian_W_contraction", g=(g, "m"), x=(x, "n")).values(),)
    i = m - 1 if i is None else i
    check_inside("jacobian_W_contraction", "i", i, m)
    index, dW = np.arange(m)[:, None], np.outer(g, x)
    part = np.where(index <= i, dW, 0)
    parts = []
    for k in range(m):
        name, role = rf"$\partial f_{{{k}}}/\partial W$", "weight" if k <= i else "plain"
        here = dict(a=np.where(index == k, x, 0), zeros=np.tile(index != k, n), ticks=False)
        here |= dict(name=name, role=role, framed=(k, 0, 1, n) if k == i else None)
        parts += [f"{'+ ' if k else ''}{factor(g[k])} ·", here]
    name = r"$\partial L/\partial W$" if i == m - 1 else f"sum to $i={i}$"
    total = dict(a=part, zeros=np.tile(index > i, n), ticks=False, framed=(i, 0, 1, n))
    parts += ["=", total | dict(name=name, role="gradient")]
    fig = equation_row(parts, color_limit(x, dW), faded=range(2 * i + 2, 2 * m))
    terms = (f"{number(g[k])} times the slice with {listed(x)} in row {k}" for k in range(m))
    alt = f"{'; '.join(terms)}. {rows_of(f'The sum of slices 0 to {i}', part)}."
    words = f"Slice {i} reaches row {i} alone, so row {i} of the sum is g_{i} x = "
    return Figure(fig, alt, words + f"{factor(g[i])} · {listed(x)} = {listed(dW[i])}.")


def jacobian_W_flat(x, W):
    """Draw df/dvec(W), the m by mn matrix that flattening makes of the tensor.

    Parameters
    ----------
    x : array_like, shape (n,)
    W : array_like, shape (m, n)
        Gives the size m only.

    Returns
    -------
    Figure
    """
    x, W = as_floats("jacobian_W_flat", x=x, W=W)
    m, n = bind("jacobian_W_flat", W=(W, "m n"), x=(x, "n")).values()
    cell = min(0.6, 7.2 / (m * n))
    fig, ax = canvas(cell * m * n + 0.5, cell * (m + 0.9) + 0.5)
    J, zeros = np.kron(np.eye(m), x), np.kron(np.eye(m), np.ones(n)) == 0
    words = "column $nk + l$ belongs to $w_{kl}$"
    grid(ax, J, limit=color_limit(x), rows="$i$", columns=words, zeros=zeros)
    for k in range(m):
        frame(ax, 0, n * k, m, n, color=ROLES["weight"], lw=1.8)
        ax.text(n * k + (n - 1) / 2, m - 0.4, f"$k={k}$", ha="center", va="top")
    ax.set_ylim(m + 0.3, -0.6)
    rows = (f"row {i} holds {listed(x)} from column {n * i} on" for i in range(m))
    alt = f"A matrix of {m} rows and {m * n} columns, zero by structure but for x: "
    caption = f"Each of the {m * n} columns has one entry that is not a zero by structure, "
    caption += f"out of {m}: a share of 1/{m}."
    return Figure(fig, alt + "; ".join(rows) + ".", caption)


def jacobian_W_view(x, m, i):
    """Draw the 2m - 1 stored rows behind df/dW, and the window on them that is slice i.

    Parameters
    ----------
    x : array_like, shape (n,)
    m : int, at least 1
    i : int, below m

    Returns
    -------
    Figure
    """
    (x,) = as_floats("jacobian_W_view", x=x)
    n = bind("jacobian_W_view", x=(x, "n"))["n"]
    check_inside("jacobian_W_view", "i", i, m)
    first, index = m - 1 - i, np.arange(2 * m - 1)[:, None]
    stored, zeros = np.where(index == m - 1, x, 0), np.tile(index != m - 1, n)
    window = slice(first, first + m)
    left = dict(a=stored, zeros=zeros, name="stored", columns="$l$")
    left |= dict(framed=(first, 0, m, n), role="weight")
    right = dict(a=stored[window], zeros=zeros[window], name=f"slice $i={i}$", rows="$k$")
    right |= dict(columns="$l$", framed=(0, 0, m, n), role="weight")
    fig = equation_row([left, "→", right], color_limit(x))
    alt = f"{2 * m - 1} stored rows, zero but for row {m - 1}, which is {listed(x)}. The frame "
    alt += f"around rows {first} to {first + m - 1} is slice {i}: x is its row {i}."
    caption = f"m = {m}, n = {n}: the tensor has {m} · {m} · {n} = {m * m * n} entries, {m * n} of "
    caption += f"them not zero by structure (1 in {m}); stored are {2 * m - 1} · {n} = "
    return Figure(fig, alt, caption + f"{(2 * m - 1) * n} numbers.")
