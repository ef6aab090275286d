"""Inspectors: each entry, what it is traced to, and what a reader types, against other oracles."""

import re

import numpy as np
import pytest

from annex_lib.convolution import conv2d, conv2d_vjp
from annex_lib.derivatives import jacobian
from annex_lib.explore import inspect_conv, inspect_linear, inspect_relu_layers, inspect_softmax
from annex_lib.explore.player import Player
from annex_lib.figures.inspector import sheet, subscripts
from annex_lib.linear import linear, linear_vjp

MINUS = str.maketrans("−", "-")


def whole(rng, *shape):
    """Whole numbers without a zero, so that a zero shown is one by structure."""
    return rng.integers(1, 7, shape) * rng.choice([-1.0, 1.0], shape)


def linear_case(rng):
    X, W, b, G = (whole(rng, *s) for s in ((2, 3), (2, 3), (2,), (2, 2)))
    J = jacobian(linear, X, W, b, wrt=1)
    return inspect_linear(X, W, b, G), J, linear_vjp(G, X, W)[1], {"which": 1}


def sample_case(rng):
    X, W, b, G = (whole(rng, *s) for s in ((3, 2), (4, 2), (4,), (3, 4)))
    J = jacobian(linear, X[0], W, b, wrt=1)
    return inspect_linear(X, W, b, G), J, np.outer(G[0], X[0]), {"which": 0}


def relu_case(rng):
    x, W, b, A, g = (whole(rng, *s) for s in ((3,), (2, 3), (2,), (4, 2), (4,)))

    def network(W):
        f = W @ x + b
        return A @ (f * (f.real > 0))

    J = jacobian(network, W)
    return inspect_relu_layers(x, W, b, A, g), J, np.tensordot(g, J, 1), {"which": 0}


def conv_case(rng, by="W", lead=(), **settings):
    x, W = whole(rng, *lead, 4, 3), whole(rng, *(2 * n for n in lead[:1]), *lead[1:], 2, 2)

    def layer(x, W):
        one = (1,) * (4 - x.ndim)
        o = conv2d(x.reshape(one + x.shape), W.reshape(one + W.shape), **settings)
        return o.reshape(o.shape[len(one) :])

    g = whole(rng, *layer(x, W).shape)
    J = jacobian(layer, x, W, wrt="XW".index(by))
    return inspect_conv(x, W, g, by, **settings), J, np.tensordot(g, J, g.ndim), {"which": 0}


def softmax_case(rng):
    z, g = rng.standard_normal(4), rng.standard_normal(4)
    J = jacobian(lambda z: np.exp(z) / np.exp(z).sum(), z)
    return inspect_softmax(z, g), J, g @ J, {"which": 0}


CASES = {
    "a batch": linear_case,
    "a sample": sample_case,
    "ReLU": relu_case,
    "dO/dW": conv_case,
    "dO/dX, padded": lambda rng: conv_case(rng, "X", padding=1, stride=2),
    "dO/dW, padded": lambda rng: conv_case(rng, "W", padding=(1, 0), dilation=(2, 1)),
    "dO/dW of order 8": lambda rng: conv_case(rng, "W", (1, 2)),
    "dO/dX of order 8": lambda rng: conv_case(rng, "X", (1, 2)),
    "softmax": softmax_case,
}


class Case:
    """An inspector, its tensor by another way, and what its slots hold at each entry."""

    def __init__(self, name, player, J, gradient, stop):
        self.name, self.player, self.J, self.gradient = name, player, J, gradient
        self.which = stop["which"]
        self.entries = list(self.walk())

    def walk(self):
        J, out = self.J, self.J.ndim - self.gradient.ndim
        lie = np.arange(J.size) if J.ndim == 2 else sheet(J.shape[out:])
        for position in self.player.stops():
            if position["layout"] == 0 and position.get("which", 0) == self.which:
                into = lie.flat[position["cell"]] + position.get("output", 0) * lie.size
                values = self.player.scene.values(**position)
                yield tuple(map(int, np.unravel_index(into, J.shape))), values


@pytest.fixture(scope="module", params=CASES)
def case(request):
    return Case(request.param, *CASES[request.param](np.random.default_rng(7)))


def test_every_entry_shows_its_value_and_its_kind(case):
    assert len(case.entries) == case.J.size
    for index, values in case.entries:
        *_, said = values["symbol"][0].translate(MINUS).split(" = ")
        assert float(said) == pytest.approx(case.J[index], rel=6e-3, abs=1e-9)
        kinds = {"a zero by structure", "a zero by value", "not zero"}
        (kind,) = [k for k in kinds if k in values["caption"]]
        zero = abs(case.J[index]) < 1e-12
        assert (kind != "not zero") == zero
        assert (kind == "a zero by value") == (zero and case.name == "ReLU")


def test_the_slice_holds_the_tensor(case):
    for index, values in case.entries:
        cells = values["slice"]
        row, column = (int(v + 0.5) for v in values["slice frame"][0][1::-1])
        assert np.allclose(cells.numbers[row, column], case.J[index])
        assert not cells.zeros[row, column] or abs(case.J[index]) < 1e-12


def test_the_last_sum_is_the_gradient(case):
    _, values = case.entries[-1]
    lie = sheet(case.gradient.shape)
    assert np.allclose(values["sum"].numbers, case.gradient.ravel()[lie])
    assert values["sum name"][0].startswith("∂L/∂")


def test_the_map_counts_what_is_not_zero_by_structure(case):
    _, values = case.entries[0]
    there = np.abs(case.J) > 1e-12
    count = case.J.size if case.name == "ReLU" else there.sum()
    assert values["count 0"] == [f"{count} of {case.J.size} not zero"]
    dots, nulls = values["dots"][0], values["nulls"][0]
    assert len(dots) == there.sum()
    assert len(dots) + len(nulls) == count
    flat = there.reshape(case.J.size // case.gradient.size, -1)
    assert all(flat[int(down), int(across)] for across, down in dots)


def lit(values):
    """Return the numbers under the frames of each array, by the array's name."""
    out = {}
    for slot, value in values.items():
        match = re.fullmatch(r"(array \d) \d", slot)
        if match and value[0] is not None:
            column, row = (int(v + 0.5) for v in value[0][:2])
            name = values[f"{match[1]} name"][0]
            out.setdefault(name, []).append(values[match[1]].numbers[row, column])
    return out


def test_what_is_lit_makes_the_entry(case):
    for index, values in case.entries:
        found = lit(values)
        if case.name in ("a batch", "a sample"):
            x = found.get("X", found.get("xᵀ"))
            assert case.J[index] == pytest.approx(x[0] if x else 0)
        elif case.name == "ReLU":
            made = found["A"][0] * (found["f"][0] > 0) * found["x"][0]
            assert case.J[index] == pytest.approx(made)
        elif case.name == "softmax":
            p = found["p"]
            assert case.J[index] == pytest.approx(
                p[0] * (1 - p[0]) if len(p) == 1 else -p[0] * p[1]
            )
        else:
            source, own = ("X", "W") if "dW" in case.name else ("W", "X")
            assert case.J[index] == pytest.approx(found[source][0] if source in found else 0)
            assert own in found


def test_input_axes_first_is_the_transpose(case):
    stops = [p for p in case.player.stops() if p.get("which", 0) == case.which]
    first = stops[len(stops) // 3]
    one, other = (case.player.scene.values(**first | {"layout": k}) for k in (0, 1))
    for slot in ("dots", "nulls", "spot"):
        assert np.array_equal(np.sort(one[slot][0][:, ::-1], 0), np.sort(other[slot][0], 0))
    assert one["symbol"] == other["symbol"]
    assert one["place"] != other["place"]


def test_conv_vjp_is_the_last_sum_with_channels(rng):
    x, W = whole(rng, 2, 1, 3, 4), whole(rng, 3, 1, 2, 2)
    g = whole(rng, 2, 3, 2, 3)
    player = inspect_conv(x, W, g)
    values = player.scene.values(layout=0, output=g.size - 1, cell=0)
    dW = conv2d_vjp(g, x, W)[1]
    assert np.allclose(values["sum"].numbers, dW.ravel()[sheet(dW.shape)])


class Heard:
    """A widget that keeps what it sends."""

    def __init__(self, player):
        self.widget, self.sent = player.widget(), []
        self.widget.send = self.sent.append

    def type(self, last, **texts):
        full = {f.name: f.text for f in self.widget.player.fields} | texts
        self.widget._hear(None, {"typed": full, "last": last}, [])
        return self.sent[-1]["wrong"]


@pytest.fixture
def typed():
    return Heard(inspect_linear([[1, 2, 3]], [[1, 0, 2], [0, 1, 1]], [10, 20], [[1, -1]]))


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("X", "1, two, 3", "“two” is no number: write them like 1, 0, 2; 0, 1, 1."),
        ("W", "1, 0; 1", "The rows have 2 and 1 numbers, not the same."),
        ("b", "1; 2", "One row is enough here: write numbers like 1, 0, 2."),
        ("W", "1,1,1,1,1,1", "Five rows and five columns are the most that fit the picture."),
        ("G", "1, 2, 3", "G has the shape (1, 3), but the output has (1, 2)."),
        ("X", "1, 2", "linear: axis n is 3 in W but 2 in x"),
    ],
)
def test_a_bad_number_gets_one_sentence_and_the_picture_stays(typed, field, text, said):
    figure = typed.widget.figure
    wrong = typed.type(field, **{field: text})
    assert list(wrong) == [field]
    assert wrong[field].startswith(said)
    assert "\n" not in wrong[field]
    assert typed.widget.figure == figure


def test_own_numbers_are_taken(typed):
    assert typed.type("X", X="4, 5, 6") == {}
    values = typed.widget.player.scene.values(layout=0, which=0, output=1, cell=5)
    assert values["symbol"] == ["∂f₁/∂w₁₂ = δ₁₁ x₂ = 6"]


def test_inspectors_are_small_enough_for_the_notebook(case):
    assert isinstance(case.player, Player)
    assert sum(map(len, case.player.content())) < 60_000


def test_subscripts_of_two_digits_are_parted():
    assert subscripts((2, 1)) == "₂₁"
    assert subscripts((12, 1)) == "₁₂\u2009₁"
