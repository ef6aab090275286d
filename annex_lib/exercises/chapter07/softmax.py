"""7.1 to 7.3: an activation, the logarithm of softmax, softmax backward for a batch."""

import numpy as np

from annex_lib.activations import sigmoid
from annex_lib.exercises.bank import Code, Formula, Slip, sized
from annex_lib.softmax import softmax


def swish_backward(g, x):
    """Solve 7.1."""
    s = 1 / (1 + np.exp(-x))
    return g * (s + x * s * (1 - s))


ENTRYWISE = Code(
    number="7.1",
    title="A new activation",
    section="7.2",
    signature="swish_backward(g, x)",
    solution=swish_backward,
    draw=sized(real=True, g="B n", x="B n"),
    sizes={"B": (2, 5), "n": (2, 5)},
    adjoint=lambda g, x: (lambda x: x * sigmoid(x), (x,)),
    hints=(
        "It acts entry by entry, so the backward pass multiplies g by a slope. The function is a "
        "product, as GELU is.",
        "Begin with s = 1 / (1 + np.exp(-x)); the function is x * s.",
        "The product rule gives two terms: the derivative of x, times s, and x times the "
        "derivative of s, which is (7.8). Then multiply by g, entry by entry.",
    ),
    slips=(
        Slip(
            "7.2",
            "The product rule has two terms; the one with the derivative of sigmoid is missing",
            lambda g, x: g * sigmoid(x),
        ),
        Slip(
            "7.2",
            "The product rule has two terms; the one where x is differentiated is missing",
            lambda g, x: g * x * sigmoid(x) * (1 - sigmoid(x)),
        ),
        Slip(
            "7.2",
            "The derivatives of the two factors are multiplied, where the product rule adds",
            lambda g, x: g * sigmoid(x) * (1 - sigmoid(x)),
        ),
        Slip(
            "7.2",
            "The derivative of sigmoid is s (1 − s), here it is 1 − s alone",
            lambda g, x: g * (sigmoid(x) + x * (1 - sigmoid(x))),
        ),
        Slip(
            "7.2",
            "The derivative of sigmoid is taken for that of tanh, 1 − s²",
            lambda g, x: g * (sigmoid(x) + x * (1 - sigmoid(x) ** 2)),
        ),
        Slip(
            "7.1",
            "The upstream gradient is left out; this is the slope alone",
            lambda g, x: swish_backward(np.ones_like(g), x),
        ),
        Slip(
            "7.1",
            "The upstream gradient is added, where it should be multiplied",
            lambda g, x: g + swish_backward(np.ones_like(g), x),
        ),
        Slip("7.1", "This is the function's value times g", lambda g, x: g * x * sigmoid(x)),
    ),
)

LOGITS = r"""Let $z \in \mathbb{R}^K$ and

$$
p_i := \frac{e^{z_i}}{\sum_j e^{z_j}}
$$
"""

LOGARITHM = Formula(
    number="7.2",
    title="The logarithm of softmax",
    section="7.5",
    given=LOGITS,
    left=r"\frac{\partial \log p_i}{\partial z_k}",
    solution=r"\delta_{ik} - p_k",
    without=(r"\partial", r"\log", "e", r"\exp", "z"),
    hints=(
        "The chain rule: the derivative of the logarithm, times the derivative of the share.",
        r"The first factor is \frac{1}{p_i}; the second is (7.16).",
        "In (7.16) every term has the factor that the first one divides by.",
    ),
    slips=(
        Slip(
            "7.5",
            "This is the derivative of the share itself, before the logarithm",
            r"p_i (\delta_{ik} - p_k)",
        ),
        Slip(
            "7.6",
            "This is the derivative of the loss, which has a minus before the logarithm",
            r"p_k - \delta_{ik}",
        ),
        Slip(
            "7.5",
            "The share that is left over has the wrong index; it belongs to the logit that moves",
            r"\delta_{ik} - p_i",
        ),
        Slip(
            "7.5",
            "Only the logit of class i itself has the 1; a delta is missing",
            r"1 - p_k",
        ),
        Slip(
            "7.5",
            "This is the diagonal alone, but the shares compete",
            r"\delta_{ik} (1 - p_i)",
        ),
        Slip(
            "7.6",
            "The derivative of the logarithm alone; the share still depends on the logits",
            r"\frac{1}{p_i}",
        ),
    ),
)


def softmax_backward(G, P):
    """Solve 7.3."""
    return P * (G - (G * P).sum(axis=1, keepdims=True))


def _shares(rng, B, K):
    return rng.standard_normal((B, K)), softmax(rng.standard_normal((B, K)))


SHARES = Code(
    number="7.3",
    title="Softmax backward, for a batch",
    section="7.5",
    signature="softmax_backward(G, P)",
    solution=softmax_backward,
    draw=_shares,
    sizes={"B": (2, 5), "K": (2, 5)},
    adjoint=lambda G, P: (softmax, (np.log(P),)),
    hints=(
        "Each row is a sample with shares of its own, and (7.21) holds row by row.",
        "Begin with the weighted average of each row of G: (G * P).sum(axis=1, ...).",
        "The average has one number a row. keepdims=True keeps its axis, so that NumPy subtracts "
        "it from the whole row. Then multiply by P.",
    ),
    slips=(
        Slip(
            "7.5",
            "This is the diagonal of the Jacobian alone, but the shares compete",
            lambda G, P: G * P * (1 - P),
        ),
        Slip(
            "7.4",
            "The average is taken over the whole batch; samples do not compete",
            lambda G, P: P * (G - (G * P).sum()),
        ),
        Slip(
            "7.4",
            "The average is taken along the batch; classes compete, samples do not",
            lambda G, P: P * (G - (G * P).sum(axis=0)),
        ),
        Slip(
            "7.5",
            "The average of G has to be weighted by the shares, and is a plain mean here",
            lambda G, P: P * (G - G.mean(axis=1, keepdims=True)),
        ),
        Slip(
            "7.5",
            "The row of G is added up without the shares as weights",
            lambda G, P: P * (G - G.sum(axis=1, keepdims=True)),
        ),
        Slip(
            "7.5",
            "The factor P before the bracket is missing",
            lambda G, P: G - (G * P).sum(axis=1, keepdims=True),
        ),
        Slip(
            "7.5",
            "P is missing before the average, which is subtracted from every class alike",
            lambda G, P: P * G - (G * P).sum(axis=1, keepdims=True),
        ),
        Slip("7.5", "The second term, with the average, is missing", lambda G, P: P * G),
        Slip(
            "7.5",
            "The average is added, where it should be subtracted",
            lambda G, P: P * (G + (G * P).sum(axis=1, keepdims=True)),
        ),
        Slip(
            "7.4",
            "Softmax is applied to P, which holds shares already",
            lambda G, P: softmax_backward(G, softmax(P)),
        ),
    ),
)
