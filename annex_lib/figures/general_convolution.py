"""Pictures of chapter 6 along one axis: what each output reads, and the way back to the pixels."""

import numpy as np

from annex_lib.figures.cells import Cells
from annex_lib.figures.convolution_matrices import (
    conv_bands,
    conv_contractions,
    conv_groups,
    conv_groups_scene,
    conv_toeplitz,
    transposed_overlap,
)
from annex_lib.figures.core import GREY, INK, ROLES, canvas, frame, number, title
from annex_lib.figures.equation_row import check_inside, factor, listed
from annex_lib.figures.scene import Scene
from annex_lib.shapes import as_floats, bind
from annex_lib.windows import output_size, selection

__all__ = [
    "conv_bands",
    "conv_contractions",
    "conv_coverage",
    "conv_coverage_scene",
    "conv_groups",
    "conv_groups_scene",
    "conv_toeplitz",
    "conv_way_back",
    "conv_way_back_scene",
    "transposed_overlap",
]

LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def conv_coverage(m, p, stride=1, padding=0, dilation=1):
    """Draw which pixels each output reads along an axis, and frame those that none reads.

    Parameters
    ----------
    m, p : int
        Length of the image and of the kernel along the axis.
    stride, padding, dilation : int
    """
    u = output_size(m, p, stride=stride, padding=padding, dilation=dilation)
    scene = conv_coverage_scene(m + 2 * padding, u)
    return scene.figure(m=m, p=p, S=stride, P=padding, D=dilation)


def conv_coverage_scene(length, outputs):
    """Return the moving picture of `conv_coverage`; its position is m, p, S, P and D.

    Parameters
    ----------
    length, outputs : int
        The most places, padding included, and the most outputs that there will be.
    """
    fig, ax = canvas(0.38 * length + 1.2, 0.38 * (outputs + 2) + 0.6)
    scene = Scene("conv_coverage", fig)
    scene.grid("places", ax, (outputs + 2, length), limit=1, ticks=False)
    names = ["image", "times read", *(_low("o", i) for i in range(outputs))]
    ax.set_yticks(range(outputs + 2), names, size=10)
    reach = [frame(ax, i + 2, 0, color=ROLES["weight"], lw=2) for i in range(outputs)]
    scene.slot("reach", reach, "frame")
    unread = [frame(ax, 0, a, 2, color=INK, lw=2) for a in range(length)]
    scene.slot("unread", unread, "visible")
    scene.frame("left over", ax, color=GREY, lw=1.5)
    scene.slot("title", title(ax, f"{outputs} outputs from {length} pixels", "output"), "text")
    scene.state = lambda m, p, S, P, D: _coverage(length, outputs, m, p, S, P, D)
    return scene


def _coverage(length, outputs, m, p, S, P, D):
    E = selection(m, p, stride=S, padding=P, dilation=D)
    u, reach, used = len(E), D * (p - 1) + 1, m + 2 * P
    values, words = np.zeros((outputs + 2, length)), np.full((outputs + 2, length), "", object)
    hidden, pixels = np.ones(values.shape, bool), slice(P, P + m)
    hidden[: u + 2, :used] = False
    values[0, pixels], words[0, :used] = -0.55, "0"
    words[0, pixels] = [_low("x", r) for r in range(m)]
    words[1, pixels] = [number(c) for c in E.sum((0, 1))]
    for i, k in np.ndindex(u, p):
        values[i + 2, S * i + D * k], words[i + 2, S * i + D * k] = 0.35, _low("w", k)
    unread = [r for r in range(m) if not E[..., r].any()]
    rest = used - S * (u - 1) - reach
    out = {"places": Cells(values, hidden=hidden, words=words)}
    out["reach"] = [(i + 2, S * i, 1, reach) if i < u else None for i in range(outputs)]
    out["unread"] = [a - P in unread for a in range(length)]
    out["left over"] = (2, used - rest, u, rest) if rest else None
    out["title"] = f"{_many(u, 'output')} from {m} pixels"
    none = f"pixels {', '.join(map(str, unread))}" if unread else "no pixel"
    alt = (
        f"A row of {used} places: {m} pixels with {P} zeros on either side; below each pixel how "
        f"often it is read: {' '.join(words[1, pixels])}. Then {u} rows, one for each output: a "
        f"kernel of {p}, {D} apart, whose first weight stands at places {_starts(S, u)}. "
        f"Framed: {none}."
    )
    caption = (
        f"{m} + 2·{P} − {D}·({p} − 1) − 1 = {used - reach} = {S}·{u - 1} + {rest}: "
        f"{_many(u, 'output')}, remainder {rest}. Read by no output: {none}."
    )
    return out | {"alt": alt, "caption": caption}


def conv_way_back(g, w, r, stride=1, padding=0, dilation=1, remainder=0):
    """Draw dL/dx along an axis twice: as stamps that add up, and gathered from a spread-out g.

    Parameters
    ----------
    g : array_like, shape (u,)
        Upstream gradient dL/do.
    w : array_like, shape (p,)
    r : int
        The pixel to look at.
    stride, padding, dilation, remainder : int
        The image has S (u - 1) + D (p - 1) + 1 - 2 P + remainder pixels.
    """
    position = {"S": stride, "P": padding, "D": dilation, "rest": remainder}
    g, w = _vectors(g, w)
    m = way_back_size(len(g), len(w), **position)
    check_inside("conv_way_back", "r", r, m)
    scene = conv_way_back_scene(g, w, m + 2 * padding + dilation * (len(w) - 1))
    return scene.figure(r=r, **position)


def way_back_size(u, p, S, P, D, rest):
    """Return the number of pixels for u outputs and a remainder; what it is named after."""
    return S * (u - 1) + D * (p - 1) + 1 - 2 * P + rest


def conv_way_back_scene(g, w, length):
    """Return the moving picture of `conv_way_back`; its position is S, P, D, rest and r.

    Parameters
    ----------
    g : array_like, shape (u,)
    w : array_like, shape (p,)
    length : int
        The most places: the image, its padding, and the kernel's reach before them.
    """
    g, w = _vectors(g, w)
    u = len(g)
    fig, (top, bottom) = canvas(
        0.4 * length + 1.3, 0.4 * (u + 4) + 1.3, 2, 1, height_ratios=[u + 2, 2]
    )
    scene, limit = Scene("conv_way_back", fig), 1.2 * np.abs(np.outer(g, w)).max()
    for name, ax, rows in (("scatter", top, u + 2), ("gather", bottom, 2)):
        scene.grid(name, ax, (rows, length), limit=limit, ticks=False)
        scene.frame(f"{name} frame", ax, color=ROLES["input"])
    stamps = [f"{_low('g', i)} w" for i in range(u)]
    top.set_yticks(range(u + 2), ["pixel", *stamps, "sum, ∂L/∂x"], size=10)
    bottom.set_yticks(range(2), ["g, spread", "w, turned"], size=10)
    title(top, "scatter: one stamp for each output", "gradient")
    title(bottom, "gather: one window for each pixel", "gradient")
    scene.state = lambda **position: _way_back(g, w, length, **position)
    return scene


def _way_back(g, w, length, S, P, D, rest, r):
    u, p, m = len(g), len(w), way_back_size(len(g), len(w), S, P, D, rest)
    before = max(0, D * (p - 1) - P)  # places that only the turned kernel reaches
    top, bottom = np.zeros((u + 2, length)), np.zeros((2, length))
    held, met = np.zeros(top.shape, bool), np.zeros(bottom.shape, bool)
    pixels, a = slice(before + P, before + P + m), before + P + r
    words = np.full(top.shape, "", object)
    for i, k in np.ndindex(u, p):
        place = i + 1, before + S * i + D * k
        top[place], held[place] = g[i] * w[k], True
    top[u + 1, pixels] = top[1 : u + 1, pixels].sum(0)
    held[0], held[u + 1, pixels] = True, True
    words[1:] = np.vectorize(number, [object])(top[1:])
    words[0, pixels] = range(m)
    words[0] = [str(v) for v in words[0]]
    bottom[0, before : before + S * u : S], met[0, before : before + S * u : S] = g, True
    bottom[1, a - D * (p - 1) : a + 1 : D], met[1, a - D * (p - 1) : a + 1 : D] = w[::-1], True
    gone = np.arange(length) >= before + m + 2 * P
    apart = ~met[1] & (np.abs(np.arange(length) - a + D * (p - 1) / 2) > D * (p - 1) / 2)
    pairs = [(i, k) for i, k in np.ndindex(u, p) if S * i + D * k == P + r]
    terms = " + ".join(f"{factor(g[i])}·{factor(w[k])}" for i, k in pairs) or "nothing"
    total = number(top[u + 1, a])
    return {
        "scatter": Cells(top, ~held, np.broadcast_to(gone, top.shape), words),
        "gather": Cells(bottom, ~met, np.stack([gone, gone | apart])),
        "scatter frame": (1, a, u + 1, 1),
        "gather frame": (0, a - D * (p - 1), 2, D * (p - 1) + 1),
        "alt": (
            f"Above, {u} stamps: {listed(w)} times each entry of g, {listed(g)}, {S} places "
            f"apart, their entries {D} apart; their sum over the {m} pixels is "
            f"{listed(top[u + 1, pixels])}. Below, g with its entries {S} apart, and under it the "
            f"kernel turned round, {listed(w[::-1])}, ending at pixel {r}, which is framed."
        ),
        "caption": (
            f"{m} pixels. Pixel {r} receives {terms} = {total}: added up down the framed column, "
            "or multiplied entry by entry inside the lower frame."
        ),
    }


def _vectors(g, w):
    g, w = as_floats("conv_way_back", g=g, w=w)
    bind("conv_way_back", g=(g, "u"), w=(w, "p"))
    return g, w


def _low(letter, number):
    return f"{letter}{number}".translate(LOW)


def _many(count, word):
    return f"{count} {word}{'s' * (count != 1)}"


def _starts(S, u):
    return ", ".join(str(S * i) for i in range(u))
