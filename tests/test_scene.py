"""A drawing that moves: the SVG filled at each state agrees with the picture."""

import re
from xml.etree import ElementTree as Tree

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from annex_lib.figures.cells import Cells
from annex_lib.figures.core import ROLES, canvas, title
from annex_lib.figures.scene import Scene, SceneError

POSITIONS = [{"i": i, "n": n} for n in (2, 3) for i in range(n)]
A = np.random.default_rng(4).normal(size=(3, 4))


@pytest.fixture(scope="module")
def scene():
    """Return a scene with a slot of each kind; its grid has n rows, the last of them zero."""
    fig, (left, right) = canvas(6, 3, 1, 2)
    scene = Scene("example", fig)
    scene.grid("A", left, A.shape, limit=2, name="A", rows="$i$", columns="$j$")
    scene.frame("row", left, color=ROLES["input"])
    right.set(xlim=(-1, 4), ylim=(-2, 3))
    (path,) = right.plot([0, 1], [0, 1], color=ROLES["weight"], marker="s", ms=6)
    block = right.add_patch(Rectangle((0, 0), 1, 1, fc="white", ec="black"))
    label = right.text(0, 0, "label", ha="right", va="top")
    hint = right.annotate("hint", (1, 1), (2, 2), arrowprops={"arrowstyle": "-|>"})
    scene.slot("path", path, "points")
    scene.slot("block", block, "bounds")
    scene.slot("inside", block, "fill")
    scene.slot("edges", [[block, path]], "color")
    scene.slot("place", label, "position")
    scene.slot("name", title(right, "after 2", "weight"), "text")
    scene.slot("hint", hint, "visible")
    scene.slot("faint", [label, hint], "opacity")
    scene.state = state
    return scene


def state(i, n):
    rows = np.arange(3)[:, None] + np.zeros((3, 4))
    values = {"A": Cells(A * (rows < 2), zeros=rows == 2, hidden=rows >= n), "row": (i, 0, 1, 4)}
    values |= {"path": [(k, k - i) for k in range(i + 1)], "block": (i, 1, n, 0.5) if i else None}
    values |= {"inside": "output" if i else "#ffffff", "edges": [["input", "#123456"]]}
    values |= {"place": (i, n), "name": f"after {i}", "hint": i == 1, "faint": [1, 0.5 + i / 10]}
    return values | {"alt": f"Row {i} of {n}.", "caption": f"The row {i}."}


class Filled:
    """The SVG of a reel at one position, as the player fills it."""

    def __init__(self, reel, k):
        self.root = Tree.fromstring(reel.svg)
        self.at = {int(e.get("data-e")): e for e in self.root.iter() if e.get("data-e")}
        self.at |= {-1: Tree.Element("caption"), -2: self.root}
        for (number, attribute), row in zip(reel.slots, reel.index, strict=True):
            if attribute == "text":
                self.at[number].text = reel.strings[row[k]]
            else:
                self.at[number].set(attribute, reel.strings[row[k]])
        self.cells = [self.at[number] for number in reel.cells["A"]]
        self.texts = [e for e in self.root.iter() if e.tag.endswith("}text")]

    def texts_seen(self):
        return [e.text for e in self.texts if e.text]


@pytest.fixture(scope="module")
def reel(scene):
    return scene.reel(POSITIONS)


@pytest.mark.parametrize("k", range(len(POSITIONS)))
def test_the_cells_have_the_pictures_colours_and_numbers(scene, reel, k):
    filled, figure = Filled(reel, k), scene.figure(**POSITIONS[k])
    ax = figure.canvas.axes[0]
    image, veil = ax.images
    below = image.cmap(image.norm(image.get_array()))
    over = np.asarray(veil.get_array()) if veil.get_visible() else np.zeros((3, 4, 4))
    shown = np.where(over[:, :, 3:] > 0, over, below).reshape(-1, 4)
    assert [e.get("fill") for e in filled.cells] == [to_hex(c) for c in shown]
    numbers = [t.get_text() for t in ax.texts if t.get_text()]
    assert filled.texts_seen()[: len(numbers)] == numbers
    assert len(numbers) == 4 * POSITIONS[k]["n"]
    assert numbers[8:] == ["·"] * (len(numbers) - 8)


@pytest.mark.parametrize("k", range(len(POSITIONS)))
def test_words_places_and_marks_are_the_pictures(scene, reel, k):
    filled, (i, n) = Filled(reel, k), POSITIONS[k].values()
    artists = {name: s.artists[0] for name, s in scene.slots.items() if hasattr(s, "artists")}
    figure = scene.figure(i=i, n=n)
    assert figure.canvas is scene.fig
    assert (figure.alt, figure.caption) == (filled.root.get("aria-label"), filled.at[-1].text)
    assert artists["name"].get_text() in filled.texts_seen()
    assert artists["hint"].get_visible() == (i == 1)
    hints = [e for e in filled.root.iter() if e.get("visibility")]
    assert sum(e.get("visibility") == "hidden" for e in hints) == (2 * (i != 1)) + (n == 2)
    fills = {e.get("fill") for e in filled.root.iter() if e not in filled.cells}
    assert to_hex(artists["inside"].get_facecolor()) in fills
    strokes = {e.get("stroke") for e in filled.root.iter()}
    assert {ROLES["input"], "#123456"} < strokes
    assert to_hex(artists["path"].get_color()) == "#123456"
    assert f"{0.5 + i / 10:g}" in {e.get("opacity") for e in filled.root.iter()}


def test_a_line_and_a_block_lie_where_the_axes_have_them(scene, reel):
    """Places in the SVG are the axes' own, up to one scale and shift that the cells tell too."""
    k, ax = POSITIONS.index({"i": 2, "n": 3}), scene.fig.axes[1]
    filled = Filled(reel, k)
    scene.figure(**POSITIONS[k]).canvas.draw_without_rendering()
    path = scene.slots["path"].artists[0]
    (d,) = [
        e.get("d")
        for e in filled.root.iter()
        if re.fullmatch(r"M\S+ \S+(L\S+ \S+){2}", e.get("d") or "") and "data-e" in e.attrib
    ]
    drawn = np.array(re.findall(r"-?[\d.]+", d), float).reshape(-1, 2)
    pixels = ax.transData.transform(path.get_xydata()) / scene.fig.dpi * 72
    flipped = pixels * [1, -1]
    np.testing.assert_allclose(np.diff(drawn, axis=0), np.diff(flipped, axis=0), atol=0.02)
    origin = drawn[0] - flipped[0]
    block = scene.slots["block"].artists[0]
    (d,) = [e.get("d") for e in filled.root.iter() if e.get("fill") == ROLES["output"] for e in e]
    x, y, right, top = [float(v) for v in re.findall(r"-?[\d.]+", d)[:4]]
    corners = ax.transData.transform(block.get_bbox().get_points()) / scene.fig.dpi * 72
    np.testing.assert_allclose([(x, y), (right, top)], corners * [1, -1] + origin, atol=0.02)


def test_the_name_of_an_axis_that_changes_stands_where_the_picture_has_it():
    fig, ax = canvas(3, 2)
    scene, label = Scene("named", fig), ax.set_xlabel("row 0", ha="left")
    scene.slot("name", label, "text")
    scene.state = lambda k: dict(name=f"row {k}", alt=f"Row {k}.", caption="")
    reel = scene.reel([{"k": 0}, {"k": 1}])
    (words,) = Tree.fromstring(reel.svg).iter("{http://www.w3.org/2000/svg}text")
    scene.figure(k=1).canvas.draw_without_rendering()
    drawn = label.get_window_extent().get_points() / fig.dpi
    (left, bottom), (_, top) = 72 * (drawn - [scene.box.x0, scene.box.y1]) * [1, -1]
    assert float(words.get("x")) == pytest.approx(left, abs=0.5)
    assert top < float(words.get("y")) < bottom


def test_what_never_changes_is_not_in_the_table(scene, reel):
    assert len(reel.slots) < len(scene.template.targets)
    assert (-1, "text") in reel.slots and (-2, "aria-label") in reel.slots
    for row in reel.index[:-2]:
        assert len(set(row)) > 1
    every = scene.reel(POSITIONS[:1], more=True)
    assert len(every.slots) == len(scene.template.targets) + 2
    assert "<style" not in reel.svg and "metadata" not in reel.svg
    paths = re.findall(r' d="([^"]*)"', reel.svg)
    assert len(paths) > 20 and not re.search(r"\.\d{3}", "".join(paths))


def test_the_picture_is_the_same_after_others_were_shown(scene):
    first = scene.figure(i=1, n=3)
    before, other = first.png(), scene.figure(i=0, n=2)
    assert other.png() != before
    assert first.png() == before
    assert first.description() != other.description()


def test_what_was_described_first_is_laid_out_the_same():
    pictures = []
    for described in (False, True):
        fig, ax = canvas(3, 2)
        scene = Scene("words", fig)
        scene.slot("note", ax.text(0.5, 0.5, "words that go beyond the axes"), "text")
        scene.state = lambda k: dict(note="x" * k, alt=f"{k} letters", caption="")
        if described:
            assert "'x'" in scene.figure(k=1).description()
        pictures.append(scene.figure(k=2).png())
    assert pictures[0] == pictures[1]


def test_each_shape_that_the_picture_defines_is_used(reel):
    root = Tree.fromstring(reel.svg)
    names = [e.get("id") for d in root.iter("{http://www.w3.org/2000/svg}defs") for e in d]
    assert names and set(names) <= set(re.findall(r"#([\w.-]+)", reel.svg))


def test_the_summaries_say_what_changes(scene):
    lines = [words for _, words in scene.summaries(POSITIONS)]
    assert len(set(lines)) == len(POSITIONS)
    assert lines[1].startswith("The row 1. | ")
    assert "name: 1" in lines[1] and "hint: 1" in lines[1] and "inside" in lines[1]
    assert "edges" not in lines[1]


WRONG = {
    "raises": (lambda v: 1 / 0, "the state raises ZeroDivisionError: division by zero"),
    "missing": (lambda v: v.pop("name"), "the state gives no 'name'"),
    "unknown": (lambda v: v.update(nmae=1), "the state gives 'nmae', which is no slot"),
    "shape": (lambda v: v.update(A=A.T), "A has the shape (4, 3), but should have (3, 4)"),
    "nan": (lambda v: v.update(A=A * [1, 1, np.nan, 1]), "A is not a finite number at (0, 2)"),
    "words": (lambda v: v.update(name="$x$"), "name is '$x$', but should be one line of plain"),
    "not words": (lambda v: v.update(name=3), "name is 3, but should be one line of plain"),
    "flag": (lambda v: v.update(hint=2), "hint is 2, but should be True or False"),
    "number": (lambda v: v.update(faint=[1]), "faint has the shape (1,), but should have (2,)"),
    "share": (lambda v: v.update(faint=[1, 1.5]), "faint is 1.5, but should be from 0 to 1"),
    "colour": (lambda v: v.update(inside="mauvish"), "inside is 'mauvish', but should be a colour"),
    "points": (lambda v: v.update(path=[1, 2, 3]), "path has the shape (3,), but should have"),
    "gap": (lambda v: v.update(path=[(0, np.inf)]), "path is not a finite number"),
    "block": (lambda v: v.update(block=(1, 2)), "block is (1, 2), but should be four numbers"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_state_is_named_with_the_figure_and_the_position(scene, name):
    spoil, words = WRONG[name]

    def wrong(i, n):
        values = state(i, n)
        spoil(values)
        return values

    try:
        scene.state = wrong
        with pytest.raises(SceneError) as error:
            scene.figure(i=1, n=3)
    finally:
        scene.state = state
    assert str(error.value).startswith(f"example at i=1 n=3: {words}")
    assert error.value._render_traceback_() == [f"SceneError: {error.value}"]
