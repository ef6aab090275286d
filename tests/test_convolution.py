import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import (
    conv2d_jacobians_loops,
    conv2d_jax,
    conv2d_loops,
    conv2d_vjp_loops,
    disguises,
    held,
    jax_vjp,
    output_shape,
    same,
)
from random_settings import random_cases

from annex_lib import convolution
from annex_lib.convolution import conv2d, conv2d_jacobians, conv2d_vjp, im2col
from annex_lib.derivatives import check_adjoint, jacobian
from annex_lib.shapes import ShapeError

# Shapes of x (B, C, m, n) and W (F, C/groups, p, q), and the settings.
CASES = {
    "everything at once": (
        (2, 4, 8, 9),
        (6, 2, 3, 2),
        {"stride": (2, 3), "padding": (1, 2), "dilation": (3, 2), "groups": 2},
    ),
    "plain": ((2, 3, 7, 6), (4, 3, 3, 2), {}),
    "square": ((3, 3, 4, 4), (3, 3, 3, 3), {"padding": 1}),
    "stride that leaves a remainder": ((2, 3, 6, 9), (4, 3, 2, 3), {"stride": (3, 2)}),
    "stride beyond the kernel": ((2, 3, 9, 6), (4, 3, 2, 1), {"stride": (4, 3)}),
    "stride along the rows": ((2, 3, 7, 5), (4, 3, 3, 2), {"stride": (2, 1)}),
    "stride along the columns": ((2, 3, 5, 7), (4, 3, 2, 3), {"stride": (1, 2)}),
    "padding": ((2, 3, 5, 4), (4, 3, 3, 2), {"padding": (2, 1)}),
    "padding beyond the kernel": ((2, 3, 3, 4), (4, 3, 2, 3), {"padding": (3, 1)}),
    "padding beyond the kernel's columns": ((2, 3, 4, 3), (4, 3, 3, 2), {"padding": (1, 3)}),
    "kernel beyond the image": ((2, 3, 2, 3), (4, 3, 5, 7), {"padding": (2, 3)}),
    "dilation": ((2, 3, 6, 8), (4, 3, 2, 3), {"dilation": (3, 2)}),
    "dilation and padding": ((2, 3, 5, 6), (5, 3, 3, 2), {"dilation": (2, 3), "padding": (1, 2)}),
    "dilation and strides": ((2, 3, 6, 8), (4, 3, 2, 3), {"dilation": (2, 3), "stride": (2, 1)}),
    "dilation, padding beyond the kernel": (
        (2, 3, 4, 3),
        (4, 3, 3, 2),
        {"dilation": (3, 2), "padding": (2, 3)},
    ),
    "groups": ((2, 4, 5, 6), (6, 2, 3, 2), {"groups": 2}),
    "groups and strides": ((2, 6, 6, 5), (9, 2, 2, 3), {"groups": 3, "stride": (2, 1)}),
    "depthwise": ((2, 3, 5, 6), (6, 1, 2, 3), {"groups": 3, "padding": (0, 1)}),
    "many kernels": ((2, 1, 6, 5), (7, 1, 3, 2), {"padding": (1, 0)}),
    "many kernels, dilated": ((2, 1, 8, 5), (7, 1, 3, 2), {"dilation": (2, 3)}),
    "one pixel": ((2, 3, 4, 5), (6, 3, 1, 1), {}),
    "one pixel, padded": ((2, 3, 4, 5), (6, 3, 1, 1), {"padding": (1, 0)}),
    "one output": ((1, 2, 3, 4), (5, 2, 3, 4), {}),
    "batch of none": ((0, 3, 5, 6), (4, 3, 3, 2), {"padding": (1, 0)}),
    "batch of none, strided": ((0, 3, 5, 6), (4, 3, 3, 2), {"stride": (2, 1)}),
}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


def draw(rng, case, dtype=float):
    """Return x, W, b and an upstream gradient g, all random, and the settings."""
    x, W, setting = case
    g = output_shape(np.empty(x), np.empty(W), **setting)
    shapes = x, W, W[:1], g
    if np.dtype(dtype).kind == "c":
        arrays = [(rng.standard_normal((*s, 2)) @ [1, 1j]).astype(dtype) for s in shapes]
    else:
        arrays = [rng.standard_normal(s).astype(dtype) for s in shapes]
    return *arrays, setting


def check_values(x, W, b, g, setting):
    """Compare forward and backward with the loops."""
    same(conv2d(x, W, b, **setting), conv2d_loops(x, W, b, **setting))
    expected = conv2d_vjp_loops(g, x, W, **setting)
    for actual, expect in zip(conv2d_vjp(g, x, W, **setting), expected, strict=True):
        same(actual, expect)


def check_jacobians(x, W, setting):
    expected = conv2d_jacobians_loops(x, W, **setting)
    for actual, expect in zip(conv2d_jacobians(x, W, **setting), expected, strict=True):
        same(actual, expect)


@every_case
def test_forward_and_backward_agree_with_the_loops(case, rng):
    check_values(*draw(rng, case))


@every_case
def test_results_hold_no_more_than_they_show(case, rng):
    x, W, b, g, setting = draw(rng, case)
    for a in (conv2d(x, W, b, **setting), *conv2d_vjp(g, x, W, **setting)):
        assert held(a) == a.size


@every_case
def test_the_jacobians_agree_with_the_loops(case, rng):
    x, W, _, _, setting = draw(rng, case)
    check_jacobians(x, W, setting)


@pytest.mark.parametrize("block", [1, 700])
@pytest.mark.parametrize(
    "name", ["plain", "many kernels", "groups and strides", "stride along the rows"]
)
def test_the_batch_may_go_through_in_slices(name, block, rng, monkeypatch):
    (_, *x), W, setting = CASES[name]
    monkeypatch.setattr(convolution, "BLOCK", block)
    check_values(*draw(rng, ((5, *x), W, setting)))


@every_case
def test_the_backward_pass_is_the_adjoint(case, rng):
    x, W, b, _, setting = draw(rng, case)

    def forward(x, W, b):
        return conv2d(x, W, b, **setting)

    def backward(g, x, W, b):
        return conv2d_vjp(g, x, W, **setting)

    assert check_adjoint(forward, backward, x, W, b, rng=rng)


@pytest.mark.parametrize("name", ["everything at once", "square", "many kernels, dilated"])
def test_jax_agrees(name, rng):
    x, W, b, g, setting = draw(rng, CASES[name])
    out, gradients = jax_vjp(lambda *xs: conv2d_jax(*xs, **setting), g, x, W, b)
    same(conv2d(x, W, b, **setting), out)
    for actual, expected in zip(conv2d_vjp(g, x, W, **setting), gradients, strict=True):
        same(actual, expected)


@pytest.mark.parametrize("name", ["one output", "groups"])
def test_the_jacobians_are_the_complex_step(name, rng):
    (B, C, _, _), W, setting = CASES[name]
    x, W, b, _, _ = draw(rng, ((B, C, 4, 5), W, setting))
    for k, J in enumerate(conv2d_jacobians(x, W, **setting)):
        same(J, jacobian(lambda *xs: conv2d(*xs, **setting), x, W, b, wrt=k))


@every_case
def test_the_vjp_contracts_the_upstream_gradient_with_the_jacobians(case, rng):
    x, W, _, g, setting = draw(rng, case)
    for d, J in zip(conv2d_vjp(g, x, W, **setting), conv2d_jacobians(x, W, **setting), strict=True):
        same(d, np.tensordot(g, J, 4))


def test_the_bias_may_be_left_out(rng):
    x, W, b, _, setting = draw(rng, CASES["plain"])
    same(conv2d(x, W, **setting), conv2d_loops(x, W, 0 * b, **setting))


def test_im2col_makes_a_matrix_product_of_it(rng):
    x, W, _, _, _ = draw(rng, CASES["plain"])
    O = conv2d(x, W, stride=(2, 1), padding=(0, 1), dilation=(1, 2))
    M = im2col(x, W.shape[2:], stride=(2, 1), padding=(0, 1), dilation=(1, 2))
    same(np.moveaxis(M @ W.reshape(len(W), -1).T, -1, 1).reshape(O.shape), O)


def test_one_number_stands_for_rows_and_columns(rng):
    x, W, _, _, _ = draw(rng, CASES["everything at once"])
    once = {"stride": 2, "padding": 1, "dilation": 2, "groups": 2}
    pair = {"stride": (2, 2), "padding": [1, 1], "dilation": (2, 2), "groups": np.int64(2)}
    O = conv2d(x, W, **once)
    same(conv2d(x, W, **pair), O, 0)
    g = rng.standard_normal(O.shape)
    for a, b in zip(conv2d_vjp(g, x, W, **once), conv2d_vjp(g, x, W, **pair), strict=True):
        same(a, b, 0)


@pytest.mark.parametrize("dtype", ["float32", "complex64", "complex128"])
@pytest.mark.parametrize("name", ["plain", "groups and strides"])
def test_the_dtype_stays(name, dtype, rng):
    x, W, b, g, setting = draw(rng, CASES[name], dtype)
    results = [conv2d(x, W, b, **setting), conv2d(x, W, **setting)]
    results += [*conv2d_vjp(g, x, W, **setting), *conv2d_jacobians(x, W, **setting)]
    assert {a.dtype for a in results} == {np.dtype(dtype)}


@pytest.mark.parametrize("name", ["plain", "groups and strides"])
def test_complex_numbers_pass_without_conjugation(name, rng):
    check_values(*draw(rng, CASES[name], "complex128"))


def test_each_result_takes_the_wider_dtype_of_what_it_is_made_of(rng):
    x, W, b, _, setting = draw(rng, CASES["plain"])
    single, double = np.dtype("float32"), np.dtype("float64")
    assert conv2d(x, W.astype(single), **setting).dtype == double
    assert conv2d(x.astype(single), W.astype(single), b, **setting).dtype == double
    for stride in (1, 2):
        O = conv2d(x, W, stride=stride)
        for kinds, expected in (
            ((double, single, single), (double, double, double)),
            ((single, double, single), (single, double, single)),
            ((single, single, double), (double, single, single)),
        ):
            arrays = [a.astype(d) for a, d in zip((O, x, W), kinds, strict=True)]
            assert tuple(d.dtype for d in conv2d_vjp(*arrays, stride=stride)) == expected
    for groups in (1, 3):
        jacobians = conv2d_jacobians(x, W[:3, : 3 // groups].astype(single), groups=groups)
        assert [J.dtype for J in jacobians] == [single, double, single]


def test_whole_numbers_and_lists_become_float64():
    x, W, b, g = [[[[1, 2, 3], [4, 5, 6]]]], [[[[1, 2]]]], [7], [[[[1, -1], [0, 1]]]]
    results = [conv2d(x, W, b), *conv2d_vjp(g, x, W), *conv2d_jacobians(x, W)]
    assert {a.dtype for a in results} == {np.dtype(float)}
    same(results[0], np.array([[[[12.0, 15.0], [21.0, 24.0]]]]))
    same(results[2], np.array([[[[4.0, 5.0]]]]))


@pytest.mark.parametrize("name", ["plain", "many kernels", "everything at once"])
def test_other_memory_and_read_only_inputs_give_the_same(name, rng):
    *arrays, setting = draw(rng, CASES[name])
    before = [a.copy() for a in arrays]
    for x, W, b, g in zip(*map(disguises, arrays), strict=True):
        check_values(x, W, b, g, setting)
        expected = conv2d_jacobians(*before[:2], **setting)
        for J, expect in zip(conv2d_jacobians(x, W, **setting), expected, strict=True):
            same(J, expect, 0)
    for a, old in zip(arrays, before, strict=True):
        same(a, old, 0)


@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
@pytest.mark.parametrize("gap", [np.nan, np.inf])
@pytest.mark.parametrize("which", ["x", "W", "b", "g"])
@pytest.mark.parametrize("name", ["plain", "padding", "stride that leaves a remainder", "groups"])
def test_nan_and_infinity_reach_only_what_they_meet(name, which, gap, rng):
    *arrays, setting = draw(rng, CASES[name])
    arrays = dict(zip("xWbg", arrays, strict=True))
    arrays[which].flat[1] = gap
    check_values(*arrays.values(), setting)
    check_jacobians(arrays["x"], arrays["W"], setting)


def test_the_jacobians_are_read_only_views_on_few_numbers(rng):
    x, W, _, _, _ = draw(rng, ((3, 2, 20, 30), (7, 2, 5, 4), {}))
    B, C, (m, n), (F, _, p, q) = 3, 2, (20, 30), W.shape
    do_dx, do_dW, do_db = conv2d_jacobians(x, W, padding=(1, 2))
    u, v = m + 2 - p + 1, n + 4 - q + 1
    assert do_dx.shape == (B, F, u, v, B, C, m, n)
    assert do_dW.shape == (B, F, u, v, F, C, p, q)
    assert held(do_dW) == (2 * F - 1) * B * C * (m + 2) * (n + 4)
    assert held(do_dx) == (2 * B - 1) * F * C * (u - 1 + 1 + m) * (v - 1 + 2 + n)
    assert held(do_db) == 2 * F - 1
    _, grouped, _ = conv2d_jacobians(x, W[:6, :1], groups=2)
    for J in (do_dx, do_dW, do_db, grouped):
        with pytest.raises(ValueError, match="read-only"):
            J[...] = 1


@pytest.mark.parametrize(("kernel", "dilation"), [((5, 7), 1), ((3, 3), (2, 3))])
def test_the_frame_of_zeros_is_as_wide_as_the_kernel_reaches_and_no_wider(kernel, dilation, rng):
    setting = {"padding": (2, 3), "dilation": dilation}
    x, W, _, _, _ = draw(rng, ((2, 3, 2, 3), (4, 3, *kernel), setting))
    do_dx, _, _ = conv2d_jacobians(x, W, **setting)
    assert do_dx.shape == (2, 4, 2, 3, 2, 3, 2, 3)
    assert held(do_dx) == (2 * 2 - 1) * 4 * 3 * (1 + 5) * (2 + 7)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda a: conv2d(a(2, 3, 5, 6), a(4, 3, 2, 2), a(3)),
            "conv2d: axis F is 4 in W but 3 in b "
            "(W is (F, C/groups, p, q) = (4, 3, 2, 2), b is (F,) = (3,))",
        ),
        (
            lambda a: conv2d(a(2, 3, 5, 6), a(4, 3, 2, 2), a(1, 4)),
            "conv2d: b has 2 axes, shape (1, 4), but should be (F,)",
        ),
        (
            lambda a: conv2d(a(2, 3, 5, 6), a(4, 3, 2, 2), [None] * 4),
            "conv2d: b holds object, but should hold real or complex numbers",
        ),
        (
            lambda a: conv2d("image", a(4, 3, 2, 2)),
            "conv2d: x holds str160, but should hold real or complex numbers",
        ),
        (
            lambda a: conv2d(a(3, 5, 6), a(4, 3, 2, 2)),
            "conv2d: x has 3 axes, shape (3, 5, 6), but should be (B, C, m, n)",
        ),
        (
            lambda a: conv2d(a(2, 3, 5, 6), a(4, 2, 2, 2)),
            "conv2d: axis C is 3 in x but 2 in W (x is (B, C, m, n) = (2, 3, 5, 6), "
            "W is (F, C/groups, p, q) = (4, 2, 2, 2), groups is 1)",
        ),
        (
            lambda a: conv2d(a(2, 3, 5, 6), a(4, 3, 2, 2), stride=0),
            "conv2d: stride is 0, but should be a whole number, at least 1",
        ),
        (
            lambda a: conv2d(a(2, 3, 5, 6), a(4, 3, 6, 2)),
            "conv2d: the kernel reaches over 6 entries along axis m, but the padded input has 5 "
            "(size 5, padding 0, kernel 6, dilation 1)",
        ),
        (
            lambda a: conv2d_vjp(a(2, 4, 5, 4), a(2, 3, 5, 6), a(4, 3, 2, 2)),
            "conv2d_vjp: axis u is 4 in output but 5 in g "
            "(output is (B, F, u, v) = (2, 4, 4, 5), g is (B, F, u, v) = (2, 4, 5, 4))",
        ),
        (
            lambda a: conv2d_vjp(a(1, 4, 4, 5), a(2, 3, 5, 6), a(4, 3, 2, 2)),
            "conv2d_vjp: axis B is 2 in output but 1 in g "
            "(output is (B, F, u, v) = (2, 4, 4, 5), g is (B, F, u, v) = (1, 4, 4, 5))",
        ),
        (
            lambda a: conv2d_vjp(a(4, 4, 5), a(2, 3, 5, 6), a(4, 3, 2, 2)),
            "conv2d_vjp: g has 3 axes, shape (4, 4, 5), but should be (B, F, u, v)",
        ),
        (
            lambda a: conv2d_vjp([[None]], a(2, 3, 5, 6), a(4, 3, 2, 2)),
            "conv2d_vjp: g holds object, but should hold real or complex numbers",
        ),
        (
            lambda a: conv2d_vjp(a(2, 4, 4, 5), a(2, 3, 5, 6), a(4, 3, 2, 2), groups=2),
            "conv2d_vjp: groups is 2, which must divide the 3 channels of x and the 4 kernels of W",
        ),
        (
            lambda a: conv2d_jacobians(a(2, 3, 5, 6), a(4, 3, 2, 2), padding=(0, -1)),
            "conv2d_jacobians: padding is -1, but should be a whole number, at least 0",
        ),
        (
            lambda a: conv2d_jacobians(a(2, 3, 5, 6), [["w"]]),
            "conv2d_jacobians: W holds str32, but should hold real or complex numbers",
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_name(call, message):
    with pytest.raises(ShapeError) as error:
        call(lambda *shape: np.ones(shape))
    assert str(error.value) == message


def random_check(examples):
    @settings(max_examples=examples, deadline=None, derandomize=True)
    @given(random_cases(), st.integers(0, 2**32))
    def check(case, seed):
        x, W, b, g, setting = draw(np.random.default_rng(seed), case)
        check_values(x, W, b, g, setting)
        check_jacobians(x, W, setting)

    return check


test_random_settings_agree_with_the_loops = random_check(15)
test_many_random_settings_agree_with_the_loops = pytest.mark.long(random_check(5000))
