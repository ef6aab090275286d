"""Sliders of the chapter that trains a network."""

from annex_lib import figures
from annex_lib.explore.axes import Slider
from annex_lib.explore.player import Player

__all__ = ["feature_maps", "kernels"]


def feature_maps(images, maps, probabilities, labels):
    """Choose an image: what the first layer makes of it, and the probability of each class.

    Parameters
    ----------
    images : array_like, shape (N, m, n)
    maps : array_like, shape (N, F, u, v)
    probabilities : array_like, shape (N, K)
    labels : array_like of int, shape (N,)

    Returns
    -------
    Player
    """
    scene = figures.feature_maps_scene(images, maps, probabilities, labels)
    return Player(scene, Slider("i", "image i", 0, len(images) - 1))


def kernels(history, words):
    """Choose an epoch: the kernels of the first layer at its end.

    Parameters
    ----------
    history : sequence of array_like, shape (F, 1, p, q)
    words : sequence of str
        What the caption says first about each.

    Returns
    -------
    Player
    """
    last = len(history) - 1
    scene = figures.kernels_scene(history, words)
    return Player(scene, Slider("epoch", "epoch", 0, last, last, play=True))
