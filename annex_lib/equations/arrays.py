"""Arrays whose axes have names, so that every index keeps its place whatever stands around it."""

import numpy as np

__all__ = ["LARGEST", "Array", "TooLarge", "align", "pick"]

LARGEST = 3_000_000  # numbers in one array


class TooLarge(Exception):
    """The sizes drawn make an array too large."""


class Array:
    """An ndarray and one name for each of its axes."""

    __slots__ = ("axes", "data")

    def __init__(self, axes, data):
        self.axes, self.data = tuple(axes), data

    def spread(self, axes):
        """Return the data with these axes, of length 1 where it has none."""
        if self.axes == axes:
            return self.data
        order = [self.axes.index(name) for name in axes if name in self.axes]
        data = self.data.transpose(order) if order != list(range(len(order))) else self.data
        sizes = iter(data.shape)
        return data.reshape([next(sizes) if name in self.axes else 1 for name in axes])


def align(*arrays):
    """Bring arrays to the union of their axes.

    Returns
    -------
    axes : tuple of str
    data : list of ndarray, all with these axes, some of length 1
    """
    axes = list(arrays[0].axes)
    for array in arrays[1:]:
        axes += [name for name in array.axes if name not in axes]
    axes = tuple(axes)
    data = [array.spread(axes) for array in arrays]
    size = 1
    for lengths in zip(*(d.shape for d in data), strict=True):
        size *= max(lengths)
    if size > LARGEST:
        raise TooLarge(size)
    return axes, data


def pick(array, names, places):
    """Replace the axes `names` by positions along them.

    Parameters
    ----------
    array : Array
    names : tuple of str
    places : list of Array of int
        One for each name, inside the range.
    """
    if not names:
        return array
    rest = tuple(name for name in array.axes if name not in names)
    whole = [Array((name,), np.arange(array.data.shape[array.axes.index(name)])) for name in rest]
    plain = all(len(place.axes) <= 1 for place in places)
    fresh = [place.axes[0] for place in places if place.axes]
    if plain and len(fresh) == len(places) == len({*fresh, *rest}) - len(rest):
        return _rename(array, names, places)
    axes, data = align(*whole, *places)
    by_name = dict(zip((*rest, *names), data, strict=True))
    out = array.data[tuple(by_name[name] for name in array.axes)]
    if not isinstance(out, np.ndarray):
        out = np.array(out, array.data.dtype)
    return Array(axes, out)


def _rename(array, names, places):
    """Each place is an axis of its own: take along it, or rename it where all of it is taken."""
    data, axes = array.data, list(array.axes)
    for name, place in zip(names, places, strict=True):
        k = axes.index(name)
        if len(place.data) != data.shape[k] or not np.array_equal(
            place.data, np.arange(data.shape[k])
        ):
            data = np.take(data, place.data, axis=k)
        axes[k] = place.axes[0]
    return Array(axes, data)
