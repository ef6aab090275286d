"""Pictures of attention: who looks at whom, what comes out, and what flows back."""

import numpy as np

from annex_lib.attention import attention_weights
from annex_lib.figures.cells import Cells
from annex_lib.figures.core import GREY, ROLES, Figure, canvas, number
from annex_lib.figures.equation_row import check_inside, color_limit, equation_row, listed, rows_of
from annex_lib.figures.scene import Scene
from annex_lib.shapes import as_floats, bind

__all__ = ["attention_backward", "attention_forward", "attention_scale", "attention_scene"]


def attention_forward(Q, K, V, mask=None, row=0):
    """Draw the scores, the weights, the values and the output, with one query framed.

    Parameters
    ----------
    Q : array_like, shape (T, d)
    K : array_like, shape (S, d)
    V : array_like, shape (S, e)
    mask : array_like of bool, shape (T, S), optional
        True where a query may look.
    row : int
        Which query to frame.

    Returns
    -------
    Figure
    """
    check_inside("attention_forward", "row", row, len(Q))
    return attention_scene(Q, K, V, [mask]).figure(mask=0, t=row)


def attention_scene(Q, K, V, masks):
    """Draw `attention_forward` for each query under each of a few masks.

    Parameters
    ----------
    Q, K, V
        As in `attention_forward`.
    masks : sequence of array_like of bool, or None
        What the queries may look at; None is everything.

    Returns
    -------
    Scene
        Of `mask`, which counts through the masks, and the query `t`.
    """
    Q, K, V = as_floats("attention_forward", Q=Q, K=K, V=V)
    T, _, S, e = bind("attention_forward", Q=(Q, "T d"), K=(K, "S d"), V=(V, "S e")).values()
    ratios = [S, 0.5, S, 0.35, e, 0.35, e]
    cell = min(0.56, 6.6 / sum(ratios))
    size = cell * sum(ratios) + 1.2, cell * max(T, S) + 0.85
    fig, axes = canvas(*size, 1, 7, width_ratios=ratios)
    scene, limit = Scene("attention_forward", fig), color_limit(V)
    for ax, sign in zip(axes[1::2], "→·=", strict=True):
        ax.text(0.5, 0.5, sign, ha="center", va="center", size=14)
        ax.set_axis_off()
    shapes = (T, S), (T, S), (S, e), (T, e)
    options = (
        dict(limit=color_limit(Q @ K.T / np.sqrt(Q.shape[1])), rows="$t$", columns="$s$"),
        dict(limit=1, columns="$s$"),
        dict(limit=limit, columns="$c$"),
        dict(limit=limit, columns="$c$"),
    )
    for ax, (slot, name, role), shape, more in zip(axes[::2], _PARTS, shapes, options, strict=True):
        scene.grid(slot, ax, shape, name=name, role=role, **more)
        if slot != "values":
            scene.frame(f"{slot} frame", ax, color=ROLES[role])
    scene.state = lambda mask, t: _looking(Q, K, V, masks[mask], t)
    return scene


_PARTS = (
    ("scores", "scores $Z$", "input"),
    ("weights", "weights $P$", "weight"),
    ("values", "values $V$", "input"),
    ("output", "output $O$", "output"),
)


def _looking(Q, K, V, mask, t):
    Z, P, hidden = _weights(Q, K, mask)
    O, S, e, keys = P @ V, len(K), V.shape[1], _keys(hidden, t)
    terms = [f"{number(round(p, 2))} · {listed(v)}" for p, v in zip(P[t], V, strict=True) if p]
    out = {
        "scores": Cells(Z, hidden, words=_two_digits(Z)),
        "weights": Cells(P, hidden, words=_two_digits(P)),
        "values": Cells(V, words=_two_digits(V)),
        "output": Cells(O, words=_two_digits(O)),
        "scores frame": (t, 0, 1, S),
        "weights frame": (t, 0, 1, S),
        "output frame": (t, 0, 1, e),
    }
    out["alt"] = (
        f"Four matrices: {rows_of('scores Z', Z)}; {rows_of('weights P', P)}; "
        f"{rows_of('values V', V)}; {rows_of('output O', O)}. Query {t} is framed; it may look "
        f"at the keys {keys}."
    )
    out["caption"] = (
        f"Query {t} looks at the keys {keys}. Its output averages their values with its weights: "
        f"{' + '.join(terms) or 'nothing'} = {listed(O[t])}, up to rounding."
    )
    return out


def attention_backward(G, Q, K, V, mask=None, row=0):
    """Draw the gradient by the scores: the weights times what u exceeds its average by.

    Parameters
    ----------
    G : array_like, shape (T, e)
        Upstream gradient, by the output.
    Q, K, V, mask, row
        As in `attention_forward`.

    Returns
    -------
    Figure
    """
    G, Q, K, V = as_floats("attention_backward", G=G, Q=Q, K=K, V=V)
    sizes = bind("attention_backward", Q=(Q, "T d"), K=(K, "S d"), V=(V, "S e"), G=(G, "T e"))
    check_inside("attention_backward", "row", row, sizes["T"])
    _, P, hidden = _weights(Q, K, mask)
    U = G @ V.T
    average = (P * U).sum(1, keepdims=True)
    F, whole = P * (U - average), (row, 0, 1, sizes["S"])
    parts = [
        dict(a=P, name="$P$", role="weight", rows="$t$", columns="$s$", zeros=hidden, framed=whole),
        "⊙ (",
        dict(a=U, name="$U = GV^T$", role="gradient", columns="$s$", framed=whole),
        "−",
        dict(a=average, name="average", role="gradient", framed=(row, 0, 1, 1)),
        ") =",
        dict(a=F, name=r"$\partial L / \partial Z$", role="gradient", columns="$s$", zeros=hidden,
             framed=whole),
    ]  # fmt: skip
    matrices = [p for p in parts if not isinstance(p, str)]
    for part in matrices:
        part["labels"] = _two_digits(part["a"])
    fig = equation_row(parts, color_limit(P, U, F))
    alt = (
        f"An equation of matrices: {rows_of('weights P', P)}, times the difference of U and its "
        f"average in each row, is the gradient by the scores. {rows_of('U', U)}; the averages are "
        f"{listed(average[:, 0])}; {rows_of('the gradient', F)}."
    )
    caption = (
        f"Query {row}: the average of its u with its weights is {number(average[row, 0])}. Keys "
        "whose u is above it get a positive gradient, the others a negative one; together "
        f"{number(round(F[row].sum(), 9))}."
    )
    return Figure(fig, alt, caption)


def attention_scale(largest, sizes):
    """Draw the largest weight against the number of features, with and without the scale.

    Parameters
    ----------
    largest : array_like, shape (2, N)
        The mean of the largest weight; first with the scores divided by sqrt(d), then without.
    sizes : array_like, shape (N,)
        The numbers of features d.

    Returns
    -------
    Figure
    """
    largest, sizes = as_floats("attention_scale", largest=largest, sizes=sizes)
    bind("attention_scale", sizes=(sizes, "N"), largest=(largest, "two N"))
    fig, ax = canvas(8, 2.9)
    for values, role, dashes, words in zip(
        largest, ("output", "weight"), ("-", (0, (3, 1))),
        (r"divided by $\sqrt{d}$", "not divided"), strict=True,
    ):  # fmt: skip
        ax.plot(sizes, values, color=ROLES[role], lw=2, ls=dashes, marker="o", ms=5)
        ax.text(1.12 * sizes[-1], values[-1], words, va="center", color=ROLES[role])
    ax.axhline(1, color=GREY, lw=0.8)
    ax.set_xscale("log", base=2)
    ax.set(xlim=(0.85 * sizes[0], 4.6 * sizes[-1]), ylim=(0, 1.05), xticks=sizes)
    ax.set_xticklabels([number(d) for d in sizes])
    ax.set_xlabel("number of features $d$")
    ax.set_ylabel("largest weight")
    scaled, bare = (listed(values) for values in largest)
    alt = (
        f"Two lines over the number of features, {listed(sizes)}. With scores divided by the root "
        f"of d the largest weight of a query stays level, {scaled}; without, it climbs towards 1: "
        f"{bare}."
    )
    caption = (
        "The largest of a query's weights, averaged over random queries and keys. Undivided scores "
        "make softmax choose one key, and a weight near 1 has hardly any gradient."
    )
    return Figure(fig, alt, caption)


def _weights(Q, K, mask):
    """Return the scores, the weights, and where a query may not look."""
    Z, P = Q @ K.T / np.sqrt(Q.shape[1]), attention_weights(Q, K, mask)
    hidden = np.zeros(Z.shape, bool) if mask is None else ~np.broadcast_to(mask, Z.shape)
    return Z, P, hidden


def _two_digits(a):
    """Write a matrix with two digits after the point, so that it fits its cells."""
    return [[number(round(v, 2) + 0.0) for v in row] for row in a]


def _keys(hidden, row):
    return ", ".join(str(s) for s in np.flatnonzero(~hidden[row])) or "none"
