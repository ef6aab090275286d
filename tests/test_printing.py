import numpy as np
import pytest

from annex_lib.printing import show


def printed(capsys, *arrays, **options):
    show(*arrays, **options)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("array", "text"),
    [
        ([1.0, 2.0], "[1, 2]"),
        ([1, -20], "[  1, -20]"),
        ([1.5, -20], "[  1.5000, -20.0000]"),
        ([0.5, 1e-17], "[0.5000, 0.0000]"),
        ([-1e-17, 1.0], "[0, 1]"),
        ([-0.00001, 1.0], "[0.0000, 1.0000]"),
        ([0.1 + 0.2, 0.3], "[0.3000, 0.3000]"),
        ([1234567.5, 1e-4], "[1234567.5000,       0.0000]"),
        ([np.nan, np.inf, -1.5], "[    nan,     inf, -1.5000]"),
        ([np.nan, 1.0], "[nan,   1]"),
        ([1 + 2j, -1j], "[1+2j, 0-1j]"),
        ([True, False], "[ True, False]"),
        (["a", "b"], "['a', 'b']"),
        (3.0, "3"),
        (0.25, "0.2500"),
        ([], "[]"),
        (np.zeros((2, 0)), "[]"),
    ],
)
def test_numbers_print_rounded_without_noise_or_minus_zero(capsys, array, text):
    assert printed(capsys, array) == text + "\n"


def test_names_stand_with_shapes_and_rows_line_up(capsys):
    out = printed(capsys, [1.0], W=[[1, 2], [3, 4.5]], y=2.0)
    assert out == (
        "[1]\n"
        "W (2, 2) = [[1.0000, 2.0000],\n"
        "            [3.0000, 4.5000]]\n"
        "y = 2\n"
    )  # fmt: skip


def test_digits_count_the_places(capsys):
    assert printed(capsys, [2 / 3, 1], digits=2) == "[0.67, 1.00]\n"


@pytest.mark.parametrize("dtype", [int, float])
def test_nothing_is_elided(capsys, dtype):
    out = printed(capsys, np.arange(2000, dtype=dtype))
    assert "..." not in out
    assert len(out.split(",")) == 2000


def test_rounding_noise_of_another_machine_prints_the_same(capsys):
    a = np.array([[0.5, 0.12345], [0.0, -3.25]])
    noise = a + 1e-15 * np.array([[1, -1], [-1, 1]])
    assert printed(capsys, a) == printed(capsys, noise)


def test_the_array_is_not_modified(capsys):
    a = np.array([1e-20, 1.23456789])
    printed(capsys, a)
    assert a.tolist() == [1e-20, 1.23456789]
