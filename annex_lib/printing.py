"""How the book prints numbers: the same digits on every machine."""

import numpy as np

__all__ = ["show"]


def show(*arrays, digits=4, **named):
    """Print arrays with their names and shapes, rounded relative to their scale.

    Rounding noise (below 1e-9 of the largest entry) prints as 0, and there is no minus zero, so
    that two machines print the same. Whole numbers print as such. Nothing is ever elided.

    Parameters
    ----------
    *arrays, **named : array_like
        Numbers of any shape; those given by name are printed with name and shape.
    digits : int
        Decimal places; where the largest entry is below 0.1, its significant digits.

    Examples
    --------
    >>> show(W=[[1, 2], [3, 4]], x=[0.5, 1e-17])
    W (2, 2) = [[1, 2],
                [3, 4]]
    x (2,) = [0.5000, 0.0000]
    """
    for a in arrays:
        print(_text(np.asarray(a), digits))
    for name, a in named.items():
        a = np.asarray(a)
        label = f"{name} {a.shape} = " if a.ndim else f"{name} = "
        print(label + _text(a, digits).replace("\n", "\n" + " " * len(label)))


def _text(a, digits):
    if a.dtype.kind not in "fc":
        return np.array2string(a, separator=", ", threshold=np.inf)
    finite = a[np.isfinite(a)]
    scale = np.abs(finite).max(initial=0)
    whole = np.all(np.abs(finite - np.round(finite)) <= 1e-9 * scale)
    places = 0 if whole else digits + max(0, -int(np.floor(np.log10(scale))) - 1)
    # To more digits first, so that ties fall the same way on every machine; + 0.0 for minus zero.
    a = np.where(np.abs(a) <= 1e-9 * scale, 0, np.round(a, places + 6))
    a = np.round(a, places) + 0.0
    words = [f"{v:.{places}f}" for v in a.flat]
    width = max(map(len, words), default=0)
    form = {"all": lambda v: f"{v:.{places}f}".rjust(width)}
    return np.array2string(a, separator=", ", threshold=np.inf, formatter=form, max_line_width=100)
