"""A picture of a function and of its derivative under a magnifying glass."""

import numpy as np
from matplotlib.patches import FancyArrowPatch

from annex_lib.figures.core import GREY, INK, ROLES, canvas, number, title
from annex_lib.figures.equation_row import listed, rows_of
from annex_lib.figures.scene import Scene
from annex_lib.shapes import ShapeError, as_floats, bind

__all__ = ["moved", "steady", "tangent_zoom", "tangent_zoom_scene"]


def tangent_zoom(f, x, J, v, halvings=0):
    """Draw what f makes of a square around x, and what its derivative makes of it, magnified.

    Parameters
    ----------
    f : callable
        Takes an array (2,), returns (2,).
    x, v : array_like, shape (2,)
        Centre of the square, and a step that is not zero; the square reaches |v| to each side.
    J : array_like, shape (2, 2)
    halvings : int, at least 0
        How often v is halved; the picture is magnified as often.

    Returns
    -------
    Figure
    """
    return tangent_zoom_scene(f, x, J, [v]).figure(halvings=halvings, turn=0)


def tangent_zoom_scene(f, x, J, steps):
    """Return the moving picture of `tangent_zoom` for several steps v, all of one length.

    Its position is `halvings` and `turn`, which of the steps. It is drawn in units of |v|.
    """
    steps = np.asarray(steps, float)
    for v in steps:
        x, J = moved("tangent_zoom", f, x, J, v)[2:4]
        if J.shape != (2, 2):
            raise ShapeError(f"tangent_zoom: J has the shape {J.shape}, but should be (2, 2)")
        if not v.any():
            raise ShapeError("tangent_zoom: v is zero, but should be a step")
    fig, (left, right) = canvas(8, 4.1, 1, 2)
    scene, square, reach = Scene("tangent_zoom", fig), list(_square()), np.abs(J).sum(1).max()
    for path in square:
        left.plot(*path, color=ROLES["input"], lw=1.2)
        right.plot(*J @ path[:, [0, -1]], color=GREY, lw=1, ls=(0, (4, 3)), zorder=2.5)
    image = [right.plot(*J @ path, color=ROLES["output"], lw=1.2)[0] for path in square]
    gap = right.plot([0, 1], [0, 1], color=ROLES["gradient"], lw=4, zorder=5)[0]
    tip = right.plot([0], [0], "o", color=ROLES["gradient"], ms=6, zorder=6)[0]
    units = steps / np.linalg.norm(steps, axis=1)[:, None]
    scene.slot("image", image, "points")
    scene.slot("gap", gap, "points")
    scene.slot("tip", tip, "points")
    scene.slot("steps", [_arrow(left, [0, 0], u) for u in units], "visible")
    scene.slot("pushes", [_arrow(right, [0, 0], J @ u) for u in units], "visible")
    scene.slot("inputs", _ticks(left, 1, "$x_0$", "$x_1$"), "text")
    scene.slot("outputs", _ticks(right, reach, "$f_0$", "$f_1$"), "text")
    title(left, "the square around $x$, and $v$", "input")
    title(right, "its image; dashed: the linear map's", "output")

    def state(halvings, turn):
        v = steps[turn] / 2.0**halvings
        seen = [k == turn for k in range(len(steps))]
        return _zoomed(f, x, J, v, halvings, square) | {"steps": seen, "pushes": seen}

    scene.state = state
    return scene


def _zoomed(f, x, J, v, halvings, square):
    """Return what the picture around x shows, in units of |v|."""
    here, there, x, J, v = moved("tangent_zoom", f, x, J, v)
    size, r = np.linalg.norm(v), steady(there - here - J @ v)
    image = [steady([f(p) - here for p in x + size * path.T]) / size for path in square]
    alt = (
        f"Left, a grid of squares around x = {listed(x)} with the arrow v = {listed(v)}. Right, "
        "its image under f, curved, and dashed its image under the linear map: "
        f"{rows_of('J', J)}. A bar of length {number(np.linalg.norm(r))} joins the tip of "
        "f(x) + Jv to f(x + v)."
    )
    caption = (
        f"v halved {halvings} times, |v| = {number(size)}: the remainder r(v) = {listed(r)} has "
        f"length {number(np.linalg.norm(r))}, and |r(v)|/|v| = {number(np.linalg.norm(r) / size)}."
    )
    reach = np.abs(J).sum(1).max()
    sides = {"inputs": (x, size), "outputs": (here, reach * size)}
    out = {
        slot: [_fine(middle[axis] + k * step, step) for axis in (0, 1) for k in (-1, 0, 1)]
        for slot, (middle, step) in sides.items()
    }
    tip = (there - here) / size
    out |= {"image": image, "gap": [tip - r / size, tip], "tip": [tip]}
    return out | {"alt": alt, "caption": caption}


def _fine(value, step):
    """Return a number with the digits in which places a step apart differ."""
    digits = max(0, 2 - int(np.floor(np.log10(step) + 1e-9)))
    words = f"{value:.{digits}f}"
    words = words.rstrip("0").rstrip(".") if "." in words else words
    return ("0" if float(words) == 0 else words).replace("-", "−")


def _square():
    """Yield the lines of a grid over the square from -1 to 1, as arrays (2, points)."""
    along = np.linspace(-1, 1, 21)
    for a in np.linspace(-1, 1, 5):
        yield np.stack([along, 0 * along + a])
        yield np.stack([0 * along + a, along])


def _ticks(ax, reach, horizontal, vertical):
    """Fit a window around the middle, and return its six numbers: left to right, then upward."""
    ax.set(xlim=(-1.35 * reach, 1.35 * reach), ylim=(-1.35 * reach, 1.35 * reach), aspect="equal")
    places = [-reach, 0, reach]
    ax.set_xticks(places, [""] * 3)
    ax.set_yticks(places, [""] * 3)
    below, beside = ax.get_xaxis_transform(), ax.get_yaxis_transform()
    ax.set_xlabel(horizontal, labelpad=14)
    ax.set_ylabel(vertical, labelpad=34)
    words = {"size": 8, "color": INK}
    texts = [
        ax.text(p, -0.03, "−0.000", ha="center", va="top", transform=below, **words) for p in places
    ]
    side = dict(ha="right", va="center", transform=beside)
    return texts + [ax.text(-0.03, p, "−0.000", **side, **words) for p in places]


def _arrow(ax, start, end):
    options = {"arrowstyle": "-|>", "mutation_scale": 14, "shrinkA": 0, "shrinkB": 0, "zorder": 4}
    return ax.add_patch(FancyArrowPatch(start, end, color=INK, lw=2, **options))


def moved(operation, f, x, J, v):
    """Return f(x), f(x + v) and the checked arrays."""
    x, J, v = as_floats(operation, x=x, J=J, v=v)
    bind(operation, x=(x, "n"), v=(v, "n"), J=(J, "m n"))
    here, there = steady(f(x)), steady(f(x + v))
    bind(operation, J=(J, "m n"), **{"f(x)": (here, "m")})
    return here, there, x, J, v


def steady(a):
    """Return an array without its last digits, in which machines may differ."""
    return np.round(np.asarray(a, float), 12) + 0.0
