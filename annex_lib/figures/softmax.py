"""Pictures of softmax: logits and probabilities as bars, and its Jacobian."""

import numpy as np

from annex_lib.figures.cells import Cells
from annex_lib.figures.core import INK, ROLES, Figure, canvas, number, title
from annex_lib.figures.equation_row import equation_row, listed, rows_of
from annex_lib.figures.scene import Scene
from annex_lib.shapes import ShapeError, as_floats, bind
from annex_lib.softmax import softmax

__all__ = ["softmax_bars", "softmax_jacobian"]


def softmax_bars(logits, temperatures):
    """Draw three logits and their shares as bars, and the Jacobian of softmax beside them.

    Parameters
    ----------
    logits, temperatures : sequence of float
        What each logit and the temperature may be; temperatures above 0.

    Returns
    -------
    Scene
        With the axes z0, z1, z2 and tau, numbers of logits and temperatures.
    """
    logits, temperatures = as_floats("softmax_bars", logits=logits, temperatures=temperatures)
    bind("softmax_bars", logits=(logits, "L"), temperatures=(temperatures, "T"))
    if not (temperatures > 0).all():
        raise ShapeError(f"softmax_bars: the temperatures {listed(temperatures)} are not above 0")
    fig, axes = canvas(8, 3.1, 1, 3, width_ratios=[1, 1, 1.1])
    scene, reach = Scene("softmax_bars", fig), 1.35 * np.abs(logits).max()
    for name, ax, limits in (("z", axes[0], (-reach, reach)), ("p", axes[1], (0, 1.2))):
        bars, words = _bars(ax, limits, "input" if name == "z" else "output")
        scene.slot(f"{name} bars", bars, "bounds")
        scene.slot(f"{name} words", words, "text")
    title(axes[0], "logits $z$", "input")
    title(axes[1], "shares $p$", "output")
    scene.grid(
        "J", axes[2], (3, 3), limit=0.3, name="diag$(p) - p\\,p^T$", rows="$i$", columns="$k$"
    )
    scene.state = lambda z0, z1, z2, tau: _shares(logits[[z0, z1, z2]], temperatures[tau])
    return scene


def _bars(ax, limits, role):
    """Draw three bars and room for their numbers above; return both."""
    bars = list(ax.bar(range(3), [1, 1, 1], color=ROLES[role], width=0.62))
    top = limits[0] + 0.94 * (limits[1] - limits[0])
    words = [ax.text(i, top, "−0.0000", ha="center", va="center", size=10) for i in range(3)]
    ax.axhline(0, color=INK, lw=0.8)
    ax.set(ylim=limits, xlim=(-0.6, 2.6), yticks=[], xlabel="class $i$")
    ax.set_xticks(range(3), ["$0$", "$1$", "$2$"])
    ax.tick_params(length=0)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    return bars, words


def _shares(z, tau):
    """Return the state of `softmax_bars` for three logits and a temperature."""
    weights, p = (_steady(a) for a in (np.exp(z / tau), softmax(z / tau)))
    J = _steady(np.diag(p) - np.outer(p, p))
    alt = (
        f"Bars for the logits {listed(z)} and, at temperature {number(tau)}, for their shares "
        f"{listed(p)}; beside them the matrix diag(p) − p pᵀ."
    )
    terms = " + ".join(number(w) for w in weights)
    top = int(p.argmax())
    caption = f"Temperature {number(tau)}: p_{top} = {number(weights[top])} / ({terms})"
    return {
        "z bars": [(i - 0.31, 0, 0.62, v) for i, v in enumerate(z)],
        "z words": [number(v) for v in z],
        "p bars": [(i - 0.31, 0, 0.62, v) for i, v in enumerate(p)],
        "p words": [_short([[v]])[0][0] for v in p],
        "J": Cells(J, words=_short(J)),
        "alt": alt,
        "caption": f"{caption} = {number(p[top])}.",
    }


def softmax_jacobian(z, tau=1.0):
    """Draw diag(p) - p p^T = J, for p = softmax(z / tau).

    Parameters
    ----------
    z : array_like, shape (K,)
    tau : float, above 0

    Returns
    -------
    Figure
    """
    (z,) = as_floats("softmax_jacobian", z=z)
    (K,) = bind("softmax_jacobian", z=(z, "K")).values()
    if not tau > 0:
        raise ShapeError(f"softmax_jacobian: tau is {tau}, but should be above 0")
    p = _steady(softmax(z / tau))
    products = _steady(np.outer(p, p))
    J = _steady(np.diag(p) - products)
    off = ~np.eye(K, dtype=bool)
    parts = [
        dict(a=p, name="$p$", role="output"),
        "",
        dict(a=np.diag(p), name="diag$(p)$", zeros=off, rows="$i$", columns="$k$"),
        "−",
        dict(a=products, name="$p\\,p^T$", columns="$k$", labels=_short(products)),
        "=",
        dict(a=J, name="$J$", columns="$k$", labels=_short(J)),
    ]
    alt = (
        f"The probabilities {listed(p)}; the diagonal matrix of them, minus the matrix of their "
        f"products, is the Jacobian: {rows_of('J', J)}."
    )
    caption = (
        f"Row 0 of J: {listed(J[0])}. Every row and every column adds up to 0; on the diagonal "
        "stands p_i (1 − p_i), elsewhere −p_i p_k."
    )
    return Figure(equation_row(parts, 0.7), alt, caption)


def _short(a):
    """Return numbers to two places, which fit a cell with their sign."""
    words = [[f"{v:.2f}".replace("-", "−") for v in row] for row in a]
    return [["0" if float(w.replace("−", "-")) == 0 else w for w in row] for row in words]


def _steady(a):
    """Return an array without its last digits, in which machines may differ."""
    return np.round(a, 12) + 0.0
