"""Forward mode by dual numbers: arithmetic that carries a derivative along (chapter 9).

A dual number is a value and a tangent, x + x' ε with ε² = 0. A NumPy function that is given one
applies its rule below: the tangent of its result is the sum, over the arguments, of what each
argument's tangent adds, its partial derivative times the tangent.
"""

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from annex_lib.shapes import ShapeError, as_floats

__all__ = ["RULES", "Dual", "value_and_jvp"]

# What a tangent d of each argument in turn adds to that of the result `out`.
RULES = {
    np.add: (lambda d, out, x, y: d, lambda d, out, x, y: d),
    np.subtract: (lambda d, out, x, y: d, lambda d, out, x, y: -d),
    np.multiply: (lambda d, out, x, y: d * y, lambda d, out, x, y: x * d),
    np.matmul: (lambda d, out, x, y: d @ y, lambda d, out, x, y: x @ d),
    np.divide: (lambda d, out, x, y: d / y, lambda d, out, x, y: -d * out / y),
    np.power: (
        lambda d, out, x, y: d * y * x ** np.where(y == 0, 1, y - 1),
        lambda d, out, x, y: d * out * np.log(x),
    ),
    np.negative: (lambda d, out, x: -d,),
    np.exp: (lambda d, out, x: d * out,),
    np.log: (lambda d, out, x: d / x,),
    np.sqrt: (lambda d, out, x: d / (2 * out),),
    np.sin: (lambda d, out, x: d * np.cos(x),),
    np.cos: (lambda d, out, x: -d * np.sin(x),),
    np.tanh: (lambda d, out, x: d * (1 - out**2),),
}
# They look at the values, and their answer, of booleans, has no tangent.
COMPARISONS = {np.less, np.less_equal, np.equal, np.not_equal, np.greater_equal, np.greater}


class Dual(NDArrayOperatorsMixin):
    """Numbers with a tangent each: how fast they move when the input moves.

    Comparisons look at the values, so that a program can branch.

    Parameters
    ----------
    value : array_like
        Any shape; real or complex.
    tangent : array_like
        The same shape.

    Raises
    ------
    ShapeError
        If the shapes differ, or a NumPy function has no rule in `RULES`; it is named.

    Examples
    --------
    >>> x = Dual(3.0, 1.0)
    >>> x * x + 2
    Dual(11.0, 6.0)
    >>> bool(x > 2)
    True
    """

    def __init__(self, value, tangent):
        self.value, self.tangent = as_floats("Dual", value=value, tangent=tangent)
        if self.value.shape != self.tangent.shape:
            shapes = f"value has the shape {self.value.shape} but tangent {self.tangent.shape}"
            raise ShapeError(f"Dual: {shapes}")

    def __repr__(self):
        return f"Dual({self.value.tolist()}, {self.tangent.tolist()})"

    @property
    def T(self):
        """The transpose, of value and tangent."""
        return Dual(self.value.T, self.tangent.T)

    @property
    def shape(self):
        """The shape of the value, and of the tangent."""
        return self.value.shape

    def __getitem__(self, index):
        return Dual(self.value[index], self.tangent[index])

    def __bool__(self):
        return bool(self.value)

    def __array_function__(self, function, types, inputs, settings):
        name = f"{function.__module__}.{function.__name__}".replace("numpy", "np", 1)
        raise ShapeError(f"Dual: {name} has no rule; write it with the functions in dual.RULES")

    def __array_ufunc__(self, ufunc, method, *inputs, **settings):
        values = [x.value if isinstance(x, Dual) else np.asarray(x) for x in inputs]
        if method == "__call__" and not settings and ufunc in COMPARISONS:
            return ufunc(*values)
        if "out" in settings:
            raise ShapeError("Dual: dual numbers don't change in place; write x = x + y for x += y")
        if method != "__call__" or settings or ufunc not in RULES:
            name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
            of = f" for {', '.join(settings)}" if settings and ufunc in RULES else ""
            raise ShapeError(f"Dual: np.{name} has no rule{of}; add one to dual.RULES")
        out = ufunc(*values)
        tangent = np.zeros(np.shape(out))
        for x, rule in zip(inputs, RULES[ufunc], strict=True):
            if isinstance(x, Dual):
                tangent = tangent + rule(x.tangent, out, *values)
        return Dual(out, tangent)


def value_and_jvp(f, xs, vs):
    """Return f(*xs) and its derivative along vs, J v, in one run of f on dual numbers.

    Parameters
    ----------
    f : callable
        Made of NumPy functions that have a rule; takes the arrays `xs`.
    xs, vs : sequences of array_like
        The point and the direction, one array for each argument, the same shapes.

    Returns
    -------
    value, tangent : ndarray, shape f(*xs).shape

    Notes
    -----
    Chapter 9. `annex_lib.derivatives.jvp` finds the same by the complex step.

    Examples
    --------
    >>> value_and_jvp(lambda x, y: x * y, ([1., 2.], [3., 4.]), ([1., 0.], [0., 1.]))
    (array([3., 8.]), array([3., 2.]))
    """
    if len(xs) != len(vs):
        raise ShapeError(f"value_and_jvp: {len(xs)} arrays in xs but {len(vs)} in vs")
    out = f(*[Dual(x, v) for x, v in zip(xs, vs, strict=True)])
    if not isinstance(out, Dual):  # it does not depend on the arrays
        out = Dual(out, np.zeros(np.shape(out)))
    return out.value, out.tangent
