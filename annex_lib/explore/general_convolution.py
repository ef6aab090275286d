"""Sliders of the chapter on channels, stride, padding, dilation and groups."""

from annex_lib import figures
from annex_lib.explore.axes import Choice, Slider
from annex_lib.explore.player import Player
from annex_lib.figures.general_convolution import way_back_size
from annex_lib.windows import output_size

__all__ = ["conv_coverage", "conv_groups", "conv_way_back"]

LEAST, MOST = 4, 7  # pixels


def conv_coverage():
    """Choose image, kernel, stride, padding and dilation along an axis, and see what is read.

    Returns
    -------
    Player
    """
    scene = figures.conv_coverage_scene(MOST + 4, output_size(MOST, 2, padding=2))
    return Player(
        scene,
        Slider("m", "image size m", LEAST, MOST, 6),
        Slider("p", "kernel size p", 2, 3, 2),
        Slider("S", "stride S", 1, 4, 3),
        Slider("P", "padding P", 0, 2, 1),
        Slider("D", "dilation D", 1, _widest, 2),
    )


def _widest(position):
    """Return the largest dilation, at most 3, with which the kernel fits."""
    m, p, P = (position[name] for name in "mpP")
    return min(3, (m + 2 * P - 1) // (p - 1))


def conv_way_back(g, w):
    """Choose the settings and a pixel, and see its gradient as a scatter and as a gather.

    Parameters
    ----------
    g : array_like, shape (u,)
    w : array_like, shape (p,)

    Returns
    -------
    Player
    """
    u, p = len(g), len(w)
    longest = 3 * (u - 1) + 2 * (p - 1) + 1 + 2 + 2 * (p - 1)

    def last(position):
        return way_back_size(u, p, **position) - 1

    return Player(
        figures.conv_way_back_scene(g, w, longest),
        Slider("S", "stride S", 1, 3, 3),
        Slider("P", "padding P", 0, 2, 1),
        Slider("D", "dilation D", 1, 2, 1),
        Slider("rest", "remainder", 0, lambda position: position["S"] - 1, 1),
        Slider("r", "pixel r", 0, last, 2, play=True),
    )


def conv_groups(kernels, m, groups):
    """Choose the number of groups and the kernel, and see which weights are left.

    Parameters
    ----------
    kernels : list of array_like, shapes (F, C, p)
    m : int
        Pixels.
    groups : list of int

    Returns
    -------
    Player
    """
    return Player(
        figures.conv_groups_scene(kernels, m, groups),
        Choice("groups", "groups", tuple(map(str, groups)), 0),
        Choice("kernel", "kernel size p", tuple(str(len(W[0][0])) for W in kernels), 0),
    )
