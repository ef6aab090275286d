import itertools

import numpy as np
import pytest

from annex_lib import explore, figures
from annex_lib.shapes import ShapeError

STEPS = ["a = x", "b = a", "c = a\\,b"]


def words(figure):
    return [t.get_text() for ax in figure.canvas.axes for t in ax.texts if t.get_visible()]


def trace(stage=None):
    return figures.evaluation_trace(STEPS, [3, 4, 12], [1, 2, 10], [41, 3.5, 1], stage)


def chain_counts(widths):
    """Multiply matrices of ones in every order; count the multiplications of each."""

    def orders(matrices):
        if len(matrices) == 1:
            yield 0, matrices[0]
        for k in range(1, len(matrices)):
            for (a, left), (b, right) in itertools.product(
                orders(matrices[:k]), orders(matrices[k:])
            ):
                count = left[0] * left[1] * right[1]
                yield a + b + count, (left[0], right[1])

    shapes = [(b, a) for a, b in itertools.pairwise(widths)][::-1]
    return [count for count, _ in orders(shapes)]


def one_end(widths):
    """Count the multiplications when the columns go through one layer after the other."""
    columns, count = widths[0], 0
    for inputs, outputs in list(itertools.pairwise(widths))[1:]:
        for _ in range(columns):
            count += inputs * outputs
    return count


def test_the_trace_fills_downwards_and_then_upwards():
    assert words(trace(0)).count("3") == 0
    assert "10" not in words(trace(2)) and "2" in words(trace(2))
    assert "41" not in words(trace(3)) and "10" in words(trace(3))
    assert "3.5" in words(trace(5)) and "41" not in words(trace(5))
    assert {"3", "4", "12", "1", "2", "10", "41", "3.5"} <= set(words(trace()))
    captions = [trace(stage).caption for stage in range(7)]
    assert len(set(captions)) == 7
    assert captions[2] == "Line 1: value 4, and it moves at the rate 2."
    assert captions[5] == "Line 1: the result moves by 3.5 for each unit of this value."


def test_columns_and_rows_are_framed(rng):
    J = rng.standard_normal((3, 2))
    figure = figures.jacobian_products(J)
    left, right = figure.canvas.axes
    np.testing.assert_array_equal(left.images[0].get_array(), J)
    np.testing.assert_array_equal(right.images[0].get_array(), J)
    sizes = [[(p.get_width(), p.get_height()) for p in ax.patches[1:]] for ax in (left, right)]
    assert sizes == [[(0.88, 3)] * 2, [(2, 0.88)] * 3]


def test_the_product_with_the_hessian_is_drawn(rng):
    H, v = rng.standard_normal((4, 4)), rng.standard_normal(4)
    drawn = [im.get_array() for ax in figures.hessian_product(H, v).canvas.axes for im in ax.images]
    np.testing.assert_allclose(drawn[2][:, 0], [sum(H[i] * v) for i in range(4)])
    other = figures.hessian_product(H.T, v)
    assert other.description() != figures.hessian_product(H, v).description()


@pytest.mark.parametrize("widths", [(6, 20, 3, 20, 4), (2, 3, 4), (1, 5, 1, 7), (4, 4, 4, 4)])
def test_the_counts_are_those_of_multiplying(widths):
    figure = figures.association_costs(widths)
    costs = one_end(widths), one_end(widths[::-1]), min(chain_counts(widths))
    for cost in costs:
        assert f"{cost:,}".replace(",", " ") in words(figure)
    bars = figure.canvas.axes[1].patches
    shares = [bar.get_width() for bar in bars]
    np.testing.assert_allclose(shares, np.array(costs) / max(costs))
    assert figure.caption.endswith(f"with {min(costs)} multiplications.")


def test_the_cheapest_order_is_spelt():
    caption = figures.association_costs([6, 20, 3, 20, 4]).caption
    assert caption == "The cheapest order is (J₄ J₃) (J₂ J₁), with 672 multiplications."


@pytest.mark.parametrize("K", [1, 9, 40])
def test_products_cost_what_they_take(K):
    widths = (5, 7, 8, 3)
    figure = figures.products_cost(widths, K)
    once, formed = 5 * 7 + 7 * 8 + 8 * 3, min(one_end(widths), one_end(widths[::-1]))
    drawn = [line.get_xydata() for line in figure.canvas.axes[0].lines]
    np.testing.assert_allclose(drawn[0], [(0, 0), (40, 40 * once)])
    np.testing.assert_allclose(drawn[1], [(0, formed), (40, formed + 40 * 15)])
    np.testing.assert_allclose(drawn[3], [(K, K * once), (K, formed + K * 15)])


def test_forming_does_not_pay_in_a_narrow_chain():
    assert "it never pays" in figures.products_cost((9, 2, 9), 3).caption


def test_the_memory_is_that_of_the_arrays():
    B, m, n = 3, 4, 2048
    figure = figures.tensor_memory(B, m, n)
    J = np.broadcast_to(np.eye(m)[:, :, None], (B, m, m, n))
    bars = [bar.get_width() for bar in figure.canvas.axes[0].patches]
    assert bars[:3] == [J.size * 8, np.count_nonzero(J) * 8, m * n * 8]
    assert "768 KiB" in words(figure) and "1 in 4 " in figure.caption
    assert figures.tensor_memory(64, 1024, 1024).alt.count("0.5 TiB") == 1


def test_colours_add_columns_up(rng):
    J = np.zeros((4, 6))
    for i in range(4):
        J[i, i : i + 3] = rng.standard_normal(3)
    figure = figures.compressed_jacobian(J, np.arange(6) % 3)
    shown = words(figure)
    assert sum(bool(w) for w in shown) == 24  # each entry on either side
    with pytest.raises(ShapeError, match="two columns of one colour meet in a row"):
        figures.compressed_jacobian(J, np.arange(6) % 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: trace(7), "evaluation_trace: stage is 7, but should be from 0 to 6"),
        (
            lambda: figures.evaluation_trace(STEPS, [1, 2], [1, 2, 3], [1, 2, 3]),
            "evaluation_trace: axis n is 3 in steps but 2 in values "
            "(steps is (n,) = (3,), values is (n,) = (2,))",
        ),
        (
            lambda: figures.association_costs([3, 4]),
            "association_costs: 2 widths, but should be at least 3",
        ),
        (
            lambda: figures.association_costs([3, 0, 2]),
            "association_costs: width 1 is 0, but should be a whole number, at least 1",
        ),
        (
            lambda: figures.products_cost([3, 4, 2], 0),
            "products_cost: K is 0, but should be a whole number, from 1 to 40",
        ),
        (
            lambda: figures.tensor_memory(1, 2.5, 3),
            "tensor_memory: m is 2.5, but should be a whole number, at least 1",
        ),
        (
            lambda: figures.hessian_product(np.ones((2, 3)), np.ones(3)),
            "hessian_product: axis n is 2 in H but 3 in H "
            "(H is (n, n) = (2, 3), H is (n, n) = (2, 3))",
        ),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ShapeError) as error:
        call()
    assert str(error.value) == message


def test_every_stop_of_the_sliders_draws_its_own_picture():
    for player, count in (
        (explore.evaluation_trace(STEPS, [3, 4, 12], [1, 2, 10], [41, 3, 1]), 7),
        (explore.association_costs([[1, 2], [3, 5], [2], [7]], [0, 1, 0, 0]), 4),
        (explore.products_cost([(3, 9, 4), (5, 2, 5)], 4), 80),
    ):
        pictures = [player.draw(**stop).description() for stop in player.stops()]
        assert len(set(pictures)) == len(pictures) == count
