"""Pictures of the chapter on the chain rule: batches, paths, training."""

import numpy as np

from annex_lib.figures.core import GREY, INK, ROLES, Figure, canvas, number, title
from annex_lib.figures.descent import (
    descent_path,
    descent_path_scene,
    list_of,
    two_valleys,
    whole,
)
from annex_lib.figures.layer_stack import layer_stack, layer_stack_scene
from annex_lib.figures.scene import Scene
from annex_lib.shapes import as_floats, bind

__all__ = [
    "descent_path",
    "descent_path_scene",
    "layer_stack",
    "layer_stack_scene",
    "minibatch_gradients",
    "minibatch_gradients_scene",
    "path_sum",
    "training_curve",
    "two_valleys",
]


def minibatch_gradients(d, B, orders):
    """Draw the gradients of each mini-batch of several shuffled epochs around the full gradient.

    Parameters
    ----------
    d : array_like, shape (N,)
        Each sample's derivative of its loss, all at the same parameter.
    B : int, from 1 to N
        Batch size; the last batch of an epoch is smaller if B does not divide N.
    orders : array_like of int, shape (epochs, N)
        Each row a permutation of 0 .. N - 1.

    Returns
    -------
    Figure
    """
    whole("minibatch_gradients", "B", B, 1, len(d))
    return minibatch_gradients_scene(d, orders).figure(B=B)


def minibatch_gradients_scene(d, orders):
    """Return the moving picture of `minibatch_gradients`; its position is `B`."""
    (d,), orders = as_floats("minibatch_gradients", d=d), np.asarray(orders)
    bind("minibatch_gradients", d=(d, "N"), orders=(orders, "epochs N"))
    full, N, rows = d.mean(), len(d), range(len(orders))
    fig, ax = canvas(8, 0.42 * len(orders) + 1.3)
    ax.plot([full, full], [-0.6, len(orders) - 0.4], color=INK, lw=1.2)
    dots = dict(marker="o", ms=7, ls="none", color=ROLES["gradient"], alpha=0.8)
    whole_batches = [ax.plot([full], [row], **dots)[0] for row in rows]
    rests = [ax.plot([full], [row], **dots, mfc="white")[0] for row in rows]
    diamonds = ax.plot([full], [0], marker="D", ms=9, mfc="none", ls="none", color=INK)[0]
    ax.set(xlim=(d.min() - 0.5, d.max() + 0.5), ylim=(len(orders) - 0.4, -0.6))
    ax.set(yticks=rows, xlabel="gradient", ylabel="epoch")
    scene = Scene("minibatch_gradients", fig)
    scene.slot("batches", whole_batches, "points")
    scene.slot("rests", rests, "points")
    scene.slot("averages", diamonds, "points")
    scene.slot("name", title(ax, f"batches of {N}, N = {N}", "gradient"), "text")

    def state(B):
        means = [[d[order[s : s + B]].mean() for s in range(0, N, B)] for order in orders]
        averages, last = np.mean(means, axis=1), N // B
        alt = (
            f"A dot for the mean gradient of each batch of {B}, one line for each of {len(orders)} "
            f"shuffled epochs; a vertical line at the full gradient {number(full)}; a diamond at "
            f"the average of each epoch's batches: {list_of(averages)}."
        )
        out = {
            "alt": alt,
            "caption": _batch_caption(N, B, full),
            "name": f"batches of {B}, N = {N}",
        }
        out["batches"] = [[(m, row) for m in means[row][:last]] for row in rows]
        out["rests"] = [[(m, row) for m in means[row][last:]] for row in rows]
        return out | {"averages": np.stack([averages, rows], axis=1)}

    scene.state = state
    return scene


def _batch_caption(N, B, full):
    if N % B == 0:
        return (
            f"{B} divides {N}: in every epoch the {N // B} batch gradients (dots) average "
            f"(diamond) exactly to the full gradient {number(full)} (line)."
        )
    return (
        f"{B} does not divide {N}: the last batch of an epoch (hollow dot) holds {N % B} instead "
        f"of {B} but weighs as much as the others, so that the average (diamond) need not be "
        f"{number(full)} (line)."
    )


def path_sum(dh, dL, names=None, source="x"):
    """Draw the paths from one variable through its uses to the loss, each a product; add them.

    Parameters
    ----------
    dh : array_like, shape (m,)
        Derivative of each intermediate by the variable.
    dL : array_like, shape (m,)
        Derivative of the loss by each intermediate.
    names : sequence of m str, optional
        Names of the intermediates; z_0, z_1, ... without it.
    source : str
        Name of the variable, in mathtext.

    Returns
    -------
    Figure
    """
    dh, dL = as_floats("path_sum", dh=dh, dL=dL)
    m = bind("path_sum", dh=(dh, "m"), dL=(dL, "m"))["m"]
    names = [f"z_{i}" for i in range(m)] if names is None else names
    fig, ax = canvas(8, 0.85 * m + 0.8)
    ax.set(xlim=(-0.4, 8.2), ylim=(m + 0.05, -0.55))
    ax.set_axis_off()
    middle = (m - 1) / 2
    for i in range(m):
        for left, right, value in (
            ((0, middle), (2.4, i), dh[i]),
            ((2.4, i), (4.8, middle), dL[i]),
        ):
            style = dict(arrowstyle="-|>", color=ROLES["gradient"], shrinkA=17, shrinkB=17, lw=1.3)
            ax.annotate("", right, left, arrowprops=style)
            at = [(p + q) / 2 for p, q in zip(left, right, strict=True)]
            _label(ax, *at, number(value), ROLES["gradient"])
        product = f"{_factor(dL[i])} · {_factor(dh[i])} = {number(dL[i] * dh[i])}"
        ax.text(5.3, i, f"over ${names[i]}$:  {product}", va="center", size=11)
        _node(ax, 2.4, i, f"${names[i]}$", "output")
    _node(ax, 0, middle, f"${source}$", "input")
    _node(ax, 4.8, middle, "$L$", "plain")
    ax.plot([5.3, 8.2], [m - 0.58, m - 0.58], color=INK, lw=1)
    words = f"sum:  {number(dL @ dh)}"
    ax.text(5.3, m - 0.25, words, va="center", size=11, fontweight="bold")
    total = " + ".join(_factor(p) for p in dL * dh)
    alt = (
        f"A graph from a variable over {m} intermediates to the loss. First edges: {list_of(dh)}; "
        f"second edges: {list_of(dL)}; products along the paths: {list_of(dL * dh)}."
    )
    caption = f"Along a path the derivatives multiply, and the paths add: {total} = "
    return Figure(fig, alt, f"{caption}{number(dL @ dh)}.")


def training_curve(losses, x, y, before, after):
    """Draw the loss after each epoch, and the data with the network before and after training.

    Parameters
    ----------
    losses : array_like, shape (epochs,)
        Above 0.
    x, y : array_like, shape (N,)
    before, after : array_like, shape (N,)
        The network's outputs at x.

    Returns
    -------
    Figure
    """
    data = dict(losses=losses, x=x, y=y, before=before, after=after)
    arrays = as_floats("training_curve", **data)
    axes = {k: (a, "N") for k, a in zip(data, arrays, strict=True) if k != "losses"}
    bind("training_curve", losses=(arrays[0], "epochs"), **axes)
    losses, x, y, before, after = arrays
    order = np.argsort(x)
    fig, (left, right) = canvas(8, 3.2, 1, 2)
    left.plot(range(len(losses)), losses, color=ROLES["output"], lw=1.5)
    left.set(yscale="log", xlabel="epoch", ylabel="mean loss")
    right.plot(x, y, color=ROLES["input"], marker="o", ms=4, ls="none", label="data")
    right.plot(x[order], before[order], color=GREY, lw=1.5, ls="--", label="before")
    right.plot(x[order], after[order], color=ROLES["output"], lw=2, label="after")
    right.margins(y=0.2)  # room for the legend
    right.set(xlabel="$x$", ylabel="$y$")
    right.legend(frameon=False, loc="upper center", ncols=3, fontsize=9)
    title(left, "loss over the whole data set", "output")
    title(right, "the network's function", "output")
    alt = (
        f"Left, the mean loss over {len(losses) - 1} epochs on a logarithmic scale, from "
        f"{number(losses[0])} down to {number(losses[-1])}. Right, {len(x)} data points, the "
        f"network's outputs before training ({number(before.min())} to {number(before.max())}) "
        f"and after ({number(after.min())} to {number(after.max())})."
    )
    rises = f"it rose in {(np.diff(losses) > 0).sum()} of {len(losses) - 1} epochs"
    caption = f"The loss goes from {number(losses[0])} to {number(losses[-1])}; {rises}."
    return Figure(fig, alt, caption)


def _node(ax, x, y, words, role):
    box = dict(boxstyle="circle,pad=0.35", fc="white", ec=ROLES[role], lw=1.6)
    ax.text(x, y, words, ha="center", va="center", size=12, bbox=box)


def _label(ax, x, y, words, color):
    box = dict(boxstyle="round,pad=0.15", fc="white", ec="none")
    ax.text(x, y, words, ha="center", va="center", size=11, color=color, bbox=box)


def _factor(value):
    return f"({number(value)})" if value < 0 else number(value)
