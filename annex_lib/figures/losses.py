"""Pictures of losses: the gradient of a batch, two losses side by side, and overflow."""

import numpy as np

from annex_lib.activations import sigmoid
from annex_lib.figures.core import GREY, INK, ROLES, Figure, canvas, title
from annex_lib.figures.equation_row import equation_row, rows_of
from annex_lib.losses import softmax_cross_entropy_vjp
from annex_lib.shapes import as_floats
from annex_lib.softmax import softmax

__all__ = ["cross_entropy_gradient", "loss_curves", "overflow"]


def cross_entropy_gradient(z, y):
    """Draw (P - Y) / B, the gradient of the mean cross-entropy by the logits.

    Parameters
    ----------
    z : array_like, shape (B, K)
        Logits.
    y : array_like, shape (B,)
        The class of each sample.

    Returns
    -------
    Figure
    """
    (z,) = as_floats("cross_entropy_gradient", z=z)
    dz, P = (np.round(a, 12) + 0.0 for a in (softmax_cross_entropy_vjp(1, z, y), softmax(z)))
    B, K = z.shape
    Y = np.eye(K)[np.asarray(y)]
    parts = [
        f"1/{B}",
        dict(a=P, name="$P$", role="output", rows="$t$", columns="$k$"),
        "−",
        dict(a=Y, name="$Y$", zeros=Y == 0, columns="$k$"),
        "=",
        dict(a=dz, name="$\\partial L / \\partial Z$", role="gradient", columns="$k$"),
    ]
    alt = (
        f"A matrix of probabilities minus one of labels, divided by {B}, is the gradient: "
        f"{rows_of('P', P)}; {rows_of('Y', Y)}; {rows_of('the gradient', dz)}."
    )
    caption = (
        "Each row of the gradient adds up to 0: what the right class gains, the others lose, each "
        "in proportion to its probability."
    )
    return Figure(equation_row(parts, 1), alt, caption)


def loss_curves():
    """Draw cross-entropy and squared error of a probability over the lead of the right class.

    Returns
    -------
    Figure
    """
    d = np.linspace(-8, 8, 161)
    p = sigmoid(d)
    curves = {
        "cross-entropy": (np.logaddexp(0, -d), p - 1, "weight", "-"),
        "squared error": ((1 - p) ** 2, -2 * (1 - p) ** 2 * p, "input", (0, (4, 1.5))),
    }
    fig, (left, right) = canvas(8, 3.1, 1, 2)
    for name, (loss, slope, role, style) in curves.items():
        left.plot(d, loss, color=ROLES[role], lw=2.2, ls=style, label=name)
        right.plot(d, slope, color=ROLES[role], lw=2.2, ls=style, label=name)
    for ax in (left, right):
        ax.axvline(0, color=GREY, lw=0.8)
        ax.set(xlim=(-8, 8), xticks=[-8, -4, 0, 4, 8], xlabel="lead of the right class, $d$")
    left.set(ylim=(-0.3, 8))
    right.set(ylim=(-1.08, 0.08))
    title(left, "loss")
    title(right, "its derivative by $d$", "gradient")
    left.legend(frameon=False, loc="upper right")
    alt = (
        "Left, two losses over the lead d of the right class: cross-entropy falls like the line −d "
        "and flattens to 0 once d is positive; the squared error starts flat at 1 and falls to 0 "
        "around d = 0. Right, their derivatives: cross-entropy's is near −1 for negative d and "
        "rises to 0; the squared error's is near 0 at both ends, with a dip of −0.3 around −0.7."
    )
    caption = (
        "Where the network is badly wrong, far to the left, the squared error has almost no slope "
        "left; cross-entropy pulls with full force."
    )
    return Figure(fig, alt, caption)


def overflow():
    """Draw log(e^c + e^c) in double precision over c: the plain formula and the exact line.

    Returns
    -------
    Figure
    """
    high, low = np.log(np.finfo(float).max) - np.log(2), np.log(5e-324) - np.log(2)
    fig, ax = canvas(8, 3.3)
    ax.axvspan(high, 1000, color="#ececec", lw=0)
    ax.axvspan(-1000, low, color="#ececec", lw=0)
    c = np.array([-1000, 1000])
    ax.plot(c, c + np.log(2), color=ROLES["output"], lw=5, alpha=0.35, label="largest taken out")
    c = np.array([low, high])
    ax.plot(c, c + np.log(2), color=ROLES["weight"], lw=2, ls=(0, (4, 2)), label="plain formula")
    for edge, side, words in (
        (high, "right", f"$e^c + e^c$ is infinite\nfrom {high:.1f} on"),
        (low, "left", f"$e^c$ is 0\nbelow {low:.1f}".replace("-", "−")),
    ):
        ax.axvline(edge, color=INK, lw=1)
        inside = edge - 20 if side == "right" else edge + 20
        ax.text(inside, -700 if side == "right" else 700, words, ha=side, va="center", size=9)
    ax.set(xlim=(-1000, 1000), ylim=(-1000, 1000), xticks=[-1000, -500, 0, 500, 1000])
    ax.set(xlabel="both logits $c$", ylabel="log-sum-exp", yticks=[-1000, 0, 1000])
    ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(0.3, 0.98))
    alt = (
        "log(e^c + e^c) over c from −1000 to 1000. The exact value is the line c + log 2. The "
        f"plain formula follows it from {low:.1f} to {high:.1f}; in the grey zones beyond, its "
        "exponentials are 0 or their sum is infinite."
    ).replace("-", "−")
    caption = (
        "In double precision the plain formula gives nothing usable in the grey zones. In single "
        "precision they begin at 88.0 and −104."
    )
    return Figure(fig, alt, caption)
