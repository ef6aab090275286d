"""Activations, forward and backward: ReLU, sigmoid, tanh, GELU, and softmax (chapter 7).

The first four act entry by entry, so that their Jacobians are diagonal and their backward passes
multiply. GELU needs the normal distribution function, which NumPy has not. `math.erfc`, once for
each entry, is right to the last digits in both tails, where 1 + erf(z) has lost them; it costs
about a tenth of a microsecond, and no rule of our own to trust.
"""

import math

import numpy as np

from annex_lib.shapes import ShapeError, as_floats, bind
from annex_lib.softmax import softmax, softmax_vjp

__all__ = [
    "gelu",
    "gelu_vjp",
    "relu",
    "relu_vjp",
    "sigmoid",
    "sigmoid_vjp",
    "softmax",
    "softmax_vjp",
    "tanh",
    "tanh_vjp",
]

# Further out the normal density and the lower tail are 0 in double precision.
TAIL = 40


def relu(x):
    """Return max(0, x), entry by entry.

    Parameters
    ----------
    x : array_like, any shape
        Complex numbers follow their real part.

    Returns
    -------
    ndarray, shape of x

    Raises
    ------
    ShapeError
        If x is not an array of numbers.

    Notes
    -----
    (7.6). PyTorch: ``torch.nn.functional.relu(x)``.

    Examples
    --------
    >>> relu([2, -1, 0])
    array([2., 0., 0.])
    """
    (x,) = as_floats("relu", x=x)
    return np.where(x.real <= 0, 0, x)


def relu_vjp(g, x):
    """Gradient of a loss by x, given g = dL/d relu(x): g where x > 0, and 0 elsewhere.

    At the kink x = 0 any factor from 0 to 1 is a generalised derivative; this one is 0, as in
    PyTorch and in ``jax.nn.relu``.

    Parameters
    ----------
    g : array_like, shape of x
        Upstream gradient.
    x : array_like, any shape
        What `relu` was given.

    Returns
    -------
    ndarray, shape of x

    Raises
    ------
    ShapeError
        If g has not the shape of x; the message names the axis.

    Examples
    --------
    >>> relu_vjp([5, 5, 5], [2, -1, 0])
    array([5., 0., 0.])
    """
    g, x = _pair("relu_vjp", g, x)
    return np.where(x.real <= 0, 0, g)


def sigmoid(x):
    """Return 1 / (1 + exp(-x)), entry by entry, without overflow.

    Only the exponential of a number with a real part at most 0 is taken; where x > 0 both terms of
    the fraction are multiplied by exp(-x) first.

    Parameters
    ----------
    x : array_like, any shape

    Returns
    -------
    ndarray, shape of x

    Raises
    ------
    ShapeError
        If x is not an array of numbers.

    Notes
    -----
    (7.7). PyTorch: ``torch.sigmoid(x)``.

    Examples
    --------
    >>> sigmoid([0, 1000, -1000])
    array([0.5, 1. , 0. ])
    """
    (x,) = as_floats("sigmoid", x=x)
    positive = x.real > 0
    e = np.exp(np.where(positive, -x, x))
    return np.where(positive, 1, e) / (1 + e)


def sigmoid_vjp(g, x):
    """Gradient of a loss by x, given g = dL/ds for s = sigmoid(x): g s (1 - s).

    1 - s is computed as sigmoid(-x), which keeps its digits where s is nearly 1.

    Parameters
    ----------
    g : array_like, shape of x
        Upstream gradient.
    x : array_like, any shape
        What `sigmoid` was given.

    Returns
    -------
    ndarray, shape of x

    Raises
    ------
    ShapeError
        If g has not the shape of x; the message names the axis.

    Examples
    --------
    >>> sigmoid_vjp([8, 8], [0, 1000])
    array([2., 0.])
    """
    g, x = _pair("sigmoid_vjp", g, x)
    return g * (sigmoid(x) * sigmoid(-x))


def tanh(x):
    """Return the hyperbolic tangent, entry by entry: 2 sigmoid(2 x) - 1.

    Parameters
    ----------
    x : array_like, any shape

    Returns
    -------
    ndarray, shape of x

    Raises
    ------
    ShapeError
        If x is not an array of numbers.

    Notes
    -----
    (7.9). PyTorch: ``torch.tanh(x)``.

    Examples
    --------
    >>> tanh([0, 1000])
    array([0., 1.])
    """
    (x,) = as_floats("tanh", x=x)
    return np.tanh(x)


def tanh_vjp(g, x):
    """Gradient of a loss by x, given g = dL/dh for h = tanh(x): g (1 - h^2).

    Parameters
    ----------
    g : array_like, shape of x
        Upstream gradient.
    x : array_like, any shape
        What `tanh` was given.

    Returns
    -------
    ndarray, shape of x

    Raises
    ------
    ShapeError
        If g has not the shape of x; the message names the axis.

    Examples
    --------
    >>> tanh_vjp([8, 8], [0, 1000])
    array([8., 0.])
    """
    g, x = _pair("tanh_vjp", g, x)
    return g * (1 - np.tanh(x) ** 2)


def gelu(x):
    """Return x Phi(x), entry by entry, with Phi the normal distribution function.

    Phi(x) = (1 + erf(x / sqrt 2)) / 2 exactly, not the approximation by tanh.

    Parameters
    ----------
    x : array_like, any shape
        Real numbers: there is no erf of complex ones here, so the complex step does not apply.

    Returns
    -------
    ndarray, shape of x

    Raises
    ------
    ShapeError
        If x is not an array of real numbers.

    Notes
    -----
    (7.10). PyTorch: ``torch.nn.functional.gelu(x)``; its ``approximate="tanh"`` is another
    function. Source: Hendrycks and Gimpel, "Gaussian error linear units (GELUs)",
    arXiv:1606.08415 (2016).

    Examples
    --------
    >>> gelu([0, 100, -100])
    array([  0., 100.,  -0.])
    """
    (x,) = as_floats("gelu", x=x)
    _real("gelu", x)
    return np.maximum(x, -TAIL) * _normal_cdf(x)


def gelu_vjp(g, x):
    """Gradient of a loss by x, given g = dL/d gelu(x): g (Phi(x) + x phi(x)).

    Parameters
    ----------
    g : array_like, shape of x
        Upstream gradient.
    x : array_like, any shape
        What `gelu` was given; real numbers.

    Returns
    -------
    ndarray, shape of x

    Raises
    ------
    ShapeError
        If g has not the shape of x, or x is not real; the message names the axis.

    Examples
    --------
    >>> gelu_vjp([8, 8, 8], [0, 100, -100])
    array([4., 8., 0.])
    """
    g, x = _pair("gelu_vjp", g, x)
    _real("gelu_vjp", x)
    near = np.clip(x, -TAIL, TAIL)
    density = np.exp(-(near**2) / 2) / math.sqrt(2 * math.pi)
    return g * (_normal_cdf(x) + near * density)


def _pair(operation, g, x):
    g, x = as_floats(operation, g=g, x=x)
    axes = " ".join(map(str, range(x.ndim)))
    bind(operation, x=(x, axes), g=(g, axes))
    return g, x


def _real(operation, x):
    if x.dtype.kind == "c":
        raise ShapeError(f"{operation}: x holds {x.dtype.name}, but should hold real numbers")


def _normal_cdf(x):
    """Return Phi(x) = erfc(-x / sqrt 2) / 2, in the dtype of x."""
    tail = np.vectorize(math.erfc, otypes=[float])
    return (tail(-x / math.sqrt(2)) / 2).astype(x.dtype)
