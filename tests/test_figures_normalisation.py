"""The pictures of the norms and of attention show the numbers that they are given."""

import numpy as np
import pytest

from annex_lib import explore, figures
from annex_lib.attention import causal_mask, scaled_dot_product_attention
from annex_lib.derivatives import jacobian, vjp
from annex_lib.normalisation import standardise
from annex_lib.shapes import ShapeError

RNG = np.random.default_rng(10)
x, u = RNG.standard_normal(5), RNG.standard_normal(5)
Q, K, V = (RNG.standard_normal(s) for s in ((3, 2), (4, 2), (4, 5)))
G = RNG.standard_normal((3, 5))
SEEN = causal_mask(3, 4)


def cells(figure):
    """Return the arrays that a figure draws as cells, from left to right, without their veils."""
    found = [ax.images[0].get_array() for ax in figure.canvas.axes if ax.images]
    return [np.asarray(a) for a in found]


def normalise(x, eps):
    a = x - x.mean()
    return a / np.sqrt((a * a).mean() + eps)


@pytest.mark.parametrize("eps", [0, 0.3])
def test_the_lines_show_the_sample_centred_and_normalised(eps):
    axes = figures.norm_lines(x, eps).canvas.axes
    h, (mean,), (sigma,) = standardise(x, 0, eps=eps)
    for ax, values, centre, spread in zip(
        axes, (x, x - mean, h), (mean, 0, 0), (sigma, sigma, 1), strict=True
    ):
        _, dot, rings, bar, tick = ax.lines
        np.testing.assert_allclose(dot.get_xdata(), values[:1])
        np.testing.assert_allclose(rings.get_xdata(), values[1:])
        np.testing.assert_allclose(bar.get_xdata(), [centre - spread, centre + spread])
        np.testing.assert_allclose(tick.get_xdata(), [centre] * 2, atol=1e-12)
        shown = [*values, centre - spread, centre + spread]
        assert ax.get_xlim()[0] <= min(shown) and max(shown) <= ax.get_xlim()[1]


@pytest.mark.parametrize("eps", [0, 0.3])
def test_the_last_matrix_is_sigma_times_the_jacobian_by_numbers(eps):
    centring, along, rest = cells(figures.norm_jacobian(x, eps))
    sigma = standardise(x, 0, eps=eps)[2]
    expected = sigma * jacobian(lambda x: normalise(x, eps), x)
    np.testing.assert_allclose(rest, expected, atol=1e-12)
    np.testing.assert_allclose(centring - along, rest, atol=1e-12)


def test_the_bars_end_in_sigma_times_the_gradient_by_numbers():
    figure = figures.norm_backward(u, x, 0.3)
    bars = [[p.get_height() for p in ax.patches] for ax in figure.canvas.axes]
    expected = standardise(x, 0, eps=0.3)[2] * vjp(lambda x: normalise(x, 0.3), (x,), u)[0]
    np.testing.assert_allclose(bars[0], u)
    np.testing.assert_allclose(np.array(bars[0]) - bars[1] - bars[2], bars[3], atol=1e-12)
    np.testing.assert_allclose(bars[3], expected)


def test_the_groups_are_a_row_and_a_column():
    figure = figures.norm_groups([[8, 0, 2], [1, 3, 5]], 1, 2)
    assert "sample 1 has the mean 3 and the variance 2.67" in figure.caption
    assert "feature 2 has the mean 3.5 and the variance 2.25" in figure.caption
    blocks = [ax.patches[-1].get_bbox().bounds for ax in figure.canvas.axes]
    assert blocks == [(-0.5, 0.5, 3, 1), (1.5, -0.5, 1, 2)]


def test_the_running_means_are_gathered_batch_by_batch():
    batches = RNG.standard_normal((4, 6))
    _, dots, slow, fast = figures.running_mean(batches, (0.1, 0.5)).canvas.axes[0].lines
    np.testing.assert_allclose(dots.get_ydata(), batches.mean(1))
    for line, momentum in ((slow, 0.1), (fast, 0.5)):
        path = [0.0]
        for batch in batches:
            path.append((1 - momentum) * path[-1] + momentum * batch.mean())
        np.testing.assert_allclose(line.get_ydata(), path)


@pytest.mark.parametrize("mask", [None, SEEN])
def test_attention_shows_its_scores_weights_and_output(mask):
    Z, P, values, O = cells(figures.attention_forward(Q, K, V, mask, 2))
    np.testing.assert_allclose(Z, Q @ K.T / np.sqrt(2))
    np.testing.assert_allclose(P.sum(1), 1)
    np.testing.assert_allclose(P @ values, O)
    np.testing.assert_allclose(O, scaled_dot_product_attention(Q, K, V, mask))


def test_what_is_hidden_is_not_written():
    texts = figures.attention_forward(Q, K, V, SEEN).canvas.axes[2].texts
    shown = np.reshape([t.get_text() != "·" for t in texts], SEEN.shape)
    assert np.array_equal(shown, SEEN)


@pytest.mark.parametrize("mask", [None, SEEN])
def test_the_gradient_by_the_scores_is_that_by_numbers(mask):
    P, U, average, F = cells(figures.attention_backward(G, Q, K, V, mask, 1))

    def output(Z):
        E = np.exp(Z) * (1 if mask is None else mask)
        return E / E.sum(1, keepdims=True) @ V

    np.testing.assert_allclose(F, vjp(output, (Q @ K.T / np.sqrt(2),), G)[0], atol=1e-12)
    np.testing.assert_allclose(P * (U - average), F)


def test_the_scale_is_drawn_as_measured():
    scaled, bare = (
        figures.attention_scale([[0.2, 0.3], [0.4, 0.9]], [1, 4]).canvas.axes[0].lines[:2]
    )
    assert list(scaled.get_ydata()) == [0.2, 0.3] and list(bare.get_ydata()) == [0.4, 0.9]


DRAWN = [
    lambda x, V: figures.norm_lines(x),
    lambda x, V: figures.norm_jacobian(x),
    lambda x, V: figures.norm_backward(u, x),
    lambda x, V: figures.norm_groups([x, u]),
    lambda x, V: figures.running_mean([x, u]),
    lambda x, V: figures.attention_forward(Q, K, V, SEEN),
    lambda x, V: figures.attention_backward(G, Q, K, V),
    lambda x, V: figures.attention_scale([x, u], [1, 2, 4, 8, 16]),
]


@pytest.mark.parametrize("draw", DRAWN)
def test_other_numbers_give_another_description(draw):
    assert draw(x, V).description() == draw(x, V).description()
    assert draw(x, V).description() != draw(x + np.eye(5)[0], V + np.eye(4, 5)).description()


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: figures.norm_lines(G), "norm_lines: x has 2 axes"),
        (lambda: figures.norm_jacobian(x, -1), "eps is -1.0, but should be at least 0"),
        (lambda: figures.norm_backward(u[1:], x), "axis n is 5 in x but 4 in u"),
        (lambda: figures.norm_groups(G, 3), "norm_groups: row is 3"),
        (lambda: figures.norm_groups(G, 0, 5), "norm_groups: column is 5"),
        (lambda: figures.running_mean(x), "running_mean: batches has 1 axis"),
        (lambda: figures.attention_forward(Q, K, V[1:]), "axis S is 4 in K but 3 in V"),
        (lambda: figures.attention_forward(Q, K, V, row=3), "attention_forward: row is 3"),
        (lambda: figures.attention_backward(G.T, Q, K, V), "axis T is 3 in Q but 5 in G"),
        (lambda: figures.attention_scale([x], [1]), "axis N is 1 in sizes but 5 in largest"),
    ],
)
def test_what_does_not_fit_is_named(draw, message):
    with pytest.raises(ShapeError) as error:
        draw()
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("player", "count"),
    [
        (explore.norm_lines([8, 0, 2, 2]), 105),
        (explore.norm_jacobian([8, 0, 2, 2]), 105),
        (explore.attention_mask(RNG.standard_normal((4, 2))), 16),
    ],
)
def test_each_stop_of_a_slider_is_another_picture(player, count):
    said = [words for _, words in player.summaries()]
    assert len(said) == len(set(said)) == count


def test_a_slider_starts_at_the_sample_and_is_labelled_with_its_values():
    value, eps = explore.norm_lines([8, 0, 2, 2]).axes
    assert value.words[value.start] == "8" and value.words[0] == "−4" and eps.words[0] == "0.001"
