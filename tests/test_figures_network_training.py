import numpy as np
import pytest

from annex_lib import explore, figures
from annex_lib.linear import linear
from annex_lib.losses import softmax_cross_entropy
from annex_lib.network import Tape, Variable
from annex_lib.shapes import ShapeError


def arrays(figure):
    return [im.get_array() for ax in figure.canvas.axes for im in ax.images]


def shown(figure):
    return [t.get_text() for ax in figure.canvas.axes for t in ax.texts if t.get_visible()]


def test_each_image_is_drawn_with_its_label(rng):
    images = rng.uniform(0, 1, (7, 5, 4))
    figure = figures.digit_images(images, "abcdefg", columns=3)
    for drawn, image in zip(arrays(figure), images, strict=True):
        np.testing.assert_array_equal(drawn, image)
    assert shown(figure) == list("abcdefg")
    (ax,) = figure.canvas.axes
    left, right, bottom, top = np.transpose([image.get_extent() for image in ax.images])
    assert [len(set(left)), len(set(top))] == [3, 3]  # columns and rows
    np.testing.assert_array_equal(np.lexsort([left, top]), range(7))
    np.testing.assert_allclose((bottom - top) / (right - left), 5 / 4)
    x, y = np.transpose([label.get_position() for label in ax.texts])
    assert ((left < x) & (x < right) & (bottom < y)).all()
    assert y[0] < top[3] and right[0] < left[1]
    assert f"{images[1].mean():.2f}" in figure.caption


def test_each_row_of_weights_becomes_an_image(rng):
    W = rng.standard_normal((3, 20))
    figure = figures.class_templates(W, (5, 4))
    for drawn, row in zip(arrays(figure), W, strict=True):
        np.testing.assert_array_equal(drawn.ravel(), row)
    assert f"{np.abs(W).max():.3g}" in figure.caption


def test_the_records_are_listed_in_their_order():
    tape, W, b = Tape(), Variable(np.ones((3, 2))), Variable(np.zeros(3))
    z = tape.do(linear, np.ones((4, 2)), W, b)
    tape.do(softmax_cross_entropy, z, np.array([0, 1, 2, 2]))
    words = shown(figures.tape_records(tape, {W: "W", b: "b"}))
    assert words[4:8] == ["0", "linear", "data, W, b", "4 × 3"]
    assert words[8:12] == ["1", "softmax_cross_entropy", "record 0, data", "a number"]


def test_the_curves_are_the_losses_and_their_means(rng):
    losses, right = rng.uniform(0.1, 2, 12), np.array([0.1, 0.8, 0.85, 0.9])
    figure = figures.training_losses({"one": losses}, {"one": right}, 4)
    thin, thick, accuracy = (line.get_xydata() for ax in figure.canvas.axes for line in ax.lines)
    np.testing.assert_array_equal(thin, np.stack([np.arange(12) / 4, losses], 1))
    means = [sum(losses[k : k + 4]) / 4 for k in (0, 4, 8)]
    np.testing.assert_allclose(thick, np.stack([[0.5, 1.5, 2.5], means], 1))
    np.testing.assert_allclose(accuracy[:, 1], 100 * right)


def test_each_kernel_has_its_own_grid(rng):
    history = [rng.standard_normal((4, 1, 2, 3)) for _ in range(3)]
    player = explore.kernels(history, ["a. ", "b. ", "c. "])
    for epoch, W in enumerate(history):
        values = player.scene.values(epoch=epoch)
        for f in range(4):
            np.testing.assert_array_equal(values[f"channel {f}"].numbers, W[f, 0])
        moved = np.sqrt(((W - history[0]) ** 2).sum() / (history[0] ** 2).sum())
        assert values["caption"].startswith("abc"[epoch] + ". ")
        assert f"moved by {100 * moved:.0f}%" in values["caption"]
    assert figures.kernels(history[1]).description() != figures.kernels(history[2]).description()


@pytest.fixture
def maps(rng):
    P = rng.dirichlet(np.ones(3), 5)
    images, channels = rng.uniform(0, 1, (5, 4, 3)), rng.uniform(0, 1, (5, 6, 2, 3))
    return images, channels, P, P.argmax(1) * np.array([1, 1, 1, 1, 0])


def test_the_maps_show_image_channels_and_probabilities(maps):
    images, channels, P, labels = maps
    scene = figures.feature_maps_scene(*maps)
    for i in range(5):
        values = scene.values(i=i)
        np.testing.assert_array_equal(values["image"].numbers, images[i])
        np.testing.assert_array_equal(values["channel 5"].numbers, channels[i, 5])
        np.testing.assert_allclose([bar[3] for bar in values["bars"]], P[i])
        verdict = "which it is" if labels[i] == P[i].argmax() else f"but it is a {labels[i]}"
        assert verdict in values["caption"]
    bars = figures.feature_maps(*maps, 2).canvas.axes[-1].patches
    np.testing.assert_allclose([bar.get_height() for bar in bars], P[2])


def test_every_stop_of_the_sliders_draws_its_own_picture(maps, rng):
    history = [rng.standard_normal((4, 1, 2, 3)) for _ in range(3)]
    for player, count in (
        (explore.feature_maps(*maps), 5),
        (explore.kernels(history, ["", "", ""]), 3),
    ):
        pictures = [player.draw(**stop).description() for stop in player.stops()]
        assert len(set(pictures)) == len(pictures) == count


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: figures.digit_images(np.ones((2, 3, 3)), "a"),
            "digit_images: axis N is 2 in images but 1 in labels "
            "(images is (N, m, n) = (2, 3, 3), labels is (N,) = (1,))",
        ),
        (
            lambda: figures.class_templates(np.ones((2, 6)), (2, 2)),
            "class_templates: rows of 6 weights are no images of (2, 2)",
        ),
        (
            lambda: figures.training_losses({"a": [1]}, {"b": [0, 1]}, 1),
            "training_losses: losses of ['a'], accuracies of ['b']",
        ),
        (
            lambda: figures.training_losses({"a": [1, 2]}, {"a": [0, 1]}, 1),
            "training_losses: 2 losses of a, but 1 epochs of 1 steps",
        ),
        (
            lambda: figures.kernels(np.ones((3, 1, 2, 2))),
            "kernels: 3 images do not stand in two equal rows",
        ),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ShapeError) as error:
        call()
    assert str(error.value) == message
