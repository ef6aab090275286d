"""Pictures of the chapter on linear algebra."""

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.transforms import blended_transform_factory

from annex_lib.figures.core import GREY, INK, ROLES, Figure, canvas, frame, grid, number
from annex_lib.figures.equation_row import check_inside, color_limit, factor
from annex_lib.figures.memory_layout import (
    blank,
    image_channels,
    image_layouts,
    nested,
    row_major_memory,
)
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


def matvec_rows(W, x):
    """Draw f = W x with each f_i as the inner product of row i with x; W (m, n), x (n,)."""
    W, x = as_floats("matvec_rows", W=W, x=x)
    bind("matvec_rows", W=(W, "m n"), x=(x, "n"))
    (m, n), f, limit = W.shape, W @ x, color_limit(W, x, W * x, W @ x)
    fig, axes = canvas(8, 0.5 * max(m, n) + 0.9, 1, 4, width_ratios=[n + 1, 1.6, 1.6, 2 * n + 2])
    fig.get_layout_engine().set(w_pad=0.12)
    grid(axes[0], W, limit=limit, name="$W$", role="weight", rows="$i$", columns="$j$")
    grid(axes[1], x, limit=limit, name="$x$", role="input", rows="$j$")
    grid(axes[2], f, limit=limit, name="$f$", role="output", rows="$i$")
    axes[1].set_xticks([])
    axes[2].set_xticks([])
    blank(axes[3], 1, m)
    beside_f = blended_transform_factory(axes[3].transAxes, axes[2].transData)
    for i in range(m):
        frame(axes[0], i, 0, 1, n, color=ROLES["weight"], lw=2)
        words = f"$f_{{{i}}}$ = {_sum(W[i], x)} = {number(f[i])}"
        axes[3].text(0, i, words, va="center", size=10, transform=beside_f)
    alt = (
        f"The matrix W = {nested(W)} with each of its {m} rows framed, the vector x = {nested(x)} "
        f"as a column, and f = {nested(f)}, one number for each row."
    )
    return Figure(fig, alt, f"Row 0 meets x once and gives f_0 = {_sum(W[0], x)} = {number(f[0])}.")


def matvec_columns(W, x):
    """Draw f = W x as the columns of W, each scaled by its x_j, added; W (m, n), x (n,)."""
    W, x = as_floats("matvec_columns", W=W, x=x)
    bind("matvec_columns", W=(W, "m n"), x=(x, "n"))
    (m, n), f, limit = W.shape, W @ x, color_limit(W, x, W * x, W @ x)
    fig, axes = canvas(7, 0.9 * m + 1.2, 2, n + 1, squeeze=False)
    for j in range(n):
        plus = "" if j == 0 else "+  "
        grid(axes[0, j], W[:, j], limit=limit, name=f"column {j}", role="weight", ticks=False)
        grid(axes[1, j], W[:, j] * x[j], limit=limit, ticks=False)
        _before(axes[0, j], f"{plus}{factor(x[j])} ×")
        _before(axes[1, j], plus)
    for ax in axes[:, n]:
        grid(ax, f, limit=limit, name="$f$" if ax is axes[0, n] else "", role="output", ticks=False)
        _before(ax, "=")
    alt = (
        f"First line: the {n} columns of W = {nested(W)}, each with its factor from "
        f"x = {nested(x)}. Second line: the scaled columns, which add up to f = {nested(f)}."
    )
    last = f"{_sum(x, W[-1])} = {number(f[-1])}"
    return Figure(fig, alt, f"The whole vector f is built at once. Its last entry: {last}.")


def product_entry(W, A, i, j, terms):
    """Draw entry (i, j) of Y = W A after some terms of its sum; W (m, n), A (n, p).

    A stands above Y and W to its left, so that row i and column j cross at y_ij.
    """
    W, A = as_floats("product_entry", W=W, A=A)
    m, n, p = bind("product_entry", W=(W, "m n"), A=(A, "n p")).values()
    for name, value, size in (("i", i, m), ("j", j, p), ("terms", terms, n + 1)):
        check_inside("product_entry", name, value, size)
    limit, value = color_limit(W, A, W @ A), W[i, :terms] @ A[:terms, j]
    Y, labels = np.zeros((m, p)), np.full((m, p), "", object)
    Y[i, j], labels[i, j] = value, number(value)
    ratios = {"width_ratios": [n, p], "height_ratios": [n, m]}
    size = 0.62 * (n + p) + 1, 0.5 * (m + n) + 1.7
    fig, ((note, above), (left, out)) = canvas(*size, 2, 2, **ratios)
    fig.get_layout_engine().set(h_pad=0.1)
    grid(above, A, limit=limit, name="$A$", role="input", rows="$k$", columns="$j$")
    grid(left, W, limit=limit, name="$W$", role="weight", rows="$i$", columns="$k$")
    names = {"rows": "$i$", "columns": "$j$"}
    grid(out, Y, limit=limit, name="$Y = WA$", role="output", labels=labels, **names)
    frame(above, 0, j, n, 1, color=GREY, lw=1.5)
    frame(left, i, 0, 1, n, color=GREY, lw=1.5)
    for k in range(terms):
        frame(above, k, j, color=ROLES["input"])
        frame(left, i, k, color=ROLES["weight"])
    frame(out, i, j, color=ROLES["output"])
    blank(note, 1, 1)
    stage = f"after {terms} of {n} terms"
    note.text(0.5, 0.5, f"$y_{{{i}{j}}}$\n{stage}", ha="center", va="center")
    sofar = f"{_sum(W[i, :terms], A[:terms, j])} = {number(value)}" if terms else "0, the empty sum"
    alt = (
        f"W = {nested(W)} with row {i} framed, A = {nested(A)} with column {j} framed. "
        f"The entry ({i}, {j}) of Y stands at {number(value)} {stage}."
    )
    return Figure(fig, alt, f"y_{i}{j}, {stage}: {sofar}.")


def tensor_slice(Z, axis, position):
    """Draw an order-3 tensor as its slices along axis 0, and the slice at a position of any axis.

    Z (any three sizes); axis 0, 1 or 2; position less than Z.shape[axis].
    """
    (Z,) = as_floats("tensor_slice", Z=Z)
    bind("tensor_slice", Z=(Z, "I J K"))
    check_inside("tensor_slice", "axis", axis, 3)
    check_inside("tensor_slice", "position", position, Z.shape[axis])
    (I, J, K), limit = Z.shape, color_limit(Z)
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
        f"of Z{where} framed; beside it this slice, {nested(cut)}."
    )
    fixed = f"Fixing {'ijk'[axis]} = {position} leaves the axes {kept[0]} and {kept[1]}"
    return Figure(fig, alt, f"{fixed}: Z{where} has order 2 and shape {cut.shape}.")


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


def broadcast_difference(u, v):
    """Draw what u - v becomes for u (m,) and v (m, 1): a matrix of all the differences."""
    u, v = as_floats("broadcast_difference", u=u, v=v)
    m = bind("broadcast_difference", u=(u, "m"), v=(v, "m one"))["m"]
    if v.shape[1] != 1:
        raise ShapeError(f"broadcast_difference: v should be ({m}, 1), but is {v.shape}")
    D, limit = u - v, color_limit(u, v, u - v)
    fig, axes = canvas(8, 0.42 * m + 1.1, 1, 3)
    grid(axes[0], np.tile(u, (m, 1)), limit=limit, name=f"u ({m},): repeated down", role="output")
    grid(axes[1], np.tile(v, m), limit=limit, name=f"v ({m}, 1): repeated right")
    grid(axes[2], D, limit=limit, name=f"u − v: ({m}, {m})", role="gradient")
    frame(axes[0], 0, 0, 1, m, color=ROLES["output"])
    frame(axes[1], 0, 0, m, 1)
    _before(axes[1], "−")
    _before(axes[2], "=")
    for i in range(m):
        frame(axes[2], i, i, color=ROLES["gradient"])
    alt = (
        f"u = {nested(u)} repeated in {m} rows, minus v = {nested(v[:, 0])} repeated in {m} "
        f"columns, is the matrix {nested(D)}. Its diagonal, {nested(np.diag(D))}, is framed."
    )
    return Figure(fig, alt, f"Only the {m} framed differences of the {m * m} were meant.")


def _before(ax, words):
    ax.set_ylabel(words, rotation=0, ha="right", va="center", size=11, labelpad=6)


def _sum(a, b):
    return " + ".join(f"{factor(v)}·{factor(w)}" for v, w in zip(a, b, strict=True))
