"""The pictures of activations, softmax, losses and pooling show the numbers that they are given."""

import math

import numpy as np
import pytest

from annex_lib import activations, explore, figures
from annex_lib.derivatives import jacobian, vjp
from annex_lib.losses import softmax_cross_entropy
from annex_lib.pooling import avg_pool2d, avg_pool2d_vjp, max_pool2d, max_pool2d_vjp
from annex_lib.shapes import ShapeError
from annex_lib.softmax import softmax

RNG = np.random.default_rng(7)
X, G = RNG.permutation(30).reshape(5, 6) - 9.0, RNG.standard_normal((4, 5))


def cells(figure):
    """Return the arrays that a figure draws as cells, from left to right."""
    images = [ax.images[0] for ax in figure.canvas.axes if ax.images]
    return [np.asarray(image.get_array()) for image in images]


def words(figure):
    return [t.get_text() for ax in figure.canvas.axes for t in ax.texts]


def lines(ax):
    return [line.get_xydata() for line in ax.lines]


def test_the_diagonal_times_the_upstream_gradient_is_the_gradient():
    x, g = RNG.standard_normal((2, 4))
    slopes = 1 - np.tanh(x) ** 2
    J, upstream, dx, short, again = cells(figures.diagonal_backward(g, slopes))
    np.testing.assert_allclose(J, jacobian(np.tanh, x))
    np.testing.assert_allclose(J.T @ upstream, dx)
    np.testing.assert_allclose(dx[:, 0], vjp(np.tanh, (x,), g)[0])
    np.testing.assert_allclose(short * again, dx)
    assert "16 entries, 4 of them" in figures.diagonal_backward(g, slopes).caption


def test_a_diagonal_needs_a_slope_for_each_entry():
    with pytest.raises(ShapeError, match="axis n is 2 in slopes but 3 in g"):
        figures.diagonal_backward([1, 2, 3], [1, 2])


def test_the_curves_are_the_activations_and_their_derivatives():
    figure = figures.activation_curves().figure(x=-6)
    for ax, name in zip(figure.canvas.axes, ("relu", "sigmoid", "tanh", "gelu"), strict=True):
        f, found = getattr(activations, name), lines(ax)
        curve, *slopes = [line for line in found if len(line) > 2]
        np.testing.assert_allclose(curve[:, 1], f(curve[:, 0]))
        slopes = np.concatenate(slopes)
        away = slopes[:, 0] != 0
        by_numbers = np.diag(jacobian(f, slopes[away, 0], method="central"))
        np.testing.assert_allclose(slopes[away, 1], by_numbers, atol=1e-6)
        dots = [line[0] for line in found if len(line) == 1]
        steep = jacobian(f, -1.5, method="central")
        np.testing.assert_allclose(dots, [[-1.5, f(-1.5)], [-1.5, steep]], atol=1e-6)


def test_a_dot_outside_the_axes_is_not_drawn():
    scene = figures.activation_curves()
    assert [len(dots[0]) for dots in scene.state(x=12)["dots"]] == [0, 1, 1, 0]


def test_the_tie_shows_the_segment_and_the_point_off_it():
    right = figures.tie_gradients().canvas.axes[1]
    tied = np.array([3.0, 3.0])
    segment, returned, other, cross = lines(right)
    np.testing.assert_array_equal(segment.sum(1), 1)
    first = max_pool2d_vjp([[[[1]]]], [[[tied]]], (1, 2))[0, 0, 0]
    np.testing.assert_array_equal(returned[0], first)
    np.testing.assert_allclose(returned[1], jacobian(np.max, tied, method="central"))
    np.testing.assert_array_equal(other[0], [0, 1])
    np.testing.assert_array_equal(cross[0], jacobian(np.max, tied))


@pytest.mark.parametrize("position", [(0, 3, 1, 0), (2, 2, 1, 1), (4, 0, 0, 2)])
def test_the_bars_are_softmax_and_the_grid_its_jacobian(position):
    logits, temperatures = np.array([-2.0, -0.5, 1, 2, 4]), [0.25, 1, 3]
    scene = figures.softmax_bars(logits, temperatures)
    *k, tau = position
    figure = scene.figure(z0=k[0], z1=k[1], z2=k[2], tau=tau)
    z, (left, middle, _) = logits[k], figure.canvas.axes
    np.testing.assert_allclose([bar.get_height() for bar in left.patches], z)
    p = softmax(z / temperatures[tau])
    np.testing.assert_allclose([bar.get_height() for bar in middle.patches], p, atol=1e-11)
    (J,) = cells(figure)
    np.testing.assert_allclose(J, jacobian(softmax, z / temperatures[tau]), atol=1e-11)
    assert f"{p.max():.2f}" in words(figure)


def test_a_temperature_is_above_zero():
    for call in (
        lambda: figures.softmax_bars([1, 2], [1, 0]),
        lambda: figures.softmax_jacobian([1, 2], -1),
    ):
        with pytest.raises(ShapeError, match="above 0"):
            call()


def test_the_jacobian_of_softmax_is_the_difference():
    z = RNG.standard_normal(4)
    p, diagonal, products, J = cells(figures.softmax_jacobian(z, 2))
    np.testing.assert_allclose(p[:, 0], softmax(z / 2), atol=1e-11)
    np.testing.assert_allclose(J, diagonal - products, atol=1e-11)
    np.testing.assert_allclose(J, jacobian(softmax, z / 2), atol=1e-11)


def test_the_gradient_of_cross_entropy_is_the_one_by_numbers():
    Z, y = RNG.standard_normal((3, 4)), [2, 0, 2]
    P, Y, dZ = cells(figures.cross_entropy_gradient(Z, y))
    np.testing.assert_allclose(P, softmax(Z), atol=1e-11)
    np.testing.assert_array_equal(Y.argmax(1), y)
    np.testing.assert_allclose(dZ, jacobian(lambda Z: softmax_cross_entropy(Z, y), Z), atol=1e-11)


def test_the_slopes_of_the_losses_belong_to_the_losses():
    left, right = figures.loss_curves().canvas.axes
    for loss, slope in zip(lines(left)[:2], lines(right)[:2], strict=True):
        by_numbers = np.gradient(loss[:, 1], loss[:, 0])[1:-1]
        np.testing.assert_allclose(slope[1:-1, 1], by_numbers, atol=2e-3)
    d, entropy = lines(left)[0].T
    for place, value in zip(d[::40], entropy[::40], strict=True):
        z = [[place, 0.0]]
        np.testing.assert_allclose(value, softmax_cross_entropy(z, [0]), atol=1e-12)
        half = ((softmax(z)[0] - [1, 0]) ** 2).sum() / 2
        np.testing.assert_allclose(lines(left)[1][d == place, 1], half, atol=1e-12)


def test_the_zones_begin_where_the_exponential_fails():
    (ax,) = figures.overflow().canvas.axes
    low, high = lines(ax)[1][:, 0]
    assert 0 < 2 * math.exp(high - 0.01) < math.inf == 2 * math.exp(high + 0.01)
    assert math.exp(low + 0.01) > 0 == math.exp(low - 0.01)


POOLS = [(figures.max_pooling, max_pool2d, max_pool2d_vjp)]
POOLS += [(figures.avg_pooling, avg_pool2d, avg_pool2d_vjp)]


@pytest.mark.parametrize(("draw", "pool", "backward"), POOLS)
@pytest.mark.parametrize("setting", [(2, 1), (2, 2), (3, 2)])
def test_pooling_shows_output_and_gradient(draw, pool, backward, setting):
    kernel, stride = setting
    O = pool(X[None, None], kernel, stride=stride)[0, 0]
    g = G[: len(O), : O.shape[1]]
    image, output, upstream, dx = cells(draw(X, g, kernel, stride, 1, 1))
    np.testing.assert_array_equal(image, X)
    np.testing.assert_allclose(output, O)
    np.testing.assert_array_equal(upstream, g)
    expected = backward(g[None, None], X[None, None], kernel, stride=stride)[0, 0]
    np.testing.assert_allclose(dx, expected)


def test_pooling_names_the_winner_and_the_tie():
    x = np.array([[1.0, 7, 7], [2, 3, 4], [5, 6, 0]])
    g = np.array([[1.0, 2], [3, 4]])
    assert "row 0, column 1, which alone receives g_01 = 2. 2 pixels tie" in (
        figures.max_pooling(x, g, 2, 1, 0, 1).caption
    )
    assert "tie" not in figures.max_pooling(x, g, 2, 1, 1, 0).caption
    assert "mean of 4 pixels, and each of them receives g_10 / 4 = 0.75" in (
        figures.avg_pooling(x, g, 2, 1, 1, 0).caption
    )


@pytest.mark.parametrize(("draw", "pool", "backward"), POOLS)
def test_pooling_refuses_what_does_not_fit(draw, pool, backward):
    with pytest.raises(ShapeError, match="axis v is 5 in output but 4 in g"):
        draw(X, G[:, :4], 2, 1)
    with pytest.raises(ShapeError, match="j is 5, but should be from 0 to 4"):
        draw(X, G, 2, 1, 0, 5)


@pytest.mark.parametrize("mean", [0, 1])
@pytest.mark.parametrize(("window", "kernel", "stride"), [(0, 2, 1), (1, 3, 2)])
def test_the_windows_move_over_the_image(mean, window, kernel, stride):
    pool, backward = POOLS[mean][1:]
    scene = figures.pooling_windows(X, [(2, 1), (3, 2)])
    figure = scene.figure(mean=mean, window=window, output=6)
    O = pool(X[None, None], kernel, stride=stride)[0, 0]
    image, output, dx = cells(figure)
    np.testing.assert_array_equal(image, X)
    np.testing.assert_allclose(output[: len(O), : O.shape[1]], O)
    ones = np.ones((1, 1, *O.shape))
    np.testing.assert_allclose(dx, backward(ones, X[None, None], kernel, stride=stride)[0, 0])
    values = scene.state(mean=mean, window=window, output=6)
    assert values["input window"] == (stride, stride, kernel, kernel)
    patch = X[stride : stride + kernel, stride : stride + kernel]
    if mean:
        assert values["input taken"] is None
    else:
        assert X[values["input taken"][:2]] == patch.max()


def test_each_slider_starts_and_ends_within_its_scene():
    for player in (explore.activation_curves(), explore.softmax(), explore.pooling(X)):
        positions = list(player.stops())
        assert player.tabled and player.start in positions
        for position in (positions[0], player.start, positions[-1]):
            assert player.draw(**position).caption
