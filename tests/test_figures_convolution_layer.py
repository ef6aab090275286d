"""The pictures of the chapter on the convolutional layer show the numbers they are given."""

import re

import numpy as np
import pytest

from annex_lib import explore, figures
from annex_lib.convolution import conv2d_jacobians, conv2d_vjp, im2col
from annex_lib.shapes import ShapeError

X = np.array([[2.0, 0, 1, 3, -4], [1, -1, 4, 0, 2], [0, 5, -2, 1, 7]])
W = np.array([[1.0, 2, -3], [3, -1, 5]])
G = np.array([[1.0, -2, 6], [3, 1, -1]])
SMALL = np.array([[1.0, 2], [4, -3]])


def cells(ax):
    """Return the numbers that stand in the cells of a grid, dots as zero."""
    texts = [t for t in ax.texts if t.get_text()]
    values = {t.get_position(): t.get_text().replace("−", "-").replace("·", "0") for t in texts}
    columns, rows = (1 + int(max(place[k] for place in values)) for k in (0, 1))
    return np.array([[float(values[c, r]) for c in range(columns)] for r in range(rows)])


def frames(ax):
    """Return (row, column, height, width) of each outline, in cells, but for the grid's own."""
    boxes = [b for b in ax.patches if not b.get_fill() and b.get_linewidth() > 1]
    corners = [(b.get_y(), b.get_x(), b.get_height(), b.get_width()) for b in boxes]
    return [(r + 0.5, c + 0.5, h, w) for r, c, h, w in corners]


def gradients():
    dx, dW, _ = conv2d_vjp(G[None, None], X[None, None], W[None, None])
    return dx[0, 0], dW[0, 0]


@pytest.mark.parametrize(("i", "j"), [(0, 0), (1, 2), (0, 1)])
def test_conv_patch_frames_the_patch_and_shows_the_output(i, j):
    figure = figures.conv_patch(X, W, i, j)
    image, kernel, output = map(cells, figure.canvas.axes)
    assert np.array_equal(image, X)
    assert np.array_equal(kernel, W)
    expected = im2col(X[None, None], (2, 3))[0] @ W.ravel()
    assert np.array_equal(output, expected.reshape(2, 3))
    assert frames(figure.canvas.axes[0]) == [(i, j, 2, 3)]
    assert frames(figure.canvas.axes[2]) == [(i, j, 1, 1)]
    result = re.match(rf"o_{i}{j} = (.*) = (.*)\. Each", figure.caption.replace("−", "-"))
    assert float(result[2]) == expected[3 * i + j]
    assert eval(result[1].replace("·", "*")) == expected[3 * i + j]


def test_conv_grad_W_shows_the_gradient_of_the_library():
    _, dW = gradients()
    for k, l in np.ndindex(dW.shape):
        figure = figures.conv_grad_W(X, G, k, l)
        assert np.array_equal(cells(figure.canvas.axes[2]), dW)
        assert frames(figure.canvas.axes[0]) == [(k, l, 2, 3)]
        total = re.match(rf"dL/dw_{k}{l} = (.*?) = ", figure.caption.replace("−", "-"))[1]
        assert eval(total.replace("·", "*")) == dW[k, l]


def test_backward_conv_shows_a_window_for_each_weight():
    _, dW = gradients()
    figure = figures.backward_conv(X, G)
    drawn = [ax for ax in figure.canvas.axes if ax.texts]
    assert sum(np.array_equal(cells(ax), X) for ax in drawn) == dW.size
    assert np.array_equal(cells(drawn[-1]), dW)
    places = [frames(ax)[0] for ax in drawn if frames(ax)]
    assert places == [(k, l, 2, 3) for k, l in np.ndindex(dW.shape)]
    small = figures.backward_conv([[0, 1, 2], [3, 4, 5], [6, 7, 8]], [[1, 0], [0, -1]])
    assert "dL/dw_01 = 1·1 + 0·2 + 0·4 + (−1)·5 = −4;" in small.alt


def test_conv_grad_x_scatters_and_gathers_the_same_gradient():
    dx, _ = gradients()
    stamps = conv2d_jacobians(X[None, None], W[None, None])[0][0, 0, :, :, 0, 0]
    for r, s in [(0, 0), (1, 2), (2, 4)]:
        figure = figures.conv_grad_x(G, W, r, s)
        drawn = [cells(ax) for ax in figure.canvas.axes]
        assert np.array_equal(sum(drawn[:6]), dx)
        assert np.array_equal(drawn[4], G[1, 1] * stamps[1, 1])
        assert np.array_equal(drawn[-1], dx)
        assert frames(figure.canvas.axes[6]) == [(r, s, 2, 3)]
        Z, H = drawn[6], drawn[7]
        assert (Z[r : r + 2, s : s + 3] * H).sum() == dx[r, s]
        terms = re.search(r": (.*) = (.*)\. Above", figure.caption.replace("−", "-"))
        assert eval(terms[1].replace("·", "*")) == float(terms[2]) == dx[r, s]


def test_the_jacobians_are_laid_out_block_by_block():
    do_dx, do_dW, _ = conv2d_jacobians(X[None, None], W[None, None])
    by_weights, by_image = figures.conv_jacobian_W(X, 2, 3, 1, 2), figures.conv_jacobian_x(W, 3, 5)
    for figure, tensor in ((by_weights, do_dW), (by_image, do_dx)):
        blocks = np.array([cells(ax) for ax in figure.canvas.axes])
        expected = tensor[0, 0, :, :, 0, 0]
        assert np.array_equal(blocks.reshape(expected.shape), expected)
    assert all(frames(ax) == [(1, 2, 1, 1)] for ax in by_weights.canvas.axes)
    assert [frames(ax)[0][:2] for ax in by_image.canvas.axes] == list(np.ndindex(2, 3))


def test_im2col_rows_stacks_the_patches():
    figure = figures.im2col_rows(X, 2, 3, 1, 1)
    assert np.array_equal(cells(figure.canvas.axes[1]), im2col(X[None, None], (2, 3))[0])
    assert frames(figure.canvas.axes[1]) == [(4, 0, 1, 6)]
    assert "row 1·3 + 1 = 4 of A" in figure.caption


def test_conv_sizes_draws_each_position_of_the_kernel():
    for position in explore.conv_sizes(7).stops():
        p, S, P, D = position.values()
        starts = [a for a in range(7 + 2 * P) if a % S == 0 and a + D * (p - 1) < 7 + 2 * P]
        figure = figures.conv_sizes(7, p, S, P, D)
        ax = figure.canvas.axes[0]
        assert ax.get_title().split()[0] == str(len(starts))
        reach = D * (p - 1) + 1
        assert frames(ax)[: len(starts)] == [(i + 1, a, 1, reach) for i, a in enumerate(starts)]
        taps = [t.get_position() for t in ax.texts if "w" in t.get_text()]
        assert taps == [(a + D * k, i + 1) for i, a in enumerate(starts) for k in range(p)]
        assert f"Left over at the end: {7 + 2 * P - starts[-1] - reach}." in figure.caption


@pytest.mark.parametrize(
    "draw",
    [
        lambda a: figures.conv_patch(X, a, 0, 1),
        lambda a: figures.conv_grad_W(X, a, 0, 1),
        lambda a: figures.backward_conv(X, a),
        lambda a: figures.conv_grad_x(G, a, 1, 1),
        lambda a: figures.conv_grad_x(a, W, 1, 1),
        lambda a: figures.conv_jacobian_x(a, 3, 4),
        lambda a: figures.conv_jacobian_W(a, 1, 2),
        lambda a: figures.im2col_rows(a, 2, 1),
    ],
)
def test_other_numbers_give_another_description(draw):
    before = draw(SMALL).description()
    assert draw(SMALL.copy()).description() == before
    for place in np.ndindex(SMALL.shape):
        other = SMALL.copy()
        other[place] += 1
        assert draw(other).description() != before
    assert draw(SMALL.T).description() != before


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.conv_patch(X[0], W, 0, 0), r"conv_patch: x has 1 axis, shape \(5,\)"),
        (lambda: figures.conv_patch(W, X, 0, 0), r"conv_patch: W, \(3, 5\), does not fit in x"),
        (lambda: figures.conv_patch(X, W, 2, 0), "conv_patch: i is 2, but should be from 0 to 1"),
        (lambda: figures.conv_grad_W(X, G, 0, -1), "conv_grad_W: l is -1, but should be from 0 to 2"),
        (lambda: figures.backward_conv(G, X), r"backward_conv: g, \(3, 5\), does not fit in x"),
        (lambda: figures.conv_grad_x(G, W[0], 0, 0), r"conv_grad_x: W has 1 axis"),
        (lambda: figures.conv_grad_x(G, W, 0, 5), "conv_grad_x: s is 5, but should be from 0 to 4"),
        (lambda: figures.conv_jacobian_W(X, 4, 1), "the kernel reaches over 4 entries"),
        (lambda: figures.conv_jacobian_x(W, 1, 5), "the kernel reaches over 2 entries"),
        (lambda: figures.conv_jacobian_x(W[0], 3, 5), "conv_jacobian_x: W has 1 axis"),
        (lambda: figures.im2col_rows(X, 2, 3, 0, 3), "im2col_rows: j is 3, but should be from 0 to"),
        (lambda: figures.conv_sizes(7, 3, 0), "output_size: stride is 0"),
    ],
)
def test_what_does_not_fit_is_named(call, message):
    with pytest.raises(ShapeError, match=message):
        call()


@pytest.mark.parametrize(
    ("explorer", "count"),
    [
        (explore.conv_patch(X, W), 6),
        (explore.conv_grad_W(X, G), 6),
        (explore.conv_grad_x(SMALL, G[:, :2]), 9),
        (explore.conv_sizes(7), 54),
    ],
)
def test_each_stop_of_a_slider_is_another_picture(explorer, count):
    stops = list(explorer.stops())
    assert explorer.start in stops
    assert len({explorer.draw(**stop).description() for stop in stops}) == len(stops) == count
