"""Scaled dot-product attention, forward and backward (chapter 10).

    Z = Q K^T / sqrt(d),  P = softmax of each row of Z,  O = P V

Row t of Q asks, row s of K answers, and P[t, s] says how much of row s of V goes to output t. A
mask takes keys away from a query; a query that may look at no key gets weights and output zero.
"""

import math

import numpy as np

from annex_lib.shapes import ShapeError, as_array, as_floats, bind
from annex_lib.softmax import softmax

__all__ = [
    "attention_weights",
    "causal_mask",
    "scaled_dot_product_attention",
    "scaled_dot_product_attention_vjp",
]


def scaled_dot_product_attention(Q, K, V, mask=None, *, scale=None):
    """Average the rows of V, for each query with weights that say how well the keys fit it.

    Parameters
    ----------
    Q : array_like, shape (*lead, T, d)
        Queries. The leading axes, such as batch and head, are any number of axes, the same in
        all three; each is an attention of its own.
    K : array_like, shape (*lead, S, d)
        Keys.
    V : array_like, shape (*lead, S, e)
        Values.
    mask : array_like, shape (T, S), or any that broadcasts to (*lead, T, S), optional
        Booleans: True where query t may look at key s. Or numbers that are added to the scaled
        scores: 0 lets the key in, -inf keeps it out.
    scale : float, optional
        What the scores are multiplied by; 1 / sqrt(d) if not given.

    Returns
    -------
    ndarray, shape (*lead, T, e)
        Zero in the rows of queries that may look at no key.

    Raises
    ------
    ShapeError
        If an axis has two sizes, or the mask does not broadcast; the message names it.

    Notes
    -----
    (10.25) to (10.27), (10.30). PyTorch: ``torch.nn.functional.scaled_dot_product_attention`` with
    the same arguments and the same meaning of the mask.

    Source: Vaswani and others, "Attention is all you need", NeurIPS 2017.

    Examples
    --------
    >>> Q = np.log(2) * np.array([[1, 0, 1, 0], [2, 1, -2, 0]])
    >>> K, V = [[2, 0, 0, 0], [0, 2, 0, 0], [2, 0, 2, 0]], [[7, 0], [0, 14], [0, 7]]
    >>> scaled_dot_product_attention(Q, K, V).round(9)
    array([[2., 6.],
           [4., 5.]])
    """
    Q, K, V = as_floats("scaled_dot_product_attention", Q=Q, K=K, V=V)
    _check("scaled_dot_product_attention", Q, K, V=V)
    return _weights("scaled_dot_product_attention", Q, K, mask, scale) @ V


def scaled_dot_product_attention_vjp(g, Q, K, V, mask=None, *, scale=None):
    """Gradients of a loss by Q, K and V, given the upstream gradient g = dL/dO.

    With U = g V^T, the gradient by the weights, dZ = P (U - row sums of P U), entry by entry;
    then dQ = scale dZ K, dK = scale dZ^T Q and dV = P^T g.

    Parameters
    ----------
    g : array_like, shape (*lead, T, e)
        Upstream gradient.
    Q, K, V, mask, scale
        As in `scaled_dot_product_attention`. A mask of numbers is a constant here.

    Returns
    -------
    dQ, dK, dV : ndarray, shapes of Q, K and V
        Zero for queries that may look at no key, and for keys and values that no query may see.

    Raises
    ------
    ShapeError
        If an axis has two sizes, or the mask does not broadcast; the message names it.

    Notes
    -----
    (10.31) to (10.35).

    Examples
    --------
    >>> Q, K, V = [[1, 1]], [[1, 0], [0, 1], [5, 5]], [[4, 0], [0, 2], [9, 9]]
    >>> mask = [[True, True, False]]
    >>> dQ, dK, dV = scaled_dot_product_attention_vjp([[1, 2]], Q, K, V, mask, scale=1)
    >>> dV
    array([[0.5, 1. ],
           [0.5, 1. ],
           [0. , 0. ]])
    """
    operation = "scaled_dot_product_attention_vjp"
    g, Q, K, V = as_floats(operation, g=g, Q=Q, K=K, V=V)
    _check(operation, Q, K, V=V, g=g)
    P, scale = _weights(operation, Q, K, mask, scale), _scale(Q, scale)
    U = g @ V.swapaxes(-1, -2)
    dZ = P * (U - (P * U).sum(-1, keepdims=True))
    return scale * (dZ @ K), scale * (dZ.swapaxes(-1, -2) @ Q), P.swapaxes(-1, -2) @ g


def attention_weights(Q, K, mask=None, *, scale=None):
    """Return P, the weights with which each query looks at the keys.

    Its rows sum to 1 (or are zero where nothing may be seen).

    Parameters
    ----------
    Q, K, mask, scale
        As in `scaled_dot_product_attention`.

    Returns
    -------
    ndarray, shape (*lead, T, S)
        From 0 to 1; the row of a query that may look at no key is zero.

    Raises
    ------
    ShapeError
        If an axis has two sizes, or the mask does not broadcast; the message names it.

    Examples
    --------
    >>> attention_weights([[1, 1], [1, 1]], [[1, 0], [0, 1]], [[True, True], [False, False]])
    array([[0.5, 0.5],
           [0. , 0. ]])
    """
    Q, K = as_floats("attention_weights", Q=Q, K=K)
    _check("attention_weights", Q, K)
    return _weights("attention_weights", Q, K, mask, scale)


def causal_mask(T, S=None, *, offset=0):
    """Return the mask in which query t may look at keys 0 to t + offset: the past and itself.

    Parameters
    ----------
    T : int, at least 0
        Number of queries.
    S : int, optional
        Number of keys; T if not given.
    offset : int
        How many keys come before the first query, as in a text that is continued.

    Returns
    -------
    ndarray of bool, shape (T, S)
        True on and below the diagonal, shifted by the offset.

    Examples
    --------
    >>> causal_mask(3)
    array([[ True, False, False],
           [ True,  True, False],
           [ True,  True,  True]])
    >>> causal_mask(2, 4, offset=2)
    array([[ True,  True,  True, False],
           [ True,  True,  True,  True]])
    """
    S = T if S is None else S
    for name, value, least in [("T", T, 0), ("S", S, 0), ("offset", offset, -np.inf)]:
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
            wanted = "a whole number" + ", at least 0" * (least == 0)
            raise ShapeError(f"causal_mask: {name} is {value!r}, but should be {wanted}")
    return np.tri(T, S, offset, dtype=bool)


def _check(operation, Q, K, **others):
    lead = [f"lead{k}" for k in range(Q.ndim - 2)]
    axes = {"Q": "T d", "K": "S d", "V": "S e", "g": "T e"}
    arrays = {"Q": Q, "K": K, **others}
    bind(operation, **{name: (a, " ".join([*lead, axes[name]])) for name, a in arrays.items()})


def _scale(Q, scale):
    return 1 / math.sqrt(max(1, Q.shape[-1])) if scale is None else scale


def _weights(operation, Q, K, mask, scale):
    Z = _scale(Q, scale) * (Q @ K.swapaxes(-1, -2))
    if Z.shape[-1] == 0:  # no keys: there is nothing to look at
        return Z
    if mask is None:
        return softmax(Z)
    mask = _mask(operation, mask, Z.shape)
    shut = ~mask if mask.dtype == bool else mask == -np.inf
    Z = Z if mask.dtype == bool else Z + np.where(shut, 0, mask)
    blind = shut.all(-1, keepdims=True)
    return np.where(blind, 0, softmax(np.where(shut & ~blind, -np.inf, Z)))


def _mask(operation, mask, shape):
    mask = as_array(operation, "mask", mask)
    if mask.dtype.kind not in "bfc":
        raise ShapeError(
            f"{operation}: mask holds {mask.dtype.name}, but should hold booleans (True: may look) "
            "or floating-point numbers, which are added to the scores"
        )
    try:
        return np.broadcast_to(mask, shape)
    except ValueError:
        raise ShapeError(
            f"{operation}: mask has the shape {mask.shape}, which does not broadcast to the shape "
            f"of the scores, {shape}"
        ) from None
