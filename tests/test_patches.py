import numpy as np
import pytest
from oracles import disguises, held, same

from annex_lib.patches import col2im, im2col
from annex_lib.shapes import ShapeError


@pytest.mark.parametrize("B", [0, 1, 2])
@pytest.mark.parametrize(
    "setting",
    [
        {},
        {"stride": (3, 2)},
        {"padding": (2, 1)},
        {"dilation": (1, 2)},
        {"stride": 2, "padding": 1},
    ],
)
def test_im2col_lays_each_patch_in_a_row(B, setting, rng):
    x, p, q = rng.standard_normal((B, 3, 7, 8)), 3, 2
    (S, T), (P, Q), (D, E) = (
        v if isinstance(v := setting.get(name, least), tuple) else (v, v)
        for name, least in (("stride", 1), ("padding", 0), ("dilation", 1))
    )
    Z = np.pad(x, ((0, 0), (0, 0), (P, P), (Q, Q)))
    m, n = Z.shape[2:]
    rows = [
        Z[:, :, r : r + D * (p - 1) + 1 : D, z : z + E * (q - 1) + 1 : E].reshape(B, 3 * p * q)
        for r in range(0, m - D * (p - 1), S)
        for z in range(0, n - E * (q - 1), T)
    ]
    same(im2col(x, (p, q), **setting), np.stack(rows, 1), 0)


def test_im2col_takes_one_number_for_a_square_kernel_and_keeps_the_dtype(rng):
    x = rng.standard_normal((2, 3, 5, 4)).astype("float32")
    same(im2col(x, 2), im2col(x, (2, 2)), 0)
    assert im2col(x, 2).dtype == np.float32
    assert im2col(x.astype(int), [2, 3]).dtype == np.float64
    for y in disguises(x):
        same(im2col(y, (2, 3)), im2col(x, (2, 3)), 0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda x: im2col(x[0], 2),
            "im2col: x has 3 axes, shape (3, 5, 6), but should be (B, C, m, n)",
        ),
        (
            lambda x: im2col(x, (2, 0)),
            "im2col: kernel is 0, but should be a whole number, at least 1",
        ),
        (
            lambda x: im2col(x, (2, 2, 2)),
            "im2col: kernel is (2, 2, 2), but should be an int or a pair",
        ),
        (
            lambda x: im2col(x, (2, 7)),
            "im2col: the kernel reaches over 7 entries along axis n, but the padded input has 6 "
            "(size 6, padding 0, kernel 7, dilation 1)",
        ),
        (
            lambda x: im2col(x, 2, stride=(1, 0)),
            "im2col: stride is 0, but should be a whole number, at least 1",
        ),
        (
            lambda x: im2col("x", 2),
            "im2col: x holds str32, but should hold real or complex numbers",
        ),
        (lambda x: im2col(x[:, :0], 2), "im2col: axis C of x is empty, shape (2, 0, 5, 6)"),
    ],
)
def test_im2col_refuses_what_does_not_fit(call, message):
    with pytest.raises(ShapeError) as error:
        call(np.ones((2, 3, 5, 6)))
    assert str(error.value) == message


SETTINGS = [
    {},
    {"stride": (3, 2)},
    {"padding": (2, 1)},
    {"dilation": (1, 2)},
    {"stride": 2, "padding": 1, "dilation": (2, 1)},
]


@pytest.mark.parametrize("B", [0, 1, 2])
@pytest.mark.parametrize("setting", SETTINGS)
def test_col2im_is_the_adjoint_of_im2col(B, setting, rng):
    x = rng.standard_normal((B, 3, 7, 8))
    M = im2col(x, (3, 2), **setting)
    G = rng.standard_normal(M.shape)
    back = col2im(G, (7, 8), (3, 2), **setting)
    assert (back.shape, held(back)) == (x.shape, x.size)
    np.testing.assert_allclose((back * x).sum(), (G * M).sum(), rtol=1e-12)


def test_col2im_adds_each_entry_where_it_came_from(rng):
    C, m, n, p, q = 4, 5, 6, 2, 3
    M = rng.standard_normal((1, 8, C * p * q))  # 4 by 2 patches
    x = np.zeros((1, C, m, n))
    for i, j, c, k, l in np.ndindex(4, 2, C, p, q):
        r, s = i + k, 2 * j + 2 * l - 1
        if 0 <= s < n:
            x[0, c, r, s] += M[0, 2 * i + j, (c * p + k) * q + l]
    setting = {"stride": (1, 2), "padding": (0, 1), "dilation": (1, 2)}
    same(col2im(M, (m, n), (p, q), **setting), x)
    for other in disguises(M):
        same(col2im(other, [m, n], (p, q), **setting), x)


def test_col2im_counts_the_channels(rng):
    M = rng.standard_normal((2, 8, 4))
    back = col2im(M, (4, 8), (4, 1))
    same(back, M.reshape(2, 1, 8, 4).swapaxes(2, 3), 0)


def test_col2im_takes_one_number_for_a_square_and_keeps_the_dtype(rng):
    M = rng.standard_normal((2, 9, 8)).astype("complex64")
    same(col2im(M, 4, 2), col2im(M, (4, 4), (2, 2)), 0)
    assert col2im(M, 4, 2).dtype == "complex64"
    assert col2im(np.ones((2, 9, 8), int), 4, 2).dtype == float


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda M: col2im(M[0], 4, 2), "M has 2 axes, shape (9, 8), but should be (B, uv, Cpq)"),
        (
            lambda M: col2im(M, 5, 2),
            "M is (2, 9, 8), but with 4 by 4 patches of 2 by 2 it should be (B, 16, C·4)",
        ),
        (
            lambda M: col2im(M[:, :, :6], 4, 2),
            "M is (2, 9, 6), but with 3 by 3 patches of 2 by 2 it should be (B, 9, C·4)",
        ),
        (
            lambda M: col2im(M[:, :, :0], 4, 2),
            "M is (2, 9, 0), but with 3 by 3 patches of 2 by 2 it should be (B, 9, C·4)",
        ),
        (lambda M: col2im(M, 0, 2), "size is 0, but should be a whole number, at least 1"),
        (lambda M: col2im(M, 4, (2, 0)), "kernel is 0, but should be a whole number, at least 1"),
        (
            lambda M: col2im(M, 1, 2),
            "the kernel reaches over 2 entries along axis m, but the padded input has 1 "
            "(size 1, padding 0, kernel 2, dilation 1)",
        ),
        (
            lambda M: col2im(M, 4, 10**7),
            "the kernel reaches over 10000000 entries along axis m, but the padded input has 4 "
            "(size 4, padding 0, kernel 10000000, dilation 1)",
        ),
        (lambda M: col2im("M", 4, 2), "M holds str32, but should hold real or complex numbers"),
    ],
)
def test_col2im_refuses_what_does_not_fit(call, message):
    with pytest.raises(ShapeError) as error:
        call(np.ones((2, 9, 8)))
    assert str(error.value) == f"col2im: {message}"
