"""The reader's copy follows the book, and nothing that the reader wrote is ever lost."""

import datetime
import json

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, writes

from annex_lib.book import reading
from annex_lib.book.reading import Mistake, lay_out, reset, write

ONE, TWO = "01-one.ipynb", "02-two.ipynb"
BESIDE = "01-one.new.ipynb"


def text(source, outputs=(), more=()):
    code = new_code_cell(source, id="code", outputs=list(outputs))
    return writes(new_notebook(cells=[new_markdown_cell("# Title", id="title"), code, *more]))


def result(words, count=1):
    return [new_output("execute_result", {"text/plain": words}, execution_count=count)]


class Book:
    """A book of two chapters in a folder of its own, and its reader."""

    def __init__(self, root):
        self.root, self.mine = root, root / "reading"
        (root / "notebooks").mkdir()
        self.publish(ONE, text("first"))
        self.publish(TWO, text("second"))

    def publish(self, name, words):
        (self.root / "notebooks" / name).write_text(words, encoding="utf-8")

    def edit(self, name, words):
        (self.mine / name).write_text(words, encoding="utf-8")

    def files(self):
        return {p.name: p.read_text("utf-8") for p in self.mine.iterdir() if p.suffix == ".ipynb"}


@pytest.fixture
def book(tmp_path):
    book = Book(tmp_path)
    assert lay_out(tmp_path) == []
    return book


def test_the_first_call_lays_the_chapters_out(book):
    assert book.files() == {ONE: text("first"), TWO: text("second")}
    record = json.loads((book.mine / ".laid-out.json").read_text("utf-8"))
    assert sorted(record) == [ONE, TWO]


def test_an_untouched_chapter_follows_each_update(book):
    for words in ("new", "newer"):
        book.publish(ONE, text(words))
        assert lay_out(book.root) == []
        assert book.files() == {ONE: text(words), TWO: text("second")}


def test_without_an_update_nothing_is_written(book):
    book.edit(ONE, text("first", result("7")))
    before = {p: p.stat().st_mtime_ns for p in book.mine.iterdir() if p.suffix == ".ipynb"}
    lay_out(book.root)
    assert {p: p.stat().st_mtime_ns for p in before} == before


def test_a_chapter_that_was_only_run_follows(book):
    ran = text("first", result("7"), [new_code_cell("", id="added-by-shift-enter")])
    book.edit(ONE, ran)
    lay_out(book.root)
    assert book.files()[ONE] == ran
    book.publish(ONE, text("new"))
    assert lay_out(book.root) == []
    assert book.files()[ONE] == text("new")


def test_new_outputs_follow(book):
    book.publish(ONE, text("first", result("7")))
    assert lay_out(book.root) == []
    assert book.files()[ONE] == text("first", result("7"))


@pytest.mark.parametrize(
    "work",
    [
        text("mine"),
        text("first", more=[new_code_cell("mine", id="mine")]),
        text("first").replace('"code",\n   "exec', '"raw",\n   "exec'),
        text("first")[:-20],
        "",
        "[]",
        '{"cells": [7]}',
    ],
)
def test_a_touched_chapter_is_kept_and_the_new_one_laid_beside_it(book, work):
    assert work != text("first")
    book.edit(ONE, work)
    assert lay_out(book.root) == []
    assert book.files() == {ONE: work, TWO: text("second")}
    for words in ("new", "newer"):
        book.publish(ONE, text(words))
        assert lay_out(book.root) == [
            f"{ONE} has changed: yours is kept, the new one is {BESIDE} beside it."
        ]
        assert lay_out(book.root) == []
        assert book.files() == {ONE: work, BESIDE: text(words), TWO: text("second")}


@pytest.fixture
def beside(book):
    """A book whose reader wrote in the first chapter, and which has a newer one since."""
    book.edit(ONE, text("mine"))
    book.publish(ONE, text("new"))
    lay_out(book.root)
    return book


def test_a_chapter_beside_goes_when_the_readers_own_equals_it(beside):
    beside.edit(ONE, text("new"))
    assert lay_out(beside.root) == []
    assert beside.files() == {ONE: text("new"), TWO: text("second")}
    beside.publish(ONE, text("newer"))
    lay_out(beside.root)
    assert beside.files()[ONE] == text("newer")


def test_a_chapter_beside_goes_when_the_book_goes_back(beside):
    beside.publish(ONE, text("first"))
    assert lay_out(beside.root) == []
    assert beside.files() == {ONE: text("mine"), TWO: text("second")}


def test_a_chapter_beside_that_was_removed_stays_away_until_the_next_update(beside):
    (beside.mine / BESIDE).unlink()
    assert lay_out(beside.root) == []
    assert BESIDE not in beside.files()
    beside.publish(ONE, text("newer"))
    lay_out(beside.root)
    assert beside.files()[BESIDE] == text("newer")


def test_work_in_a_chapter_beside_is_kept(beside):
    beside.edit(BESIDE, text("mine too"))
    beside.publish(ONE, text("newer"))
    assert lay_out(beside.root) == [
        f"{ONE} has changed again: rename {BESIDE} to get the new one beside."
    ]
    assert beside.files()[ONE] == text("mine")
    assert beside.files()[BESIDE] == text("mine too")


def test_taking_over_the_chapter_beside_follows_again(beside):
    (beside.mine / BESIDE).replace(beside.mine / ONE)
    assert lay_out(beside.root) == []
    beside.publish(ONE, text("newer"))
    assert lay_out(beside.root) == []
    assert beside.files() == {ONE: text("newer"), TWO: text("second")}


def test_a_chapter_that_was_removed_is_laid_out_again(book):
    (book.mine / ONE).unlink()
    lay_out(book.root)
    assert book.files()[ONE] == text("first")


def test_a_chapter_that_leaves_the_book_goes_unless_touched(beside):
    for name in (ONE, TWO):
        (beside.root / "notebooks" / name).unlink()
    beside.publish("03-three.ipynb", text("third"))
    assert lay_out(beside.root) == [f"{ONE} is no longer in the book; yours is kept."]
    assert beside.files() == {ONE: text("mine"), "03-three.ipynb": text("third")}
    assert lay_out(beside.root) == []


def test_the_readers_own_files_are_left_alone(book):
    book.edit("notes.ipynb", text("notes"))
    book.edit("03-three.ipynb", text("my three"))
    book.publish("03-three.ipynb", text("third"))
    assert len(lay_out(book.root)) == 1
    files = book.files()
    assert files["notes.ipynb"] == text("notes")
    assert files["03-three.ipynb"] == text("my three")
    assert files["03-three.new.ipynb"] == text("third")


@pytest.mark.parametrize(
    "words",
    ["", '{"01-one', "[]", "7", '{"01-one.ipynb": 7}', '{"01-one.ipynb": {}}', "\xff"],
)
def test_with_a_spoilt_record_what_differs_counts_as_touched(book, words):
    (book.mine / ".laid-out.json").write_text(words, encoding="latin-1")
    book.publish(ONE, text("new"))
    assert len(lay_out(book.root)) == 1
    assert book.files() == {ONE: text("first"), BESIDE: text("new"), TWO: text("second")}
    assert lay_out(book.root) == []
    book.publish(TWO, text("newer"))
    assert lay_out(book.root) == []  # the second did not differ, and follows
    assert book.files()[TWO] == text("newer")


def foreign(name):
    prints = {"file": "0", "cells": reading._prints(text("first").encode())["cells"]}
    return json.dumps({name: prints})


def test_a_record_of_another_folder_removes_nothing_there(book):
    other = book.root / "03-other.ipynb"
    other.write_text(text("first"), encoding="utf-8")
    (book.mine / ".laid-out.json").write_text(foreign("../03-other.ipynb"), encoding="utf-8")
    assert lay_out(book.root) == []
    assert other.exists()


def test_a_book_without_chapters_is_a_mistake(tmp_path):
    with pytest.raises(Mistake, match=r"There are no chapters in .*notebooks: clone the whole"):
        lay_out(tmp_path)
    assert not (tmp_path / "reading").exists()


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write(path, b"old")

    def refuse(source, target):
        raise OSError("no space left")

    monkeypatch.setattr(reading.os, "replace", refuse)
    with pytest.raises(OSError, match="no space"):
        write(path, b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert path.read_bytes() == b"old"


def test_reset_keeps_each_old_copy_in_a_dated_folder(book):
    today = datetime.date.today().isoformat()
    for folder in (f"reading-{today}", f"reading-{today}-2", f"reading-{today}-3"):
        book.edit(ONE, text(folder))
        assert reset(book.root, yes=True) == [
            f"Your old copy is {folder}/.",
            "Fresh chapters are in reading/.",
        ]
        assert (book.root / folder / ONE).read_text("utf-8") == text(folder)
        assert book.files() == {ONE: text("first"), TWO: text("second")}


@pytest.mark.parametrize(("answer", "moved"), [("y", 1), ("YES ", 1), ("n", 0), ("", 0)])
def test_reset_asks_first(book, monkeypatch, answer, moved):
    monkeypatch.setattr("builtins.input", lambda question: answer)
    book.edit(ONE, text("mine"))
    words = reset(book.root)
    assert (words == ["Nothing was changed."]) is not bool(moved)
    assert len(list(book.root.glob("reading-*"))) == moved
    assert book.files()[ONE] == text("first" if moved else "mine")


def test_the_end_of_input_means_no(book, monkeypatch):
    def end(question):
        raise EOFError

    monkeypatch.setattr("builtins.input", end)
    assert reset(book.root) == ["Nothing was changed."]
    assert not list(book.root.glob("reading-*"))


def test_reset_of_a_book_without_chapters_moves_nothing(book):
    for name in (ONE, TWO):
        (book.root / "notebooks" / name).unlink()
    with pytest.raises(Mistake):
        reset(book.root, yes=True)
    assert book.files()[ONE] == text("first")
