"""Every chapter keeps the rules of the book, and each rule is seen to bite."""

import re
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from notebook_rules import chapters, faults

from annex_lib.book.storing import canonical

ROOT = Path(__file__).parent.parent
LISTED = set(re.findall(r"notebooks/([\w-]+\.ipynb)", (ROOT / "README.md").read_text("utf-8")))


@pytest.mark.parametrize("path", chapters(), ids=lambda p: p.stem)
def test_a_chapter_keeps_the_rules(path):
    assert faults(path, LISTED) == []


def test_the_readme_lists_no_chapter_that_is_not_there():
    assert {p.name for p in chapters()} >= LISTED


def test_the_book_has_its_chapters():
    assert len(chapters()) >= 6


@pytest.fixture
def sound(tmp_path):
    """A small notebook without a fault, and a way to store it with one."""
    show = new_code_cell("1 + 1", id="show", execution_count=2)
    show.outputs = [new_output("execute_result", {"text/plain": "2"}, execution_count=2)]
    cells = [
        new_markdown_cell("# 09. A title", id="title"),
        new_code_cell("import numpy as np", id="imports", execution_count=1),
        new_markdown_cell("## 9.1 One\n\nSee [here](09-a-title.ipynb#9.1-One).", id="one"),
        show,
    ]
    notebook = new_notebook(cells=cells)
    path = tmp_path / "09-a-title.ipynb"

    def stored(raw=None):
        path.write_text(raw or canonical(notebook), encoding="utf-8")
        return faults(path, {path.name})

    return notebook, stored


def test_a_sound_notebook_has_no_fault(sound):
    _, stored = sound
    assert stored() == []


def _output(kind="execute_result", **data):
    return [new_output(kind, {k.replace("_", "/"): v for k, v in data.items()}, execution_count=2)]


SPOILT = {
    "a cell that was not run": (lambda c: c[3].update(execution_count=None), "show", "count None"),
    "cells run out of order": (lambda c: c[1].update(execution_count=7), "imports", "count 7"),
    "an output removed": (lambda c: c[3].update(outputs=[]), "show", "no stored output"),
    "a marker": (lambda c: c[3].update(source="# NBVAL_SKIP\n1 + 1"), "show", "out of the checks"),
    "a tag": (lambda c: c[3].metadata.update(tags=["nbval-skip"]), "show", "out of the checks"),
    "a semicolon": (lambda c: c[3].update(source="1 + 1;"), "show", "semicolon"),
    "a shell command": (lambda c: c[1].update(source="!ls"), "imports", "plain Python only"),
    "a magic": (lambda c: c[1].update(source="%time 1"), "imports", "plain Python only"),
    "21 lines": (lambda c: c[1].update(source="a = 1\n" * 21), "imports", "21 lines"),
    "a stored error": (
        lambda c: c[3].update(
            outputs=[new_output("error", ename="KeyError", evalue="", traceback=[])]
        ),
        "show",
        "stores an error: KeyError",
    ),
    "a warning": (
        lambda c: c[3].update(outputs=[new_output("stream", name="stderr", text="x")]),
        "show",
        "stderr",
    ),
    "a bare picture": (
        lambda c: c[3].update(outputs=_output(text_plain="<Figure>", image_png="AAAA")),
        "show",
        "stores image/png",
    ),
    "an elided array": (
        lambda c: c[3].update(outputs=_output(text_plain="array([0, 1, ..., 9])")),
        "show",
        "left out",
    ),
    "an address": (
        lambda c: c[3].update(outputs=_output(text_plain="<f at 0x7f0011223344>")),
        "show",
        "memory address",
    ),
    "a picture without alt text": (
        lambda c: c[3].update(outputs=_output(text_plain="x", text_html='<img alt="" src="x">')),
        "show",
        "without alternative text",
    ),
    "an image without alt text": (
        lambda c: c[2].update(source="![](09-a-title.ipynb)"),
        "one",
        "without alternative text",
    ),
    "a broken link": (lambda c: c[2].update(source="[x](08-gone.ipynb)"), "one", "no file 08-gone"),
    "a broken anchor": (
        lambda c: c[2].update(source="[x](09-a-title.ipynb#9.7-Gone)"),
        "one",
        "no heading #9.7-Gone",
    ),
    "LaTeX that shows nowhere": (lambda c: c[2].update(source=r"$\eqref{a}$"), "one", r"\eqref"),
    "an open display": (lambda c: c[2].update(source="$$\na = b\n"), "one", "not closed"),
    "a wrong title": (lambda c: c[0].update(source="# 08. A title"), "title", '"# 09. "'),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_fault_is_named_with_its_cell(sound, name):
    notebook, stored = sound
    spoil, cell, words = SPOILT[name]
    spoil(notebook.cells)
    found = stored()
    assert any(f"09-a-title.ipynb: cell {cell}: " in f and words in f for f in found), found


def test_metadata_that_changes_is_a_fault(sound):
    notebook, stored = sound
    text = canonical(notebook)
    assert (
        "make run"
        in stored(text.replace('"name": "python"\n', '"name": "python", "version": "3"\n'))[0]
    )


def test_an_id_that_stands_twice_is_a_fault(sound):
    notebook, stored = sound
    text = canonical(notebook).replace('"id": "one"', '"id": "title"')
    assert stored(text) == ["09-a-title.ipynb: cell title: its id stands twice"]


def test_a_chapter_missing_in_the_readme_is_a_fault(sound, tmp_path):
    sound[1]()
    assert faults(tmp_path / "09-a-title.ipynb", ()) == [
        "09-a-title.ipynb: is missing in the README's table of chapters"
    ]


def test_a_notebook_without_code_is_a_fault(sound):
    notebook, stored = sound
    notebook.cells = [c for c in notebook.cells if c.cell_type == "markdown"]
    assert "has no code" in " ".join(stored())
