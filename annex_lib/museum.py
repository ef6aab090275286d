"""The museum of wrong formulas: six slips beside the right backward passes, and six checks.

Each exhibit is a layer with whole numbers, its backward pass, and one with a single slip in it.
The slip's error is a matrix, E = M - J^T, where M is what the wrong pass does to the upstream
gradient; each check looks at E from one side, and lets pass what it cannot see.

Source: chapter 11 of this book.
"""

from typing import NamedTuple

import numpy as np

from annex_lib.derivatives import vjp
from annex_lib.shapes import ShapeError
from annex_lib.softmax import softmax

__all__ = ["CHECKS", "SLIPS", "Exhibit", "error_matrix", "exhibit", "gap", "remainders"]


class Exhibit(NamedTuple):
    """A layer of one array, its backward pass, and a slip in it.

    Attributes
    ----------
    layer : callable
        Takes x, returns y.
    right, wrong : callable
        Take g with the shape of y, and x; return a gradient.
    x : ndarray
        The point.
    line : str
        The wrong line of code.
    """

    layer: object
    right: object
    wrong: object
    x: np.ndarray
    line: str


def _transpose(n):
    W = np.array([[2.0, -1, 0], [1, 1, 3], [0, 4, -2]])[:n]
    right, wrong = (lambda g, x: W.T @ g), (lambda g, x: W @ g)
    return Exhibit(lambda x: W @ x, right, wrong, np.array([1.0, 2, -1]), "dx = W @ g")


def _flip(n):
    w, x = np.array([3.0, 1, 1]), np.array([1.0, 0, 2, -1, 1])

    def right(g, x):
        return np.convolve(g, w)

    def wrong(g, x):
        return np.convolve(g, w[::-1])

    return Exhibit(lambda x: np.correlate(x, w), right, wrong, x, "dx = np.convolve(g, w[::-1])")


def _mean_for_sum(n):
    X, b = np.array([[1.0, 0, 2], [0, 1, 1]]), np.array([1.0, 2, 0])
    right, wrong = (lambda g, b: g.sum(0)), (lambda g, b: g.mean(0))
    return Exhibit(lambda b: X + b, right, wrong, b, "db = g.mean(axis=0)")


def _off_by_one(n):
    w, x = np.array([1.0, 2]), np.array([1.0, 0, 2, -1, 1])

    def backward(g, x, last):
        dx = np.zeros(len(x))
        for i in range(last):
            dx[i : i + 2] += g[i] * w
        return dx

    def right(g, x):
        return backward(g, x, len(x) - 1)

    def wrong(g, x):
        return backward(g, x, len(x) - 2)

    return Exhibit(
        lambda x: np.correlate(x, w), right, wrong, x, "for i in range(len(x) - len(w)):"
    )


def _swapped_axes(n):
    X, b = np.array([[1.0, 0], [0, 1], [2, 1]])[: 2 if n == 3 else 3], np.array([1.0, 2])
    right, wrong = (lambda g, b: g.sum(0)), (lambda g, b: g.sum(1))
    return Exhibit(lambda b: X + b, right, wrong, b, "db = g.sum(axis=1)")


def _broadcast(n):
    def right(g, z):
        p = softmax(z)
        return p * (g - (p * g).sum())

    def wrong(g, z):
        p = softmax(z)
        return p * (g - p * g)

    return Exhibit(softmax, right, wrong, np.log([2.0, 1, 1]), "dz = p * (g - p * g)")


SLIPS = {
    "transpose": _transpose,
    "forgotten flip": _flip,
    "mean for sum": _mean_for_sum,
    "off by one": _off_by_one,
    "swapped axes": _swapped_axes,
    "broadcast for sum": _broadcast,
}


def exhibit(slip, *, square=True):
    """Return an exhibit by the name of its slip.

    Parameters
    ----------
    slip : str
        One of `SLIPS`.
    square : bool
        Whether sizes that could differ are equal.

    Returns
    -------
    Exhibit

    Examples
    --------
    >>> e = exhibit("transpose")
    >>> e.right(np.array([1., 0, 0]), e.x), e.wrong(np.array([1., 0, 0]), e.x)
    (array([ 2., -1.,  0.]), array([2., 1., 0.]))
    """
    if slip not in SLIPS:
        raise ShapeError(f"exhibit: slip is {slip!r}, but should be one of {', '.join(SLIPS)}")
    return SLIPS[slip](3 if square else 2)


def error_matrix(e):
    """Return E = M - J^T of an exhibit: what its wrong pass adds to the gradient, as a matrix.

    Parameters
    ----------
    e : Exhibit
        With equal sizes, so that the wrong pass has the right shape.

    Returns
    -------
    ndarray, shape (entries of x, entries of y)

    Examples
    --------
    >>> error_matrix(exhibit("transpose"))
    array([[ 0., -2.,  0.],
           [ 2.,  0., -1.],
           [ 0.,  1.,  0.]])
    """
    shape = e.layer(e.x).shape
    units = np.eye(int(np.prod(shape))).reshape(-1, *shape)
    columns = [np.ravel(e.wrong(g, e.x) - e.right(g, e.x)) for g in units]
    return np.round(np.stack(columns, axis=1), 12) + 0.0


def gap(check, e, rng):
    """Return how far a wrong pass is from right as a check sees it; infinite for a wrong shape.

    The reference is found by numbers, as in a test that doesn't know the formula.

    Parameters
    ----------
    check : str
        One of `CHECKS`.
    e : Exhibit
    rng : numpy.random.Generator

    Returns
    -------
    float
        Relative to the size of what is compared; rounding noise is 0.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> gap("shapes only", exhibit("transpose"), rng), gap("mean", exhibit("transpose"), rng)
    (0.0, 0.0)
    """
    if check not in CHECKS:
        raise ShapeError(f"gap: check is {check!r}, but should be one of {', '.join(CHECKS)}")
    shape = e.layer(e.x).shape
    g = np.ones(shape) if check in ("mean", "all-ones upstream") else rng.standard_normal(shape)
    try:
        wrong = e.wrong(g, e.x)
    except ValueError:
        return np.inf
    if wrong.shape != e.x.shape:
        return np.inf
    return _relative(*CHECKS[check](wrong, vjp(e.layer, [e.x], g)[0], rng))


def remainders(e, h, rng, *, right=False):
    """Return |L(x + h v) - L(x) - h <dx, v>| for each step h, with L = |y - t|^2 / 2.

    The target t and the direction v are drawn at random. Where the gradient dx is right this
    falls as h^2, where it is wrong as h.

    Parameters
    ----------
    e : Exhibit
    h : array_like, shape (K,)
    rng : numpy.random.Generator
    right : bool
        Whether to take the right backward pass.

    Returns
    -------
    ndarray, shape (K,)

    Examples
    --------
    >>> r = remainders(exhibit("transpose"), [0.5, 0.25], np.random.default_rng(0), right=True)
    >>> float(round(r[0] / r[1], 9))
    4.0
    """
    y = e.layer(e.x)
    t, v = y - rng.standard_normal(y.shape), rng.standard_normal(e.x.shape)
    dx = (e.right if right else e.wrong)(y - t, e.x)

    def loss(x):
        return np.square(e.layer(x) - t).sum() / 2

    return np.array([abs(loss(e.x + s * v) - loss(e.x) - s * (dx * v).sum()) for s in h])


def _relative(a, b):
    """Return the largest difference, relative to the largest entry of either."""
    scale = max(np.abs(a).max(), np.abs(b).max(), 1e-3)
    difference = np.abs(a - b).max() / scale
    return float(difference) if difference > 1e-9 else 0.0


def _entry(wrong, right, rng):
    k = rng.integers(right.size)
    return wrong.ravel()[k], right.ravel()[k]


def _adjoint(wrong, right, rng):
    v = rng.standard_normal(right.shape)
    return (wrong * v).sum(), (right * v).sum()


# What each check compares of the gradient under test and of one found by numbers.
CHECKS = {
    "shapes only": lambda wrong, right, rng: (np.zeros(1), np.zeros(1)),
    "mean": lambda wrong, right, rng: (wrong.mean(), right.mean()),
    "all-ones upstream": lambda wrong, right, rng: (wrong, right),
    "one entry": _entry,
    "random upstream": lambda wrong, right, rng: (wrong, right),
    "adjoint": _adjoint,
}
