"""4.8: one matrix, used twice."""

import numpy as np

from annex_lib.exercises.bank import Code, Slip, sized
from annex_lib.exercises.chapter04.layer import SIZES


def tied(X, W, b, c):
    """Encode and decode with the same weights, for 4.8."""
    return np.tanh(X @ W.T + b) @ W + c


def tied_backward(G, X, W, b, c):
    """Solve 4.8."""
    H = np.tanh(X @ W.T + b)
    D = (G @ W.T) * (1 - H**2)
    return D @ W, D.T @ X + H.T @ G, D.sum(axis=0), G.sum(axis=0)


def _tied(change):
    """Return a wrong answer of 4.8: the right one's parts, put together in another way."""

    def slipped(G, X, W, b, c):
        A = X @ W.T + b
        H = np.tanh(A)
        D = (G @ W.T) * (1 - H**2)
        parts = {"dX": D @ W, "dW": D.T @ X + H.T @ G, "db": D.sum(0), "dc": G.sum(0)}
        return tuple((parts | change(G, X, W, A, H, D)).values())

    return slipped


def _with(D, X, W, H, G):
    return {"dX": D @ W, "dW": D.T @ X + H.T @ G, "db": D.sum(0)}


TIED = Code(
    number="4.8",
    title="An evening: one matrix, used twice",
    section="4.13",
    signature="tied_backward(G, X, W, b, c)",
    returns=("dX", "dW", "db", "dc"),
    solution=tied_backward,
    draw=sized(real=True, G="B n", X="B n", W="m n", b="m", c="n"),
    sizes=SIZES,
    adjoint=lambda G, *point: (tied, point),
    hints=(
        "Give the two uses of W names of their own, differentiate by each as if they were two "
        "matrices, and add: a variable that is used twice gets a gradient along both paths.",
        "Go forward once and keep H = np.tanh(X @ W.T + b). Backward, begin with the outer use: "
        "its input is H, and G arrives at its output.",
        "With H of shape (B, m) and G of shape (B, n), the outer use gives dH = G @ W.T. Send it "
        "through tanh, call the result D; the inner layer answers to D as in 4.6. Then add the "
        "two gradients of W, each in the shape (m, n).",
    ),
    slips=(
        Slip(
            "2.10",
            "dW follows the inner use of W only; there is a second path",
            _tied(lambda G, X, W, A, H, D: {"dW": D.T @ X}),
        ),
        Slip(
            "2.10",
            "dW follows the outer use of W only; there is a second path",
            _tied(lambda G, X, W, A, H, D: {"dW": H.T @ G}),
        ),
        Slip(
            "2.10",
            "The two paths to W are averaged, where they should be added",
            _tied(lambda G, X, W, A, H, D: {"dW": (D.T @ X + H.T @ G) / 2}),
        ),
        Slip(
            "4.13",
            "The derivative of tanh is left out",
            _tied(lambda G, X, W, A, H, D: _with(G @ W.T, X, W, H, G)),
        ),
        Slip(
            "4.13",
            "The derivative of tanh is taken at H, which has been through tanh already",
            _tied(lambda G, X, W, A, H, D: _with((G @ W.T) * (1 - np.tanh(H) ** 2), X, W, H, G)),
        ),
        Slip(
            "4.13",
            "The derivative of tanh is written with its argument, where its value belongs",
            _tied(lambda G, X, W, A, H, D: _with((G @ W.T) * (1 - A**2), X, W, H, G)),
        ),
        Slip(
            "4.13",
            "The derivative of tanh has one power of H too few",
            _tied(lambda G, X, W, A, H, D: _with((G @ W.T) * (1 - H), X, W, H, G)),
        ),
        Slip(
            "4.13",
            "The outer gradient of W is built from the sums before tanh, where its input is H",
            _tied(lambda G, X, W, A, H, D: {"dW": D.T @ X + A.T @ G}),
        ),
        Slip(
            "4.3",
            "dX comes from the input's side of tanh; send D, not dH, through the inner layer",
            _tied(lambda G, X, W, A, H, D: {"dX": G @ W.T @ W}),
        ),
        Slip("4.8", "dc still has the batch axis", _tied(lambda G, X, W, A, H, D: {"dc": G})),
        Slip(
            "4.7",
            "db and dc are means over the batch; the factor 1/B is already in G",
            _tied(lambda G, X, W, A, H, D: {"db": D.mean(0), "dc": G.mean(0)}),
        ),
        Slip(
            "4.6",
            "dW is divided by B; the factor 1/B is already in G",
            _tied(lambda G, X, W, A, H, D: {"dW": (D.T @ X + H.T @ G) / len(G)}),
        ),
        Slip(
            "4.6",
            "dW is the transpose of the right one",
            _tied(lambda G, X, W, A, H, D: {"dW": (D.T @ X + H.T @ G).T}),
        ),
        Slip(
            "4.8",
            "db and dc have changed places",
            _tied(lambda G, X, W, A, H, D: {"db": G.sum(0), "dc": D.sum(0)}),
        ),
    ),
)
