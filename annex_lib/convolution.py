"""The convolutional layer: forward, backward, im2col and its full Jacobians (chapter 5).

As everywhere in the field, "convolution" is a cross-correlation: the kernel is not flipped.

    o[t, f, i, j] = b[f] + sum_{c, k, l} w[f, c, k, l] x[t, c, S i + D k - P, S j + D l - P]

with stride S, padding P, dilation D, and x zero outside its range. The forward pass and dW copy
the pixels of one kernel row into a matrix where they can; the other rows of the kernel meet the
same pixels, shifted by whole rows. They go through the batch in slices that stay in cache.
"""

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from annex_lib.patches import im2col
from annex_lib.shapes import as_floats, bind, delta_view
from annex_lib.windows import (
    check_settings,
    output_shape,
    output_size,
    pad,
    scatter,
    unroll,
)

__all__ = ["conv2d", "conv2d_jacobians", "conv2d_vjp", "im2col", "output_size"]

# Numbers copied at a time: about what a core's second-level cache holds.
BLOCK = 1 << 18


def conv2d(x, W, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    """Cross-correlate each image with each kernel and sum over the input channels.

    Parameters
    ----------
    x : array_like, shape (B, C, m, n)
        Batch, channels, rows, columns.
    W : array_like, shape (F, C / groups, p, q)
        One kernel of p rows and q columns for each output and input channel.
    b : array_like, shape (F,), optional
        Bias.
    stride, dilation : int at least 1, or a pair (rows, columns)
        Dilation 1 means no gap between the kernel's entries.
    padding : int at least 0, or a pair
        Zeros added at each side.
    groups : int
        Divides C and F; output channels see only the input channels of their group.

    Returns
    -------
    ndarray, shape (B, F, u, v)
        With u = floor((m + 2 P - D (p - 1) - 1) / S) + 1, and v likewise.

    Raises
    ------
    ShapeError
        If shapes or settings do not fit; the message names the axis or the setting.

    Notes
    -----
    (5.2). PyTorch: ``torch.nn.functional.conv2d`` with the same arguments.

    Examples
    --------
    >>> x = np.arange(9.).reshape(1, 1, 3, 3)
    >>> conv2d(x, [[[[1, 0], [0, 2]]]])
    array([[[[ 8., 11.],
             [17., 20.]]]])
    """
    x, W = as_floats("conv2d", x=x, W=W)
    settings = check_settings("conv2d", x, W, stride, padding, dilation, groups)
    out = correlate(x, W, *settings)
    if b is not None:
        (b,) = as_floats("conv2d", b=b)
        bind("conv2d", W=(W, "F C/groups p q"), b=(b, "F"))
        out = out + b[:, None, None]
    return out


def conv2d_vjp(g, x, W, *, stride=1, padding=0, dilation=1, groups=1):
    """Gradients of a loss L by x, W and b, given the upstream gradient g = dL/d(output).

    dW[f, c, k, l] = sum_{t, i, j} g[t, f, i, j] x[t, c, S i + D k - P, S j + D l - P], a
    cross-correlation of x with g; dx adds g[t, f, i, j] times the kernel at the place it was
    read from, which at stride 1 is a correlation of g with the flipped kernel; db sums g.

    Parameters
    ----------
    g : array_like, shape (B, F, u, v)
        Upstream gradient.
    x, W, stride, padding, dilation, groups
        As in `conv2d`.

    Returns
    -------
    dx, dW, db : ndarray, shapes (B, C, m, n), (F, C / groups, p, q) and (F,)

    Raises
    ------
    ShapeError
        If shapes or settings do not fit; the message names the axis or the setting.

    Examples
    --------
    >>> x = np.arange(9.).reshape(1, 1, 3, 3)
    >>> dx, dW, db = conv2d_vjp([[[[1, 0], [0, -1]]]], x, [[[[1, 0], [0, 2]]]])
    >>> dW
    array([[[[-4., -4.],
             [-4., -4.]]]])
    >>> dx
    array([[[[ 1.,  0.,  0.],
             [ 0.,  1.,  0.],
             [ 0.,  0., -2.]]]])
    """
    g, x, W = as_floats("conv2d_vjp", g=g, x=x, W=W)
    settings = check_settings("conv2d_vjp", x, W, stride, padding, dilation, groups)
    shape = len(x), len(W), *output_shape("conv2d_vjp", x.shape[2:], W.shape[2:], settings)
    bind("conv2d_vjp", output=(shape, "B F u v"), g=(g, "B F u v"))
    return grad_x(g, x.shape, W, *settings), grad_W(g, x, W, *settings), np.einsum("tfij->f", g)


def conv2d_jacobians(x, W, *, stride=1, padding=0, dilation=1, groups=1):
    """Full Jacobian tensors of `conv2d` by x, W and b, axes (output | input).

    do[t, f, i, j] / dw[e, c, k, l] = delta_fe x[t, c, S i + D k - P, S j + D l - P]: the pixels
    of im2col. do[t, f, i, j] / dx[s, c, r, z] = delta_ts w[f, c, k, l] where kernel entry (k, l)
    meets pixel (r, z), else 0.

    Parameters
    ----------
    x, W, stride, padding, dilation, groups
        As in `conv2d`.

    Returns
    -------
    do_dx : ndarray, shape (B, F, u, v, B, C, m, n)
    do_dW : ndarray, shape (B, F, u, v, F, C / groups, p, q)
    do_db : ndarray, shape (B, F, u, v, F)
        Read-only. Views on about as many numbers as x and W hold, framed by zeros; only do_dW
        with several groups is written out.

    Raises
    ------
    ShapeError
        If shapes or settings do not fit; the message names the axis or the setting.

    Examples
    --------
    >>> x = np.arange(9.).reshape(1, 1, 3, 3)
    >>> do_dx, do_dW, do_db = conv2d_jacobians(x, [[[[1, 0], [0, 2]]]])
    >>> do_dW[0, 0, 1, 0, 0, 0]
    array([[3., 4.],
           [6., 7.]])
    >>> do_dx[0, 0, 1, 0, 0, 0]
    array([[0., 0., 0.],
           [1., 0., 0.],
           [0., 2., 0.]])
    """
    x, W = as_floats("conv2d_jacobians", x=x, W=W)
    settings = check_settings("conv2d_jacobians", x, W, stride, padding, dilation, groups)
    B, F = len(x), len(W)
    u, v = output_shape("conv2d_jacobians", x.shape[2:], W.shape[2:], settings)
    do_db = delta_view(np.ones((), W.dtype), F)[:, None, None]
    return (
        _jacobian_x(x, W, *settings),
        _jacobian_W(x, W, *settings),
        np.broadcast_to(do_db, (B, F, u, v, F)),
    )


def correlate(x, W, stride, padding, dilation, groups):
    """Return `conv2d` without bias; settings as `check_settings` gives them."""
    B, (F, Cg, p, q) = len(x), W.shape
    rows = 1 if stride[0] == 1 and Cg * q > F // groups else p
    V = unroll(pad(x, padding), (rows, q), stride, dilation)
    u, v = V.shape[4] - dilation[0] * (p - rows), V.shape[5]
    # By kernel row: one matrix for each group, in BLAS's layout.
    Ws = W.reshape(F * Cg, p // rows, rows * q).swapaxes(0, 1)
    Ws = np.ascontiguousarray(Ws).reshape(p // rows, groups, F // groups, Cg * rows * q)
    out = np.empty((B, groups, F // groups, u * v), np.result_type(x, W))
    for part, columns in _blocks(V, groups):
        np.matmul(Ws[0], columns[..., : u * v], out=out[part])
        for k in range(1, len(Ws)):
            shift = k * dilation[0] * v
            out[part] += Ws[k] @ columns[..., shift : shift + u * v]
    return out.reshape(B, F, u, v)


def grad_W(g, x, W, stride, padding, dilation, groups):
    """Return dW, with the shape of W; settings as `check_settings` gives them."""
    B, (F, Cg, p, q) = len(x), W.shape
    rows = 1 if stride[0] == 1 else p
    V = unroll(pad(x, padding), (rows, q), stride, dilation)
    uv, v = g.shape[2] * g.shape[3], g.shape[3]
    G = g.reshape(B, groups, F // groups, uv).swapaxes(2, 3)
    # Transposed, with the output channels last: BLAS is quicker with the longer side first.
    dW = np.zeros((p // rows, groups, Cg * rows * q, F // groups), np.result_type(g, x))
    for part, columns in _blocks(V, groups):
        for k in range(len(dW)):
            shift = k * dilation[0] * v
            dW[k] += (columns[..., shift : shift + uv] @ G[part]).sum(0)
    dW = dW.reshape(p // rows, groups, Cg, rows * q, F // groups)
    return dW.transpose(1, 4, 2, 0, 3).reshape(W.shape)


def grad_x(g, shape, W, stride, padding, dilation, groups):
    """Return dx of the given shape (B, C, m, n); settings as `check_settings` gives them."""
    (F, Cg, p, q), (u, v) = W.shape, g.shape[2:]
    Wg = W.reshape(groups, F // groups, Cg, p, q)
    full = [d * (k - 1) - P for d, k, P in zip(dilation, (p, q), padding, strict=True)]
    # The zeros around g would turn an infinite weight into NaN: scatter those.
    if stride == (1, 1) and min(full) >= 0 and np.isfinite(W).all():
        flipped = Wg[..., ::-1, ::-1].swapaxes(1, 2).reshape(groups * Cg, F // groups, p, q)
        return correlate(g, flipped, stride, full, dilation, groups)
    dx = np.empty(shape, np.result_type(g, W))
    WT = Wg.reshape(groups, F // groups, -1).swapaxes(1, 2)
    G = g.reshape(len(g), groups, F // groups, u * v)
    for t in range(len(g)):
        stamps = (WT @ G[t]).reshape(groups * Cg, p, q, u, v)
        dx[t] = scatter(stamps, shape[1:], stride, padding, dilation)
    return dx


def _blocks(V, groups):
    """Copy a view from `unroll` to matrices, one for each group, a slice of the batch at a time."""
    B, C, p, q, u, v = V.shape
    step = max(1, BLOCK // math.prod(V.shape[1:]))
    for t in range(0, B, step):
        part = slice(t, t + step)
        yield part, V[part].reshape(-1, groups, C // groups * p * q, u * v)


def _jacobian_W(x, W, stride, padding, dilation, groups):
    F, Cg, p, q = W.shape
    x = pad(x, padding)
    if groups == 1:  # (t, f, e, c, k, l, i, j) to (t f i j | e c k l)
        V = unroll(delta_view(x, F, axis=1), (p, q), stride, dilation)
        return V.transpose(0, 1, 6, 7, 2, 3, 4, 5)
    V = unroll(x, (p, q), stride, dilation)
    B, _, _, _, u, v = V.shape
    J = np.zeros((B, F, u, v, F, Cg, p, q), x.dtype)
    for f in range(F):
        c = f // (F // groups) * Cg
        J[:, f, :, :, f] = V[:, c : c + Cg].transpose(0, 4, 5, 1, 2, 3)
    J.flags.writeable = False
    return J


def _jacobian_x(x, W, stride, padding, dilation, groups):
    """Look at the kernel, in a frame of zeros, through a window that moves against the output."""
    (B, C, m, n), (F, Cg, p, q) = x.shape, W.shape
    (S, T), (D, E), (P, Q) = stride, dilation, padding
    u, v = output_shape("conv2d_jacobians", (m, n), (p, q), (stride, padding, dilation))
    above, left = S * (u - 1), T * (v - 1)
    rows = max(above + P + m, above + D * (p - 1) + 1)
    columns = max(left + Q + n, left + E * (q - 1) + 1)
    frame = np.zeros((F, C, rows, columns), W.dtype)
    for f in range(F):
        c = f // (F // groups) * Cg
        frame[f, c : c + Cg, above : above + D * p : D, left : left + E * q : E] = W[f]
    windows = sliding_window_view(delta_view(frame, B), (m, n), axis=(4, 5))
    J = windows[..., above + P :: -S, left + Q :: -T, :, :][..., :u, :v, :, :]
    return J.transpose(0, 2, 4, 5, 1, 3, 6, 7)  # (t, s, f, c, i, j, r, z) to (t f i j | s c r z)
