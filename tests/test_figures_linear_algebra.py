"""The pictures of chapter 1 show the numbers they are given."""

import numpy as np
import pytest

from annex_lib.explore import linear_algebra as explore
from annex_lib.figures import linear_algebra as figures
from annex_lib.shapes import ShapeError

W = np.array([[2, 0, -1], [1, 3, 4]])
A = np.array([[1, 0, 2, -1], [4, 1, 0, 3], [0, -2, 5, 1]])
Z = np.arange(24).reshape(2, 3, 4) - 5
IMAGE = np.random.default_rng(3).integers(0, 256, (2, 4, 3))
DRAWN = {
    "matvec_rows": lambda d: figures.matvec_rows(W, [3, 1, 2 + d]),
    "matvec_columns": lambda d: figures.matvec_columns(W, [3, 1, 2 + d]),
    "product_entry": lambda d: figures.product_entry(W, A, 1, 2, 1 + d),
    "tensor_slice": lambda d: figures.tensor_slice(Z + d, 1, 2),
    "image_channels": lambda d: figures.image_channels(IMAGE // (1 + d)),
    "image_layouts": lambda d: figures.image_layouts(IMAGE // (1 + d)),
    "row_major_memory": lambda d: figures.row_major_memory(A + d, 1, 2),
    "broadcast_difference": lambda d: figures.broadcast_difference([1, 2 + d], [[1], [3]]),
    "contraction_diagrams": lambda d: figures.contraction_diagrams(
        ("product", "ik,kj->ij", {"W": W, "A": A[:, : 3 + d]})
    ),
}


def _words(fig, axes):
    """Return the words in the cells of one axes, in row-major order."""
    return [t.get_text() for t in fig.canvas.axes[axes].texts]


def _numbers(fig, axes):
    return [float(w.split("\n")[-1].replace("−", "-")) for w in _words(fig, axes)]


def test_every_figure_of_the_chapter_is_tested():
    assert set(DRAWN) == {name for name in figures.__all__ if not name.endswith("_scene")}


@pytest.mark.parametrize("name", DRAWN)
def test_other_numbers_make_another_description(name):
    draw = DRAWN[name]
    assert draw(0).description() == draw(0).description()
    assert draw(0).description() != draw(1).description()
    assert draw(0).alt != draw(1).alt


def test_rows_and_columns_show_the_loops_result():
    x = [3, 1, 2]
    f = [sum(int(W[i, j]) * x[j] for j in range(3)) for i in range(2)]
    assert _numbers(figures.matvec_rows(W, x), 2) == f
    columns = figures.matvec_columns(W, x)
    scaled = [_numbers(columns, 4 + j) for j in range(3)]
    assert np.sum(scaled, 0).tolist() == f == _numbers(columns, 7)


def test_a_product_grows_term_by_term():
    for i, j, terms in [*((i, j, 3) for i, j in np.ndindex(2, 4)), *((1, 2, t) for t in range(3))]:
        value = sum(int(W[i, k] * A[k, j]) for k in range(terms))
        fig = figures.product_entry(W, A, i, j, terms)
        shown = [w.replace("−", "-") for w in _words(fig, 3)]
        assert shown == [str(value) if k == 4 * i + j else "" for k in range(8)]


@pytest.mark.parametrize("axis", range(3))
def test_a_slice_shows_the_entries_with_that_index(axis):
    for position in range(Z.shape[axis]):
        wanted = [int(Z[k]) for k in np.ndindex(Z.shape) if k[axis] == position]
        numbers, _, hidden, words = figures.tensor_slice(Z, axis, position).values["cut"]
        assert numbers[~hidden].tolist() == wanted
        assert [int(w.replace("−", "-")) for w in words if w] == wanted


def test_channels_and_layouts_keep_every_colour_with_its_number():
    channels = figures.image_channels(IMAGE)
    for c in range(3):
        assert _numbers(channels, c + 1) == [int(v) for v in IMAGE[:, :, c].flat]
    layouts = figures.image_layouts(IMAGE)
    colours = {f"{'RGB'[c]}\n{IMAGE[r, s, c]}" for r, s, c in np.ndindex(IMAGE.shape)}
    for axes in range(4):
        assert set(_words(layouts, axes)) == colours
    planes = {t.get_position(): t.get_text() for t in layouts.canvas.axes[3].texts}
    first = [planes[s + 0.5, r + 0.5] for r, s in np.ndindex(2, 4)]
    assert [int(w[2:]) for w in first] == IMAGE.ravel()[:8].tolist()


def test_memory_has_the_framed_number_at_its_position():
    for i, j in np.ndindex(A.shape):
        fig = figures.row_major_memory(A, i, j)
        assert _numbers(fig, 1)[4 * i + j] == A[i, j]
        assert f"= {4 * i + j}." in fig.caption


def test_a_broadcast_difference_shows_every_pair():
    fig = figures.broadcast_difference([1, 2, 4], [[1], [3], [5]])
    assert _numbers(fig, 2) == [u - v for v in (1, 3, 5) for u in (1, 2, 4)]


def test_a_diagram_says_which_legs_are_joined():
    fig = figures.contraction_diagrams(("both", "ij,ijk->k", {"W": W, "Z": Z}))
    assert "joined legs i of size 2, j of size 3; result of shape (4,)" in fig.alt


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: figures.matvec_rows(W, [1, 2]), "axis n is 3 in W but 2 in x"),
        (lambda: figures.matvec_columns(W, [1, 2]), "axis n is 3 in W but 2 in x"),
        (lambda: figures.product_entry(W, W, 0, 0, 0), "axis n is 3 in W but 2 in A"),
        (lambda: figures.product_entry(W, A, 2, 0, 0), "i is 2, but should be from 0 to 1"),
        (lambda: figures.tensor_slice(W, 0, 0), "Z has 2 axes"),
        (lambda: figures.tensor_slice(Z, 3, 0), "axis is 3, but should be from 0 to 2"),
        (lambda: figures.image_channels(Z), "axis C of X is 4, but should be 3"),
        (lambda: figures.image_layouts(IMAGE * -1), "should be from 0 to 255"),
        (lambda: figures.row_major_memory(Z, 0, 0), "W has 3 axes"),
        (lambda: figures.broadcast_difference([1, 2], W), "v should be (2, 1), but is (2, 3)"),
        (lambda: figures.contraction_diagrams(("p", "ik,kj->ij", {"W": W, "A": W})), "axis k is 3"),
    ],
)
def test_a_wrong_shape_or_index_is_named(draw, words):
    with pytest.raises(ShapeError) as error:
        draw()
    assert words in str(error.value)


def test_the_sliders_end_where_the_axes_end():
    assert len(list(explore.product_terms(W, A).stops())) == 2 * 4 * 4
    assert len(list(explore.tensor_slices(Z).stops())) == 2 + 3 + 4
    assert len(list(explore.memory_positions(A).stops())) == 3 * 4
