"""Pictures of chapter 6 as matrices: contractions, bands, blocks, and stamps that overlap."""

import numpy as np

from annex_lib.convolution import conv2d_jacobians
from annex_lib.figures.cells import Cells
from annex_lib.figures.convolution_grids import by, limit_for, lines, row_canvas, span
from annex_lib.figures.core import GREY, ROLES, Figure, canvas, frame, grid, title
from annex_lib.figures.scene import Scene
from annex_lib.shapes import ShapeError, as_floats, bind
from annex_lib.transposed import conv_transpose2d
from annex_lib.windows import selection

__all__ = [
    "conv_bands",
    "conv_contractions",
    "conv_groups",
    "conv_groups_scene",
    "conv_toeplitz",
    "transposed_overlap",
]


def conv_contractions(x, w, g, stride=1, padding=0, dilation=1):
    """Draw the selection tensor after one contraction: with w, with x and with g, a matrix each.

    Parameters
    ----------
    x : array_like, shape (m,)
    w : array_like, shape (p,)
    g : array_like, shape (u,)
    stride, padding, dilation : int
    """
    x, w, g = as_floats("conv_contractions", x=x, w=w, g=g)
    m, p, _ = bind("conv_contractions", x=(x, "m"), w=(w, "p"), g=(g, "u")).values()
    E = selection(m, p, stride=stride, padding=padding, dilation=dilation)
    bind("conv_contractions", E=(E, "u p m"), g=(g, "u"))
    parts = [
        (E.transpose(0, 2, 1) @ w, "with $w$", "weight", "ir", "o = A x,  ∂L/∂x = Aᵀ g"),
        (E @ x, "with $x$", "input", "ik", "o = M w,  ∂L/∂w = Mᵀ g"),
        (np.einsum("ikr,i->kr", E, g), "with $g$", "gradient", "kr", "∂L/∂w = N x,  ∂L/∂x = Nᵀ w"),
    ]
    fields = E.any(1), E.any(2), E.any(0)
    height, widths = max(a.shape[0] for a, *_ in parts), [max(4, a.shape[1]) for a, *_ in parts]
    fig, axes = row_canvas(height, widths, cell=0.36, more=0.75)
    limit = limit_for(*(a for a, *_ in parts))
    for ax, part, used, letter in zip(axes, parts, fields, "AMN", strict=True):
        a, name, role, (row, column), words = part
        named = dict(rows=f"${row}$", columns=f"${column}$", name=f"${letter}$: $E$ {name}")
        grid(ax, a, limit=limit, role=role, zeros=~used, **named)
        span(ax, a.shape, height, max(4, a.shape[1]))
        ax.text((a.shape[1] - 1) / 2, height + 0.6, words, ha="center", va="top", size=9.5)
    shown = "; ".join(
        f"{n} is {by(a)}: {lines(a)}" for n, (a, *_) in zip("AMN", parts, strict=True)
    )
    alt = f"Three matrices, each the tensor E contracted with one vector. {shown}."
    caption = (
        "Each vector taken in leaves a matrix: A holds weights, M pixels, N upstream gradients. "
        "A second contraction leaves one of the three results; each is reached in two ways."
    )
    return Figure(fig, alt, caption)


def conv_bands(w, m, settings):
    """Draw the matrix of the layer along one axis for several settings.

    Parameters
    ----------
    w : array_like, shape (p,)
    m : int
    settings : list of (stride, padding, dilation)
    """
    (w,) = as_floats("conv_bands", w=w)
    (p,) = bind("conv_bands", w=(w, "p")).values()
    names = ("stride", "padding", "dilation")
    tensors = [selection(m, p, **dict(zip(names, s, strict=True))) for s in settings]
    bands = [np.einsum("ikr,k->ir", E, w) for E in tensors]
    height = max(map(len, bands))
    fig, axes = row_canvas(height, [m] * len(bands), cell=0.3, more=0.55)
    for ax, E, A, (S, P, D) in zip(np.ravel(axes), tensors, bands, settings, strict=True):
        words = dict(name=f"$S={S}$, $P={P}$, $D={D}$", rows="$i$", columns="$r$")
        grid(ax, A, limit=limit_for(w), role="output", zeros=~E.any(1), **words)
        span(ax, A.shape, height, m)
    shown = [
        f"with stride {S}, padding {P}, dilation {D}: {lines(A)}"
        for A, (S, P, D) in zip(bands, settings, strict=True)
    ]
    alt = f"Matrices of the layer from {m} pixels to the outputs: {'; '.join(shown)}."
    caption = (
        "One row for each output, the same weights in each, moved S places to the right from row "
        "to row. At S = 1 every diagonal is constant. A column without a weight is a pixel unread."
    )
    return Figure(fig, alt, caption)


def conv_toeplitz(W, m, n, stride=1, padding=0, dilation=1):
    """Draw the matrix of a layer with one channel, in blocks for the rows of output and image.

    Parameters
    ----------
    W : array_like, shape (p, q)
    m, n : int
        Rows and columns of the image.
    stride, padding, dilation : int or pair
    """
    (W,) = as_floats("conv_toeplitz", W=W)
    bind("conv_toeplitz", W=(W, "p q"))
    settings = dict(stride=stride, padding=padding, dilation=dilation)
    J = _by_pixels(W[None, None], m, n, settings)
    held = _by_pixels(np.ones((1, 1, *W.shape)), m, n, settings) != 0
    u, v = J.shape[1:3]
    A, held = J.reshape(u * v, m * n), held.reshape(u * v, m * n)
    fig, ax = canvas(0.34 * m * n + 1.1, 0.34 * u * v + 0.9)
    grid(ax, A, limit=limit_for(W), zeros=~held, rows="$(i, j)$", columns="$(r, s)$")
    ax.set_xticks(range(m * n), [f"{r},{s}" for r, s in np.ndindex(m, n)])
    ax.set_yticks(range(u * v), [f"{i},{j}" for i, j in np.ndindex(u, v)])
    for i, r in np.ndindex(u, m):
        frame(ax, i * v, r * n, v, n, color=GREY, lw=1.5)
    alt = (
        f"A matrix of {by(A)} in blocks of {v} by {n}, one for each row of the output and each "
        f"row of the image. The kernel is {lines(W)}; the first row is {lines(A[:1])}."
    )
    caption = (
        f"Block (i, r) holds the kernel's row that lies on image row r for output row i. "
        f"{int(held.sum())} of {A.size} entries are weights, the same {W.size} in every row."
    )
    return Figure(fig, alt, caption)


def _by_pixels(W, m, n, settings):
    """Return the derivative of the first image's outputs by its pixels, (f i j | c r s)."""
    channels = W.shape[1] * settings.get("groups", 1)
    J, _, _ = conv2d_jacobians(np.zeros((1, channels, m, n)), W, **settings)
    return J[0, :, :, :, 0]


def transposed_overlap(size, cases):
    """Draw how many stamps of a transposed convolution fall on each entry of its output.

    Parameters
    ----------
    size : int
        Rows and columns of the input.
    cases : list of (kernel, stride)
    """
    one = np.ones((1, 1, size, size))
    counts = [conv_transpose2d(one, np.ones((1, 1, p, p)), stride=S)[0, 0] for p, S in cases]
    height = max(map(len, counts))
    fig, axes = row_canvas(height, [a.shape[1] for a in counts], cell=0.3, more=0.6)
    for ax, a, (p, S) in zip(np.ravel(axes), counts, cases, strict=True):
        words = dict(name=f"kernel {p}, stride {S}", ticks=False)
        grid(ax, a, limit=limit_for(*counts), role="output", **words)
        span(ax, a.shape, height, a.shape[1])
    shown = [f"kernel {p}, stride {S}: {lines(a)}" for a, (p, S) in zip(counts, cases, strict=True)]
    alt = f"How many stamps fall on each entry of the output, for {'; '.join(shown)}."
    caption = (
        "Where the stride does not divide the kernel, neighbours are stamped unequally often, "
        "with rows and columns multiplied into a checkerboard. Where it does, only the rim differs."
    )
    return Figure(fig, alt, caption)


def conv_groups(W, m, groups=1):
    """Draw the Jacobian of a layer along one axis, channel by channel, with groups.

    Parameters
    ----------
    W : array_like, shape (F, C, p), p odd
        The weights of one group; with several, those between different groups are left out. The
        padding keeps the size.
    m : int
        Pixels.
    groups : int
        Divides C and F.
    """
    return conv_groups_scene([W], m, [groups]).figure(groups=0, kernel=0)


def conv_groups_scene(kernels, m, groups):
    """Return the moving picture of `conv_groups`; its position is the numbers of both choices.

    Parameters
    ----------
    kernels : list of array_like, shapes (F, C, p)
    m : int
    groups : list of int
    """
    kernels = as_floats("conv_groups", **{f"W{k}": W for k, W in enumerate(kernels)})
    F, C, _ = bind("conv_groups", W=(kernels[0], "F C p")).values()
    fig, ax = canvas(0.36 * C * m + 0.9, 0.36 * F * m + 1.1)
    scene = Scene("conv_groups", fig)
    scene.grid("J", ax, (F * m, C * m), limit=limit_for(*kernels), ticks=False)
    for axis, count, letter in ((ax.xaxis, C, "c"), (ax.yaxis, F, "f")):
        places = m * np.arange(count) + (m - 1) / 2
        axis.set_ticks(places, [f"${letter}={k}$" for k in range(count)])
    ax.tick_params(length=0, labelsize=10, labeltop=True, labelbottom=False, top=False)
    for k, f in np.ndindex(C, F):
        frame(ax, m * f, m * k, m, m, color=GREY, lw=0.8)
    blocks = [frame(ax, 0, 0, color=ROLES["weight"]) for _ in range(max(groups))]
    scene.slot("blocks", blocks, "frame")
    scene.slot("title", title(ax, f"{max(groups)} groups, {F * C * 99} weights", "output"), "text")
    choices = list(groups)
    scene.state = lambda groups, kernel: _groups(kernels[kernel], m, choices[groups], len(blocks))
    return scene


def _groups(W, m, Q, most):
    F, C, p = W.shape
    if C % Q or F % Q:
        raise ShapeError(f"conv_groups: groups is {Q}, which must divide C, {C}, and F, {F}")
    own = np.stack([W[f, f // (F // Q) * (C // Q) :][: C // Q] for f in range(F)])[:, :, None]
    settings = {"padding": (0, p // 2), "groups": Q}
    J, held = (_by_pixels(a, 1, m, settings)[:, 0, :, :, 0] for a in (own, np.ones_like(own)))
    J, held = J.reshape(F * m, C * m), held.reshape(F * m, C * m) != 0
    height, width = F * m // Q, C * m // Q
    place = [(k * height, k * width, height, width) if k < Q else None for k in range(most)]
    many = f"{Q} group{'s' * (Q > 1)}"
    return {
        "J": Cells(J, ~held),
        "blocks": place,
        "title": f"{many}, {own.size} weights",
        "alt": (
            f"The Jacobian of a layer from {C} channels to {F}, of {m} pixels each, kernel {p}: "
            f"{by(J)}. What is not zero by structure lies in {Q} framed blocks of {height} by "
            f"{width} on the diagonal. The first row is {lines(J[:1])}."
        ),
        "caption": (
            f"{many} of {C // Q} input and {F // Q} output channels: {F}·{C // Q}·{p} = "
            f"{own.size} weights. {int(held.sum())} of {J.size} entries are not zero by structure."
        ),
    }
