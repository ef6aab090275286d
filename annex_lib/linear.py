"""The linear layer f(x) = W x + b: forward, backward, and its full Jacobians (chapter 4)."""

import numpy as np

from annex_lib.shapes import as_floats, bind, delta_view

__all__ = ["linear", "linear_jacobians", "linear_vjp"]


def linear(x, W, b):
    """Return W x + b for one sample; for a batch with samples in rows, X W^T + b.

    Parameters
    ----------
    x : array_like, shape (n,) or (B, n)
        One sample, or a batch of B.
    W : array_like, shape (m, n)
        Weights.
    b : array_like, shape (m,)
        Bias.

    Returns
    -------
    ndarray, shape (m,) or (B, m)

    Raises
    ------
    ShapeError
        If an axis has two sizes; the message names it.

    Notes
    -----
    (4.1) for one sample. PyTorch: ``torch.nn.functional.linear(x, W, b)``.

    Examples
    --------
    >>> linear([1, 2, 3], [[1, 0, 2], [0, 1, 1]], [10, 20])
    array([17., 25.])
    """
    x, W, b = as_floats("linear", x=x, W=W, b=b)
    bind("linear", W=(W, "m n"), x=(x, "n | B n"), b=(b, "m"))
    return x @ W.T + b


def linear_vjp(g, x, W):
    """Gradients of a loss L by x, W and b, given the upstream gradient g = dL/df.

    For one sample dx = W^T g, dW = g x^T, db = g. For a batch the weights serve every sample, so
    their gradients are sums over the batch: dX = G W, dW = G^T X, db = sum_t G[t].

    Parameters
    ----------
    g : array_like, shape (m,) or (B, m)
        Upstream gradient.
    x : array_like, shape (n,) or (B, n)
        What the layer was given.
    W : array_like, shape (m, n)
        Weights.

    Returns
    -------
    dx, dW, db : ndarray, shapes of x, W and b
        Each gradient has the shape of its variable.

    Raises
    ------
    ShapeError
        If an axis has two sizes; the message names it.

    Examples
    --------
    >>> dx, dW, db = linear_vjp([1, -1], [1, 2, 3], [[1, 0, 2], [0, 1, 1]])
    >>> dW
    array([[ 1.,  2.,  3.],
           [-1., -2., -3.]])
    >>> dx
    array([ 1., -1.,  1.])
    """
    g, x, W = as_floats("linear_vjp", g=g, x=x, W=W)
    bind("linear_vjp", W=(W, "m n"), x=(x, "n | B n"), g=(g, "m" if x.ndim == 1 else "B m"))
    G, X = np.atleast_2d(g, x)
    return g @ W, G.T @ X, G.sum(0)


def linear_jacobians(x, W):
    """Full Jacobian tensors of the linear layer by x, W and b, axes (output | input).

    For one sample, df_dx[i, l] = W[i, l], df_dW[i, k, l] = delta_ik x[l], df_db[i, k] = delta_ik.

    Parameters
    ----------
    x : array_like, shape (n,) or (B, n)
        One sample, or a batch of B.
    W : array_like, shape (m, n)
        Weights.

    Returns
    -------
    df_dx : ndarray, shape (m, n), or (B, m, B, n) for a batch
    df_dW : ndarray, shape (m, m, n), or (B, m, m, n)
    df_db : ndarray, shape (m, m), or (B, m, m)
        Read-only views: df_dW of one sample holds (2m - 1) n numbers, not m m n.

    Raises
    ------
    ShapeError
        If an axis has two sizes; the message names it.

    Examples
    --------
    >>> linear_jacobians([1, 2, 3], [[1, 0, 2], [0, 1, 1]])[1]
    array([[[1., 2., 3.],
            [0., 0., 0.]],
    <BLANKLINE>
           [[0., 0., 0.],
            [1., 2., 3.]]])
    """
    x, W = as_floats("linear_jacobians", x=x, W=W)
    sizes = bind("linear_jacobians", W=(W, "m n"), x=(x, "n | B n"))
    m = sizes["m"]
    identity = delta_view(np.ones((), W.dtype), m)
    if x.ndim == 1:
        df_dx = W.view()
        df_dx.flags.writeable = False
        return df_dx, delta_view(x, m), identity
    df_dx = delta_view(W, len(x)).swapaxes(1, 2)  # (t, s, i, l) to (t, i | s, l)
    return df_dx, delta_view(x, m, axis=1), np.broadcast_to(identity, (len(x), m, m))
