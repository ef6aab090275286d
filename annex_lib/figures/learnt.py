"""What a trained network holds: its kernels, and what they make of an image."""

import numpy as np

from annex_lib.figures.core import GREY, ROLES, canvas, number, title
from annex_lib.figures.equation_row import check_inside
from annex_lib.figures.scene import Scene
from annex_lib.shapes import ShapeError, as_floats, bind

__all__ = ["feature_maps", "feature_maps_scene", "kernels", "kernels_scene"]


def kernels(W):
    """Draw the kernels of a convolutional layer with one input channel, side by side.

    Parameters
    ----------
    W : array_like, shape (F, 1, p, q)
        F even; they stand in two rows.

    Returns
    -------
    Figure
    """
    return kernels_scene([W], [""]).figure(epoch=0)


def kernels_scene(history, words):
    """Return the moving picture of `kernels`; its position is `epoch`, a place in the history.

    Parameters
    ----------
    history : sequence of array_like, shape (F, 1, p, q)
    words : sequence of str
        What the caption adds about each.

    Returns
    -------
    Scene
    """
    history = [as_floats("kernels", W=W)[0] for W in history]
    F, p, q = (bind("kernels", W=(history[0], "F 1 p q"))[k] for k in "Fpq")
    limit = max(np.abs(W).max() for W in history)
    fig, axes = canvas(8, 2.1, 2, _half("kernels", F))
    scene = Scene("kernels", fig)
    names = _small_grids(scene, axes, (p, q), limit)

    def state(epoch):
        W = history[epoch][:, 0]
        moved = np.linalg.norm(W - history[0][:, 0]) / np.linalg.norm(history[0])
        alt = f"{F} kernels of {p} by {q} weights in two rows, orange above 0 and blue below."
        caption = (
            f"{words[epoch]}Weights from {number(W.min())} to {number(W.max())}; they have moved "
            f"by {100 * moved:.0f}% of their first length."
        )
        return dict(zip(names, W, strict=True), alt=alt, caption=caption)

    scene.state = state
    return scene


def _half(operation, F):
    """Return how many of F images stand in each of two rows."""
    if F % 2:
        raise ShapeError(f"{operation}: {F} images do not stand in two equal rows")
    return F // 2


def _small_grids(scene, axes, shape, limit):
    """Make a grid of each of the axes; return the names of their slots."""
    names = [f"channel {f}" for f in range(axes.size)]
    for name, ax in zip(names, axes.ravel(), strict=True):
        scene.grid(name, ax, shape, limit=limit, numbers=False, ticks=False)
    return names


def feature_maps(images, maps, probabilities, labels, i=0):
    """Draw an image, what the first layer makes of it, and the probability of each class.

    Parameters
    ----------
    images : array_like, shape (N, m, n)
    maps : array_like, shape (N, F, u, v)
        F even; not negative.
    probabilities : array_like, shape (N, K)
    labels : array_like of int, shape (N,)
        The right classes.
    i : int
        Which image.

    Returns
    -------
    Figure
    """
    check_inside("feature_maps", "i", i, len(images))
    return feature_maps_scene(images, maps, probabilities, labels).figure(i=i)


def feature_maps_scene(images, maps, probabilities, labels):
    """Return the moving picture of `feature_maps`; its position is `i`."""
    images, maps, P = as_floats(
        "feature_maps", images=images, maps=maps, probabilities=probabilities
    )
    sizes = bind(
        "feature_maps",
        images=(images, "N m n"),
        maps=(maps, "N F u v"),
        probabilities=(P, "N K"),
        labels=(np.shape(labels), "N"),
    )
    m, n, F, u, v, K = (sizes[k] for k in "mnFuvK")
    across = _half("feature_maps", F)
    fig, axes = canvas(8, 4, 3, across, height_ratios=(2, 1, 1))
    for ax in axes[0]:
        ax.remove()
    top = axes[0, 0].get_gridspec()[0, :].subgridspec(1, 2, width_ratios=(1, 2.2))
    left, right = (fig.add_subplot(top[0, k]) for k in (0, 1))
    scene = Scene("feature_maps", fig)
    scene.grid("image", left, (m, n), limit=1, numbers=False, ticks=False)
    names = _small_grids(scene, axes[1:], (u, v), maps.max())
    bars = right.bar(range(K), np.ones(K), width=0.7, color=GREY, lw=0)
    scene.slot("bars", list(bars), "bounds")
    scene.slot("colors", list(bars), "fill")
    right.set(xticks=range(K), ylim=(0, 1.02), yticks=[0, 0.5, 1], xlabel="class")
    title(right, "probability", "output")
    title(left, "image", "input")
    words = f"the {F} channels after the first layer"
    style = dict(color=ROLES["weight"], weight="bold", size=11, transform=axes[1, 0].transAxes)
    axes[1, 0].text(0, 1.14, words, **style).set_in_layout(False)  # reaches over its neighbours
    right.spines[["top", "right"]].set_visible(False)

    def state(i):
        guess = int(P[i].argmax())
        colors = ["output" if k == guess else "#c9c9c9" for k in range(K)]
        verdict = "which it is" if guess == labels[i] else f"but it is a {labels[i]}"
        alt = (
            f"An image of {m} by {n} pixels, {F} small maps, and bars for {K} classes; the "
            f"largest, for class {guess}, is {P[i, guess]:.2f}."
        )
        caption = f"Taken for a {guess} with probability {P[i, guess]:.2f}, {verdict}."
        out = dict(zip(names, maps[i], strict=True), image=images[i], colors=colors)
        out["bars"] = [(k - 0.35, 0, 0.7, p) for k, p in enumerate(P[i])]
        return out | dict(alt=alt, caption=caption)

    scene.state = state
    return scene
