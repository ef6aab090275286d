"""Pictures of the chapter that trains a network: digits, weights, the tape, the loss."""

import numpy as np

from annex_lib.figures.core import GREY, HEAT, INK, ROLES, Figure, canvas, number, title
from annex_lib.figures.equation_row import listed
from annex_lib.figures.learnt import feature_maps, feature_maps_scene, kernels, kernels_scene
from annex_lib.network import Variable
from annex_lib.shapes import ShapeError, as_floats, bind

__all__ = [
    "class_templates",
    "digit_images",
    "feature_maps",
    "feature_maps_scene",
    "kernels",
    "kernels_scene",
    "tape_records",
    "training_losses",
]


def digit_images(images, labels, columns=10):
    """Draw small grey images in rows, with a label under each.

    Parameters
    ----------
    images : array_like, shape (N, m, n), from 0 (white) to 1 (black)
    labels : sequence of N things to write
    columns : int
        Images in a row, at most.

    Returns
    -------
    Figure
    """
    (images,) = as_floats("digit_images", images=images)
    bind("digit_images", images=(images, "N m n"), labels=((len(labels),), "N"))
    fig = _images(images, labels, columns, cmap="Greys", vmin=0, vmax=1)
    words = ", ".join(map(str, labels))
    m, n = images.shape[1:]
    alt = f"{len(images)} grey images of {m} by {n} pixels, labelled {words}."
    ink = np.round(images.mean(axis=(1, 2)), 2)
    return Figure(fig, alt, f"Share of ink in each: {', '.join(f'{v:.2f}' for v in ink)}.")


def class_templates(W, shape):
    """Draw each row of a weight matrix as an image: what speaks for a class, and what against.

    Parameters
    ----------
    W : array_like, shape (K, n)
    shape : pair of int
        Rows and columns of the image, n in all.

    Returns
    -------
    Figure
    """
    (W,) = as_floats("class_templates", W=W)
    K, n = bind("class_templates", W=(W, "K n")).values()
    if np.prod(shape) != n:
        raise ShapeError(f"class_templates: rows of {n} weights are no images of {shape}")
    limit = np.abs(W).max()
    fig = _images(W.reshape(K, *shape), range(K), K, cmap=HEAT, vmin=-limit, vmax=limit)
    alt = f"{K} images of {shape[0]} by {shape[1]} weights, one for each class, 0 to {K - 1}."
    caption = (
        f"Orange: ink here speaks for the class; blue: against it. The strongest weight has the "
        f"magnitude {number(limit)}."
    )
    return Figure(fig, alt, caption)


def tape_records(tape, names):
    """Draw the records of a tape as a list, with the shape of each result.

    Parameters
    ----------
    tape : Tape
    names : dict of Variable to str
        What the variables are called that came from outside, in plain letters.

    Returns
    -------
    Figure
    """
    names, rows = dict(names), []
    for k, record in enumerate(tape.records):
        arrays = [x for x in record.inputs if isinstance(x, Variable | np.ndarray)]
        given = [names.get(x, "?") if isinstance(x, Variable) else "data" for x in arrays]
        names[record.output] = f"record {k}"
        shape = np.shape(record.output.value)
        rows.append((str(k), record.operation.__name__, ", ".join(given), _shape(shape)))
    fig, ax = canvas(8, 0.3 * len(rows) + 0.7)
    ax.set(xlim=(-0.9, 8.3), ylim=(len(rows) - 0.4, -1.4))
    ax.set_axis_off()
    places = {"": 0, "operation": 0.5, "from": 3.1, "shape of the result": 6.0}
    for words, x in places.items():
        ax.text(x, -1, words, va="center", weight="bold")
    ax.plot([-0.1, 8.2], [-0.55, -0.55], color=GREY, lw=1)
    for k, row in enumerate(rows):
        for x, words in zip(places.values(), row, strict=True):
            ax.text(x, k, words, va="center", color=GREY if x == 0 else INK)
    last = len(rows) - 0.8
    for x, start, end, role in ((-0.35, -0.2, last, "output"), (-0.65, last, -0.2, "gradient")):
        arrow = dict(arrowstyle="-|>", lw=1.6, shrinkA=0, shrinkB=0, color=ROLES[role])
        ax.annotate("", (x, end), (x, start), arrowprops=arrow)
    alt = "; ".join(f"{k}: {name} of {given} gives {shape}" for k, name, given, shape in rows)
    caption = "Green: the order in which the records were made. Purple: the way back."
    return Figure(fig, f"A list of {len(rows)} records. {alt}.", caption)


def training_losses(losses, accuracies, steps):
    """Draw the loss at every step, and the accuracy after every epoch, for several networks.

    Parameters
    ----------
    losses : dict of str to array_like, shape (epochs * steps,)
        Above 0.
    accuracies : dict of str to array_like, shape (epochs + 1,)
        From 0 to 1; the first one before training.
    steps : int
        Steps in an epoch.

    Returns
    -------
    Figure
    """
    if list(losses) != list(accuracies):
        raise ShapeError(f"training_losses: losses of {[*losses]}, accuracies of {[*accuracies]}")
    fig, (left, right) = canvas(8, 3.3, 1, 2)
    roles = ["input", "weight", "gradient"]
    said = []
    for (name, L), role in zip(losses.items(), roles, strict=False):
        (L,), a = as_floats("training_losses", losses=L), np.asarray(accuracies[name])
        epochs = len(a) - 1
        if len(L) != epochs * steps:
            words = f"{len(L)} losses of {name}, but {epochs} epochs of {steps} steps"
            raise ShapeError(f"training_losses: {words}")
        means = L.reshape(epochs, steps).mean(axis=1)
        left.plot(np.arange(len(L)) / steps, L, color=ROLES[role], lw=0.7, alpha=0.35)
        left.plot(np.arange(epochs) + 0.5, means, color=ROLES[role], lw=2, marker="o", ms=4)
        right.plot(range(epochs + 1), 100 * a, color=ROLES[role], lw=2, marker="o", ms=4)
        right.text(epochs + 0.2, 100 * a[-1], name, color=ROLES[role], va="center")
        said.append(f"{name}: mean loss by epoch {listed(means)}, {100 * a[-1]:.1f}% right")
    left.set(yscale="log", xlabel="epoch", ylabel="loss of the batch")
    right.set(xlabel="epoch", ylabel="right on the test digits, %", ylim=(80, 100.5))
    right.set_xlim(0.5, epochs + 2.6)
    right.set_xticks(range(2, epochs + 1, 2))
    right.set_yticks(range(80, 101, 5))
    title(left, "loss")
    title(right, "accuracy")
    alt = f"Left, losses on a logarithmic scale; right, accuracy from 80%. {'; '.join(said)}."
    return Figure(fig, alt, "Thin: every batch. Thick: the mean over an epoch.")


def _shape(shape):
    return " × ".join(map(str, shape)) or "a number"


def _images(images, labels, columns, **colours):
    """Draw images in rows with words under them, in one axes: an axes for each takes long."""
    N, m, n = images.shape
    across, down = min(N, columns), -(-N // columns)
    wide, tall = 1.12, m / n + 0.48  # of each place; an image is 1 wide
    end = wide * across - 0.12, tall * down - 0.2
    fig, ax = canvas(0.72 * end[0], 0.72 * end[1])
    for k, (image, label) in enumerate(zip(images, labels, strict=True)):
        left, top = k % across * wide, k // across * tall
        extent = (left, left + 1, top + m / n, top)
        ax.imshow(image, extent=extent, interpolation="nearest", **colours)
        where = left + 0.5, top + m / n + 0.06
        ax.text(*where, str(label), ha="center", va="top", color=INK)
    ax.set(xlim=(0, end[0]), ylim=(end[1], 0))
    ax.set_axis_off()
    return fig
