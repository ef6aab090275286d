"""A matplotlib drawing as an SVG template: drawn once, with marks where something changes."""

import copy
import io
import re
from xml.etree import ElementTree as Tree

import numpy as np
from matplotlib import rc_context
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from annex_lib.figures.core import STYLE

__all__ = ["Template"]

SVG, LINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
Tree.register_namespace("", SVG)
Tree.register_namespace("xlink", LINK)
MARK = "data-e"
FONTS = "DejaVu Sans, Verdana, sans-serif"
PLAIN = {("visibility", "visible"), ("opacity", "1")}  # what an element is without being told
NUMBER = re.compile(r"-?\d+\.\d{3,}")
LONE_G = f"{{{SVG}}}g"
ANCHORS = {"left": "start", "center": "middle", "right": "end"}


class Template:
    """The SVG of a drawing, in which the artists that change can be found and set.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
    box : matplotlib.transforms.Bbox
        The part to show, in inches.
    targets : list of (Artist, str, str)
        Artist, part of it, attribute of SVG (or "text"): everything that may change.
    """

    def __init__(self, fig, box, targets):
        self.fig, self.box, self.transforms = fig, box, {}
        names = _tag(targets)
        # Taken before the SVG is drawn, which moves titles and labels to its own resolution.
        self.anchors = {a: _anchor(a) for a, _, attribute in targets if attribute == "text"}
        self.root = _drawn(fig, box)
        self.found = {g.get("id"): g for g in self.root.iter() if g.get("id")}
        changing = {}
        for artist, part, attribute in targets:
            changing.setdefault(artist, []).append((part, attribute))
        self.elements = {}
        for artist, parts in changing.items():
            self.elements |= self._open(artist, names[artist], dict.fromkeys(parts))
        _compact(self.root)
        for number, element in enumerate(self.elements.values()):
            element.set(MARK, str(number))
        self.targets = [self._number(*t) for t in targets]

    def place(self, artist, points):
        """Return points of an artist's own coordinates in units of SVG, shape (K, 2)."""
        if artist not in self.transforms:  # the layout is settled: nothing moves any more
            patch = isinstance(artist, Patch)
            transform = artist.get_data_transform() if patch else artist.get_transform()
            self.transforms[artist] = transform.frozen()
        return self._to_svg(self.transforms[artist].transform(np.reshape(points, (-1, 2))))

    def _to_svg(self, pixels):
        inches = pixels / self.fig.dpi
        return 72 * np.stack([inches[:, 0] - self.box.x0, self.box.y1 - inches[:, 1]], axis=1)

    def _open(self, artist, name, parts):
        """Make the elements of an artist ready to change; return them by (artist, part)."""
        group = self.found[name]
        made = {(artist, ""): group}
        attributes = {attribute for _, attribute in parts}
        if group.tag.endswith("image"):
            made |= self._cells(artist, group)
        elif "text" in attributes:
            made[artist, ""] = self._text(artist, group)
        elif isinstance(artist, Line2D) and "d" in attributes:
            made |= self._line(artist, group)
        elif "d" in attributes:
            made[artist, "d"] = group.find(f"{{{SVG}}}path")
        if any(part == ".arrow" for part, _ in parts):
            made[artist, ".arrow"] = self.found[f"{name}.arrow"]
        for attribute in attributes & {"fill", "stroke"}:
            for element in group.iter():
                _without(element, attribute)
        return made

    def _number(self, artist, part, attribute):
        """Return the number of the element that carries a target's attribute, and the attribute."""
        key = artist, "d" if attribute == "d" and not part else part
        return int(self.elements[key].get(MARK)), attribute

    def cells(self, image):
        """Return the numbers of the elements of a grid's cells, row by row."""
        count = image.get_array().size
        return [int(self.elements[image, f".{k}"].get(MARK)) for k in range(count)]

    def svg(self, fixed, keep):
        """Return the SVG with what never changes put in.

        Parameters
        ----------
        fixed : dict of (int, str) to str
            By element and attribute.
        keep : set of int
            The elements that keep their number.
        """
        root = copy.deepcopy(self.root)
        found = {int(e.get(MARK)): e for e in root.iter() if e.get(MARK)}
        for (number, attribute), words in fixed.items():
            if attribute == "text":
                found[number].text = words
            elif (attribute, words) not in PLAIN:
                found[number].set(attribute, words)
        for number in set(found) - keep:
            del found[number].attrib[MARK]
        root.attrib = {"viewBox": root.get("viewBox"), "font-family": FONTS}
        return Tree.tostring(root, encoding="unicode")

    @property
    def size(self):
        """Width and height in units of SVG; 72 are an inch."""
        return tuple(float(v) for v in self.root.get("viewBox").split()[2:])

    def _cells(self, artist, group):
        """Put a path for each cell in the place of an image."""
        rows, columns = artist.get_array().shape
        x = self._edges(artist, columns)[:, 0]
        y = self._edges(artist, rows)[:, 1]
        _turn_into(group, "g", {"shape-rendering": "crispEdges"})
        made = {}
        for k, (i, j) in enumerate(np.ndindex(rows, columns)):
            d = f"M{x[j]:.2f} {y[i]:.2f}H{x[j + 1]:.2f}V{y[i + 1]:.2f}H{x[j]:.2f}z"
            made[artist, f".{k}"] = Tree.SubElement(group, f"{{{SVG}}}path", {"d": d})
        return made

    def _edges(self, image, count):
        corners = np.tile(np.arange(count + 1)[:, None] - 0.5, 2)
        return self._to_svg(image.axes.transData.transform(corners))

    def _text(self, artist, group):
        """Put a text in the place of the glyphs, behind it the box if there is one."""
        glyphs = [
            e for e in group if e.tag == LONE_G and not (e.get("id") or "").startswith("patch")
        ]
        for element in glyphs:
            self._rescue(element)
            group.remove(element)
        x, y = self._to_svg(self.anchors[artist][None])[0]
        style = {"x": f"{x:.2f}", "y": f"{y + _down(artist):.2f}", "fill": artist.get_color()}
        style |= {"font-size": f"{artist.get_fontsize():g}"}
        style |= {"text-anchor": ANCHORS[artist.get_horizontalalignment()]}
        if artist.get_fontweight() in ("bold", 700):
            style["font-weight"] = "bold"
        if artist.get_fontstyle() == "italic":
            style["font-style"] = "italic"
        return Tree.SubElement(group, f"{{{SVG}}}text", style)

    def _rescue(self, element):
        """Keep the glyphs that a removed text defines: later ones refer to them."""
        first = self.root.find(f"{{{SVG}}}defs")
        for glyphs in element.iter(f"{{{SVG}}}defs"):
            first.extend(glyphs)

    def _line(self, artist, group):
        """Put one path for the line and one for its markers in the place of what is drawn."""
        line = group.find(f"{{{SVG}}}path")
        clip = next((e.get("clip-path") for e in group.iter() if e.get("clip-path")), None)
        clip = {} if clip is None else {"clip-path": clip}
        use = group.find(f".//{{{SVG}}}use")
        style = {} if line is None else {"style": line.get("style")}
        marks = {} if use is None else {"style": use.get("style")}
        _turn_into(group, "g", {})
        made = {}
        if line is not None:
            made[artist, ".line"] = Tree.SubElement(group, f"{{{SVG}}}path", style | clip)
        if use is not None:
            made[artist, ".dots"] = Tree.SubElement(group, f"{{{SVG}}}path", marks | clip)
        return made


def _tag(targets):
    """Give each artist that changes a name under which it is found in the SVG."""
    names = {}
    for artist, _, _ in targets:
        if artist not in names:
            names[artist] = f"slot{len(names)}"
            artist.set_gid(names[artist])
            if arrow := getattr(artist, "arrow_patch", None):
                arrow.set_gid(f"{names[artist]}.arrow")
    return names


def _drawn(fig, box):
    """Return the tree of what matplotlib draws, without its words about itself and its style."""
    out = io.BytesIO()
    nothing = dict.fromkeys(["Date", "Creator", "Format", "Type"])
    with rc_context({**STYLE, "image.composite_image": False}):
        fig.savefig(out, format="svg", bbox_inches=box, metadata=nothing)
    root = Tree.fromstring(out.getvalue())
    for parent in list(root.iter()):
        for child in list(parent):
            name = child.tag.rpartition("}")[2]
            if name in ("metadata", "style"):
                parent.remove(child)
    return root


def _anchor(artist):
    """Return where a text stands, in pixels."""
    if artist.get_rotation():
        raise ValueError("a text that changes cannot be turned")
    return artist.get_transform().transform(artist.get_unitless_position())


def _down(artist):
    """Return how far below its anchor a text's baseline lies, in points."""
    renderer = artist.get_figure(root=True).canvas.get_renderer()
    _, high, deep = renderer.get_text_width_height_descent("lp", artist.get_fontproperties(), False)
    align = artist.get_verticalalignment()
    down = {"top": high - deep, "bottom": -deep, "baseline": 0}
    return down.get(align, high / 2 - deep) * 72 / artist.get_figure(root=True).dpi


def _turn_into(element, tag, attributes):
    """Empty an element, and give it another tag and attributes; its name stays."""
    name = element.get("id")
    element.clear()
    element.tag = f"{{{SVG}}}{tag}"
    element.attrib.update({"id": name, **attributes})


def _without(element, attribute):
    """Take a colour out of an element's style, so that it has the one of its group."""
    rules = [r.strip() for r in (element.get("style") or "").split(";") if r.strip()]
    kept = [r for r in rules if not r.startswith(f"{attribute}:") or r.endswith("none")]
    if element.get("style") is not None:
        element.set("style", ";".join(kept))
    if attribute in element.attrib:
        del element.attrib[attribute]


def _compact(root):
    """Round what is longer than a picture needs; drop names and glyphs that nothing refers to."""
    texts = " ".join(v for e in root.iter() for v in e.attrib.values())
    used = set(re.findall(r"#([\w.-]+)", texts))
    for element in root.iter():
        element.text = element.tail = None
        name = element.get("id")
        if name is not None and name not in used:
            del element.attrib["id"]
        for key, value in element.attrib.items():
            if key == "style":
                element.set(key, re.sub(r"\s*([:;])\s*", r"\1", value).strip("; "))
            elif key in ("d", "x", "y"):
                element.set(key, _rounded(re.sub(r"\s*\n?([A-Za-z])\s*", r"\1", value).strip()))
            elif key == "transform":
                element.set(key, re.sub(r"translate\([^)]*\)", lambda m: _rounded(m[0]), value))
    for glyphs in root.iter(f"{{{SVG}}}defs"):
        glyphs[:] = [glyph for glyph in glyphs if glyph.get("id")]


def _rounded(words):
    return NUMBER.sub(lambda m: f"{float(m[0]):.2f}".rstrip("0").rstrip("."), words)
