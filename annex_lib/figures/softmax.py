"""Pictures of softmax: logits and probabilities as bars, and its Jacobian."""

import numpy as np

from annex_lib.figures.core import GREY, INK, ROLES, Figure, canvas, number, title
from annex_lib.figures.equation_row import equation_row, listed, rows_of
from annex_lib.shapes import ShapeError, as_floats, bind
from annex_lib.softmax import softmax

__all__ = ["softmax_bars", "softmax_jacobian"]


def softmax_bars(z, tau=1.0):
    """Draw logits, their exponentials at temperature tau, and the shares that these have.

    Parameters
    ----------
    z : array_like, shape (K,)
    tau : float, above 0

    Returns
    -------
    Figure
    """
    (z,) = as_floats("softmax_bars", z=z)
    (K,) = bind("softmax_bars", z=(z, "K")).values()
    if not tau > 0:
        raise ShapeError(f"softmax_bars: tau is {tau}, but should be above 0")
    weights, p = (_steady(a) for a in (np.exp(z / tau), softmax(z / tau)))
    fig, axes = canvas(8, 2.8, 1, 3)
    limit = max(3.5, 1.25 * np.abs(z).max())
    _bars(axes[0], z, (-limit, limit), ROLES["input"], "logits $z$", "input")
    _bars(axes[1], weights, (0, 1.25 * weights.max()), GREY, "$e^{z_i/\\tau}$", "plain")
    _bars(axes[2], p, (0, 1.18), ROLES["output"], "probabilities $p$", "output")
    alt = (
        f"Three rows of {K} bars. Logits {listed(z)}; exponentials at temperature {number(tau)}, "
        f"{listed(weights)}; probabilities {listed(p)}, which add up to 1."
    )
    top = int(p.argmax())
    terms = " + ".join(number(w) for w in weights)
    caption = (
        f"At temperature {number(tau)}: p_{top} = {number(weights[top])} / ({terms}) "
        f"= {number(p[top])}."
    )
    return Figure(fig, alt, caption)


def _bars(ax, values, limits, color, name, role):
    """Draw bars with their numbers at the ends."""
    ax.bar(range(len(values)), values, color=color, width=0.62)
    gap = 0.02 * (limits[1] - limits[0])
    for i, value in enumerate(values):
        up = value >= 0
        place = value + (gap if up else -gap)
        ax.text(i, place, number(value), ha="center", va="bottom" if up else "top", size=9)
    ax.axhline(0, color=INK, lw=0.8)
    ax.set(ylim=limits, xlim=(-0.6, len(values) - 0.4), yticks=[])
    ax.set_xticks(range(len(values)), [f"${i}$" for i in range(len(values))])
    ax.tick_params(length=0)
    ax.set_xlabel("class $i$")
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    title(ax, name, role)


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
