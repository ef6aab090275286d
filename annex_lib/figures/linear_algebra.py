"""Pictures of the chapter on linear algebra."""

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.transforms import blended_transform_factory

from annex_lib.figures.cells import Cells, corner
from annex_lib.figures.convolution_grids import span
from annex_lib.figures.core import GREY, INK, ROLES, Figure, canvas, frame, grid, lowered, number
from annex_lib.figures.equation_row import check_inside, color_limit, factor
from annex_lib.figures.memory_layout import (
    blank,
    image_channels,
    image_layouts,
    nested,
    row_major_memory,
    row_major_memory_scene,
)
from annex_lib.figures.scene import Scene
from annex_lib.shapes import ShapeError, as_floats, bind

__all__ = [
    "broadcast_difference",
    "contraction_diagrams",
    "image_channels",
    "image_layouts",
    "matvec_columns",
    "matvec_rows",
    "product_entry",
    "product_entry_scene",
    "row_major_memory",
    "row_major_memory_scene",
    "tensor_slice",
    "tensor_slice_scene",
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
    return product_entry_scene(W, A).figure(i=i, j=j, terms=terms)


def product_entry_scene(W, A):
    """Return the moving picture of `product_entry`; its position is `i`, `j` and `terms`."""
    W, A = as_floats("product_entry", W=W, A=A)
    m, n, p = bind("product_entry", W=(W, "m n"), A=(A, "n p")).values()
    ratios = {"width_ratios": [n, p], "height_ratios": [n, m]}
    size = 0.62 * (n + p) + 1, 0.5 * (m + n) + 1.7
    fig, ((note, above), (left, out)) = canvas(*size, 2, 2, **ratios)
    fig.get_layout_engine().set(h_pad=0.1)
    scene, limit = Scene("product_entry", fig), {"limit": color_limit(W, A, W @ A)}
    scene.grid("A", above, (n, p), name="$A$", role="input", rows="$k$", columns="$j$", **limit)
    scene.grid("W", left, (m, n), name="$W$", role="weight", rows="$i$", columns="$k$", **limit)
    names = {"name": "$Y = WA$", "role": "output", "rows": "$i$", "columns": "$j$"}
    scene.grid("Y", out, (m, p), **names, **limit)
    scene.frame("column of A", above, color=GREY, lw=1.5)
    scene.frame("row of W", left, color=GREY, lw=1.5)
    for slot, ax, role in (("in A", above, "input"), ("in W", left, "weight")):
        scene.slot(slot, [frame(ax, 0, k, color=ROLES[role]) for k in range(n)], "frame")
    scene.frame("in Y", out, color=ROLES["output"])
    blank(note, 1, 1)
    for slot, y, words in (("entry", 0.4, "y₀₀"), ("stage", 0.65, f"after {n} of {n} terms")):
        scene.slot(slot, note.text(0.5, y, words, ha="center", va="center"), "text")
    scene.state = lambda i, j, terms: _product_state(W, A, i, j, terms)
    return scene


def _product_state(W, A, i, j, terms):
    (m, n), p, value = W.shape, A.shape[1], W[i, :terms] @ A[:terms, j]
    Y, labels = np.zeros((m, p)), np.full((m, p), "", object)
    Y[i, j], labels[i, j] = value, number(value)
    stage = f"after {terms} of {n} terms"
    sofar = f"{_sum(W[i, :terms], A[:terms, j])} = {number(value)}" if terms else "0, the empty sum"
    alt = (
        f"W = {nested(W)} with row {i} framed, A = {nested(A)} with column {j} framed. "
        f"The entry ({i}, {j}) of Y stands at {number(value)} {stage}."
    )
    out = {"A": A, "W": W, "Y": Cells(Y, words=labels), "alt": alt}
    out |= {"column of A": (0, j, n, 1), "row of W": (i, 0, 1, n), "in Y": (i, j, 1, 1)}
    out["in A"] = [(k, j, 1, 1) if k < terms else None for k in range(n)]
    out["in W"] = [(i, k, 1, 1) if k < terms else None for k in range(n)]
    out |= {"entry": f"y{lowered(i, j)}", "stage": stage}
    return out | {"caption": f"y_{i}{j}, {stage}: {sofar}."}


def tensor_slice(Z, axis, position):
    """Draw an order-3 tensor as its slices along axis 0, and the slice at a position of any axis.

    Z (any three sizes); axis 0, 1 or 2; position less than Z.shape[axis].
    """
    (Z,) = as_floats("tensor_slice", Z=Z)
    bind("tensor_slice", Z=(Z, "I J K"))
    check_inside("tensor_slice", "axis", axis, 3)
    check_inside("tensor_slice", "position", position, Z.shape[axis])
    return tensor_slice_scene(Z).figure(axis=axis, position=position)


def tensor_slice_scene(Z):
    """Return the moving picture of `tensor_slice`; its position is `axis` and `position`."""
    (Z,) = as_floats("tensor_slice", Z=Z)
    I, J, K = bind("tensor_slice", Z=(Z, "I J K")).values()
    most = max(I, J), max(J, K)
    fig, axes = canvas(8, 0.36 * most[0] + 1.4, 1, I + 1)
    scene, limit = Scene("tensor_slice", fig), color_limit(Z)
    for i, ax in enumerate(axes[:I]):
        names = {"name": f"$i$ = {i}", "rows": "$j$" if i == 0 else "", "columns": "$k$"}
        scene.grid(f"slice {i}", ax, (J, K), limit=limit, role="input", **names)
        scene.frame(f"frame {i}", ax, color=ROLES["output"])
        span(ax, (J, K), *most)
    scene.grid("cut", axes[I], most, limit=limit, name="Z[0, :, :]", role="output")
    scene.slot("axes", corner(axes[I], "i \\ j"), "text")
    span(axes[I], most, *most)
    scene.slot("name", axes[I].title, "text")
    scene.state = lambda axis, position: _slice_state(Z, most, axis, position)
    return scene


def _slice_state(Z, most, axis, position):
    (I, J, K), cut = Z.shape, Z.take(position, axis)
    kept = [name for a, name in enumerate("ijk") if a != axis]
    room, hidden = np.zeros(most), np.ones(most, bool)
    room[: cut.shape[0], : cut.shape[1]], hidden[: cut.shape[0], : cut.shape[1]] = cut, False
    where = ["[{}, :, :]", "[:, {}, :]", "[:, :, {}]"][axis].format(position)
    place = [(0, 0, J, K), (position, 0, 1, K), (0, position, J, 1)][axis]
    alt = (
        f"A tensor Z of shape {Z.shape}, drawn as {I} matrices of {J} by {K}, with the entries "
        f"of Z{where} framed; beside it this slice, {nested(cut)}."
    )
    fixed = f"Fixing {'ijk'[axis]} = {position} leaves the axes {kept[0]} and {kept[1]}"
    out = {"alt": alt, "caption": f"{fixed}: Z{where} has order 2 and shape {cut.shape}."}
    out |= {"cut": Cells(room, hidden=hidden), "axes": " \\ ".join(kept)}
    for i in range(I):
        out |= {f"slice {i}": Z[i], f"frame {i}": place if axis or i == position else None}
    return out | {"name": f"Z{where}"}


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
    ax.set_title(name, fontweight="bold", size=10, y=1)
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
