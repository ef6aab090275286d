"""Pictures of the chapter on the convolutional layer: one channel, stride 1 unless said."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from annex_lib.figures.core import GREY, ROLES, Figure, canvas, frame, grid, number, title
from annex_lib.shapes import ShapeError, as_floats, bind
from annex_lib.windows import output_size

__all__ = [
    "backward_conv",
    "conv_grad_W",
    "conv_grad_x",
    "conv_jacobian_W",
    "conv_jacobian_x",
    "conv_patch",
    "conv_sizes",
    "im2col_rows",
]

DL_DO, DL_DW = r"$G = \partial L / \partial O$", r"$\partial L / \partial W$"


def conv_patch(x, W, i, j):
    """Draw the patch that the kernel meets at output (i, j), and the sum that it gives.

    Parameters
    ----------
    x : array_like, shape (m, n)
    W : array_like, shape (p, q)
    i, j : int
    """
    x, W, O = _correlated("conv_patch", "m n", "p q", x=x, W=W)
    _inside("conv_patch", O, i=i, j=j)
    parts = ("image $X$", "input", "rs"), ("kernel $W$", "weight", "kl"), ("output $O$", "output")
    fig = _window((*parts[:2], (*parts[2], "ij")), (x, W, O), i, j)
    patch = x[i : i + len(W), j : j + W.shape[1]]
    alt = (
        f"An image of {_size(x)}: {_rows(x)}. A frame marks the patch of {_size(W)} that begins at "
        f"row {i}, column {j}: {_rows(patch)}. Beside it the kernel, {_rows(W)}, and the output of "
        f"{_size(O)}, {_rows(O)}, with entry ({i}, {j}) framed."
    )
    words = f"o_{i}{j} = {_products(W, patch)} = {number(O[i, j])}."
    return Figure(fig, alt, f"{words} Each weight meets the pixel at its place under the frame.")


def conv_grad_W(x, g, k, l):
    """Draw the part of X that lies under G for the weight w_kl, and the sum dL/dw_kl.

    Parameters
    ----------
    x : array_like, shape (m, n)
    g : array_like, shape (u, v)
        Upstream gradient dL/dO.
    k, l : int
    """
    x, g, dW = _correlated("conv_grad_W", "m n", "u v", x=x, g=g)
    _inside("conv_grad_W", dW, k=k, l=l)
    parts = ("image $X$", "input", "rs"), (DL_DO, "gradient", "ij"), (DL_DW, "weight", "kl")
    fig = _window(parts, (x, g, dW), k, l)
    part = x[k : k + len(g), l : l + g.shape[1]]
    alt = (
        f"An image of {_size(x)}: {_rows(x)}. A frame of the size of G begins at row {k}, column "
        f"{l}: {_rows(part)}. Beside it G, {_rows(g)}, and the gradient of the weights, of "
        f"{_size(dW)}, {_rows(dW)}, with entry ({k}, {l}) framed."
    )
    words = f"dL/dw_{k}{l} = {_products(g, part)} = {number(dW[k, l])}."
    return Figure(fig, alt, f"{words} Under the frame are all the pixels that w_{k}{l} has met.")


def im2col_rows(x, p, q, i=0, j=0):
    """Draw the patches of p by q as the rows of a matrix; frame the row of output (i, j).

    Parameters
    ----------
    x : array_like, shape (m, n)
    p, q, i, j : int
    """
    x, A = _patches("im2col_rows", x, p, q)
    u, v = A.shape[:2]
    _inside("im2col_rows", A[:, :, 0, 0], i=i, j=j)
    flat = A.reshape(u * v, p * q)
    rows = max(len(x), u * v)
    fig, (left, right) = _canvas(rows, [x.shape[1], p * q], more=1.3)
    name = "patch matrix $A$"
    grid(left, x, limit=_limit(x), name="image $X$", role="input", rows="$r$", columns="$s$")
    grid(right, flat, limit=_limit(x), name=name, role="input", columns="$(k, l)$")
    right.set_yticks(range(u * v), [f"$o_{{{a}{b}}}$" for a, b in np.ndindex(u, v)], size=10)
    right.set_xticks(range(p * q), [f"{k},{l}" for k, l in np.ndindex(p, q)])
    _span(left, x.shape, rows, x.shape[1])
    _span(right, flat.shape, rows, p * q)
    frame(left, i, j, p, q, color=ROLES["output"])
    frame(right, i * v + j, 0, 1, p * q, color=ROLES["output"])
    alt = (
        f"Left, an image of {_size(x)}: {_rows(x)}, with the {p} by {q} patch at row {i}, column "
        f"{j} framed. Right, a matrix of {_size(flat)}: {_rows(flat)}. Its row {i * v + j}, which "
        f"belongs to output ({i}, {j}), is framed and holds the same pixels."
    )
    caption = (
        f"The patch of o_{i}{j}, read row by row, is row {i}·{v} + {j} = {i * v + j} of A. "
        f"The {x.size} pixels of X fill {A.size} places: patches overlap, so pixels repeat."
    )
    return Figure(fig, alt, caption)


def conv_jacobian_W(x, p, q, k=0, l=0):
    """Draw the order-4 tensor dO/dW, a patch for each output; frame the entries of w_kl.

    Parameters
    ----------
    x : array_like, shape (m, n)
    p, q, k, l : int
    """
    x, A = _patches("conv_jacobian_W", x, p, q)
    u, v = A.shape[:2]
    _inside("conv_jacobian_W", A[0, 0], k=k, l=l)
    fig, axes = canvas(v * (0.42 * q + 0.8), u * (0.42 * p + 0.75), u, v, squeeze=False)
    for (i, j), ax in np.ndenumerate(axes):
        name = rf"$\partial o_{{{i}{j}}} / \partial W$"
        grid(ax, A[i, j], limit=_limit(x), name=name, role="output", rows="$k$", columns="$l$")
        frame(ax, k, l, color=ROLES["weight"])
    blocks = "; ".join(f"for output ({i}, {j}) {_rows(A[i, j])}" for i, j in np.ndindex(u, v))
    alt = (
        f"A grid of {u} by {v} small matrices, one for each output. Each is a {p} by {q} patch of "
        f"the image: {blocks}. Entry ({k}, {l}) is framed in each: {_rows(A[:, :, k, l])}."
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
        stamp, inside = _stamp(W, m, n, i, j)
        name = rf"$\partial o_{{{i}{j}}} / \partial X$"
        words = dict(name=name, role="output", rows="$r$", columns="$s$")
        grid(ax, stamp, limit=_limit(W), zeros=~inside, **words)
        frame(ax, i, j, p, q, color=ROLES["weight"])
    alt = (
        f"A grid of {u} by {v} matrices of {m} by {n}, one for each output. Each is zero but for "
        f"the kernel, {_rows(W)}, which stands with its first entry at row i, column j in the "
        "matrix of output (i, j). Entries that are zero by structure are dots."
    )
    caption = (
        f"Block (i, j) holds the kernel where o_ij has read the image: {p * q} of its {m * n} "
        f"entries, and in every block the same {p * q} weights. The dots are zero for any W."
    )
    return Figure(fig, alt, caption)


def backward_conv(x, g):
    """Draw dL/dW as a correlation of X with G: for each weight the part of X that meets G.

    Parameters
    ----------
    x : array_like, shape (m, n)
    g : array_like, shape (u, v)
        Upstream gradient dL/dO.
    """
    x, g, dW = _correlated("backward_conv", "m n", "u v", x=x, g=g)
    (m, n), (u, v), (p, q) = x.shape, g.shape, dW.shape
    rows, last = max(p, 2), max(v, q)
    fig, axes = _canvas(m, [n] * q + [last], rows=rows, cell=0.5)
    fig.get_layout_engine().set(h_pad=0.12)
    sums = []
    for k, l in np.ndindex(p, q):
        name = f"$X$ under $G$, for $w_{{{k}{l}}}$"
        grid(axes[k, l], x, limit=_limit(x, g), name=name, role="input", ticks=False)
        frame(axes[k, l], k, l, u, v, color=ROLES["gradient"])
        sums.append(f"{_products(g, x[k : k + u, l : l + v])} = {number(dW[k, l])}")
        short = sums[-1] if u * v <= 4 else f"{u * v} products add up to {number(dW[k, l])}"
        axes[k, l].set_xlabel(short, size=9, labelpad=4)
    parts = (g, _limit(x, g), DL_DO, "gradient"), (dW, _limit(dW), DL_DW, "weight")
    for ax, (a, limit, name, role) in zip(axes[:, q], parts, strict=False):
        grid(ax, a, limit=limit, name=name, role=role, ticks=False)
        _span(ax, a.shape, m, last)
    for ax in [*axes[p:, :q].flat, *axes[2:, q]]:
        ax.set_axis_off()
    pairs = zip(np.ndindex(p, q), sums, strict=True)
    alt = (
        f"For each of the {p * q} weights the image of {_size(x)}, {_rows(x)}, with a frame of the "
        f"size of G: for w_kl it begins at row k, column l. G is {_rows(g)}. Each framed part, "
        "multiplied by G entry by entry and added up, is one entry of the gradient: "
        + "; ".join(f"dL/dw_{k}{l} = {words}" for (k, l), words in pairs)
    )
    caption = (
        "The gradient of the weights is again a cross-correlation: the image stays, G takes the "
        f"place of the kernel, and its {p} by {q} positions give the {p * q} weights."
    )
    return Figure(fig, f"{alt}.", caption)


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
    m, n = u + p - 1, v + q - 1
    Z, H = np.pad(g, ((p - 1,) * 2, (q - 1,) * 2)), W[::-1, ::-1]
    dx = _correlate(Z, H)
    _inside("conv_grad_x", dx, r=r, s=s)
    heights = [m + 0.2] * u + [m + p - 0.8]
    size = max(v, 3) * (0.36 * (n + q - 1) + 0.55), 0.36 * sum(heights) + 0.75 * (u + 1)
    fig, axes = canvas(*size, u + 1, max(v, 3), height_ratios=heights, squeeze=False)
    for ax in [*axes[:u, v:].flat, *axes[u, 3:]]:
        ax.set_axis_off()
    terms = []
    for i, j in np.ndindex(u, v):
        stamp, inside = _stamp(W, m, n, i, j)
        name = rf"$g_{{{i}{j}}}\, W$ = {_factor(g[i, j])} $W$"
        words = dict(name=name, role="gradient", rows="" if j else "scatter")
        grid(axes[i, j], g[i, j] * stamp, limit=_limit(dx, W), zeros=~inside, **words)
        _span(axes[i, j], (m, n), m, n + q - 1)
        frame(axes[i, j], r, s, color=ROLES["input"])
        if inside[r, s]:
            terms.append(f"{_factor(g[i, j])}·{_factor(W[r - i, s - j])}")
    rim = np.pad(np.zeros(g.shape, bool), ((p - 1,) * 2, (q - 1,) * 2), constant_values=True)
    name = r"$\partial L / \partial X$"
    grid(
        axes[u, 0],
        Z,
        limit=_limit(Z, H),
        name="$Z$: $G$ in a rim",
        role="gradient",
        rows="gather",
        zeros=rim,
    )
    grid(axes[u, 1], H, limit=_limit(Z, H), name="$H$: flipped $W$", role="weight")
    grid(axes[u, 2], dx, limit=_limit(dx, W), name=name, role="input")
    for ax, a in zip(axes[u], (Z, H, dx), strict=False):
        _span(ax, a.shape, m + p - 1, n + q - 1)
    frame(axes[u, 0], r, s, p, q, color=ROLES["input"])
    frame(axes[u, 2], r, s, color=ROLES["input"])
    alt = (
        f"Above, {u} by {v} stamps: for each output (i, j) the kernel times g_ij, at row i, column "
        f"j of an image of {m} by {n}; pixel ({r}, {s}) is framed in each. Below, G, {_rows(g)}, "
        f"in a rim of zeros, with a frame of {p} by {q} at ({r}, {s}); the flipped kernel, "
        f"{_rows(H)}; and the gradient of the image, {_rows(dx)}, with ({r}, {s}) framed."
    )
    caption = (
        f"Pixel ({r}, {s}): {' + '.join(terms)} = {number(dx[r, s])}. Above, add up the framed "
        "place through all stamps; below, multiply what lies under the frame of Z by H. The "
        "products are the same."
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
    reach, length = dilation * (p - 1) + 1, m + 2 * padding
    labels = np.full((u + 1, length), "", object)
    colours = np.zeros(labels.shape)
    labels[0], labels[0, padding : padding + m] = "0", [f"$x_{r}$" for r in range(m)]
    colours[0, padding : padding + m] = -0.55
    fig, ax = canvas(min(8, 0.42 * length + 1.5), 0.42 * (u + 1) + 0.7)
    for i in range(u):
        taps = slice(stride * i, stride * i + reach, dilation)
        labels[i + 1, taps], colours[i + 1, taps] = [f"$w_{k}$" for k in range(p)], 0.35
        frame(ax, i + 1, stride * i, 1, reach, color=ROLES["weight"], lw=2)
    grid(ax, colours, limit=1, labels=labels, ticks=False)
    ax.set_yticks(range(u + 1), ["image", *[f"$o_{{{i}}}$" for i in range(u)]], size=10)
    used = stride * (u - 1) + reach
    if used < length:
        frame(ax, 0, used, u + 1, length - used, color=GREY, lw=1.5)
    title(ax, f"{u} output{'s' * (u > 1)} from {m} pixels", "output")
    starts = ", ".join(str(stride * i) for i in range(u))
    alt = (
        f"A row of {length} places: {m} pixels with {padding} zeros on either side. Below it {u} "
        f"rows, one for each output: a kernel of {p} weights, {dilation} apart, whose first weight "
        f"stands at place {starts}. Places at the end that it never reaches: {length - used}."
    )
    caption = (
        f"⌊({m} + 2·{padding} − {dilation}·({p} − 1) − 1) / {stride}⌋ + 1 = ⌊{length - reach} / "
        f"{stride}⌋ + 1 = {u}. The kernel reaches over {reach} of {length} places, so it can move "
        f"{length - reach} further, {stride} at a time. Left over at the end: {length - used}."
    )
    return Figure(fig, alt, caption)


def _window(parts, arrays, row, column):
    """Draw a large array, a small one, their correlation; frame what belongs to one entry."""
    large, small, _ = arrays
    fig, axes = _canvas(len(large), [a.shape[1] for a in arrays])
    for ax, (name, role, (a, b)), values in zip(axes, parts, arrays, strict=True):
        limit = _limit(values) if ax is axes[2] else _limit(large, small)
        grid(ax, values, limit=limit, name=name, role=role, rows=f"${a}$", columns=f"${b}$")
        _span(ax, values.shape, len(large), values.shape[1])
    frame(axes[0], row, column, *small.shape, color=ROLES[parts[1][1]])
    frame(axes[2], row, column, color=ROLES[parts[1][1]])
    return fig


def _canvas(height, widths, rows=1, cell=0.55, more=0.75):
    """Return axes for grids of the given numbers of cells, all of one size."""
    size = (
        cell * sum(widths) + more * len(widths),
        rows * (cell * height + 0.85),
    )
    return canvas(*size, rows, len(widths), width_ratios=[w + 0.2 for w in widths])


def _span(ax, shape, rows, columns):
    """Give a grid the room of a larger one, so that the cells of both have one size."""
    middle, half = (shape[1] - 1) / 2, columns / 2 + 0.1
    ax.set(xlim=(middle - half, middle + half), ylim=(rows - 0.4, -0.6))
    ax.spines["left"].set_position(("data", -0.6))
    ax.spines["bottom"].set_position(("data", shape[0] - 0.4))


def _correlated(operation, large_axes, small_axes, **arrays):
    """Return a large and a small array, and the valid cross-correlation of the two."""
    (large, small), (a, b) = arrays, as_floats(operation, **arrays)
    bind(operation, **{large: (a, large_axes), small: (b, small_axes)})
    if any(not 0 < s <= t for s, t in zip(b.shape, a.shape, strict=True)):
        raise ShapeError(f"{operation}: {small}, {b.shape}, does not fit in {large}, {a.shape}")
    return a, b, _correlate(a, b)


def _correlate(a, b):
    return np.einsum("ijkl,kl->ij", sliding_window_view(a, b.shape), b)


def _patches(operation, x, p, q):
    (x,) = as_floats(operation, x=x)
    m, n = bind(operation, x=(x, "m n")).values()
    output_size(m, p), output_size(n, q)
    return x, sliding_window_view(x, (p, q))


def _stamp(W, m, n, i, j):
    """Return the kernel at (i, j) in an image of zeros, and where it stands."""
    stamp, inside = np.zeros((m, n)), np.zeros((m, n), bool)
    where = slice(i, i + W.shape[0]), slice(j, j + W.shape[1])
    stamp[where], inside[where] = W, True
    return stamp, inside


def _inside(operation, a, **indices):
    for (name, index), size in zip(indices.items(), a.shape, strict=True):
        if not 0 <= index < size:
            raise ShapeError(f"{operation}: {name} is {index}, but should be in 0 to {size - 1}")


def _limit(*arrays):
    return 1.2 * max(1, *(np.abs(a).max() for a in arrays))


def _products(a, b):
    return " + ".join(f"{_factor(s)}·{_factor(t)}" for s, t in zip(a.flat, b.flat, strict=True))


def _factor(value):
    return f"({number(value)})" if value < 0 else number(value)


def _rows(a):
    return " / ".join(" ".join(number(t) for t in row) for row in a)


def _size(a):
    return f"{a.shape[0]} by {a.shape[1]}"
