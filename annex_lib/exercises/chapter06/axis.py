"""6.1 to 6.4: along one axis, what is unseen, and gradients by the weights and the pixels."""

import numpy as np

from annex_lib.exercises.bank import Code, Formula, Slip
from annex_lib.windows import selection

# u outputs, p weights, stride S, dilation D; padding and remainder come with the draw.
SIZES = {"u": (2, 6), "p": (2, 5), "S": (2, 5), "D": (2, 4)}


def _settings(rng, u, p, S, D):
    """Return a size m and a padding P that fit; the padding is at least 1 where it can be."""
    full, rest = S * (u - 1) + D * (p - 1) + 1, int(rng.integers(0, S))
    P = min(1 + int(rng.integers(0, 2)), (full - 1) // 2)
    return full - 2 * P + rest, P


def _all_settings(rng, u, p, S, D):
    m, P = _settings(rng, u, p, S, D)
    return m, p, S, P, D


def _numbers(rng, *sizes):
    return [rng.choice([-4, -3, -2, -1, 1, 2, 3, 4], size).astype(float) for size in sizes]


def _tensor(m, p, S, P, D):
    return selection(m, p, stride=S, padding=P, dilation=D)


def unseen(m, p, S, P, D):
    """Solve 6.1."""
    return ~_tensor(m, p, S, P, D).any(axis=(0, 1))


def _behind(m, p, S, P, D):
    rest = (m + 2 * P - D * (p - 1) - 1) % S
    return np.arange(m) >= m + P - rest


def _under(m, p, S, P, D):
    return unseen(m, D * (p - 1) + 1, S, P, 1)


UNSEEN = Code(
    number="6.1",
    title="What no output sees",
    section="6.3",
    signature="unseen(m, p, S, P, D)",
    solution=unseen,
    draw=_all_settings,
    sizes=SIZES,
    hints=(
        "Begin with an array of True, and go through all outputs and all weights: each pair reads "
        "one place of the padded image.",
        "Begin with out = np.ones(m, bool), and let i run over the outputs, whose number is (6.1).",
        "Weight k of output i reads pixel S * i + D * k - P. If that is at least 0 and less than "
        "m, the pixel is seen: set its entry to False.",
    ),
    slips=(
        Slip(
            "6.3",
            "Only what lies behind the last window is marked; windows and weights leave holes too",
            _behind,
        ),
        Slip(
            "6.3",
            "All that lies under a window counts as seen here, but dilation leaves holes in it",
            _under,
        ),
        Slip(
            "6.1",
            "Places of the padded image are taken for pixels; the two differ by the padding",
            lambda m, p, S, P, D: ~_tensor(m + 2 * P, p, S, 0, D).any(axis=(0, 1))[:m],
        ),
        Slip(
            "6.3",
            "This marks what is seen, where the unseen is asked for",
            lambda *a: ~unseen(*a),
        ),
        Slip(
            "6.1",
            "The weights lie side by side here; the dilation sets them apart",
            lambda m, p, S, P, D: (
                ~_tensor(m, p, S, P, 1)[: (m + 2 * P - D * (p - 1) - 1) // S + 1].any(axis=(0, 1))
            ),
        ),
        Slip(
            "6.1",
            "The windows move by one pixel here, whatever the stride",
            lambda m, p, S, P, D: unseen(m, p, 1, P, D),
        ),
    ),
)


def grad_w(g, x, p, S, P, D):
    """Solve 6.2."""
    padded = np.pad(x, P)
    return np.array([g @ padded[D * k : D * k + S * len(g) : S][: len(g)] for k in range(p)])


def _read(g, x, p, S, P, D):
    """Return sum_i g_i x[S i + D k - P] for p values of k, zero wherever there is no pixel."""
    padded = np.concatenate([np.zeros(P), x, np.zeros(S * len(g) + D * (p + 1) + P)])
    return np.array([g @ padded[D * k : D * k + S * len(g) : S] for k in range(p)])


def _surplus(g, x, p, S, P, D):
    """Return all that a correlation of x with g finds, p of them and the surplus."""
    rest = len(x) + 2 * P - D * (p - 1) - 1 - S * (len(g) - 1)
    return grad_w(g, x, p + rest // D, S, P, D)


BY_WEIGHTS = Code(
    number="6.2",
    title="The gradient by the weights",
    section="6.3",
    signature="grad_w(g, x, p, S, P, D)",
    solution=grad_w,
    draw=lambda rng, u, p, S, D: _drawn(rng, u, p, S, D, pixels=True),
    sizes=SIZES,
    adjoint=lambda g, x, p, S, P, D: (
        lambda w: np.einsum("ikr,k,r->i", _tensor(len(x), p, S, P, D), w, x),
        (np.zeros(p),),
    ),
    hints=(
        "Pad the image once. Then weight k has met the places D k, D k + S, D k + 2 S and so on, "
        "one for each output.",
        "Begin with padded = np.pad(x, P), and one slice of it for each k.",
        "The slice begins at D * k and has the step S; it needs len(g) entries. Its inner product "
        "with g is entry k.",
    ),
    slips=(
        Slip(
            "6.3",
            "There are more entries than weights; the surplus of the remainder is not cut off",
            _surplus,
        ),
        Slip(
            "6.3",
            "Stride and dilation have changed places in the index; i keeps the stride",
            lambda g, x, p, S, P, D: _read(g, x, p, D, P, S),
        ),
        Slip(
            "6.1",
            "The image is not padded, so every weight meets the wrong pixels",
            lambda g, x, p, S, P, D: _read(g, x, p, S, 0, D),
        ),
        Slip(
            "6.1",
            "The dilation is left out",
            lambda g, x, p, S, P, D: _read(g, x, p, S, P, 1),
        ),
        Slip(
            "6.1",
            "The stride is left out",
            lambda g, x, p, S, P, D: _read(g, x, p, 1, P, D),
        ),
        Slip(
            "6.4",
            "The gradient is turned round; no flip enters here, only on the way to the image",
            lambda *a: grad_w(*a)[::-1],
        ),
    ),
)


def _drawn(rng, u, p, S, D, pixels=False):
    """Return g, then x and p or w and m, then the settings."""
    m, P = _settings(rng, u, p, S, D)
    g, x, w = _numbers(rng, u, m, p)
    return (g, x, p, S, P, D) if pixels else (g, w, m, S, P, D)


def grad_x(g, w, m, S, P, D):
    """Solve 6.3."""
    return np.einsum("i,ikr,k->r", g, _tensor(m, len(w), S, P, D), w)


def _padded(g, w, m, S, P, D):
    """Return the gradient by the padded image."""
    return grad_x(g, w, m + 2 * P, S, 0, D)


BY_PIXELS = Code(
    number="6.3",
    title="The gradient by the pixels",
    section="6.4",
    signature="grad_x(g, w, m, S, P, D)",
    solution=grad_x,
    draw=lambda rng, u, p, S, D: _drawn(rng, u, p, S, D),
    sizes=SIZES,
    adjoint=lambda g, w, m, S, P, D: (
        lambda x: np.einsum("ikr,k,r->i", _tensor(m, len(w), S, P, D), w, x),
        (np.zeros(m),),
    ),
    hints=(
        "The scatter is the shorter one: an empty padded image, on which each output sets down "
        "its stamp.",
        "Begin with padded = np.zeros(m + 2 * P).",
        "Output i adds g[i] * w to the places that begin at S * i, in steps of D. At the end cut "
        "P places off at either side.",
    ),
    slips=(
        Slip(
            "6.4",
            "The kernel is turned round once too often or once too few",
            lambda g, w, *rest: grad_x(g, w[::-1], *rest),
        ),
        Slip(
            "6.4",
            "The padding is still there; what falls on it belongs to no pixel",
            _padded,
        ),
        Slip(
            "6.4",
            "The padding is cut off at the end only, so every pixel gets its neighbour's gradient",
            lambda g, w, m, S, P, D: _padded(g, w, m, S, P, D)[:m],
        ),
        Slip(
            "6.3",
            "The remainder is missing; its pixels have the gradient zero, but they are there",
            lambda g, w, m, S, P, D: grad_x(g, w, m, S, P, D)[
                : S * (len(g) - 1) + D * (len(w) - 1) + 1 - 2 * P
            ],
        ),
        Slip(
            "6.4",
            "The remainder stands before the gradient; it belongs behind it",
            lambda g, w, m, S, P, D: np.roll(
                _padded(g, w, m, S, P, D), (m + 2 * P - D * (len(w) - 1) - 1) % S
            )[P : P + m],
        ),
        Slip(
            "6.4",
            "The stamps lie side by side here; the stride sets them apart",
            lambda g, w, m, S, P, D: grad_x(
                np.pad(g, (0, len(g) * S * m))[: m + 2 * P - D * (len(w) - 1)], w, m, 1, P, D
            ),
        ),
        Slip(
            "6.4",
            "The entries of a stamp lie side by side here; the dilation sets them apart",
            lambda g, w, m, S, P, D: np.einsum(
                "i,ikr,k->r", g, _tensor(m, len(w), S, P, 1)[: len(g)], w
            ),
        ),
    ),
)

BY_TRANSPOSED = Formula(
    number="6.4",
    title="The weights of the transposed convolution, without E",
    section="6.6",
    given=r"""Let $z \in \mathbb{R}^u$, $w \in \mathbb{R}^p$ and $y \in \mathbb{R}^m$, with
stride $S$, padding $P$, dilation $D$ and

$$
u := \left\lfloor \frac{m + 2P - D(p - 1) - 1}{S} \right\rfloor + 1
$$

Let $E \in \mathbb{R}^{u \times p \times m}$, let $\ell : \mathbb{R}^m \to \mathbb{R}$ be
differentiable, and let $g \in \mathbb{R}^m$ be zero outside its range.

$$
e_{ikr} := \delta_{r, Si + Dk - P}
$$

$$
y_r := \sum_{i,k} e_{ikr} \, w_k \, z_i
$$

$$
L := \ell(y)
$$

$$
g_r := \frac{\partial L}{\partial y_r}
$$
""",
    left=r"\frac{\partial L}{\partial w_k}",
    solution=r"\sum_i z_i g_{Si + Dk - P}",
    without=(r"\partial", "L", r"\ell", "y", "e", r"\delta"),
    hints=(
        "Weight k is used once for each entry of z. At which entry of y does the product arrive?",
        r"It begins \sum_i z_i ..., one term for each entry of z.",
        "Entry i of z sends w_k z_i to the pixel of (6.2). What comes back from there is g, with "
        "that pixel's index.",
    ),
    slips=(
        Slip(
            "6.3",
            "Stride and dilation have changed places; i keeps the stride and k the dilation",
            r"\sum_i z_i g_{Di + Sk - P}",
        ),
        Slip("6.1", "The padding is left out of the index", r"\sum_i z_i g_{Si + Dk}"),
        Slip(
            "6.1",
            "The padding has the wrong sign; place 0 is the pixel before the image by P",
            r"\sum_i z_i g_{Si + Dk + P}",
        ),
        Slip(
            "6.6",
            "The upstream gradient is left out, as if the loss were the sum of the outputs",
            r"\sum_i z_i",
        ),
        Slip(
            "6.6",
            "The index i is left over; every entry of z uses the weight, and the ways add up",
            r"z_i g_{Si + Dk - P}",
        ),
        Slip(
            "6.6",
            "Every entry of z meets every pixel here; weight k ties one to the other",
            r"\sum_{i,r} z_i g_r",
        ),
        Slip("6.1", "The dilation is left out", r"\sum_i z_i g_{Si + k - P}"),
        Slip("6.1", "The stride is left out", r"\sum_i z_i g_{i + Dk - P}"),
    ),
)
