"""Pictures of attention: who looks at whom, what comes out, and what flows back."""

import numpy as np

from annex_lib.attention import attention_weights
from annex_lib.figures.core import GREY, ROLES, Figure, canvas, number
from annex_lib.figures.equation_row import check_inside, color_limit, equation_row, listed, rows_of
from annex_lib.shapes import as_floats, bind

__all__ = ["attention_backward", "attention_forward", "attention_scale"]


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
    Q, K, V = as_floats("attention_forward", Q=Q, K=K, V=V)
    sizes = bind("attention_forward", Q=(Q, "T d"), K=(K, "S d"), V=(V, "S e"))
    check_inside("attention_forward", "row", row, sizes["T"])
    Z, P, hidden = _weights(Q, K, mask)
    O, S, e = P @ V, sizes["S"], sizes["e"]
    scores = dict(a=Z, name="scores $Z$", role="input", rows="$t$", columns="$s$", zeros=hidden)
    scores |= dict(framed=(row, 0, 1, S))
    weights = dict(a=P, name="weights $P$", role="weight", zeros=hidden, framed=(row, 0, 1, S))
    values = dict(a=V, name="values $V$", role="input", columns="$c$", framed=(0, 0, S, e))
    output = dict(a=O, name="output $O$", role="output", columns="$c$", framed=(row, 0, 1, e))
    parts = [scores, "→", {**weights, "columns": "$s$"}, "·", values, "=", output]
    fig = equation_row([_short(p) for p in parts], color_limit(Z, P, V, O))
    alt = (
        f"Four matrices: {rows_of('scores Z', Z)}; {rows_of('weights P', P)}; "
        f"{rows_of('values V', V)}; {rows_of('output O', O)}. Query {row} is framed; it may look "
        f"at the keys {_keys(hidden, row)}."
    )
    terms = " + ".join(f"{number(p)} · {listed(v)}" for p, v in zip(P[row], V, strict=True) if p)
    caption = (
        f"Query {row} looks at the keys {_keys(hidden, row)}. Its output is the average of the "
        f"values with its weights: {terms or 'nothing'} = {listed(O[row])}."
    )
    return Figure(fig, alt, caption)


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
    fig = equation_row([_short(p) for p in parts], color_limit(P, U, F))
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


def _short(part):
    """Write a matrix with two digits after the point, so that it fits its cells."""
    if isinstance(part, dict):
        part["labels"] = [[number(round(v, 2) + 0.0) for v in row] for row in part["a"]]
    return part


def _keys(hidden, row):
    return ", ".join(str(s) for s in np.flatnonzero(~hidden[row])) or "none"
