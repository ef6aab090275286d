"""Pictures of the convolutional layer: its forward pass and the size of its output."""

import numpy as np

from annex_lib.figures.cells import Cells
from annex_lib.figures.convolution_backward import (
    backward_conv,
    conv_grad_W,
    conv_grad_W_scene,
    conv_grad_x,
    conv_grad_x_scene,
    conv_jacobian_W,
    conv_jacobian_x,
)
from annex_lib.figures.convolution_grids import (
    by,
    correlated,
    framed,
    limit_for,
    lines,
    patches,
    products,
    row_canvas,
    span,
    window_scene,
)
from annex_lib.figures.core import (
    GREY,
    ROLES,
    Figure,
    canvas,
    frame,
    grid,
    lowered,
    number,
    title,
)
from annex_lib.figures.equation_row import check_inside
from annex_lib.figures.scene import Scene
from annex_lib.windows import output_size

__all__ = [
    "backward_conv",
    "conv_grad_W",
    "conv_grad_W_scene",
    "conv_grad_x",
    "conv_grad_x_scene",
    "conv_jacobian_W",
    "conv_jacobian_x",
    "conv_patch",
    "conv_patch_scene",
    "conv_sizes",
    "conv_sizes_scene",
    "im2col_rows",
]


def conv_patch(x, W, i, j):
    """Draw the patch that the kernel meets at output (i, j), and the sum that it gives.

    Parameters
    ----------
    x : array_like, shape (m, n)
    W : array_like, shape (p, q)
    i, j : int
    """
    O = correlated("conv_patch", "m n", "p q", x=x, W=W)[2]
    check_inside("conv_patch", "i", i, O.shape[0])
    check_inside("conv_patch", "j", j, O.shape[1])
    return conv_patch_scene(x, W).figure(i=i, j=j)


def conv_patch_scene(x, W):
    """Return the moving picture of `conv_patch`; its position is `i` and `j`."""
    x, W, O = arrays = correlated("conv_patch", "m n", "p q", x=x, W=W)
    parts = ("image $X$", "input", "rs"), ("kernel $W$", "weight", "kl"), ("output $O$", "output")
    scene = window_scene("conv_patch", (*parts[:2], (*parts[2], "ij")), arrays)

    def state(i, j):
        patch = x[i : i + len(W), j : j + W.shape[1]]
        alt = (
            f"An image of {by(x)}: {lines(x)}. A frame marks the patch of {by(W)} that begins at "
            f"row {i}, column {j}: {lines(patch)}. Beside it the kernel, {lines(W)}, and the "
            f"output of {by(O)}, {lines(O)}, with entry ({i}, {j}) framed."
        )
        words = f"o_{i}{j} = {products(W, patch)} = {number(O[i, j])}."
        words += " Each weight meets the pixel at its place under the frame."
        return framed(arrays, i, j) | {"alt": alt, "caption": words}

    scene.state = state
    return scene


def im2col_rows(x, p, q, i=0, j=0):
    """Draw the patches of p by q as the rows of a matrix; frame the row of output (i, j).

    Parameters
    ----------
    x : array_like, shape (m, n)
    p, q, i, j : int
    """
    x, A = patches("im2col_rows", x, p, q)
    u, v = A.shape[:2]
    check_inside("im2col_rows", "i", i, u)
    check_inside("im2col_rows", "j", j, v)
    flat = A.reshape(u * v, p * q)
    rows = max(len(x), u * v)
    fig, (left, right) = row_canvas(rows, [x.shape[1], p * q], more=1.3)
    name = "patch matrix $M$"
    grid(left, x, limit=limit_for(x), name="image $X$", role="input", rows="$r$", columns="$s$")
    grid(right, flat, limit=limit_for(x), name=name, role="input", columns="$(k, l)$")
    right.set_yticks(range(u * v), [f"$o_{{{a}{b}}}$" for a, b in np.ndindex(u, v)], size=10)
    right.set_xticks(range(p * q), [f"{k},{l}" for k, l in np.ndindex(p, q)])
    span(left, x.shape, rows, x.shape[1])
    span(right, flat.shape, rows, p * q)
    frame(left, i, j, p, q, color=ROLES["output"])
    frame(right, i * v + j, 0, 1, p * q, color=ROLES["output"])
    alt = (
        f"Left, an image of {by(x)}: {lines(x)}, with the {p} by {q} patch at row {i}, column "
        f"{j} framed. Right, a matrix of {by(flat)}: {lines(flat)}. Its row {i * v + j}, which "
        f"belongs to output ({i}, {j}), is framed and holds the same pixels."
    )
    caption = (
        f"The patch of o_{i}{j}, read row by row, is row {i}·{v} + {j} = {i * v + j} of M. "
        f"The {x.size} pixels of X fill {A.size} places: patches overlap, so pixels repeat."
    )
    return Figure(fig, alt, caption)


def conv_sizes(m, p, stride=1, padding=0, dilation=1):
    """Draw one axis of an image, and below it each position of the kernel along the axis.

    Parameters
    ----------
    m, p : int
        Length of the image and of the kernel along the axis.
    stride, padding, dilation : int
    """
    u = output_size(m, p, stride=stride, padding=padding, dilation=dilation)
    scene = conv_sizes_scene(m, u, m + 2 * padding)
    return scene.figure(p=p, S=stride, P=padding, D=dilation)


def conv_sizes_scene(m, outputs, length):
    """Return the moving picture of `conv_sizes` for so many outputs, and places with padding.

    Its position is the kernel size `p`, the stride `S`, the padding `P` and the dilation `D`.
    """
    shape = outputs + 1, length
    fig, ax = canvas(min(8, 0.42 * length + 1.5), 0.42 * (outputs + 1) + 0.7)
    scene = Scene("conv_sizes", fig)
    scene.grid("places", ax, shape, limit=1, ticks=False)
    ax.set_yticks(range(shape[0]), ["image", *[f"$o_{{{i}}}$" for i in range(outputs)]], size=10)
    reaches = [frame(ax, i + 1, 0, color=ROLES["weight"], lw=2) for i in range(outputs)]
    scene.slot("reaches", reaches, "frame")
    scene.frame("left over", ax, color=GREY, lw=1.5)
    words = title(ax, f"{outputs} outputs from {m} pixels", "output")
    words.set(x=0, ha="left")
    scene.slot("name", words, "text")
    scene.state = lambda p, S, P, D: _sizes_state(m, shape, p, S, P, D)
    return scene


def _sizes_state(m, shape, p, S, P, D):
    u = output_size(m, p, stride=S, padding=P, dilation=D)
    reach, length = D * (p - 1) + 1, m + 2 * P
    labels, colours, hidden = np.full(shape, "", object), np.zeros(shape), np.ones(shape, bool)
    hidden[: u + 1, :length] = False
    labels[0, :length], labels[0, P : P + m] = "0", [f"x{lowered(r)}" for r in range(m)]
    colours[0, P : P + m] = -0.55
    for i in range(u):
        taps = slice(S * i, S * i + reach, D)
        labels[i + 1, taps], colours[i + 1, taps] = [f"w{lowered(k)}" for k in range(p)], 0.35
    used = S * (u - 1) + reach
    out = {"places": Cells(colours, hidden=hidden, words=labels)}
    out["reaches"] = [(i + 1, S * i, 1, reach) if i < u else None for i in range(shape[0] - 1)]
    out["left over"] = (0, used, u + 1, length - used) if used < length else None
    out["name"] = f"{u} output{'s' * (u > 1)} from {m} pixels"
    starts = ", ".join(str(S * i) for i in range(u))
    out["alt"] = (
        f"A row of {length} places: {m} pixels with {P} zeros on either side. Below it {u} "
        f"rows, one for each output: a kernel of {p} weights, {D} apart, whose first weight "
        f"stands at place {starts}. Places at the end that it never reaches: {length - used}."
    )
    out["caption"] = (
        f"⌊({m} + 2·{P} − {D}·({p} − 1) − 1) / {S}⌋ + 1 = ⌊{length - reach} / "
        f"{S}⌋ + 1 = {u}. The kernel reaches over {reach} of {length} places, so it can move "
        f"{length - reach} further, {S} at a time. Left over at the end: {length - used}."
    )
    return out
