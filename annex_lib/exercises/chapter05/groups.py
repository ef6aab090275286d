"""5.8: the backward pass of a layer with groups."""

import numpy as np

from annex_lib.convolution import conv2d, conv2d_vjp
from annex_lib.exercises.bank import Code, Slip, sized


def grouped_backward(g, x, W, S, P, groups):
    """Solve 5.8, by the library."""
    return conv2d_vjp(g, x, W, stride=S, padding=P, groups=groups)


def _slipped(change):
    """Return a wrong answer of 5.8: what `change` gives replaces the right one's parts."""

    def slipped(g, x, W, S, P, groups):
        parts = dict(zip(("dx", "dW", "db"), grouped_backward(g, x, W, S, P, groups), strict=True))
        return tuple((parts | change(g, x, W, S, P, groups)).values())

    return slipped


def _uncropped(g, x, W, S, P, groups):
    padded = np.pad(x, ((0, 0), (0, 0), (P, P), (P, P)))
    return {"dx": grouped_backward(g, padded, W, S, 0, groups)[0]}


def _unstrided(g, x, W, S, P, groups):
    return dict(zip(("dx", "dW"), _tight(g, x, W, P, groups), strict=False))


def _tight(g, x, W, P, groups):
    """Go back as if the outputs had stood side by side, in the corner."""
    (m, n), (p, q) = x.shape[2:], W.shape[2:]
    spread = np.zeros((*g.shape[:2], m + 2 * P - p + 1, n + 2 * P - q + 1))
    spread[:, :, : g.shape[2], : g.shape[3]] = g
    return grouped_backward(spread, x, W, 1, P, groups)


def _first_image(g, x, W, S, P, groups):
    return {"dW": grouped_backward(g[:1], x[:1], W, S, P, groups)[1]}


def _interleaved(g, x, W, S, P, groups):
    """Deal the channels out to the groups like cards, where they should be cut in blocks."""
    C, F = x.shape[1], g.shape[1]
    dx, dW = np.zeros_like(x), np.zeros_like(W)
    for a in range(groups):
        out, into = slice(a, F, groups), slice(a, C, groups)
        rows = slice(a * F // groups, (a + 1) * F // groups)
        dx[:, into], dW[rows], _ = conv2d_vjp(g[:, out], x[:, into], W[rows], stride=S, padding=P)
    return {"dx": dx, "dW": dW}


def _first_group(g, x, W, S, P, groups):
    """Give every output channel the first group's input channels."""
    C, F = x.shape[1] // groups, g.shape[1]
    dx = np.zeros_like(x)
    dx[:, :C], dW, _ = conv2d_vjp(g, x[:, :C], W, stride=S, padding=P)
    assert len(dW) == F
    return {"dx": dx, "dW": dW}


GROUPS = Code(
    number="5.8",
    title="An evening: groups",
    section="5.9",
    signature="grouped_backward(g, x, W, S, P, groups)",
    returns=("dx", "dW", "db"),
    solution=grouped_backward,
    draw=sized(
        g="B A*F (m+2*P-p)//S+1 (n+2*P-q)//S+1",
        x="B A*C m n",
        W="A*F C p q",
        S="=S",
        P="=P",
        groups="=A",
    ),
    sizes={
        "B": (2, 4),
        "A": (2, 3),
        "C": (2, 3),
        "F": (2, 3),
        "m": (5, 7),
        "n": (5, 7),
        "p": (2, 3),
        "q": (2, 3),
        "S": (2, 3),
        "P": (1, 2),
    },
    equal=(("C", "F"), ("m", "n"), ("p", "q")),
    ones=("B", "A", "S"),
    adjoint=lambda g, x, W, S, P, groups: (
        lambda x, W, b: conv2d(x, W, b, stride=S, padding=P, groups=groups),
        (x, W, np.zeros(len(W))),
    ),
    hints=(
        "Each group is a convolutional layer of its own, on its own block of channels. First write "
        "the backward pass for one group, then cut x, g and W into blocks.",
        "With Cg = W.shape[1] and Fg = len(W) // groups, group a has the input channels from a Cg "
        "to a Cg + Cg and the output channels from a Fg to a Fg + Fg, both ends excluded.",
        "For one group and one weight (k, l), take the pixels that it meets as a slice of the "
        "padded image with step S: with g they give dW[:, :, k, l], and back to the same slice "
        "goes g times W[:, :, k, l], added. At the end the rim is cut off; db sums g over three "
        "axes.",
    ),
    slips=(
        Slip(
            "5.9", "dx still has its rim; the padding is no part of the image", _slipped(_uncropped)
        ),
        Slip("5.9", "The stride is ignored, in dx and in dW", _slipped(_unstrided)),
        Slip(
            "5.9", "dW comes from the first image alone; the batch adds up", _slipped(_first_image)
        ),
        Slip(
            "5.9",
            "db is summed over the positions, and still has the batch axis",
            _slipped(lambda g, *_: {"db": g.sum((2, 3))}),
        ),
        Slip(
            "5.9",
            "db is a mean; the factor 1/B is already in g",
            _slipped(lambda g, *_: {"db": g.mean((0, 2, 3))}),
        ),
        Slip(
            "5.9",
            "dW is divided by B; that factor is already in g",
            _slipped(
                lambda g, *rest: {"dW": grouped_backward(g, *rest)[1] / len(g)},
            ),
        ),
        Slip(
            "5.7",
            "dx is the one for flipped kernels",
            _slipped(
                lambda g, x, W, *rest: {
                    "dx": grouped_backward(g, x, W[:, :, ::-1, ::-1], *rest)[0]
                },
            ),
        ),
        Slip(
            "5.6",
            "dW comes out flipped; the gradient of the kernel needs no flip",
            _slipped(lambda *args: {"dW": grouped_backward(*args)[1][:, :, ::-1, ::-1]}),
        ),
        Slip(
            "5.9",
            "The channels are dealt out to the groups like cards; a group is a block of neighbours",
            _slipped(_interleaved),
        ),
        Slip(
            "5.9",
            "Every output channel reads the first group's channels; each group has its own",
            _slipped(_first_group),
        ),
        Slip(
            "5.6",
            "dW does not depend on g; the upstream gradient is left out",
            _slipped(
                lambda g, *rest: {"dW": grouped_backward(np.ones_like(g), *rest)[1]},
            ),
        ),
    ),
)
