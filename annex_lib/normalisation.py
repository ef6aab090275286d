"""Layer norm and batch norm, forward and backward (chapter 10).

Both take mean and spread out of groups of n numbers: of each sample, or of each channel over the
batch. With sigma = sqrt(variance + eps) and h = (x - mean) / sigma, both have the Jacobian

    dh_i/dx_j = (delta_ij - 1/n - h_i h_j / n) / sigma

and so the same backward pass. The eps is inside of sigma and of h, and nowhere else.
"""

import math

import numpy as np

from annex_lib.shapes import ShapeError, as_floats, bind

__all__ = [
    "batch_norm",
    "batch_norm_vjp",
    "layer_norm",
    "layer_norm_vjp",
    "running_statistics",
    "standardise",
]

EPS = 1e-5  # as in PyTorch and ONNX


def standardise(x, axes, *, eps=EPS):
    """Return h = (x - mean) / sigma, with sigma = sqrt(variance + eps), and the mean and sigma.

    Parameters
    ----------
    x : array_like
        Numbers of any shape.
    axes : int or tuple of int
        The axes over which mean and variance are taken: n numbers in each group.
    eps : float, at least 0
        Added to the variance (which divides by n, not by n - 1).

    Returns
    -------
    h : ndarray, shape of x
    mean, sigma : ndarray, shape of x with size 1 along `axes`

    Raises
    ------
    ShapeError
        If a group is empty, an axis does not exist or stands twice, or eps is negative.

    Notes
    -----
    (10.1) to (10.4).

    Examples
    --------
    >>> standardise([8, 0, 2, 2], 0, eps=16)
    (array([ 1. , -0.6, -0.2, -0.2]), array([3.]), array([5.]))
    """
    (x,) = as_floats("standardise", x=x)
    return _standardise("standardise", x, _axes(x, axes), eps)


def layer_norm(x, gamma, beta, *, eps=EPS):
    """Take mean and spread out of each sample, then scale by gamma and shift by beta.

    The axes of gamma say over what: gamma of shape (n,) normalises the last axis of x, gamma of
    shape (C, m, n) the last three.

    Parameters
    ----------
    x : array_like, shape (n,), (B, n) or (*lead, *gamma.shape)
    gamma, beta : array_like, shape (n,) or the last axes of x
        Scale and shift, one for each entry of a sample.
    eps : float, at least 0

    Returns
    -------
    ndarray, shape of x

    Raises
    ------
    ShapeError
        If an axis has two sizes; the message names it.

    Notes
    -----
    (10.13). PyTorch: ``torch.nn.functional.layer_norm(x, gamma.shape, gamma, beta, eps)``.

    Examples
    --------
    >>> layer_norm([[1, 1, 7, 7], [0, 2, 0, 2]], [1, 1, 1, 2], [0, 0, 0, 10], eps=0)
    array([[-1., -1.,  1., 12.],
           [-1.,  1., -1., 12.]])
    """
    x, gamma, beta = as_floats("layer_norm", x=x, gamma=gamma, beta=beta)
    last, whole = _specs("layer_norm", x, gamma)
    bind("layer_norm", gamma=(gamma, last), x=(x, whole), beta=(beta, last))
    h, _, _ = _standardise("layer_norm", x, _last(x, gamma), eps)
    return gamma * h + beta


def layer_norm_vjp(g, x, gamma, *, eps=EPS):
    """Gradients of a loss by x, gamma and beta, given the upstream gradient g = dL/d(output).

    With u = gamma g, in each sample dx = (u - mean(u) - h mean(h u)) / sigma; over the samples
    dgamma = sum g h and dbeta = sum g.

    Parameters
    ----------
    g : array_like, shape of x
        Upstream gradient.
    x, gamma, eps
        As in `layer_norm`.

    Returns
    -------
    dx, dgamma, dbeta : ndarray, shapes of x, gamma and gamma

    Raises
    ------
    ShapeError
        If an axis has two sizes; the message names it.

    Notes
    -----
    (10.15) and (10.16).

    Examples
    --------
    >>> dx, dgamma, dbeta = layer_norm_vjp([54, 0, 0, 0], [8, 0, 2, 2], [1, 1, 1, 1], eps=0)
    >>> dx.round(9), dgamma
    (array([ 1.,  3., -2., -2.]), array([90.,  0.,  0.,  0.]))
    """
    g, x, gamma = as_floats("layer_norm_vjp", g=g, x=x, gamma=gamma)
    last, whole = _specs("layer_norm_vjp", x, gamma)
    bind("layer_norm_vjp", gamma=(gamma, last), x=(x, whole), g=(g, whole))
    axes = _last(x, gamma)
    h, _, sigma = _standardise("layer_norm_vjp", x, axes, eps)
    lead = tuple(range(x.ndim - gamma.ndim))
    return _backward(gamma * g, h, sigma, axes), (g * h).sum(lead), g.sum(lead)


def batch_norm(x, gamma, beta, statistics=None, *, eps=EPS):
    """Take mean and spread out of each channel, then scale by gamma and shift by beta.

    While training, mean and variance are those of the batch: each channel's over all samples and,
    in images, all pixels. At test time they are given, and each output depends on its own input
    alone.

    Parameters
    ----------
    x : array_like, shape (B, C) or (B, C, m, n)
        A batch of rows with C features, or of images with C channels.
    gamma, beta : array_like, shape (C,)
        Scale and shift of each channel.
    statistics : pair of array_like, each of shape (C,), optional
        Mean and variance to use instead of the batch's, as `running_statistics` gathers them.
    eps : float, at least 0

    Returns
    -------
    ndarray, shape of x

    Raises
    ------
    ShapeError
        If an axis has two sizes, or the batch is empty and no statistics are given.

    Notes
    -----
    (10.17), (10.22). PyTorch: ``torch.nn.functional.batch_norm(x, mean, var, gamma, beta,
    training, momentum, eps)``.

    Examples
    --------
    >>> batch_norm([[1, 5], [7, 3]], [1, 2], [0, 10], eps=0)
    array([[-1., 12.],
           [ 1.,  8.]])
    >>> batch_norm([[1, 5], [7, 3]], [1, 2], [0, 10], ([1, 1], [4, 4]), eps=0)
    array([[ 0., 14.],
           [ 3., 12.]])
    """
    x, gamma, beta = as_floats("batch_norm", x=x, gamma=gamma, beta=beta)
    bind("batch_norm", gamma=(gamma, "C"), x=(x, "B C | B C m n"), beta=(beta, "C"))
    h, _ = _normalised("batch_norm", x, statistics, eps)
    return _column(gamma, x) * h + _column(beta, x)


def batch_norm_vjp(g, x, gamma, statistics=None, *, eps=EPS):
    """Gradients of a loss by x, gamma and beta, given the upstream gradient g = dL/d(output).

    With u = gamma g, in each channel dx = (u - mean(u) - h mean(h u)) / sigma: a sample's gradient
    depends on all the others. With given statistics dx = u / sigma.

    Parameters
    ----------
    g : array_like, shape of x
        Upstream gradient.
    x, gamma, statistics, eps
        As in `batch_norm`.

    Returns
    -------
    dx, dgamma, dbeta : ndarray, shapes of x, (C,) and (C,)

    Raises
    ------
    ShapeError
        If an axis has two sizes; the message names it.

    Notes
    -----
    (10.19), (10.20), (10.23).

    Examples
    --------
    >>> dx, dgamma, dbeta = batch_norm_vjp([[54], [0], [0], [0]], [[8], [0], [2], [2]], [1], eps=0)
    >>> dx.T.round(9), dgamma
    (array([[ 1.,  3., -2., -2.]]), array([90.]))
    """
    g, x, gamma = as_floats("batch_norm_vjp", g=g, x=x, gamma=gamma)
    sizes = "B C" if x.ndim == 2 else "B C m n"
    bind("batch_norm_vjp", gamma=(gamma, "C"), x=(x, "B C | B C m n"), g=(g, sizes))
    h, sigma = _normalised("batch_norm_vjp", x, statistics, eps)
    u, axes = _column(gamma, x) * g, _but_channels(x)
    dx = u / sigma if statistics is not None else _backward(u, h, sigma, axes)
    return dx, (g * h).sum(axes), g.sum(axes)


def running_statistics(x, statistics, *, momentum=0.1, unbiased=True):
    """Return (1 - momentum) times the old mean and variance plus momentum times the batch's.

    Parameters
    ----------
    x : array_like, shape (B, C) or (B, C, m, n)
        A batch, as `batch_norm` is given it.
    statistics : pair of array_like, each of shape (C,)
        Mean and variance so far; begin with zeros and ones. They are not changed.
    momentum : float, from 0 to 1
        The share of the new batch, as in PyTorch. ONNX calls the share of the old ones momentum.
    unbiased : bool
        Whether the batch's variance divides by n - 1, as in PyTorch, or by n, as in ONNX.

    Returns
    -------
    mean, variance : ndarray, shape (C,)

    Raises
    ------
    ShapeError
        If an axis has two sizes, there are too few numbers, or the momentum is out of range.

    Examples
    --------
    >>> running_statistics([[1, 5], [7, 3]], ([0, 0], [1, 1]), momentum=0.5)
    (array([2., 2.]), array([9.5, 1.5]))
    """
    (x,) = as_floats("running_statistics", x=x)
    mean, variance = _pair("running_statistics", x, statistics)
    if not 0 <= momentum <= 1:
        raise ShapeError(f"running_statistics: momentum is {momentum}, but should be from 0 to 1")
    axes = _but_channels(x)
    count = math.prod(x.shape[a] for a in axes)
    if count < 1 + unbiased:
        raise ShapeError(
            f"running_statistics: a channel has {count} number{'s' * (count != 1)} in the batch, "
            f"x of shape {x.shape}, but should have at least {1 + unbiased}"
        )
    new = x.mean(axes), _variance(x, axes) * (count / (count - unbiased))
    return tuple(
        (1 - momentum) * a + momentum * b for a, b in zip((mean, variance), new, strict=True)
    )


def _standardise(operation, x, axes, eps):
    _check_eps(operation, eps)
    if 0 in [x.shape[axis] for axis in axes]:
        raise ShapeError(f"{operation}: x of shape {x.shape} has nothing to take a mean of")
    mean = x.mean(axes, keepdims=True)
    sigma = np.sqrt(_variance(x, axes, keepdims=True) + eps)
    return (x - mean) / sigma, mean, sigma


def _check_eps(operation, eps):
    if not eps >= 0:
        raise ShapeError(f"{operation}: eps is {eps}, but should be at least 0")


def _variance(x, axes, keepdims=False):
    """Return the mean square of x - mean; not NumPy's var, whose value is real for complex x."""
    return np.square(x - x.mean(axes, keepdims=True)).mean(axes, keepdims=keepdims)


def _backward(u, h, sigma, axes):
    """Multiply u by the Jacobian of `standardise`, which is symmetric."""
    along = (h * u).mean(axes, keepdims=True)
    return (u - u.mean(axes, keepdims=True) - h * along) / sigma


def _normalised(operation, x, statistics, eps):
    """Return h and sigma, from the batch itself or from given statistics."""
    if statistics is None:
        h, _, sigma = _standardise(operation, x, _but_channels(x), eps)
        return h, sigma
    mean, variance = (_column(a, x) for a in _pair(operation, x, statistics))
    _check_eps(operation, eps)
    sigma = np.sqrt(variance + eps)
    return (x - mean) / sigma, sigma


def _pair(operation, x, statistics):
    try:
        mean, variance = statistics
    except (TypeError, ValueError):
        raise ShapeError(
            f"{operation}: statistics should be a pair (mean, variance), each of shape (C,)"
        ) from None
    mean, variance = as_floats(operation, mean=mean, variance=variance)
    bind(operation, x=(x, "B C | B C m n"), mean=(mean, "C"), variance=(variance, "C"))
    if (variance.real < 0).any():
        least = variance.real.min()
        raise ShapeError(f"{operation}: variance holds {least:g}, but should be at least 0")
    return mean, variance


def _axes(x, axes):
    try:
        return np.lib.array_utils.normalize_axis_tuple(axes, x.ndim, "axes")
    except (ValueError, TypeError):  # NumPy's AxisError is a ValueError
        raise ShapeError(
            f"standardise: axes is {axes!r}, but x has the axes 0 to {x.ndim - 1}, each once"
        ) from None


def _last(x, gamma):
    return tuple(range(x.ndim - gamma.ndim, x.ndim))


def _but_channels(x):
    return tuple(axis for axis in range(x.ndim) if axis != 1)


def _column(a, x):
    """Give a vector over the channels the axes of x."""
    return a.reshape(-1, *[1] * (x.ndim - 2))


def _specs(operation, x, gamma):
    """Return names for the axes of gamma, the last ones of x, and for all the axes of x."""
    if not 1 <= gamma.ndim <= x.ndim:
        raise ShapeError(
            f"{operation}: gamma has the shape {gamma.shape}, but should have the last axes of x, "
            f"which has the shape {x.shape}"
        )
    last = {1: "n", 3: "C m n"}.get(gamma.ndim, " ".join(f"n{k}" for k in range(gamma.ndim)))
    lead = ["B", *(f"B{k}" for k in range(1, x.ndim))][: x.ndim - gamma.ndim]
    return last, " ".join([*lead, last])
