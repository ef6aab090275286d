"""Figures that move in the browser, from a table of states, with and without a kernel."""

import base64
import json
import zlib
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import anywidget
import numpy as np
import traitlets
from IPython.display import display

from annex_lib.explore.axes import first, spec, stops
from annex_lib.figures.album import Kept
from annex_lib.shapes import ShapeError

__all__ = ["Field", "KeptPlayer", "Player", "read_array"]

MODULE = Path(__file__).with_name("player.js").read_text("utf-8")
MOST = 4000  # states in a table; what is larger is asked of the kernel
VIEW = "application/vnd.jupyter.widget-view+json"
LONGEST = 4  # captions that keep room for the others


class Field(NamedTuple):
    """A field in which a reader types, what stands in it first, and how it is read.

    `read` takes the text and returns a value, or raises ValueError with one plain sentence.
    """

    name: str
    label: str
    text: str
    read: object


class Player:
    """A scene, and what a reader can move in it.

    Shows the first picture, even where nothing runs, then the controls above the moving one.

    Parameters
    ----------
    scene : Scene
        Its state takes one whole number for each axis, by name.
    *axes : Slider, Choice or Cell
        In the order in which they stand.
    most : int
        The most states to put in a table; of a larger figure the kernel is asked for each.
    """

    fields, build = (), None

    def __init__(self, scene, *axes, most=MOST):
        self.scene, self.axes, self.start = scene, axes, first(axes)
        self.tabled = len(list(islice(self.stops(), most + 1))) <= most

    @classmethod
    def typed(cls, build, *fields):
        """Return a player whose numbers the reader may type.

        Parameters
        ----------
        build : callable
            Takes the fields' values by name and returns a `Player`, or raises ValueError with a
            plain sentence where they do not fit one another.
        *fields : Field
        """
        player = build(**{f.name: f.read(f.text) for f in fields})
        player.fields, player.build = fields, build
        return player

    def stops(self):
        """Yield each position, as a dict by name."""
        yield from stops(self.axes)

    def draw(self, **position):
        """Return the static picture at a position."""
        return self.scene.figure(**position)

    def summaries(self):
        """Yield each position, and in one line what changes there: caption, words, slots."""
        yield from self.scene.summaries(self.stops() if self.tabled else [self.start])

    def content(self):
        """Return what the player in the browser gets: (figure, table), both packed."""
        reel = self.scene.reel(self.stops() if self.tabled else [self.start], not self.tabled)
        captions = [reel.strings[k] for k in sorted({*reel.index[-2]})]
        about = {"svg": reel.svg, "size": reel.size, "slots": reel.slots, "strings": reel.strings}
        about |= {"axes": spec(self.axes, reel), "tabled": self.tabled, "start": self.start}
        about["longest"] = sorted(captions, key=len)[-LONGEST:]
        if len(reel.strings) > 65535:
            raise ShapeError(f"{self.scene.name}: more different words than a table takes")
        words = json.dumps(about, ensure_ascii=False, separators=(",", ":"))
        return _packed(words.encode()), _packed(reel.index.astype("<u2").tobytes())

    def widget(self):
        """Return the controls above the picture, alive."""
        return _Widget(self, **self.moving())

    def moving(self):
        """Return what the widget is made of: picture, table, start and fields."""
        figure, table = self.content()
        fields = [{"name": f.name, "label": f.label, "text": f.text} for f in self.fields]
        return {"figure": figure, "table": table, "position": self.start, "fields": fields}

    def still(self):
        """Return what a page shows where nothing runs, and the words beside the widget."""
        still, names = self.draw(**self.start), ", ".join(axis.label for axis in self.axes)
        view = {"text/plain": f"Sliders: {names}. Run this cell to move them."}
        return {"text/plain": repr(still), "text/html": still.html("annex-static")}, view

    def kept(self):
        """Return all that a notebook gets, for the album; None if the kernel draws it anyway."""
        if not self.tabled:
            return None
        moving = self.moving()
        moving |= {k: base64.b64encode(moving[k]).decode() for k in ("figure", "table")}
        return {"still": self.still(), "moving": moving}

    def _ipython_display_(self):
        _show(self, self.still(), self.moving())


class KeptPlayer(Kept):
    """A player that stands in the album; drawn when it is asked for more than its table."""

    def _ipython_display_(self):
        moving = dict(self.entry["moving"])
        moving |= {k: base64.b64decode(moving[k]) for k in ("figure", "table")}
        _show(self, self.entry["still"], moving)


def _show(player, still, moving):
    """Show a still picture, then the moving one."""
    shown, view = still
    display(shown, raw=True)
    view = {**view, VIEW: _Widget(player, **moving)._repr_mimebundle_()[0][VIEW]}
    display(view, raw=True)


class _Widget(anywidget.AnyWidget):
    """The player in the browser; answers what the table does not hold, and what is typed."""

    _esm = MODULE
    figure = traitlets.Bytes().tag(sync=True)
    table = traitlets.Bytes().tag(sync=True)
    position = traitlets.Dict().tag(sync=True)
    fields = traitlets.List().tag(sync=True)

    def __init__(self, player, **traits):
        self.player = player
        super().__init__(**traits)
        self.on_msg(self._hear)

    def _hear(self, _, message, buffers):
        if "ask" in message:
            row = self.player.scene.words(**message["position"])
            self.send({"answer": message["ask"], "row": row})
        elif "typed" in message:
            self._type(message["typed"], message["last"])

    def _type(self, texts, last):
        """Build the figure of what was typed; or say what is wrong with it, and leave all as is."""
        fields, build, values, wrong = self.player.fields, self.player.build, {}, {}
        for field in fields:
            try:
                values[field.name] = field.read(texts[field.name])
            except ValueError as error:
                wrong[field.name] = str(error)
        if not wrong:
            try:
                player = build(**values)
                figure, table = player.content()
            except ValueError as error:
                wrong[last] = str(error)
        self.send({"wrong": wrong})  # first: no complaint stands beside a new figure
        if not wrong:
            player.fields, player.build, self.player = fields, build, player
            with self.hold_sync():
                self.figure, self.table = figure, table


def _packed(data):
    return zlib.compress(data, 9)


def read_array(text, largest=64):
    """Return the array that a reader typed: "1, 0, 2; 0, 1, 1" has two rows, "1, 2" is a vector.

    Parameters
    ----------
    text : str
    largest : int
        The most numbers there may be.

    Returns
    -------
    ndarray of float, shape (n,) or (m, n)

    Raises
    ------
    ValueError
        One sentence on what is wrong.

    Examples
    --------
    >>> read_array("1, 0, 2; 0, 1, 1").tolist()
    [[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]]
    """
    rows = [row.replace("−", "-").replace(",", " ").split() for row in text.split(";")]
    try:
        numbers = [[float(word) for word in row] for row in rows]
    except ValueError:
        word = next(w for row in rows for w in row if not _is_number(w))
        raise ValueError(f"“{word}” is no number: write them like 1, 0, 2; 0, 1, 1.") from None
    sizes = [len(row) for row in numbers]
    if 0 in sizes:
        raise ValueError("A row is empty: write numbers like 1, 0, 2; 0, 1, 1.")
    if len(set(sizes)) > 1:
        raise ValueError(f"The rows have {' and '.join(map(str, sizes))} numbers, not the same.")
    a = np.array(numbers)
    if a.size > largest:
        raise ValueError(f"That is {a.size} numbers; {largest} is the most.")
    if not (np.isfinite(a).all() and np.abs(a).max() < 1000):
        raise ValueError("Each number should lie between −1000 and 1000.")
    return a if ";" in text else a[0]


def _is_number(word):
    try:
        float(word)
    except ValueError:
        return False
    return True
