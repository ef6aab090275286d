import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import (
    conv_transpose2d_loops,
    conv_transpose2d_vjp_loops,
    disguises,
    held,
    same,
    transposed_shape,
)
from random_settings import random_cases, random_transposed_cases

from annex_lib.convolution import conv2d, conv2d_vjp
from annex_lib.derivatives import check_adjoint
from annex_lib.shapes import ShapeError
from annex_lib.transposed import conv_transpose2d, conv_transpose2d_vjp

# Shapes of x (B, C, m, n) and W (C, F/groups, p, q), and the settings.
CASES = {
    "everything at once": (
        (2, 4, 3, 5),
        (4, 3, 3, 2),
        {
            "stride": (2, 3),
            "padding": (1, 2),
            "output_padding": (1, 2),
            "dilation": (3, 2),
            "groups": 2,
        },
    ),
    "plain": ((2, 3, 5, 4), (3, 4, 3, 2), {}),
    "square": ((3, 3, 3, 3), (3, 3, 3, 3), {"padding": 1}),
    "stride": ((2, 3, 4, 3), (3, 5, 2, 3), {"stride": (3, 2)}),
    "stride with output padding": (
        (2, 3, 4, 3),
        (3, 5, 2, 3),
        {"stride": (3, 2), "output_padding": (2, 1)},
    ),
    "cut off at both sides, then more": (
        (2, 3, 2, 4),
        (3, 2, 5, 4),
        {"stride": 2, "padding": (3, 2), "output_padding": (1, 0)},
    ),
    "padding beyond the kernel": ((1, 2, 5, 6), (2, 3, 2, 3), {"padding": (2, 3)}),
    "dilation": ((2, 3, 4, 5), (3, 2, 2, 3), {"dilation": (3, 2)}),
    "depthwise": ((2, 3, 4, 5), (3, 1, 2, 3), {"groups": 3, "stride": 2}),
    "groups that widen": ((2, 2, 3, 4), (2, 3, 2, 2), {"groups": 2}),
    "one pixel": ((2, 3, 4, 5), (3, 6, 1, 1), {}),
    "batch of none": ((0, 3, 4, 5), (3, 2, 3, 2), {"stride": 2}),
}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


def draw(rng, case, dtype=float):
    """Return x, W, b and an upstream gradient g, all random, and the settings."""
    x, W, setting = case
    g = transposed_shape(np.empty(x), np.empty(W), **setting)
    shapes = x, W, (g[1],), g
    if np.dtype(dtype).kind == "c":
        arrays = [(rng.standard_normal((*s, 2)) @ [1, 1j]).astype(dtype) for s in shapes]
    else:
        arrays = [rng.standard_normal(s).astype(dtype) for s in shapes]
    return *arrays, setting


def check_values(x, W, b, g, setting):
    """Compare forward and backward with the loops."""
    same(conv_transpose2d(x, W, b, **setting), conv_transpose2d_loops(x, W, b, **setting))
    expected = conv_transpose2d_vjp_loops(g, x, W, **setting)
    for actual, expect in zip(conv_transpose2d_vjp(g, x, W, **setting), expected, strict=True):
        same(actual, expect)


@every_case
def test_forward_and_backward_agree_with_the_loops(case, rng):
    check_values(*draw(rng, case))


@every_case
def test_results_hold_no_more_than_they_show(case, rng):
    x, W, b, g, setting = draw(rng, case)
    for a in (conv_transpose2d(x, W, b, **setting), *conv_transpose2d_vjp(g, x, W, **setting)):
        assert held(a) == a.size


@every_case
def test_the_backward_pass_is_the_adjoint(case, rng):
    x, W, b, _, setting = draw(rng, case)

    def forward(x, W, b):
        return conv_transpose2d(x, W, b, **setting)

    def backward(g, x, W, b):
        return conv_transpose2d_vjp(g, x, W, **setting)

    assert check_adjoint(forward, backward, x, W, b, rng=rng)


@every_case
def test_it_is_the_adjoint_of_the_convolution_with_the_same_weights(case, rng):
    x, W, _, y, setting = draw(rng, case)
    back = {name: value for name, value in setting.items() if name != "output_padding"}
    O = conv2d(y, W, **back)
    assert O.shape == x.shape
    forward = conv_transpose2d(x, W, **setting)
    np.testing.assert_allclose((x * O).sum(), (forward * y).sum(), rtol=1e-11)
    same(forward, conv2d_vjp(x, y, W, **back)[0])


def test_the_output_padding_gives_back_the_size_that_the_convolution_rounded(rng):
    sizes = set()
    for m in (7, 8, 9):
        x, W = rng.standard_normal((1, 2, m, 5)), rng.standard_normal((3, 2, 2, 2))
        setting = {"stride": (3, 1), "padding": (1, 0)}
        O = conv2d(x, W, **setting)
        remainder = (m + 2 - 1 - 1) % 3
        y = conv_transpose2d(O, W, output_padding=(remainder, 0), **setting)
        assert y.shape == x.shape
        sizes.add(O.shape)
    assert len(sizes) == 2  # 7 and 8 rows both give 3, with the remainders 1 and 2


def test_the_bias_may_be_left_out_and_lists_are_taken():
    same(conv_transpose2d([[[[1, 2]]]], [[[[3, 4]]]]), np.array([[[[3.0, 10.0, 8.0]]]]))
    same(conv_transpose2d([[[[1, 2]]]], [[[[3, 4]]]], [5]), np.array([[[[8.0, 15.0, 13.0]]]]))


@pytest.mark.parametrize("dtype", ["float32", "complex64", "complex128"])
@pytest.mark.parametrize("name", ["plain", "everything at once"])
def test_the_dtype_stays_and_complex_numbers_are_not_conjugated(name, dtype, rng):
    x, W, b, g, setting = draw(rng, CASES[name], dtype)
    out = conv_transpose2d(x, W, b, **setting)
    results = [out, *conv_transpose2d_vjp(g, x, W, **setting)]
    assert {a.dtype for a in results} == {np.dtype(dtype)}
    same(out, conv_transpose2d_loops(x, W, b, **setting), 1e-4 if dtype[-2:] != "28" else 1e-12)


@pytest.mark.parametrize("name", ["plain", "everything at once"])
def test_other_memory_and_read_only_inputs_give_the_same(name, rng):
    *arrays, setting = draw(rng, CASES[name])
    before = [a.copy() for a in arrays]
    for x, W, b, g in zip(*map(disguises, arrays), strict=True):
        check_values(x, W, b, g, setting)
    for a, old in zip(arrays, before, strict=True):
        same(a, old, 0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda a: conv_transpose2d(a(3, 4, 5), a(3, 2, 2, 2)),
            "x has 3 axes, shape (3, 4, 5), but should be (B, C, m, n)",
        ),
        (
            lambda a: conv_transpose2d(a(2, 3, 4, 5), a(4, 3, 2, 2)),
            "axis C is 3 in x but 4 in W (x is (B, C, m, n) = (2, 3, 4, 5), "
            "W is (C, F/groups, p, q) = (4, 3, 2, 2))",
        ),
        (
            lambda a: conv_transpose2d(a(2, 3, 4, 5), a(3, 0, 2, 2)),
            "axis F/groups of W is empty, shape (3, 0, 2, 2)",
        ),
        (
            lambda a: conv_transpose2d(a(2, 3, 0, 5), a(3, 1, 2, 2)),
            "axis m of x is empty, shape (2, 3, 0, 5)",
        ),
        (
            lambda a: conv_transpose2d(a(2, 3, 4, 5), a(3, 2, 2, 2), groups=2),
            "groups is 2, which must divide the 3 channels of x",
        ),
        (
            lambda a: conv_transpose2d(a(2, 3, 4, 5), a(3, 2, 2, 2), groups=0),
            "groups is 0, but should be a whole number, at least 1",
        ),
        (
            lambda a: conv_transpose2d(a(2, 3, 4, 5), a(3, 2, 2, 2), stride=(1, 0)),
            "stride is 0, but should be a whole number, at least 1",
        ),
        (
            lambda a: conv_transpose2d(
                a(2, 3, 4, 5), a(3, 2, 2, 2), stride=(3, 2), output_padding=2
            ),
            "output_padding is 2 along axis v, but should be less than the stride, 2",
        ),
        (
            lambda a: conv_transpose2d(a(2, 3, 4, 5), a(3, 2, 2, 2), output_padding=-1),
            "output_padding is -1, but should be a whole number, at least 0",
        ),
        (
            lambda a: conv_transpose2d(a(2, 3, 1, 5), a(3, 2, 2, 2), padding=1),
            "padding 1 at each side leaves nothing of the 2 entries along axis u",
        ),
        (
            lambda a: conv_transpose2d(a(2, 3, 4, 5), a(3, 2, 2, 2), a(3)),
            "axis F is 2 in output but 3 in b (output is (B, F, u, v) = (2, 2, 5, 6), "
            "b is (F,) = (3,))",
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_name(call, message):
    with pytest.raises(ShapeError) as error:
        call(lambda *shape: np.ones(shape))
    assert str(error.value) == f"conv_transpose2d: {message}"


def test_the_backward_pass_wants_the_upstream_gradient_of_the_output():
    x, W = np.ones((2, 3, 4, 5)), np.ones((3, 1, 2, 2))
    with pytest.raises(ShapeError) as error:
        conv_transpose2d_vjp(np.ones((2, 3, 5, 5)), x, W, groups=3)
    assert str(error.value) == (
        "conv_transpose2d_vjp: axis v is 6 in output but 5 in g "
        "(output is (B, F, u, v) = (2, 3, 5, 6), g is (B, F, u, v) = (2, 3, 5, 5))"
    )


def test_one_entry_may_be_left(rng):
    check_values(*draw(rng, ((1, 2, 1, 2), (2, 1, 3, 2), {"padding": 1})))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(random_transposed_cases(), st.integers(0, 2**32))
def test_random_settings_agree_with_the_loops(case, seed):
    check_values(*draw(np.random.default_rng(seed), case))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(random_cases(), st.integers(0, 2**32))
def test_each_convolution_has_one_with_the_remainder_as_output_padding(case, seed):
    (B, C, *size), W, setting = case
    rng = np.random.default_rng(seed)
    x, W = rng.standard_normal((B, C, *size)), rng.standard_normal(W)
    O = conv2d(x, W, **setting)
    remainder = tuple(
        (m + 2 * P - d * (k - 1) - 1) % s
        for m, k, s, P, d in zip(size, W.shape[2:], *list(setting.values())[:3], strict=True)
    )
    g = rng.standard_normal(O.shape)
    dx = conv_transpose2d(g, W, output_padding=remainder, **setting)
    same(dx, conv2d_vjp(g, x, W, **setting)[0])
