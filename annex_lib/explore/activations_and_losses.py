"""Sliders of the chapter on activations and losses."""

import numpy as np

from annex_lib import figures
from annex_lib.explore.axes import Cell, Choice, Slider
from annex_lib.explore.player import Player

__all__ = ["activation_curves", "pooling", "softmax"]

TEMPERATURES = 0.25, 0.5, 1.0, 2.0, 4.0
WINDOWS = (2, 2), (2, 1), (3, 1)


def activation_curves():
    """Move x through the four activations, and read values and slopes.

    Returns
    -------
    Player
    """
    words = tuple(f"{k / 4:g}".replace("-", "−") for k in range(-16, 17))
    return Player(figures.activation_curves(), Slider("x", "x", -16, 16, -6, words, play=True))


def softmax():
    """Choose three logits and a temperature, and see the shares and their Jacobian.

    Returns
    -------
    Player
    """
    logits = np.arange(-2.0, 3.0)
    signs = tuple(f"{z:g}".replace("-", "−") for z in logits)
    return Player(
        figures.softmax_bars(logits, TEMPERATURES),
        *(Slider(f"z{i}", f"logit {i}", 0, 4, start, signs) for i, start in enumerate((2, 3, 4))),
        Slider("tau", "temperature", 0, 4, 2, tuple(f"{t:g}" for t in TEMPERATURES)),
    )


def pooling(x):
    """Choose kind, windows and a window, and see which pixels make its output.

    Parameters
    ----------
    x : array_like, shape (m, n), m and n at least 3
        The image.

    Returns
    -------
    Player
    """
    sizes = [[(n - k) // s + 1 for n in np.shape(x)] for k, s in WINDOWS]
    rows, columns = (max(size) for size in zip(*sizes, strict=True))

    def inside(position):
        u, v = sizes[position["window"]]
        return [columns * i + j for i, j in np.ndindex(u, v)]

    return Player(
        figures.pooling_windows(x, WINDOWS),
        Choice("mean", "pooling", ("largest", "mean")),
        Choice("window", "windows", tuple(f"{k} × {k}, stride {s}" for k, s in WINDOWS), 1),
        Cell(
            "output",
            "output",
            ("output",),
            rows * columns,
            columns + 1,
            tuple(f"row {i}, column {j}" for i, j in np.ndindex(rows, columns)),
            inside,
        ),
    )
