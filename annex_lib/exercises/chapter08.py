"""The exercises of chapter 8, and the slips that readers make in them."""

import numpy as np

from annex_lib.exercises.bank import Code, Formula, Slip, sized

__all__ = ["EXERCISES"]

KERNEL = {"C": (2, 6), "F": (2, 6), "p": (2, 5), "q": (2, 5)}


def _sizes(rng, **sizes):
    return tuple(sizes.values())


def count(C, F, p, q):
    """Solve 8.1."""
    return F * C * p * q + F


COUNT = Code(
    number="8.1",
    title="How many parameters",
    section="8.4",
    signature="count(C, F, p, q)",
    solution=count,
    draw=_sizes,
    sizes=KERNEL,
    hints=(
        "Which arrays does a convolutional layer own, and what are their shapes? The image is not "
        "one of them.",
        "The kernels are (F, C, p, q).",
        "Multiply the four sizes, then add one bias for each output channel.",
    ),
    slips=(
        Slip("8.4", "The biases are missing", lambda C, F, p, q: F * C * p * q),
        Slip(
            "8.4",
            "Each output channel has a kernel for every input channel, not one for all of them",
            lambda C, F, p, q: F * p * q + F,
        ),
        Slip(
            "8.4",
            "There is one bias for each output channel, whatever the number of input channels",
            lambda C, F, p, q: F * C * p * q + F * C,
        ),
        Slip(
            "8.4",
            "The biases belong to the output channels, not to the input channels",
            lambda C, F, p, q: F * C * p * q + C,
        ),
        Slip(
            "8.4",
            "One bias serves a whole output channel; there are more than one of those",
            lambda C, F, p, q: F * C * p * q + 1,
        ),
    ),
)


def gradients_of_a_layer(P, Y, X):
    """Solve 8.2."""
    G = (P - Y) / len(X)
    return G.T @ X, G.sum(axis=0)


GRADIENTS = Code(
    number="8.2",
    title="The gradients of a linear network",
    section="8.2",
    signature="gradients_of_a_layer(P, Y, X)",
    returns=("dW", "db"),
    solution=gradients_of_a_layer,
    draw=sized(P="B K", Y="B K", X="B n"),
    sizes={"B": (2, 5), "K": (2, 5), "n": (2, 6)},
    hints=(
        "First the gradient by the logits, (8.1): it has the shape (B, K). Then it is the upstream "
        "gradient of a linear layer.",
        "Begin with G = (P - Y) / len(X).",
        "dW has the shape (K, n), so the batch axis is summed over; db is the sum of G's rows.",
    ),
    slips=(
        Slip(
            "8.2",
            "Nothing is divided by B, though the loss is a mean over the batch",
            lambda P, Y, X: ((P - Y).T @ X, (P - Y).sum(0)),
        ),
        Slip(
            "8.2",
            "dW is divided by B and db is not; the factor is in the gradient by the logits",
            lambda P, Y, X: ((P - Y).T @ X / len(X), (P - Y).sum(0)),
        ),
        Slip(
            "8.7",
            "Everything is divided by B twice; the factor enters once, in the loss",
            lambda P, Y, X: ((P - Y).T @ X / len(X) ** 2, (P - Y).mean(0) / len(X)),
        ),
        Slip(
            "8.2",
            "The sign is wrong, the right classes minus what the network says",
            lambda P, Y, X: ((Y - P).T @ X / len(X), (Y - P).mean(0)),
        ),
        Slip(
            "8.2",
            "The right classes are missing; this is what the network says, alone",
            lambda P, Y, X: (P.T @ X / len(X), P.mean(0)),
        ),
        Slip(
            "8.2",
            "dW is the transpose of the right one; W has one row for each class",
            lambda P, Y, X: (X.T @ (P - Y) / len(X), (P - Y).mean(0)),
        ),
        Slip(
            "8.2",
            "This multiplies by the derivative of softmax once more; cross-entropy has used it up",
            lambda P, Y, X: (
                (P * (1 - P) * (P - Y)).T @ X / len(X),
                (P * (1 - P) * (P - Y)).mean(0),
            ),
        ),
    ),
)

THROUGH = Formula(
    number="8.3",
    title="Through a ReLU to the input",
    section="8.5",
    given=r"""
Let $W \in \mathbb{R}^{m \times n}$, $A \in \mathbb{R}^{d \times m}$, $x \in \mathbb{R}^n$, let
$\ell : \mathbb{R}^d \to \mathbb{R}$ be differentiable, and $o_i \neq 0$.

$$
o_i := \sum_j w_{ij} x_j
$$

$$
h_i := \max(0, o_i)
$$

$$
y_k := \sum_i a_{ki} h_i
$$

$$
L := \ell(y)
$$

$$
\gamma_k := \frac{\partial L}{\partial y_k}
$$
""",
    left=r"\frac{\partial L}{\partial x_j}",
    solution=r"\sum_i \left( \sum_k \gamma_k a_{ki} \right) \mathbb{1}[o_i > 0] \, w_{ij}",
    hints=(
        "Go back layer by layer; each asks what arrives at its output, and hands on what leaves "
        "its input.",
        r"At h_i arrives \sum_k \gamma_k a_{ki}; the ReLU passes it on where o_i is positive.",
        "What is left at o_i goes to x_j with the weight w_{ij}; add up over i.",
    ),
    slips=(
        Slip(
            "8.5",
            "The ReLU is missing; it lets the gradient through where its input was positive",
            r"\sum_i \left( \sum_k \gamma_k a_{ki} \right) w_{ij}",
        ),
        Slip(
            "8.5",
            "The ReLU multiplies by its slope, not by its value",
            r"\sum_i \left( \sum_k \gamma_k a_{ki} \right) h_i w_{ij}",
        ),
        Slip(
            "8.5",
            "The gate of the ReLU is the wrong way round",
            r"\sum_i \left( \sum_k \gamma_k a_{ki} \right) \mathbb{1}[o_i < 0] \, w_{ij}",
        ),
        Slip(
            "8.5",
            "Each weight of the first layer is met by the input here; that is a gradient by w",
            r"\sum_i \left( \sum_k \gamma_k a_{ki} \right) \mathbb{1}[o_i > 0] \, x_j",
        ),
        Slip(
            "8.5",
            "The first layer's weights are missing",
            r"\sum_i \left( \sum_k \gamma_k a_{ki} \right) \mathbb{1}[o_i > 0]",
        ),
    ),
)


def first_deviation(C, F, p, q):
    """Solve 8.4."""
    return np.sqrt(2 / (C * p * q))


DEVIATION = Code(
    number="8.4",
    title="The size of the first weights",
    section="8.5",
    signature="first_deviation(C, F, p, q)",
    solution=first_deviation,
    draw=_sizes,
    sizes=KERNEL,
    hints=(
        "Count the numbers that one output adds up: those are the inputs n of the rule.",
        "An output at one place sees p times q pixels of each input channel.",
        "So n = C p q; the variance is 2 / n, and the standard deviation its root.",
    ),
    slips=(
        Slip(
            "8.5",
            "This is the variance; the standard deviation is its root",
            lambda C, F, p, q: 2 / (C * p * q),
        ),
        Slip(
            "8.5",
            "The half that ReLU throws away is not made up for",
            lambda C, F, p, q: np.sqrt(1 / (C * p * q)),
        ),
        Slip(
            "8.5",
            "An output adds up over the input channels; this counts the output channels",
            lambda C, F, p, q: np.sqrt(2 / (F * p * q)),
        ),
        Slip(
            "8.5",
            "An output sees all the entries of its kernels, not one for each channel",
            lambda C, F, p, q: np.sqrt(2 / C),
        ),
        Slip(
            "8.5",
            "An output adds up over all the input channels, and this counts one of them",
            lambda C, F, p, q: np.sqrt(2 / (p * q)),
        ),
        Slip(
            "8.5",
            "All the weights of the layer are counted, where one output sees its own only",
            lambda C, F, p, q: np.sqrt(2 / (F * C * p * q)),
        ),
    ),
)


def velocity(G, mu):
    """Solve 8.5."""
    v = np.zeros(G.shape[1])
    for g in G:
        v = mu * v + g
    return v


VELOCITY = Code(
    number="8.5",
    title="What momentum remembers",
    section="8.6",
    signature="velocity(G, mu)",
    solution=velocity,
    draw=sized(G="S n", mu=""),
    sizes={"S": (3, 6), "n": (2, 5)},
    hints=(
        "The rows of G are the gradients in the order of the steps. Begin with zeros, and go "
        "through them.",
        "Begin with v = np.zeros(G.shape[1]) and a loop over the rows of G.",
        "In each turn v becomes mu times itself plus the row; after the last row return it.",
    ),
    slips=(
        Slip(
            "8.6",
            "The oldest gradient counts most here; it should count least",
            lambda G, mu: velocity(G[::-1], mu),
        ),
        Slip("8.6", "All gradients count the same; mu is missing", lambda G, mu: G.sum(0)),
        Slip(
            "8.6",
            "Only the last gradient counts here; nothing is remembered",
            lambda G, mu: G[-1],
        ),
        Slip(
            "8.6",
            "The new gradient is multiplied by mu as well as the old velocity",
            lambda G, mu: mu * velocity(G, mu),
        ),
        Slip(
            "8.6",
            "The new gradient is multiplied by 1 - mu, which makes an average of it",
            lambda G, mu: (1 - mu) * velocity(G, mu),
        ),
        Slip(
            "8.6",
            "This is the step, with the minus sign of the descent; the velocity has none",
            lambda G, mu: -velocity(G, mu),
        ),
        Slip(
            "8.6",
            "The first gradient is counted twice; the velocity starts at zero",
            lambda G, mu: velocity(np.concatenate([G[:1], G]), mu),
        ),
    ),
)

EXERCISES = (COUNT, GRADIENTS, THROUGH, DEVIATION, VELOCITY)
