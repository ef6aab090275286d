"""Pictures of layer norm and batch norm: what they do to numbers, and to gradients."""

import numpy as np

from annex_lib.figures.core import GREY, INK, ROLES, Figure, canvas, frame, grid, number, title
from annex_lib.figures.equation_row import check_inside, color_limit, equation_row, listed, rows_of
from annex_lib.normalisation import running_statistics, standardise
from annex_lib.shapes import as_floats, bind

__all__ = [
    "norm_backward",
    "norm_groups",
    "norm_jacobian",
    "norm_lines",
    "running_mean",
]


def norm_lines(x, eps=0.0):
    """Draw the numbers of one sample on three lines: as they are, centred, and divided by sigma.

    Parameters
    ----------
    x : array_like, shape (n,)
    eps : float, at least 0

    Returns
    -------
    Figure
    """
    (x,) = as_floats("norm_lines", x=x)
    bind("norm_lines", x=(x, "n"))
    h, (mean,), (sigma,) = standardise(x, 0, eps=eps)
    reach = 1.15 * max(1, np.abs(x).max(), np.abs(x - mean).max())
    fig, axes = canvas(8, 2.9, 3, 1)
    lines = [
        (x, "$x$", "input", mean),
        (x - mean, r"$x - \mu$", "plain", 0),
        (h, "$h$", "output", 0),
    ]
    for ax, (values, name, role, centre) in zip(axes, lines, strict=True):
        wide = reach if role != "output" else 2.3
        _number_line(ax, values, name, role, wide)
        spread = 1 if role == "output" else sigma
        ax.plot([centre - spread, centre + spread], [-0.55, -0.55], color=GREY, lw=5, alpha=0.45)
        ax.plot([centre] * 2, [-0.85, -0.25], color=INK, lw=1.5)
    words = number(eps) if eps else "0"
    alt = (
        f"Three number lines with the same {len(x)} points: {rows_of('x', x)}, with the mean "
        f"{number(mean)}; x minus the mean is {listed(x - mean)}; {rows_of('h', h)}. A grey bar "
        f"reaches one sigma to each side of the mean, {number(sigma)} and in h 1."
    )
    square = number((h**2).mean())
    caption = (
        f"With ε = {words}: μ = {number(mean)} and σ = {number(sigma)}, the half of the grey bar. "
        f"The points move together, then closer or further apart: their order and the ratios of "
        f"their distances stay. The mean of h² is {square}."
    )
    return Figure(fig, alt, caption)


def _number_line(ax, values, name, role, reach):
    ax.axhline(0, color=GREY, lw=1)
    ax.plot(values, 0 * values, "o", color=ROLES[role], ms=8)
    for at in np.unique(np.round(values, 9)):
        here = [k for k, value in enumerate(values) if round(value, 9) == at]
        ax.text(at, 0.45, ", ".join(map(str, here)), ha="center", size=9, color=ROLES[role])
    ax.set(xlim=(-reach, reach), ylim=(-1, 1), yticks=[])
    ax.set_ylabel(name, rotation=0, va="center", labelpad=22, color=ROLES[role], size=12)
    ax.spines["left"].set_visible(False)
    ax.tick_params(labelsize=8)


def norm_jacobian(x, eps=0.0):
    """Draw sigma dh/dx as the identity minus two matrices of rank one.

    Parameters
    ----------
    x : array_like, shape (n,)
    eps : float, at least 0

    Returns
    -------
    Figure
    """
    (x,) = as_floats("norm_jacobian", x=x)
    (n,) = bind("norm_jacobian", x=(x, "n")).values()
    h, _, (sigma,) = standardise(x, 0, eps=eps)
    mean, along = np.full((n, n), 1 / n), np.outer(h, h) / n
    rest = np.eye(n) - mean - along
    parts = [
        dict(a=np.eye(n), name="$I$", ticks=False),
        "−",
        dict(a=mean, name=r"$\mathbf{1}\mathbf{1}^T/n$", ticks=False),
        "−",
        dict(a=along, name="$hh^T/n$", role="output", ticks=False),
        "=",
        dict(a=rest, name=r"$\sigma\ \partial h / \partial x$", role="gradient", ticks=False),
    ]
    fig = equation_row([_two_digits(p) for p in parts], 1.0)
    alt = (
        f"Four matrices of {n} by {n}: the identity, minus a matrix with {number(1 / n)} in each "
        f"entry, minus h times h transposed over n, is sigma times the Jacobian. {rows_of('h', h)}."
        f" {rows_of('The result', rest)}."
    )
    caption = (
        f"σ = {number(sigma)} and h = {listed(h)}. Entry (i, j), divided by σ, says how h_i moves "
        "with x_j: a row sums to 0, as pushing all inputs by the same amount moves nothing."
    )
    return Figure(fig, alt, caption)


def _two_digits(part):
    """Write a matrix with two digits after the point, so that it fits its cells."""
    if isinstance(part, dict):
        part["labels"] = [[number(round(v, 2) + 0.0) for v in row] for row in part["a"]]
    return part


def norm_backward(u, x, eps=0.0):
    """Draw what the backward pass takes from u: its mean, and its part along h.

    Parameters
    ----------
    u : array_like, shape (n,)
        The gradient by h.
    x : array_like, shape (n,)
    eps : float, at least 0

    Returns
    -------
    Figure
    """
    u, x = as_floats("norm_backward", u=u, x=x)
    (n,) = bind("norm_backward", x=(x, "n"), u=(u, "n")).values()
    h, _, (sigma,) = standardise(x, 0, eps=eps)
    mean, along = np.full(n, u.mean()), h * (h * u).mean()
    rest = u - mean - along
    parts = [
        (u, "$u$", "gradient"),
        (mean, r"$\overline{u}$", "plain"),
        (along, r"$h\ \overline{hu}$", "output"),
        (rest, r"$\sigma\ \partial L / \partial x$", "gradient"),
    ]
    limit = 1.25 * color_limit(u, mean, along, rest)
    fig, axes = canvas(8, 2.6, 1, 4, sharey=True)
    for ax, (values, name, role), sign in zip(axes, parts, ["", "−", "−", "="], strict=True):
        ax.axhline(0, color=GREY, lw=0.8)
        ax.bar(range(n), values, color=ROLES[role], width=0.62)
        for k, value in enumerate(values):
            up = value >= 0
            words = number(round(value, 2) + 0.0)
            ax.text(k, value + (0.05 if up else -0.05) * limit, words, ha="center", size=9,
                    va="bottom" if up else "top")  # fmt: skip
        ax.set(xlim=(-0.6, n - 0.4), ylim=(-limit, limit), xticks=range(n), yticks=[])
        ax.tick_params(length=0, labelsize=8)
        for side in ("left", "bottom"):
            ax.spines[side].set_visible(False)
        title(ax, f"{sign}  {name}" if sign else name, role)
    alt = (
        f"Four bar charts of {n} bars. {rows_of('u', u)}; minus its mean {number(u.mean())} in "
        f"each entry; minus its part along h, {listed(along)}; leaves {listed(rest)}."
    )
    caption = (
        f"What is left sums to {number(round(rest.sum(), 9))}, and its product with h is "
        f"{number(round(h @ rest, 9))}. Divided by σ = {number(sigma)} it is the gradient."
    )
    return Figure(fig, alt, caption)


def norm_groups(X, row=0, column=0):
    """Draw a batch twice: the numbers that a layer norm takes together, and a batch norm.

    Parameters
    ----------
    X : array_like, shape (B, n)
        Samples in rows.
    row, column : int
        The sample and the feature to frame.

    Returns
    -------
    Figure
    """
    (X,) = as_floats("norm_groups", X=X)
    B, n = bind("norm_groups", X=(X, "B n")).values()
    check_inside("norm_groups", "row", row, B)
    check_inside("norm_groups", "column", column, n)
    limit = color_limit(X)
    fig, (left, right) = canvas(8, 0.5 * B + 1.0, 1, 2)
    grid(left, X, limit=limit, name="layer norm: along a row", rows="$t$", columns="$j$")
    grid(right, X, limit=limit, name="batch norm: down a column", rows="$t$", columns="$j$")
    frame(left, row, 0, 1, n, color=ROLES["input"])
    frame(right, 0, column, B, 1, color=ROLES["weight"])
    one, other = X[row], X[:, column]
    alt = (
        f"A batch of {B} samples with {n} features, drawn twice; {rows_of('X', X)}. On the left "
        f"row {row} is framed, on the right column {column}."
    )
    caption = (
        f"Left: sample {row} has the mean {number(one.mean())} and the variance "
        f"{number(one.var())}, whatever the other samples are. Right: feature {column} has the "
        f"mean {number(other.mean())} and the variance {number(other.var())} over the batch."
    )
    return Figure(fig, alt, caption)


def running_mean(batches, momenta=(0.1, 0.5)):
    """Draw the mean of one feature in each batch, and running means that gather them.

    Parameters
    ----------
    batches : array_like, shape (K, B)
        One feature of K batches, in the order in which they come.
    momenta : pair of float, from 0 to 1

    Returns
    -------
    Figure
    """
    (batches,) = as_floats("running_mean", batches=batches)
    K, _ = bind("running_mean", batches=(batches, "K B")).values()
    fig, ax = canvas(8, 2.9)
    ax.axhline(batches.mean(), color=GREY, lw=1, ls=(0, (4, 3)))
    ax.plot(range(1, K + 1), batches.mean(1), "o", color=ROLES["input"], ms=4)
    said = []
    for momentum, role, dashes in zip(
        momenta, ("output", "weight"), ("-", (0, (3, 1))), strict=True
    ):
        path, statistics = [0.0], (np.zeros(1), np.ones(1))
        for batch in batches:
            statistics = running_statistics(batch[:, None], statistics, momentum=momentum)
            path.append(statistics[0][0])
        ax.plot(range(K + 1), path, color=ROLES[role], lw=2, ls=dashes)
        ax.text(K + 0.6, path[-1], f"momentum {number(momentum)}", va="center", color=ROLES[role])
        said.append(f"with momentum {number(momentum)} the running mean ends at {number(path[-1])}")
    ax.set(xlim=(0, 1.22 * K), xlabel="batch")
    ax.set_ylabel("mean of a feature")
    alt = (
        f"The means of {K} batches as scattered dots around {number(batches.mean())}, and two "
        f"lines that begin at 0: {'; '.join(said)}. The line of the larger momentum follows the "
        "dots, the other rises slowly and is smooth."
    )
    caption = (
        "Dots: the mean of each batch. Lines: running means, which begin at 0. Dashed grey: the "
        f"mean of all the numbers, {number(batches.mean())}."
    )
    return Figure(fig, alt, caption)
