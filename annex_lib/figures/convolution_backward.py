"""Pictures of the convolutional layer's backward pass: its Jacobians and its gradients."""

import numpy as np

from annex_lib.figures.cells import Cells
from annex_lib.figures.convolution_grids import (
    by,
    correlate,
    correlated,
    framed,
    limit_for,
    lines,
    patches,
    products,
    row_canvas,
    span,
    stamp_of,
    window_scene,
)
from annex_lib.figures.core import ROLES, Figure, canvas, frame, grid, number
from annex_lib.figures.equation_row import check_inside, factor
from annex_lib.figures.scene import Scene
from annex_lib.shapes import as_floats, bind
from annex_lib.windows import output_size

__all__ = [
    "backward_conv",
    "conv_grad_W",
    "conv_grad_W_scene",
    "conv_grad_x",
    "conv_grad_x_scene",
    "conv_jacobian_W",
    "conv_jacobian_x",
]

DL_DO, DL_DW = r"$G = \partial L / \partial O$", r"$\partial L / \partial W$"


def conv_grad_W(x, g, k, l):
    """Draw the part of X that lies under G for the weight w_kl, and the sum dL/dw_kl.

    Parameters
    ----------
    x : array_like, shape (m, n)
    g : array_like, shape (u, v)
        Upstream gradient dL/dO.
    k, l : int
    """
    dW = correlated("conv_grad_W", "m n", "u v", x=x, g=g)[2]
    check_inside("conv_grad_W", "k", k, dW.shape[0])
    check_inside("conv_grad_W", "l", l, dW.shape[1])
    return conv_grad_W_scene(x, g).figure(k=k, l=l)


def conv_grad_W_scene(x, g):
    """Return the moving picture of `conv_grad_W`; its position is `k` and `l`."""
    x, g, dW = arrays = correlated("conv_grad_W", "m n", "u v", x=x, g=g)
    parts = ("image $X$", "input", "rs"), (DL_DO, "gradient", "ij"), (DL_DW, "weight", "kl")
    scene = window_scene("conv_grad_W", parts, arrays)

    def state(k, l):
        part = x[k : k + len(g), l : l + g.shape[1]]
        alt = (
            f"An image of {by(x)}: {lines(x)}. A frame of the size of G begins at row {k}, column "
            f"{l}: {lines(part)}. Beside it G, {lines(g)}, and the gradient of the weights, of "
            f"{by(dW)}, {lines(dW)}, with entry ({k}, {l}) framed."
        )
        words = f"dL/dw_{k}{l} = {products(g, part)} = {number(dW[k, l])}. Under the frame are "
        words += f"all the pixels that w_{k}{l} has met."
        return framed(arrays, k, l) | {"alt": alt, "caption": words}

    scene.state = state
    return scene


def backward_conv(x, g):
    """Draw dL/dW as a correlation of X with G: for each weight the part of X that meets G.

    Parameters
    ----------
    x : array_like, shape (m, n)
    g : array_like, shape (u, v)
        Upstream gradient dL/dO.
    """
    x, g, dW = correlated("backward_conv", "m n", "u v", x=x, g=g)
    (m, n), (u, v), (p, q) = x.shape, g.shape, dW.shape
    rows, last = max(p, 2), max(v, q)
    fig, axes = row_canvas(m, [n] * q + [last], rows=rows, cell=0.5)
    fig.get_layout_engine().set(h_pad=0.12)
    sums = []
    for k, l in np.ndindex(p, q):
        name = f"$X$ under $G$, for $w_{{{k}{l}}}$"
        grid(axes[k, l], x, limit=limit_for(x, g), name=name, role="input", ticks=False)
        frame(axes[k, l], k, l, u, v, color=ROLES["gradient"])
        sums.append(f"{products(g, x[k : k + u, l : l + v])} = {number(dW[k, l])}")
        short = sums[-1] if u * v <= 4 else f"{u * v} products add up to {number(dW[k, l])}"
        axes[k, l].set_xlabel(short, size=9, labelpad=4)
    parts = (g, limit_for(x, g), DL_DO, "gradient"), (dW, limit_for(dW), DL_DW, "weight")
    for ax, (a, limit, name, role) in zip(axes[:, q], parts, strict=False):
        grid(ax, a, limit=limit, name=name, role=role, ticks=False)
        span(ax, a.shape, m, last)
    for ax in [*axes[p:, :q].flat, *axes[2:, q]]:
        ax.set_axis_off()
    pairs = zip(np.ndindex(p, q), sums, strict=True)
    alt = (
        f"For each of the {p * q} weights the image of {by(x)}, {lines(x)}, with a frame of the "
        f"size of G: for w_kl it begins at row k, column l. G is {lines(g)}. Each framed part, "
        "multiplied by G entry by entry and added up, is one entry of the gradient: "
        + "; ".join(f"dL/dw_{k}{l} = {words}" for (k, l), words in pairs)
    )
    caption = (
        "The gradient of the weights is again a cross-correlation: the image stays, G takes the "
        f"place of the kernel, and its {p} by {q} positions give the {p * q} weights."
    )
    return Figure(fig, f"{alt}.", caption)


def conv_jacobian_W(x, p, q, k=0, l=0):
    """Draw the order-4 tensor dO/dW, a patch for each output; frame the entries of w_kl.

    Parameters
    ----------
    x : array_like, shape (m, n)
    p, q, k, l : int
    """
    x, A = patches("conv_jacobian_W", x, p, q)
    u, v = A.shape[:2]
    check_inside("conv_jacobian_W", "k", k, p)
    check_inside("conv_jacobian_W", "l", l, q)
    fig, axes = canvas(v * (0.42 * q + 0.8), u * (0.42 * p + 0.75), u, v, squeeze=False)
    for (i, j), ax in np.ndenumerate(axes):
        name = rf"$\partial o_{{{i}{j}}} / \partial W$"
        grid(ax, A[i, j], limit=limit_for(x), name=name, role="output", rows="$k$", columns="$l$")
        frame(ax, k, l, color=ROLES["weight"])
    blocks = "; ".join(f"for output ({i}, {j}) {lines(A[i, j])}" for i, j in np.ndindex(u, v))
    alt = (
        f"A grid of {u} by {v} small matrices, one for each output. Each is a {p} by {q} patch of "
        f"the image: {blocks}. Entry ({k}, {l}) is framed in each: {lines(A[:, :, k, l])}."
    )
    caption = (
        f"Block (i, j) is the patch that o_ij has seen. The framed entries, one in each block, are "
        f"the derivatives of all outputs by w_{k}{l}: together they are the part of X of {u} by "
        f"{v} pixels that begins at row {k}, column {l}."
    )
    return Figure(fig, alt, caption)


def conv_jacobian_x(W, m, n):
    """Draw the order-4 tensor dO/dX: for each output the kernel, where it has read.

    Parameters
    ----------
    W : array_like, shape (p, q)
    m, n : int
        Rows and columns of the image.
    """
    (W,) = as_floats("conv_jacobian_x", W=W)
    p, q = bind("conv_jacobian_x", W=(W, "p q")).values()
    u, v = output_size(m, p), output_size(n, q)
    fig, axes = canvas(v * (0.36 * n + 0.8), u * (0.36 * m + 0.75), u, v, squeeze=False)
    for (i, j), ax in np.ndenumerate(axes):
        stamp, inside = stamp_of(W, m, n, i, j)
        name = rf"$\partial o_{{{i}{j}}} / \partial X$"
        words = dict(name=name, role="output", rows="$r$", columns="$s$")
        grid(ax, stamp, limit=limit_for(W), zeros=~inside, **words)
        frame(ax, i, j, p, q, color=ROLES["weight"])
    alt = (
        f"A grid of {u} by {v} matrices of {m} by {n}, one for each output. Each is zero but for "
        f"the kernel, {lines(W)}, which stands with its first entry at row i, column j in the "
        "matrix of output (i, j). Entries that are zero by structure are dots."
    )
    caption = (
        f"Block (i, j) holds the kernel where o_ij has read the image: {p * q} of its {m * n} "
        f"entries, and in every block the same {p * q} weights. The dots are zero for any W."
    )
    return Figure(fig, alt, caption)


def conv_grad_x(g, W, r, s):
    """Draw dL/dx_rs twice: a scatter of stamps g_ij W, and a gather with the flipped kernel.

    Parameters
    ----------
    g : array_like, shape (u, v)
        Upstream gradient dL/dO.
    W : array_like, shape (p, q)
    r, s : int
        The pixel, in the image of (u + p - 1, v + q - 1).
    """
    g, W = as_floats("conv_grad_x", g=g, W=W)
    u, v, p, q = bind("conv_grad_x", g=(g, "u v"), W=(W, "p q")).values()
    check_inside("conv_grad_x", "r", r, u + p - 1)
    check_inside("conv_grad_x", "s", s, v + q - 1)
    return conv_grad_x_scene(g, W).figure(r=r, s=s)


def conv_grad_x_scene(g, W):
    """Return the moving picture of `conv_grad_x`; its position is `r` and `s`."""
    g, W = as_floats("conv_grad_x", g=g, W=W)
    u, v, p, q = bind("conv_grad_x", g=(g, "u v"), W=(W, "p q")).values()
    m, n = u + p - 1, v + q - 1
    Z, H = np.pad(g, ((p - 1,) * 2, (q - 1,) * 2)), W[::-1, ::-1]
    dx, heights = correlate(Z, H), [m + 0.2] * u + [m + p - 0.8]
    size = max(v, 3) * (0.36 * (n + q - 1) + 0.55), 0.36 * sum(heights) + 0.75 * (u + 1)
    fig, axes = canvas(*size, u + 1, max(v, 3), height_ratios=heights, squeeze=False)
    for ax in [*axes[:u, v:].flat, *axes[u, 3:]]:
        ax.set_axis_off()
    scene = Scene("conv_grad_x", fig)
    fixed = _scatter(scene, axes, g, W, limit_for(dx, W)) | _gather(scene, axes[u], Z, H, dx)
    stamps = [frame(axes[i, j], 0, 0, color=ROLES["input"]) for i, j in np.ndindex(u, v)]
    scene.slot("stamps", stamps, "frame")
    scene.frame("window", axes[u, 0], color=ROLES["input"])
    scene.frame("pixel", axes[u, 2], color=ROLES["input"])

    def state(r, s):
        frames = {"stamps": [(r, s, 1, 1)] * (u * v), "window": (r, s, p, q), "pixel": (r, s, 1, 1)}
        return fixed | frames | _stamped(g, W, H, dx, r, s)

    scene.state = state
    return scene


def _stamped(g, W, H, dx, r, s):
    """Return the words on pixel (r, s)."""
    (u, v), (p, q), (m, n) = g.shape, W.shape, dx.shape
    met = [(i, j) for i, j in np.ndindex(u, v) if 0 <= r - i < p and 0 <= s - j < q]
    terms = [f"{factor(g[i, j])}·{factor(W[r - i, s - j])}" for i, j in met]
    alt = (
        f"Above, {u} by {v} stamps: for each output (i, j) the kernel times g_ij, at row i, column "
        f"j of an image of {m} by {n}; pixel ({r}, {s}) is framed in each. Below, G, {lines(g)}, "
        f"in a rim of zeros, with a frame of {p} by {q} at ({r}, {s}); the flipped kernel, "
        f"{lines(H)}; and the gradient of the image, {lines(dx)}, with ({r}, {s}) framed."
    )
    caption = (
        f"Pixel ({r}, {s}): {' + '.join(terms)} = {number(dx[r, s])}. Above, add up the framed "
        "place through all stamps; below, multiply what lies under the frame of Z by H. The "
        "products are the same."
    )
    return {"alt": alt, "caption": caption}


def _scatter(scene, axes, g, W, limit):
    """Draw the stamp g_ij W of each output; return the slots' values."""
    (u, v), (p, q), out = g.shape, W.shape, {}
    m, n = u + p - 1, v + q - 1
    for i, j in np.ndindex(u, v):
        stamp, inside = stamp_of(W, m, n, i, j)
        name = rf"$g_{{{i}{j}}}\, W$ = {factor(g[i, j])} $W$"
        words = dict(name=name, role="gradient", rows="" if j else "scatter")
        scene.grid(f"stamp {i}{j}", axes[i, j], (m, n), limit=limit, **words)
        span(axes[i, j], (m, n), m, n + q - 1)
        out[f"stamp {i}{j}"] = Cells(g[i, j] * stamp, ~inside)
    return out


def _gather(scene, axes, Z, H, dx):
    """Draw Z, the flipped kernel and the gradient of the image; return the slots' values."""
    (p, q), limit, rim = H.shape, limit_for(Z, H), np.ones(Z.shape, bool)
    rim[p - 1 : len(Z) - p + 1, q - 1 : Z.shape[1] - q + 1] = False
    words = dict(name="$Z$: $G$ in a rim", role="gradient", rows="gather")
    scene.grid("Z", axes[0], Z.shape, limit=limit, **words)
    scene.grid("H", axes[1], H.shape, limit=limit, name="$H$: flipped $W$", role="weight")
    name = r"$\partial L / \partial X$"
    scene.grid("dx", axes[2], dx.shape, limit=limit_for(dx, H), name=name, role="input")
    for ax, a in zip(axes, (Z, H, dx), strict=False):
        span(ax, a.shape, *Z.shape)
    return {"Z": Cells(Z, rim), "H": H, "dx": dx}
