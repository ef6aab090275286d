"""4.3 and 4.7: the three gradients of a batch, and the zeros of the Jacobian."""

import numpy as np

from annex_lib.exercises.bank import Code, Slip, sized
from annex_lib.exercises.chapter04.layer import SIZES
from annex_lib.linear import linear


def backward(G, X, W):
    """Solve 4.3."""
    return G @ W, G.T @ X, G.sum(axis=0)


def _adjoint(G, X, W):
    return linear, (X, W, np.zeros(len(W)))


BACKWARD = Code(
    number="4.3",
    title="The backward pass without looking",
    section="4.6",
    signature="my_backward(G, X, W)",
    returns=("dX", "dW", "db"),
    solution=backward,
    draw=sized(G="B m", X="B n", W="m n"),
    sizes=SIZES,
    adjoint=_adjoint,
    hints=(
        "Each gradient has the shape of its variable. G brings (B, m), X brings (B, n), W brings "
        "(m, n): ask for each gradient which index has to go.",
        "Begin with dX = G @ ...; no transpose is needed there.",
        "dW has no axis for the batch, so the product sums over it: the batch axis has to be the "
        "last of the left factor. For db there is nothing to multiply with, only to add up.",
    ),
    slips=(
        Slip(
            "4.6",
            "dW is the transpose of the right one; a gradient has the shape of its variable",
            lambda G, X, W: (G @ W, X.T @ G, G.sum(0)),
        ),
        Slip(
            "4.6",
            "For dX the weights are transposed, though the batch lies in rows",
            lambda G, X, W: (G @ W.T, G.T @ X, G.sum(0)),
        ),
        Slip(
            "4.6",
            "dX has its samples in columns; a gradient has the shape of its variable",
            lambda G, X, W: ((G @ W).T, G.T @ X, G.sum(0)),
        ),
        Slip(
            "4.8",
            "db still has the batch axis; the bias was copied into every row",
            lambda G, X, W: (G @ W, G.T @ X, G),
        ),
        Slip(
            "4.8",
            "db is summed over the outputs, where it should be summed over the batch",
            lambda G, X, W: (G @ W, G.T @ X, G.sum(1)),
        ),
        Slip(
            "4.8",
            "db keeps an axis of size one, which would make a matrix of the bias",
            lambda G, X, W: (G @ W, G.T @ X, G.sum(0, keepdims=True)),
        ),
        Slip(
            "4.7",
            "db is a mean over the batch; the factor 1/B is already in G",
            lambda G, X, W: (G @ W, G.T @ X, G.mean(0)),
        ),
        Slip(
            "4.7",
            "dW is divided by B; that factor enters once, in the loss",
            lambda G, X, W: (G @ W, G.T @ X / len(X), G.sum(0)),
        ),
        Slip(
            "4.7",
            "dW and db are divided by B; that factor enters once, in the loss",
            lambda G, X, W: (G @ W, G.T @ X / len(X), G.sum(0) / len(X)),
        ),
        Slip(
            "4.7",
            "dX is divided by B; no sum over the batch happens there, and 1/B is in G",
            lambda G, X, W: (G @ W / len(X), G.T @ X, G.sum(0)),
        ),
        Slip(
            "4.3",
            "dX does not depend on G; it is the sum of the rows of W",
            lambda G, X, W: (np.ones_like(G) @ W, G.T @ X, G.sum(0)),
        ),
        Slip(
            "4.5",
            "dW does not depend on G; every row of it is the sum of the samples",
            lambda G, X, W: (G @ W, np.ones_like(G).T @ X, G.sum(0)),
        ),
        Slip(
            "4.6",
            "dW comes from the first sample alone; the weights serve all of them",
            lambda G, X, W: (G @ W, np.outer(G[0], X[0]), G.sum(0)),
        ),
        Slip(
            "4.8",
            "db comes from the first sample alone; the bias serves all of them",
            lambda G, X, W: (G @ W, G.T @ X, G[0]),
        ),
        Slip(
            "4.6",
            "dW is a stack of outer products, one a sample; they should be added up",
            lambda G, X, W: (G @ W, np.einsum("tk,tl->tkl", G, X), G.sum(0)),
        ),
        Slip(
            "4.6",
            "dX is added up over the batch, but each sample has its own input",
            lambda G, X, W: (G.sum(0) @ W, G.T @ X, G.sum(0)),
        ),
        Slip(
            "4.6",
            "dW multiplies the sums, where it should sum the products",
            lambda G, X, W: (G @ W, np.outer(G.sum(0), X.sum(0)), G.sum(0)),
        ),
        Slip(
            "4.6",
            "dW and dX have changed places; return dX first",
            lambda G, X, W: (G.T @ X, G @ W, G.sum(0)),
        ),
        Slip(
            "4.3",
            "All three have the wrong sign; the step downhill is not part of the gradient",
            lambda G, X, W: (-(G @ W), -(G.T @ X), -G.sum(0)),
        ),
    ),
)


def pattern(B, m, n):
    """Solve 4.7."""
    return np.broadcast_to(np.eye(m, dtype=bool)[:, :, None], (B, m, m, n))


PATTERN = Code(
    number="4.7",
    title="Where the Jacobian is zero whatever the numbers",
    section="4.11",
    signature="pattern(B, m, n)",
    solution=pattern,
    draw=sized(B="=B", m="=m", n="=n"),
    sizes=SIZES,
    hints=(
        "Read (4.14): which of the four indices t, i, k and l stand in the delta?",
        "Begin with np.eye(m, dtype=bool), whose axes are (i, k).",
        "Give the identity an axis of size one at the end, and let np.broadcast_to copy it into "
        "the shape (B, m, m, n).",
    ),
    slips=(
        Slip(
            "4.11",
            "Not every entry can differ from zero; an output feels its own row of weights only",
            lambda B, m, n: np.ones((B, m, m, n), bool),
        ),
        Slip(
            "4.11",
            "This marks the zeros, where the entries that may differ from zero are asked for",
            lambda B, m, n: ~pattern(B, m, n),
        ),
        Slip(
            "4.6",
            "The batch axis is missing; each sample has outputs of its own",
            lambda B, m, n: pattern(B, m, n)[0],
        ),
        Slip(
            "4.4",
            "The axes are in another order; the output's come first, then those of W",
            lambda B, m, n: np.moveaxis(pattern(B, m, n), 1, 3),
        ),
        Slip(
            "4.4",
            "Each row has one single entry here; output i feels all the weights of its row",
            lambda B, m, n: np.broadcast_to(
                np.eye(m, dtype=bool)[:, :, None] & (np.arange(n) == 0), (B, m, m, n)
            ),
        ),
        Slip(
            "4.4",
            "The delta ties the output to the column of the weight, where it should be the row",
            lambda B, m, n: np.broadcast_to(
                (np.arange(m)[:, None] == np.arange(n))[:, None, :], (B, m, m, n)
            ),
        ),
        Slip(
            "4.6",
            "The delta ties the output to the sample; the weights serve every sample",
            lambda B, m, n: np.broadcast_to(
                (np.arange(B)[:, None] == np.arange(m))[:, :, None, None], (B, m, m, n)
            ),
        ),
        Slip(
            "4.6",
            "Two batch axes stand here; the weights have none",
            lambda B, m, n: np.broadcast_to(pattern(B, m, n)[:, None], (B, B, m, m, n)),
        ),
    ),
)
