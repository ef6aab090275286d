"""The pictures of the chapter on Jacobians show the numbers they are given."""

import numpy as np
import pytest

from annex_lib import explore, figures
from annex_lib.shapes import ShapeError

X, V = np.array([2.0, 3.0]), np.array([1.0, 2.0])
J = np.array([[3.0, 2.0], [4.0, -1.0], [2.0, 3.0]])


def f(x):
    return np.array([x[0] * x[1], x[0] ** 2 - x[1], 2 * x[0] + 3 * x[1]])


def plane(x):
    return f(x)[:2]


def lines(fig, panel=0):
    return [line.get_xydata() for line in fig.canvas.axes[panel].lines]


def words(fig, panel=0):
    return " ".join(t.get_text() for t in fig.canvas.axes[panel].texts if t.get_visible())


def test_tangent_touches_and_the_bar_is_the_remainder():
    fig = figures.tangent_outputs(f, X, J, V)
    for i, remainder in enumerate((2, 1, 0)):  # (v0 v1, v0 v0, 0)
        tangent, curve, bar, point = lines(fig, i)
        assert np.allclose(curve[:, 1], [f(X + t * V)[i] for t in curve[:, 0]])
        assert np.allclose(tangent[:, 1], f(X)[i] + tangent[:, 0] * (J[i] @ V))
        assert np.isclose(bar[1, 1] - bar[0, 1], remainder)
        assert np.allclose(point, [[0, f(X)[i]]])
    assert "r(v) = (2, 1, 0)" in fig.caption


@pytest.mark.parametrize("halvings", [0, 3])
def test_zoom_halves_the_ratio(halvings):
    fig = figures.tangent_zoom(plane, X, J[:2], V, halvings)
    v = V / 2**halvings
    assert f"|r(v)|/|v| = {abs(v[0]):.3g}" in fig.caption  # the ratio is |v0| for this f
    bar = lines(fig, 1)[-2]
    in_units = plane(X) + np.linalg.norm(v) * bar
    assert np.allclose(in_units, [plane(X) + J[:2] @ v, plane(X + v)])
    left, right = (words(fig, panel).replace("−", "-").split() for panel in (0, 1))
    size, reach = np.linalg.norm(v), np.linalg.norm(v) * np.abs(J[:2]).sum(1).max()
    for ticks, middle, step in ((left, X, size), (right, plane(X), reach)):
        expected = np.add.outer(middle, np.multiply([-1, 0, 1], step)).ravel()
        assert np.allclose(np.array(ticks, float), expected, atol=step / 100)


def test_rows_and_columns_are_the_matrix():
    fig = figures.jacobian_rows_columns(J)
    for panel in (0, 1):
        assert np.array_equal(fig.canvas.axes[panel].images[0].get_array(), J)
    assert "row 1 is (4, −1)" in fig.alt and "column 0 is (3, 4, 2)" in fig.alt


def test_kink_lines_have_their_slopes():
    left, right = (lines(figures.kink_slopes([0.25, 1]), panel) for panel in (0, 1))
    for drawn, slopes in ((left, (0.25, 1)), (right, (-0.5, 1))):
        for (start, end), slope in zip(drawn, slopes, strict=False):
            assert np.isclose((end - start)[1] / (end - start)[0], slope)


def test_errors_are_drawn_to_a_tenth_of_a_power_of_ten():
    fig = figures.step_errors([0.1, 0.01, 0.001], forward=[0.3, -4e-3, 0], central=[1e-2, 2e-9, 1])
    assert np.allclose(lines(fig)[0], [[-1, -0.5], [-2, -2.4], [-3, -14]])
    assert np.allclose(lines(fig)[1], [[-1, -2], [-2, -8.7], [-3, 0]])


def test_what_a_processor_rounds_in_its_own_way_does_not_show():
    h = np.ldexp(1.0, -np.arange(4, 66, 5))  # the chapter's steps; h^2, and what rounding adds
    said = {figures.step_errors(h, complex=h * h + e).description() for e in (0, 4e-15, -4e-15)}
    assert len(said) == 1
    rng, explorer = np.random.default_rng(0), explore.zoom_on_tangent(plane, X, J[:2])

    def noisy(f):
        return lambda x: f(x * (1 + 2e-16 * rng.standard_normal(2))) * (1 + 1e-16)

    other = explore.zoom_on_tangent(noisy(plane), X, J[:2])
    for stop in explorer.stops():
        assert explorer.draw(**stop).description() == other.draw(**stop).description()
    outputs = (figures.tangent_outputs(g, X, J, V).description() for g in (f, noisy(f)))
    assert len(set(outputs)) == 1


def test_paths_add_up_to_the_product():
    outer, inner = np.array([[13.0, 0, 6], [1, 2, 0]]), J
    for i, j in np.ndindex(2, 2):
        fig = figures.jacobian_paths(outer, inner, i, j)
        assert f"dz_{i}/dx_{j}" in fig.caption
        assert fig.caption.endswith(f"= {(outer @ inner)[i, j]:.0f}.")
    arrows = [a for a in fig.canvas.axes[0].patches if getattr(a, "_posA_posB", None)]
    assert sum(a.get_visible() for a in arrows) == 2 * len(inner)
    assert "over $y_1$: 2 · (−1) = −2" in words(fig)
    slopes = [t for t in fig.canvas.axes[0].texts if t.get_visible() and t.get_bbox_patch()]
    shown = sorted(float(t.get_text().replace("−", "-")) for t in slopes if "$" not in t.get_text())
    assert shown == sorted([*outer[1], *inner[:, 1]])


def test_the_cost_is_what_the_loops_count():
    sizes = n0, n1, n2, n3 = 2, 3, 4, 5
    left = sum(1 for _ in np.ndindex(n3, n2, n1)) + sum(1 for _ in np.ndindex(n3, n1, n0))
    right = sum(1 for _ in np.ndindex(n2, n1, n0)) + sum(1 for _ in np.ndindex(n3, n2, n0))
    fig = figures.jacobian_product_cost(sizes)
    assert f"= {left}" in words(fig, 1) and f"= {right}" in words(fig, 1)
    assert "Cheaper: from the right" in fig.caption
    assert "Cheaper: from the left" in figures.jacobian_product_cost([1000, 10, 10, 1]).caption
    assert "factor of about 1.09" in figures.jacobian_product_cost([100, 10, 10, 1000]).caption


def test_flattening_is_row_major():
    T = np.arange(2.0 * 3 * 2 * 4).reshape(2, 3, 2, 4)
    fig = figures.jacobian_flattened(T, 1, 2, 0, 3)
    blocks, flat = (ax.images[0].get_array() for ax in fig.canvas.axes)
    assert np.array_equal(flat, T.reshape(6, 8))
    assert np.array_equal(blocks[2:4, 8:12], T[1, 2])
    assert f"= {T[1, 2, 0, 3]:.0f} goes to row 3·1 + 2 = 5 and column 4·0 + 3 = 3" in fig.caption


CHANGED = {
    "tangent_outputs": ((f, X, J, V), (f, X, J, [1, 2.01])),
    "tangent_zoom": ((plane, X, J[:2], V), (plane, X, J[:2] + 0.01, V)),
    "jacobian_rows_columns": ((J,), (J + np.eye(3, 2),)),
    "kink_slopes": (([0.5],), ([0.6],)),
    "jacobian_product_cost": (([2, 3, 4, 5],), ([2, 3, 4, 6],)),
    "jacobian_paths": ((J.T, J, 0, 0), (J.T, J + np.eye(3, 2), 0, 1)),
    "jacobian_flattened": (
        (np.ones((2, 1, 2, 3)), 0, 0, 0, 0),
        (np.ones((2, 1, 2, 3)), 0, 0, 0, 1),
    ),
}


@pytest.mark.parametrize("name", CHANGED)
def test_other_numbers_give_another_description(name):
    before, after = (getattr(figures, name)(*given).description() for given in CHANGED[name])
    assert before != after


WRONG = {
    "tangent_outputs": ((f, X, J.T, V), "axis n is 2 in x but 3 in J"),
    "tangent_zoom": ((f, X, J, V), "should be (2, 2)"),
    "jacobian_rows_columns": ((X,), "J has 1 axis"),
    "kink_slopes": (([2.0],), "should be from 0 to 1"),
    "step_errors": (([1.0, 2.0],), "axis K is 2 in h but 3 in central"),
    "jacobian_product_cost": (([1, 2, 3],), "should be four"),
    "jacobian_paths": ((J, J, 0, 0), "axis m is 2 in outer but 3 in inner"),
    "jacobian_flattened": ((np.ones((2, 2, 2, 2)), 0, 2, 0, 0), "j is 2, but should be from 0"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_shapes_are_named(name):
    given, message = WRONG[name]
    options = {"central": np.ones(3)} if name == "step_errors" else {}
    with pytest.raises(ShapeError) as error:
        getattr(figures, name)(*given, **options)
    assert name in str(error.value) and message in str(error.value)


def test_a_step_of_length_zero_is_refused():
    with pytest.raises(ShapeError, match="v is zero"):
        figures.tangent_zoom(plane, X, J[:2], [0, 0])


def test_sliders_reach_each_entry_and_draw():
    T = np.arange(2.0 * 1 * 2 * 3).reshape(2, 1, 2, 3)
    assert len(list(explore.jacobian_entry(T).stops())) == T.size
    paths = explore.product_paths(J.T, J)
    for explorer in (explore.product_order(), explore.zoom_on_tangent(plane, X, J[:2]), paths):
        stops = list(explorer.stops())
        assert len(stops) <= 60
        first, last = (explorer.draw(**stop).description() for stop in (stops[0], stops[-1]))
        assert first != last
