"""The picture of stacked layers: values forward, gradients back, a number on every arrow."""

import numpy as np
from matplotlib.patches import BoxStyle, FancyArrowPatch, FancyBboxPatch

from annex_lib.figures.core import GREY, INK, ROLES, canvas, number
from annex_lib.figures.descent import list_of
from annex_lib.figures.scene import Scene
from annex_lib.shapes import ShapeError, as_floats, bind

__all__ = ["layer_stack", "layer_stack_scene"]

TOP, VALUES, GRADIENTS, BOTTOM = 0.0, 1.2, 2.5, 3.75  # the four lanes, downward
WIDE, HIGH = 0.44, 0.32  # half the width and height of a box


def layer_stack(h, theta, y, dh, dtheta, step=None):
    """Draw R stacked layers of one number each: values forward, gradients back.

    The loss is (h_R - y)^2 / 2. The steps in order: the R values h_1 .. h_R, the loss, its
    derivative by h_R, then for each layer from R down to 1 the derivatives by its parameter and
    by its input; 3 R + 2 in all.

    Parameters
    ----------
    h : array_like, shape (R + 1,)
        h_0 = x, then each layer's output.
    theta : array_like, shape (R,)
        Each layer's parameter.
    y : float
        The target.
    dh, dtheta : array_like, shape (R,)
        Derivative of each layer's output by its input and by its parameter, at these values.
    step : int, from 0 to 3 R + 2, optional
        How many steps have been done; all of them without it.

    Returns
    -------
    Figure

    Raises
    ------
    ShapeError
        If the sizes do not fit, or there is no such step.
    """
    last = 3 * len(theta) + 2
    scene = layer_stack_scene(h, theta, y, dh, dtheta)
    if step is not None and step not in range(last + 1):
        raise ShapeError(f"layer_stack: step is {step!r}, but should be from 0 to {last}")
    return scene.figure(step=step)


def layer_stack_scene(h, theta, y, dh, dtheta):
    """Return the moving picture of `layer_stack`; its position is `step`."""
    h, theta, y, dh, dtheta = as_floats("layer_stack", h=h, theta=theta, y=y, dh=dh, dtheta=dtheta)
    R = bind("layer_stack", theta=(theta, "R"), dh=(dh, "R"), dtheta=(dtheta, "R"), y=(y, ""))["R"]
    bind("layer_stack", outputs=(h[1:], "R"), theta=(theta, "R"))
    g = (h[-1] - y) * np.append(np.cumprod(dh[::-1])[::-1], 1)
    loss = (h[-1] - y) ** 2 / 2
    fig, ax = canvas(8, 3.9)
    ax.set(xlim=(-0.6, 2 * R + 2.6), ylim=(BOTTOM + 0.45, TOP - 0.45))
    ax.set_axis_off()
    parts = _Parts(ax)
    _draw_forward(parts, h, theta, y, loss)
    _draw_backward(parts, g, dh, dtheta)
    scene = Scene("layer_stack", fig)
    scene.slot("done", [artist for artist, _ in parts.done], "visible")
    scene.slot("open", [artist for artist, _ in parts.open], "visible")
    words = _steps(h, theta, y, dh, dtheta, g, loss)
    given = f"x = {number(h[0])}, the parameters {list_of(theta)}, the target y = {number(y)}"
    alt = f"A row of {R} layers and the loss, with arrows to the right for values and to the left "
    alt += f"for gradients. Given: {given}. Done so far: "

    def state(step):
        whole, step = step is None, len(words) - 1 if step is None else step
        caption = f"Step {step} of {len(words) - 1}. {words[step]}."
        if whole:
            caption = f"To the right, values, up to L = {number(loss)}. To the left, gradients: by "
            caption += f"the values {list_of(g)}, by the parameters {list_of(g[1:] * dtheta)}."
        out = {"alt": f"{alt}{'; '.join(words[1 : step + 1]) or 'nothing'}.", "caption": caption}
        out["done"] = [step >= first for _, first in parts.done]
        return out | {"open": [step < first for _, first in parts.open]}

    scene.state = state
    return scene


class _Parts:
    """What is drawn twice: dotted while it is open, and as it is from its step on."""

    def __init__(self, ax):
        self.ax, self.done, self.open = ax, [], []

    def box(self, x, y, name, value, role, first):
        """Draw a box with a name, and its value from the step `first` on."""
        corner, size = (x - WIDE, y - HIGH), (2 * WIDE, 2 * HIGH)
        shape = BoxStyle("round", pad=0, rounding_size=0.08)
        for color, ls, parts in ((GREY, ":", self.open), (ROLES[role], "-", self.done)):
            style = {"boxstyle": shape, "fc": "white", "lw": 1.5, "ec": color, "ls": ls}
            box = self.ax.add_artist(FancyBboxPatch(corner, *size, **style))
            parts.append((box, first))
        middle = {"ha": "center", "va": "center", "size": 10}
        self.ax.text(x, y - 0.13, name, **middle)
        self.done.append((self.ax.text(x, y + 0.14, number(value), **middle), first))

    def arrow(self, start, end, role, first, words=""):
        """Draw an arrow, and from the step `first` on the words on it."""
        for color, ls, parts in ((GREY, ":", self.open), (ROLES[role], "-", self.done)):
            style = {"arrowstyle": "-|>", "color": color, "lw": 1.3, "ls": ls}
            style |= {"shrinkA": 1, "shrinkB": 1, "mutation_scale": 10}
            parts.append((self.ax.add_artist(FancyArrowPatch(start, end, **style)), first))
        if words:
            at = [(p + q) / 2 for p, q in zip(start, end, strict=True)]
            look = {"ha": "center", "va": "center", "size": 9, "color": ROLES[role]}
            box = {"boxstyle": "round,pad=0.12", "fc": "white", "ec": "none"}
            self.done.append((self.ax.text(*at, words, bbox=box, **look), first))


def _steps(h, theta, y, dh, dtheta, g, loss):
    """Return a sentence for each step, with its arithmetic."""
    R = len(theta)
    words = ["The input, the parameters and the target are given"]
    for r in range(1, R + 1):
        before = f"{number(h[r - 1])}; {number(theta[r - 1])}"
        words.append(f"Forward: h_{r} = f_{r}(h_{r - 1}; θ_{r}) = f_{r}({before}) = {number(h[r])}")
    miss = f"{number(h[R])} − {_factor(y)}"
    words.append(f"The loss: L = ({miss})² / 2 = {number(loss)}")
    words.append(f"Backward begins: g_{R} = ∂L/∂h_{R} = {miss} = {number(g[R])}")
    for r in range(R, 0, -1):
        by_theta = f"{_factor(g[r])} · {_factor(dtheta[r - 1])} = {number(g[r] * dtheta[r - 1])}"
        words.append(f"Into the parameter: ∂L/∂θ_{r} = g_{r} · ∂h_{r}/∂θ_{r} = {by_theta}")
        by_h = f"{_factor(g[r])} · {_factor(dh[r - 1])} = {number(g[r - 1])}"
        words.append(f"Down the stack: g_{r - 1} = g_{r} · ∂h_{r}/∂h_{r - 1} = {by_h}")
    return words


def _draw_forward(parts, h, theta, y, loss):
    R = len(theta)
    for r in range(R + 1):
        parts.box(2 * r, VALUES, f"$h_{r}$", h[r], "input" if r == 0 else "output", r)
    for r in range(1, R + 2):
        name, below = (f"\\theta_{r}", theta[r - 1]) if r <= R else ("y", y)
        parts.box(2 * r - 1, TOP, f"${name}$", below, "weight" if r <= R else "input", 0)
        ends = (2 * r - 1, TOP + HIGH), (2 * r - 1, VALUES - 0.22)
        for start, end in (_between(2 * r - 2, 2 * r - 1), _between(2 * r - 1, 2 * r), ends):
            parts.arrow(start, end, "output", r)
        box = dict(boxstyle="square,pad=0.3", fc="#ececec", ec=INK, lw=1)
        name = f"$f_{r}$" if r <= R else r"$\ell$"
        parts.ax.text(2 * r - 1, VALUES, name, ha="center", va="center", size=11, bbox=box)
    parts.box(2 * R + 2, VALUES, "$L$", loss, "plain", R + 1)


def _between(left, right):
    """Return the ends of a forward arrow between a value, at an even place, and a layer."""
    return (left + (0.2 if left % 2 else WIDE), VALUES), (
        right - (0.2 if right % 2 else WIDE),
        VALUES,
    )


def _draw_backward(parts, g, dh, dtheta):
    R = len(dh)
    start, end = (2 * R + 2, VALUES + HIGH), (2 * R + WIDE, GRADIENTS)
    parts.arrow(start, end, "gradient", R + 2, f"$h_{R} - y$")
    for r in range(R, -1, -1):
        first = R + 2 + 2 * (R - r)
        parts.box(2 * r, GRADIENTS, f"$g_{r}$", g[r], "gradient", first)
        if r < R:
            start, end = (2 * r + 2 - WIDE, GRADIENTS), (2 * r + WIDE, GRADIENTS)
            parts.arrow(start, end, "gradient", first, f"× {number(dh[r])}")
        if r > 0:
            start, end = (2 * r - 0.15, GRADIENTS + HIGH), (2 * r - 0.85, BOTTOM - HIGH)
            parts.arrow(start, end, "gradient", first + 1, f"× {number(dtheta[r - 1])}")
            name = f"$\\partial L/\\partial\\theta_{r}$"
            parts.box(2 * r - 1, BOTTOM, name, g[r] * dtheta[r - 1], "gradient", first + 1)


def _factor(value):
    return f"({number(value)})" if value < 0 else number(value)
