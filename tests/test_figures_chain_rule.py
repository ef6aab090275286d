import numpy as np
import pytest

from annex_lib import explore, figures
from annex_lib.derivatives import jacobian
from annex_lib.shapes import ShapeError

x, y = np.array([1.0, 2.0, -1.0, 2.0]), np.array([3.0, 3.0, -1.0, 5.0])
values, theta = np.array([2.0, 3.0, 5.0, 10.0]), np.array([1.5, -4.0, 2.0])
dh, dtheta = np.array([1.5, 6.0, 2.0]), np.array([2.0, 1.0, 5.0])


def stack(step=None, **changed):
    numbers = dict(h=values, theta=theta, y=7.0, dh=dh, dtheta=dtheta) | changed
    return figures.layer_stack(**numbers, step=step)


def words(figure):
    return {t.get_text() for ax in figure.canvas.axes for t in ax.texts if t.get_visible()}


def filled(figure):
    """Return name and number of each box of a stack that holds one."""
    texts = [t for t in figure.canvas.axes[0].texts if t.get_visible()]
    at = {tuple(np.round(t.get_position(), 6)): t.get_text() for t in texts}
    return {
        w: at[x, round(y + 0.27, 6)] for (x, y), w in at.items() if (x, round(y + 0.27, 6)) in at
    }


def lines(figure):
    return [line.get_xydata() for ax in figure.canvas.axes for line in ax.lines]


@pytest.mark.parametrize(
    ("eta", "verdict"), [(0.2, "one side"), (0.6, "alternate"), (0.84, "away")]
)
def test_the_path_is_that_of_descent_by_the_loop(eta, verdict):
    place, path = 0.5, [0.5]
    for _ in range(5):
        place -= eta * jacobian(lambda t: np.mean((t * x - y) ** 2) / 2, place)
        path.append(place)
    figure = figures.descent_path(x, y, eta, 0.5, 5)
    drawn = lines(figure)
    np.testing.assert_allclose(drawn[1][:, 0], path, rtol=0, atol=1e-12)
    np.testing.assert_allclose(drawn[3][:, 1], path, rtol=0, atol=1e-12)
    height = [np.mean((p * x - y) ** 2) / 2 for p in path]
    np.testing.assert_allclose(drawn[1][:, 1], height, rtol=0, atol=1e-12)
    assert verdict in figure.caption


def test_the_level_lines_of_the_valleys_lie_at_their_levels():
    figure = figures.two_valleys(x, y, [np.array([[0.5, 1.0], [1.0, 2.0]])])
    percent = {2: 0, 10: 0, 25: 0, 50: 0, 75: 0, 93: 0, 130: 0, 200: 0}
    for line in lines(figure)[:-4]:
        loss = np.mean((line[:, 1:] * np.tanh(line[:, :1] * x) - y) ** 2, axis=1) / 2
        level = 100 * np.median(loss) / (np.mean(y * y) / 2)
        np.testing.assert_allclose(level, round(level), rtol=1e-9)
        np.testing.assert_allclose(loss, np.median(loss), rtol=0.02)
        percent[round(level)] += 1
    assert all(count % 2 == 0 for count in percent.values()) and sum(percent.values()) > 8


def test_the_valleys_show_the_paths_and_the_losses_at_their_ends():
    paths = [np.array([[0.5, 1.0], [1.0, 2.0]]), np.array([[-0.5, -1.0], [-0.7, -1.5], [-1, -2]])]
    figure = figures.two_valleys(x, y, paths)
    assert any(np.array_equal(line, paths[1]) for line in lines(figure))
    loss = np.mean((2 * np.tanh(x) - y) ** 2) / 2
    assert f"loss {loss:.3g}" in words(figure)
    assert figures.two_valleys(x, y + 0.1, paths).description() != figure.description()


@pytest.mark.parametrize("B", [1, 3, 4, 5, 6])
def test_the_dots_are_the_means_of_the_batches(B, rng):
    d = rng.standard_normal(6)
    orders = np.array([rng.permutation(6) for _ in range(3)])
    figure = figures.minibatch_gradients(d, B, orders)
    means = [[d[o[s : s + B]].mean() for s in range(0, 6, B)] for o in orders]
    drawn = lines(figure)
    dots = np.concatenate([line for line in drawn[1:-1]])
    np.testing.assert_allclose(np.sort(dots[:, 0]), np.sort(np.ravel(means)), atol=1e-12)
    np.testing.assert_allclose(drawn[-1][:, 0], np.mean(means, axis=1), atol=1e-12)
    assert ("not divide" in figure.caption) == (6 % B > 0)


def test_the_stack_shows_values_factors_and_gradients():
    shown, boxes = words(stack()), filled(stack())
    gradients = {"$g_3$": "3", "$g_2$": "6", "$g_1$": "36", "$g_0$": "54", "$L$": "4.5"}
    assert gradients.items() < boxes.items()
    by_theta = jacobian(lambda p: (p[2] * ((2 * p[0]) ** 2 + p[1]) - 7) ** 2 / 2, theta)
    for r, value in enumerate(by_theta, 1):
        assert boxes[f"$\\partial L/\\partial\\theta_{r}$"] == f"{value:g}"
    assert {"× 1.5", "× 6", "× 2", "× 1", "× 5"} < shown


def test_each_step_shows_one_thing_more():
    captions = [stack(step).caption for step in range(12)]
    assert len(set(captions)) == 12
    assert captions[2].endswith("f_2(3; −4) = 5.")
    assert captions[8].endswith("∂L/∂θ_2 = g_2 · ∂h_2/∂θ_2 = 6 · 1 = 6.")
    assert captions[11].endswith("36 · 1.5 = 54.")
    assert "$g_3$" not in filled(stack(4)) and filled(stack(5))["$g_3$"] == "3"
    assert words(stack()) == words(stack(11))
    assert [len(filled(stack(step))) for step in range(12)] == list(range(5, 17))
    assert stack().caption.endswith("values (54, 36, 6, 3), by the parameters (72, 6, 15).")


def test_paths_are_multiplied_along_and_added():
    figure = figures.path_sum([4, 3], [6, -4])
    assert {"over $z_0$:  6 · 4 = 24", "over $z_1$:  (−4) · 3 = −12", "sum:  12"} < words(figure)
    assert figure.caption.endswith("24 + (−12) = 12.")


def test_the_training_curve_shows_losses_and_functions(rng):
    losses, place, target, before, after = rng.uniform(1, 2, 4), *rng.standard_normal((4, 5))
    figure = figures.training_curve(losses, place, target, before, after)
    drawn = lines(figure)
    np.testing.assert_array_equal(drawn[0][:, 1], losses)
    np.testing.assert_array_equal(drawn[3][:, 1], after[np.argsort(place)])
    rises = sum(losses[k + 1] > losses[k] for k in range(3))
    assert figure.caption.endswith(f"it rose in {rises} of 3 epochs.")


@pytest.mark.parametrize(
    "change",
    [
        dict(h=values + 0.5),
        dict(theta=-theta),
        dict(y=6.0),
        dict(dh=dh[::-1]),
        dict(dtheta=-dtheta),
    ],
)
def test_other_numbers_have_another_description(change):
    assert stack(**change).description() != stack().description()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: figures.descent_path(x, y[:3], 0.2),
            "descent_path: axis N is 4 in x but 3 in y (x is (N,) = (4,), y is (N,) = (3,))",
        ),
        (
            lambda: figures.descent_path(x, y, 0.2, steps=-1),
            "descent_path: steps is -1, but should be a whole number, at least 0",
        ),
        (
            lambda: figures.minibatch_gradients(x, 5, [range(4)]),
            "minibatch_gradients: B is 5, but should be a whole number, from 1 to 4",
        ),
        (
            lambda: figures.path_sum([1, 2], [3]),
            "path_sum: axis m is 2 in dh but 1 in dL (dh is (m,) = (2,), dL is (m,) = (1,))",
        ),
        (lambda: stack(12), "layer_stack: step is 12, but should be from 0 to 11"),
        (
            lambda: stack(dh=dh[:2]),
            "layer_stack: axis R is 3 in theta but 2 in dh "
            "(theta is (R,) = (3,), dh is (R,) = (2,))",
        ),
        (
            lambda: figures.training_curve([1.0], x, y, x, y[:2]),
            "training_curve: axis N is 4 in x but 2 in after "
            "(x is (N,) = (4,), after is (N,) = (2,))",
        ),
        (
            lambda: figures.two_valleys(x, y, [np.ones((2, 3))]),
            "two_valleys: axis parameters is 2 in parameters but 3 in path 0 "
            "(parameters is (parameters,) = (2,), path 0 is (steps0, parameters) = (2, 3))",
        ),
    ],
)
def test_wrong_shapes_are_refused(call, message):
    with pytest.raises(ShapeError) as error:
        call()
    assert str(error.value) == message


def test_every_stop_of_the_sliders_draws_its_own_picture(rng):
    rates = [0.2, 0.8]
    orders = np.array([rng.permutation(4) for _ in range(2)])
    for explorer, count in (
        (explore.learning_rate(x, y, rates, steps=2), 6),
        (explore.backward_steps(values, theta, 7.0, dh, dtheta), 12),
        (explore.batch_size(x * y, orders), 4),
    ):
        pictures = [explorer.draw(**stop).description() for stop in explorer.stops()]
        assert len(set(pictures)) == len(pictures) == count
