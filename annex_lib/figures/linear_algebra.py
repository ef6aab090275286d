"""Pictures of the chapter on linear algebra."""

import numpy as np
from matplotlib.patches import Rectangle

from annex_lib.figures.core import GREY, INK, ROLES, Figure, canvas, frame, grid, number
from annex_lib.shapes import ShapeError, as_floats, bind

__all__ = [
    "broadcast_difference",
    "contraction_diagrams",
    "image_channels",
    "image_layouts",
    "matvec_columns",
    "matvec_rows",
    "product_entry",
    "row_major_memory",
    "tensor_slice",
]

CHANNELS = {"R": "#f4b9b2", "G": "#bfe3c6", "B": "#bcd4f2"}


def matvec_rows(W, x):
    """Draw f = W x with each f_i as the inner product of row i with x; W (m, n), x (n,)."""
    W, x = as_floats("matvec_rows", W=W, x=x)
    bind("matvec_rows", W=(W, "m n"), x=(x, "n"))
    (m, n), f, limit = W.shape, W @ x, _limit(W, x, W * x, W @ x)
    fig, axes = canvas(8, 0.5 * max(m, n) + 0.9, 1, 4, width_ratios=[n + 1, 1.6, 1.6, 2 * n + 2])
    grid(axes[0], W, limit=limit, name="$W$", role="weight", rows="$i$")
    grid(axes[1], x, limit=limit, name="$x$", role="input", rows="$j$")
    grid(axes[2], f, limit=limit, name="$f$", role="output", rows="$i$")
    _blank(axes[3], 1, m)
    for i in range(m):
        frame(axes[0], i, 0, 1, n, color=ROLES["weight"], lw=2)
        words = f"$f_{{{i}}}$ = {_sum(W[i], x)} = {number(f[i])}"
        axes[3].text(0, i + 0.5, words, va="center", size=10)
    alt = (
        f"The matrix W = {_list(W)} with each of its {m} rows framed, the vector x = {_list(x)} "
        f"as a column, and f = {_list(f)}, one number for each row."
    )
    return Figure(fig, alt, f"Row 0 meets x once and gives f_0 = {_sum(W[0], x)} = {number(f[0])}.")


def matvec_columns(W, x):
    """Draw f = W x as the columns of W, each scaled by its x_j, added; W (m, n), x (n,)."""
    W, x = as_floats("matvec_columns", W=W, x=x)
    bind("matvec_columns", W=(W, "m n"), x=(x, "n"))
    (m, n), f, limit = W.shape, W @ x, _limit(W, x, W * x, W @ x)
    fig, axes = canvas(7, 0.9 * m + 1.2, 2, n + 1, squeeze=False)
    for j in range(n):
        plus = "" if j == 0 else "+  "
        grid(axes[0, j], W[:, j], limit=limit, name=f"column {j}", role="weight", ticks=False)
        grid(axes[1, j], W[:, j] * x[j], limit=limit, ticks=False)
        _before(axes[0, j], f"{plus}{_signed(x[j])} ×")
        _before(axes[1, j], plus)
    for ax in axes[:, n]:
        grid(ax, f, limit=limit, name="$f$" if ax is axes[0, n] else "", role="output", ticks=False)
        _before(ax, "=")
    alt = (
        f"First line: the {n} columns of W = {_list(W)}, each with its factor from "
        f"x = {_list(x)}. Second line: the scaled columns, which add up to f = {_list(f)}."
    )
    last = f"{_sum(x, W[-1])} = {number(f[-1])}"
    return Figure(fig, alt, f"The whole vector f is built at once. Its last entry: {last}.")


def product_entry(W, A, i, j, terms):
    """Draw entry (i, j) of Y = W A after some terms of its sum; W (m, n), A (n, p).

    A stands above Y and W to its left, so that row i and column j cross at y_ij.
    """
    W, A = as_floats("product_entry", W=W, A=A)
    m, n, p = bind("product_entry", W=(W, "m n"), A=(A, "n p")).values()
    _within("product_entry", i=(i, m), j=(j, p), terms=(terms, n + 1))
    limit, value = _limit(W, A, W @ A), W[i, :terms] @ A[:terms, j]
    Y, labels = np.zeros((m, p)), np.full((m, p), "", object)
    Y[i, j], labels[i, j] = value, number(value)
    ratios = {"width_ratios": [n, p], "height_ratios": [n, m]}
    size = 0.62 * (n + p) + 1, 0.5 * (m + n) + 1.2
    fig, ((note, above), (left, out)) = canvas(*size, 2, 2, **ratios)
    grid(above, A, limit=limit, name="$A$", role="input", rows="$k$")
    grid(left, W, limit=limit, name="$W$", role="weight", rows="$i$")
    grid(out, Y, limit=limit, name="$Y = WA$", role="output", labels=labels)
    frame(above, 0, j, n, 1, color=GREY, lw=1.5)
    frame(left, i, 0, 1, n, color=GREY, lw=1.5)
    for k in range(terms):
        frame(above, k, j, color=ROLES["input"])
        frame(left, i, k, color=ROLES["weight"])
    frame(out, i, j, color=ROLES["output"])
    _blank(note, 1, 1)
    stage = f"after {terms} of {n} terms"
    note.text(0.5, 0.5, f"$y_{{{i}{j}}}$\n{stage}", ha="center", va="center")
    sofar = f"{_sum(W[i, :terms], A[:terms, j])} = {number(value)}" if terms else "0, the empty sum"
    alt = (
        f"W = {_list(W)} with row {i} framed, A = {_list(A)} with column {j} framed. "
        f"The entry ({i}, {j}) of Y stands at {number(value)} {stage}."
    )
    return Figure(fig, alt, f"y_{i}{j}, {stage}: {sofar}.")


def tensor_slice(Z, axis, position):
    """Draw an order-3 tensor as its slices along axis 0, and the slice at a position of any axis.

    Z (any three sizes); axis 0, 1 or 2; position less than Z.shape[axis].
    """
    (Z,) = as_floats("tensor_slice", Z=Z)
    bind("tensor_slice", Z=(Z, "I J K"))
    _within("tensor_slice", axis=(axis, 3))
    _within("tensor_slice", position=(position, Z.shape[axis]))
    (I, J, K), limit = Z.shape, _limit(Z)
    cut, kept = Z.take(position, axis), [name for a, name in enumerate("ijk") if a != axis]
    widths = [K + 0.8] * I + [cut.shape[1] + 1.2]
    fig, axes = canvas(8, 0.36 * max(J, cut.shape[0]) + 1.4, 1, I + 1, width_ratios=widths)
    for i in range(I):
        rows = "$j$" if i == 0 else ""
        name = f"$i$ = {i}"
        grid(axes[i], Z[i], limit=limit, name=name, role="input", rows=rows, columns="$k$")
        place = [(0, 0, J, K), (position, 0, 1, K), (0, position, J, 1)][axis]
        if axis or i == position:
            frame(axes[i], *place, color=ROLES["output"])
    where = ["[{}, :, :]", "[:, {}, :]", "[:, :, {}]"][axis].format(position)
    names = {"rows": f"${kept[0]}$", "columns": f"${kept[1]}$"}
    grid(axes[I], cut, limit=limit, name=f"Z{where}", role="output", **names)
    alt = (
        f"A tensor Z of shape {Z.shape}, drawn as {I} matrices of {J} by {K}, with the entries "
        f"of Z{where} framed; beside it this slice, {_list(cut)}."
    )
    fixed = f"Fixing {'ijk'[axis]} = {position} leaves the axes {kept[0]} and {kept[1]}"
    return Figure(fig, alt, f"{fixed}: Z{where} has order 2 and shape {cut.shape}.")


def image_channels(X):
    """Draw an RGB image and its three channels as matrices; X (m, n, 3) with entries 0 to 255."""
    X = _rgb("image_channels", X)
    m, n, _ = X.shape
    fig, axes = canvas(8, 2 * m / n + 0.8, 1, 4)
    axes[0].imshow(X / 255, vmin=0, vmax=1, interpolation="nearest", extent=(0, n, m, 0))
    axes[0].add_patch(Rectangle((0, 0), n, m, fill=False, edgecolor=GREY, lw=1))
    _blank(axes[0], n, m, "the image X")
    axes[0].set_aspect("equal")
    for c, name in enumerate(["red", "green", "blue"]):
        _tinted(axes[c + 1], X[:, :, c], "RGB"[c], strength=X[:, :, c] / 255)
        _blank(axes[c + 1], n, m, f"{name}, c = {c}")
    alt = (
        f"An RGB image of {m} rows and {n} columns beside its three channels: red "
        f"{_list(X[:, :, 0])}, green {_list(X[:, :, 1])}, blue {_list(X[:, :, 2])}."
    )
    corners = [", ".join(map(number, X[r, s])) for r, s in ((0, 0), (m - 1, n - 1))]
    caption = f"The first pixel is the three numbers ({corners[0]}), the last one ({corners[1]})."
    return Figure(fig, alt, caption)


def image_layouts(X):
    """Draw an image (m, n, 3) in memory, channels last and first, and a wrong reshape."""
    X = _rgb("image_layouts", X)
    m, n, _ = X.shape
    place = np.arange(X.size).reshape(X.shape)  # where each number stands in X, and so its colour
    first = place.transpose(2, 0, 1)
    fig, axes = canvas(8, 8 / X.size * (2 * m + 2) + 2.2, 4, 1, height_ratios=[1.7, 1.7, m, m])
    pictures = {
        "Memory, channel last: X, axes (r, s, c)": [place.ravel()[None]],
        "Memory, channel first: Z, axes (c, r, s)": [first.ravel()[None]],
        "Right: X.transpose(2, 0, 1), one colour in each plane": first,
        f"Wrong: X.reshape(3, {m}, {n}), colours mixed": place.reshape(3, m, n),
    }
    for ax, (words, blocks) in zip(axes, pictures.items(), strict=True):
        for b, block in enumerate(blocks):
            for c in range(3):
                _tinted(ax, X.ravel()[block], "RGB"[c], left=b * (n + 0.5), only=block % 3 == c)
        _blank(ax, X.size, len(blocks[0]), words, left=True)
    wrong = X.reshape(3, m, n)[0]
    alt = (
        f"The {X.size} numbers of an image of shape {X.shape} as they lie in memory: channel last "
        f"{_list(X.ravel())}, channel first {_list(X.transpose(2, 0, 1).ravel())}. Below, the "
        f"three planes after transpose, the first {_list(X[:, :, 0])}, all red; and after "
        f"reshape, the first {_list(wrong)}, where red, green and blue stand side by side."
    )
    return Figure(fig, alt, "Letter and tint tell which channel each number came from.")


def contraction_diagrams(*products):
    """Draw each product as boxes with a leg for each axis; summed axes join the boxes.

    Each product is a triple (title, specification for einsum, dict of one or two arrays).
    """
    fig, axes = canvas(8, 2.3, 1, len(products), squeeze=False)
    said = [_diagram(ax, *product) for ax, product in zip(axes[0], products, strict=True)]
    return Figure(
        fig,
        "Boxes with one leg for each axis. " + " ".join(said),
        "A leg between two boxes is summed over and disappears; loose legs are the result's axes.",
    )


def _diagram(ax, name, spec, arrays):
    inputs, out = spec.split("->")
    axes = inputs.split(",")
    arrays = {k: np.asarray(a) for k, a in arrays.items()}
    named = zip(arrays.items(), axes, strict=True)
    sizes = bind(name, **{k: (a, " ".join(names)) for (k, a), names in named})
    shape = np.einsum(spec, *arrays.values()).shape
    ax.set_title(name, fontweight="bold", size=10)
    ax.set(xlim=(-1.2, 3.2), ylim=(-1.9, 0.9), xticks=[], yticks=[], aspect="equal")
    ax.set_xlabel("result: " + (f"shape {shape}" if shape else "a number"))
    ax.spines[:].set_visible(False)
    summed = sorted(set(inputs) - set(out) - {","})
    for k, index in enumerate(summed):
        y = 0.3 * (k - (len(summed) - 1) / 2)
        ax.plot([0.5, 1.5], [y, y], color=ROLES["gradient"], lw=2.5)
        ax.text(1, y + 0.12, f"{index}: {sizes[index]}", ha="center", va="bottom", size=9)
    for box, (letter, names) in enumerate(zip(arrays, axes, strict=True)):
        ax.add_patch(Rectangle((2 * box - 0.5, -0.5), 1, 1, facecolor="#ececec", edgecolor=INK))
        ax.text(2 * box, 0, letter, ha="center", va="center", size=11)
        free = [index for index in names if index in out]
        for k, index in enumerate(free):
            x = 2 * box + 0.85 * (k - (len(free) - 1) / 2)
            top = 2 * box + 0.5 * (k - (len(free) - 1) / 2)
            ax.plot([top, x], [-0.5, -1.2], color=INK, lw=1.5)
            ax.text(x, -1.3, f"{index}: {sizes[index]}", ha="center", va="top", size=9)
    joined = ", ".join(f"{index} of size {sizes[index]}" for index in summed) or "none"
    return f"{name}, {spec}: joined legs {joined}; result of shape {shape}."


def row_major_memory(W, i, j):
    """Draw W (m, n) as a grid and as it lies in memory, with entry (i, j) framed in both."""
    (W,) = as_floats("row_major_memory", W=W)
    m, n = bind("row_major_memory", W=(W, "m n")).values()
    _within("row_major_memory", i=(i, m), j=(j, n))
    limit, place = _limit(W), n * i + j
    fig, (top, memory) = canvas(8, 0.45 * m + 2, 2, 1, height_ratios=[m, 1.3])
    grid(top, W, limit=limit, name="the matrix", role="weight", rows="$i$")
    grid(memory, W.reshape(1, -1), limit=limit, name="its vec, in memory", role="weight")
    memory.set_yticks([])
    for row in range(1, m):
        memory.plot([n * row - 0.5] * 2, [-0.75, 0.75], color=INK, lw=2)
    memory.set_ylim(0.8, -0.8)
    frame(top, i, j, color=ROLES["output"])
    frame(memory, 0, place, color=ROLES["output"])
    alt = (
        f"The matrix {_list(W)} with entry ({i}, {j}), {number(W[i, j])}, framed; below, its "
        f"rows one after the other, with the same number framed at position {place}."
    )
    caption = f"Entry ({i}, {j}) stands at position n i + j = {n} · {i} + {j} = {place}."
    return Figure(fig, alt, caption)


def broadcast_difference(u, v):
    """Draw what u - v becomes for u (m,) and v (m, 1): a matrix of all the differences."""
    u, v = as_floats("broadcast_difference", u=u, v=v)
    m = bind("broadcast_difference", u=(u, "m"), v=(v, "m one"))["m"]
    if v.shape[1] != 1:
        raise ShapeError(f"broadcast_difference: v should be ({m}, 1), but is {v.shape}")
    D, limit = u - v, _limit(u, v, u - v)
    fig, axes = canvas(8, 0.42 * m + 1.1, 1, 3)
    grid(axes[0], np.tile(u, (m, 1)), limit=limit, name=f"u ({m},): copied down", role="output")
    grid(axes[1], np.tile(v, m), limit=limit, name=f"v ({m}, 1): copied right")
    grid(axes[2], D, limit=limit, name=f"u − v: ({m}, {m})", role="gradient")
    frame(axes[0], 0, 0, 1, m, color=ROLES["output"])
    frame(axes[1], 0, 0, m, 1)
    _before(axes[1], "−")
    _before(axes[2], "=")
    for i in range(m):
        frame(axes[2], i, i, color=ROLES["gradient"])
    alt = (
        f"u = {_list(u)} repeated in {m} rows, minus v = {_list(v[:, 0])} repeated in {m} "
        f"columns, is the matrix {_list(D)}. Its diagonal, {_list(np.diag(D))}, is framed."
    )
    return Figure(fig, alt, f"Only the {m} framed numbers of the {m * m} were meant.")


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


def _within(operation, **indices):
    for name, (value, size) in indices.items():
        if not 0 <= value < size:
            raise ShapeError(f"{operation}: {name} is {value}, but should be from 0 to {size - 1}")


def _blank(ax, width, height, words="", left=False):
    """Clear the frame of an axes whose cells are one unit wide, rows downward."""
    ax.set(xlim=(-0.1, width + 0.1), ylim=(height + 0.1, -0.1), xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    ax.set_title(words, fontweight="bold", pad=6, loc="left" if left else "center")


def _before(ax, words):
    ax.set_ylabel(words, rotation=0, ha="right", va="center", size=11, labelpad=6)


def _limit(*arrays):
    return max(1.0, *(np.abs(a).max(initial=0) for a in arrays))


def _signed(value):
    return number(value) if value >= 0 else f"({number(value)})"


def _sum(a, b):
    return " + ".join(f"{_signed(v)}·{_signed(w)}" for v, w in zip(a, b, strict=True))


def _list(a):
    """Return an array as words: [[1, 2], [3, 4]]."""
    if np.ndim(a) == 0:
        return number(a)
    return f"[{', '.join(_list(row) for row in a)}]"
