"""Pictures of layer norm and batch norm: what they do to numbers, and to gradients."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from annex_lib.figures.cells import Cells
from annex_lib.figures.core import GREY, INK, ROLES, Figure, canvas, frame, grid, number, title
from annex_lib.figures.equation_row import check_inside, color_limit, listed, rows_of
from annex_lib.figures.scene import Scene
from annex_lib.normalisation import running_statistics, standardise
from annex_lib.shapes import as_floats, bind

__all__ = [
    "norm_backward",
    "norm_groups",
    "norm_jacobian",
    "norm_jacobian_scene",
    "norm_lines",
    "norm_lines_scene",
    "running_mean",
]


def norm_lines(x, eps=0.0):
    """Draw the numbers of one sample on three lines: as they are, centred, divided by sigma.

    Parameters
    ----------
    x : array_like, shape (n,)
        Entry 0 is drawn full, the others as rings.
    eps : float, at least 0

    Returns
    -------
    Figure
    """
    return norm_lines_scene(x, [np.asarray(x, float)[0]], [eps]).figure(value=0, eps=0)


def norm_lines_scene(x, values, epsilons):
    """Draw `norm_lines` for each value of entry 0 and each eps.

    Parameters
    ----------
    x : array_like, shape (n,)
    values, epsilons : array_like, shapes (V,) and (E,)
        What entry 0 and eps may be.

    Returns
    -------
    Scene
        Of `value` and `eps`, which count through them.
    """
    samples = _samples("norm_lines", x, values)
    _, mean, sigma = standardise(samples, 1, eps=float(max(epsilons)))
    parts = samples, samples - mean, mean + sigma, mean - sigma, -sigma
    low, high = min(a.min() for a in parts), max(a.max() for a in parts)
    reach = low - 0.04 * (high - low), high + 0.04 * (high - low)
    fig, axes = canvas(8, 2.9, 3, 1)
    scene = Scene("norm_lines", fig)
    for ax, (name, words, role) in zip(axes, _LINES, strict=True):
        ax.axhline(0, color=GREY, lw=1, zorder=0)
        dot, rings, bar, tick = (
            ax.plot([0], [0], "o", color=ROLES[role], ms=9, zorder=3)[0],
            ax.plot([0], [0], "o", color=ROLES[role], ms=9, mfc="white", mew=1.8, zorder=2)[0],
            ax.plot([0, 1], [-0.5, -0.5], color=GREY, lw=5, alpha=0.45, zorder=0)[0],
            ax.plot([0, 0], [-0.8, -0.2], color=INK, lw=1.5)[0],
        )
        for part, artist in (("dot", dot), ("rings", rings), ("bar", bar), ("mean", tick)):
            scene.slot(f"{name} {part}", artist, "points")
        ax.set(xlim=(-2.2, 2.2) if name == "h" else reach, ylim=(-1, 0.5), yticks=[])
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=12))
        ax.set_ylabel(words, rotation=0, va="center", labelpad=22, color=ROLES[role], size=12)
        ax.spines["left"].set_visible(False)
        ax.tick_params(labelsize=8)
    scene.state = lambda value, eps: _lines(samples[value], float(epsilons[eps]))
    return scene


_LINES = ("x", "$x$", "input"), ("centred", r"$x - \mu$", "plain"), ("h", "$h$", "output")


def _samples(operation, x, values):
    """Return x once for each value of its entry 0."""
    x, values = as_floats(operation, x=x, values=values)
    bind(operation, x=(x, "n"), values=(values, "V"))
    samples = np.tile(x, (len(values), 1))
    samples[:, 0] = values
    return samples


def _lines(x, eps):
    h, (mean,), (sigma,) = standardise(x, 0, eps=eps)
    out = {}
    for name, points, centre, spread in (
        ("x", x, mean, sigma),
        ("centred", x - mean, 0, sigma),
        ("h", h, 0, 1),
    ):
        out[f"{name} dot"] = [(points[0], 0)]
        out[f"{name} rings"] = [(v, 0) for v in points[1:]]
        out[f"{name} bar"] = [(centre - spread, -0.5), (centre + spread, -0.5)]
        out[f"{name} mean"] = [(centre, -0.8), (centre, -0.2)]
    out["alt"] = (
        f"Three number lines with the same {len(x)} points. {rows_of('x', x)}, with the mean "
        f"{number(mean)}; x minus the mean is {listed(x - mean)}; {rows_of('h', h)}. A grey bar "
        f"reaches one sigma, {number(sigma)}, to each side of the mean; in h it is 1."
    )
    out["caption"] = (
        f"ε = {number(eps)}: μ = {number(mean)} (the tick), variance {number(sigma**2 - eps)}, "
        f"σ = {number(sigma)} (half of the grey bar). The full point is entry 0, h_0 = "
        f"{number(h[0])}; the mean of h² is {number((h**2).mean())}."
    )
    return out


def norm_jacobian(x, eps=0.0):
    """Draw sigma dh/dx as what centring leaves, minus a matrix of rank one.

    Parameters
    ----------
    x : array_like, shape (n,)
    eps : float, at least 0

    Returns
    -------
    Figure
    """
    return norm_jacobian_scene(x, [np.asarray(x, float)[0]], [eps]).figure(value=0, eps=0)


def norm_jacobian_scene(x, values, epsilons):
    """Draw `norm_jacobian` for each value of entry 0 and each eps.

    Parameters
    ----------
    x, values, epsilons
        As in `norm_lines_scene`.

    Returns
    -------
    Scene
        Of `value` and `eps`, which count through them.
    """
    samples = _samples("norm_jacobian", x, values)
    n = samples.shape[1]
    ratios = [n, 0.5, n, 0.5, n]
    fig, axes = canvas(7.9, 7.5 * n / sum(ratios) + 0.35, 1, 5, width_ratios=ratios)
    scene = Scene("norm_jacobian", fig)
    centring = np.eye(n) - 1 / n
    grid(axes[0], centring, limit=1, name=r"$I - \mathbf{1}\mathbf{1}^T/n$", ticks=False,
         labels=_two_digits(centring))  # fmt: skip
    scene.grid("along", axes[2], (n, n), limit=1, name="$hh^T/n$", role="output", ticks=False)
    name = r"$\sigma\ \partial h / \partial x$"
    scene.grid("rest", axes[4], (n, n), limit=1, name=name, role="gradient", ticks=False)
    for ax, sign in ((axes[1], "−"), (axes[3], "=")):
        ax.text(0.5, 0.5, sign, ha="center", va="center", size=14)
        ax.set_axis_off()

    def state(value, eps):
        h, _, (sigma,) = standardise(samples[value], 0, eps=float(epsilons[eps]))
        along = np.outer(h, h) / n
        rest = centring - along
        alt = (
            f"Three matrices of {n} by {n}: the identity minus {number(1 / n)} in each entry, "
            f"minus h times h transposed over n, is sigma times the Jacobian. {rows_of('h', h)}. "
            f"{rows_of('The result', rest)}."
        )
        caption = (
            f"x_0 = {number(samples[value, 0])}, ε = {number(float(epsilons[eps]))}: h = "
            f"{listed(h)} and σ = {number(sigma)}. Entry (0, 0) divided by σ, "
            f"{number(rest[0, 0] / sigma)}, says how h_0 moves with x_0. Each row and each column "
            "sums to 0."
        )
        cells = {k: Cells(a, words=_two_digits(a)) for k, a in (("along", along), ("rest", rest))}
        return cells | dict(alt=alt, caption=caption)

    scene.state = state
    return scene


def _two_digits(a):
    """Write a matrix with two digits after the point, so that it fits its cells."""
    return [[number(round(v, 2) + 0.0) for v in row] for row in a]


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
    limit = color_limit(u, mean, along, rest)
    least = min(values.min() for values, _, _ in parts)
    most = max(values.max() for values, _, _ in parts)
    fig, axes = canvas(8, 2.4, 1, 4, sharey=True)
    for ax, (values, name, role), sign in zip(axes, parts, ["", "−", "−", "="], strict=True):
        ax.axhline(0, color=GREY, lw=0.8)
        ax.bar(range(n), values, color=ROLES[role], width=0.62)
        for k, value in enumerate(values):
            up = value >= 0
            words = number(round(value, 2) + 0.0)
            ax.text(k, value + (0.03 if up else -0.03) * limit, words, ha="center", size=9,
                    va="bottom" if up else "top")  # fmt: skip
        ax.set(xlim=(-0.6, n - 0.4), yticks=[], xticks=range(n))
        ax.set_ylim(min(0, least) - 0.25 * limit, max(0, most) + 0.2 * limit)
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
    ax.plot(range(1, K + 1), batches.mean(1), "o", color=ROLES["input"], ms=4, label="one batch")
    said = []
    for momentum, role, ls in zip(momenta, ("output", "weight"), ("-", (0, (3, 1))), strict=True):
        path, statistics = [0.0], (np.zeros(1), np.ones(1))
        for batch in batches:
            statistics = running_statistics(batch[:, None], statistics, momentum=momentum)
            path.append(statistics[0][0])
        words = f"momentum {number(momentum)}"
        ax.plot(range(K + 1), path, color=ROLES[role], lw=2, ls=ls, label=words)
        said.append(f"with {words} the running mean ends at {number(path[-1])}")
    ax.set(xlim=(0, K + 1), xlabel="batch", ylabel="mean of a feature")
    ax.legend(frameon=False, loc="lower right", fontsize=9, ncols=3)
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
