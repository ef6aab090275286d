"""The pictures of the chapter on checks show the numbers they are given."""

import numpy as np
import pytest

from annex_lib import explore, figures
from annex_lib.museum import CHECKS, SLIPS, error_matrix, exhibit
from annex_lib.shapes import ShapeError

H = np.array([1.0, 0.1, 0.01])
CURVES = {"forward": [0.5, 0.04, 3e-3], "central": [0.2, 2e-3, 0], "complex": [0.1, 1e-9, 1e-30]}


def lines(fig, panel=0):
    return [line.get_xydata() for line in fig.canvas.axes[panel].lines]


def test_valleys_are_drawn_to_a_tenth_and_not_below_their_floor():
    fig = figures.step_valleys(H, single=CURVES, double=CURVES)
    assert np.allclose(lines(fig)[0], [[0, -0.3], [-1, -1.4], [-2, -2.5]])
    assert np.allclose(lines(fig)[2][:, 1], [-1, -6, -6])
    assert np.allclose(lines(fig, 1)[2][:, 1], [-1, -9, -14])
    assert "Single precision: smallest errors forward about 10^-2.5" in fig.caption


def test_what_processors_round_in_their_own_way_does_not_show():
    said = {
        figures.step_valleys(H, double={"complex": np.array([1e-2, 1e-16, 0]) + e}).description()
        for e in (0, 4e-15, -4e-15)
    }
    assert len(said) == 1


def test_the_steps_numbers_are_those_of_the_arithmetic():
    player = explore.difference_step()
    for kind, real in enumerate((np.float32, np.float64)):
        for halvings in (0, 3, 9, 14):
            x, h = real(1.3), real(4.0**-halvings)
            top = 1 / (x + h) - 1 / x
            fig = player.draw(kind=kind, method=0, halvings=halvings)
            alt = fig.alt.replace("−", "-")
            assert f"their difference: {top:.{9 if kind == 0 else 17}f}" in alt
            assert f"divided by h: {top / h:.{5 if kind == 0 else 12}g}" in alt
            dot = fig.canvas.axes[0].lines[1].get_xydata()[0]
            error = abs(float(top / h) + 1 / float(x) ** 2)
            assert np.allclose(dot, [np.log10(h), np.log10(error)], atol=0.051)
    assert "nothing is subtracted" in player.draw(kind=1, method=2, halvings=20).caption
    wide = player.draw(kind=1, method=1, halvings=3).alt.replace("−", "-")
    h = 4.0**-3
    assert f"divided by 2h: {-1 / (1.3**2 - h**2):.12g}" in wide
    assert "f(x − h) agree in" in player.draw(kind=1, method=1, halvings=20).caption


def test_the_digits_that_agree_are_counted():
    fig = explore.difference_step().draw(kind=1, method=0, halvings=13)
    a, b = fig.alt.split("f(x + h): ")[1].split(";")[0], fig.alt.split("f(x): ")[1].split(";")[0]
    assert a[:10] == b[:10] and a[10] != b[10]
    assert "agree in 8 decimals of 17" in fig.caption


def test_the_error_of_a_slip_is_the_difference():
    M, J = np.array([[1.0, 2, 0], [3, 4, 1]]), np.array([[1.0, 3], [0, 4], [0, 2]])
    fig = figures.error_of_slip(M, J)
    shown = [ax.images[0].get_array() for ax in fig.canvas.axes if ax.images]
    assert np.array_equal(shown[2], M - J.T) and np.array_equal(shown[1], J.T)
    assert "add up to 1:" in fig.caption


@pytest.mark.parametrize(("k", "slip"), list(enumerate(SLIPS)))
def test_the_museum_shows_what_a_check_sees(k, slip):
    E, player = error_matrix(exhibit(slip)), explore.museum_check()
    n, m = E.shape
    for c, check in enumerate(CHECKS):
        fig = player.draw(slip=k, check=c)
        matrix, g, added = (
            np.asarray(a.images[0].get_array()) for a in fig.canvas.axes if a.images
        )
        assert np.array_equal(matrix[:n, :m], E)
        assert not matrix[n:].any() and not matrix[:, m:].any()
        if check != "shapes only":
            assert np.allclose(added[:n, 0], E @ g[:m, 0])
        sees = {"shapes only": 0, "mean": added.sum(), "one entry": added[1, 0]}
        sees["adjoint"] = added[:, 0] @ [1, -2, 3, 1, -2]
        found = bool(np.any(sees.get(check, added)))
        words = [t.get_text() for t in fig.canvas.axes[-1].texts]
        assert ("caught" if found else "passes") in words
        assert fig.caption.endswith("so it passes.") != found


def test_the_table_says_its_words():
    right = [("passes", "passes")] * 2
    cells = [right, [("passes", "passes"), ("caught", "10⁰")], [("sometimes", "3 of 9")] * 2]
    fig = figures.museum_table(["a", "b", "c"], ["one", "two"], cells)
    assert "b: one passes, two 10⁰; c: one 3 of 9, two 3 of 9" in fig.alt
    assert "in 1 cells a wrong one" in fig.caption
    assert len({p.get_facecolor() for p in fig.canvas.axes[0].patches}) == 3
    with pytest.raises(ShapeError, match="should be 3 rows of 3"):
        figures.museum_table(["a", "b", "c"], ["one", "two", "three"], cells)


def test_the_slopes_are_those_of_the_curves():
    fig = figures.remainder_slopes(H, {"right": 3 * H**2, "wrong": 0.2 * H})
    assert "right 2, wrong 1" in fig.caption
    assert np.allclose(lines(fig)[0][:, 1], np.log10(3 * H**2), atol=0.006)
    with pytest.raises(ShapeError, match="8 curves, but at most 7"):
        figures.remainder_slopes(H, {str(k): H for k in range(8)})


def test_wrong_shapes_are_named():
    with pytest.raises(ShapeError, match="axis K is 3 in h but 2 in forward"):
        figures.step_valleys(H, double={"forward": [1, 2]})
    with pytest.raises(ShapeError, match="error_of_slip: axis n is 2 in M but 3 in J"):
        figures.error_of_slip(np.ones((2, 3)), np.ones((3, 3)))
