"""What may change in a drawing, and how each change looks in matplotlib and in SVG."""

from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path
from matplotlib.text import Text

from annex_lib.figures.core import ROLES
from annex_lib.figures.summary import digest

__all__ = ["KINDS", "Slot", "path_data"]


class Slot:
    """One thing that changes, in one artist or in as many as its value has entries.

    Parameters
    ----------
    artists : Artist, or nested sequence of Artist
    kind : str
        One of `KINDS`.
    """

    def __init__(self, artists, kind):
        self.kind = kind
        self._read, self._apply, self._attributes, self._strings = KINDS[kind]
        many = np.array(artists, dtype=object)
        self.one, self.shape, self.artists = isinstance(artists, Artist), many.shape, many.ravel()
        for artist in self.artists:
            if kind == "position":
                artist.drawn_at = artist.get_position()
            elif kind == "text":
                artist.drawn_words = artist.get_text()

    def read(self, value):
        """Return the entries of a value, one for each artist, or raise ValueError."""
        if self.one:
            return [self._read(value)]
        entries, shape = _entries(value, len(self.shape))
        if shape != self.shape:
            raise ValueError(f"has the shape {shape}, but should have {self.shape}")
        return [self._read(v) for v in entries]

    def show(self):
        """Make all of it visible as it was drawn, to be laid out and put into the template."""
        for artist in self.artists:
            artist.set_visible(True)
            if self.kind == "opacity":
                artist.set_alpha(1)
            elif self.kind == "position":
                artist.set_position(artist.drawn_at)
            elif self.kind == "text":
                artist.set_text(artist.drawn_words if artist.drawn_words.strip() else "0")
            elif self.kind == "points":
                middle = artist.axes.transAxes.transform((0.5, 0.5))
                artist.set_data(
                    *np.tile(artist.get_transform().inverted().transform(middle), (2, 1)).T
                )

    def apply(self, value):
        """Give the artists a value that was read."""
        for artist, v in zip(self.artists, value, strict=True):
            self._apply(artist, v)

    def summary(self, value):
        """Return a value that was read in a few words."""
        if self.kind == "visible":
            return "".join("01"[v] for v in value)
        if self.kind == "points":
            return "; ".join(map(digest, value))
        return " ".join("none" if v is None else _said(v) for v in value)

    def targets(self):
        """Return (artist, part, attribute of SVG) of each thing that changes."""
        return [(a, *t) for a in self.artists for t in self._attributes(a)]

    def strings(self, value, place):
        """Return what each target has for a value that was read; `place` takes points to SVG."""
        pairs = zip(self.artists, value, strict=True)
        return [words for artist, v in pairs for words in self._strings(artist, v, place)]


def _said(value):
    numbers = np.ravel(value) if not isinstance(value, str) else []
    return value if isinstance(value, str) else ",".join(f"{v:.4g}" for v in numbers)


def _entries(value, axes):
    """Return the entries of a nested sequence in a row, and its shape along the first axes."""
    level, shape = [value], []
    for _ in range(axes):
        try:
            sizes = {len(v) for v in level if not isinstance(v, str)} or {0}
            level = [w for v in level for w in v]
        except TypeError:
            return level, (*shape, "no entries")
        if len(sizes) > 1:
            return level, (*shape, "ragged")
        shape.append(sizes.pop())
    return level, tuple(shape)


def _words(value):
    if not isinstance(value, str) or "\n" in value or "$" in value:
        raise ValueError(f"is {value!r}, but should be one line of plain letters")
    return value


def _flag(value):
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"is {value!r}, but should be True or False")
    return bool(value)


def _color(value):
    try:
        return to_hex(ROLES.get(value, value))
    except (TypeError, ValueError):
        raise ValueError(f"is {value!r}, but should be a colour or a role") from None


def _share(value):
    if not 0 <= value <= 1:
        raise ValueError(f"is {value!r}, but should be from 0 to 1")
    return float(value)


def _points(value):
    a = np.asarray(value, float).reshape(-1, 2) if np.size(value) == 0 else np.asarray(value, float)
    if a.ndim != 2 or a.shape[1] != 2:
        raise ValueError(f"has the shape {a.shape}, but should have (points, 2)")
    if not np.isfinite(a).all():
        raise ValueError("is not a finite number at every point")
    return a


def _block(value):
    if value is None:
        return None
    a = np.asarray(value, float)
    if a.shape != (4,) or not np.isfinite(a).all():
        raise ValueError(f"is {value!r}, but should be four numbers or None")
    return tuple(a)


def _cells(value):
    if value is None:
        return None
    row, column, height, width = _block(value)
    return column - 0.5, row - 0.5, width, height


def _set_color(artist, value):
    (artist.set_color if isinstance(artist, Text | Line2D) else artist.set_edgecolor)(value)


def _set_block(artist, value):
    artist.set_visible(value is not None)
    if value is not None:
        artist.set_bounds(*value)


def _parts(artist):
    """Return the parts of SVG that show an artist: an annotation's arrow is drawn apart."""
    return ["", ".arrow"] if getattr(artist, "arrow_patch", None) else [""]


def _line_parts(artist):
    line = [] if artist.get_linestyle() == "None" else [(".line", "d")]
    return line + ([] if artist.get_marker() in ("None", None, "") else [(".dots", "d")])


def _line_strings(artist, points, place):
    at = place(artist, points)
    shape = MarkerStyle(artist.get_marker())
    mark = shape.get_transform().transform_path(shape.get_path())
    size = artist.get_markersize() * (0.5 if artist.get_marker() in (",", ".") else 1)
    dots = "".join(path_data(Path(mark.vertices * [size, -size] + p, mark.codes)) for p in at)
    both = {".line": path_data(Path(at)) if len(at) else "", ".dots": dots}
    return [both[part] for part, _ in _line_parts(artist)]


def _block_strings(artist, value, place):
    if value is None:
        return [""]
    x, y, w, h = value
    (a, b), (c, d) = place(artist, [(x, y), (x + w, y + h)])
    return [f"M{_short(a)} {_short(b)}H{_short(c)}V{_short(d)}H{_short(a)}z"]


def path_data(path):
    """Return a path, in units of SVG, as the text of its `d`."""
    out, letters = [], {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C"}
    for points, code in path.iter_segments(curves=True, simplify=False):
        words = " ".join(map(_short, points))
        out.append("z" if code == Path.CLOSEPOLY else letters[code] + words)
    return "".join(out)


def _short(value):
    words = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if words == "-0" else words


def _move(artist, value, place):
    """Return how a text is shifted from where it was drawn."""
    (x, y), (a, b) = place(artist, [artist.drawn_at, value])
    return [f"translate({_short(a - x)} {_short(b - y)})"]


class _Kind(NamedTuple):
    read: object  # value -> value, or ValueError
    apply: object  # artist, value
    attributes: object  # artist -> (part, attribute of SVG) of what changes
    strings: object  # artist, value, place -> the words for each


# What a slot may be: the words of a Text, whether an artist is seen, the colour of a text, a line
# or an edge, the colour inside, the opacity, the points of a Line2D, the bounds of a Rectangle (in
# cells: those of a `frame`), where a Text stands.
KINDS = {
    "text": _Kind(
        _words, lambda artist, v: artist.set_text(v), lambda a: [("", "text")], lambda a, v, _: [v]
    ),
    "visible": _Kind(
        _flag,
        lambda artist, v: artist.set_visible(v),
        lambda a: [(part, "visibility") for part in _parts(a)],
        lambda a, v, _: ["visible" if v else "hidden"] * len(_parts(a)),
    ),
    "color": _Kind(
        _color,
        _set_color,
        lambda a: [("", "fill" if isinstance(a, Text) else "stroke")],
        lambda a, v, _: [v],
    ),
    "fill": _Kind(
        _color,
        lambda artist, v: artist.set_facecolor(v),
        lambda a: [("", "fill")],
        lambda a, v, _: [v],
    ),
    "opacity": _Kind(
        _share,
        lambda artist, v: artist.set_alpha(v),
        lambda a: [(part, "opacity") for part in _parts(a)],
        lambda a, v, _: [f"{v:g}"] * len(_parts(a)),
    ),
    "points": _Kind(_points, lambda artist, v: artist.set_data(*v.T), _line_parts, _line_strings),
    "bounds": _Kind(_block, _set_block, lambda a: [("", "d")], _block_strings),
    "position": _Kind(
        lambda v: tuple(_points([v])[0]),
        lambda artist, v: artist.set_position(v),
        lambda a: [("", "transform")],
        _move,
    ),
    "frame": _Kind(_cells, _set_block, lambda a: [("", "d")], _block_strings),
}
