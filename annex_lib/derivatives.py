"""Derivatives by numbers: the independent check of every formula in the book.

Two ways. The complex step, Im f(x + i h v) / h, has no subtraction, hence no rounding error to
speak of, but needs a function that is analytic and passes complex numbers on. The central
difference, (f(x + h v) - f(x - h v)) / 2h, takes any function and keeps about ten digits.

Source: Squire and Trapp, "Using complex variables to estimate derivatives of real functions",
SIAM Review 40 (1998); chapter 3 of this book.
"""

import numpy as np

from annex_lib.shapes import ShapeError, as_floats

__all__ = ["check_adjoint", "jacobian", "jvp", "vjp"]

# A power of two, so that a linear function is differentiated without any rounding; its square
# vanishes beside 1, so that no higher order is left.
COMPLEX_STEP = 2.0**-100
# Balances the truncation, of order h^2, with the rounding, of order eps / h.
CENTRAL_STEP = np.finfo(float).eps ** (1 / 3)


def jacobian(f, *xs, wrt=0, method="complex"):
    """Jacobian tensor of f with respect to one of its arguments, J[out, in] = df[out] / dx[in].

    Parameters
    ----------
    f : callable
        Takes the arrays `xs`, returns an array (or a number).
    *xs : array_like
        The point: one or several real arrays of any shape.
    wrt : int
        Which argument to differentiate by, from 0.
    method : {"complex", "central"}
        Complex step, for analytic functions; central difference, for any.

    Returns
    -------
    ndarray, shape f(*xs).shape + xs[wrt].shape
        Output axes first, then input axes (chapter 3).

    Raises
    ------
    ShapeError
        If an argument is not real numbers, or `wrt` or `method` names nothing.
    TypeError
        If f drops the imaginary part, which the complex step needs.

    Examples
    --------
    >>> W = np.array([[1., 2., 3.], [4., 5., 6.]])
    >>> jacobian(lambda x: W @ x, [1, 0, 2])
    array([[1., 2., 3.],
           [4., 5., 6.]])
    """
    xs = _point("jacobian", xs)
    if not isinstance(wrt, int | np.integer) or not -len(xs) <= wrt < len(xs):
        raise ShapeError(f"jacobian: wrt is {wrt!r}, but f has {len(xs)} argument(s), from 0")
    x = xs[wrt]
    columns = [
        _directional("jacobian", f, xs, _only(xs, wrt, direction), method)
        for direction in _basis(x.shape)
    ]
    shape = columns[0].shape if columns else np.shape(f(*xs))
    return np.stack(columns, -1).reshape(shape + x.shape) if columns else np.zeros(shape + x.shape)


def jvp(f, xs, vs, *, method="complex"):
    """Jacobian-vector product: how f moves when each x moves along its v, sum_k J_k v_k.

    Parameters
    ----------
    f : callable
        Takes the arrays `xs`, returns an array.
    xs, vs : sequences of array_like
        The point and the direction, one array for each argument, the same shapes.
    method : {"complex", "central"}
        As in `jacobian`.

    Returns
    -------
    ndarray, shape f(*xs).shape

    Examples
    --------
    >>> jvp(lambda x, y: x * y, ([1., 2.], [3., 4.]), ([1., 0.], [0., 1.]))
    array([3., 2.])
    """
    xs, vs = _point("jvp", xs), _point("jvp", vs, "direction {}")
    if [x.shape for x in xs] != [v.shape for v in vs]:
        raise ShapeError(
            f"jvp: xs have the shapes {[x.shape for x in xs]} but vs {[v.shape for v in vs]}"
        )
    return _directional("jvp", f, xs, vs, method)


def vjp(f, xs, g, *, method="complex"):
    """Vector-Jacobian product by numbers: for each x the gradient of <g, f(*xs)>.

    Parameters
    ----------
    f : callable
        Takes the arrays `xs`, returns an array.
    xs : sequence of array_like
        The point, one array for each argument.
    g : array_like, shape f(*xs).shape
        The upstream gradient.
    method : {"complex", "central"}
        As in `jacobian`.

    Returns
    -------
    tuple of ndarray
        One for each x, with its shape.

    Examples
    --------
    >>> vjp(lambda x, y: x * y, ([1., 2.], [3., 4.]), [10., 1.])
    (array([30.,  4.]), array([10.,  2.]))
    """
    xs, (g,) = _point("vjp", xs), _point("vjp", (g,), "g")
    out = np.shape(f(*xs))
    if g.shape != out:
        raise ShapeError(f"vjp: f returns the shape {out}, but g has the shape {g.shape}")

    def along(k, direction):
        return np.sum(g * _directional("vjp", f, xs, _only(xs, k, direction), method))

    return tuple(
        np.array([along(k, d) for d in _basis(x.shape)], float).reshape(x.shape)
        for k, x in enumerate(xs)
    )


def check_adjoint(f, f_vjp, *xs, rng, method="complex", tolerance=None):
    """Check <g, J v> = <J^T g, v> with random g and v, for each argument in turn.

    The left side moves forward, by numbers; the right side is the formula under test. For a
    random g and v the two agree only if the formula is right.

    Parameters
    ----------
    f : callable
        Takes the arrays `xs`, returns an array.
    f_vjp : callable
        Takes g, with the shape of f(*xs), then the arrays `xs`; returns one gradient for each x.
    *xs : array_like
        The point.
    rng : numpy.random.Generator
        Draws g and the directions.
    method : {"complex", "central"}
        As in `jacobian`.
    tolerance : float, optional
        Relative to the sum of the magnitudes that are added up; 1e-10, or 1e-6 by central
        difference.

    Returns
    -------
    bool
        True, so that it can stand in an assert.

    Raises
    ------
    ShapeError
        If a gradient has not the shape of its variable, or one is missing.
    AssertionError
        If the two sides differ, naming the argument and both values.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> check_adjoint(np.sin, lambda g, x: [g * np.cos(x)], [1., 2., 3.], rng=rng)
    True
    """
    xs = _point("check_adjoint", xs)
    g = rng.standard_normal(np.shape(f(*xs)))
    gradients = f_vjp(g, *xs)
    gradients = gradients if isinstance(gradients, tuple | list) else (gradients,)
    if len(gradients) != len(xs):
        raise ShapeError(f"check_adjoint: {len(xs)} argument(s) but {len(gradients)} gradient(s)")
    if tolerance is None:
        tolerance = 1e-10 if method == "complex" else 1e-6
    for k, (x, dx) in enumerate(zip(xs, gradients, strict=True)):
        if np.shape(dx) != x.shape:
            raise ShapeError(
                f"check_adjoint: argument {k} has the shape {x.shape}, "
                f"but its gradient has {np.shape(dx)}"
            )
        v = rng.standard_normal(x.shape)
        forward = g * _directional("check_adjoint", f, xs, _only(xs, k, v), method)
        backward = dx * v
        scale = np.abs(forward).sum() + np.abs(backward).sum()
        if not abs(forward.sum() - backward.sum()) <= tolerance * scale:
            raise AssertionError(
                f"check_adjoint: for argument {k}, <g, J v> is {forward.sum():.6g} "
                f"but <J^T g, v> is {backward.sum():.6g}"
            )
    return True


def _directional(operation, f, xs, vs, method):
    """Return the derivative of f at xs along vs."""
    if method == "complex":
        out = np.asarray(f(*[x + 1j * COMPLEX_STEP * v for x, v in zip(xs, vs, strict=True)]))
        if out.dtype.kind != "c":
            raise TypeError(
                f"{operation}: f returned {out.dtype.name} for a complex argument; something in it "
                "(abs, .real, a float array that is filled in) drops the imaginary part. "
                'Use method="central".'
            )
        return out.imag / COMPLEX_STEP
    if method != "central":
        raise ShapeError(f'{operation}: method is {method!r}, but should be "complex" or "central"')
    h = CENTRAL_STEP
    ahead = np.asarray(f(*[x + h * v for x, v in zip(xs, vs, strict=True)]))
    return (ahead - np.asarray(f(*[x - h * v for x, v in zip(xs, vs, strict=True)]))) / (2 * h)


def _point(operation, xs, name="argument {}"):
    """Return the arrays as float64: derivatives by numbers want every digit."""
    if isinstance(xs, np.ndarray) or not isinstance(xs, tuple | list):
        raise ShapeError(f"{operation}: the arrays come as a tuple or list, one for each argument")
    named = {name.format(k): x for k, x in enumerate(xs)}
    arrays = as_floats(operation, **named)
    for word, a in zip(named, arrays, strict=True):
        if a.dtype.kind == "c":
            raise ShapeError(f"{operation}: {word} is complex, but should be real")
    return [a.astype(np.float64) for a in arrays]


def _only(xs, k, direction):
    """Return a direction that moves argument k alone."""
    return [direction if j == k % len(xs) else np.zeros(x.shape) for j, x in enumerate(xs)]


def _basis(shape):
    """Yield the unit arrays of a shape, in row-major order."""
    for index in np.ndindex(shape):
        unit = np.zeros(shape)
        unit[index] = 1
        yield unit
