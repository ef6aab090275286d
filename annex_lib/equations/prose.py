"""Markdown as a chapter has it: headings, comments, displays, inline formulas, and said facts."""

import re
from dataclasses import dataclass

from annex_lib.equations.declarations import SETTINGS, inline
from annex_lib.equations.tokens import Illtyped, Unreadable

__all__ = ["Display", "Heading", "Prose", "pieces", "read_prose"]

_PIECE = re.compile(
    r"^(?P<fence>```|~~~).*?^(?P=fence)\s*$"
    r"|^(?P<heading>\#{1,2}\ [^\n]*)$"
    r"|<!--\s*(?P<mark>prose|refuted|at)\b:?\s*(?P<said>.*?)\s*-->"
    r"|\$\$(?P<display>.*?)\$\$"
    r"|(?P<open>\$\$)",
    re.M | re.S | re.X,
)
_TAG = re.compile(r"\\tag\*?\{([^{}]*)\}")
_INLINE = re.compile(r"`[^`\n]*`|(?<![\\$])\$(?!\$)([^$\n]+(?:\n[^$\n]+)*)\$(?!\$)")


@dataclass
class Heading:
    """A heading of the first or second level."""

    text: str
    level: int


@dataclass
class Prose:
    """Text between displays."""

    text: str


@dataclass
class Display:
    """A display with its tag and the comment before it."""

    text: str
    tag: str | None
    mark: str | None
    said: str
    closed: bool = True


def pieces(markdown):
    """Cut Markdown into headings, prose and displays, in order."""
    mark = said = None
    end = 0
    for match in _PIECE.finditer(markdown):
        yield Prose(markdown[end : match.start()])
        end = match.end()
        if match["heading"]:
            yield Heading(match["heading"].lstrip("# "), match["heading"].count("#", 0, 2))
        elif match["mark"]:
            mark, said = match["mark"], match["said"]
        elif match["display"] is not None or match["open"]:
            text = match["display"] if match["display"] is not None else markdown[match.end() :]
            tag = _TAG.search(text)
            yield Display(_TAG.sub(" ", text), tag and tag[1], mark, said or "", not match["open"])
            mark = said = None
            if match["open"]:
                return
    yield Prose(markdown[end:])


def read_prose(text, context):
    """Take declarations and facts from prose.

    Returns
    -------
    list of str
        Inline declarations that could not be read, with the reason.
    """
    troubles, formulas = [], []

    def hold(match):
        if match[1] is None:
            return " "
        formulas.append(match[1])
        return f"⟦{len(formulas) - 1}⟧"

    held = _INLINE.sub(hold, re.sub(r"^\|.*$", " ", text, flags=re.M))
    for name, bounds in SETTINGS.items():
        for k in re.findall(rf"\b{name}\W{{1,3}}⟦(\d+)⟧", held):
            letter = formulas[int(k)].strip()
            if len(letter) == 1 and not context.knows(letter):
                context.settings[letter] = bounds
    if re.search(r"\btwice\s+(?:\w+\s+)?differentiable", held):
        context.twice = True
        for function in context.functions.values():
            function.twice = True
    for formula in formulas:
        try:
            inline(formula, context)
        except (
            Unreadable,
            Illtyped,
            ArithmeticError,
            LookupError,
            TypeError,
            ValueError,
        ) as trouble:
            if re.search(r"\\in\s*\\mathbb\{?R|\\to|:=", formula):
                troubles.append(f"the text's ${formula}$ is not read: {trouble}")
    _zero_padding(held, formulas, context)
    if re.search(r"\b(?:use|uses|in)\s+(?:the\s+)?(?:Jacobian|row)\s+(?:\(row\)\s+)?layout", held):
        context.row_layout = True
    return troubles


_ZERO = (
    r"⟦(\d+)⟧[^⟦⟧.;]{0,40}\bzeros?\b[^.;]{0,60}?\b(?:outside|beyond)\b",
    r"⟦(\d+)⟧[^⟦⟧.;]{0,30}\bpadded\s+(?:with|by)\s+zeros\b",
    r"⟦(\d+)⟧\s+(?:outside|beyond)\b",
    r"zero\s+padding\s+(?:of|around|for)\s+⟦(\d+)⟧",
)


def _zero_padding(held, formulas, context):
    """`$x$ is zero outside its range` and the like."""
    for sentence in re.split(r"(?<=[.;])\s", held):
        if not re.search(r"\bzeros?\b", sentence):
            continue
        for pattern in _ZERO:
            for k in re.findall(pattern, sentence):
                _set_zero(formulas[int(k)], context)


def _set_zero(formula, context):
    match = re.match(r"\s*(\\?[A-Za-z]+)(?:_\{?([^}]*)\}?)?", formula)
    if not match:
        return
    names = [context.variables.get(match[1]), context.entries.get(match[1])]
    if match[2] is not None:
        count = len(re.findall(r"[A-Za-z]", match[2]))
        names = [v for v in names if v is not None and len(v.shape) == count]
    for variable in names[:2]:
        if variable is not None:
            variable.zero_outside = True
            break
