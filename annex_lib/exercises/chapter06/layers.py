"""6.5 to 6.7: a layer that doubles an image, groups written out, a separable layer backward."""

import numpy as np

from annex_lib.convolution import conv2d, conv2d_vjp
from annex_lib.exercises.bank import Code, Slip, sized
from annex_lib.windows import selection


def doubling():
    """Solve 6.5."""
    return 4, 2, 1, 1, 0


def _doubles(returned):
    """Judge the settings of 6.5."""
    if type(returned) not in (tuple, list) or len(returned) != 5:
        return "doubling should return five numbers: p, S, P, D and the output padding"
    if not all(type(v) is int for v in returned):
        return "All five should be whole numbers"
    p, S, P, D, more = returned
    if min(p, S, D) < 1 or min(P, more) < 0 or max(returned) > 20:
        return "p, S and D should be at least 1, the paddings at least 0, and none above 20"
    if more >= S:
        return "The output padding is a remainder, and less than the stride: see 6.6"
    if S != 2:
        return "One pixel more should give two more; look at the factor of m: see 6.6"
    if D * (p - 1) + 1 - 2 * P + more != 2:
        return f"For m pixels there are 2 m {D * (p - 1) - 1 - 2 * P + more:+d}: see 6.6"
    if p <= S:
        return "Here the stamps do not overlap, and neighbours never blend: see 6.6"
    times = selection(60, p, stride=S, dilation=D).sum((0, 1))[20:30]
    return (
        "" if len(set(times)) == 1 else "Some entries are stamped more often than others: see 6.6"
    )


DOUBLING = Code(
    number="6.5",
    title="Twice as large, without a checkerboard",
    section="6.6",
    signature="doubling()",
    solution=doubling,
    draw=lambda rng: (),
    judge=_doubles,
    hints=(
        "Write the output size as a formula in m. It should be 2 m for every m: compare the "
        "factor of m, then the rest.",
        "The factor of m is the stride. So S = 2, and D (p - 1) + 1 - 2 P + output padding = 2.",
        "No checkerboard wants a kernel that is a multiple of the stride, and overlap wants one "
        "larger than it. Take the smallest, and D = 1; P is what is left.",
    ),
    slips=(
        Slip(
            "6.6",
            "Some entries are stamped more often than others",
            lambda: (3, 2, 1, 1, 1),
        ),
        Slip(
            "6.6",
            "Here the stamps do not overlap, and neighbours never blend",
            lambda: (2, 2, 0, 1, 0),
        ),
        Slip("6.6", "For m pixels there are 2 m +2", lambda: (4, 2, 0, 1, 0)),
        Slip(
            "6.6",
            "One pixel more should give two more; look at the factor of m",
            lambda: (3, 1, 0, 1, 0),
        ),
        Slip(
            "6.6",
            "The output padding is a remainder, and less than the stride",
            lambda: (4, 2, 2, 1, 2),
        ),
    ),
)


def written_out(W, groups):
    """Solve 6.6."""
    (F, Cg, p, q), Fg = W.shape, len(W) // groups
    out = np.zeros((F, groups * Cg, p, q))
    for f in range(F):
        c = f // Fg * Cg
        out[f, c : c + Cg] = W[f]
    return out


def _placed(W, groups, channels):
    """Return zeros with kernel f on the input channels that `channels(f, Fg, Cg)` gives."""
    (F, Cg, p, q), Fg = W.shape, len(W) // groups
    out = np.zeros((F, groups * Cg, p, q))
    for f in range(F):
        out[f, channels(f, Fg, Cg)] = W[f]
    return out


DENSE = Code(
    number="6.6",
    title="Groups, written out",
    section="6.7",
    signature="written_out(W, groups)",
    solution=written_out,
    draw=lambda rng, **sizes: (*sized(W="Q*F C p 2")(rng, **sizes), sizes["Q"]),
    sizes={"Q": (2, 4), "F": (2, 5), "C": (2, 5), "p": (2, 5)},
    hints=(
        "Output channel f belongs to group f // (F / groups), because the channels stand group "
        "after group.",
        "Begin with an array of zeros of the shape (F, groups * Cg, p, q), where Cg = W.shape[1].",
        "Group a reads the input channels a * Cg to a * Cg + Cg - 1. Put W[f] there.",
    ),
    slips=(
        Slip(
            "6.7",
            "Output channel f is put into group f modulo groups; they stand group after group",
            lambda W, groups: _placed(
                W, groups, lambda f, Fg, Cg: slice(f % groups * Cg, f % groups * Cg + Cg)
            ),
        ),
        Slip(
            "6.7",
            "A group takes every so many input channels; its channels should be neighbours",
            lambda W, groups: _placed(
                W, groups, lambda f, Fg, Cg: slice(f // Fg, f // Fg + (Cg - 1) * groups + 1, groups)
            ),
        ),
        Slip(
            "6.7",
            "Every output channel reads the first group of inputs here; its own axis counts from "
            "the start of its group",
            lambda W, groups: _placed(W, groups, lambda f, Fg, Cg: slice(0, Cg)),
        ),
        Slip(
            "6.7",
            "The kernels are repeated for all groups, where the other groups should get zeros",
            lambda W, groups: np.tile(W, (1, groups, 1, 1)),
        ),
        Slip(
            "6.7",
            "The blocks run from one corner to the other the wrong way, last group first",
            lambda W, groups: _placed(
                W,
                groups,
                lambda f, Fg, Cg: slice((groups - 1 - f // Fg) * Cg, (groups - f // Fg) * Cg),
            ),
        ),
    ),
)


def separable_backward(G, x, W, V):
    """Solve 6.7."""
    H = conv2d(x, W, groups=len(W))
    dV = np.einsum("tfij,tcij->fc", G, H)
    dH = np.einsum("tfij,fc->tcij", G, V)
    dx, dW, _ = conv2d_vjp(dH, x, W, groups=len(W))
    return dx, dW, dV


def _with(G, x, W, V, **parts):
    """Return the right gradients with some of them replaced."""
    right = dict(zip(("dx", "dW", "dV"), separable_backward(G, x, W, V), strict=True))
    return tuple((right | parts).values())


def _adjoint(G, x, W, V):
    def forward(x, W, V):
        return np.einsum("fc,tcij->tfij", V, conv2d(x, W, groups=len(W)))

    return forward, (x, W, V)


def _crop(G, x):
    return x[:, :, : G.shape[2], : G.shape[3]]


SEPARABLE = Code(
    number="6.7",
    title="An evening: look around, then mix, backward",
    section="6.7",
    signature="separable_backward(G, x, W, V)",
    returns=("dx", "dW", "dV"),
    solution=separable_backward,
    draw=sized(G="B F m-p+1 m", x="B C m m+1", W="C 1 p 2", V="F C"),
    sizes={"B": (2, 4), "C": (2, 5), "F": (2, 5), "m": (8, 11), "p": (2, 4)},
    equal=(("C", "F"), ("B", "p")),
    ones=("B", "C", "F", "p"),
    adjoint=_adjoint,
    hints=(
        "Two layers, so two steps back. Between them stands the output of the first layer, which "
        "the backward pass needs again, and its gradient.",
        "Begin with H = conv2d(x, W, groups=len(W)).",
        "In each pixel the second layer is linear: dV sums G times H over samples and pixels, dH "
        "sums G times V over the output channels. conv2d_vjp of dH gives the rest.",
    ),
    slips=(
        Slip(
            "6.7",
            "dV is made with x, where the 1 by 1 layer has seen the output of the depthwise one",
            lambda G, x, W, V: _with(G, x, W, V, dV=np.einsum("tfij,tcij->fc", G, _crop(G, x))),
        ),
        Slip(
            "6.5",
            "dV is the transpose of the right one; a gradient has the shape of its variable",
            lambda G, x, W, V: _with(G, x, W, V, dV=separable_backward(G, x, W, V)[2].T),
        ),
        Slip(
            "6.7",
            "The way back does not pass through the 1 by 1 layer; its weights are missing",
            lambda G, x, W, V: _with(
                G,
                x,
                W,
                V,
                **dict(
                    zip(
                        ("dx", "dW"),
                        separable_backward(G, x, W, np.ones_like(V))[:2],
                        strict=True,
                    )
                ),
            ),
        ),
        Slip(
            "6.5",
            "dW comes from the first sample alone; the weights serve all of them",
            lambda G, x, W, V: _with(G, x, W, V, dW=separable_backward(G[:1], x[:1], W, V)[1]),
        ),
        Slip(
            "6.5",
            "dV comes from the first sample alone; the weights serve all of them",
            lambda G, x, W, V: _with(G, x, W, V, dV=separable_backward(G[:1], x[:1], W, V)[2]),
        ),
        Slip(
            "6.5",
            "dV is divided by B; that factor enters once, in the loss",
            lambda G, x, W, V: _with(G, x, W, V, dV=separable_backward(G, x, W, V)[2] / len(x)),
        ),
        Slip(
            "6.7",
            "In dW every kernel has got the sum over all channels; a channel has one of its own",
            lambda G, x, W, V: _with(
                G,
                x,
                W,
                V,
                dW=np.broadcast_to(separable_backward(G, x, W, V)[1].sum(0), W.shape).copy(),
            ),
        ),
    ),
)
