import numpy as np
import pytest
from oracles import held, same

from annex_lib.shapes import ShapeError, as_floats, bind, delta_view


def test_a_shape_error_is_a_value_error_that_shows_as_one_sentence():
    error = ShapeError("linear: no")
    assert isinstance(error, ValueError)
    assert error._render_traceback_() == ["ShapeError: linear: no"]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "complex128"])
def test_floats_and_complex_numbers_stay_what_they_are_and_are_not_copied(dtype):
    a = np.ones((2, 3), dtype)
    (b,) = as_floats("f", a=a)
    assert b is a


@pytest.mark.parametrize("dtype", ["bool", "int8", "int64", "uint16"])
def test_whole_numbers_become_float64(dtype):
    a, b = as_floats("f", a=np.array([[0, 1]], dtype), b=np.array(1, dtype))
    same(a, np.array([[0.0, 1.0]]))
    same(b, np.array(1.0))


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (["a", "bc"], "linear: x holds str64, but should hold real or complex numbers"),
        ([None, 1], "linear: x holds object, but should hold real or complex numbers"),
        (
            np.array(["2026-01-01"], "M8[D]"),
            "linear: x holds datetime64[D], but should hold real or complex numbers",
        ),
        ([[1, 2], [3]], "linear: x is ragged: its rows differ in length"),
    ],
)
def test_what_is_not_an_array_of_numbers_is_refused_by_name(x, message):
    with pytest.raises(ShapeError) as error:
        as_floats("linear", W=[1.0], x=x)
    assert str(error.value) == message


def test_bind_returns_the_size_of_each_axis():
    sizes = bind("f", W=(np.ones((3, 4)), "m n"), x=((2, 4), "n | B n"), y=(np.ones(()), ""))
    assert sizes == {"m": 3, "n": 4, "B": 2}


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (
            {"W": ((3, 4), "m n"), "x": ((5,), "n | B n")},
            "f: axis n is 4 in W but 5 in x (W is (m, n) = (3, 4), x is (n,) = (5,))",
        ),
        (
            {"W": ((3, 4), "m n"), "x": ((2, 4), "B n"), "b": ((2,), "m")},
            "f: axis m is 3 in W but 2 in b (W is (m, n) = (3, 4), b is (m,) = (2,))",
        ),
        (
            {"A": ((3, 4), "n n")},
            "f: axis n is 3 in A but 4 in A (A is (n, n) = (3, 4), A is (n, n) = (3, 4))",
        ),
        (
            {"x": ((2, 3, 4), "n | B n")},
            "f: x has 3 axes, shape (2, 3, 4), but should be (n,) or (B, n)",
        ),
        ({"x": ((), "n")}, "f: x has 0 axes, shape (), but should be (n,)"),
        ({"W": ((3,), "m n")}, "f: W has 1 axis, shape (3,), but should be (m, n)"),
    ],
)
def test_bind_names_the_axis_both_arrays_and_both_sizes(arrays, message):
    with pytest.raises(ShapeError) as error:
        bind("f", **arrays)
    assert str(error.value) == message


@pytest.mark.parametrize("size", [0, 1, 2, 5])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_delta_view_is_the_array_on_the_diagonal_and_zero_elsewhere(axis, size, rng):
    a = rng.standard_normal((3, 4))
    expected = np.zeros((*a.shape[:axis], size, size, *a.shape[axis:]))
    for i in range(size):
        expected[(*[slice(None)] * axis, i, i)] = a
    same(delta_view(a, size, axis=axis), expected)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_delta_view_keeps_the_dtype(dtype):
    assert delta_view(np.ones(2, dtype), 3).dtype == dtype
    assert delta_view(np.ones(2, dtype), 0).dtype == dtype


def test_delta_view_starts_at_axis_0_if_not_told():
    assert delta_view(np.ones((3, 4)), 2).shape == (2, 2, 3, 4)


def test_delta_view_holds_one_frame_of_zeros_and_is_read_only():
    J = delta_view(np.ones((3, 4)), 100, axis=1)
    assert J.shape == (3, 100, 100, 4)
    assert held(J) == 3 * 199 * 4
    for view in (J, delta_view(np.ones(3), 0)):
        with pytest.raises(ValueError, match="read-only"):
            view[...] = 1


def test_delta_view_does_not_follow_later_changes_of_the_array():
    a = np.ones(2)
    J = delta_view(a, 2)
    a[:] = 5
    assert J.max() == 1
