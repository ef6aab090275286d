"""What the player in the browser is given, and what the kernel answers it."""

import json
import re
import zlib
from pathlib import Path

import numpy as np
import pytest

from annex_lib.explore import Cell, Choice, Field, Player, Slider, player, read_array
from annex_lib.figures.core import canvas
from annex_lib.figures.scene import Scene, SceneError

MOST = 150_000  # bytes that a figure may add to a stored notebook


def squares(A):
    """Return a scene of one grid, whose caption tells the position."""
    A = np.asarray(A, float)
    fig, ax = canvas(2, 2)
    scene = Scene("squares", fig)
    scene.grid("A", ax, A.shape, limit=5)

    def state(**position):
        k = sum(position.values())
        return {"A": A * k, "alt": f"{A.tolist()} times {k}", "caption": f"At {position}."}

    scene.state = state
    return scene


@pytest.fixture
def figure():
    return Player(
        squares([[1, 2], [3, 4]]),
        Slider("m", "rows m", 1, 3, 2),
        Slider("i", "row i", 0, lambda position: position["m"] - 1, 1, play=True),
    )


def unpacked(figure):
    about, table = figure.content()
    about = json.loads(zlib.decompress(about))
    index = np.frombuffer(zlib.decompress(table), "<u2")
    return about, index.reshape(len(about["slots"]), -1)


def test_the_positions_are_counted_in_the_order_of_the_table(figure):
    positions = [{"m": m, "i": i} for m in (1, 2, 3) for i in range(m)]
    assert list(figure.stops()) == positions
    about, index = unpacked(figure)
    assert index.shape[1] == len(positions)
    assert [about["strings"][k] for k in index[-2]] == [f"At {p}." for p in positions]
    m, i = about["axes"]
    assert (m["values"], i["values"]) == ([1, 2, 3], {"1": [0], "2": [0, 1], "3": [0, 1, 2]})
    assert (i["play"], i["start"], i["high"], m["kind"]) == (True, 1, 2, "slider")


def test_a_choice_and_cells_are_axes_too():
    inside = lambda position: [0, 3] if position["c"] else range(4)  # noqa: E731
    figure = Player(
        squares([[1, 2], [3, 4]]),
        Choice("c", "which", ("all", "some")),
        Cell("k", "entry", ("A",), 4, inside=inside),
    )
    values = [tuple(p.values()) for p in figure.stops()]
    assert values == [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 3)]
    about, _ = unpacked(figure)
    assert about["axes"][0]["words"] == ["all", "some"]
    numbers = about["axes"][1]["cells"]
    assert len(numbers) == 4
    for number in numbers:
        assert re.search(rf'<path d="M[^"]*z" data-e="{number}"', about["svg"])


def test_a_figure_too_large_for_a_table_asks_the_kernel(figure, monkeypatch):
    large = Player(figure.scene, *figure.axes, most=5)
    about, index = unpacked(large)
    assert (figure.tabled, large.tabled, about["tabled"]) == (True, False, False)
    assert index.shape == (len(figure.scene.template.targets) + 2, 1)
    widget, sent = large.widget(), []
    monkeypatch.setattr(widget, "send", sent.append)
    widget._hear(widget, {"ask": "3,2", "position": {"m": 3, "i": 2}}, [])
    ((answer),) = sent
    assert answer["answer"] == "3,2"
    assert answer["row"] == figure.scene.words(m=3, i=2)
    assert answer["row"][:4] != [about["strings"][k] for k in index[:4, 0]]
    assert len(answer["row"]) == len(about["slots"])


def typed():
    def read(text):
        A = read_array(text)
        if A.ndim != 2:
            raise ValueError("Two rows at least.")
        return A

    def build(A, limit):
        if A.size > limit:
            raise ValueError("More entries than the limit.")
        return Player(squares(A), Slider("k", "factor", 1, 2, 1))

    fields = Field("A", "A", "1, 2; 3, 4", read), Field("limit", "limit", "4", float)
    return Player.typed(build, *fields)


def test_what_is_typed_makes_a_new_figure_or_one_sentence(monkeypatch):
    figure = typed()
    widget, sent = figure.widget(), []
    monkeypatch.setattr(widget, "send", sent.append)
    assert [f["text"] for f in widget.fields] == ["1, 2; 3, 4", "4"]
    before = widget.figure
    for texts, last, wrong in (
        ({"A": "1, 2", "limit": "4"}, "A", {"A": "Two rows at least."}),
        ({"A": "1, x; 2, 3", "limit": "4"}, "A", {"A": "“x” is no number"}),
        ({"A": "1; 2; 3; 4; 5", "limit": "4"}, "limit", {"limit": "More entries than the limit."}),
    ):
        widget._hear(widget, {"typed": texts, "last": last}, [])
        said = sent.pop()["wrong"]
        assert said.keys() == wrong.keys()
        assert all(said[name].startswith(words) for name, words in wrong.items())
        assert widget.figure == before
    widget._hear(widget, {"typed": {"A": "5; 6", "limit": "4"}, "last": "A"}, [])
    assert sent.pop() == {"wrong": {}}
    about = json.loads(zlib.decompress(widget.figure))
    assert "[[5.0], [6.0]] times 1" in about["strings"]
    widget._hear(widget, {"ask": "2", "position": {"k": 2}}, [])
    assert sent.pop()["row"][-1] == "[[5.0], [6.0]] times 2"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "A row is empty"),
        ("1, 2;", "A row is empty"),
        ("1, 2; 3", "The rows have 2 and 1 numbers, not the same."),
        ("1, nan", "Each number should lie between −1000 and 1000."),
        ("1e9", "Each number should lie between"),
        (" ".join("1" * 65), "That is 65 numbers; 64 is the most."),
        ("1, a2", "“a2” is no number: write them like 1, 0, 2; 0, 1, 1."),
    ],
)
def test_a_bad_text_gets_one_plain_sentence(text, words):
    with pytest.raises(ValueError) as error:
        read_array(text)
    assert str(error.value).startswith(words)


def test_a_text_is_read_as_it_is_written():
    assert read_array("1, −2.5 3").tolist() == [1, -2.5, 3]
    assert read_array("1 2; 3 4").tolist() == [[1, 2], [3, 4]]


def test_a_state_that_fails_anywhere_is_named_when_the_figure_is_made(figure):
    good = figure.scene.state
    figure.scene.state = lambda m, i: good(m=m, i=i // (m - 3))
    with pytest.raises(SceneError, match="squares at m=3 i=0: the state raises ZeroDivisionError"):
        figure.content()


def test_the_still_picture_comes_first_then_the_player(figure, monkeypatch):
    displayed = []
    monkeypatch.setattr(player, "display", lambda data, raw: displayed.append((data, raw)))
    figure._ipython_display_()
    (still, raw), (live, also_raw) = displayed
    assert raw is also_raw is True
    first = figure.draw(m=2, i=1)
    assert still == {"text/plain": repr(first), "text/html": first.html("annex-static")}
    assert live["text/plain"] == "Sliders: rows m, row i. Run this cell to move them."
    assert live.keys() == {"text/plain", player.VIEW}


def test_the_module_in_the_browser_names_no_other_address():
    text = Path(player.__file__).with_name("player.js").read_text("utf-8")
    assert set(re.findall(r"https?://[^\"'`\s]+", text)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"\b(import|fetch|require)\b *\(|\bimport\b.*\bfrom\b", text)
