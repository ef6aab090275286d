"""The transposed convolution, forward and backward (chapter 6).

It is the adjoint of `conv2d` by its input: what carries a gradient from the output of a
convolution back to its image, used as a layer of its own, to make images larger. So its forward
pass is the convolution's backward pass, and the other way round.
"""

import numpy as np

from annex_lib.convolution import correlate, grad_W, grad_x
from annex_lib.shapes import ShapeError, as_floats, bind
from annex_lib.windows import at_least, check_not_empty, pair, pairs

__all__ = ["conv_transpose2d", "conv_transpose2d_vjp"]


def conv_transpose2d(x, W, b=None, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    """Stamp each kernel, times each entry of x, on a larger image, and add the stamps up.

    Parameters
    ----------
    x : array_like, shape (B, C, m, n)
        Batch, channels, rows, columns.
    W : array_like, shape (C, F / groups, p, q)
        One kernel for each input and output channel, the input first: the weights of the
        `conv2d` that leads back.
    b : array_like, shape (F,), optional
        Bias.
    stride, dilation : int at least 1, or a pair (rows, columns)
        Distance between stamps, and between the entries of one.
    padding : int at least 0, or a pair
        Rows and columns cut off at each side.
    output_padding : int less than the stride, or a pair
        Rows and columns kept more at the end: the remainder that `conv2d` rounds away.
    groups : int
        Divides C and F; input channels reach only the output channels of their group.

    Returns
    -------
    ndarray, shape (B, F, u, v)
        With u = S (m - 1) + D (p - 1) + 1 - 2 P + output_padding, and v likewise.

    Raises
    ------
    ShapeError
        If shapes or settings do not fit; the message names the axis or the setting.

    Notes
    -----
    (6.16). PyTorch: ``torch.nn.functional.conv_transpose2d`` with the same arguments by name
    (it also takes an output padding below the dilation).

    Examples
    --------
    >>> conv_transpose2d([[[[1, 0], [0, -1]]]], [[[[1, 0], [0, 2]]]])
    array([[[[ 1.,  0.,  0.],
             [ 0.,  1.,  0.],
             [ 0.,  0., -2.]]]])
    >>> conv_transpose2d([[[[1, -2]]]], [[[[1, 3]]]], stride=3, padding=(0, 1), dilation=2,
    ...                  output_padding=(0, 2))
    array([[[[ 0.,  3., -2.,  0., -6.,  0.]]]])
    """
    x, W = as_floats("conv_transpose2d", x=x, W=W)
    shape, settings = _check(
        "conv_transpose2d", x, W, stride, padding, output_padding, dilation, groups
    )
    out = grad_x(x, shape, W, *settings)
    if b is not None:
        (b,) = as_floats("conv_transpose2d", b=b)
        bind("conv_transpose2d", output=(shape, "B F u v"), b=(b, "F"))
        out = out + b[:, None, None]
    return out


def conv_transpose2d_vjp(g, x, W, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    """Gradients of a loss L by x, W and b, given the upstream gradient g = dL/d(output).

    dx is `conv2d` of g with the same weights and settings; dW is the convolution's own, with g
    in the place of the image and x in that of the upstream gradient; db sums g.

    Parameters
    ----------
    g : array_like, shape (B, F, u, v)
        Upstream gradient.
    x, W, stride, padding, output_padding, dilation, groups
        As in `conv_transpose2d`.

    Returns
    -------
    dx, dW, db : ndarray, shapes (B, C, m, n), (C, F / groups, p, q) and (F,)

    Raises
    ------
    ShapeError
        If shapes or settings do not fit; the message names the axis or the setting.

    Examples
    --------
    >>> g = np.arange(9.).reshape(1, 1, 3, 3)
    >>> dx, dW, db = conv_transpose2d_vjp(g, [[[[1, 0], [0, -1]]]], [[[[1, 0], [0, 2]]]])
    >>> dx
    array([[[[ 8., 11.],
             [17., 20.]]]])
    >>> dW
    array([[[[-4., -4.],
             [-4., -4.]]]])
    >>> db
    array([36.])
    """
    g, x, W = as_floats("conv_transpose2d_vjp", g=g, x=x, W=W)
    shape, settings = _check(
        "conv_transpose2d_vjp", x, W, stride, padding, output_padding, dilation, groups
    )
    bind("conv_transpose2d_vjp", output=(shape, "B F u v"), g=(g, "B F u v"))
    return correlate(g, W, *settings), grad_W(x, g, W, *settings), np.einsum("tfij->f", g)


def _check(operation, x, W, stride, padding, output_padding, dilation, groups):
    """Check shapes and settings; return the output's shape and the convolution's settings."""
    named = {"x": (x, "B C m n"), "W": (W, "C F/groups p q")}
    bind(operation, **named)
    check_not_empty(operation, **named)
    groups = at_least(operation, "groups", groups, 1)
    B, C = x.shape[:2]
    if C % groups:
        raise ShapeError(
            f"{operation}: groups is {groups}, which must divide the {C} channels of x"
        )
    settings = pairs(operation, stride, padding, dilation)
    more = pair(operation, "output_padding", output_padding, 0)
    axes = zip("uv", x.shape[2:], W.shape[2:], *settings, more, strict=True)
    size = (_size(operation, *axis) for axis in axes)
    return (B, groups * W.shape[1], *size), (*settings, groups)


def _size(operation, axis, size, kernel, stride, padding, dilation, more):
    if more >= stride:
        raise ShapeError(
            f"{operation}: output_padding is {more} along axis {axis}, but should be less than "
            f"the stride, {stride}"
        )
    full = stride * (size - 1) + dilation * (kernel - 1) + 1
    if full + more <= 2 * padding:
        raise ShapeError(
            f"{operation}: padding {padding} at each side leaves nothing of the {full + more} "
            f"entries along axis {axis}"
        )
    return full + more - 2 * padding
