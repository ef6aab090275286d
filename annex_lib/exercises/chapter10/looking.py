"""10.5 and 10.6: a mask for texts of several lengths, and the way back through attention."""

import numpy as np

from annex_lib.attention import scaled_dot_product_attention
from annex_lib.exercises.bank import Code, Slip, sized


def visible(lengths, T):
    """Solve 10.5."""
    t, s = np.ogrid[:T, :T]
    return (s <= t) & (s < lengths[:, None, None])


VISIBLE = Code(
    number="10.5",
    title="Who may look at whom",
    section="10.8",
    signature="visible(lengths, T)",
    solution=visible,
    draw=lambda rng, B, T: (rng.permutation(np.arange(B) % T + 1), T),
    sizes={"B": (3, 5), "T": (4, 6)},
    ones=("B",),
    hints=(
        "Two conditions have to hold at once: the key is not in the future, and it is not filler. "
        "Each is a comparison of whole numbers; give them the axes (B, T, T).",
        "Begin with t = np.arange(T)[:, None] and s = np.arange(T): s <= t is the causal mask.",
        "Compare s with the lengths, as lengths[:, None, None], and join the two by &.",
    ),
    slips=(
        Slip(
            "10.8",
            "The filler may be seen; only the causal half is there",
            lambda lengths, T: np.tile(np.tri(T, dtype=bool), (len(lengths), 1, 1)),
        ),
        Slip(
            "10.8",
            "The future may be seen; only the filler is hidden",
            lambda lengths, T: np.tile(np.arange(T) < lengths[:, None, None], (1, T, 1)),
        ),
        Slip(
            "10.8",
            "A query may not see itself here, though it should",
            lambda lengths, T: visible(lengths, T) & ~np.eye(T, dtype=bool),
        ),
        Slip(
            "10.8",
            "The first place of the filler is visible; a text of length 3 has the places 0, 1, 2",
            lambda lengths, T: visible(lengths + 1, T),
        ),
        Slip(
            "10.8",
            "The last place of each text is hidden; a text of length 3 has the places 0, 1, 2",
            lambda lengths, T: visible(lengths - 1, T),
        ),
        Slip(
            "10.8",
            "Queries and keys have changed places, so that each sees its future",
            lambda lengths, T: visible(lengths, T).swapaxes(1, 2),
        ),
        Slip(
            "10.8",
            "True stands where a query may not look; here it should mean that it may",
            lambda lengths, T: ~visible(lengths, T),
        ),
        Slip(
            "10.8",
            "The queries of the filler are hidden, but it is the keys that nobody may look at",
            lambda lengths, T: (
                np.tri(T, dtype=bool) & (np.arange(T)[:, None] < lengths[:, None, None])
            ),
        ),
    ),
)


def _weights(Q, K, root=True, axis=1):
    Z = Q @ K.T / (np.sqrt(Q.shape[1]) if root else 1)
    E = np.exp(Z - Z.max(axis, keepdims=True))
    return E / E.sum(axis, keepdims=True)


def attention_backward(G, Q, K, V):
    """Solve 10.6."""
    return _back(G, Q, K, V)


def _back(G, Q, K, V, f=None, root=True, dV=None, dK=None, axis=1):
    """Return the three gradients, with one step replaced."""
    P, U = _weights(Q, K, axis=axis), G @ V.T
    F = P * (U - (P * U).sum(1, keepdims=True)) if f is None else f(P, U)
    scale = 1 / np.sqrt(Q.shape[1]) if root else 1
    return (
        scale * (F @ K),
        scale * (F.T @ Q if dK is None else dK(F, Q)),
        P.T @ G if dV is None else dV(P, G),
    )


def _unscaled(G, Q, K, V, root):
    """Return the three gradients, with the root of d left out of the weights alone."""
    dQ, dK, dV = _back(G, root * Q, K, V)
    return dQ, dK / root, dV


def _slip(section, words, **wrong):
    return Slip(section, words, lambda *args: _back(*args, **wrong))


ATTENTION = Code(
    number="10.6",
    title="The way back through attention",
    section="10.9",
    signature="my_attention_backward(G, Q, K, V)",
    returns=("dQ", "dK", "dV"),
    solution=attention_backward,
    draw=sized(G="T e", Q="T d", K="S d", V="S e", real=True),
    sizes={"T": (2, 5), "S": (3, 6), "d": (2, 5), "e": (2, 5)},
    equal=(("T", "S"),),
    ones=("T", "d", "e"),
    adjoint=lambda G, Q, K, V: (scaled_dot_product_attention, (Q, K, V)),
    hints=(
        "Compute the weights P as on the way forward, and go back through three steps: the "
        "average of the values, the softmax of each row, the scores.",
        "Begin with P and with U = G @ V.T, the gradient by the weights.",
        "The gradient by the scores is P times what U exceeds its own average by, the average "
        "being taken along the row with the weights P. Then two products with K and Q remain, "
        "each over the root of d, and one of P with G.",
    ),
    slips=(
        _slip(
            "10.9",
            "The softmax is left out; the gradient by the weights is taken for that by the scores",
            f=lambda P, U: U,
        ),
        _slip(
            "10.9",
            "In the softmax the average of U is not taken off",
            f=lambda P, U: P * U,
        ),
        _slip(
            "10.9",
            "Only the diagonal of the softmax's Jacobian is there; its entries feel each other",
            f=lambda P, U: P * (1 - P) * U,
        ),
        _slip(
            "10.9",
            "The average of U is a plain mean, where it should be taken with the weights",
            f=lambda P, U: P * (U - U.mean(1, keepdims=True)),
        ),
        _slip(
            "10.9",
            "The average of U is taken over the queries, where it should be over the keys",
            f=lambda P, U: P * (U - (P * U).sum(0, keepdims=True)),
        ),
        _slip("10.9", "In dQ and dK the root of d is missing", root=False),
        _slip(
            "10.9",
            "In dK the transpose is missing, which passes only where T = S",
            dK=lambda F, Q: F @ Q,
        ),
        _slip(
            "10.9",
            "In dV the transpose is missing, which passes only where T = S",
            dV=lambda P, G: P @ G,
        ),
        _slip("10.7", "The softmax runs over the queries, where it should over the keys", axis=0),
        Slip(
            "10.9",
            "In the weights the root of d is missing, though the gradients have it",
            lambda G, Q, K, V: _unscaled(G, Q, K, V, np.sqrt(Q.shape[1])),
        ),
    ),
)
