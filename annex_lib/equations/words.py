"""Which tokens are names, operators, functions; where a term ends."""

import re

from annex_lib.equations.tokens import Unreadable

__all__ = [
    "BUILTINS", "END", "ENDS", "PARTIALS", "PRODUCTS", "RELATIONS", "STRUCTURAL", "TRANSPOSES",
    "is_name", "letters",
]  # fmt: skip

BUILTINS = {
    r"\exp": "exp", r"\log": "log", r"\tanh": "tanh", r"\sin": "sin", r"\cos": "cos",
    r"\mathrm{erf}": "erf", r"\mathrm{sign}": "sign", r"\mathrm{sgn}": "sign",
}  # fmt: skip
STRUCTURAL = {r"\mathrm{vec}", r"\mathrm{diag}", r"\mathrm{tr}", r"\mathrm{Tr}"}
RELATIONS = {"<", ">", r"\leq", r"\geq", r"\neq", "="}
ENDS = {"", "+", "-", ",", "&", "=", ":=", r"\\", ";", ":", r"\in", r"\to", r"\mapsto", "|",
        r"\mid",
        r"\rVert", r"\rvert", r"\|", r"\}", r"\rangle", r"\rfloor", r"\rceil", ")", "]", "}",
        r"\text"} | RELATIONS  # fmt: skip
PRODUCTS = {r"\cdot", r"\times", "*"}
TRANSPOSES = {r"\top", "T", r"\mathrm{T}", r"\mathsf{T}"}
PARTIALS = {r"\partial", r"\mathrm{d}"}
END = ""


_GREEK = set(
    re.findall(
        r"\w+",
        """alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa
        lambda mu nu xi pi rho varrho sigma tau upsilon phi varphi chi psi omega Gamma Delta
        Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar imath jmath""",
    )
)
_STYLES = re.compile(r"\\(?:math(?:bf|rm|cal|sf|it)|boldsymbol|bm)\{")
_ACCENTS = re.compile(r"\\(?:hat|tilde|bar|overline|widehat|widetilde|dot|vec)\{")


def is_name(text):
    """Tell whether a token may be a name: a letter, a Greek letter, a decorated one."""
    if text.startswith("\\"):
        return text[1:] in _GREEK or bool(_STYLES.match(text) or _ACCENTS.match(text))
    return len(text) == 1 and text.isalpha()


def letters(tokens):
    """Read index letters side by side, each perhaps primed."""
    out = []
    for token in tokens:
        if token.text == "'" and out:
            out[-1] += "'"
        elif is_name(token.text):
            out.append(token.text)
        else:
            raise Unreadable(f"can't read '{token.text}' as an index", token.at)
    return tuple(out)
