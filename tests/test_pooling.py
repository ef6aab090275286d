import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracles import disguises, held, jax_vjp, same

from annex_lib.derivatives import check_adjoint, jacobian
from annex_lib.pooling import avg_pool2d, avg_pool2d_vjp, max_pool2d, max_pool2d_vjp
from annex_lib.shapes import ShapeError

# Shape of x (B, C, m, n), kernel, settings.
CASES = {
    "plain": ((2, 3, 6, 8), (3, 2), {}),
    "square": ((3, 3, 4, 4), 2, {}),
    "remainder": ((2, 3, 8, 7), (3, 2), {}),
    "overlap": ((2, 3, 7, 6), (3, 2), {"stride": 1}),
    "gaps": ((2, 1, 9, 8), 2, {"stride": (4, 3)}),
    "padding": ((2, 3, 5, 6), (3, 4), {"stride": (2, 1), "padding": (1, 2)}),
    "padding beyond half": ((1, 2, 5, 6), (4, 3), {"stride": (1, 2), "padding": (3, 2)}),
    "dilation": ((2, 3, 9, 7), (3, 2), {"stride": (1, 2), "dilation": (2, 4)}),
    "ceil": ((2, 3, 6, 8), (2, 3), {"stride": (3, 3), "ceil_mode": True}),
    "ceil, no window in the padding": ((1, 2, 5, 3), 2, {"padding": 1, "ceil_mode": True}),
    "ceil, nothing left": ((2, 3, 6, 7), (3, 4), {"stride": (1, 3), "ceil_mode": True}),
    "ceil, less than a step": ((1, 2, 5, 6), (4, 3), {"stride": (3, 4), "ceil_mode": True}),
    "ceil and padding": ((2, 3, 6, 7), 3, {"stride": (3, 4), "padding": 1, "ceil_mode": True}),
    "all at once": (
        (2, 3, 8, 9),
        (3, 2),
        {"stride": (2, 3), "padding": (2, 1), "dilation": (2, 3), "ceil_mode": True},
    ),
    "whole image": ((2, 3, 4, 5), (4, 5), {}),
    "one pixel": ((2, 3, 4, 5), 1, {}),
    "batch of none": ((0, 3, 4, 5), 2, {"padding": 1}),
    "no channel left out": ((1, 1, 3, 3), 3, {"stride": 2, "padding": 1}),
}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
POOLS = [
    (max_pool2d, max_pool2d_vjp, {}),
    (avg_pool2d, avg_pool2d_vjp, {"count_include_pad": True}),
    (avg_pool2d, avg_pool2d_vjp, {"count_include_pad": False}),
]
every_pool = pytest.mark.parametrize("pool", POOLS, ids=["max", "mean of all", "mean of pixels"])


def both(value):
    return value if isinstance(value, tuple) else (value, value)


def windows(shape, kernel, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Return for each axis its windows: lists of places, counted from the first pixel."""
    stride = kernel if stride is None else stride
    axes = zip(shape[2:], *map(both, (kernel, stride, padding, dilation)), strict=True)
    found = []
    for size, k, S, P, D in axes:
        starts = [i for i in range(-P, size + P, S) if i + D * (k - 1) < size + P]
        after = starts[-1] + S
        if ceil_mode and starts[-1] + D * (k - 1) < size + P - 1 and after < size:
            starts.append(after)
        found.append(([[i + D * l for l in range(k)] for i in starts], size, P))
    return found


def pool_loops(x, kernel, *, count_include_pad=None, **setting):
    """Return the output, and for each of its entries the pixels it takes with their weights."""
    (rows, m, P), (columns, n, Q) = windows(x.shape, kernel, **setting)
    out = np.zeros((*x.shape[:2], len(rows), len(columns)), x.dtype)
    weights = {}
    for t, c, i, j in np.ndindex(out.shape):
        places = [(r, z) for r in rows[i] for z in columns[j]]
        pixels = [(t, c, r, z) for r, z in places if 0 <= r < m and 0 <= z < n]
        if count_include_pad is None:
            first = max(pixels, key=lambda p: x[p].real)
            weights[t, c, i, j] = {first: 1}
        else:
            padded = [(r, z) for r, z in places if r < m + P and z < n + Q]
            count = len(padded) if count_include_pad else len(pixels)
            weights[t, c, i, j] = dict.fromkeys(pixels, 1 / count)
        out[t, c, i, j] = sum(w * x[p] for p, w in weights[t, c, i, j].items())
    return out, weights


def vjp_loops(g, x, weights):
    dx = np.zeros(x.shape, g.dtype)
    for out, pixels in weights.items():
        for pixel, weight in pixels.items():
            dx[pixel] += weight * g[out]
    return dx


def largest(x, at, inside, _):
    import jax.numpy as jnp

    return jnp.where(inside > 0, x[:, at.astype(int)], -jnp.inf).max(2)


def mean(x, at, inside, counts):
    return (x[:, at.astype(int)] * inside).sum(2) / counts


def in_jax(g, x, kernel, *, count_include_pad=None, **setting):
    """Gather the windows by index, always 225 of 20 places, so that JAX compiles once."""
    (rows, m, P), (columns, n, Q) = windows(x.shape, kernel, **setting)
    at, inside, counts = np.zeros((225, 20)), np.zeros((225, 20)), np.ones(225)
    for o, (i, j) in enumerate(np.ndindex(len(rows), len(columns))):
        places = [(r, z) for r in rows[i] for z in columns[j]]
        pixels = [r * n + z for r, z in places if 0 <= r < m and 0 <= z < n]
        at[o, : len(pixels)], inside[o, : len(pixels)] = pixels, 1
        padded = sum(r < m + P and z < n + Q for r, z in places)
        counts[o] = padded if count_include_pad else len(pixels)
    size, count = m * n, len(rows) * len(columns)
    image, upstream = np.zeros((6, 81)), np.zeros((6, 225))
    image[:, :size], upstream[:, :count] = x.reshape(6, size), g.reshape(6, count)
    pool = largest if count_include_pad is None else mean
    out, (dx, *_) = jax_vjp(pool, upstream, image, at, inside, counts)
    return np.asarray(out)[:, :count].reshape(g.shape), np.asarray(dx)[:, :size].reshape(x.shape)


def check(pool, x, kernel, setting, rng):
    """Compare forward and backward with the loops; return what was found."""
    f, f_vjp, extra = pool
    out, weights = pool_loops(x, kernel, **setting, **extra)
    g = rng.standard_normal(out.shape)
    same(f(x, kernel, **setting, **extra), out)
    same(f_vjp(g, x, kernel, **setting, **extra), vjp_loops(g, x, weights))
    return g, out


@every_pool
@every_case
def test_forward_and_backward_agree_with_the_loops(pool, case, rng):
    shape, kernel, setting = case
    x = rng.standard_normal(shape)
    check(pool, x, kernel, setting, rng)
    f, f_vjp, extra = pool
    out = f(x, kernel, **setting, **extra)
    for a in (out, f_vjp(out, x, kernel, **setting, **extra)):
        assert held(a) == a.size


@every_pool
@every_case
def test_the_backward_pass_is_the_adjoint(pool, case, rng):
    (f, f_vjp, extra), (shape, kernel, setting) = pool, case

    def forward(x):
        return f(x, kernel, **setting, **extra)

    def backward(g, x):
        return f_vjp(g, x, kernel, **setting, **extra)

    assert check_adjoint(forward, backward, rng.standard_normal(shape), rng=rng)


@every_pool
def test_the_jacobian_is_the_complex_step_and_the_central_difference(pool, rng):
    f, f_vjp, extra = pool
    x = rng.standard_normal((1, 2, 4, 5))

    def forward(x):
        return f(x, (2, 3), stride=1, padding=1, **extra)

    J = jacobian(forward, x)
    same(J, jacobian(forward, x, method="central"), 1e-9)
    g = rng.standard_normal(J.shape[:4])
    same(f_vjp(g, x, (2, 3), stride=1, padding=1, **extra), np.tensordot(g, J, 4))


@every_pool
@pytest.mark.parametrize("name", ["all at once", "plain", "ceil and padding"])
def test_jax_agrees(pool, name, rng):
    (f, f_vjp, extra), (shape, kernel, setting) = pool, CASES[name]
    x = rng.standard_normal(shape)
    g = rng.standard_normal(f(x, kernel, **setting).shape)
    out, dx = in_jax(g, x, kernel, **setting, **extra)
    same(f(x, kernel, **setting, **extra), out)
    same(f_vjp(g, x, kernel, **setting, **extra), dx)


@pytest.mark.parametrize("name", ["plain", "overlap", "padding", "remainder"])
def test_xlas_own_windows_agree(name, rng):
    import jax

    shape, kernel, setting = CASES[name]
    x, P = rng.standard_normal(shape), both(setting.get("padding", 0))
    window = (1, 1, *both(kernel)), (1, 1, *both(setting.get("stride", kernel)))
    pads = (0, 0), (0, 0), (P[0], P[0]), (P[1], P[1])

    def most(x):
        return jax.lax.reduce_window(x, -np.inf, jax.lax.max, *window, pads)

    def average(x):
        return jax.lax.reduce_window(x, 0.0, jax.lax.add, *window, pads) / np.prod(both(kernel))

    for f, f_vjp, oracle in (
        (max_pool2d, max_pool2d_vjp, most),
        (avg_pool2d, avg_pool2d_vjp, average),
    ):
        out = f(x, kernel, **setting)
        g = rng.standard_normal(out.shape)
        expected, (dx,) = jax_vjp(oracle, g, x)
        same(out, np.asarray(expected))
        same(f_vjp(g, x, kernel, **setting), np.asarray(dx))


@pytest.mark.parametrize("name", ["overlap", "padding", "all at once"])
def test_where_pixels_tie_the_first_gets_everything(name, rng):
    shape, kernel, setting = CASES[name]
    x = rng.integers(0, 2, shape).astype(float)
    check(POOLS[0], x, kernel, setting, rng)
    check(POOLS[0], np.full(shape, -3.0), kernel, setting, rng)
    # A pixel of -inf still comes before the padding, which is no larger.
    check(POOLS[0], np.where(x > 0, -np.inf, x - 1), kernel, setting, rng)
    check(POOLS[0], np.full(shape, -np.inf), kernel, setting, rng)


def test_a_tie_is_shared_by_jax_and_not_by_us():
    x, g = np.full((2, 3, 2, 2), 5.0), np.full((2, 3, 1, 1), 8.0)
    same(max_pool2d_vjp(g, x, 2), np.tile([[8.0, 0], [0, 0]], (2, 3, 1, 1)), 0)
    same(in_jax(g, x, 2)[1], np.full((2, 3, 2, 2), 2.0), 0)


@every_pool
@pytest.mark.parametrize("dtype", ["float32", "complex64", "complex128"])
def test_the_dtype_stays(pool, dtype, rng):
    f, f_vjp, extra = pool
    x = (rng.standard_normal((1, 2, 5, 6, 2)) @ [1, 1j if dtype[0] == "c" else 0]).astype(dtype)
    setting = {"padding": 1, **extra}
    out = f(x, 3, **setting)
    assert out.dtype == f_vjp(out, x, 3, **setting).dtype == dtype
    np.testing.assert_allclose(out, pool_loops(x, 3, **setting)[0], rtol=1e-5)
    assert f_vjp(out, x.real.astype("float64"), 3, **setting).dtype == dtype
    whole = (10 * x.real).astype(int)
    same(f(whole, 3, **setting), f(whole.astype(float), 3, **setting), 0)


@every_pool
def test_other_memory_gives_the_same_and_inputs_stay(pool, rng):
    x = rng.standard_normal((2, 3, 5, 6))
    before = x.copy()
    for y in disguises(x):
        check(pool, y, (2, 3), {"padding": 1}, rng)
    same(x, before, 0)


def test_a_gap_reaches_the_windows_that_see_it(rng):
    x = rng.standard_normal((1, 1, 4, 6))
    x[0, 0, 1, 3] = np.nan
    for f in (max_pool2d, avg_pool2d):
        assert np.argwhere(np.isnan(f(x, 2))).tolist() == [[0, 0, 0, 1]]
    dx = max_pool2d_vjp(np.ones((1, 1, 2, 3)), x, 2)
    assert dx[0, 0, 1, 3] == 1 and dx.sum() == 6


@pytest.mark.parametrize("vjp", [False, True])
@pytest.mark.parametrize("name", ["max_pool2d", "avg_pool2d"])
@pytest.mark.parametrize(
    ("x", "kernel", "setting", "message"),
    [
        ((3, 5, 6), 2, {}, "x has 3 axes, shape (3, 5, 6), but should be (B, C, m, n)"),
        ((2, 3, 5, 6), 0, {}, "kernel is 0, but should be a whole number, at least 1"),
        ((2, 3, 5, 6), (2, 2, 2), {}, "kernel is (2, 2, 2), but should be an int or a pair"),
        ((2, 3, 5, 6), 2, {"stride": 0}, "stride is 0, but should be a whole number, at least 1"),
        ((2, 0, 5, 6), 2, {}, "axis C of x is empty, shape (2, 0, 5, 6)"),
        (
            (2, 3, 5, 6),
            (2, 7),
            {},
            "the kernel reaches over 7 entries along axis n, but the padded input has 6 "
            "(size 6, padding 0, kernel 7, dilation 1)",
        ),
        (
            (2, 3, 5, 6),
            2,
            {"padding": (0, 2)},
            "window 0 along axis n sees no pixel, only padding "
            "(size 6, padding 2, kernel 2, dilation 1)",
        ),
        (
            (2, 3, 1, 6),
            2,
            {"padding": (2, 0), "stride": 1, "dilation": (3, 1)},
            "window 0 along axis m sees no pixel, only padding "
            "(size 1, padding 2, kernel 2, dilation 3)",
        ),
        (
            (2, 3, 5, 6),
            10**7,
            {},
            "the kernel reaches over 10000000 entries along axis m, but the padded input has 5 "
            "(size 5, padding 0, kernel 10000000, dilation 1)",
        ),
        (
            (2, 3, 3, 6),
            2,
            {"padding": (2, 0), "stride": 1, "dilation": (4, 1)},
            "window 1 along axis m sees no pixel, only padding "
            "(size 3, padding 2, kernel 2, dilation 4)",
        ),
    ],
)
def test_settings_that_do_not_fit_are_refused_by_name(name, vjp, x, kernel, setting, message):
    f, f_vjp, _ = POOLS[name == "avg_pool2d"]
    with pytest.raises(ShapeError) as error:
        f_vjp(np.ones((1, 1, 1, 1)), np.ones(x), kernel, **setting) if vjp else f(
            np.ones(x), kernel, **setting
        )
    assert str(error.value) == f"{name}{'_vjp' * vjp}: {message}"


@pytest.mark.parametrize("pool", POOLS[:2])
def test_an_upstream_gradient_of_another_shape_is_refused(pool):
    with pytest.raises(ShapeError) as error:
        pool[1](np.ones((2, 3, 2, 2)), np.ones((2, 3, 5, 6)), 2)
    name = pool[1].__name__
    assert str(error.value) == (
        f"{name}: axis v is 3 in output but 2 in g (output is (B, C, u, v) = (2, 3, 2, 3), "
        "g is (B, C, u, v) = (2, 3, 2, 2))"
    )
    for shape, axis in (((1, 3, 2, 3), "B is 2"), ((2, 1, 2, 3), "C is 3")):
        with pytest.raises(ShapeError, match=f"axis {axis} in output but 1 in g"):
            pool[1](np.ones(shape), np.ones((2, 3, 5, 6)), 2)


def random_check(examples):
    pairs = [st.tuples(st.integers(low, high), st.integers(low, high)) for low, high in
             ((1, 9), (1, 4), (1, 4), (0, 3), (1, 3))]  # fmt: skip

    @settings(max_examples=examples, deadline=None, derandomize=True)
    @given(st.sampled_from(POOLS), *pairs, st.booleans(), st.integers(0, 2**32))
    def compare(pool, size, kernel, stride, padding, dilation, ceil_mode, seed):
        f, f_vjp, extra = pool
        setting = dict(stride=stride, padding=padding, dilation=dilation, ceil_mode=ceil_mode)
        rng = np.random.default_rng(seed)
        x = rng.standard_normal((2, 3, *size))
        for length, k, P, D in zip(size, kernel, padding, dilation, strict=True):
            assume(D * (k - 1) + 1 <= length + 2 * P)
        for places, length, _ in windows(x.shape, kernel, **setting):
            assume(all(any(0 <= r < length for r in window) for window in places))
        g, _ = check(pool, x, kernel, setting, rng)
        expected, dx = in_jax(g, x, kernel, **setting, **extra)
        same(f(x, kernel, **setting, **extra), expected, 1e-10)
        same(f_vjp(g, x, kernel, **setting, **extra), dx, 1e-10)

    return compare


test_random_settings_agree_with_the_loops_and_jax = random_check(100)
test_many_random_settings_agree_with_the_loops_and_jax = pytest.mark.long(random_check(500))
