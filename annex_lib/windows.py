"""Windows on an image: padding, output sizes, and each patch that a kernel meets (chapter 5)."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from annex_lib.shapes import ShapeError, as_floats, bind

__all__ = ["check_settings", "im2col", "output_shape", "output_size", "pad", "pair", "unroll"]


def output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    """Return floor((size + 2 padding - dilation (kernel - 1) - 1) / stride) + 1 for one axis.

    Parameters
    ----------
    size, kernel : int, at least 1
        Length of the input and of the kernel along the axis.
    stride, dilation : int, at least 1
    padding : int, at least 0
        Zeros added at each end.

    Returns
    -------
    int

    Raises
    ------
    ShapeError
        If the kernel does not fit the padded input, or a setting is out of range.

    Examples
    --------
    >>> output_size(5, 3), output_size(5, 3, padding=1), output_size(6, 3, stride=2)
    (3, 5, 2)
    """
    for name, value, least in [
        ("size", size, 1),
        ("kernel", kernel, 1),
        ("stride", stride, 1),
        ("padding", padding, 0),
        ("dilation", dilation, 1),
    ]:
        _at_least("output_size", name, value, least)
    return _output_size("output_size", "size", size, kernel, stride, padding, dilation)


def im2col(x, kernel, *, stride=1, padding=0, dilation=1):
    """Lay each patch that the kernel meets in a row, so that a convolution is a matrix product.

    For one group, ``O[t, f].ravel() == im2col(x, (p, q))[t] @ W[f].ravel()``.

    Parameters
    ----------
    x : array_like, shape (B, C, m, n)
    kernel : pair of int
        Rows p and columns q of the kernel.
    stride, padding, dilation
        As in `conv2d`.

    Returns
    -------
    ndarray, shape (B, u v, C p q)
        Rows in the order of the outputs, columns in the order of the weights, both row-major.

    Raises
    ------
    ShapeError
        If shapes or settings do not fit.

    Examples
    --------
    >>> im2col(np.arange(9.).reshape(1, 1, 3, 3), (2, 2))
    array([[[0., 1., 3., 4.],
            [1., 2., 4., 5.],
            [3., 4., 6., 7.],
            [4., 5., 7., 8.]]])
    """
    (x,) = as_floats("im2col", x=x)
    bind("im2col", x=(x, "B C m n"))
    p, q = pair("im2col", "kernel", kernel, 1)
    W = np.empty((1, x.shape[1], p, q))
    stride, padding, dilation, _ = check_settings("im2col", x, W, stride, padding, dilation, 1)
    V = unroll(pad(x, padding), (p, q), stride, dilation)
    B, C, _, _, u, v = V.shape
    return V.transpose(0, 4, 5, 1, 2, 3).reshape(B, u * v, C * p * q)


def unroll(x, kernel, stride, dilation):
    """View V[..., k, l, i, j] = x[..., S i + D k, S j + D l] of a padded input; no copy."""
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    windows = sliding_window_view(x, reach, axis=(-2, -1))
    V = windows[..., :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]
    return np.moveaxis(V, (-2, -1), (-4, -3))


def pad(x, padding):
    if not any(padding):
        return x
    (P, Q), (B, C, m, n) = padding, x.shape
    padded = np.zeros((B, C, m + 2 * P, n + 2 * Q), x.dtype)
    padded[:, :, P : P + m, Q : Q + n] = x
    return padded


def check_settings(operation, x, W, stride, padding, dilation, groups):
    """Check shapes and settings; return the settings as pairs, and groups."""
    bind(operation, x=(x, "B C m n"), W=(W, "F C/groups p q"))
    for name, a, axes in (("x", x, "BCmn"), ("W", W, ("F", "C/groups", "p", "q"))):
        for axis, size in zip(axes, a.shape, strict=True):
            if size == 0 and axis != "B":
                raise ShapeError(f"{operation}: axis {axis} of {name} is empty, shape {a.shape}")
    _at_least(operation, "groups", groups, 1)
    (_, C, _, _), (F, Cg, _, _) = x.shape, W.shape
    if C % groups or F % groups:
        raise ShapeError(
            f"{operation}: groups is {groups}, which must divide the {C} channels of x "
            f"and the {F} kernels of W"
        )
    if groups * Cg != C:
        raise ShapeError(
            f"{operation}: axis C is {C} in x but {groups * Cg} in W (x is (B, C, m, n) = "
            f"{x.shape}, W is (F, C/groups, p, q) = {W.shape}, groups is {groups})"
        )
    settings = (
        pair(operation, "stride", stride, 1),
        pair(operation, "padding", padding, 0),
        pair(operation, "dilation", dilation, 1),
        groups,
    )
    output_shape(operation, x, W, settings)
    return settings


def output_shape(operation, x, W, settings):
    """Return rows u and columns v of the output, for settings as `check_settings` gives them."""
    axes = zip("mn", x.shape[2:], W.shape[2:], *settings[:3], strict=True)
    return tuple(_output_size(operation, *axis) for axis in axes)


def _output_size(operation, axis, size, kernel, stride, padding, dilation):
    reach = dilation * (kernel - 1) + 1
    if reach > size + 2 * padding:
        raise ShapeError(
            f"{operation}: the kernel reaches over {reach} entries along axis {axis}, but the "
            f"padded input has {size + 2 * padding} (size {size}, padding {padding}, kernel "
            f"{kernel}, dilation {dilation})"
        )
    return (size + 2 * padding - reach) // stride + 1


def pair(operation, name, value, least):
    """Return a setting as a pair (rows, columns) of whole numbers, each at least `least`."""
    both = tuple(value) if isinstance(value, tuple | list) else (value, value)
    if len(both) != 2:
        raise ShapeError(f"{operation}: {name} is {value!r}, but should be an int or a pair")
    for v in both:
        _at_least(operation, name, v, least)
    return both


def _at_least(operation, name, value, least):
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ShapeError(
            f"{operation}: {name} is {value!r}, but should be a whole number, at least {least}"
        )
