"""Convolution and transposed convolution agree with JAX on random settings, forward and backward.

JAX differentiates the definition: a contraction with the two tensors that say which pixel meets
which weight. All arrays are filled up with zeros to one size, so that it compiles once for all
settings. The long tests ask XLA's own convolution too, which is compiled for each setting anew.
"""

from collections import Counter
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import conv2d_xla, conv_transpose2d_xla, jax_vjp, output_shape, transposed_shape
from random_settings import random_cases, random_transposed_cases

from annex_lib.convolution import conv2d, conv2d_vjp
from annex_lib.transposed import conv_transpose2d, conv_transpose2d_vjp

# As long as any axis that is drawn.
BATCH, CHANNELS, LENGTH, KERNEL = 3, 9, 28, 3
IMAGE, WEIGHTS = (BATCH, CHANNELS, LENGTH, LENGTH), (CHANNELS, CHANNELS, KERNEL, KERNEL)
TOLERANCE = 1e-10  # relative to the largest entry
LAYERS = {
    "convolution": (conv2d, conv2d_vjp, conv2d_xla, random_cases(), output_shape),
    "transposed": (
        conv_transpose2d,
        conv_transpose2d_vjp,
        conv_transpose2d_xla,
        random_transposed_cases(),
        transposed_shape,
    ),
}
SUMS = {
    "convolution": "fckl,ikr,jls,tcrs->tfij",
    "transposed": "cfkl,ikr,jls,tcij->tfrs",
}


@partial(jax.jit, static_argnums=0)
def contracted(name, g, x, W, b, numbers):
    """Return the output and the gradients of <g, output>, with zeros or chaff where filled up."""
    per_group, width, steps = numbers

    def forward(x, W, b):
        E, F = (_meets(*axis) for axis in steps)
        dense = _dense(W, per_group, width)
        out = jnp.einsum(SUMS[name], dense, E, F, x, optimize="optimal")
        return out + b[:, None, None]

    out, backward = jax.vjp(forward, x, W, b)
    return out, *backward(g)


def _meets(stride, padding, dilation):
    i, k, r = jnp.ogrid[:LENGTH, :KERNEL, :LENGTH]
    return (r == stride * i + dilation * k - padding).astype(float)


def _dense(W, per_group, width):
    """Spread the kernels of all groups over a block-diagonal array; (a, b - first of its group)."""
    a, b = jnp.ogrid[:CHANNELS, :CHANNELS]
    b = b - a // per_group * width
    inside = (b >= 0) & (b < width)
    return jnp.where(inside[..., None, None], W[a, jnp.clip(b, 0, CHANNELS - 1)], 0)


def by_contraction(name, g, x, W, b, setting):
    pairs = np.array([setting[key] for key in ("stride", "padding", "dilation")]).T
    numbers = len(W) // setting["groups"], W.shape[1], pairs
    shapes = [IMAGE, IMAGE, WEIGHTS, (CHANNELS,)]
    filled = [_filled(a, shape) for a, shape in zip((g, x, W, b), shapes, strict=True)]
    with jax.enable_x64(True):
        results = contracted(name, *filled, numbers)
    shapes = g.shape, x.shape, W.shape, b.shape
    return [np.asarray(a)[tuple(map(slice, s))] for a, s in zip(results, shapes, strict=True)]


def _filled(a, shape):
    out = np.zeros(shape)
    out[tuple(map(slice, a.shape))] = a
    return out


def check(name, case, seed, xla=False):
    """Compare the library with JAX on random numbers of the given shapes."""
    layer, vjp, other, _, out_shape = LAYERS[name]
    x, W, setting = case
    rng = np.random.default_rng(seed)
    g = out_shape(np.empty(x), np.empty(W), **setting)
    g, x, W, b = (rng.standard_normal(s) for s in (g, x, W, (g[1],)))
    results = layer(x, W, b, **setting), *vjp(g, x, W, **setting)
    close(results, by_contraction(name, g, x, W, b, setting))
    if xla and len(x):
        out, gradients = jax_vjp(lambda *xs: other(*xs, **setting), g, x, W, b)
        close(results, [np.asarray(a) for a in (out, *gradients)])


def close(results, expected):
    for actual, expect in zip(results, expected, strict=True):
        assert (actual.shape, actual.dtype) == (expect.shape, np.dtype(float))
        scale = np.abs(expect).max(initial=0)
        assert np.abs(actual - expect).max(initial=0) <= TOLERANCE * scale


def features(case):
    """Yield what a setting has that a simpler one has not."""
    (_, _, *size), (_, _, *kernel), setting = case
    for name in ("stride", "padding", "dilation", "output_padding"):
        rows, columns = setting.get(name, (0, 0))
        yield from [f"a pair for {name}"] * (rows != columns)
    steps = (setting[name] for name in ("stride", "padding", "dilation"))
    for m, k, S, P, D in zip(size, kernel, *steps, strict=True):
        yield from ["a remainder"] * ((m + 2 * P - D * (k - 1) - 1) % S > 0)
        yield from ["a stride beyond the kernel"] * (D * (k - 1) + 1 < S)
    yield from ["groups"] * (setting["groups"] > 1)


def random_check(name, examples, xla=False):
    seen = Counter()

    @settings(max_examples=examples, deadline=None, derandomize=True)
    @given(LAYERS[name][3], st.integers(0, 2**32))
    def run(case, seed):
        check(name, case, seed, xla)
        seen.update(features(case))

    def test():
        seen.clear()
        run()
        wanted = {"groups", "a stride beyond the kernel"}
        wanted |= {f"a pair for {s}" for s in ("stride", "padding", "dilation")}
        wanted |= {"a remainder"} if name == "convolution" else {"a pair for output_padding"}
        assert {f for f, count in seen.items() if count >= examples // 10} >= wanted

    return test


test_random_convolutions_agree = random_check("convolution", 100)
test_random_transposed_convolutions_agree = random_check("transposed", 100)
test_many_random_convolutions_agree = pytest.mark.long(random_check("convolution", 500, True))
test_many_random_transposed_convolutions_agree = pytest.mark.long(
    random_check("transposed", 500, True)
)


def test_xla_lives_through_what_its_simplifier_does_not():
    steps = {"stride": (3, 2), "padding": (0, 1), "dilation": (2, 1), "output_padding": (2, 0)}
    check("transposed", ((2, 2, 1, 4), (2, 1, 2, 2), {**steps, "groups": 2}), 1732, xla=True)
