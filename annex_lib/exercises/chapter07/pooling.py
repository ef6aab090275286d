"""7.6: max pooling backward, where windows overlap and pixels tie."""

import numpy as np

from annex_lib.exercises.bank import Code, Slip
from annex_lib.pooling import avg_pool2d_vjp, max_pool2d, max_pool2d_vjp


def pool_backward(G, X):
    """Solve 7.6."""
    dX = np.zeros_like(X)
    for i, j in np.ndindex(G.shape):
        k, l = divmod(X[i : i + 2, j : j + 2].argmax(), 2)
        dX[i + k, j + l] += G[i, j]
    return dX


def _tying(rng, u, v):
    """Draw an upstream gradient of u by v, and an image of few different numbers."""
    numbers = [k for k in range(-4, 5) if k]
    return rng.choice(numbers, (u, v)).astype(float), rng.integers(0, 4, (u + 1, v + 1)) * 1.0


def _slip(pick=None, add=True, upstream=True):
    """Return a wrong answer: other pixels of a window, put in place of added, without G."""

    def slipped(G, X):
        dX = np.zeros_like(X)
        for i, j in np.ndindex(G.shape):
            window = X[i : i + 2, j : j + 2]
            chosen = np.arange(4).reshape(2, 2) == window.argmax()
            chosen = pick(window) if pick else chosen
            g = G[i, j] if upstream else 1.0
            part = dX[i : i + 2, j : j + 2]
            part[chosen] = part[chosen] + g if add else g
        return dX

    return slipped


def _last(window):
    return np.arange(4).reshape(2, 2) == 3 - window.ravel()[::-1].argmax()


POOLING = Code(
    number="7.6",
    title="Max pooling backward, with windows that overlap",
    section="7.9",
    signature="pool_backward(G, X)",
    solution=pool_backward,
    draw=_tying,
    sizes={"u": (2, 5), "v": (2, 5)},
    adjoint=lambda G, X: (lambda X: max_pool2d(X[None, None], 2, stride=1)[0, 0], (X,)),
    hints=(
        "Go through the outputs. Each sends its gradient to one pixel, the first largest one of "
        "its window.",
        "Begin with dX = np.zeros_like(X), and loop over np.ndindex(G.shape).",
        "The window of output (i, j) is X[i : i + 2, j : j + 2]. divmod(window.argmax(), 2) gives "
        "the place in it; count it from the corner of the window, and add G[i, j] there.",
    ),
    slips=(
        Slip(
            "7.9",
            "A pixel that wins in several windows keeps the last gradient; they should add up",
            _slip(add=False),
        ),
        Slip(
            "7.9",
            "Tied pixels all get the whole gradient, which sends it out several times",
            _slip(lambda window: window == window.max()),
        ),
        Slip("7.9", "The last of the tied pixels wins here, not the first", _slip(_last)),
        Slip(
            "7.9",
            "The smallest pixel wins",
            _slip(lambda window: np.arange(4).reshape(2, 2) == window.argmin()),
        ),
        Slip(
            "7.9",
            "Everything goes to the corner of the window, not to the pixel that won",
            _slip(lambda window: np.arange(4).reshape(2, 2) == 0),
        ),
        Slip(
            "7.9",
            "This counts how often each pixel wins; the upstream gradient is left out",
            _slip(upstream=False),
        ),
        Slip(
            "7.10",
            "The gradient is shared among the pixels of the window, as for a mean",
            lambda G, X: avg_pool2d_vjp(G[None, None], X[None, None], 2, stride=1)[0, 0],
        ),
        Slip(
            "7.9",
            "Every pixel of the window gets the whole gradient",
            _slip(lambda window: window == window),
        ),
        Slip(
            "7.9",
            "The gradient is multiplied by the pixel that won, whose slope is 1",
            lambda G, X: max_pool2d_vjp(
                max_pool2d(X[None, None], 2, stride=1) * G, X[None, None], 2, stride=1
            )[0, 0],
        ),
    ),
)
