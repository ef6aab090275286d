"""What is claimed and holds, what is claimed and fails, and what the reader is told."""

import pytest

from annex_lib.equations import Verdicts, check

LAYER = r"""Let $W \in \mathbb{R}^{m \times n}$, $x \in \mathbb{R}^n$, $b \in \mathbb{R}^m$,
$\ell : \mathbb{R}^m \to \mathbb{R}$ and $\sigma : \mathbb{R} \to \mathbb{R}$.
$$ f_i := \sum_j w_{ij} x_j + b_i $$
$$ L := \ell(f) $$
$$ g := \frac{\partial L}{\partial f} $$
"""


def last(claim, prose=LAYER, before=""):
    return check(f"{prose}\n{before}\n$$ {claim} \\tag{{9.1}} $$")[-1]


HOLD = [
    r"f = W x + b",
    r"\frac{\partial f_i}{\partial w_{kl}} = \delta_{ik} x_l",
    r"\frac{\partial L}{\partial w_{kl}} = g_k x_l",
    r"\frac{\partial L}{\partial W} = g x^{\top}",
    r"\left( \frac{\partial L}{\partial W} \right)^{\top} = x g^{\top}",
    r"\frac{\partial L}{\partial x} = W^T g",
    r"\frac{\partial L}{\partial b} = g",
    r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial f} \frac{\partial f}{\partial W}",
    r"\frac{\partial L}{\partial \mathrm{vec}(W)} = \mathrm{vec}(g x^{\top})",
    r"\nabla_x L = W^{\top} g",
    r"\frac{\partial f}{\partial W} \in \mathbb{R}^{m \times m \times n}",
    r"\frac{\partial \sigma(f_i)}{\partial x_l} = \sigma'(f_i) w_{il}",
    r"\frac{\partial^2 \sigma(x_i)}{\partial x_j \partial x_k}"
    r" = \delta_{ij} \delta_{ik} \sigma''(x_i)",
    r"\sum_{ij} \delta_{ij} w_{ij} = \sum_i \sum_j w_{ij} \delta_{ij}",
    r"\sum_i \delta_{ii} b_i = \sum_i b_i",
    r"\exp(x_i + x_j) = \exp(x_i) e^{x_j}",
    r"\sqrt{x_i^2} = |x_i|",
    r"\frac{\partial}{\partial x} \lVert x \rVert = \frac{x}{\lVert x \rVert}",
    r"\frac{\partial}{\partial x_i} \mathrm{erf}(x_k)"
    r" = \frac{2}{\sqrt{\pi}} e^{-x_k^2} \delta_{ik}",
    r"\tanh(x_i) = \frac{e^{x_i} - e^{-x_i}}{e^{x_i} + e^{-x_i}}",
    r"\mathrm{tr}(W W^{\top}) = \langle W, W \rangle",
    r"\sum_{k=0}^{n-1} x_k = \mathbf{1}^{\top} x",
    r"\sum_{i=0}^{n-1} \sum_{j=0}^{i} x_j = \sum_j (n - j) x_j",
    r"\frac{\partial \max(0, x_i)}{\partial x_k} = \delta_{ik} \mathbb{1}[x_i > 0]",
    r"x_{ \ell } = x_{ \ell } + 0 \cdot b_0",
    r"\underbrace{\color{red} x_i}_{\text{input}} + \boxed{1} = 1 + x_i",
    r"2 = \frac{4}{2}",
    r"\mathrm{vec}(b x^{\top} W^{\top}) = (b x^{\top} \otimes W) \, \mathrm{vec}(I_n)",
]

FAIL = {
    r"\frac{\partial L}{\partial w_{kl}} = g_l x_k": "index k runs over m (axis 0 of W) and over n",
    r"\frac{\partial L}{\partial W} = x g^{\top}": "shapes differ",
    r"\frac{\partial L}{\partial W} = g^{\top} x": "shapes do not multiply: 1×m and n",
    r"\frac{\partial L}{\partial x} = W g": "inner sizes n and m",
    r"\frac{\partial f_i}{\partial w_{kl}} = x_l": "free indices differ",
    r"\frac{\partial L}{\partial x_l} = 2 \sum_i w_{il} g_i": "2 times",
    r"\frac{\partial L}{\partial b} = \frac{1}{m} g": "1/m times",
    r"\frac{\partial L}{\partial x_l} = -\sum_i w_{il} g_i": "-1 times",
    r"\frac{\partial f}{\partial W} \in \mathbb{R}^{m \times n}": "R^(m × m × n)",
    r"g_i = w_{ijk}": "2 axes but carries 3 indices",
    r"\sum_{j=0}^{n} x_j = \sum_j x_j": "takes the value",
    r"\frac{x_i}{x_i - x_i} = 1": "division by zero",
    r"\sqrt{x_i^2} = x_i": "",
    r"\max(0, x_i) = x_i": "",
    r"\mathbb{1}[x_i > 0] = \mathbb{1}[x_i \geq 0]": "",
    r"W + x = W": "can't add",
    r"\sum_i f_i = f_i": "free indices differ",
    r"\begin{cases} 1 & \text{if } x_i > 0 \end{cases} = 1": "leave out a value",
}

REFUSE = {
    r"w_{ij": "never closed",
    r"w_{ij}} = 1": "closes nothing",
    r"\foo = 1": r"can't read '\foo'",
    r"q_i = x_i": "unknown symbol 'q'",
    r"\sum_q x_i = 1": "the index 'q' has no range",
    r"x_i =": "nothing stands on one side",
    r"x_i": "claims nothing",
    r"x_0 + \cdots + x_{n-1} = 1": r"can't read '\cdots'",
    r"\frac{\partial^2 L}{\partial x_i \partial x_j} = 0": "twice differentiable",
    r"x_i \leq 1": r"can't read '\leq'",
    r"\int x = 1": r"can't read '\int'",
    r"W^{**} x = x": "belongs to no declared name",
    r"x^{x} = 1": "only numbers are read as powers",
    "x_i + " * 4000 + "x_i = 0": "at most 8000",
    "(" * 60 + "x_i" + ")" * 60 + " = x_i": "brackets within each other",
    "": "empty",
}


@pytest.mark.parametrize("claim", HOLD)
def test_holds(claim):
    verdict = last(claim)
    assert verdict.holds is True and verdict.kind == "claim", verdict
    assert verdict.settled and verdict.ok


@pytest.mark.parametrize("claim", FAIL)
def test_fails_with_its_reason(claim):
    verdict = last(claim)
    assert verdict.holds is False and verdict.kind == "claim", verdict
    assert FAIL[claim] in verdict.reason and not verdict.ok
    assert verdict.reason or verdict.place


@pytest.mark.parametrize("claim", REFUSE)
def test_refuses_with_the_token_and_its_place(claim):
    verdict = last(claim)
    assert verdict.kind == "unreadable" and verdict.holds is None, verdict
    assert REFUSE[claim] in verdict.reason and not verdict.ok


def test_place_of_the_token():
    assert last("x_i = \n x_i + \\foo").place == r"at line 2, column 8, before '\foo'"


def test_counterexample_in_small_numbers_can_be_redone_by_hand():
    verdict = check(r"Let $x \in \mathbb{R}^n$. $$ x_i = x_i x_i $$")[0]
    assert verdict.place == "at i=0 (n=2): -2 on the left, 4 on the right" or (
        verdict.place.startswith("at i=") and "(n=" in verdict.place
    )


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (r"\frac{\partial f_i}{\partial w_{kl}} = \delta_{il} x_l", None),
        (r"\frac{\partial L}{\partial x} = W g", r"W^{\top} g"),
        (r"\frac{\partial L}{\partial W} = x g^{\top}", r"g x^{\top}"),
        (r"\frac{\partial L}{\partial w_{kl}} = g_l x_k", r"g_{k} x_{l}"),
        (r"\frac{\partial L}{\partial x_l} = -\sum_i w_{il} g_i", r"\sum_{i} w_{i l} g_{i}"),
    ],
)
def test_repair_is_one_edit_away_and_holds(wrong, right):
    verdict = last(wrong)
    if right is not None:
        assert verdict.repair.endswith("= " + right)
        assert last(verdict.repair).holds
    assert verdict.holds is False


def test_square_matrix_does_not_hide_a_transpose():
    prose = r"Let $W \in \mathbb{R}^{n \times n}$ and $x \in \mathbb{R}^n$."
    assert last(r"\frac{\partial W x}{\partial x} = W", prose).holds
    assert last(r"\frac{\partial W x}{\partial x} = W^{\top}", prose).holds is False


CONVOLUTION = r"""The input is $x \in \mathbb{R}^{B \times C \times m \times n}$, zero outside its
range, the weights are $W \in \mathbb{R}^{F \times C \times p \times q}$, with the stride $S$, the
padding $P$ and the dilation $D$, and $O \in \mathbb{R}^{B \times F \times u \times v}$ with
$u = \lfloor (m + 2P - D(p-1) - 1) / S \rfloor + 1$ and
$v = \lfloor (n + 2P - D(q-1) - 1) / S \rfloor + 1$; $\ell : \mathbb{R}^{B \times F \times u \times
v} \to \mathbb{R}$.
$$ o_{tfij} := \sum_{ckl} w_{fckl} x_{t, c, Si + Dk - P, Sj + Dl - P} $$
$$ L := \ell(O) $$
$$ G := \frac{\partial L}{\partial O} $$
"""


def test_convolution_with_all_settings():
    claim = r"\frac{\partial L}{\partial w_{fckl}} = \sum_{tij} g_{tfij} x_{t, c, %s, Sj + Dl - P}"
    verdict = last(claim % "Si + Dk - P", CONVOLUTION)
    assert verdict.holds and "18 draws" in verdict.settled
    assert last(claim % "Si + k - P", CONVOLUTION).holds is False
    assert last(claim % "i + Dk - P", CONVOLUTION).holds is False
    without = CONVOLUTION.replace("zero outside its\nrange", "an image")
    assert "takes the value" in last(claim % "Si + Dk - P", without).reason


def test_jacobian_layout_is_declared():
    chain = r"\frac{\partial L}{\partial x} = g^{\top} W"
    assert last(chain).holds is False
    row = "We write derivatives in the Jacobian layout.\n" + LAYER.replace("$$ g", "$$ h")
    assert last(r"\frac{\partial L}{\partial x} = h W", row).holds


def test_sections_forget_and_carry_on():
    text = "## 1.1 A\nLet $x \\in \\mathbb{R}^n$.\n## 1.2 B\n%s\n$$ x_i = x_i $$"
    assert check(text % "")[0].kind == "unreadable"
    assert check(text % "This section carries on from 1.1.")[0].holds


def test_kinds_and_numbers():
    text = "# 07. T\n" + LAYER + "<!-- prose: a picture -->\n$$ \\foo $$\n$$ 1 = 1 \\tag{7.2} $$"
    verdicts = check(text)
    assert [v.kind for v in verdicts] == ["definition"] * 3 + ["prose", "claim"]
    assert [v.number for v in verdicts] == ["7#1", "7#2", "7#3", "7#4", "7.2"]
    assert verdicts[3].reason == "a picture" and verdicts[3].holds is None


def test_refuted_line_must_fail():
    text = "Let $x \\in \\mathbb{R}^n$.\n<!-- refuted: wrong -->\n$$ x_i = %s $$"
    assert check(text % "2 x_i").ok
    assert not check(text % "x_i").ok


def test_exemption_needs_its_reason_and_display_its_end():
    assert check("<!-- prose: -->\n$$ 1 = 1 $$")[0].kind == "unreadable"
    assert "never closed" in check("$$ 1 = 1")[0].reason


def test_code_in_markdown_is_not_read():
    assert check("```\n$$ 1 = 2 $$\n```\n`$x \\in \\mathbb{R}^n$`") == Verdicts()


def test_verdicts_show_as_text_and_as_a_table():
    verdicts = check(r"Let $x \in \mathbb{R}^n$. $$ x_i = 2 x_i \tag{1.1} $$ $$ 1 = 1 $$")
    assert repr(verdicts).splitlines()[0].startswith("✗ (1.1) is false: every entry")
    assert verdicts._repr_html_().count("<tr>") == 3
    assert not verdicts.ok


SLIPS = [
    r"u := m - n + 1 = m + 7",
    r"\lVert W \rVert_2^2 = \sum_{ij} w_{ij}^2",
    r"\begin{vmatrix} 1 & 0 \\ 0 & 2 \end{vmatrix} = \begin{bmatrix} 1 & 0 \\ 0 & 2 \end{bmatrix}",
    r"\sum_{i=0}^{2n-1} (\mathbf{1}_n)_i = 2 n",
    r"\sum_{i=0}^{n+3} \begin{bmatrix} x \\ 1 \end{bmatrix}_i = \sum_i x_i + 4",
    r"\log(-x_i^2) = \log(-x_i^2)",
    r"\sqrt{-1} = \sqrt{-1}",
    r"2305843009213693951 x_i = 0",
    r"2^{12} 2^{12} 2^{12} 2^{12} 2^{12} 2 - 1 = 0",
    r"\sum_l l x_l = L \sum_l x_l",
    r"l = L",
    r"\tanh(1000 x_i) = \mathrm{sign}(x_i)",
    r"e^{-100000 x_i^2} = 0",
    r"\begin{aligned} x_i &= x_i \\ && = 2 x_i \end{aligned}",
    r"f \in \mathbb{R}^n",
    r"x \in \mathbb{R}^m",
    r"\frac{\partial x_i}{\partial f_j} = 0",
    r"\lfloor n/2 \rfloor = 1",
    r"\begin{aligned} 1 &= 1 \tag{1.1} \\ 2 &= 2 \tag{1.2} \end{aligned}",
    r"q_{ii} := x_i x_i",
    r"h := 2 x, \quad \sum_l x_l = 2 \sum_l x_l",
]


@pytest.mark.parametrize("claim", SLIPS)
def test_no_slip_passes(claim):
    assert not check(f"{LAYER}\n$$ {claim} $$")[-1].ok


X = r"Let $x \in \mathbb{R}^n$"
PASSED_OVER = [
    X + r". ReLU passes $x_i$ where $x_i > 0$, and no more. $$ \max(0, x_i) = x_i $$",
    X + r". Here $x$ is not zero outside its range. $$ \sum_{i=0}^n x_i = \sum_i x_i $$",
    X + r" and $\ell : \mathbb{R}^n \to \mathbb{R}$, not twice differentiable."
    r" $$ \frac{\partial^2 \ell(x)}{\partial x_i \partial x_j}"
    r" = \frac{\partial^2 \ell(x)}{\partial x_j \partial x_i} $$",
    "```a``` is code.\n$$ 1 = 2 $$\n```\ncode\n```\n",
    X + r" with $0 \le k < 2$. $$ \sum_k x_k = \sum_{k=0}^{n-1} x_k $$",
    "Write `<!-- prose: reason -->` first.\n$$ 1 = 2 $$",
    "\\begin{align}\n1 &= 2\n\\end{align}\n",
    "\\\\[ 1 = 2 \\\\]",
]


@pytest.mark.parametrize("text", PASSED_OVER)
def test_nothing_is_passed_over(text):
    assert not check(text + "\n$$ 1 = 1 $$").ok


def test_line_spacing_and_code_are_understood():
    assert last(r"\begin{aligned} x_i &= x_i \\[4pt] &= x_i + 0 \end{aligned}").holds
    assert [v.holds for v in check("Between `$$` and `$$`.\n$$ 1 = 1 $$")] == [True]
    assert check(X + r" with $x_i > 0$. $$ |x_i| = x_i $$").ok


@pytest.mark.parametrize("wrong", [None, 4.3])
def test_misuse_is_told_in_one_sentence(wrong):
    with pytest.raises(ValueError, match=r"not (NoneType|float)") as trouble:
        check(wrong)
    assert len(trouble.value._render_traceback_()) == 1


def test_a_repair_can_be_left_out():
    text = r"""Let $W \in \mathbb{R}^{m \times n}$ and $x \in \mathbb{R}^n$.
    $$ f_i := \sum_j w_{ij} x_j $$
    $$ \frac{\partial f_i}{\partial x_l} = w_{li} $$"""
    assert "w_{i l}" in check(text)[1].repair
    verdict = check(text, repair=False)[1]
    assert verdict.repair == "" and verdict.reason and not verdict.holds
