"""Sliders of the chapter on normalisation and attention: attention."""

from annex_lib.attention import causal_mask
from annex_lib.explore.axes import Choice, Slider
from annex_lib.explore.player import Player
from annex_lib.figures.attention import attention_scene

__all__ = ["attention_mask"]


def attention_mask(X):
    """Let the rows of a matrix look at each other; choose a mask, and slide through the queries.

    Parameters
    ----------
    X : array_like, shape (T, d)
        Queries, keys and values at once.

    Returns
    -------
    Player
    """
    past = causal_mask(len(X))
    masks = [None, past, past & ~causal_mask(len(X), offset=-2), past & ~past.T]
    words = "all keys", "the past and itself", "itself and the key before", "the past alone"
    scene = attention_scene(X, X, X, masks)
    return Player(scene, Choice("mask", "mask", words), Slider("t", "query t", 0, len(X) - 1))
