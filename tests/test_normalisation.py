import functools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import disguises, jax_vjp, same

from annex_lib.derivatives import check_adjoint, jacobian, vjp
from annex_lib.normalisation import (
    batch_norm,
    batch_norm_vjp,
    layer_norm,
    layer_norm_vjp,
    running_statistics,
    standardise,
)
from annex_lib.shapes import ShapeError

# Shape of x, and how many of its last axes a layer norm takes.
LAYER = [((4,), 1), ((5, 3), 1), ((3, 3), 1), ((2, 3, 4), 1), ((4, 2, 3, 5), 3), ((2, 5, 3), 2)]
BATCH = [(5, 3), (3, 3), (4, 1), (4, 2, 3, 5), (1, 3, 2, 4), (3, 2, 1, 1)]


def draw(rng, shape, parameters, dtype=float):
    """Return x, gamma, beta and g, all random."""
    shapes = shape, parameters, parameters, shape
    if np.dtype(dtype).kind == "c":
        return [(rng.standard_normal((*s, 2)) @ [1, 1j]).astype(dtype) for s in shapes]
    return [rng.standard_normal(s).astype(dtype) for s in shapes]


def forward_loops(groups, scales, shifts, eps):
    """Normalise groups of numbers one after the other, each number by the definition."""
    out = []
    for group, gamma, beta in zip(groups, scales, shifts, strict=True):
        n = len(group)
        mean = sum(group) / n
        sigma = (sum((v - mean) ** 2 for v in group) / n + eps) ** 0.5
        out.append([c * (v - mean) / sigma + b for v, c, b in zip(group, gamma, beta, strict=True)])
    return np.array(out)


def layer_loops(x, gamma, beta, eps):
    rows = x.reshape(-1, gamma.size)
    scales, shifts = [gamma.ravel()] * len(rows), [beta.ravel()] * len(rows)
    return forward_loops(rows, scales, shifts, eps).reshape(x.shape)


def batch_loops(x, gamma, beta, eps):
    columns = np.moveaxis(x, 1, 0).reshape(len(gamma), -1)
    scales, shifts = ([[v] * columns.shape[1] for v in a] for a in (gamma, beta))
    out = forward_loops(columns, scales, shifts, eps)
    return np.moveaxis(out.reshape(len(gamma), len(x), *x.shape[2:]), 0, 1)


def check(norm, norm_vjp, loops, arrays, eps):
    """Compare forward with the loops, backward with the complex step through the loops."""
    x, gamma, beta, g = arrays
    same(norm(x, gamma, beta, eps=eps), loops(x, gamma, beta, eps), 1e-10)
    expected = vjp(lambda *xs: loops(*xs, eps), (x, gamma, beta), g)
    for actual, expect in zip(norm_vjp(g, x, gamma, eps=eps), expected, strict=True):
        same(actual, expect, 1e-10)


@pytest.mark.parametrize("eps", [0, 1e-5, 0.7])
@pytest.mark.parametrize(("shape", "axes"), LAYER)
def test_layer_norm_agrees_with_the_loops(shape, axes, eps, rng):
    arrays = draw(rng, shape, shape[-axes:])
    check(layer_norm, layer_norm_vjp, layer_loops, arrays, eps)


@pytest.mark.parametrize("eps", [1e-5, 0.7])
@pytest.mark.parametrize("shape", BATCH)
def test_batch_norm_agrees_with_the_loops(shape, eps, rng):
    check(batch_norm, batch_norm_vjp, batch_loops, draw(rng, shape, shape[1:2]), eps)


@pytest.mark.parametrize("shape", BATCH)
def test_with_given_statistics_each_output_depends_on_its_own_input(shape, rng):
    x, gamma, beta, g = draw(rng, shape, shape[1:2])
    mean, variance = rng.standard_normal(shape[1]), rng.uniform(0.5, 2, shape[1])

    def loops(x, gamma, beta):
        out = np.zeros(x.shape, np.result_type(x, gamma, beta))
        for place in np.ndindex(shape):
            c = place[1]
            out[place] = gamma[c] * (x[place] - mean[c]) / (variance[c] + 0.1) ** 0.5 + beta[c]
        return out

    same(batch_norm(x, gamma, beta, (mean, variance), eps=0.1), loops(x, gamma, beta))
    gradients = batch_norm_vjp(g, x, gamma, (mean, variance), eps=0.1)
    for actual, expect in zip(gradients, vjp(loops, (x, gamma, beta), g), strict=True):
        same(actual, expect)


@pytest.mark.parametrize(("shape", "axes"), [((5, 3), 1), ((4, 4), 1), ((2, 3, 2, 4), 3)])
def test_the_backward_passes_are_adjoint(shape, axes, rng):
    x, gamma, beta, _ = draw(rng, shape, shape[-axes:])
    assert check_adjoint(
        layer_norm, lambda g, x, c, _: layer_norm_vjp(g, x, c), x, gamma, beta, rng=rng
    )
    _, gamma, beta, _ = draw(rng, shape, shape[1:2])
    assert check_adjoint(
        batch_norm, lambda g, x, c, _: batch_norm_vjp(g, x, c), x, gamma, beta, rng=rng
    )


@pytest.mark.parametrize("eps", [0, 0.3])
def test_the_jacobian_is_that_of_the_chapter(eps, rng):
    x = rng.standard_normal(6)
    h, _, sigma = standardise(x, 0, eps=eps)
    J = jacobian(lambda x: standardise(x, 0, eps=eps)[0], x)
    same(J, (np.eye(6) - 1 / 6 - np.outer(h, h) / 6) / sigma, 1e-10)
    same(J @ h, eps / sigma**3 * h, 1e-10)  # with no eps, h is not seen
    assert np.linalg.matrix_rank(J) == (5 if eps else 4)


def test_what_is_normalised_has_mean_0_and_mean_square_1_but_for_eps(rng):
    x = rng.standard_normal((3, 4, 5))
    h, mean, sigma = standardise(x, (0, -1), eps=0.2)
    assert mean.shape == sigma.shape == (1, 4, 1)
    same(mean, x.mean((0, 2), keepdims=True))
    same(sigma, np.sqrt(x.var((0, 2), keepdims=True) + 0.2))
    same(h * sigma + mean, x)
    same(h.mean((0, 2)), np.zeros(4))
    same((h**2).mean((0, 2)), x.var((0, 2)) / (x.var((0, 2)) + 0.2))


@pytest.mark.parametrize("shape", [(5, 3), (4, 2, 3, 5)])
def test_running_statistics_are_new_values(shape, rng):
    x, mean, variance, _ = draw(rng, shape, shape[1:2])
    variance = variance**2
    before = mean.copy(), variance.copy()
    axes = (0, *range(2, len(shape)))
    for unbiased in (False, True):
        new = running_statistics(x, (mean, variance), momentum=0.3, unbiased=unbiased)
        same(new[0], 0.7 * mean + 0.3 * x.mean(axes))
        same(new[1], 0.7 * variance + 0.3 * x.var(axes, ddof=int(unbiased)))
    default = running_statistics(x, (mean, variance))
    same(default[0], 0.9 * mean + 0.1 * x.mean(axes))
    same(default[1], 0.9 * variance + 0.1 * x.var(axes, ddof=1))
    for a, old in zip((mean, variance), before, strict=True):
        same(a, old, 0)


def test_running_statistics_take_two_numbers_or_a_single_one_without_spread():
    mean, variance = running_statistics([[1], [7]], ([0], [0]), momentum=1)
    assert (mean.tolist(), variance.tolist()) == ([4], [18])
    mean, variance = running_statistics([[3]], ([1], [0]), momentum=0.5, unbiased=False)
    assert (mean.tolist(), variance.tolist()) == ([2], [0])


def test_gathered_statistics_give_what_the_batch_gave(rng):
    x, gamma, beta, _ = draw(rng, (6, 3, 2, 4), (3,))
    one = running_statistics(x, (np.zeros(3), np.ones(3)), momentum=1, unbiased=False)
    same(batch_norm(x, gamma, beta, one), batch_norm(x, gamma, beta))


@pytest.mark.parametrize("dtype", ["float32", "complex64", "complex128"])
def test_the_dtype_stays(dtype, rng):
    x, gamma, beta, g = draw(rng, (5, 3), (3,), dtype)
    pair = gamma, (beta * beta.conj())
    results = [layer_norm(x, gamma, beta), *layer_norm_vjp(g, x, gamma), *standardise(x, 0)]
    results += [batch_norm(x, gamma, beta), *batch_norm_vjp(g, x, gamma)]
    results += [batch_norm(x, gamma, beta, pair), *batch_norm_vjp(g, x, gamma, pair)]
    results += running_statistics(x, pair)
    assert {a.dtype for a in results} == {np.dtype(dtype)}


def test_other_memory_and_read_only_inputs_give_the_same(rng):
    x, gamma, beta, g = arrays = draw(rng, (5, 3), (3,))
    before = [a.copy() for a in arrays]
    layer = layer_norm(x, gamma, beta), *layer_norm_vjp(g, x, gamma)
    batch = batch_norm(x, gamma, beta), *batch_norm_vjp(g, x, gamma)
    for x, gamma, beta, g in zip(*map(disguises, arrays), strict=True):
        for actual, expect in zip(
            [layer_norm(x, gamma, beta), *layer_norm_vjp(g, x, gamma)], layer, strict=True
        ):
            same(actual, expect)
        for actual, expect in zip(
            [batch_norm(x, gamma, beta), *batch_norm_vjp(g, x, gamma)], batch, strict=True
        ):
            same(actual, expect)
    for a, old in zip(arrays, before, strict=True):
        same(a, old, 0)


def test_no_samples_give_no_rows_and_gradients_of_zero():
    x, one = np.ones((0, 3)), np.ones(3)
    same(layer_norm(x, one, one), x)
    for actual, expect in zip(layer_norm_vjp(x, x, one), (x, 0 * one, 0 * one), strict=True):
        same(actual, expect)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda a: layer_norm(a(2, 5), a(4), a(4)),
            "layer_norm: axis n is 4 in gamma but 5 in x (gamma is (n,) = (4,), "
            "x is (B, n) = (2, 5))",
        ),
        (
            lambda a: layer_norm(a(2, 4), a(4), a(2)),
            "layer_norm: axis n is 4 in gamma but 2 in beta (gamma is (n,) = (4,), "
            "beta is (n,) = (2,))",
        ),
        (
            lambda a: layer_norm(a(4), a(2, 4), a(4)),
            "layer_norm: gamma has the shape (2, 4), but should have the last axes of x, which has "
            "the shape (4,)",
        ),
        (
            lambda a: layer_norm_vjp(a(4, 2, 3, 6), a(4, 2, 3, 5), a(2, 3, 5)),
            "layer_norm_vjp: axis n is 5 in gamma but 6 in g (gamma is (C, m, n) = (2, 3, 5), "
            "g is (B, C, m, n) = (4, 2, 3, 6))",
        ),
        (
            lambda a: layer_norm(a(2, 4), a(), a()),
            "layer_norm: gamma has the shape (), but should have the last axes of x, which has the "
            "shape (2, 4)",
        ),
        (
            lambda a: layer_norm(a(2, 4), a(4), a(4), eps=-1),
            "layer_norm: eps is -1, but should be at least 0",
        ),
        (
            lambda a: batch_norm(a(2, 4), a(4), a(4), (a(4), a(4)), eps=np.nan),
            "batch_norm: eps is nan, but should be at least 0",
        ),
        (
            lambda a: layer_norm(a(2, 0), a(0), a(0)),
            "layer_norm: x of shape (2, 0) has nothing to take a mean of",
        ),
        (
            lambda a: batch_norm(a(0, 3), a(3), a(3)),
            "batch_norm: x of shape (0, 3) has nothing to take a mean of",
        ),
        (
            lambda a: batch_norm(a(5, 3), a(5), a(5)),
            "batch_norm: axis C is 5 in gamma but 3 in x (gamma is (C,) = (5,), "
            "x is (B, C) = (5, 3))",
        ),
        (
            lambda a: batch_norm(a(3), a(3), a(3)),
            "batch_norm: x has 1 axis, shape (3,), but should be (B, C) or (B, C, m, n)",
        ),
        (
            lambda a: batch_norm_vjp(a(5, 3), a(5, 3, 2, 2), a(3)),
            "batch_norm_vjp: g has 2 axes, shape (5, 3), but should be (B, C, m, n)",
        ),
        (
            lambda a: layer_norm_vjp(a(4), a(2, 4), a(4)),
            "layer_norm_vjp: g has 1 axis, shape (4,), but should be (B, n)",
        ),
        (
            lambda a: layer_norm_vjp(a(2, 5, 4), a(2, 3, 4), a(4)),
            "layer_norm_vjp: axis B1 is 3 in x but 5 in g (x is (B, B1, n) = (2, 3, 4), "
            "g is (B, B1, n) = (2, 5, 4))",
        ),
        (
            lambda a: batch_norm_vjp(a(5, 3), a(6, 3), a(3)),
            "batch_norm_vjp: axis B is 6 in x but 5 in g (x is (B, C) = (6, 3), "
            "g is (B, C) = (5, 3))",
        ),
        (
            lambda a: batch_norm(a(5, 3), a(3), a(3), a(3)),
            "batch_norm: statistics should be a pair (mean, variance), each of shape (C,)",
        ),
        (
            lambda a: batch_norm_vjp(a(5, 3), a(5, 3), a(3), (a(3), a(5))),
            "batch_norm_vjp: axis C is 3 in x but 5 in variance (x is (B, C) = (5, 3), variance is "
            "(C,) = (5,))",
        ),
        (
            lambda a: batch_norm(a(5, 3), a(3), a(3), (a(3), [4, -1, 2])),
            "batch_norm: variance holds -1, but should be at least 0",
        ),
        (
            lambda a: running_statistics(a(1, 3), (a(3), a(3))),
            "running_statistics: a channel has 1 number in the batch, x of shape (1, 3), but "
            "should have at least 2",
        ),
        (
            lambda a: running_statistics(a(0, 3), (a(3), a(3)), unbiased=False),
            "running_statistics: a channel has 0 numbers in the batch, x of shape (0, 3), but "
            "should have at least 1",
        ),
        (
            lambda a: running_statistics(a(4, 3), (a(3), a(3)), momentum=1.5),
            "running_statistics: momentum is 1.5, but should be from 0 to 1",
        ),
        (
            lambda a: running_statistics(a(4, 3), (a(3), a(3)), momentum=-0.5),
            "running_statistics: momentum is -0.5, but should be from 0 to 1",
        ),
        (
            lambda a: running_statistics(a(4, 3), None),
            "running_statistics: statistics should be a pair (mean, variance), each of shape (C,)",
        ),
        (
            lambda a: standardise(a(4, 3), 2),
            "standardise: axes is 2, but x has the axes 0 to 1, each once",
        ),
        (
            lambda a: standardise(a(4, 3), (0, -2)),
            "standardise: axes is (0, -2), but x has the axes 0 to 1, each once",
        ),
        (
            lambda a: standardise("words", 0),
            "standardise: x holds str160, but should hold real or complex numbers",
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_name(call, message):
    with pytest.raises(ShapeError) as error:
        call(lambda *shape: np.ones(shape))
    assert str(error.value) == message


@functools.cache  # so that JAX compiles each setting once
def jax_norm(over, wide):
    def norm(x, gamma, beta, eps):
        count = math.prod(x.shape[axis] for axis in over)
        x = x - x.sum(over, keepdims=True) / count
        sigma = ((x * x).sum(over, keepdims=True) / count + eps) ** 0.5
        return gamma.reshape(wide) * x / sigma + beta.reshape(wide)

    return norm


@st.composite
def cases(draw):
    """Draw a shape, how many last axes a layer norm takes (none: batch norm), eps and a seed."""
    count = draw(st.sampled_from([2, 4]))
    shape = tuple(draw(st.integers(1, 10 - 2 * count)) for _ in range(count))
    axes = draw(st.one_of(st.none(), st.integers(1, count - 1)))
    return shape, axes, draw(st.sampled_from([1e-5, 1e-3, 0.5])), draw(st.integers(0, 2**32))


def check_jax(shape, axes, eps, seed):
    if axes is None:
        parameters, wide = shape[1:2], (-1, *[1] * (len(shape) - 2))
        over, norm, norm_vjp = (0, 2, 3)[: len(shape) - 1], batch_norm, batch_norm_vjp
    else:
        parameters = wide = shape[-axes:]
        over, norm, norm_vjp = tuple(range(-axes, 0)), layer_norm, layer_norm_vjp
    x, gamma, beta, g = draw(np.random.default_rng(seed), shape, parameters)
    out, gradients = jax_vjp(jax_norm(over, wide), g, x, gamma, beta, eps)
    same(norm(x, gamma, beta, eps=eps), out, 1e-10)
    for actual, expect in zip(norm_vjp(g, x, gamma, eps=eps), gradients[:3], strict=True):
        same(actual, expect, 1e-10)


def random_check(examples):
    @settings(max_examples=examples, deadline=None, derandomize=True)
    @given(cases())
    def test(case):
        check_jax(*case)

    return test


test_random_settings_agree_with_jax = random_check(15)
test_many_random_settings_agree_with_jax = pytest.mark.long(random_check(500))
