"""Pictures of the Jacobian of a linear layer by its weights, a tensor of order 3."""

import numpy as np
from matplotlib.collections import PolyCollection

from annex_lib.figures.cells import Cells, corner
from annex_lib.figures.core import GREY, HEAT, INK, ROLES, Figure, canvas, frame, grid, number
from annex_lib.figures.equation_row import (
    check_inside,
    color_limit,
    factor,
    listed,
    moving_row,
    rows_of,
)
from annex_lib.figures.scene import Scene
from annex_lib.shapes import as_floats, bind

__all__ = [
    "jacobian_W",
    "jacobian_W_contraction",
    "jacobian_W_contraction_scene",
    "jacobian_W_flat",
    "jacobian_W_scene",
    "jacobian_W_view",
    "jacobian_W_view_scene",
]


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
    check_inside("jacobian_W", "i", i or 0, len(W))
    return jacobian_W_scene(x, W).figure(i=i)


def jacobian_W_scene(x, W):
    """Return the moving picture of `jacobian_W`; its position is `i`."""
    x, W = as_floats("jacobian_W", x=x, W=W)
    m, n = bind("jacobian_W", W=(W, "m n"), x=(x, "n")).values()
    right, down = np.array([0.78, 0.4]), np.array([0, -1])
    step, low, high = 0.78 * n + 1, -m - 0.75, 0.4 * n + 0.45
    scale = min(8 / (m * step + 0.4), 0.9)
    fig, ax = canvas(scale * (m * step + 0.4), scale * (high - low))
    for edge in (0 * right, n * right, m * down, n * right + m * down):
        ends = np.array([edge, edge + np.array([(m - 1) * step, 0])])
        ax.plot(*ends.T, color=GREY, lw=0.9, ls=":", zorder=0)
    cards = [_card(ax, np.array([s * step, 0]), x, m, s, right, down) for s in range(m)]
    for k in range(m):
        ax.text(-0.12, -k - 0.5, f"$k={k}$", ha="right", va="center", size=9, color=GREY)
    for l in range(n):
        place = (l + 0.5) * right + [-0.05, 0.1]
        ax.text(*place, f"$l={l}$", ha="right", va="bottom", size=9, color=GREY)
    ax.set(xlim=(-0.8, m * step - 0.4), ylim=(low, high), aspect="equal")
    ax.set_axis_off()
    scene = Scene("jacobian_W", fig)
    scene.slot("cards", cards, "opacity")
    said = " ".join(f"Slice {s} holds {listed(x)} in row {s}, zeros elsewhere." for s in range(m))
    alt = f"The Jacobian of f by W, shape ({m} | {m}, {n}), as {m} slices of {m} rows. {said}"

    def state(i):
        shine = [1 if i in (None, s) else 0.3 for s in range(m)]
        shines = [[v] * len(card) for v, card in zip(shine, cards, strict=True)]
        return {"cards": shines, "alt": alt, "caption": _about_slice(x, m, i)}

    scene.state = state
    return scene


def _about_slice(x, m, i):
    n = len(x)
    if i is None:
        words = f"Row i of slice i is x = {listed(x)}; a dot is a zero by structure. "
        return f"{words}Of {m} · {m} · {n} = {m * m * n} entries, {m} · {n} = {m * n} are not."
    words = f"Slice {i} stands out: the output f_{i} moves with row {i} of the weights alone, and "
    return f"{words}its derivatives by that row are {listed(x)}."


def _card(ax, corner, x, m, i, right, down):
    """Draw slice i as a card seen from the side, with x in its row i; return what can fade."""
    n = len(x)
    outline = np.array([0 * right, n * right, n * right + m * down, m * down]) + corner
    ax.add_collection(PolyCollection([outline], facecolors="white", zorder=0.5))
    quad = [0 * right, n * right, n * right + down, down]
    cells = [corner + k * down + l * right for k, l in np.ndindex(m, n)]
    shades = [
        HEAT(0.5 + 0.5 * v / color_limit(x)) if k == i else "#f0f0f0" for k in range(m) for v in x
    ]
    cell = [0 * right, right, right + down, down]
    tiles = PolyCollection([a + cell for a in cells], facecolors=shades, edgecolors="white")
    fading = [ax.add_collection(tiles)]
    for a, (k, l) in zip(cells, np.ndindex(m, n), strict=True):
        words, ink = (number(x[l]), INK) if k == i else ("·", GREY)
        middle = {"ha": "center", "va": "center", "size": 12, "color": ink}
        fading.append(ax.text(*(a + 0.5 * (right + down)), words, **middle))
    lit = corner + i * down + quad
    for block, color, lw in ((outline, GREY, 1), (lit, ROLES["input"], 2.4)):
        edge = PolyCollection([block], facecolors="none", edgecolors=color, lw=lw)
        fading.append(ax.add_collection(edge))
    name = rf"$i={i}$:  $\partial f_{{{i}}}/\partial W$"
    ax.text(*(corner + n / 2 * right * [1, 0] + m * down + [0, -0.25]), name, ha="center", va="top")
    return fading


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
    i = len(g) - 1 if i is None else i
    scene = jacobian_W_contraction_scene(g, x)
    check_inside("jacobian_W_contraction", "i", i, len(g))
    return scene.figure(i=i)


def jacobian_W_contraction_scene(g, x):
    """Return the moving picture of `jacobian_W_contraction`; its position is `i`."""
    g, x = as_floats("jacobian_W_contraction", g=g, x=x)
    m, n = (*bind("jacobian_W_contraction", g=(g, "m"), x=(x, "n")).values(),)
    index, dW, parts = np.arange(m)[:, None], np.outer(g, x), []
    slices = {f"slice {k}": Cells(np.where(index == k, x, 0), index != k) for k in range(m)}
    slices = {s: Cells(a, np.broadcast_to(z, (m, n))) for s, (a, z, *_) in slices.items()}
    for k, slot in enumerate(slices):
        name = rf"$\partial f_{{{k}}}/\partial W$"
        here = {"a": dW, "slot": slot, "name": name, "role": "weight", "ticks": False}
        parts += [
            f"{'+ ' if k else ''}{factor(g[k])} ·",
            here | {"moves": ("frame", "veil", "role")},
        ]
    total = {"a": dW, "slot": "sum", "name": "sum to i = 0", "role": "gradient", "ticks": False}
    parts += ["=", total | {"moves": ("frame", "name")}]
    scene = moving_row("jacobian_W_contraction", parts, color_limit(x, dW))
    terms = (f"{number(g[k])} times the slice with {listed(x)} in row {k}" for k in range(m))
    said = f"{'; '.join(terms)}. "

    def state(i):
        part, gone = np.where(index <= i, dW, 0), np.broadcast_to(index > i, (m, n))
        words = f"Slice {i} reaches row {i} alone, so row {i} of the sum is g_{i} x = "
        out = {"alt": f"{said}{rows_of(f'The sum of slices 0 to {i}', part)}.", **slices}
        out["caption"] = words + f"{factor(g[i])} · {listed(x)} = {listed(dW[i])}."
        for k, slot in enumerate(slices):
            out[f"{slot} frame"] = (k, 0, 1, n) if k == i else None
            out |= {f"{slot} veil": k > i, f"{slot} role": "weight" if k <= i else "plain"}
        out |= {"sum": Cells(part, gone), "sum frame": (i, 0, 1, n)}
        return out | {"sum name": "∂L/∂W" if i == m - 1 else f"sum to i = {i}"}

    scene.state = state
    return scene


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
    scene = jacobian_W_view_scene(x, m)
    check_inside("jacobian_W_view", "i", i, m)
    return scene.figure(m=m, n=len(x), i=i)


def jacobian_W_view_scene(x, m):
    """Return the moving picture of `jacobian_W_view` for up to m outputs and len(x) inputs.

    Its position is `m`, `n` and `i`; at n it shows the first n entries of x.
    """
    (x,) = as_floats("jacobian_W_view", x=x)
    M, N = m, bind("jacobian_W_view", x=(x, "n"))["n"]
    more = {"role": "weight", "moves": ("frame",)}
    parts = [{"a": np.zeros((2 * M - 1, N)), "slot": "stored", "name": "stored", **more}, "→"]
    more["moves"] = "frame", "name"
    parts.append({"a": np.zeros((2 * M - 1, N)), "slot": "slice", "name": "slice i = 0", **more})
    scene = moving_row("jacobian_W_view", parts, color_limit(x))
    scene.fig.axes[1].texts[0].set_y(1 - 1.2 / (2 * M - 1))  # beside the rows that are always there
    for slot, words in (("stored", "l"), ("slice", "k \\ l")):
        ax = scene.slots[slot].image.axes
        corner(ax, words)
        ax.title.set(x=0.1 / (N + 0.2), ha="left")

    def state(m, n, i):
        first, v = m - 1 - i, np.where(np.arange(N) < n, x, 0)
        out = {"stored": _stored(v, (2 * M - 1, 2 * m - 1), m - 1, n)}
        out["slice"] = _stored(v, (2 * M - 1, m), i, n)
        out |= {"stored frame": (first, 0, m, n), "slice frame": (0, 0, m, n)}
        out["slice name"] = f"slice i = {i}"
        alt = f"{2 * m - 1} stored rows, zero but for row {m - 1}, which is {listed(v[:n])}. The "
        alt += f"frame around rows {first} to {first + m - 1} is slice {i}: x is its row {i}."
        caption = f"m = {m}, n = {n}: the tensor has {m} · {m} · {n} = {m * m * n} entries, "
        caption += f"{m * n} of them not zero by structure (1 in {m}); stored are "
        caption += f"{2 * m - 1} · {n} = {(2 * m - 1) * n} numbers."
        return out | {"alt": alt, "caption": caption}

    scene.state = state
    return scene


def _stored(x, rows, full, n):
    """Return rows of zeros but for the full one, as cells; (most rows, rows that are there)."""
    most, there = rows
    index = np.arange(most)[:, None]
    shape = (most, len(x))
    hidden = np.broadcast_to((index >= there) | (np.arange(len(x)) >= n), shape)
    return Cells(np.where(index == full, x, 0), np.broadcast_to(index != full, shape), hidden)
