"""A drawing that moves: drawn once, with what changes declared, and a state for each position.

An author draws with matplotlib as ever, declares the artists that change as slots by name, and
gives a function that returns each slot's value at a position, with `alt` and `caption`:

>>> from annex_lib.figures.core import canvas
>>> fig, ax = canvas(2, 1)
>>> scene = Scene("squares", fig)
>>> scene.grid("row", ax, (1, 3), limit=9)
>>> scene.slot("note", ax.text(1, 1.2, "sum: 14", ha="center"), "text")
>>> def state(terms):
...     a = [v * v * (v <= terms) for v in (1, 2, 3)]
...     words = f"sum: {sum(a)}"
...     return dict(row=[a], note=words, alt=f"The squares {a}.", caption=words)
>>> scene.state = state

From this one object come the static picture at any position, `scene.figure(terms=2)`, and the
table of all positions that a player in the browser steps through (`annex_lib.explore.Player`).
Words that change are plain letters (no mathtext, one line), and each text is drawn with the
widest words that it will show; everything is visible in the drawing, and hidden by the states.
"""

import pickle
from functools import cached_property
from itertools import takewhile
from typing import NamedTuple

import numpy as np

from annex_lib.figures.cells import moving_grid
from annex_lib.figures.core import Figure, frame, freeze
from annex_lib.figures.slots import Slot
from annex_lib.figures.template import Template
from annex_lib.shapes import ShapeError

__all__ = ["Reel", "Scene", "SceneError"]

CAPTION, ALT = -1, -2


class SceneError(ShapeError):
    """A state that does not fit its drawing; names the figure and the position."""

    def _render_traceback_(self):
        return [f"SceneError: {self}"]


class Reel(NamedTuple):
    """A template and what fills it at each position.

    Attributes
    ----------
    svg : str
        What never changes; an element that does carries its number as `data-e`.
    slots : list of (int, str)
        The element and its attribute ("text" for its words) of each column of the table. The
        numbers -1 and -2 stand for the caption and the picture's alternative text.
    strings : list of str
        Everything that the slots show, once.
    index : ndarray of int, shape (slots, positions)
        Which of the strings each slot shows at each position.
    cells : dict of str to list of int
        For each grid the numbers of its cells' elements, row by row.
    size : pair of float
        Width and height, in units of the SVG; 72 are an inch.
    """

    svg: str
    slots: list
    strings: list
    index: np.ndarray
    cells: dict
    size: tuple


class Scene:
    """A drawing with slots, and a function that says what they hold at each position.

    Parameters
    ----------
    name : str
        What errors call it.
    fig : matplotlib.figure.Figure
        As `canvas` makes it. Drawn to the end before the first figure or reel is taken.

    Attributes
    ----------
    state : callable
        Takes the position by name; returns a dict with a value for each slot, `alt`, `caption`.
    """

    def __init__(self, name, fig):
        self.name, self.fig = name, fig
        self.slots, self.state = {}, None

    def slot(self, name, artists, kind):
        """Declare what changes.

        Parameters
        ----------
        name : str
            The key in the state's dict.
        artists : Artist, or nested sequence of Artist
            The values of a sequence have its shape.
        kind : str
            "text", words of a Text; "position", where it stands (x, y); "visible", a bool;
            "color" of a text, line or edge, and "fill" inside, a colour or a role; "opacity",
            from 0 to 1; "points" of a Line2D, shape (K, 2); "bounds" of a Rectangle, (left,
            first, width, height), or None for nowhere.
        """
        self.slots[name] = Slot(artists, kind)

    def grid(self, slot, ax, shape, **options):
        """Draw a grid of cells that change; the value is an array (m, n), or `Cells`.

        Parameters
        ----------
        slot : str
        ax : Axes
        shape : pair of int
            The most rows and columns there will be.
        **options
            Those of `grid`, but for zeros and labels.
        """
        self.slots[slot] = moving_grid(ax, shape, **options)

    def frame(self, name, ax, **options):
        """Draw an outline that moves; the value is (row, column, height, width) of cells, or None.

        Options are those of `frame`.
        """
        self.slots[name] = Slot(frame(ax, 0, 0, **options), "frame")

    def values(self, **position):
        """Return what each slot holds at a position, checked; with `alt` and `caption`.

        Raises
        ------
        SceneError
            If the state raises, misses a slot, names one that is not there, or a value does not
            fit its slot.
        """
        where = " ".join(f"{k}={v}" for k, v in position.items()) or "its only position"
        try:
            given = dict(self.state(**position))
        except Exception as error:
            words = f"the state raises {type(error).__name__}: {error}"
            raise SceneError(f"{self.name} at {where}: {words}") from error
        known = {*self.slots, "alt", "caption"}
        for name in sorted(known ^ set(given)):
            words = f"gives {name!r}, which is no slot" if name in given else f"gives no {name!r}"
            raise SceneError(f"{self.name} at {where}: the state {words}")
        out = {name: given.pop(name) for name in ("alt", "caption")}
        for name, slot in self.slots.items():
            try:
                out[name] = slot.read(given[name])
            except (TypeError, ValueError) as error:
                raise SceneError(f"{self.name} at {where}: {name} {error}") from None
        return out

    @cached_property
    def box(self):
        """The part of the drawing to show, in inches; with it the layout is settled."""
        self._show()
        return freeze(self.fig)

    @cached_property
    def template(self):
        """The SVG of the drawing with everything in it visible."""
        box = self.box
        self._show()
        targets = [t for slot in self.slots.values() for t in slot.targets()]
        return Template(self.fig, box, targets)

    def _show(self):
        """Make everything visible, with the words it was drawn with."""
        for slot in self.slots.values():
            slot.show()

    def figure(self, **position):
        """Return the static picture at a position."""
        return _Still(self, self.values(**position))

    def words(self, **position):
        """Return what each target of the template has at a position, then caption and alt."""
        return self._words(position, {})

    def _words(self, position, known):
        """Return the words at a position; `known` keeps those of each slot by what it holds."""
        values, place, out = self.values(**position), self.template.place, []
        for name, slot in self.slots.items():
            key = name, pickle.dumps(values[name])
            if key not in known:
                known[key] = slot.strings(values[name], place)
            out += known[key]
        return [*out, values["caption"], values["alt"]]

    def reel(self, positions, more=False):
        """Return the template, and the table of what fills it at each position.

        Parameters
        ----------
        positions : iterable of dict
        more : bool
            Whether there are other positions than these, at which anything may change.

        Returns
        -------
        Reel
        """
        template, known = self.template, {}  # most slots hold the same at many positions
        targets = [*template.targets, (CAPTION, "text"), (ALT, "aria-label")]
        columns = list(zip(*[self._words(p, known) for p in positions], strict=True))
        pairs = list(zip(targets, columns, strict=True))
        moving = [(t, c) for t, c in pairs if more or t[0] < 0 or len(set(c)) > 1]
        moved = {t for t, _ in moving}
        fixed = {t: c[0] for t, c in pairs if t not in moved}
        strings = {w: k for k, w in enumerate(dict.fromkeys(w for _, c in moving for w in c))}
        grids = {n: s.image for n, s in self.slots.items() if s.kind == "cells"}
        cells = {name: template.cells(image) for name, image in grids.items()}
        keep = {e for e, _ in moved}.union(*cells.values())
        index = np.array([[strings[w] for w in c] for _, c in moving])
        svg = template.svg(fixed, keep)
        return Reel(svg, [t for t, _ in moving], list(strings), index, cells, template.size)

    def summaries(self, positions):
        """Yield each position, and in one line its caption and what differs from the first one."""
        first = None
        for position in positions:
            values = self.values(**position)
            said = {name: slot.summary(values[name]) for name, slot in self.slots.items()}
            said = {"": values["caption"], "alt": values["alt"]} | said
            first = said if first is None else first
            changed = {k: _middle(w, first[k]) for k, w in said.items() if w != first[k]}
            shown = dict(said) if first is said else changed
            shown.pop("", None)
            yield position, " | ".join([said[""], *(f"{k}: {w}" for k, w in shown.items())])


def _middle(words, first):
    """Return what is left of words when they begin and end as others do, at whole words."""
    a, b = words.split(" "), first.split(" ")
    head = _alike(a, b)
    return " ".join(a[head : len(a) - _alike(a[head:][::-1], b[head:][::-1])])


def _alike(a, b):
    """Return how many words are the same at the beginning."""
    return len(list(takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False))))


class _Still(Figure):
    """The picture of a scene at one position."""

    def __init__(self, scene, values):
        self.scene, self.values = scene, values
        self.alt, self.caption = values["alt"], values["caption"]

    @property
    def box(self):
        """The part to show; not looked for before it is needed, since that takes long."""
        return self.scene.box

    @property
    def canvas(self):
        """The drawing, brought to this position."""
        for name, slot in self.scene.slots.items():
            slot.apply(self.values[name])
        return self.scene.fig
