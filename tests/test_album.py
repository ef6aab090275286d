"""The album of a class: the same numbers are looked up, all others are drawn."""

import os
import subprocess
import sys

import numpy as np
import pytest

from annex_lib.figures import album
from annex_lib.figures.core import Figure, KeptFigure, canvas


def draw(a, *, title=""):
    """Draw an array."""
    fig, ax = canvas(2, 1)
    ax.plot(a)
    return Figure(fig, f"{np.asarray(a).tolist()} {title}")


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """The function, looking in an album that holds its picture of [1, 2]."""
    look = album._looking(draw, tmp_path, Figure, KeptFigure)
    monkeypatch.setattr(album, "FILLING", True)
    look(np.array([1.0, 2.0]), title="T")
    monkeypatch.setattr(album, "FILLING", False)
    assert len([*tmp_path.iterdir()]) == 1
    return look


def test_the_same_numbers_show_the_same_and_draw_nothing(kept):
    found, drawn = kept(np.array([1.0, 2.0]), title="T"), draw(np.array([1.0, 2.0]), title="T")
    assert isinstance(found, KeptFigure)
    assert found._repr_mimebundle_() == drawn._repr_mimebundle_()
    assert repr(found) == repr(drawn)
    assert "drawn" not in vars(found)


def test_what_is_asked_besides_is_drawn_from_the_numbers_of_the_call(kept):
    a = np.array([1.0, 2.0])
    found = kept(a, title="T")
    a[0] = 7
    assert found.alt == "[1.0, 2.0] T"
    assert found.svg().startswith(b"<?xml")


@pytest.mark.parametrize(
    "a",
    [
        [1.0, 2.0],
        np.array([1, 2]),
        np.array([1.0, 2.0], np.float32),
        np.array([[1.0, 2.0]]),
        np.array([1.0, 3.0]),
    ],
    ids=["a list", "whole", "single", "a row", "another"],
)
def test_other_numbers_are_drawn(kept, a):
    assert type(kept(a, title="T")) is Figure
    assert type(kept(np.array([1.0, 2.0]), title="U")) is Figure


def test_other_code_is_drawn(kept, monkeypatch):
    monkeypatch.setattr(album, "code", lambda: "other")
    assert type(kept(np.array([1.0, 2.0]), title="T")) is Figure


def test_what_cannot_be_told_apart_is_drawn():
    for value in (print, object(), np.random.default_rng(0), np.array([None]), {1, 2}):
        with pytest.raises(TypeError):
            album._plain(value)


def test_a_player_from_the_album_moves_and_answers(tmp_path):
    code = """if True:
        import sys
        from annex_lib import explore
        from annex_lib.figures import album
        from annex_lib.explore import player as module
        album.FILLING = True
        real = explore.jacobian_storage()
        album.FILLING = False
        found = explore.jacobian_storage()
        assert type(found) is explore.KeptPlayer and type(real) is explore.Player
        shown = []
        module.display = lambda data, raw: shown.append(data)
        real._ipython_display_()
        found._ipython_display_()
        first = [{k: v for k, v in d.items() if k != module.VIEW} for d in shown]
        assert first[:2] == first[2:] and "drawn" not in vars(found)
        assert found.scene.words(**found.start) == real.scene.words(**real.start)
    """
    environment = {**os.environ, "ANNEX_ALBUM": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


@pytest.mark.parametrize("folder", ["", "somewhere"])
def test_functions_look_in_an_album_only_if_there_is_one(monkeypatch, folder):
    monkeypatch.setenv("ANNEX_ALBUM", folder)
    monkeypatch.setattr(draw, "__module__", "annex_lib.figures.made")
    names = {"draw": draw, "number": len, "Figure": Figure}
    album.keep(names, Figure, KeptFigure, "annex_lib.figures")
    assert (names.pop("draw") is draw) == (not folder)
    assert names == {"number": len, "Figure": Figure}
