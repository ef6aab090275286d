"""Sliders of the chapter on normalisation and attention: the norms."""

from annex_lib.explore.axes import Slider
from annex_lib.explore.player import Player
from annex_lib.figures.normalisation import norm_jacobian_scene, norm_lines_scene

__all__ = ["norm_jacobian", "norm_lines"]

VALUES = range(-4, 17)  # of x_0
EPSILONS = 0.001, 1, 4, 16, 40


def norm_lines(x):
    """Slide entry 0 of a sample and eps, and see where the points go.

    Parameters
    ----------
    x : array_like, shape (n,)
        Entry 0 is where its slider starts, a whole number from -4 to 16.

    Returns
    -------
    Player
    """
    return Player(norm_lines_scene(x, VALUES, EPSILONS), *_axes(x))


def norm_jacobian(x):
    """Slide entry 0 of a sample and eps, and see the Jacobian change.

    Parameters
    ----------
    x : array_like, shape (n,)
        As in `norm_lines`.

    Returns
    -------
    Player
    """
    return Player(norm_jacobian_scene(x, VALUES, EPSILONS), *_axes(x))


def _axes(x):
    return (
        Slider("value", "entry x_0", 0, len(VALUES) - 1, VALUES.index(int(x[0])), _words(VALUES)),
        Slider("eps", "ε", 0, len(EPSILONS) - 1, 0, _words(EPSILONS)),
    )


def _words(values):
    return tuple(str(v).replace("-", "−") for v in values)
