"""Softmax and log-sum-exp along one axis, forward and backward, without overflow (chapter 7).

Both subtract the largest entry before they exponentiate: softmax does not change, since the
factor exp(-max) stands above and below, and log-sum-exp gets it back.
"""

import numpy as np

from annex_lib.shapes import ShapeError, as_floats, bind, count_axes

__all__ = ["log_sum_exp", "log_sum_exp_vjp", "softmax", "softmax_vjp"]


def softmax(z, axis=-1):
    """Return exp(z) / sum exp(z) along an axis, without overflow.

    The largest entry is subtracted first, which changes nothing: the factor exp(-max) stands
    above and below. What is left to exponentiate is at most 0.

    Parameters
    ----------
    z : array_like, any shape but ()
        Logits; minus infinity gives probability 0, if not all of a row are.
    axis : int
        The axis along which the results add up to 1.

    Returns
    -------
    ndarray, shape of z

    Raises
    ------
    ShapeError
        If z has no such axis, or no entry along it.

    Notes
    -----
    (7.14). PyTorch: ``torch.softmax(z, dim=axis)``.

    Examples
    --------
    >>> softmax([[1000, 1000], [0, 1000]])
    array([[0.5, 0.5],
           [0. , 1. ]])
    """
    (z,) = as_floats("softmax", z=z)
    return _softmax("softmax", z, axis)


def softmax_vjp(g, z, axis=-1):
    """Gradient of a loss by z, given g = dL/dp for p = softmax(z): p (g - <g, p>).

    The Jacobian diag(p) - p p^T is symmetric, and is never built.

    Parameters
    ----------
    g : array_like, shape of z
        Upstream gradient.
    z : array_like, any shape but ()
        What `softmax` was given.
    axis : int
        As in `softmax`.

    Returns
    -------
    ndarray, shape of z

    Raises
    ------
    ShapeError
        If g has not the shape of z, or z has no such axis; the message names the axis.

    Notes
    -----
    (7.21).

    Examples
    --------
    >>> softmax_vjp([4, 8], [0, 0])
    array([-1.,  1.])
    """
    g, z = as_floats("softmax_vjp", g=g, z=z)
    axes = " ".join(map(str, range(z.ndim)))
    bind("softmax_vjp", z=(z, axes), g=(g, axes))
    p = _softmax("softmax_vjp", z, axis)
    return p * (g - (g * p).sum(axis, keepdims=True))


def log_sum_exp(z, axis=-1):
    """Return log sum exp(z) along an axis, without overflow.

    The largest entry is taken out first: max + log sum exp(z - max).

    Parameters
    ----------
    z : array_like, any shape but ()
    axis : int
        The axis that is summed over.

    Returns
    -------
    ndarray, shape of z without that axis
        Minus infinity where nothing else is summed over, infinity where an entry is.

    Raises
    ------
    ShapeError
        If z has no such axis, or no entry along it.

    Notes
    -----
    (7.27), (7.30). PyTorch: ``torch.logsumexp(z, dim=axis)``.

    Examples
    --------
    >>> log_sum_exp([[1000, -1000], [7, -1000]])
    array([1000.,    7.])
    """
    (z,) = as_floats("log_sum_exp", z=z)
    m = _largest("log_sum_exp", z, axis)
    m = np.where(np.isfinite(m), m, 0)  # an infinite one stays where it is
    with np.errstate(divide="ignore", over="ignore"):
        return m.squeeze(axis) + np.log(np.exp(z - m).sum(axis))


def log_sum_exp_vjp(g, z, axis=-1):
    """Gradient of a loss L by z, given g = dL/d log_sum_exp(z): g softmax(z).

    Parameters
    ----------
    g : array_like, shape of z without the axis
        Upstream gradient.
    z : array_like, any shape but ()
        What `log_sum_exp` was given.
    axis : int
        As in `log_sum_exp`.

    Returns
    -------
    ndarray, shape of z

    Raises
    ------
    ShapeError
        If g does not fit z; the message names the axis.

    Examples
    --------
    >>> log_sum_exp_vjp([2, 4], [[0, 0], [0, -1000]])
    array([[1., 1.],
           [4., 0.]])
    """
    g, z = as_floats("log_sum_exp_vjp", g=g, z=z)
    _largest("log_sum_exp_vjp", z, axis)
    axes = [str(k) for k in range(z.ndim)]
    kept = [a for a in axes if int(a) != axis % z.ndim]
    bind("log_sum_exp_vjp", z=(z, " ".join(axes)), g=(g, " ".join(kept)))
    return np.expand_dims(g, axis) * softmax(z, axis)


def _softmax(operation, z, axis):
    e = np.exp(z - _largest(operation, z, axis))
    return e / e.sum(axis, keepdims=True)


def _largest(operation, z, axis):
    """Return the largest real part along an axis, which stays; refuse where there is none."""
    if isinstance(axis, bool) or not isinstance(axis, int | np.integer):
        raise ShapeError(f"{operation}: axis is {axis!r}, but should be a whole number")
    if not -z.ndim <= axis < z.ndim:
        raise ShapeError(f"{operation}: axis is {axis}, but z has {count_axes(z.shape)}, from 0")
    if z.shape[axis] == 0:
        raise ShapeError(f"{operation}: axis {axis} of z is empty, shape {z.shape}")
    return z.real.max(axis, keepdims=True)
