"""Pictures of activations: their graphs, their diagonal Jacobians, their kinks."""

import numpy as np

from annex_lib import activations
from annex_lib.figures.core import GREY, INK, ROLES, Figure, canvas, number, title
from annex_lib.figures.equation_row import color_limit, equation_row, listed
from annex_lib.figures.scene import Scene
from annex_lib.shapes import as_floats, bind

__all__ = ["activation_curves", "diagonal_backward", "tie_gradients"]

NAMES = {"relu": "ReLU", "sigmoid": "sigmoid", "tanh": "tanh", "gelu": "GELU"}


def activation_curves():
    """Draw the four activations with their derivatives; the value and the slope move with x.

    Returns
    -------
    Scene
        With the axis x, in quarters.
    """
    fig, axes = canvas(8, 2.9, 1, 4, sharey=True)
    scene = Scene("activation_curves", fig)
    marks = [_curve(ax, name) for ax, name in zip(axes, NAMES, strict=True)]
    dots, words = zip(*marks, strict=True)
    scene.slot("dots", dots, "points")
    scene.slot("words", words, "text")
    values, slopes = axes[1].get_legend_handles_labels()[0]
    options = dict(frameon=False, loc="upper left", fontsize=9, borderaxespad=0.1)
    axes[1].legend([values, slopes], ["$f(x)$", "$f\\,'(x)$"], **options)
    scene.state = _curve_state
    return scene


def _curve(ax, name):
    """Draw one activation; return its two dots and the words below it."""
    x = np.linspace(-4, 4, 161)
    f, slope = getattr(activations, name), getattr(activations, f"{name}_vjp")
    ax.axhline(0, color=GREY, lw=0.6)
    ax.axvline(0, color=GREY, lw=0.6)
    ax.plot(x, f(x), color=ROLES["output"], lw=2.4, label="value")
    _slopes(ax, name, x, slope(np.ones(x.shape), x))
    ax.set(xlim=(-4.2, 4.2), ylim=(-1.25, 2.25), xticks=[-4, 0, 4], yticks=[-1, 0, 1, 2])
    title(ax, NAMES[name])
    dots, words = [], []
    for role, size, y in (("output", 7, -0.17), ("gradient", 5, -0.29)):
        dots += ax.plot([0], [0], "o", color=ROLES[role], ms=size, zorder=4)
        where = dict(transform=ax.transAxes, ha="center", va="top", size=9, color=ROLES[role])
        words.append(ax.text(0.5, y, "slope −0.0000", **where))
    return dots, words


def _curve_state(x):
    x /= 4
    values = [float(getattr(activations, name)(x)) for name in NAMES]
    slopes = [float(getattr(activations, f"{name}_vjp")(1, x)) for name in NAMES]
    pairs = list(zip(values, slopes, strict=True))
    words = zip(NAMES.values(), pairs, strict=True)
    said = [f"{name} {number(v)}, slope {number(s)}" for name, (v, s) in words]
    alt = (
        "Four graphs, each with its derivative dashed. ReLU: 0, then the line x; its derivative "
        "jumps from 0 to 1. Sigmoid: from 0 up to 1; its derivative is a hill of height 1/4. Tanh: "
        "from −1 up to 1; a hill of height 1. GELU: near 0, dips to −0.17, then near x; its "
        f"derivative starts at 0, dips below it, rises above 1 and settles there. Dots at {x:g}."
    )
    return dict(
        dots=[[[(x, v)] if v <= 2.25 else [] for v in pair] for pair in pairs],
        words=[[f"f = {number(v)}", f"slope {number(s)}"] for v, s in pairs],
        alt=alt.replace("at -", "at −"),
        caption=f"At x = {number(x)}: {'; '.join(said)}.",
    )


def _slopes(ax, name, x, slopes):
    """Draw a derivative, in two pieces where it jumps."""
    options = dict(color=ROLES["gradient"], lw=1.8, ls=(0, (3, 1.5)))
    if name == "relu":
        ax.plot(x[x <= 0], slopes[x <= 0], **options)
        ax.plot(x[x > 0], slopes[x > 0], **options)
    else:
        ax.plot(x, slopes, **options, label="slope")


def diagonal_backward(g, slopes):
    """Draw the diagonal Jacobian times the upstream gradient, and beside it the one product.

    Parameters
    ----------
    g, slopes : array_like, shape (n,)
        Upstream gradient, and the derivative of the activation at each entry.

    Returns
    -------
    Figure
    """
    g, slopes = as_floats("diagonal_backward", g=g, slopes=slopes)
    (n,) = bind("diagonal_backward", slopes=(slopes, "n"), g=(g, "n")).values()
    dx, off = slopes * g, ~np.eye(n, dtype=bool)
    upstream = dict(a=g, name="$g$", role="gradient")
    result = dict(a=dx, name="$\\partial L/\\partial x$", role="gradient")
    jacobian = dict(a=np.diag(slopes), name="$J^T$", zeros=off, columns="$i$", rows="$k$")
    short = dict(a=slopes, name="$f\\,'(x)$")
    parts = [jacobian, "·", upstream, "=", result, "=", short, "⊙", upstream]
    fig = equation_row(parts, color_limit(g, slopes, dx))
    alt = (
        f"A diagonal matrix of {n} by {n} with {listed(slopes)} on the diagonal, times the column "
        f"{listed(g)}, is {listed(dx)}: the same as the column {listed(slopes)} times the column "
        "entry by entry."
    )
    caption = f"{n * n} entries, {n} of them not zero by structure: {n} products do the same work."
    return Figure(fig, alt, caption)


def tie_gradients():
    """Draw where max(x_0, x_1) has which gradient, and what may be returned where they tie.

    Returns
    -------
    Figure
    """
    fig, (left, right) = canvas(8, 3.6, 1, 2)
    left.plot([0, 3], [0, 3], color=INK, lw=2)
    left.text(2.05, 2.3, "tie", rotation=45, ha="center", va="center", color=INK)
    for place, step, words in (((2.0, 0.6), (0.6, 0), "(1, 0)"), ((0.6, 2.0), (0, 0.6), "(0, 1)")):
        end = np.add(place, step)
        arrow = dict(arrowstyle="-|>", color=ROLES["gradient"], lw=2, shrinkA=0, shrinkB=0)
        left.annotate("", xy=end, xytext=place, arrowprops=arrow)
        left.text(place[0], place[1] - 0.28, words, color=ROLES["gradient"], ha="center")
    left.text(2.1, 1.15, "$x_0$ is larger", ha="center")
    left.text(0.75, 2.75, "$x_1$ is larger", ha="center")
    left.set(xlim=(0, 3), ylim=(0, 3), aspect="equal", xlabel="$x_0$", ylabel="$x_1$")
    left.set(xticks=[0, 3], yticks=[0, 3])
    title(left, "the gradient on both sides")
    _hull(right)
    alt = (
        "Left, the plane of x_0 and x_1, halved by the line where they tie: below it max(x_0, x_1) "
        "has the gradient (1, 0), above it (0, 1). Right, the plane of gradients: the segment from "
        "(1, 0) to (0, 1) is the generalised gradient at a tie. Its end (1, 0) is what this book's "
        "max pooling returns, its middle (1/2, 1/2) what equal sharing returns. The point (1, 1), "
        "which the complex step gives, lies off the segment."
    )
    caption = (
        "At a tie every point of the segment may be returned. What the complex step returns is no "
        "average of the gradients nearby."
    )
    return Figure(fig, alt, caption)


def _hull(ax):
    ax.plot([1, 0], [0, 1], color=ROLES["gradient"], lw=5, alpha=0.45, solid_capstyle="round")
    ax.plot([1, 0.5], [0, 0.5], "o", color=ROLES["gradient"], ms=8)
    ax.plot([0], [1], "o", color=ROLES["gradient"], ms=8, mfc="white", mew=2)
    ax.plot([1], [1], "X", color=INK, ms=10)
    ax.text(1.06, 0.02, "first one wins", va="center")
    ax.text(0.58, 0.53, "equal shares", va="center")
    ax.text(0.07, 1.04, "last one wins", va="center")
    ax.text(1.06, 1.04, "complex step", va="center")
    ax.set(xlim=(-0.15, 1.75), ylim=(-0.15, 1.35), aspect="equal", xticks=[0, 1], yticks=[0, 1])
    ax.set_xlabel("$\\partial\\,\\max / \\partial x_0$")
    ax.set_ylabel("$\\partial\\,\\max / \\partial x_1$")
    title(ax, "what may be returned at a tie", "gradient")
