import base64
import io
import re

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from annex_lib.book import storing
from annex_lib.book.storing import canonical, explorers, store

FIGURE = """\
from annex_lib.figures.core import Figure, canvas, grid
fig, ax = canvas(1, 1)
grid(ax, [1, 2], limit=2)
Figure(fig, "Two numbers.")"""
OTHER = "from ipywidgets import IntSlider\nIntSlider()"
PLAYER = """\
from annex_lib.explore import Player, Slider
from annex_lib.figures.core import canvas
from annex_lib.figures.scene import Scene
fig, ax = canvas(1, 1)
scene = Scene("a", fig)
scene.slot("words", ax.text(0, 0, "words"), "text")
scene.state = lambda i: {"words": f"{i}", "alt": f"At {i}.", "caption": f"It is {i}."}
Player(scene, Slider("i", "row i", 0, 2, 1))"""


def notebook(*sources):
    cells = [new_markdown_cell("# Title", id="title")]
    cells += [new_code_cell(source, id=f"cell-{k}") for k, source in enumerate(sources)]
    return new_notebook(cells=cells)


def write(path, *sources):
    nbformat.write(notebook(*sources), path)
    return path


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in storing.STEADY:
        monkeypatch.setenv(name, "0")


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """The cells of a notebook that was stored twice, and its metadata."""
    sources = ["list({'b', 'a', 'c', 'd'})", FIGURE, OTHER, "print(1)\n1 / 4", PLAYER, PLAYER]
    path = write(tmp_path_factory.mktemp("stored") / "a.ipynb", *sources, FIGURE + ".html()")
    with pytest.MonkeyPatch.context() as patch:
        for name in storing.STEADY:
            patch.setenv(name, "0")
        assert store(path) is True
        first, written = path.read_bytes(), path.stat().st_mtime_ns
        assert store(path) is False
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (first, written)
    notebook = nbformat.reads(first.decode(), 4)
    nbformat.validate(notebook)
    return notebook.cells[1:], notebook.metadata


def test_outputs_are_stored_in_order_and_metadata_steady(stored):
    code, metadata = stored
    assert [c.execution_count for c in code] == [1, 2, 3, 4, 5, 6, 7]
    assert metadata.keys() == {"kernelspec", "language_info", "widgets"}
    assert metadata.kernelspec == storing.KERNEL
    assert metadata.language_info == storing.LANGUAGE
    assert code[2].outputs[0].data["text/plain"].startswith("IntSlider(")
    assert code[3].outputs[0].text == "1\n"
    assert code[3].outputs[1].data == {"text/plain": "0.25"}


def test_a_player_is_stored_with_what_it_needs_to_move(stored):
    code, metadata = stored
    models = metadata.widgets[storing.STATE]["state"]
    assert list(models) == ["figure-1", "figure-1-layout", "figure-2", "figure-2-layout"]
    views = [o.data.get(storing.WIDGET, {}).get("model_id") for o in code[5].outputs]
    assert views == [None, "figure-2"]
    assert code[2].outputs[0].data.keys() == {"text/plain"}  # another widget, not kept
    model = models["figure-1"]
    assert {b["path"][0] for b in model["buffers"]} == {"figure", "table"}
    assert model["state"]["layout"] == "IPY_MODEL_figure-1-layout"
    assert model["state"]["position"] == {"i": 1}


def test_without_widgets_nothing_is_kept_of_them(tmp_path):
    path = write(tmp_path / "a.ipynb", "1 + 1")
    assert store(path) is True
    kept = {"kernelspec": storing.KERNEL, "language_info": storing.LANGUAGE}
    assert nbformat.read(path, 4).metadata == kept


def test_the_stops_of_a_player_are_a_line_each(tmp_path):
    path = write(tmp_path / "a.ipynb", FIGURE, PLAYER)
    lines = storing.stops(storing.explorers(path)).splitlines()
    assert lines[0] == "cell-1 i=0: It is 0. | alt: At 0. | words: 0"
    assert lines[2] == "cell-1 i=2: It is 2. | alt: 2. | words: 2"


def test_a_cell_that_fails_leaves_the_file_as_it_was(tmp_path):
    from nbclient.exceptions import CellExecutionError

    path = write(tmp_path / "a.ipynb", "1 + 1", "1 / 0")
    before = path.read_bytes()
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        store(path)
    assert path.read_bytes() == before


def test_what_changes_from_run_to_run_is_stripped():
    dirty, clean = notebook("1"), notebook("1")
    dirty.metadata = {"widgets": {"state": 1}, "language_info": {"version": "3.11.7"}}
    cell = dirty.cells[1]
    cell.metadata = {
        "execution": {"iopub.execute_input": "now"},
        "tags": ["raises"],
        "collapsed": 1,
    }
    dirty.cells[0].metadata = {"tags": []}
    data = {"text/plain": "words", storing.WIDGET: {"model_id": "random"}}
    cell.outputs = [new_output("display_data", data), new_output("stream", text="out")]
    clean.cells[1].metadata = {"tags": ["raises"]}
    clean.cells[1].outputs = [
        new_output("display_data", {"text/plain": "words"}),
        new_output("stream", text="out"),
    ]
    clean.metadata = {"kernelspec": storing.KERNEL, "language_info": storing.LANGUAGE}
    text = canonical(dirty)
    assert text == nbformat.writes(clean, indent=1) + "\n"
    assert canonical(nbformat.reads(text, 4)) == text


def test_what_a_busy_kernel_sends_in_parts_is_one_output():
    parts, whole = notebook("1"), notebook("1")
    parts.cells[1].outputs = [new_output("stream", text=text) for text in ("a =", " 1", "\n")]
    parts.cells[1].outputs += [new_output("stream", name="stderr", text="b")]
    whole.cells[1].outputs = [new_output("stream", text="a = 1\n")]
    whole.cells[1].outputs += [new_output("stream", name="stderr", text="b")]
    assert canonical(parts) == canonical(whole)


def test_the_explorers_of_a_notebook_come_with_the_cell_that_shows_them(tmp_path):
    path = write(tmp_path / "a.ipynb", FIGURE, "", PLAYER, "hidden = 1\nhidden")
    ((cell, explorer),) = explorers(path)
    assert cell == "cell-2"
    assert list(explorer.stops()) == [{"i": 0}, {"i": 1}, {"i": 2}]


def test_a_stored_picture_has_a_palette_and_a_reader_s_has_not(stored):
    kept, live = (stored[0][k].outputs[0].data for k in (1, 6))
    htmls = live["text/plain"], kept["text/html"]
    pngs = [base64.b64decode(re.search(r"base64,([^\"']+)", html)[1]) for html in htmls]
    assert [png[25] for png in pngs] == [6, 3]  # colour types of PNG: with alpha, a palette
    first, second = (np.asarray(Image.open(io.BytesIO(p)).convert("RGB"), int) for p in pngs)
    assert np.abs(first - second).max() <= 16
    assert len(pngs[1]) < len(pngs[0])
