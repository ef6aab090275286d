"""Sliders of the chapter on forward and reverse mode."""

from annex_lib import figures
from annex_lib.explore.axes import Choice, Slider
from annex_lib.explore.player import Player

__all__ = ["association_costs", "evaluation_trace", "products_cost"]


def evaluation_trace(steps, values, tangents, gradients):
    """Step through a computation: down with values and tangents, up with gradients.

    Parameters
    ----------
    steps : sequence of str
        Each line, as LaTeX without dollars.
    values, tangents, gradients : array_like, shape (len(steps),)

    Returns
    -------
    Player
    """
    scene = figures.evaluation_trace_scene(steps, values, tangents, gradients)
    n = len(steps)
    return Player(scene, Slider("stage", "lines done", 0, 2 * n, n, play=True))


def association_costs(options, start):
    """Choose the widths of a chain: the multiplications of three orders.

    Parameters
    ----------
    options : sequence of sequences of int
        For each width those to choose from.
    start : sequence of int
        For each width the place of the first one shown.

    Returns
    -------
    Player
    """
    axes = [
        Slider(f"n{k}", f"width n{k}", 0, len(choices) - 1, start[k], tuple(map(str, choices)))
        for k, choices in enumerate(options)
    ]
    return Player(figures.association_costs_scene(options), *axes)


def products_cost(chains, K=9):
    """Choose a chain of layers and how many products with its Jacobian are needed.

    Parameters
    ----------
    chains : sequence of sequences of int
        The widths of each chain.
    K : int
        The number of products at first.

    Returns
    -------
    Player
    """
    names = tuple(", ".join(map(str, widths)) for widths in chains)
    scene = figures.products_cost_scene(chains)
    return Player(scene, Choice("chain", "widths", names), Slider("K", "products K", 1, 40, K))
