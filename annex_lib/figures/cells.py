"""Grids of coloured cells that change: the twin of `grid`."""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from matplotlib.colors import to_hex

from annex_lib.figures.core import GREY, HEAT, grid, number
from annex_lib.figures.slots import Slot
from annex_lib.figures.summary import digest

__all__ = ["Cells", "Grid", "corner", "moving_grid"]

ZERO, PAPER = "#ececec", "#ffffff"
SHADES = [to_hex(HEAT(k)) for k in range(HEAT.N)]


class Cells(NamedTuple):
    """What a grid of cells shows: numbers; entries zero by structure; entries that are not there.

    Each has the shape (m, n) of the grid. `words` stand instead of the numbers.
    """

    numbers: object
    zeros: object = None
    hidden: object = None
    words: object = None


class Grid:
    """The cells of a heat map: colour, number, mark of a zero by structure; outline and indices.

    Parameters
    ----------
    image, veil : AxesImage, shape (m, n)
        The colours, and what lies over them: grey on zeros by structure, white on what is hidden.
    texts : ndarray of Text, shape (m, n), or (0, 0) if nothing stands in the cells
    outline : Rectangle
    """

    kind = "cells"

    def __init__(self, image, veil, texts, outline):
        self.image, self.veil, self.texts = image, veil, texts
        self.shape = image.get_array().shape
        self.words, self.bounds = Slot(texts, "text"), Slot(outline, "bounds")

    @cached_property
    def seen(self):
        """The indices at the sides, as far as there is one for each row or column."""
        axes = self.image.axes
        labels = [axis.get_ticklabels() for axis in (axes.yaxis, axes.xaxis)]
        self.ticked = [len(t) == n for t, n in zip(labels, self.shape, strict=True)]
        return Slot(
            [t for ts, on in zip(labels, self.ticked, strict=True) if on for t in ts], "visible"
        )

    def show(self):
        """Make all of it visible, so that it is drawn into the template."""
        self.veil.set_visible(False)
        for part in (self.words, self.seen, self.bounds):
            part.show()

    def read(self, value):
        """Return a `Cells` of arrays of the grid's shape; raise ValueError if it is none."""
        numbers, zeros, hidden, words = value if isinstance(value, Cells) else Cells(value)
        numbers = np.asarray(numbers, float)
        numbers = numbers[:, None] if numbers.ndim == 1 and self.shape[1] == 1 else numbers
        flags = [
            np.zeros(self.shape, bool) if f is None else np.asarray(f) for f in (zeros, hidden)
        ]
        for name, a in zip(("", "zeros ", "hidden "), (numbers, *flags), strict=True):
            if a.size != np.prod(self.shape) or (a.ndim == 2 and a.shape != self.shape):
                raise ValueError(f"{name}has the shape {a.shape}, but should have {self.shape}")
        zeros, hidden = (f.reshape(self.shape).astype(bool) for f in flags)
        numbers = np.where(hidden, 0, numbers.reshape(self.shape))
        if (wrong := np.argwhere(~np.isfinite(numbers))).size:
            raise ValueError(f"is not a finite number at {tuple(map(int, wrong[0]))}")
        return Cells(numbers, zeros, hidden, self._words(numbers, zeros, hidden, words))

    def _words(self, numbers, zeros, hidden, words):
        if not self.texts.size:
            return []
        said = [number(v) for v in numbers.flat] if words is None else self.words.read(words)
        pairs = zip(said, zeros.flat, hidden.flat, strict=True)
        return ["" if gone else "·" if zero else word for word, zero, gone in pairs]

    def _kept(self, hidden):
        """Return which rows and which columns have a cell that is not hidden."""
        return (~hidden).any(1), (~hidden).any(0)

    def _extent(self, hidden):
        rows, columns = self._kept(hidden)
        return (-0.5, -0.5, columns.sum(), rows.sum()) if rows.any() else None

    def apply(self, value):
        """Give the artists a value that was read."""
        numbers, zeros, hidden, words = value
        veil = np.zeros((*self.shape, 4))
        veil[zeros], veil[hidden] = [*[236 / 255] * 3, 1], 1
        self.image.set_data(numbers)
        self.veil.set_data(veil)
        self.veil.set_visible(veil.any())
        self.words.apply(words)
        self.seen.apply(self._seen(hidden))
        self.bounds.apply([self._extent(hidden)])

    def _seen(self, hidden):
        """Return for each index at the sides whether its row or column has a cell."""
        slot, kept = self.seen, self._kept(hidden)
        return slot.read([k for ks, on in zip(kept, self.ticked, strict=True) if on for k in ks])

    def summary(self, value):
        """Return a value that was read in a few words."""
        return " ".join([digest(value.numbers), *(w or "_" for w in value.words)])

    def targets(self):
        """Return (artist, part, attribute of SVG) of each thing that changes."""
        fills = [(self.image, f".{k}", "fill") for k in range(np.prod(self.shape))]
        return fills + [t for s in (self.words, self.seen, self.bounds) for t in s.targets()]

    def strings(self, value, place):
        """Return what each target has for a value that was read; `place` takes points to SVG."""
        numbers, zeros, hidden, words = value
        low, high = self.image.get_clim()
        shades = ((numbers - low) / (high - low) * HEAT.N).astype(int).clip(0, HEAT.N - 1)
        flags = zip(shades.flat, zeros.flat, hidden.flat, strict=True)
        fills = [PAPER if gone else ZERO if zero else SHADES[k] for k, zero, gone in flags]
        out = fills + self.words.strings(words, place)
        out += self.seen.strings(self._seen(hidden), place)
        return out + self.bounds.strings([self._extent(hidden)], place)


def moving_grid(ax, shape, **options):
    """Draw a `grid` whose cells change; return it as a slot.

    Parameters
    ----------
    ax : Axes
    shape : pair of int
        Rows and columns; where sizes change, the most there may be.
    **options
        Those of `grid`, but for `zeros` and `labels`, which come with each state.

    Returns
    -------
    Grid
    """
    image, texts, outline = grid(ax, np.zeros(shape), **options)
    clear = np.zeros((*shape, 4))
    veil = ax.imshow(clear, interpolation="nearest", aspect="equal", zorder=0.5)
    ax.set(xlim=(-0.6, shape[1] - 0.4), ylim=(shape[0] - 0.4, -0.6))
    return Grid(image, veil, texts, outline)


def corner(ax, words):
    """Name the rows and the columns of a grid at its corner, where hidden cells leave it alone."""
    where = {"ha": "right", "va": "bottom", "style": "italic"}
    return ax.text(-0.65, -0.58, words, size=9, color=GREY, **where)
