"""Pictures of how arrays lie in memory: rows of a matrix, channels of an image."""

import numpy as np
from matplotlib.patches import Rectangle

from annex_lib.figures.core import GREY, INK, ROLES, Figure, canvas, number
from annex_lib.figures.equation_row import check_inside, color_limit
from annex_lib.figures.scene import Scene
from annex_lib.shapes import ShapeError, as_floats, bind

__all__ = [
    "blank",
    "image_channels",
    "image_layouts",
    "nested",
    "row_major_memory",
    "row_major_memory_scene",
]

CHANNELS = {"R": "#f4b9b2", "G": "#bfe3c6", "B": "#bcd4f2"}


def row_major_memory(W, i, j):
    """Draw W (m, n) as a grid and as it lies in memory, with entry (i, j) framed in both."""
    (W,) = as_floats("row_major_memory", W=W)
    m, n = bind("row_major_memory", W=(W, "m n")).values()
    check_inside("row_major_memory", "i", i, m)
    check_inside("row_major_memory", "j", j, n)
    return row_major_memory_scene(W).figure(i=i, j=j)


def row_major_memory_scene(W):
    """Return the moving picture of `row_major_memory`; its position is `i` and `j`."""
    (W,) = as_floats("row_major_memory", W=W)
    m, n = bind("row_major_memory", W=(W, "m n")).values()
    fig, (top, memory) = canvas(8, 0.45 * m + 2.3, 2, 1, height_ratios=[m, 1.3])
    fig.get_layout_engine().set(h_pad=0.1)
    scene, look = Scene("row_major_memory", fig), {"limit": color_limit(W), "role": "weight"}
    scene.grid("matrix", top, (m, n), name="the matrix", rows="$i$", columns="$j$", **look)
    scene.grid("memory", memory, (1, m * n), name="its vec, in memory", **look)
    for row in range(1, m):
        memory.plot([n * row - 0.5] * 2, [-0.75, 0.75], color=INK, lw=2)
    memory.set_ylim(0.8, -0.8)
    scene.frame("entry", top, color=ROLES["output"])
    scene.frame("place", memory, color=ROLES["output"])
    scene.state = lambda i, j: _memory_state(W, i, j)
    return scene


def _memory_state(W, i, j):
    n, place = W.shape[1], W.shape[1] * i + j
    alt = (
        f"The matrix {nested(W)} with entry ({i}, {j}), {number(W[i, j])}, framed; below, its "
        f"rows one after the other, with the same number framed at position {place}."
    )
    caption = f"Entry ({i}, {j}) stands at position n i + j = {n} · {i} + {j} = {place}."
    out = {"matrix": W, "memory": W.reshape(1, -1), "alt": alt, "caption": caption}
    return out | {"entry": (i, j, 1, 1), "place": (0, place, 1, 1)}


def image_channels(X):
    """Draw an RGB image and its three channels as matrices; X (m, n, 3) with entries 0 to 255."""
    X = _rgb("image_channels", X)
    m, n, _ = X.shape
    fig, axes = canvas(8, 2 * m / n + 0.8, 1, 4)
    axes[0].imshow(X / 255, vmin=0, vmax=1, interpolation="nearest", extent=(0, n, m, 0))
    axes[0].add_patch(Rectangle((0, 0), n, m, fill=False, edgecolor=GREY, lw=1))
    blank(axes[0], n, m, "the image X")
    axes[0].set_aspect("equal")
    for c, name in enumerate(["red", "green", "blue"]):
        _tinted(axes[c + 1], X[:, :, c], "RGB"[c], strength=X[:, :, c] / 255)
        blank(axes[c + 1], n, m, f"{name}, c = {c}")
    alt = (
        f"An RGB image of {m} rows and {n} columns beside its three channels: red "
        f"{nested(X[:, :, 0])}, green {nested(X[:, :, 1])}, blue {nested(X[:, :, 2])}."
    )
    corners = [", ".join(map(number, X[r, s])) for r, s in ((0, 0), (m - 1, n - 1))]
    caption = f"Pixel (0, 0) is ({corners[0]}); pixel ({m - 1}, {n - 1}) is ({corners[1]})."
    return Figure(fig, alt, caption)


def image_layouts(X):
    """Draw an image (m, n, 3) in memory, channels last and first, and a wrong reshape."""
    X = _rgb("image_layouts", X)
    m, n, _ = X.shape
    place = np.arange(X.size).reshape(X.shape)  # where each number stands in X, and so its colour
    first = place.transpose(2, 0, 1)
    fig, axes = canvas(8, 8 / X.size * (2 * m + 2) + 2.2, 4, 1, height_ratios=[1.7, 1.7, m, m])
    pictures = {
        "Memory of X: channel last, axes (r, s, c)": [place.ravel()[None]],
        "Memory of a copy: channel first, axes (c, r, s)": [first.ravel()[None]],
        "Right: X.transpose(2, 0, 1), one colour in each plane": first,
        f"Wrong: X.reshape(3, {m}, {n}), colours mixed": place.reshape(3, m, n),
    }
    for ax, (words, blocks) in zip(axes, pictures.items(), strict=True):
        for b, block in enumerate(blocks):
            for c in range(3):
                _tinted(ax, X.ravel()[block], "RGB"[c], left=b * (n + 0.5), only=block % 3 == c)
        blank(ax, X.size, len(blocks[0]), words, left=True)
    wrong = X.reshape(3, m, n)[0]
    alt = (
        f"The {X.size} numbers of an image of shape {X.shape} as they lie in memory: channel last "
        f"{nested(X.ravel())}, channel first {nested(X.transpose(2, 0, 1).ravel())}. Below, the "
        f"three planes after transpose, the first {nested(X[:, :, 0])}, all red; and after "
        f"reshape, the first {nested(wrong)}, where red, green and blue stand side by side."
    )
    return Figure(fig, alt, "Letter and tint tell which channel each number came from.")


def _tinted(ax, a, letter, *, left=0, strength=None, only=None):
    """Draw numbers in cells of a channel's tint under its letter, from column `left`."""
    for (i, j), value in np.ndenumerate(a):
        if only is None or only[i, j]:
            alpha = 1 if strength is None else 0.1 + 0.9 * strength[i, j]
            ax.add_patch(Rectangle((left + j, i), 1, 1, fc=CHANNELS[letter], alpha=alpha, lw=0))
            ax.add_patch(Rectangle((left + j, i), 1, 1, fill=False, ec="white", lw=1.2))
            words = f"{letter}\n{number(value)}" if strength is None else number(value)
            ax.text(left + j + 0.5, i + 0.5, words, ha="center", va="center", size=9)
    ax.set_aspect("equal")


def _rgb(operation, X):
    (X,) = as_floats(operation, X=X)
    bind(operation, X=(X, "m n C"))
    if X.shape[2] != 3:
        raise ShapeError(f"{operation}: axis C of X is {X.shape[2]}, but should be 3")
    if X.min() < 0 or X.max() > 255:
        raise ShapeError(f"{operation}: the entries of X should be from 0 to 255")
    return X


def blank(ax, width, height, words="", left=False):
    """Clear the frame of an axes whose cells are one unit wide, rows downward."""
    ax.set(xlim=(-0.1, width + 0.1), ylim=(height + 0.1, -0.1), xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    ax.set_title(words, fontweight="bold", y=1, pad=6, loc="left" if left else "center")


def nested(a):
    """Return an array as words: [[1, 2], [3, 4]]."""
    if np.ndim(a) == 0:
        return number(a)
    return f"[{', '.join(nested(row) for row in a)}]"
