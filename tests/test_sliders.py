"""Every slider of the book is stepped through all its stops, each picture compared."""

from pathlib import Path

import pytest
from notebook_rules import chapters

from annex_lib.book.storing import stops

STORED = Path(__file__).parent / "sliders"


@pytest.mark.parametrize("path", chapters(), ids=lambda p: p.stem)
def test_each_stop_shows_what_is_stored(path):
    stored = STORED / f"{path.stem}.txt"
    shown = dict(_by_stop(stops(path)))
    expected = dict(_by_stop(stored.read_text("utf-8") if stored.exists() else ""))
    assert list(shown) == list(expected), f"{path.name}: the stops have changed (make run)"
    for stop in shown:
        assert shown[stop] == expected[stop], f"{path.name}: cell and position {stop}"


def test_nothing_is_stored_for_a_chapter_that_is_gone():
    assert {p.stem for p in STORED.glob("*.txt")} <= {p.stem for p in chapters()}


def _by_stop(text):
    for line in text.splitlines():
        stop, _, words = line.partition(": ")
        yield stop, words
