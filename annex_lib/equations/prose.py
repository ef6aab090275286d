"""Markdown as a chapter has it: headings, comments, displays, inline formulas, and said facts."""

import re
from dataclasses import dataclass

from annex_lib.equations.declarations import SETTINGS, inline
from annex_lib.equations.tokens import Illtyped, Unreadable

__all__ = ["Display", "Heading", "Prose", "pieces", "read_prose"]

_PIECE = re.compile(
    r"^(?P<fence>`{3,}|~{3,})[^`\n]*\n.*?^(?P=fence)[`~]*\s*$"
    r"|(?P<code>(?<!`)(?P<tick>`+)(?!`)[^\n]*?[^`\n](?P=tick)(?!`))"
    r"|^(?P<heading>\#{1,2}\ [^\n]*)$"
    r"|<!--\s*(?P<mark>prose|refuted|at)\b\s*:?\s*(?P<said>.*?)\s*-->"
    r"|\$\$(?P<display>.*?)\$\$"
    r"|(?P<open>\$\$)"
    r"|(?P<raw>^[ >]*\\begin\{(?P<kind>[a-z]+\*?)\}.*?\\end\{(?P=kind)\}|\\\\\[.*?\\\\\])",
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
    trouble: str = ""


def pieces(markdown):
    """Cut Markdown into headings, prose and displays, in order."""
    mark = said = None
    end = 0
    for match in _PIECE.finditer(markdown):
        if match["code"]:
            continue
        yield Prose(markdown[end : match.start()])
        end = match.end()
        if match["heading"]:
            yield Heading(match["heading"].lstrip("# "), match["heading"].count("#", 0, 2))
            if "$$" in match["heading"]:
                yield Display(match["heading"], None, None, "", "a display stands in a heading")
        elif match["mark"]:
            mark, said = match["mark"], match["said"]
        elif match["display"] is not None or match["open"] or match["raw"]:
            text = match["display"] if match["display"] is not None else markdown[match.end() :]
            text = match["raw"] or text
            tags = _TAG.findall(text)
            trouble = _trouble(match, tags)
            tag = tags[0] if tags else None
            yield Display(_TAG.sub(" ", text), tag, mark, said or "", trouble)
            mark = said = None
            if match["open"]:
                return
    yield Prose(markdown[end:])


def _trouble(match, tags):
    """Say what is wrong with a display before it is read."""
    if match["open"]:
        return "the display is never closed by $$"
    if match["raw"]:
        return "a display stands between $$ and $$"
    return "a display has one \\tag" if len(tags) > 1 else ""


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
    cases, doubted = _cases(held)
    for name, bounds in SETTINGS.items():
        for k in re.findall(rf"\b{name}\W{{1,3}}⟦(\d+)⟧", held):
            letter = formulas[int(k)].strip()
            if len(letter) == 1 and not context.knows(letter):
                context.settings[letter] = bounds
    if re.search(r"(?<!not )(?<!never )\btwice\s+(?:\w+\s+)?differentiable", held):
        context.twice = True
        for function in context.functions.values():
            function.twice = True
    for k, formula in enumerate(formulas):
        try:
            inline(formula, context, case=k in cases, doubted=k in doubted)
        except (
            Unreadable,
            Illtyped,
            ArithmeticError,
            LookupError,
            TypeError,
            ValueError,
            RecursionError,
        ) as trouble:
            if re.search(r"\\in\s*\\mathbb\{?R|\\to|:=", formula):
                troubles.append(f"the text's ${formula}$ is not read: {trouble}")
    _zero_padding(held, formulas, context)
    if re.search(r"\b(?:use|uses|in)\s+(?:the\s+)?(?:Jacobian|row)\s+(?:\(row\)\s+)?layout", held):
        context.row_layout = True
    return troubles


_CASE = r"\b(?:where|when|if|whenever|unless|only|for)\s+⟦(\d+)⟧"
_SAID = r"\b(?:let|assume|assuming|suppose|with|given|take|provided|whose)\b"
_DOUBTED = r"\b(?:if|when|whenever|unless|may|might|say|case|example|not|never|nor|nothing)\b|\?"
_DENIED = r"\b(?:not|never|nor|without|isn't|aren't)\b"


def _cases(held):
    """Formulas that the text looks at as a case or does not assume; those in doubtful sentences."""
    cases, doubted = {int(k) for k in re.findall(_CASE, held, re.I)}, set()
    for sentence in re.split(r"(?<=[.;?!:])\s", held):
        for match in re.finditer(r"⟦(\d+)⟧", sentence):
            if re.search(_DOUBTED, sentence, re.I):
                doubted.add(int(match[1]))
            if not re.search(_SAID, sentence[: match.start()], re.I):
                cases.add(int(match[1]))
    return cases | doubted, doubted


_ZERO = (
    r"⟦(\d+)⟧[^⟦⟧.;]{0,40}\bzeros?\b[^.;]{0,60}?\b(?:outside|beyond)\b",
    r"⟦(\d+)⟧[^⟦⟧.;]{0,30}\bpadded\s+(?:with|by)\s+zeros\b",
    r"⟦(\d+)⟧\s+(?:outside|beyond)\b",
    r"zero\s+padding\s+(?:of|around|for)\s+⟦(\d+)⟧",
)


_ACCENTS = r"\\(?:hat|tilde|bar)"  # as they stand in front of a letter: \hat x, \hat{x}


def _zero_padding(held, formulas, context):
    """`$x$ is zero outside its range` and the like."""
    for sentence in re.split(r"(?<=[.;])\s", held):
        if not re.search(r"\bzeros?\b", sentence) or re.search(_DENIED, sentence):
            continue
        for pattern in _ZERO:
            for k in re.findall(pattern, sentence):
                _set_zero(formulas[int(k)], context)


def _set_zero(formula, context):
    formula = re.sub(rf"^\s*({_ACCENTS})\s*\{{?([A-Za-z])\}}?", r"\1{\2}", formula)
    match = re.match(r"\s*(\\?[A-Za-z]+(?:\{[A-Za-z]\})?)(?:_\{?([^}]*)\}?)?", formula)
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
