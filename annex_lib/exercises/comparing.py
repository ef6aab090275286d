"""What a reader's function returned, beside what it should have: the first fault in words."""

import numpy as np

__all__ = ["Misuse", "Unfinished", "fault", "read", "same"]

LARGEST = 1_000_000  # entries; nobody looks into a larger result
CLOSE = 1e-6  # relative to the largest entry


class Unfinished(Exception):
    """Nothing is filled in yet."""


class Misuse(Exception):
    """What was returned is of another type than what is asked for; the text says how."""


def read(got, want, name, returns=()):
    """Return what an answer gave as a tuple of values that are safe to look at.

    Parameters
    ----------
    got : object
        Anything.
    want : ndarray, number, tuple of arrays, or plain data (str, set, dict)
        What the solution gave.
    name : str
        The reader's function.
    returns : tuple of str
        Names of the values, where there are several.

    Returns
    -------
    tuple
        Of arrays of real numbers, or of one piece of plain data.

    Raises
    ------
    Unfinished, Misuse
    """
    if got is None or got is ...:
        raise Unfinished
    if returns:
        return _several(got, want, name, returns)
    if isinstance(want, str | set | frozenset | dict):
        return (_plain(got, want, name),)
    return (_array(got, np.shape(want), name),)


def _several(got, want, name, returns):
    words = f"{', '.join(returns[:-1])} and {returns[-1]}"
    if type(got) not in (tuple, list) or len(got) != len(returns):
        raise Misuse(f"{name} should return {len(returns)} arrays: {words}")
    if all(part is None or part is ... for part in got):
        raise Unfinished
    parts = zip(got, want, returns, strict=True)
    return tuple(_array(part, np.shape(right), label) for part, right, label in parts)


def _plain(got, want, name):
    """Return built-in data; a list or a tuple stands for a set too."""
    if type(want) in (set, frozenset) and type(got) in (set, frozenset, list, tuple):
        if all(type(part) in (int, str) for part in got):
            return frozenset(got)
    elif type(got) is type(want) is str:
        return got.strip()
    elif type(got) is type(want) is dict and all(
        type(key) in (int, str) and type(part) in (int, str) for key, part in got.items()
    ):
        return dict(got)
    raise Misuse(f"{name} should be a {type(want).__name__} as in the stub's comment")


def _array(got, shape, name):
    kind = type(got)
    if got is None or got is ...:
        raise Misuse(f"{name} is {got}, but should be an array of shape {shape}")
    if kind in (list, tuple):
        raise Misuse(f"{name} is a {kind.__name__}, but should be an array: wrap it in np.array")
    if kind is not np.ndarray and not issubclass(kind, (bool, int, float, complex, np.generic)):
        wanted = f"an array of shape {shape}" if shape else "a number"
        raise Misuse(f"{name} is of the type {kind.__name__}, but should be {wanted}")
    array = np.asarray(got)
    if array.dtype.kind not in "biuf":
        raise Misuse(f"{name} holds {array.dtype.name}, but should hold real numbers")
    return array.copy() if array.size <= LARGEST else array


def same(a, b):
    """Tell whether two values are equal; arrays up to rounding, and in shape.

    Examples
    --------
    >>> same(np.array([1.0, 2.0]), np.array([1, 2])), same(np.ones(2), np.ones((1, 2)))
    (True, False)
    """
    if not isinstance(a, np.ndarray) or not isinstance(b, np.ndarray):
        return type(a) is type(b) and a == b
    if a.shape != b.shape or a.size > LARGEST:
        return False
    with np.errstate(all="ignore"):
        return bool(np.all(_differ(a, b) == 0))


def _differ(a, b):
    """Mark the entries that differ; nan and infinity always do."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    scale = np.abs(b[np.isfinite(b)]).max(initial=0)
    return ~(np.abs(a - b) <= CLOSE * max(scale, 1e-300)) | ~np.isfinite(a)


def fault(got, want, name, where):
    """Say what differs first: the shape, then a number that is none, then an entry.

    Parameters
    ----------
    got, want : ndarray or plain data
    name, where : str
        What it is called, and for which sizes.

    Returns
    -------
    str
        Empty where nothing differs.
    """
    if not isinstance(want, np.ndarray):
        return "" if same(got, want) else f"{name} is not right yet"
    if got.shape != want.shape:
        return f"{name} has the shape {got.shape}, but should have {want.shape}{where}"
    with np.errstate(all="ignore"):
        wrong = _differ(got, want)
    if not wrong.any():
        return ""
    at = tuple(int(i) for i in np.argwhere(wrong)[0]) if want.ndim else ()
    entry = f"{name}[{', '.join(map(str, at))}]" if at else name
    if not np.isfinite(got[at]):
        return f"{entry} is {float(got[at])}, which is no finite number{where}"
    first = ", the first entry that differs" if want.size > 1 else ""
    return f"{entry} is {_number(got[at])}, but should be {_number(want[at])}{first}{where}"


def _number(value):
    if value.dtype.kind == "b":
        return str(bool(value))
    return f"{float(value):.7g}"
