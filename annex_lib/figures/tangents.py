"""Pictures of a derivative as the best linear map, and of derivatives found by numbers."""

import numpy as np

from annex_lib.figures.core import GREY, INK, ROLES, Figure, canvas, number, title
from annex_lib.figures.equation_row import listed
from annex_lib.figures.tangent_zoom import moved, steady, tangent_zoom, tangent_zoom_scene
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
    here, there, x, J, v = moved("tangent_outputs", f, x, J, v)
    m, t, u = len(here), np.linspace(-0.5, 1.25, 36), J @ v
    curves = steady([f(x + s * v) for s in t])
    lines, r = steady(here + t[:, None] * u), steady(there - here - u)
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
