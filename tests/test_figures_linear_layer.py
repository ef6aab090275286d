"""The pictures of the linear layer show the numbers that they are given."""

import numpy as np
import pytest
from matplotlib.collections import PolyCollection

from annex_lib import explore, figures
from annex_lib.derivatives import jacobian, vjp
from annex_lib.figures.cells import Cells
from annex_lib.figures.images import IMAGES
from annex_lib.linear import linear
from annex_lib.shapes import ShapeError

RNG = np.random.default_rng(5)
X, W, B = RNG.standard_normal((5, 4)), RNG.standard_normal((3, 4)), RNG.standard_normal(3)
G = RNG.standard_normal((5, 3))
x, g = X[0], G[0]


def cells(figure):
    """Return the arrays that a figure draws as cells, from left to right."""
    if values := getattr(figure, "values", None):
        return [v.numbers for v in values.values() if isinstance(v, Cells)]
    return [np.asarray(ax.images[0].get_array()) for ax in figure.canvas.axes if ax.images]


def words(figure):
    return [t.get_text() for ax in figure.canvas.axes for t in ax.texts]


def test_forward_shows_the_layer():
    *_, bias, f = cells(figures.linear_forward(x, W, B, 2))
    np.testing.assert_allclose(f[:, 0], linear(x, W, B))
    np.testing.assert_allclose(bias[:, 0], B)
    X_, W_, bias, Y = cells(figures.linear_forward(X, W, B, 4))
    np.testing.assert_allclose(Y, linear(X, W, B))
    np.testing.assert_allclose(X_ @ W_ + bias, Y)
    titles = [ax.get_title() for ax in figures.linear_forward(X, W, B, 4).canvas.axes]
    assert [t for t in titles if t] == ["$X$", "$W^T$", "$e b^T$", "$Y$"]


def test_the_caption_reckons_the_framed_sum():
    figure = figures.linear_forward([1, 2, 3], [[1, 0, 2], [0, 1, 1]], [10, -20], 1)
    assert figure.caption == "Framed: f_1 = 0 · 1 + 1 · 2 + 1 · 3 + (−20) = −15."


def test_outer_product_and_contraction_end_in_the_gradient_by_numbers():
    dW = vjp(lambda W: linear(x, W, B), (W,), g)[0]
    np.testing.assert_allclose(cells(figures.linear_outer(g, x))[-1], dW)
    *slices, total = cells(figures.jacobian_W_contraction(g, x))
    np.testing.assert_allclose(total, dW)
    np.testing.assert_allclose(slices, jacobian(lambda W: linear(x, W, B), W))
    np.testing.assert_allclose(cells(figures.jacobian_W_contraction(g, x, 0))[-1][1:], 0)


def test_the_longer_input_is_named():
    figure = figures.linear_outer([1, -1], [1, 2, 1], star=True)
    assert "x* is (1, 2, 1)" in figure.alt
    assert figure.caption == "Framed: entry (1, 2) is g_1 · x*_2 = (−1) · 1 = −1."


def test_the_batch_is_added_up_to_its_gradient():
    dW = vjp(lambda W: linear(X, W, B), (W,), G)[0]
    *products, total = cells(figures.linear_batch_sum(X, G))
    np.testing.assert_allclose(total, dW)
    *_, part = cells(figures.linear_batch_sum(X, G, 2))
    np.testing.assert_allclose(part, products[0] + products[1] + products[2])
    caption = figures.linear_batch_sum([[1, 2], [3, 0]], [[2], [-1]]).caption
    assert caption == (
        "Framed: entry (0, 0) of samples 0 to 1; their sum is 2 · 1 + (−1) · 3 = −1."
    )


def test_the_cards_hold_the_jacobian():
    x = [4, -1, 2, 7]
    shown = [t for t in words(figures.jacobian_W(x, W)) if "=" not in t]
    shown = [0 if t == "·" else int(t.replace("−", "-")) for t in shown]
    J = jacobian(lambda W: linear(x, W, B), W)
    assert np.array_equal(np.reshape(shown, J.shape), J)


def test_a_chosen_card_stands_out():
    cards = figures.jacobian_W(x, W, 1).canvas.axes[0].findobj(PolyCollection)
    assert {c.get_alpha() for c in cards} >= {1, 0.3}
    assert "f_1 moves with row 1" in figures.jacobian_W(x, W, 1).caption


def test_the_flat_jacobian_is_the_tensor_reshaped():
    J = jacobian(lambda W: linear(x, W, B), W)
    np.testing.assert_allclose(cells(figures.jacobian_W_flat(x, W))[0], J.reshape(3, 12))


@pytest.mark.parametrize("i", range(3))
def test_the_window_on_the_stored_rows_is_the_slice(i):
    stored, window = cells(figures.jacobian_W_view(x, 3, i))
    assert stored.shape == (5, 4)
    np.testing.assert_allclose(window[:3], np.eye(3)[i][:, None] * x)
    np.testing.assert_allclose(window[:3], stored[2 - i : 5 - i])


DRAWN = [
    lambda x, W: figures.linear_forward(x, W, B),
    lambda x, W: figures.linear_forward(X, W * (1 + x[0]), B),
    lambda x, W: figures.linear_outer(g, x),
    lambda x, W: figures.linear_batch_sum(X * x, G),
    lambda x, W: figures.jacobian_W(x, W),
    lambda x, W: figures.jacobian_W_contraction(g, x),
    lambda x, W: figures.jacobian_W_flat(x, W),
    lambda x, W: figures.jacobian_W_view(x, 3, 1),
]


@pytest.mark.parametrize("draw", DRAWN)
def test_other_numbers_give_another_description(draw):
    assert draw(x, W).description() == draw(x, W).description()
    assert draw(x, W).description() != draw(x + np.eye(4)[0], W).description()


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (
            lambda: figures.linear_forward(x[1:], W, B),
            "linear_forward: axis n is 4 in W but 3 in x",
        ),
        (lambda: figures.linear_forward(x, W, B, 3), "linear_forward: row is 3"),
        (lambda: figures.linear_outer(G, x), "linear_outer: g has 2 axes"),
        (lambda: figures.linear_batch_sum(X, G[1:]), "axis B is 5 in X but 4 in G"),
        (lambda: figures.linear_batch_sum(X, G, 5), "t is 5, but should be from 0 to 4"),
        (lambda: figures.jacobian_W(x, W.T), "jacobian_W: axis n is 3 in W but 4 in x"),
        (lambda: figures.jacobian_W(x, W, 3), "jacobian_W: i is 3"),
        (lambda: figures.jacobian_W_contraction(g, X), "x has 2 axes"),
        (lambda: figures.jacobian_W_contraction(g, x, -1), "i is -1"),
        (lambda: figures.jacobian_W_flat(x[1:], W), "jacobian_W_flat: axis n is 4 in W"),
        (lambda: figures.jacobian_W_view(x, 2, 2), "i is 2, but should be from 0 to 1"),
    ],
)
def test_what_does_not_fit_is_named(draw, message):
    with pytest.raises(ShapeError) as error:
        draw()
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("explorer", "count"),
    [
        (explore.jacobian_slice(x, W), 3),
        (explore.jacobian_contraction(g, x), 3),
        (explore.batch_gradient(X, G), 5),
        (explore.jacobian_storage(), 56),
    ],
)
def test_each_stop_of_a_slider_is_another_picture(explorer, count):
    stops = list(explorer.stops())
    assert len(stops) == count
    pictures = {explorer.draw(**stop).description() for stop in (*stops[:5], stops[-1])}
    assert len(pictures) == len({tuple(s.items()) for s in (*stops[:5], stops[-1])})


def test_the_picture_of_the_book_is_drawn_from_the_small_numbers():
    assert "(2 | 2, 3)" in IMAGES["jacobian_W"]().alt
