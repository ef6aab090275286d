"""The patches that a kernel meets as rows of a matrix, and back: im2col and its adjoint, col2im."""

import numpy as np

from annex_lib.shapes import ShapeError, as_floats, bind
from annex_lib.windows import check_not_empty, output_shape, pad, pair, pairs, scatter, unroll

__all__ = ["col2im", "im2col"]


def im2col(x, kernel, *, stride=1, padding=0, dilation=1):
    """Lay each patch that the kernel meets in a row, so that a convolution is a matrix product.

    For one group, ``O[t, f].ravel() == im2col(x, (p, q))[t] @ W[f].ravel()``.

    Parameters
    ----------
    x : array_like, shape (B, C, m, n)
    kernel : int or pair of int
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
    check_not_empty("im2col", x=(x, "B C m n"))
    stride, padding, dilation = settings = pairs("im2col", stride, padding, dilation)
    output_shape("im2col", x.shape[2:], (p, q), settings)
    V = unroll(pad(x, padding), (p, q), stride, dilation)
    B, C, _, _, u, v = V.shape
    return V.transpose(0, 4, 5, 1, 2, 3).reshape(B, u * v, C * p * q)


def col2im(M, size, kernel, *, stride=1, padding=0, dilation=1):
    """Add the entries of patches up where they came from: the adjoint of `im2col`.

    ``<col2im(M, ...), x> == <M, im2col(x, ...)>`` for all M and x.

    Parameters
    ----------
    M : array_like, shape (B, u v, C p q)
        One row for each patch, as `im2col` lays them.
    size : int or pair of int
        Rows m and columns n of the image.
    kernel, stride, padding, dilation
        As in `im2col`.

    Returns
    -------
    ndarray, shape (B, C, m, n)

    Raises
    ------
    ShapeError
        If shapes or settings do not fit.

    Notes
    -----
    PyTorch: ``torch.nn.functional.fold``, which wants the patches in columns.

    Examples
    --------
    >>> patches = im2col(np.arange(9.).reshape(1, 1, 3, 3), 2)
    >>> col2im(patches, 3, 2)  # each pixel as often as patches hold it
    array([[[[ 0.,  2.,  2.],
             [ 6., 16., 10.],
             [ 6., 14.,  8.]]]])
    """
    (M,) = as_floats("col2im", M=M)
    bind("col2im", M=(M, "B uv Cpq"))
    (m, n), (p, q) = pair("col2im", "size", size, 1), pair("col2im", "kernel", kernel, 1)
    B, C = len(M), M.shape[2] // (p * q)
    settings = pairs("col2im", stride, padding, dilation)
    u, v = output_shape("col2im", (m, n), (p, q), settings)
    if M.shape[1:] != (u * v, C * p * q) or C == 0:
        raise ShapeError(
            f"col2im: M is {M.shape}, but with {u} by {v} patches of {p} by {q} it should be "
            f"(B, {u * v}, C·{p * q})"
        )
    stamps = M.reshape(B, u, v, C, p, q).transpose(0, 3, 4, 5, 1, 2)
    return np.ascontiguousarray(scatter(stamps, (B, C, m, n), *settings))
