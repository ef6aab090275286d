"""The commands behind the Makefile, and what they say when something is wrong."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from notebook_rules import faults

from annex_lib.book.__main__ import chapter, images, main, run
from annex_lib.book.reading import Mistake
from annex_lib.book.storing import store
from annex_lib.figures.core import Figure, canvas

ROOT = Path(__file__).parent.parent


def publish(root, name, source="1 + 1"):
    (root / "notebooks").mkdir(exist_ok=True)
    cells = [new_markdown_cell("# Title", id="title"), new_code_cell(source, id="code")]
    path = root / "notebooks" / f"{name}.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    return path


@pytest.fixture
def book(tmp_path):
    for name in ("00-first-page", "05-fifth", "07-the-seventh-one", "09-ninth"):
        publish(tmp_path, name)
    return tmp_path


def test_a_new_chapter_runs_and_keeps_the_rules(book):
    words = chapter(book, "06-my-own-title")
    path = book / "notebooks" / "06-my-own-title.ipynb"
    assert words == [
        f"notebooks/{path.name} is there: add it to README.md, and link to it from "
        "05-fifth and 07-the-seventh-one."
    ]
    assert faults(path, {path.name}) == []
    assert not store(path)  # executed: every stored output is what the cell gives
    cells = nbformat.read(path, 4).cells
    assert cells[0].source.startswith("# 06. My own title\n")
    assert cells[0].source.endswith(
        "[← 05. Fifth](05-fifth.ipynb) | [Contents](00-first-page.ipynb) | "
        "[07. The seventh one →](07-the-seventh-one.ipynb)"
    )
    text = path.read_text("utf-8")
    assert not [blank for blank in ("NN", "TITLE", "BEFORE", "NAVIGATION") if blank in text]


def test_the_last_chapter_has_no_next_one(book):
    chapter(book, "10-last")
    path = book / "notebooks" / "10-last.ipynb"
    assert faults(path, {path.name}) == []
    assert "→" not in path.read_text("utf-8")


@pytest.mark.parametrize(
    "name", ["", "title", "6-title", "06_title", "06-Title", "06-a b", "../06-a"]
)
def test_a_bad_name_for_a_chapter_is_refused(book, name):
    with pytest.raises(Mistake, match=r"no name for a chapter: make chapter NAME=06-title\."):
        chapter(book, name)
    assert len(list(book.rglob("*.ipynb"))) == 4


def test_a_chapter_that_exists_is_refused(book):
    with pytest.raises(Mistake, match="Chapter 05 exists already, 05-fifth: choose another number"):
        chapter(book, "05-other")
    assert len(list(book.rglob("*.ipynb"))) == 4


def draw(words):
    fig, ax = canvas(1, 1)
    ax.set_title(words)
    return Figure(fig, words, "with a minus sign −")


def test_pictures_are_drawn_when_they_change(tmp_path):
    assert images(tmp_path, {"a": lambda: draw("one")}) == ["a.png: drawn", "a.svg: drawn"]
    assert images(tmp_path, {"a": lambda: draw("one")}) == ["Every picture is as it was."]
    assert images(tmp_path, {"a": lambda: draw("two")}) == ["a.png: drawn", "a.svg: drawn"]
    assert draw("two").description() in (tmp_path / "images" / "a.svg").read_text("utf-8")


def test_run_stores_outputs_and_says_where(book, capsys):
    assert run(book, ["05-fifth"]) == ["05-fifth.ipynb: new outputs"]
    cells = nbformat.read(book / "notebooks" / "05-fifth.ipynb", 4).cells
    assert cells[1].outputs[0].data["text/plain"] == "2"
    assert run(book, ["05-fifth"]) == ["Every output is as it was."]
    assert "1/1" in capsys.readouterr().err


def test_a_failing_cell_is_shown_with_its_chapter(book):
    path = publish(book, "05-fifth", "1 / 0")
    before = path.read_bytes()
    with pytest.raises(Mistake, match=r"^05-fifth\.ipynb: ZeroDivisionError: division by zero\n"):
        run(book, ["05-fifth"])
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["read", "--port", "x"], "Port 'x' is no number from 1 to 65535: try make read PORT="),
        (["chapter", "x"], "'x' is no name for a chapter: make chapter NAME=06-title."),
        (["chapter"], "The following arguments are required: name."),
        (["run", "09-none"], "No such chapter: name them without .ipynb, as in 00-first-page."),
        (["reset", "--force"], "reset does not know --force."),
        (["fly"], "Argument command: invalid choice: 'fly'"),
        ([], "The following arguments are required: command."),
    ],
)
def test_a_mistake_is_one_sentence_and_status_1(book, capsys, arguments, words):
    assert main(arguments, book) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(words)
    assert err.count("\n") == 1


def test_a_place_where_nobody_may_write_is_one_sentence(book, capsys):
    (book / "reading").write_text("a file in the way")
    assert main(["read"], book) == 1
    err = capsys.readouterr().err
    assert err.startswith(f"{book / 'reading'}: ")
    assert err.endswith(". See who owns it, and whether you may write there.\n")
    assert err.count("\n") == 1


def reset(root):
    command = [sys.executable, "-m", "annex_lib.book", "reset"]
    return subprocess.run(command, cwd=root, input="", capture_output=True, text=True)


def test_the_command_line_asks_and_takes_the_end_of_input_for_no(book):
    shutil.copytree(
        ROOT / "annex_lib", book / "annex_lib", ignore=shutil.ignore_patterns("__pycache__")
    )
    done = reset(book)
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "Fresh chapters are in reading/.\n",
        "",
    )
    done = reset(book)
    assert done.returncode == 0
    assert done.stdout.endswith("start anew? [y/N] \nNothing was changed.\n")
    assert done.stderr == ""
