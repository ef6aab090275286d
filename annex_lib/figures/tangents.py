"""Pictures of a derivative as the best linear map, and of derivatives found by numbers."""

import numpy as np
from matplotlib.patches import FancyArrowPatch

from annex_lib.figures.core import GREY, INK, ROLES, Figure, canvas, number, title
from annex_lib.figures.equation_row import listed, rows_of
from annex_lib.figures.scene import Scene
from annex_lib.shapes import ShapeError, as_floats, bind

__all__ = [
    "kink_slopes",
    "step_errors",
    "tangent_outputs",
    "tangent_zoom",
    "tangent_zoom_scene",
]

SMALLEST = -14  # the power of ten below which errors are not told apart


def tangent_outputs(f, x, J, v):
    """Draw each output of f along x + t v, its tangent f(x) + t J v, and the remainder at t = 1.

    Parameters
    ----------
    f : callable
        Takes an array (n,), returns (m,).
    x, v : array_like, shape (n,)
    J : array_like, shape (m, n)

    Returns
    -------
    Figure
    """
    here, there, x, J, v = _moved("tangent_outputs", f, x, J, v)
    m, t, u = len(here), np.linspace(-0.5, 1.25, 36), J @ v
    curves = _steady([f(x + s * v) for s in t])
    lines, r = _steady(here + t[:, None] * u), _steady(there - here - u)
    low, high = (np.vstack([curves, lines]) - here).min(), (np.vstack([curves, lines]) - here).max()
    fig, axes = canvas(8, 2.9, 1, m, squeeze=False)
    for i, ax in enumerate(axes[0]):
        ax.plot(t, lines[:, i], color=GREY, lw=1.5, ls="--", label="tangent")
        ax.plot(t, curves[:, i], color=ROLES["output"], lw=2, label="$f_i(x + tv)$")
        ax.plot([1, 1], [here[i] + u[i], there[i]], color=ROLES["gradient"], lw=4)
        ax.plot(0, here[i], "o", color=INK, ms=6)
        margin = 0.12 * (high - low)
        ax.set(ylim=(here[i] + low - margin, here[i] + high + margin), xticks=[0, 1])
        ax.set_xlabel("$t$")
        words = f"$f_{{{i}}}$: remainder {number(r[i])}"
        title(ax, words, "gradient" if r[i] else "plain")
    axes[0, 0].legend(frameon=False, loc="upper left", fontsize=9, borderaxespad=0)
    at = f"f(x) = {listed(here)}, f(x + v) = {listed(there)} and f(x) + Jv = {listed(here + u)}"
    alt = (
        f"One panel for each of {m} outputs: f_i(x + t v) as a curve, the line f_i(x) + t (Jv)_i "
        f"dashed, which touches it at t = 0, and the gap at t = 1 as a bar. "
        f"x is {listed(x)}, v is {listed(v)}; {at}."
    )
    return Figure(fig, alt, f"{at}. What is left over is r(v) = {listed(r)}.")


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
        x, J = _moved("tangent_zoom", f, x, J, v)[2:4]
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
    here, there, x, J, v = _moved("tangent_zoom", f, x, J, v)
    size, r = np.linalg.norm(v), _steady(there - here - J @ v)
    image = [_steady([f(p) - here for p in x + size * path.T]) / size for path in square]
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


def kink_slopes(slopes):
    """Draw max(0, x) and |x| with lines through their kinks, of given slopes.

    Parameters
    ----------
    slopes : array_like, shape (n,), from 0 to 1
        For max(0, x); |x| = 2 max(0, x) - x takes 2 s - 1 for each slope s.

    Returns
    -------
    Figure
    """
    (slopes,) = as_floats("kink_slopes", slopes=slopes)
    bind("kink_slopes", slopes=(slopes, "n"))
    if ((slopes < 0) | (slopes > 1)).any():
        raise ShapeError(f"kink_slopes: slopes are {listed(slopes)}, but should be from 0 to 1")
    fig, axes = canvas(8, 2.9, 1, 2, sharey=True)
    x = np.array([-2.0, 0, 2])
    both = ((r"$\max(0, x)$", np.maximum(0, x), slopes), ("$|x|$", np.abs(x), 2 * slopes - 1))
    for ax, (name, y, lines) in zip(axes, both, strict=True):
        for slope in lines:
            ax.plot([-1.6, 1.6], [-1.6 * slope, 1.6 * slope], color=GREY, lw=1.3, ls="--")
            side = -1 if slope > 0 else 1  # where the line leaves the graph
            words = f" slope {number(slope)} "
            ax.text(
                side * 1.6,
                side * 1.6 * slope,
                words,
                ha="left" if side > 0 else "right",
                va="center",
                size=9,
                color=GREY,
            )
        ax.plot(x, y, color=ROLES["output"], lw=2.5)
        ax.plot(0, 0, "o", color=INK, ms=6)
        ax.set(xlim=(-2.6, 2.6), ylim=(-1.8, 2.1), xlabel="$x$")
        title(ax, name, "output")
    words = listed(slopes), listed(2 * slopes - 1)
    alt = (
        "Two graphs with a kink at 0. Left, max(0, x), flat and then rising, with dashed lines "
        f"through 0 of the slopes {words[0]}. Right, |x|, falling and then rising, with the "
        f"slopes {words[1]}."
    )
    caption = (
        "Each dashed line touches the graph at 0 and never passes above it; none is its tangent."
    )
    return Figure(fig, alt, caption)


def step_errors(h, **errors):
    """Draw the error of numerical derivatives over the step, both as powers of ten.

    Parameters
    ----------
    h : array_like, shape (K,), above 0
        Steps.
    **errors : array_like, shape (K,)
        Errors of each method, drawn to a tenth of a power of ten, not below 10^-14: a complex
        product is rounded in one way on one processor and otherwise on the next.

    Returns
    -------
    Figure
    """
    h, *values = as_floats("step_errors", h=h, **errors)
    bind("step_errors", h=(h, "K"), **{k: (a, "K") for k, a in zip(errors, values, strict=True)})
    fig, ax = canvas(8, 4)
    powers, said = np.log10(h), []
    styles = zip(("weight", "input", "output"), ("s", "o", "^"), ("-", "-", "--"), strict=True)
    for name, error, (role, marker, line) in zip(errors, values, styles, strict=False):
        y = np.maximum(np.log10(np.maximum(np.abs(error), 1e-99)), SMALLEST)
        y = np.round(y, 1) + 0.0
        ax.plot(powers, y, line, marker=marker, color=ROLES[role], lw=1.8, ms=5, label=name)
        best = int(np.argmin(y))
        word, on = ("at most", " and below") if y[best] == SMALLEST else ("about", "")
        said.append(f"{name}: smallest, {word} 10^{y[best]:g}, at h = 10^{powers[best]:.1f}{on}")
    ticks = np.arange(np.floor(powers.min() / 4) * 4, powers.max() + 1, 4)
    ax.set_xticks(ticks, [f"$10^{{{k:.0f}}}$" for k in ticks])
    ticks = np.arange(SMALLEST, 2, 2)
    ax.set_yticks(ticks, [f"$10^{{{k}}}$" for k in ticks])
    ax.set(xlabel="step $h$", ylabel="error of the derivative", ylim=(SMALLEST - 0.7, 1.2))
    ax.invert_xaxis()
    ax.legend(frameon=False, loc="upper right", bbox_to_anchor=(1, 0.75))
    alt = f"Errors over the step h, which shrinks from left to right. {'; '.join(said)}."
    caption = "Both axes are powers of ten; what is below 10^-14 is drawn there."
    return Figure(fig, alt, f"{caption} {'; '.join(said)}.")


def _moved(operation, f, x, J, v):
    """Return f(x), f(x + v) and the checked arrays."""
    x, J, v = as_floats(operation, x=x, J=J, v=v)
    bind(operation, x=(x, "n"), v=(v, "n"), J=(J, "m n"))
    here, there = _steady(f(x)), _steady(f(x + v))
    bind(operation, J=(J, "m n"), **{"f(x)": (here, "m")})
    return here, there, x, J, v


def _steady(a):
    """Return an array without its last digits, in which machines may differ."""
    return np.round(np.asarray(a, float), 12) + 0.0


def _arrow(ax, start, end):
    options = {"arrowstyle": "-|>", "mutation_scale": 14, "shrinkA": 0, "shrinkB": 0, "zorder": 4}
    return ax.add_patch(FancyArrowPatch(start, end, color=INK, lw=2, **options))
