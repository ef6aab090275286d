"""False lines that a reader tried to slip past the checker, and true ones that it refused."""

import pytest
from test_equations import LAYER, last

from annex_lib.equations import check

X = r"Let $x, z \in \mathbb{R}^n$ and $W \in \mathbb{R}^{m \times n}$."
ONE = "$$ 1 = 1 $$"

# TeX takes one digit where an argument has no braces.
DIGITS = [
    r"2^12 = 4096",
    r"x_i^10 = x_i^{10}",
    r"\frac12 x_i = \frac{12}{x_i}",
    r"\sqrt16 = 4",
]
# Numbers beyond what 50 digits tell apart.
DIGITS_50 = [
    r"\tanh(1000000000000 x_i) = \mathrm{sign}(x_i)",
    r"\mathrm{erf}(1000000000000000 x_i) = \mathrm{sign}(x_i)",
    r"\pi = 3.14159265358979323846264338327950288",
    r"\exp(1) = 2.718281828459045235360287471352662497757247093699959574966967",
    r"e^{x_i} e^{-x_i} = 1 + 10^{-12} 10^{-12} 10^{-12} 10^{-12} 10^{-12}",
]
# Sizes beyond the first draws.
SIZES = [
    r"\max(n, 9) = 9",
    r"\mathbb{1}[n > 20] = 0",
    r"x_i = x_i (1 + \mathbb{1}[i > 9])",
    r"\sum_{i=0}^{n-1} \mathbb{1}[i > 100] = 0",
    r"(n-2) (n-3) (n-4) (n-5) (n-6) = 0",
]


@pytest.mark.parametrize("claim", DIGITS + DIGITS_50 + SIZES)
def test_a_false_claim_does_not_pass(claim):
    assert not last(claim).ok


HEDGED = [
    "It is not assumed that $x_i > 0$.",
    "Nothing says that $x_i > 0$ here.",
    "The claim $x_i > 0$ may fail.",
    "Is $x_i > 0$?",
    "Half of the entries have $x_i > 0$.",
    "In the case $x_i > 0$ the slope is 1.",
    "Let $x_0 > 0$, the first entry.",
]


@pytest.mark.parametrize("prose", HEDGED)
def test_what_the_prose_does_not_assume_is_no_fact(prose):
    assert check(rf"{X} {prose} $$ |x_i| = x_i $$")[0].holds is False


@pytest.mark.parametrize("prose", ["Let $x_i > 0$.", "Take all numbers with $x_i > 0$."])
def test_what_the_prose_assumes_is_a_fact(prose):
    assert check(rf"{X} {prose} $$ |x_i| = x_i $$")[0].holds


def test_a_size_said_as_an_example_is_not_fixed():
    assert check(rf"{X} Say $n = 2 m$, as an example. $$ n = 2 m $$")[0].holds is False
    assert check(rf"{X} Let $n = 2 m$. $$ n = 2 m $$")[0].holds


UNDEFINED = {
    r"y_i := \sum_{j=0}^{n} x_j z_i": "takes the value",
    r"y_i := \sum_j w_{ij} x_{j+1}": "takes the value",
    r"y := x / 0": "division by zero",
    r"y_i := \frac{1}{x_i - x_i}": "division by zero",
    r"y_i := \begin{cases} 1 & \text{if } x_i > 0 \end{cases}": "leave out a value",
}


@pytest.mark.parametrize("definition", UNDEFINED)
def test_a_definition_has_a_value(definition):
    verdict = check(f"{X} $$ {definition} $$ {ONE}")[0]
    assert verdict.holds is False and not verdict.ok
    assert UNDEFINED[definition] in verdict.reason


HIDDEN = [
    "\\begin{alignat}{1}\n1 &= 2\n\\end{alignat}\n",
    "\\begin{aligned}\n1 &= 2\n\\end{aligned}\n",
    "> \\begin{flalign}\n> 1 &= 2\n> \\end{flalign}\n",
    "## 1.1 A heading $$ 1 = 2 $$\n",
    "``$`` and $$ 1 = 2 $$ and `x`\n",
    "<!-- prose : -->\n$$ 1 = 2 $$\n",
    r"$$ \begin{aligned} 1 &= 1 && \text{as} = 2 \end{aligned} $$",
    r"$$ \begin{aligned} 1 &= 1 &&& = 2 \end{aligned} $$",
]


@pytest.mark.parametrize("text", HIDDEN)
def test_no_display_is_passed_over(text):
    assert not check(f"{text}\n{ONE}").ok


TRUE = [
    r"\frac12 x_i = x_i / 2",
    r"\max(x_i, b_0) = \frac{1}{2} (x_i + b_0) + \frac{1}{2} |x_i - b_0|",
    r"2 |x_i| |b_0| = |2 x_i b_0|",
    r"\mathrm{sign}(x_i) |x_i| = x_i",
    r"x_i \|x\|^2 = x_i x^{\top} x",
    r"(1 + x_i^2)^{-1/2} = \frac{1}{\sqrt{1 + x_i^2}}",
    r"(1 + x_i^2)^{\frac{3}{2}} = (1 + x_i^2) \sqrt{1 + x_i^2}",
]


@pytest.mark.parametrize("claim", TRUE)
def test_a_true_claim_is_read(claim):
    assert last(claim).holds


LIMITS = [
    r"\mathrm{vec}(b x^{\top}) = b \otimes x",
    r"\mathrm{tr}(I) = n",
    r"| |x_i| | = |x_i|",
]


@pytest.mark.parametrize("claim", LIMITS)
def test_what_the_grammar_lacks_is_refused_and_not_refuted(claim):
    assert last(claim).kind == "unreadable"


def test_a_logarithm_holds_where_it_is_defined_and_says_so():
    verdict = last(r"\log(x_i^2) = 2 \log(x_i)")
    assert "where both sides are defined" in verdict.settled
    assert "defined" not in last(r"\log(e^{x_i}) = x_i").settled


def test_a_counterexample_does_not_depend_on_what_was_read_before():
    text = LAYER + r"$$ \sigma(x_i) = \ell(f) x_i $$"
    first = str(check(text)[-1])
    check(
        r"Let $a \in \mathbb{R}^n$, $\sigma : \mathbb{R} \to \mathbb{R}$. $$ a_i = \sigma(a_i) $$"
    )
    assert str(check(text)[-1]) == first and "on the left" in first


def test_the_table_shows_formulas_and_not_their_source():
    table = check(LAYER + r"$$ \frac{\partial L}{\partial x} = W g $$")._repr_html_()
    assert r"did you mean $\frac{\partial L}{\partial x} = W^{\top} g$</td>" in table
    table = check(LAYER + r"$$ \sigma'(x_i) = \sigma''(f) + W $$")._repr_html_()
    assert r"can't add in $\sigma''(f) + W$: one is" in table
    table = check(r"$$ 1 < \foo $$")._repr_html_()
    assert "before &#x27;&lt; \\foo&#x27;" in table and "$" not in table
