"""Sliders of the chapter on checks."""

from annex_lib import figures
from annex_lib.explore.axes import Choice, Slider
from annex_lib.explore.player import Player
from annex_lib.museum import CHECKS, SLIPS

__all__ = ["difference_step", "museum_check"]


def difference_step(x=1.3, most=26):
    """Shrink the step of a numerical derivative of 1/x and see its digits go.

    Parameters
    ----------
    x : float, not 0 and not 1
    most : int
        How often the step may be divided by four.

    Returns
    -------
    Player
        Choices: precision, method. Slider: divisions of the step by four.
    """
    return Player(
        figures.difference_step_scene(x, most),
        Choice("kind", "precision", ("single", "double"), 1),
        Choice("method", "method", ("forward", "central", "complex")),
        Slider("halvings", "step 1 divided by four", 0, most, 13, play=True),
    )


def museum_check():
    """Choose a slip and a check, and see whether the one finds the other.

    Returns
    -------
    Player
        Choices: slip, check.
    """
    return Player(
        figures.museum_check_scene(),
        Choice("slip", "slip", tuple(SLIPS)),
        Choice("check", "check", tuple(CHECKS), 1),
    )
