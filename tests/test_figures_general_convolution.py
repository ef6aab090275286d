"""The pictures of chapter 6 show the numbers they are given."""

import re

import numpy as np
import pytest

from annex_lib import explore, figures
from annex_lib.convolution import conv2d_jacobians, conv2d_vjp
from annex_lib.shapes import ShapeError
from annex_lib.windows import selection

G, W = np.array([1.0, -2, 3]), np.array([1.0, 3, -1])
rng = np.random.default_rng(8)
KERNELS = [rng.integers(1, 6, (4, 4, p)).astype(float) for p in (3, 1)]


def cells(ax):
    """Return the numbers that stand in the cells of a grid, dots as zero."""
    texts = [t for t in ax.texts if t.get_text()]
    values = {t.get_position(): t.get_text().replace("−", "-").replace("·", "0") for t in texts}
    columns, rows = (1 + int(max(place[k] for place in values)) for k in (0, 1))
    return np.array([[float(values[c, r]) for c in range(columns)] for r in range(rows)])


def words(ax, row):
    """Return the words in a row of a grid, by column."""
    return {t.get_position()[0]: t.get_text() for t in ax.texts if t.get_position()[1] == row}


def frames(ax, color):
    """Return (row, column, height, width) of the visible outlines of a colour, in cells."""
    from matplotlib.colors import to_hex

    boxes = [b for b in ax.patches if not b.get_fill() and b.get_visible()]
    boxes = [b for b in boxes if to_hex(b.get_edgecolor()) == color and b.get_linewidth() > 1]
    corners = [(b.get_y(), b.get_x(), b.get_height(), b.get_width()) for b in boxes]
    return [tuple(map(float, (r + 0.5, c + 0.5, h, w))) for r, c, h, w in corners]


def test_the_coverage_shows_what_each_output_reads_at_every_stop():
    player = explore.conv_coverage()
    unread_somewhere = 0
    for position in player.stops():
        m, p, S, P, D = position.values()
        read = [0] * m
        starts = range(0, m + 2 * P - D * (p - 1), S)
        for a in starts:
            for k in range(p):
                if 0 <= a + D * k - P < m:
                    read[a + D * k - P] += 1
        figure = player.draw(**position)
        ax = figure.canvas.axes[0]
        shown = words(ax, 1)
        assert [shown[r + P] for r in range(m)] == [str(c) for c in read]
        unread = [r for r in range(m) if read[r] == 0]
        assert frames(ax, "#222222") == [(0, r + P, 2, 1) for r in unread]
        reach = D * (p - 1) + 1
        assert frames(ax, "#b85c00") == [(i + 2, a, 1, reach) for i, a in enumerate(starts)]
        rest = m + 2 * P - starts[-1] - reach
        left = [(2, m + 2 * P - rest, len(starts), rest)] if rest else []
        assert frames(ax, "#767676") == left
        assert f"remainder {rest}. " in figure.caption
        unread_somewhere += bool(unread and not rest)
        taps = {a + D * k: f"w{'₀₁₂'[k]}" for a in starts[:1] for k in range(p)}
        assert {c: w for c, w in words(ax, 2).items() if w} == taps
    assert unread_somewhere > 10


def test_the_static_coverage_has_the_size_of_what_it_shows():
    figure = figures.conv_coverage(6, 2, 3, 1, 2)
    assert figure.canvas.axes[0].get_title() == "2 outputs from 6 pixels"
    assert "Read by no output: pixels 0, 3, 5." in figure.caption
    assert "Read by no output: no pixel." in figures.conv_coverage(5, 3).caption


def test_both_ways_back_give_the_gradient_of_the_library_at_every_stop():
    player = explore.conv_way_back(G, W)
    for position in player.stops():
        S, P, D, rest, r = position.values()
        m = S * 2 + D * 2 + 1 - 2 * P + rest
        x, settings = np.zeros((1, 1, 1, m)), {}
        for name, v, one in (("stride", S, 1), ("padding", P, 0), ("dilation", D, 1)):
            settings[name] = (one, v)
        dx, _, _ = conv2d_vjp(G[None, None, None], x, W[None, None, None], **settings)
        figure = player.draw(**position)
        top, bottom = figure.canvas.axes
        before = max(0, 2 * D - P)
        shown = [words(top, 4)[before + P + a] for a in range(m)]
        assert [float(v.replace("−", "-")) for v in shown] == list(dx.ravel())
        assert [words(top, 0)[before + P + a] for a in range(m)] == [str(a) for a in range(m)]
        ((row, column, height, width),) = frames(bottom, "#0072b2")
        assert (row, height, width) == (0, 2, 2 * D + 1)
        assert frames(top, "#0072b2") == [(1, before + P + r, 4, 1)]
        inside = range(int(column), int(column + width))
        spread, turned = (
            [float(words(bottom, k)[a].replace("·", "0").replace("−", "-")) for a in inside]
            for k in (0, 1)
        )
        assert turned[::D] == list(W[::-1])
        assert np.dot(spread, turned) == dx.ravel()[r]
        terms, total = re.search(r"receives (.*) = (.*): added", figure.caption).groups()
        if terms != "nothing":
            assert eval(terms.replace("·", "*").replace("−", "-")) == dx.ravel()[r]
        assert float(total.replace("−", "-")) == dx.ravel()[r]


def test_each_contraction_is_a_matrix_that_gives_two_results():
    x = np.array([2.0, 1, 5, 3, -1, 4, 6])
    E = selection(7, 3, stride=2, padding=1, dilation=1)
    g, w = np.array([1.0, -2, 3, 4]), np.array([1.0, 3, -2])
    A, M, N = map(cells_without_words, figures.conv_contractions(x, w, g, 2, 1).canvas.axes)
    o, dw, dx = (
        np.einsum(s, *v)
        for s, v in (
            ("ikr,k,r->i", (E, w, x)),
            ("ikr,i,r->k", (E, g, x)),
            ("ikr,i,k->r", (E, g, w)),
        )
    )
    for actual, expected in ((A @ x, o), (A.T @ g, dx), (M @ w, o), (M.T @ g, dw)):
        assert np.array_equal(actual, expected)
    assert np.array_equal(N @ x, dw)
    assert np.array_equal(N.T @ w, dx)


def cells_without_words(ax):
    ax.texts[-1].set_text("")  # the words below
    return cells(ax)


def test_the_bands_are_the_matrices_of_the_layer():
    settings = [(1, 0, 1), (2, 1, 1), (2, 0, 2)]
    axes = figures.conv_bands(W, 7, settings).canvas.axes
    for ax, (S, P, D) in zip(axes, settings, strict=True):
        E = selection(7, 3, stride=S, padding=P, dilation=D)
        assert np.array_equal(cells(ax), np.einsum("ikr,k->ir", E, W))


def test_the_toeplitz_matrix_is_the_jacobian_flattened():
    K = np.array([[1.0, 2, -3], [3, -1, 4]])
    settings = {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 2)}
    ax = figures.conv_toeplitz(K, 4, 6, **settings).canvas.axes[0]
    J, _, _ = conv2d_jacobians(np.zeros((1, 1, 4, 6)), K[None, None], **settings)
    u, v = J.shape[2:4]
    assert np.array_equal(cells(ax), J.reshape(u * v, 24))
    blocks = [(i * v, r * 6, v, 6) for i, r in np.ndindex(u, 4)]
    assert frames(ax, "#767676") == blocks


@pytest.mark.parametrize("kernel", [0, 1])
@pytest.mark.parametrize(("choice", "groups"), [(0, 1), (1, 2), (2, 4)])
def test_groups_leave_blocks_of_the_same_weights(kernel, choice, groups):
    player = explore.conv_groups(KERNELS, 3, [1, 2, 4])
    figure = player.draw(groups=choice, kernel=kernel)
    K = KERNELS[kernel].copy()
    kept = np.kron(np.eye(groups), np.ones((4 // groups, 4 // groups)))
    K *= kept[:, :, None]
    padding = (0, K.shape[2] // 2)
    J, _, _ = conv2d_jacobians(np.zeros((1, 4, 1, 3)), K[:, :, None], padding=padding)
    ax = figure.canvas.axes[0]
    assert np.array_equal(cells(ax), J.reshape(12, 12))
    size = 12 // groups
    blocks = [(size * k, size * k, size, size) for k in range(groups)]
    assert frames(ax, "#b85c00") == blocks
    assert f"{np.count_nonzero(K)} weights" in ax.get_title()
    assert f" {np.count_nonzero(J)} of 144 entries" in figure.caption


def test_the_overlap_counts_the_stamps():
    axes = figures.transposed_overlap(3, [(3, 2), (2, 3)]).canvas.axes
    for ax, (p, S) in zip(axes, [(3, 2), (2, 3)], strict=True):
        counts = np.zeros((S * 2 + p,) * 2)
        for i, j in np.ndindex(3, 3):
            counts[S * i : S * i + p, S * j : S * j + p] += 1
        assert np.array_equal(cells(ax), counts)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.conv_coverage(4, 3, dilation=2), "the kernel reaches over 5 entries"),
        (
            lambda: figures.conv_way_back(G, W, 9),
            "conv_way_back: r is 9, but should be from 0 to 4",
        ),
        (lambda: figures.conv_way_back(G[None], W, 0), "conv_way_back: g has 2 axes"),
        (lambda: figures.conv_contractions([1, 2], [1], [1]), "axis u is 2 in E but 1 in g"),
        (lambda: figures.conv_bands([[1]], 3, [(1, 0, 1)]), "conv_bands: w has 2 axes"),
        (lambda: figures.conv_toeplitz([1], 3, 3), "conv_toeplitz: W has 1 axis"),
        (lambda: figures.conv_groups(KERNELS[0], 3, 3), "groups is 3, which must divide C, 4"),
    ],
)
def test_what_does_not_fit_is_named(call, message):
    with pytest.raises(ShapeError, match=message):
        call()


@pytest.mark.parametrize(
    ("player", "count"),
    [
        (explore.conv_way_back(G, W), 264),
        (explore.conv_groups(KERNELS, 3, [1, 2, 4]), 6),
        (explore.conv_coverage(), 268),
    ],
)
def test_the_sliders_have_so_many_stops(player, count):
    stops = list(player.stops())
    assert player.start in stops
    assert len(stops) == count
