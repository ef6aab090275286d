import numpy as np
import pytest
from oracles import same

from annex_lib.convolution import conv2d
from annex_lib.shapes import ShapeError
from annex_lib.windows import (
    check_settings,
    output_shape,
    output_size,
    pad,
    scatter,
    selection,
    unroll,
)


def test_the_output_size_counts_the_places_where_the_kernel_fits():
    for size, kernel, stride, padding, dilation in np.ndindex(8, 4, 4, 3, 3):
        size, kernel, stride, dilation = size + 1, kernel + 1, stride + 1, dilation + 1
        places = range(0, size + 2 * padding - dilation * (kernel - 1), stride)
        if len(places) == 0:
            continue
        u = output_size(size, kernel, stride=stride, padding=padding, dilation=dilation)
        assert u == len(places)


def test_the_output_size_takes_whole_numbers_of_numpy():
    assert output_size(np.int64(5), np.int32(3), stride=np.int8(2)) == 2
    assert output_size(np.uint8(200), 3, padding=np.uint8(100)) == 398
    pixel = np.ones((1, 1, 1, 1))
    assert conv2d(pixel, pixel, padding=np.uint8(200)).shape == (1, 1, 401, 401)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: output_size(0, 1), "size is 0, but should be a whole number, at least 1"),
        (lambda: output_size(5, 0), "kernel is 0, but should be a whole number, at least 1"),
        (lambda: output_size(5, 2.0), "kernel is 2.0, but should be a whole number, at least 1"),
        (
            lambda: output_size(5, 2, stride=0),
            "stride is 0, but should be a whole number, at least 1",
        ),
        (
            lambda: output_size(5, 2, stride=True),
            "stride is True, but should be a whole number, at least 1",
        ),
        (
            lambda: output_size(5, 2, padding=-1),
            "padding is -1, but should be a whole number, at least 0",
        ),
        (
            lambda: output_size(5, 2, dilation=0),
            "dilation is 0, but should be a whole number, at least 1",
        ),
        (
            lambda: output_size(5, 3, padding=1, dilation=4),
            "the kernel reaches over 9 entries along axis size, but the padded input has 7 "
            "(size 5, padding 1, kernel 3, dilation 4)",
        ),
    ],
)
def test_the_output_size_refuses_what_does_not_fit(call, message):
    with pytest.raises(ShapeError) as error:
        call()
    assert str(error.value) == f"output_size: {message}"


@pytest.mark.parametrize(("P", "Q"), [(0, 0), (2, 0), (0, 3), (1, 2)])
def test_padding_lays_zeros_around_rows_and_columns(P, Q, rng):
    x = rng.standard_normal((2, 3, 4, 5)).astype("float32")
    same(pad(x, (P, Q)), np.pad(x, ((0, 0), (0, 0), (P, P), (Q, Q))), 0)


def test_no_padding_copies_nothing():
    x = np.ones((1, 1, 2, 3))
    assert pad(x, (0, 0)) is x


@pytest.mark.parametrize(
    ("kernel", "stride", "dilation"),
    [((2, 3), (1, 1), (1, 1)), ((3, 2), (2, 3), (1, 2)), ((1, 4), (3, 1), (3, 1))],
)
def test_unroll_is_a_view_of_each_pixel_that_each_kernel_entry_meets(kernel, stride, dilation, rng):
    x = rng.standard_normal((2, 3, 9, 8))
    (p, q), (S, T), (D, E) = kernel, stride, dilation
    u, v = (9 - D * (p - 1) - 1) // S + 1, (8 - E * (q - 1) - 1) // T + 1
    expected = np.empty((2, 3, p, q, u, v))
    for k, l, i, j in np.ndindex(p, q, u, v):
        expected[:, :, k, l, i, j] = x[:, :, S * i + D * k, T * j + E * l]
    V = unroll(x, kernel, stride, dilation)
    same(V, expected, 0)
    assert np.shares_memory(V, x)


def checked(x=(2, 6, 7, 8), W=(9, 2, 3, 2), stride=1, padding=0, dilation=1, groups=3):
    return check_settings("f", np.empty(x), np.empty(W), stride, padding, dilation, groups)


def test_settings_come_back_as_pairs():
    assert checked() == ((1, 1), (0, 0), (1, 1), 3)
    assert checked(stride=[2, 3], padding=2, dilation=(3, 2)) == ((2, 3), (2, 2), (3, 2), 3)
    assert checked(x=(0, 6, 7, 8)) == checked()


def test_a_kernel_may_just_fill_the_padded_image():
    x, W = np.empty((1, 1, 3, 6)), np.empty((1, 1, 3, 4))
    settings = check_settings("f", x, W, 1, (1, 2), (2, 3), 1)
    assert output_shape("f", x.shape[2:], W.shape[2:], settings) == (1, 1)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"x": (6, 7, 8)}, "x has 3 axes, shape (6, 7, 8), but should be (B, C, m, n)"),
        ({"W": (9, 2, 3)}, "W has 3 axes, shape (9, 2, 3), but should be (F, C/groups, p, q)"),
        ({"x": (2, 0, 7, 8)}, "axis C of x is empty, shape (2, 0, 7, 8)"),
        ({"x": (2, 6, 0, 8)}, "axis m of x is empty, shape (2, 6, 0, 8)"),
        ({"x": (2, 6, 7, 0)}, "axis n of x is empty, shape (2, 6, 7, 0)"),
        ({"W": (0, 2, 3, 2)}, "axis F of W is empty, shape (0, 2, 3, 2)"),
        ({"W": (9, 0, 3, 2)}, "axis C/groups of W is empty, shape (9, 0, 3, 2)"),
        ({"W": (9, 2, 0, 2)}, "axis p of W is empty, shape (9, 2, 0, 2)"),
        ({"W": (9, 2, 3, 0)}, "axis q of W is empty, shape (9, 2, 3, 0)"),
        ({"groups": 0}, "groups is 0, but should be a whole number, at least 1"),
        ({"groups": 1.0}, "groups is 1.0, but should be a whole number, at least 1"),
        (
            {"x": (2, 7, 7, 8)},
            "groups is 3, which must divide the 7 channels of x and the 9 kernels of W",
        ),
        (
            {"W": (8, 2, 3, 2)},
            "groups is 3, which must divide the 6 channels of x and the 8 kernels of W",
        ),
        (
            {"W": (9, 4, 3, 2)},
            "axis C is 6 in x but 12 in W (x is (B, C, m, n) = (2, 6, 7, 8), "
            "W is (F, C/groups, p, q) = (9, 4, 3, 2), groups is 3)",
        ),
        ({"stride": (2, 0)}, "stride is 0, but should be a whole number, at least 1"),
        ({"stride": -1}, "stride is -1, but should be a whole number, at least 1"),
        ({"stride": (1, 1, 1)}, "stride is (1, 1, 1), but should be an int or a pair"),
        ({"stride": "2"}, "stride is '2', but should be a whole number, at least 1"),
        ({"padding": (0, -2)}, "padding is -2, but should be a whole number, at least 0"),
        ({"padding": [1]}, "padding is [1], but should be an int or a pair"),
        ({"dilation": (0, 1)}, "dilation is 0, but should be a whole number, at least 1"),
        ({"dilation": False}, "dilation is False, but should be a whole number, at least 1"),
        (
            {"dilation": (4, 1)},
            "the kernel reaches over 9 entries along axis m, but the padded input has 7 "
            "(size 7, padding 0, kernel 3, dilation 4)",
        ),
        (
            {"dilation": (1, 12), "padding": (0, 2)},
            "the kernel reaches over 13 entries along axis n, but the padded input has 12 "
            "(size 8, padding 2, kernel 2, dilation 12)",
        ),
    ],
)
def test_settings_that_do_not_fit_are_refused_by_name(wrong, message):
    with pytest.raises(ShapeError) as error:
        checked(**wrong)
    assert str(error.value) == f"f: {message}"


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "dilation"),
    [
        ((2, 3), (1, 1), (0, 0), (1, 1)),
        ((3, 2), (2, 3), (1, 0), (1, 2)),
        ((1, 4), (3, 1), (0, 2), (3, 1)),
    ],
)
def test_scatter_is_the_adjoint_of_padding_and_unrolling(kernel, stride, padding, dilation, rng):
    x = rng.standard_normal((2, 3, 9, 8))
    V = unroll(pad(x, padding), kernel, stride, dilation)
    stamps = rng.standard_normal(V.shape)
    back = scatter(stamps, x.shape, stride, padding, dilation)
    assert back.shape == x.shape
    np.testing.assert_allclose((stamps * V).sum(), (back * x).sum(), rtol=1e-12)
    assert (
        scatter(stamps.astype("complex64"), x.shape, stride, padding, dilation).dtype == "complex64"
    )


def test_the_selection_says_which_pixel_meets_which_weight():
    for size, kernel, stride, padding, dilation in np.ndindex(6, 3, 4, 3, 3):
        size, kernel, stride, dilation = size + 1, kernel + 1, stride + 1, dilation + 1
        setting = {"stride": stride, "padding": padding, "dilation": dilation}
        if dilation * (kernel - 1) + 1 > size + 2 * padding:
            continue
        u = output_size(size, kernel, **setting)
        expected = np.zeros((u, kernel, size))
        for i, k, r in np.ndindex(expected.shape):
            if r == stride * i + dilation * k - padding:
                expected[i, k, r] = 1
        same(selection(size, kernel, **setting), expected, 0)


def test_the_selection_refuses_a_kernel_that_does_not_fit():
    with pytest.raises(ShapeError, match="output_size: the kernel reaches over 5 entries"):
        selection(4, 3, dilation=2)
