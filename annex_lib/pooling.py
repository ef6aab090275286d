"""Max and average pooling: windows as in a convolution, without weights (chapter 7).

Both read entry (k, l) of window (i, j) at pixel (S i + D k - P, S j + D l - P), channel by
channel. Padding takes no part in a maximum; whether it counts in a mean is a setting. Every
window has to see a pixel.
"""

import numpy as np

from annex_lib.shapes import ShapeError, as_floats, bind
from annex_lib.windows import check_not_empty, output_shape, pair, pairs, unroll

__all__ = ["avg_pool2d", "avg_pool2d_vjp", "max_pool2d", "max_pool2d_vjp"]


def max_pool2d(x, kernel, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Return the largest pixel of each window.

    Parameters
    ----------
    x : array_like, shape (B, C, m, n)
        Batch, channels, rows, columns. Complex numbers follow their real part.
    kernel : int at least 1, or a pair (p, q)
        Rows and columns of the window.
    stride : int at least 1, or a pair, optional
        The step of the window; as large as the kernel if not given.
    padding : int at least 0, or a pair
        Places added at each side; they are never the largest.
    dilation : int at least 1, or a pair
        Distance between the pixels of a window; 1 means no gap.
    ceil_mode : bool
        Whether pixels left over at the end get a window of their own, that reaches beyond it.

    Returns
    -------
    ndarray, shape (B, C, u, v)
        With u as in a convolution, or one more with `ceil_mode`.

    Raises
    ------
    ShapeError
        If shapes or settings do not fit, or a window would see no pixel.

    Notes
    -----
    (7.35). PyTorch: ``torch.nn.functional.max_pool2d`` with the same settings, where padding is
    at most half the kernel. ONNX: MaxPool, whose default stride is 1.

    Examples
    --------
    >>> max_pool2d([[[[1, 2, 5, 0], [4, 3, 5, 1]]]], 2)
    array([[[[4., 5.]]]])
    """
    (x,) = as_floats("max_pool2d", x=x)
    settings = _check("max_pool2d", x, kernel, stride, padding, dilation, ceil_mode)
    patches, first = _patches(x, settings, -np.inf)
    return _taken(patches, first)


def max_pool2d_vjp(g, x, kernel, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Gradient of a loss L by x, given the upstream gradient g = dL/d(output).

    Each output sends its gradient to the pixel it was taken from; a pixel that several windows
    chose adds them up. Where pixels tie, the first one in row-major order gets everything, as in
    PyTorch; another choice would be as good an element of the generalised gradient.

    Parameters
    ----------
    g : array_like, shape (B, C, u, v)
        Upstream gradient.
    x, kernel, stride, padding, dilation, ceil_mode
        As in `max_pool2d`.

    Returns
    -------
    ndarray, shape (B, C, m, n)

    Raises
    ------
    ShapeError
        If shapes or settings do not fit, or a window would see no pixel.

    Notes
    -----
    (7.36).

    Examples
    --------
    >>> max_pool2d_vjp([[[[10, 20]]]], [[[[1, 2, 5, 0], [4, 3, 5, 1]]]], 2)
    array([[[[ 0.,  0., 20.,  0.],
             [10.,  0.,  0.,  0.]]]])
    """
    g, x = as_floats("max_pool2d_vjp", g=g, x=x)
    settings = _check("max_pool2d_vjp", x, kernel, stride, padding, dilation, ceil_mode)
    _bind("max_pool2d_vjp", g, x, settings)
    _, first = _patches(x, settings, -np.inf)
    first = _on_pixels(first, x.shape, settings)
    q = settings[0][1]
    return _scatter(x.shape, settings, lambda k, l: np.where(first == k * q + l, g, 0), g.dtype)


def avg_pool2d(
    x, kernel, *, stride=None, padding=0, dilation=1, ceil_mode=False, count_include_pad=True
):
    """Return the mean of each window.

    Parameters
    ----------
    x, kernel, stride, padding, dilation, ceil_mode
        As in `max_pool2d`; padding holds zeros.
    count_include_pad : bool
        Whether the sum is divided by all the places of a window in the padded image, or by its
        pixels only. What `ceil_mode` adds beyond the padding never counts.

    Returns
    -------
    ndarray, shape (B, C, u, v)

    Raises
    ------
    ShapeError
        If shapes or settings do not fit, or a window would see no pixel.

    Notes
    -----
    (7.37). PyTorch: ``torch.nn.functional.avg_pool2d`` with the same settings, which has no
    dilation. ONNX: AveragePool, whose defaults are stride 1 and a count without padding.

    Examples
    --------
    >>> avg_pool2d([[[[1, 2, 5, 0], [4, 3, 5, 1]]]], 2)
    array([[[[2.5 , 2.75]]]])
    """
    (x,) = as_floats("avg_pool2d", x=x)
    settings = _check("avg_pool2d", x, kernel, stride, padding, dilation, ceil_mode)
    counts = _counts(x, settings, count_include_pad)
    return _view(x, settings, 0).sum((2, 3)) / counts.astype(x.real.dtype)


def avg_pool2d_vjp(
    g, x, kernel, *, stride=None, padding=0, dilation=1, ceil_mode=False, count_include_pad=True
):
    """Gradient of a loss L by x, given the upstream gradient g = dL/d(output).

    Each output divides its gradient by the count of its window and sends every pixel of it the
    same share. Of x only the shape matters.

    Parameters
    ----------
    g : array_like, shape (B, C, u, v)
        Upstream gradient.
    x, kernel, stride, padding, dilation, ceil_mode, count_include_pad
        As in `avg_pool2d`.

    Returns
    -------
    ndarray, shape (B, C, m, n)

    Raises
    ------
    ShapeError
        If shapes or settings do not fit, or a window would see no pixel.

    Notes
    -----
    (7.38).

    Examples
    --------
    >>> avg_pool2d_vjp([[[[4, 8]]]], [[[[1, 2, 5, 0], [4, 3, 5, 1]]]], 2)
    array([[[[1., 1., 2., 2.],
             [1., 1., 2., 2.]]]])
    """
    g, x = as_floats("avg_pool2d_vjp", g=g, x=x)
    settings = _check("avg_pool2d_vjp", x, kernel, stride, padding, dilation, ceil_mode)
    _bind("avg_pool2d_vjp", g, x, settings)
    share = g / _counts(x, settings, count_include_pad).astype(g.real.dtype)
    return _scatter(x.shape, settings, lambda k, l: share, g.dtype)


def _check(operation, x, kernel, stride, padding, dilation, ceil_mode):
    """Return kernel, stride, padding, dilation and output size, each as a pair."""
    bind(operation, x=(x, "B C m n"))
    p, q = pair(operation, "kernel", kernel, 1)
    stride = (p, q) if stride is None else stride
    check_not_empty(operation, x=(x, "B C m n"))
    stride, padding, dilation = pairs(operation, stride, padding, dilation)
    fitting = output_shape(operation, x.shape[2:], (p, q), (stride, padding, dilation))
    steps = (p, q), stride, padding, dilation
    size = []
    for axis, length, u, k, S, P, D in zip("mn", x.shape[2:], fitting, *steps, strict=True):
        left = (length + 2 * P - D * (k - 1) - 1) % S
        # A window that would begin in the padding at the far end is not made.
        u += bool(ceil_mode and left and u * S < length + P)
        size.append(u)
        inside = _inside(length, k, S, P, D, u)
        if not inside.any(1).all():
            i = inside.any(1).argmin()
            raise ShapeError(
                f"{operation}: window {i} along axis {axis} sees no pixel, only padding "
                f"(size {length}, padding {P}, kernel {k}, dilation {D})"
            )
    return (p, q), stride, padding, dilation, tuple(size)


def _bind(operation, g, x, settings):
    bind(operation, output=((*x.shape[:2], *settings[-1]), "B C u v"), g=(g, "B C u v"))


def _places(kernel, stride, padding, dilation, size):
    """Return S i + D k - P, shape (size, kernel)."""
    return stride * np.arange(size)[:, None] + dilation * np.arange(kernel) - padding


def _inside(length, *axis):
    r = _places(*axis)
    return (r >= 0) & (r < length)


def _counts(x, settings, count_include_pad):
    """Return how many places of each window count, shape (u, v)."""
    rows, columns = (
        (_places(*axis) < length + axis[2] if count_include_pad else _inside(length, *axis)).sum(1)
        for length, *axis in zip(x.shape[2:], *settings, strict=True)
    )
    return np.outer(rows, columns)


def _frame(shape, settings):
    """Return rows and columns with padding in front, and with all that the windows reach."""
    return [
        max(length + P, S * (u - 1) + D * (k - 1) + 1)
        for length, k, S, P, D, u in zip(shape[2:], *settings, strict=True)
    ]


def _view(x, settings, fill):
    """View the windows of a framed copy: V[t, c, k, l, i, j]."""
    kernel, stride, (P, Q), dilation, _ = settings
    B, C, m, n = x.shape
    framed = np.full((B, C, *_frame(x.shape, settings)), fill, x.dtype)
    framed[:, :, P : P + m, Q : Q + n] = x
    return unroll(framed, kernel, stride, dilation)


def _patches(x, settings, fill):
    """Return the windows with k and l in one axis, and where in it the largest comes first."""
    V = _view(x, settings, fill)
    B, C, p, q, u, v = V.shape
    patches = V.reshape(B, C, p * q, u, v)
    return patches, patches.real.argmax(2)


def _taken(patches, first):
    """Return the chosen entry of each window."""
    return np.take_along_axis(patches, first[:, :, None], 2)[:, :, 0]


def _on_pixels(first, shape, settings):
    """Move choices that fell on padding, where all pixels are -inf, to the first pixel."""
    ones = np.ones((1, 1, *shape[2:]), bool)
    inside, first_pixel = _patches(ones, settings, False)
    if inside.all():
        return first
    return np.where(_taken(inside, first), first, first_pixel)


def _scatter(shape, settings, stamp, dtype):
    """Add stamp(k, l) at the pixels that entry (k, l) of the windows was read from."""
    (p, q), (S, T), (P, Q), (D, E), (u, v) = settings
    B, C, m, n = shape
    dx = np.zeros((B, C, *_frame(shape, settings)), dtype)
    for k, l in np.ndindex(p, q):
        rows = slice(D * k, D * k + S * (u - 1) + 1, S)
        columns = slice(E * l, E * l + T * (v - 1) + 1, T)
        dx[:, :, rows, columns] += stamp(k, l)
    return np.ascontiguousarray(dx[:, :, P : P + m, Q : Q + n])
