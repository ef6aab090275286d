"""Losses, which turn a batch of outputs into one number, and their gradients (chapter 7).

The mean over the batch stands here and nowhere else in the book: each loss divides by B once, so
that no layer has to.
"""

import numpy as np

from annex_lib.shapes import ShapeError, as_array, as_floats, bind
from annex_lib.softmax import log_sum_exp, log_sum_exp_vjp, softmax

__all__ = [
    "log_sum_exp",
    "log_sum_exp_vjp",
    "mean_squared_error",
    "mean_squared_error_vjp",
    "softmax_cross_entropy",
    "softmax_cross_entropy_vjp",
]


def softmax_cross_entropy(z, y):
    """Return the mean over the batch of -sum_k y[t, k] log softmax(z)[t, k].

    The logarithm meets the exponential on paper, not in the machine: with labels it is the mean
    of log_sum_exp(z[t]) - z[t, y[t]].

    Parameters
    ----------
    z : array_like, shape (B, K)
        Logits: one row for each sample, one column for each class.
    y : array_like, shape (B,) or (B, K)
        The right class of each sample, whole numbers from 0 to K - 1; or its probabilities, each
        row adding up to 1 (a single 1 in it says the same as a label).

    Returns
    -------
    float

    Raises
    ------
    ShapeError
        If an axis has two sizes or is empty, or y holds no classes and no probabilities.

    Notes
    -----
    (7.24), (7.28). PyTorch: ``torch.nn.functional.cross_entropy(z, y)``, which takes logits too.

    Examples
    --------
    >>> softmax_cross_entropy([[1000, 0], [0, 1000]], [0, 0])
    np.float64(500.0)
    """
    z, y = _logits("softmax_cross_entropy", z, y)
    distance = np.where(y == 0, 0, log_sum_exp(z)[:, None] - z)
    return (y * distance).sum() / len(z)


def softmax_cross_entropy_vjp(g, z, y):
    """Gradient of L by z, given g = dL/d softmax_cross_entropy(z, y): g (P - Y) / B.

    P = softmax(z), and Y is y with each label written as a row with a single 1.

    Parameters
    ----------
    g : float
        Upstream gradient; 1 where the cross-entropy is the loss itself.
    z, y
        As in `softmax_cross_entropy`.

    Returns
    -------
    ndarray, shape (B, K)
        No gradient by y, which is data.

    Raises
    ------
    ShapeError
        If an axis has two sizes or is empty, or y holds no classes and no probabilities.

    Notes
    -----
    (7.26).

    Examples
    --------
    >>> softmax_cross_entropy_vjp(1, [[0, 0], [0, 1000]], [0, 0])
    array([[-0.25,  0.25],
           [-0.5 ,  0.5 ]])
    """
    z, y = _logits("softmax_cross_entropy_vjp", z, y)
    return _number("softmax_cross_entropy_vjp", g) * (softmax(z) - y) / len(z)


def mean_squared_error(z, y):
    """Return 1 / (2 B) times the sum of all (z - y)^2: half the squared distance, averaged.

    As in chapter 4: the half cancels the 2 of the derivative, and only the batch is averaged
    over. ``np.mean((z - y) ** 2)`` is 2 / K times this.

    Parameters
    ----------
    z : array_like, shape (B, K)
        Outputs, one row for each sample.
    y : array_like, shape (B, K)
        Targets.

    Returns
    -------
    float

    Raises
    ------
    ShapeError
        If an axis has two sizes, or there is nothing to average.

    Notes
    -----
    (7.31). PyTorch: ``torch.nn.functional.mse_loss(z, y, reduction="sum") / (2 * B)``.

    Examples
    --------
    >>> mean_squared_error([[1, 2], [3, 4]], [[1, 0], [0, 4]])
    np.float64(3.25)
    """
    z, y = _targets("mean_squared_error", z, y)
    return ((z - y) ** 2).sum() / (2 * len(z))


def mean_squared_error_vjp(g, z, y):
    """Gradient of L by z, given g = dL/d mean_squared_error(z, y): g (z - y) / B.

    Parameters
    ----------
    g : float
        Upstream gradient; 1 where the error is the loss itself.
    z, y : array_like, shape (B, K)
        As in `mean_squared_error`.

    Returns
    -------
    ndarray, shape (B, K)
        No gradient by y, which is data; it would be the same with the other sign.

    Raises
    ------
    ShapeError
        If an axis has two sizes, or there is nothing to average.

    Notes
    -----
    (7.32).

    Examples
    --------
    >>> mean_squared_error_vjp(1, [[1, 2], [3, 4]], [[1, 0], [0, 4]])
    array([[0. , 1. ],
           [1.5, 0. ]])
    """
    z, y = _targets("mean_squared_error_vjp", z, y)
    return _number("mean_squared_error_vjp", g) * (z - y) / len(z)


def _targets(operation, z, y):
    z, y = as_floats(operation, z=z, y=y)
    bind(operation, z=(z, "B K"), y=(y, "B K"))
    _not_empty(operation, z)
    return z, y


def _logits(operation, z, y):
    """Return z and Y, both of shape (B, K): labels become rows with a single 1."""
    (z,) = as_floats(operation, z=z)
    classes = as_array(operation, "y", y)
    bind(operation, z=(z, "B K"), y=(classes, "B | B K"))
    _not_empty(operation, z)
    if classes.ndim == 1:
        return z, _one_hot(operation, classes, z)
    (y,) = as_floats(operation, y=classes)
    if y.dtype.kind == "c":
        raise ShapeError(f"{operation}: y holds {y.dtype.name}, but should hold probabilities")
    wrong = (y < 0).any(1) | ~(abs(y.sum(1) - 1) <= np.finfo(y.dtype).eps ** 0.5)
    if wrong.any():
        t = wrong.argmax()
        raise ShapeError(
            f"{operation}: row {t} of y should hold probabilities that add up to 1, "
            f"but is {y[t].tolist()}"
        )
    return z, y


def _one_hot(operation, y, z):
    if y.dtype.kind not in "iu":
        raise ShapeError(
            f"{operation}: y holds {y.dtype.name}, but labels of shape (B,) are whole numbers"
        )
    K = z.shape[1]
    wrong = (y < 0) | (y >= K)
    if wrong.any():
        t = wrong.argmax()
        raise ShapeError(f"{operation}: y[{t}] is {y[t]}, but the {K} classes are 0 to {K - 1}")
    return (np.arange(K) == y[:, None]).astype(z.real.dtype)


def _not_empty(operation, z):
    if z.size == 0:
        raise ShapeError(f"{operation}: z is empty, shape {z.shape}: there is nothing to average")


def _number(operation, g):
    (g,) = as_floats(operation, g=g)
    bind(operation, g=(g, ""))
    return g
