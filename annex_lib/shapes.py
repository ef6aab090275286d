"""What every function of the book checks first: dtypes and the sizes of named axes."""

import numpy as np

__all__ = ["ShapeError", "as_array", "as_floats", "bind", "count_axes", "delta_view"]


class ShapeError(ValueError):
    """An array with the wrong shape, dtype or setting; a notebook shows it as one sentence."""

    def _render_traceback_(self):
        return [f"ShapeError: {self}"]


def as_floats(operation, **arrays):
    """Return the arrays as floating point: integers become float64, floats and complex stay.

    Parameters
    ----------
    operation : str
        The function that asks, named in the error.
    **arrays : array_like
        Any shape; numbers or booleans.

    Returns
    -------
    list of ndarray
        In the order given. Nothing is copied that is floating point already.

    Raises
    ------
    ShapeError
        If something is not an array of numbers.

    Examples
    --------
    >>> as_floats("linear", x=[1, 2, 3])
    [array([1., 2., 3.])]
    """
    return [_as_float(operation, name, a) for name, a in arrays.items()]


def as_array(operation, name, a):
    """Return an array of any dtype and shape.

    Parameters
    ----------
    operation, name : str
        The function that asks and what it calls the array, named in the error.
    a : array_like

    Raises
    ------
    ShapeError
        If rows differ in length.
    """
    try:
        return np.asarray(a)
    except ValueError:
        raise ShapeError(f"{operation}: {name} is ragged: its rows differ in length") from None


def _as_float(operation, name, a):
    a = as_array(operation, name, a)
    if a.dtype.kind in "biu":
        return a.astype(np.float64)
    if a.dtype.kind not in "fc":
        raise ShapeError(
            f"{operation}: {name} holds {a.dtype.name}, but should hold real or complex numbers"
        )
    return a


def bind(operation, **arrays):
    """Match arrays with their named axes and return the size of each name.

    Parameters
    ----------
    operation : str
        The function that asks, named in the error.
    **arrays : pair of (ndarray or tuple of int, str)
        For each name an array, or a bare shape, and its axes as words: ``(W, "m n")``.
        Alternatives are set apart by a bar: ``(x, "n | B n")``; the number of axes decides.

    Returns
    -------
    dict of str to int
        The size of each axis name.

    Raises
    ------
    ShapeError
        If an array has another number of axes, or one name has two sizes.

    Examples
    --------
    >>> bind("linear", W=(np.ones((3, 4)), "m n"), x=(np.ones(4), "n | B n"))
    {'m': 3, 'n': 4}
    >>> bind("linear", W=(np.ones((3, 4)), "m n"), x=(np.ones(5), "n | B n"))
    Traceback (most recent call last):
    annex_lib.shapes.ShapeError: linear: axis n is 4 in W but 5 in x \
(W is (m, n) = (3, 4), x is (n,) = (5,))
    """
    sizes, first = {}, {}
    for name, (a, spec) in arrays.items():
        shape = getattr(a, "shape", a)
        axes = _choose(operation, name, shape, spec)
        for axis, size in zip(axes, shape, strict=True):
            if sizes.setdefault(axis, size) != size:
                there, here = first[axis], f"{name} is {_tuple(axes)} = {shape}"
                raise ShapeError(
                    f"{operation}: axis {axis} is {sizes[axis]} in {there.split()[0]} "
                    f"but {size} in {name} ({there}, {here})"
                )
            first.setdefault(axis, f"{name} is {_tuple(axes)} = {shape}")
    return sizes


def count_axes(shape):
    """Return the number of axes of a shape in words: ``"1 axis"``, ``"2 axes"``."""
    return f"{len(shape)} ax{'i' if len(shape) == 1 else 'e'}s"


def _choose(operation, name, shape, spec):
    choices = [alternative.split() for alternative in spec.split("|")]
    for axes in choices:
        if len(axes) == len(shape):
            return axes
    wanted = " or ".join(_tuple(axes) for axes in choices)
    count = count_axes(shape)
    raise ShapeError(f"{operation}: {name} has {count}, shape {shape}, but should be {wanted}")


def _tuple(axes):
    return f"({', '.join(axes)}{',' if len(axes) == 1 else ''})"


def delta_view(a, size, axis=0):
    """Return T[..., i, k, ...] = delta_ik a[...], with the two new axes before `axis` of `a`.

    A Jacobian tensor is mostly zeros or repeats. This one needs no more memory than `a` framed
    by zeros, (2 size - 1) copies of its place instead of size squared: one step along i goes
    back by one place, one step along k goes forward.

    Parameters
    ----------
    a : ndarray, shape (*lead, *tail)
        The block on the diagonal; `lead` are its first `axis` axes.
    size : int, at least 0
        Length of the two new axes.
    axis : int
        Number of axes of `a` that stay in front.

    Returns
    -------
    ndarray, shape (*lead, size, size, *tail)
        Read-only, since its entries share memory.

    Examples
    --------
    >>> delta_view(np.array([5., 6.]), 2)
    array([[[5., 6.],
            [0., 0.]],
    <BLANKLINE>
           [[0., 0.],
            [5., 6.]]])
    """
    lead, tail = a.shape[:axis], a.shape[axis:]
    if size == 0:
        return np.broadcast_to(np.zeros((), a.dtype), (*lead, 0, 0, *tail))
    buffer = np.zeros((*lead, 2 * size - 1, *tail), a.dtype)
    buffer[(*[slice(None)] * axis, size - 1)] = a
    buffer.flags.writeable = False
    step, strides = buffer.strides[axis], buffer.strides
    strides = *strides[:axis], -step, step, *strides[axis + 1 :]
    return np.ndarray((*lead, size, size, *tail), a.dtype, buffer, (size - 1) * step, strides)
