import numpy as np
import pytest
from oracles import same

from annex_lib.shapes import ShapeError
from annex_lib.training import batches, he_normal, momentum_step


def test_the_start_keeps_the_size_of_the_signal(rng):
    W = he_normal(rng, 400, 7, 5, 3)
    assert W.shape == (400, 7, 5, 3) and W.dtype == np.float64
    assert abs(W.std() * np.sqrt(7 * 5 * 3 / 2) - 1) < 0.02 and abs(W.mean()) < 0.002


def test_a_matrix_counts_its_columns():
    W = he_normal(np.random.default_rng(3), 4, 8)
    same(W, np.random.default_rng(3).standard_normal((4, 8)) / 2)


def test_each_sample_comes_once_in_an_epoch_and_in_another_order(rng):
    first, second = (list(batches(rng, 23, 5)) for _ in range(2))
    assert [len(t) for t in first] == [5, 5, 5, 5, 3]
    order, other = np.concatenate(first), np.concatenate(second)
    assert sorted(order) == sorted(other) == list(range(23))
    assert (order != other).any() and (order != np.arange(23)).any()
    assert [len(t) for t in batches(rng, 3, 1)] == [1, 1, 1]


def test_a_step_is_that_of_the_loop_and_leaves_its_arguments_alone(rng):
    params, velocities = ([rng.standard_normal(s) for s in ((3, 4), (5,))] for _ in range(2))
    given = [a.copy() for a in (*params, *velocities)]
    path, speed = [p.copy() for p in params], [v.copy() for v in velocities]
    new, moved = params, velocities
    for _ in range(3):
        gradients = [rng.standard_normal(p.shape) for p in params]
        new, moved = momentum_step(new, moved, gradients, eta=0.3, mu=0.7)
        for p, v, g in zip(path, speed, gradients, strict=True):
            for index in np.ndindex(p.shape):
                v[index] = 0.7 * v[index] + g[index]
                p[index] -= 0.3 * v[index]
    for ours, loop in zip((*new, *moved), (*path, *speed), strict=True):
        same(ours, loop)
    for before, after in zip(given, (*params, *velocities), strict=True):
        np.testing.assert_array_equal(before, after)


def test_steps_on_a_parabola_follow_its_recurrence():
    """On half the squared distance, v and p follow a linear recurrence; its matrix tells."""
    p, v, eta, mu = [np.array(2.0)], [np.array(0.0)], 0.4, 0.5
    state = np.array([2.0, 0.0])
    one_step = np.array([[1 - eta, -eta * mu], [1, mu]])
    for _ in range(5):
        p, v = momentum_step(p, v, [p[0]], eta=eta, mu=mu)
        state = one_step @ state
    same(np.array([p[0], v[0]]), state)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: he_normal(np.random.default_rng(0), 5),
            "he_normal: weights have outputs and inputs, but the shape is (5,)",
        ),
        (
            lambda: he_normal(np.random.default_rng(0), 5, 0),
            "he_normal: weights have outputs and inputs, but the shape is (5, 0)",
        ),
        (
            lambda: next(batches(np.random.default_rng(0), 5, 0)),
            "batches: size is 0, but should be at least 1",
        ),
        (
            lambda: momentum_step([np.ones(2)] * 2, [np.ones(2), 3], [np.ones(2)] * 2, eta=1),
            "momentum_step: parameter 1 has the shape (2,), its velocity (), its gradient (2,)",
        ),
        (
            lambda: momentum_step([np.ones(2)], [], [np.ones(2)], eta=1),
            "momentum_step: 1 parameters, 0 velocities, 1 gradients",
        ),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ShapeError) as error:
        call()
    assert str(error.value) == message


def test_a_layer_without_outputs_has_no_weights_to_draw():
    assert he_normal(np.random.default_rng(0), 0, 3).shape == (0, 3)
