"""Pictures of gradient descent: the steps on a parabola, and in a loss with two valleys."""

import numpy as np

from annex_lib.figures.core import GREY, INK, ROLES, Figure, canvas, number, title
from annex_lib.figures.scene import Scene
from annex_lib.shapes import ShapeError, as_floats, bind

__all__ = ["descent_path", "descent_path_scene", "list_of", "two_valleys", "whole"]

NEAR = dict(textcoords="offset points", size=9, ha="center", va="center")
PERCENT = (2, 10, 25, 50, 75, 93, 130, 200)  # of the loss at the origin: the level lines
PAPER = dict(fc="white", ec="none", pad=1)


def descent_path(x, y, eta, start=0.0, steps=6):
    """Draw the loss of F(x; theta) = theta x over theta, and the steps of gradient descent on it.

    Parameters
    ----------
    x, y : array_like, shape (N,)
        Inputs, not all zero, and targets; the loss is the mean of (theta x - y)^2 / 2.
    eta : float
        Learning rate.
    start : float
        First theta, not the minimiser.
    steps : int, at least 0

    Returns
    -------
    Figure
    """
    whole("descent_path", "steps", steps, 0)
    return descent_path_scene(x, y, start, max(steps, 7)).figure(eta=eta, step=steps)


def descent_path_scene(x, y, start=0.0, steps=7, rates=None):
    """Return the moving picture of `descent_path` for up to `steps` steps.

    Its position is the learning rate `eta`, or else `rate`, which of the `rates`; and `step`.
    """
    x, y = as_floats("descent_path", x=x, y=y)
    bind("descent_path", x=(x, "N"), y=(y, "N"))
    best = np.mean(x * y) / np.mean(x * x)
    reach = 2.1 * abs(start - best)
    theta = np.linspace(best - reach, best + reach, 121)
    fig, (left, right) = canvas(8, 3.3, 1, 2)
    left.plot(theta, _loss(theta, x, y), color=GREY, lw=1.5)
    right.plot([0, steps], [best, best], color=GREY, lw=1, ls="--")
    path = dict(color=ROLES["weight"], marker="o", ms=5, lw=1)
    lines = left.plot([start, best], [0, 0], **path) + right.plot([0, 1], [start, best], **path)
    left.set(xlabel=r"$\theta$", ylabel="loss", xlim=theta[[0, -1]])
    left.set_ylim(0, 1.05 * _loss(theta[:1], x, y)[0])
    right.set(xlabel="step", ylabel=r"$\theta$", xlim=(-0.4, steps + 0.4))
    right.set_ylim(theta[0], theta[-1])
    labels = [left.text(best, 0, str(s), size=9, ha="center", va="center") for s in range(3)]
    scene = Scene("descent_path", fig)
    scene.slot("valley", lines[0], "points")
    scene.slot("steps", lines[1], "points")
    scene.slot("labels", labels, "position")
    scene.slot("labelled", labels, "visible")
    scene.slot("name", title(left, "η = 0.888,  ηa = 0.888", "weight"), "text")
    title(right, "the same steps in order", "weight")

    def state(step, eta=None, rate=None):
        eta = rates[rate] if eta is None else eta
        return _descent_state(x, y, start, reach, eta, step)

    scene.state = state
    return scene


def _descent_state(x, y, start, reach, eta, steps):
    a, best = np.mean(x * x), np.mean(x * y) / np.mean(x * x)
    factor = 1 - eta * a
    places = best + (start - best) * factor ** np.arange(steps + 1)
    losses = _loss(places, x, y)
    near = [
        s
        for s in range(3)
        if s <= steps and (s == 0 or abs(places[s] - places[s - 1]) > 0.1 * reach)
    ]
    side = [(-0.06 if place < best else 0.06) * reach for place in places]
    at = [(places[s] + side[s], losses[s]) if s in near else (best, 0) for s in range(3)]
    alt = (
        f"Left, the loss over theta, a parabola that is lowest at {number(best)}, with the points "
        f"that gradient descent visits from {number(start)} with learning rate {number(eta)}; "
        f"right, theta after each step: {list_of(places)}."
    )
    caption = f"Each step multiplies the distance from the minimiser by 1 − ηa = {number(factor)}"
    out = {"alt": alt, "caption": f"{caption}: {_verdict(factor)}.", "labels": at}
    out |= {"valley": np.stack([places, losses], 1), "labelled": [s in near for s in range(3)]}
    out["steps"] = np.stack([np.arange(steps + 1), places], 1)
    return out | {"name": f"η = {number(eta)},  ηa = {number(eta * a)}"}


def _loss(theta, x, y):
    return np.mean((theta[:, None] * x - y) ** 2, axis=1) / 2


def _verdict(factor):
    if abs(abs(factor) - 1) < 1e-9:
        return "it never gets nearer"
    if abs(factor) > 1:
        return "it moves away, without end"
    if abs(factor) < 1e-9:
        return "it is there after one step"
    side = "from one side" if factor > 0 else "from alternate sides"
    return f"it closes in {side}"


def two_valleys(x, y, paths):
    """Draw level lines of the loss of theta_2 tanh(theta_1 x), and paths of descent on it.

    Parameters
    ----------
    x, y : array_like, shape (N,)
        Inputs and targets; the loss is the mean of (theta_2 tanh(theta_1 x) - y)^2 / 2.
    paths : sequence of array_like, each of shape (steps, 2)
        Points (theta_1, theta_2).

    Returns
    -------
    Figure
    """
    x, y = as_floats("two_valleys", x=x, y=y)
    paths = as_floats("two_valleys", **{f"path {k}": p for k, p in enumerate(paths)})
    spec = {f"path {k}": (p, f"steps{k} parameters") for k, p in enumerate(paths)}
    sizes = bind("two_valleys", x=(x, "N"), y=(y, "N"), parameters=((2,), "parameters"), **spec)
    reach = 1.5 * max(np.abs(p).max() for p in paths)
    lowest = min(_tanh_loss(*p[-1], x, y) for p in paths)
    middle = _tanh_loss(0, 0, x, y)
    fig, ax = canvas(6, 4.6)
    for line in (half for p in PERCENT for half in _level_lines(middle * p / 100, reach, x, y)):
        ax.plot(*line.T, *-line.T, color=GREY, lw=0.9)  # the loss is the same at -theta
    ax.plot([0], [0], color=INK, marker="x", ms=8, mew=2, ls="none")
    ax.annotate(f"gradient 0, loss {number(middle)}", (0, 0), xytext=(70, -12), **NEAR, bbox=PAPER)
    for p in paths:
        ax.plot(*p.T, color=ROLES["weight"], marker="o", ms=2.5, lw=1)
        ax.plot(*p[:1].T, color=ROLES["weight"], marker="s", ms=7)
        ax.plot(*p[-1:].T, color=ROLES["output"], marker="*", ms=13)
        words = f"loss {number(_tanh_loss(*p[-1], x, y))}"
        ax.annotate(words, p[-1], xytext=(48, 0), **NEAR, bbox=PAPER)
    limits = dict(xlim=(-reach, reach), ylim=(-reach, reach))
    ax.set(xlabel=r"$\theta_1$", ylabel=r"$\theta_2$", aspect="equal", **limits)
    ends = "; ".join(f"from {list_of(p[0])} to {list_of(p[-1])}" for p in paths)
    alt = (
        f"Level lines of the loss over theta_1 and theta_2: two valleys, each the other turned "
        f"half round the origin. Paths of descent, a square at the start and a star at the end: "
        f"{ends}. Between the valleys, at the origin, the gradient is zero and the loss is "
        f"{number(middle)}; at the stars it is {number(lowest)}."
    )
    caption = f"{sizes['N']} data, two parameters, {len(paths)} starts. The loss is the same at θ "
    caption += "and −θ, so a minimiser other than 0 is never alone. Grey lines: "
    caption += f"{', '.join(map(str, PERCENT))} percent of the loss at 0."
    return Figure(fig, alt, caption)


def _level_lines(level, reach, x, y):
    """Return the lines on which the loss is `level`, for theta_1 from 0 to `reach`.

    The loss is (a q^2 - 2 b q + c) / 2 in q = theta_2, with a, b and c depending on theta_1, so
    that q = (b +- root) / a; the two branches meet where the root is 0.
    """
    p = reach * np.linspace(0, 1, 501)[1:] ** 2  # denser near 0, where the lines are steep
    u = np.tanh(p[:, None] * x)
    a, b = np.mean(u * u, axis=1), np.mean(u * y, axis=1)
    square = b * b - a * (np.mean(y * y) - 2 * level)
    inside = np.flatnonzero(square >= 0)
    for run in np.split(inside, np.flatnonzero(np.diff(inside) > 1) + 1):
        if len(run) == 0:
            continue
        run = np.arange(max(run[0] - 1, 0), min(run[-1] + 2, len(p)))
        root = np.sqrt(np.maximum(square[run], 0))
        for q in ((b[run] - root) / a[run], (b[run] + root) / a[run]):
            seen = np.abs(q) <= 1.1 * reach
            if seen.any():
                yield np.stack([p[run], q], axis=1)[seen]


def _tanh_loss(theta_1, theta_2, x, y):
    return np.mean((theta_2 * np.tanh(theta_1 * x) - y) ** 2) / 2


def list_of(values):
    """Return the numbers of a vector in words."""
    return f"({', '.join(number(v) for v in values)})"


def whole(operation, name, value, low, high=np.inf):
    """Raise a ShapeError unless `value` is a whole number from `low` to `high`."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or not low <= value <= high:
        limits = f"at least {low}" if high == np.inf else f"from {low} to {high}"
        raise ShapeError(
            f"{operation}: {name} is {value!r}, but should be a whole number, {limits}"
        )
