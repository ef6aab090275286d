"""Windows on an image: settings, output sizes, and what a kernel meets where (chapters 5 and 6)."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from annex_lib.shapes import ShapeError, bind

__all__ = [
    "at_least",
    "check_not_empty",
    "check_settings",
    "output_shape",
    "output_size",
    "pad",
    "pair",
    "pairs",
    "scatter",
    "selection",
    "unroll",
]


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
    settings = [
        ("size", size, 1),
        ("kernel", kernel, 1),
        ("stride", stride, 1),
        ("padding", padding, 0),
        ("dilation", dilation, 1),
    ]
    return _output_size("output_size", "size", *(at_least("output_size", *s) for s in settings))


def selection(size, kernel, *, stride=1, padding=0, dilation=1):
    """Say which pixel meets which weight at which output: E[i, k, r] = [r = S i + D k - P].

    Parameters
    ----------
    size, kernel : int, at least 1
        Length m of the input and p of the kernel along the axis.
    stride, padding, dilation : int
        As in `output_size`.

    Returns
    -------
    ndarray, shape (u, p, m)
        Ones and zeros. E[i, k] holds no one where the weight meets the padding.

    Raises
    ------
    ShapeError
        As `output_size`.

    Notes
    -----
    (6.2). Contracted with two of g, w and x it gives the third one's gradient.

    Examples
    --------
    >>> E = selection(6, 2, stride=3, padding=1, dilation=2)
    >>> E[1]
    array([[0., 0., 1., 0., 0., 0.],
           [0., 0., 0., 0., 1., 0.]])
    >>> np.einsum("ikr,k,r->i", E, [1, 3], [2, 1, 5, 3, -1, 4])
    array([3., 2.])
    """
    u = output_size(size, kernel, stride=stride, padding=padding, dilation=dilation)
    i, k, r = np.ogrid[:u, :kernel, :size]
    return (r == stride * i + dilation * k - padding).astype(float)


def scatter(stamps, shape, stride, padding, dilation):
    """Return x[..., S i + D k - P, S j + D l - P] += stamps[..., k, l, i, j], a sum over all.

    The adjoint of `pad` followed by `unroll`; what falls on the padding is dropped.
    """
    (S, T), (P, Q), (D, E) = stride, padding, dilation
    (*lead, m, n), (p, q, u, v) = shape, stamps.shape[-4:]
    x = np.zeros((*lead, m + 2 * P, n + 2 * Q), stamps.dtype)
    for k, l in np.ndindex(p, q):
        rows = slice(D * k, D * k + S * u, S)
        columns = slice(E * l, E * l + T * v, T)
        x[..., rows, columns] += stamps[..., k, l, :, :]
    return x[..., P : P + m, Q : Q + n]


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
    check_not_empty(operation, x=(x, "B C m n"), W=(W, "F C/groups p q"))
    groups = at_least(operation, "groups", groups, 1)
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
    settings = *pairs(operation, stride, padding, dilation), groups
    output_shape(operation, x.shape[2:], W.shape[2:], settings)
    return settings


def check_not_empty(operation, **arrays):
    """Raise a ShapeError if an axis has no entries; a batch may have none."""
    for name, (a, axes) in arrays.items():
        for axis, size in zip(axes.split(), a.shape, strict=True):
            if size == 0 and axis != "B":
                raise ShapeError(f"{operation}: axis {axis} of {name} is empty, shape {a.shape}")


def pairs(operation, stride, padding, dilation):
    """Return each setting as a pair (rows, columns)."""
    return (
        pair(operation, "stride", stride, 1),
        pair(operation, "padding", padding, 0),
        pair(operation, "dilation", dilation, 1),
    )


def output_shape(operation, size, kernel, settings):
    """Return rows u and columns v of the output; all are pairs, as `pairs` gives the settings."""
    axes = zip("mn", size, kernel, *settings[:3], strict=True)
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
    """Return a number twice, or a pair as it is; each at least `least`."""
    both = tuple(value) if isinstance(value, tuple | list) else (value, value)
    if len(both) != 2:
        raise ShapeError(f"{operation}: {name} is {value!r}, but should be an int or a pair")
    return tuple(at_least(operation, name, v, least) for v in both)


def at_least(operation, name, value, least):
    """Return a setting as an int; raise a ShapeError unless it is whole and large enough."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ShapeError(
            f"{operation}: {name} is {value!r}, but should be a whole number, at least {least}"
        )
    return int(value)
