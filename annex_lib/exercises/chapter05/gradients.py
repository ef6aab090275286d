"""5.4 to 5.7: the kernel's gradient with a stride, and the image's, twice, with a proof."""

import numpy as np

from annex_lib.convolution import conv2d
from annex_lib.exercises.bank import Code, Formula, Slip, sized
from annex_lib.exercises.chapter05.window import SIZES, SQUARE


def kernel_gradient(G, X, p, q, S):
    """Solve 5.4."""
    u, v = G.shape
    dW = np.zeros((p, q))
    for k, l in np.ndindex(p, q):
        dW[k, l] = np.sum(G * X[k : k + S * u : S, l : l + S * v : S])
    return dW


def _strided(G, X, p, q, S):
    return (
        lambda W: conv2d(X[None, None], W[None, None], stride=S)[0, 0],
        (np.zeros((p, q)),),
    )


def _dilated(G, X, p, q, S):
    """Let the stride step over the weights, where it should step over the outputs."""
    dW = np.zeros((p, q))
    for k, l in np.ndindex(p, q):
        for i, j in np.ndindex(G.shape):
            if i + S * k < len(X) and j + S * l < X.shape[1]:
                dW[k, l] += G[i, j] * X[i + S * k, j + S * l]
    return dW


KERNEL = Code(
    number="5.4",
    title="The gradient of the kernel, with a stride",
    section="5.9",
    signature="kernel_gradient(G, X, p, q, S)",
    solution=kernel_gradient,
    draw=sized(G="u v", X="S*u+p-1 S*v+q-1", p="=p", q="=q", S="=S"),
    sizes={"u": (2, 6), "v": (2, 6), "p": (3, 5), "q": (3, 5), "S": (2, 3)},
    equal=(("u", "v"), ("p", "q")),
    ones=("u", "v", "p", "q", "S"),
    adjoint=_strided,
    hints=(
        "Ask for one weight: which pixel does it meet at each output, and what comes back from "
        "there? Then add up over all the outputs.",
        "For output (i, j), the weight (k, l) meets the pixel X[S * i + k, S * j + l].",
        "For a fixed (k, l) those pixels are a slice of X with step S that begins at (k, l) and "
        "has as many entries as G. Multiply it by G and sum.",
    ),
    slips=(
        Slip(
            "5.9",
            "The stride is ignored; from one output to the next the window moves by S",
            lambda G, X, p, q, S: kernel_gradient(G, X, p, q, 1),
        ),
        Slip(
            "5.9",
            "The stride steps over the weights, where it should step over the outputs",
            _dilated,
        ),
        Slip(
            "5.6",
            "G is flipped; the gradient of the kernel needs no flip",
            lambda G, X, p, q, S: kernel_gradient(G[::-1, ::-1], X, p, q, S),
        ),
        Slip(
            "5.6",
            "The kernel comes out flipped; nothing is turned here",
            lambda G, X, p, q, S: kernel_gradient(G, X, p, q, S)[::-1, ::-1],
        ),
        Slip(
            "5.6",
            "The upstream gradient is left out, as if the loss were the sum of the outputs",
            lambda G, X, p, q, S: kernel_gradient(np.ones_like(G), X, p, q, S),
        ),
        Slip(
            "5.6",
            "This is a mean over the outputs; the weight's copies add up",
            lambda G, X, p, q, S: kernel_gradient(G, X, p, q, S) / G.size,
        ),
        Slip(
            "5.6",
            "Only the first output counts here; every output uses the weight",
            lambda G, X, p, q, S: kernel_gradient(G[:1, :1], X, p, q, S),
        ),
        Slip(
            "5.6",
            "Only the first column of outputs counts here; the sum runs over both indices",
            lambda G, X, p, q, S: kernel_gradient(G[:, :1], X, p, q, S),
        ),
        Slip(
            "5.5",
            "Row and column of the weight are exchanged",
            lambda G, X, p, q, S: kernel_gradient(G, X, q, p, S).T,
        ),
    ),
)


def _full(G, W):
    """Return the gradient of the whole padded image."""
    (u, v), (p, q) = G.shape, W.shape
    dX = np.zeros((u + p - 1, v + q - 1))
    for i, j in np.ndindex(u, v):
        dX[i : i + p, j : j + q] += G[i, j] * W
    return dX


def scatter(G, W, P):
    """Solve 5.5."""
    dX = _full(G, W)
    return dX[P : dX.shape[0] - P, P : dX.shape[1] - P]


def _overwritten(G, W, P):
    (u, v), (p, q) = G.shape, W.shape
    dX = np.zeros((u + p - 1, v + q - 1))
    for i, j in np.ndindex(u, v):
        dX[i : i + p, j : j + q] = G[i, j] * W
    return dX[P : dX.shape[0] - P, P : dX.shape[1] - P]


def _cut(G, W, before, after):
    dX = _full(G, W)
    return dX[before : dX.shape[0] - after, before : dX.shape[1] - after]


SCATTER = Code(
    number="5.5",
    title="The gradient of the image as a scatter",
    section="5.7",
    signature="scatter(G, W, P)",
    solution=scatter,
    draw=sized(G="m+2*P-p+1 n+2*P-q+1", W="p q", P="=P"),
    sizes=SIZES | {"P": (1, 2)},
    equal=SQUARE,
    ones=("p", "q"),
    adjoint=lambda G, W, P: (
        lambda X: conv2d(X[None, None], W[None, None], padding=P)[0, 0],
        (_cut(G, W, P, P) * 0,),
    ),
    hints=(
        "Take the kernel as a stamp: output (i, j) stamps it at (i, j), with the strength G[i, j], "
        "on the padded image.",
        "Begin with zeros of the padded image's shape, (u + p - 1, v + q - 1), and add a stamp "
        "for each output.",
        "When all the stamps are there, the gradient of the rim has no owner: cut P rows and "
        "columns off at each side.",
    ),
    slips=(
        Slip(
            "5.9",
            "The padding is not cropped; the rim of zeros is no part of the image",
            lambda G, W, P: _full(G, W),
        ),
        Slip(
            "5.9",
            "The rim is cut off at the far end alone; it stands at both",
            lambda G, W, P: _cut(G, W, 0, 2 * P),
        ),
        Slip(
            "5.9",
            "The rim is cut off at the near end alone; it stands at both",
            lambda G, W, P: _cut(G, W, 2 * P, 0),
        ),
        Slip(
            "5.9",
            "One side of the rim is left standing",
            lambda G, W, P: _cut(G, W, P, 0),
        ),
        Slip(
            "5.7",
            "This is the gradient for the flipped kernel; a stamp is not turned",
            lambda G, W, P: scatter(G, W[::-1, ::-1], P),
        ),
        Slip("5.7", "Where stamps overlap the last one wins; they should add", _overwritten),
        Slip(
            "5.7",
            "The upstream gradient is left out; every stamp has the same strength",
            lambda G, W, P: scatter(np.ones_like(G), W, P),
        ),
        Slip(
            "5.7",
            "G is flipped; the stamp of output (i, j) belongs to (i, j)",
            lambda G, W, P: scatter(G[::-1, ::-1], W, P),
        ),
    ),
)


def gather(G, W):
    """Solve 5.6."""
    p, q = W.shape
    Z = np.pad(G, ((p - 1, p - 1), (q - 1, q - 1)))
    return _slid(Z, W[::-1, ::-1])


def _slid(Z, H):
    """Correlate two arrays, at the places where the second one fits."""
    (m, n), (p, q) = Z.shape, H.shape
    out = np.zeros((m - p + 1, n - q + 1))
    for k, l in np.ndindex(p, q):
        out += H[k, l] * Z[k : k + m - p + 1, l : l + n - q + 1]
    return out


def _gathered(turn=lambda W: W[::-1, ::-1], rim=lambda p: (p - 1, p - 1), first=lambda G: G):
    """Return a gather with another kernel, another rim or another G."""

    def slipped(G, W):
        Z = np.pad(first(G), [rim(size) for size in W.shape])
        return _slid(Z, turn(W))

    return slipped


GATHER = Code(
    number="5.6",
    title="The gradient of the image as a gather",
    section="5.7",
    signature="gather(G, W)",
    solution=gather,
    draw=sized(G="m-p+1 n-q+1", W="p q"),
    sizes=SIZES,
    equal=SQUARE,
    ones=("p", "q"),
    adjoint=lambda G, W: (
        lambda X: conv2d(X[None, None], W[None, None])[0, 0],
        (_full(G, W) * 0,),
    ),
    hints=(
        "Ask for one pixel: which windows cover it, and with which weight? The further the window "
        "begins to the upper left, the further to the lower right the weight.",
        "Put G into a rim of zeros, Z = np.pad(G, ((p - 1, p - 1), (q - 1, q - 1))).",
        "For each pixel (r, s) multiply the window of Z that begins there, of the kernel's shape, "
        "by the kernel after half a turn, and sum.",
    ),
    slips=(
        Slip(
            "5.7",
            "This is the gradient for the flipped kernel; seen from the pixel, the weights run "
            "the other way",
            _gathered(turn=lambda W: W),
        ),
        Slip(
            "5.7",
            "The kernel is flipped in its rows alone; a flip is half a turn",
            _gathered(turn=lambda W: W[::-1]),
        ),
        Slip(
            "5.7",
            "The kernel is flipped in its columns alone; a flip is half a turn",
            _gathered(turn=lambda W: W[:, ::-1]),
        ),
        Slip(
            "5.7",
            "The kernel is transposed; a transpose mirrors, and a flip turns",
            _gathered(turn=lambda W: W.T),
        ),
        Slip(
            "5.7",
            "The rim is one too wide; a window has to reach one entry of G at least",
            _gathered(rim=lambda p: (p, p)),
        ),
        Slip(
            "5.7",
            "Without the rim the windows that hang over the edge of G are lost",
            _gathered(rim=lambda p: (0, 0)),
        ),
        Slip(
            "5.7",
            "The rim stands at the far end alone, and everything is shifted",
            _gathered(rim=lambda p: (0, 2 * (p - 1))),
        ),
        Slip(
            "5.7",
            "G is flipped together with the kernel",
            _gathered(first=lambda G: G[::-1, ::-1]),
        ),
        Slip(
            "5.7",
            "The upstream gradient is left out",
            _gathered(first=np.ones_like),
        ),
    ),
)

PROOF = Formula(
    number="5.7",
    title="Scatter and gather agree, as a proof",
    section="5.7",
    given=r"""Again $X \in \mathbb{R}^{m \times n}$, $W \in \mathbb{R}^{p \times q}$,
$u = m - p + 1$, $v = n - q + 1$,
$O \in \mathbb{R}^{u \times v}$ and $G \in \mathbb{R}^{u \times v}$.
In this section let $w_{kl}$ be zero wherever $(k, l)$ is outside the kernel, and likewise $g_{ij}$
outside of $G$. A pixel has $0 \le r < m$ and $0 \le s < n$.

$$
o_{ij} := \sum_{k,l} w_{kl} \, x_{i+k, j+l}
$$
""",
    left=r"\sum_{i,j} g_{ij} w_{r-i, s-j}",
    solution=r"\sum_{i,j,k,l} g_{ij} w_{kl} \delta_{r,i+k} \delta_{s,j+l}"
    r" = \sum_{k,l} w_{kl} g_{r-k, s-l}",
    without=(r"\delta",),
    last=r"\sum_{k,l} w_{kl} g_{r-k, s-l}",
    through=r"\delta",
    hints=(
        "Both ends are sums over the pairs of an output and a weight that meet at the pixel. Write "
        "down the sum over all pairs, with something that picks those that meet there.",
        r"It begins \sum_{i,j} g_{ij} w_{r-i,s-j} = \sum_{i,j,k,l} g_{ij} w_{kl} ...",
        "Output (i, j) and weight (k, l) meet at pixel (r, s) if i + k = r and j + l = s: two "
        r"deltas say so, \delta_{r,i+k} and the like. The last member is given in the question.",
    ),
    slips=(
        Slip(
            "5.3",
            "The last member correlates where it should convolve; the kernel's index runs against "
            "that of G",
            r"\sum_{k,l} w_{kl} g_{r+k, s+l}",
        ),
        Slip(
            "5.7",
            "In the last member the sum over l is missing, and l is left over",
            r"\sum_{k} w_{kl} g_{r-k, s-l}",
        ),
        Slip(
            "5.7",
            "In the last member rows and columns of the weight are exchanged",
            r"\sum_{k,l} w_{lk} g_{r-k, s-l}",
        ),
    ),
)
