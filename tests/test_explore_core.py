import pytest

from annex_lib.explore import core
from annex_lib.explore.core import Explorer, Slider
from annex_lib.figures.core import Figure, canvas, grid

VIEW = "application/vnd.jupyter.widget-view+json"


def draw(m, i):
    """Draw a column of m numbers; its picture and words tell m and i."""
    fig, ax = canvas(1, 1)
    grid(ax, list(range(m)), limit=5)
    return Figure(fig, f"m={m} i={i}")


@pytest.fixture
def explorer():
    return Explorer(
        draw,
        Slider("m", "rows m", 1, 4, 2),
        Slider("i", "row i", 0, lambda position: position["m"] - 1, 1),
    )


def alive(explorer):
    """Return the sliders by label, and the picture."""
    *sliders, picture = explorer.widget().children
    return {s.description: s for s in sliders}, picture


def shown(picture):
    return picture.value.split('alt="')[1].split('"')[0]


def test_the_stops_are_all_positions_and_a_range_may_end_where_another_slider_says(explorer):
    expected = [{"m": m, "i": i} for m in range(1, 5) for i in range(m)]
    assert list(explorer.stops()) == expected
    assert [explorer.draw(**stop).alt for stop in explorer.stops()] == [
        f"m={stop['m']} i={stop['i']}" for stop in expected
    ]


def test_without_sliders_there_is_one_stop():
    assert list(Explorer(draw).stops()) == [{}]


def test_a_picture_is_drawn_once(explorer):
    assert explorer.draw(m=2, i=1) is explorer.draw(m=2, i=1)


def test_the_static_picture_comes_first_then_the_sliders(explorer, monkeypatch):
    displayed = []
    monkeypatch.setattr(core, "display", lambda data, raw: displayed.append((data, raw)))
    explorer._ipython_display_()
    (still, raw), (live, also_raw) = displayed
    assert raw is also_raw is True
    first = draw(2, 1)
    assert still == {"text/plain": repr(first), "text/html": first.html("annex-static")}
    words = "Sliders: rows m, row i. Run this cell to move them."
    assert live["text/plain"] == words
    assert live.keys() == {"text/plain", VIEW}
    assert live[VIEW]["model_id"]


def test_the_sliders_start_where_they_are_told(explorer):
    sliders, picture = alive(explorer)
    state = {name: (s.min, s.value, s.max) for name, s in sliders.items()}
    assert state == {"rows m": (1, 2, 4), "row i": (0, 1, 1)}
    assert shown(picture) == "m=2 i=1"
    assert "annex-live" in picture.value


def test_a_slider_moves_the_picture(explorer):
    sliders, picture = alive(explorer)
    sliders["row i"].value = 0
    assert shown(picture) == "m=2 i=0"
    before = picture.value
    sliders["rows m"].value = 3
    assert shown(picture) == "m=3 i=0"
    assert picture.value != before
    assert "annex-live" in picture.value


def test_a_range_follows_the_slider_that_it_depends_on(explorer):
    sliders, picture = alive(explorer)
    sliders["rows m"].value = 4
    sliders["row i"].value = 3
    assert shown(picture) == "m=4 i=3"
    sliders["rows m"].value = 2
    assert (sliders["row i"].max, sliders["row i"].value) == (1, 1)
    assert shown(picture) == "m=2 i=1"


def test_every_stop_can_be_reached_and_shows_its_own_picture(explorer):
    sliders, picture = alive(explorer)
    for stop in explorer.stops():
        sliders["rows m"].value, sliders["row i"].value = stop["m"], stop["i"]
        assert picture.value.endswith(explorer.draw(**stop).html("annex-live", small=False))


def test_two_widgets_of_one_explorer_move_apart(explorer):
    (first, picture), (_, other) = alive(explorer), alive(explorer)
    first["rows m"].value = 4
    assert (shown(picture), shown(other)) == ("m=4 i=1", "m=2 i=1")
