"""What a reader can move: sliders, choices, cells under the pointer."""

from typing import NamedTuple

__all__ = ["Cell", "Choice", "Slider", "first", "spec", "stops"]


class Slider(NamedTuple):
    """One slider: the argument it sets, its label, its whole-number range, where it starts.

    `high` may be a function of the positions of the sliders before it (a dict by name), so that
    an index ends where its axis ends. `words`, one for each value from `low`, stand beside the
    slider instead of the number. `play` adds a button that moves it by itself.
    """

    name: str
    label: str
    low: int
    high: object
    start: int = 0
    words: tuple = ()
    play: bool = False

    kind = "slider"

    def top(self, position):
        """Return the upper end of the range at the given position of the sliders before."""
        return self.high(position) if callable(self.high) else self.high

    def values(self, position):
        """Return the values that it may have, given those before it."""
        return list(range(self.low, self.top(position) + 1))


class Choice(NamedTuple):
    """A few named options, one of them taken; the argument is its number, from 0."""

    name: str
    label: str
    words: tuple
    start: int = 0
    play: bool = False

    kind, low = "choice", 0

    def values(self, position):
        """Return the numbers of the options."""
        return list(range(len(self.words)))


class Cell(NamedTuple):
    """The cell of one or more grids under the pointer or the focus; its number, row by row.

    `grids` are names of the scene's grids, counted through one after the other; `size` is how
    many cells they have. `inside` may be a function of the positions before it, and returns the
    numbers of the cells that are there. `words` name the cells to those who don't see them.
    """

    name: str
    label: str
    grids: tuple
    size: int
    start: int = 0
    words: tuple = ()
    inside: object = None
    play: bool = False

    kind, low = "cell", 0

    def values(self, position):
        """Return the numbers of the cells that are there, given the positions before."""
        return list(map(int, self.inside(position))) if self.inside else list(range(self.size))


def stops(axes, position=None):
    """Yield each position, as a dict by name, the last axis fastest."""
    position = {} if position is None else position
    if not axes:
        yield position
        return
    for value in axes[0].values(position):
        yield from stops(axes[1:], {**position, axes[0].name: value})


def first(axes):
    """Return the position at which all axes start."""
    return {axis.name: axis.start for axis in axes}


def spec(axes, reel):
    """Return the axes as the player reads them."""
    out = []
    for k, axis in enumerate(axes):
        values = {",".join(map(str, p.values())): axis.values(p) for p in stops(axes[:k])}
        alike = len({tuple(v) for v in values.values()}) == 1
        low, high = axis.low, max(v[-1] for v in values.values())
        about = {"name": axis.name, "label": axis.label, "kind": axis.kind, "low": low}
        about |= {"high": high, "start": axis.start, "play": axis.play, "words": list(axis.words)}
        about["values"] = next(iter(values.values())) if alike else values
        about["cells"] = [e for name in getattr(axis, "grids", ()) for e in reel.cells[name]]
        out.append(about)
    return out
