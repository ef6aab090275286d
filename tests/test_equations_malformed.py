"""Malformed LaTeX gets a message with its place: never an exception, never a pass by accident."""

import re
import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annex_lib.equations import check
from annex_lib.equations.context import Context
from annex_lib.equations.parse import parse
from annex_lib.equations.prose import read_prose
from annex_lib.equations.tokens import Unreadable, tokenize
from annex_lib.equations.tree import show

PROSE = r"""Let $W \in \mathbb{R}^{m \times n}$, $x \in \mathbb{R}^n$, $b \in \mathbb{R}^m$,
$\sigma : \mathbb{R} \to \mathbb{R}$ and $\ell : \mathbb{R}^m \to \mathbb{R}$.
"""
TRUE = [
    r"\frac{\partial}{\partial w_{kl}} \left( \sum_j w_{ij} x_j \right) = \delta_{ik} x_l",
    r"\sigma(x_i) \max(0, x_i) = \sigma(x_i) \begin{cases} x_i & \text{if } x_i > 0 \\"
    r" 0 & \text{otherwise} \end{cases}",
    r"[W \; b] \begin{bmatrix} x \\ 1 \end{bmatrix} = W x + b",
    r"\sum_{j=0}^{n-1} w_{ij} x_j = \langle W x, \mathbf{1} \rangle",
    r"\lVert x \rVert^2 = x^{\top} x",
    r"\ell(W x) = \ell(W x + b - b)",
]
PIECES = re.findall(
    r"\S+",
    r"""\frac \partial { } ( ) [ ] _ ^ x w W b i j k l n 0 1 2 + - = := , & \\ \sum \delta \sigma '
    \ell \top T \exp \log \sqrt \max \begin{aligned} \end{aligned} \begin{bmatrix} \end{bmatrix}
    \begin{cases} \end{cases} \text{if} \; \quad \odot \circ \langle \rangle \lVert \rVert |
    \mathrm{vec} \mathrm{diag} D I e \mathbf{1} \mathbb{1} \in \mathbb{R} \to : < \leq / \cdot
    \lfloor \rfloor \left \right \underbrace \nabla \otimes \hat ~ \{ \} _{ij} _i \pi \foo""",
)


@st.composite
def broken(draw):
    """A true claim with a few tokens dropped, doubled or replaced."""
    claim = draw(st.sampled_from(TRUE))
    tokens = re.findall(r"\\[a-zA-Z]+(?:\{[a-zA-Z]*\})?|\\.|\S", claim)
    for _ in range(draw(st.integers(1, 4))):
        k = draw(st.integers(0, len(tokens) - 1))
        piece = draw(st.sampled_from([*PIECES, ""]))
        keep = draw(st.booleans())
        tokens[k : k + 1] = [tokens[k], piece] if keep else [piece]
    return " ".join(t for t in tokens if t)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(broken())
def test_broken_claims_get_a_verdict(text):
    start = time.monotonic()
    verdict = check(f"{PROSE}$$ {text} $$", diagnose=False)[-1]
    assert time.monotonic() - start < 5
    assert verdict.kind in ("claim", "definition", "declaration", "unreadable")
    assert "the checker can't follow" not in verdict.reason, (text, verdict.reason)
    assert verdict.ok or verdict.reason


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=r"\{}[]()_^&=+-xwij$ 01,.:'|<>%~", max_size=60))
def test_any_text_gets_a_verdict(text):
    for verdict in check(f"{PROSE}$$ {text} $$", diagnose=False):
        assert verdict.ok or verdict.reason
        assert "the checker can't follow" not in verdict.reason, (text, verdict.reason)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=r"\{}[]()_^=xWRn1,.: ", max_size=30))
def test_any_inline_formula_is_taken(text):
    inner = text.replace("$", "")
    troubles = read_prose(rf"Let $x \in \mathbb{{R}}^{inner}$ and $f : {inner} \to x$.", Context())
    assert all(isinstance(t, str) for t in troubles)


def test_what_is_shown_reads_back_as_the_same_tree():
    context = Context()
    read_prose(PROSE, context)
    for claim in TRUE:
        for member in claim.split(" = "):
            tree = parse(tokenize(member), context)
            assert parse(tokenize(show(tree)), context) == tree, show(tree)


def test_long_and_deep_displays_are_refused_quickly():
    start = time.monotonic()
    for text in ("x_i + " * 1600 + "x_i = x_i", "{" * 5000, r"\frac{x}" * 900, "(" * 30 + "x"):
        verdict = check(f"{PROSE}$$ {text} $$")[-1]
        assert verdict.kind == "unreadable" or verdict.holds is False
    assert time.monotonic() - start < 5


def test_error_knows_its_place():
    try:
        tokenize("a + (b")
    except Unreadable as trouble:
        assert trouble.at == 4


def test_huge_ranges_powers_and_sizes_are_refused_quickly():
    deep = "\\tanh" * 1500
    texts = [
        r"$$ \sum_{i=0}^{1000000000} i = 1 $$",
        r"$$ q \in \mathbb{R}^{100000 \times 100000}, q_{ij} = q_{ij} $$",
        rf"$$ {'(' * 6}x_0{'^{12})' * 6} = 1 $$",
        rf"$$ {'(' * 7}Z{'^4)' * 7} = 1 $$",
        rf"with $p \in \mathbb{{R}}^{{{deep} n}}$ $$ p_i = p_i $$",
    ]
    start = time.monotonic()
    for text in texts:
        verdict = check(PROSE + r"Let $Z \in \mathbb{R}^{n \times n}$. " + text)[-1]
        assert verdict.kind == "unreadable", text[:60]
    assert time.monotonic() - start < 5
