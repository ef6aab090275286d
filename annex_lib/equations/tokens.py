"""LaTeX to tokens that remember their place, and the cutting of token lists at the top level."""

import re
from typing import NamedTuple

__all__ = [
    "OPENERS", "Illtyped", "Token", "Unreadable", "one_digit", "split", "strip_spaces", "tokenize",
]  # fmt: skip

LONGEST = 8000  # characters of one display
DEEPEST = 40  # brackets within brackets


class Unreadable(Exception):
    """The text is outside the grammar; `at` is the place of the token that can't be read."""

    def __init__(self, message, at=None):
        super().__init__(message)
        self.at = at


class Illtyped(Exception):
    """The text is read, and can't hold: axes, sizes or free indices don't fit."""

    def __init__(self, message, member=None):
        super().__init__(message)
        self.member = member


class Token(NamedTuple):
    """One token: its text, and the position of its first character in the display."""

    text: str
    at: int
    gap: bool = False  # a wide space stands before it


OPENERS = {
    "(": ")", "[": "]", "{": "}", r"\{": r"\}", r"\langle": r"\rangle", r"\lVert": r"\rVert",
    r"\lfloor": r"\rfloor", r"\lceil": r"\rceil", r"\lvert": r"\rvert",
}  # fmt: skip
CLOSERS = {close: opening for opening, close in OPENERS.items()}
WIDE = {r"\;", r"\:", r"\ ", "~", r"\quad", r"\qquad", r"\enspace"}
SPACES = {r"\;", r"\,", r"\:", r"\!", r"\ ", "~", r"\quad", r"\qquad", r"\enspace", r"\thinspace"}
_WRAPPED = (
    r"\\(?:mathrm|mathbf|mathbb|mathcal|mathsf|mathit|boldsymbol|operatorname|text|textrm|textbf"
    r"|mathrm|textit|bm|begin|end)\s*\*?\s*\{[^{}]*\}"
)
_ACCENT = r"\\(?:hat|tilde|bar|overline|widehat|widetilde|dot|vec)\s*(?:\{[^{}]*\}|\\?[A-Za-z]+)"
_DROPPED = (
    r"\\(?:left|right|[bB]igg?[lrm]?|displaystyle|textstyle|limits|nonumber|strut|notag)(?![A-Za-z])\.?"
    r"|\\(?:text)?color\s*\{[^{}]*\}|%[^\n]*"
)
_TOKEN = re.compile(
    rf"(?P<dropped>{_DROPPED})|(?P<wrapped>{_WRAPPED})|(?P<accent>{_ACCENT})"
    r"|(?P<word>\\[A-Za-z]+)|(?P<escape>\\\\(?:\s*\[-?[\d.]+(?:pt|em|ex|mm|cm)\])?|\\.|\\$)|(?P<number>\d+(?:\.\d+)?)|(?P<one>\S)",
    re.S,
)
_SAME = {
    r"\dfrac": r"\frac", r"\tfrac": r"\frac", r"\top": r"\top", r"\le": r"\leq", r"\ge": r"\geq",
    r"\ne": r"\neq", r"\|": r"\|", r"\colon": ":", r"\lbrack": "[", r"\rbrack": "]",
    r"\ln": r"\log", r"\intercal": r"\top", r"\coloneqq": ":=", r"\cr": r"\\", r"\ast": "*",
    r"\rightarrow": r"\to", r"\longrightarrow": r"\to", r"\longmapsto": r"\mapsto",
    r"\lbrace": r"\{", r"\rbrace": r"\}",
}  # fmt: skip


def tokenize(text):
    """Cut LaTeX into tokens; brackets are checked to balance.

    Parameters
    ----------
    text : str
        The display, without its dollar signs.

    Returns
    -------
    list of Token

    Raises
    ------
    Unreadable
        If brackets don't balance or the display is too long, with the place.
    """
    if len(text) > LONGEST:
        raise Unreadable(
            f"the display has {len(text)} characters; at most {LONGEST} are read", LONGEST
        )
    out = []
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "dropped":
            gap = bool(out) and out[-1].text in WIDE
            out.append(Token(_normal(match), match.start(), gap))
            if len(out) > 1 and out[-2].text in ("_", "^"):
                out[-1:] = one_digit(out[-1])
    out = _join_assignments(out)
    _check_brackets(out)
    return out


def one_digit(token):
    """Cut a number as TeX does where an argument has no braces: x^12 shows as x^1 2."""
    if len(token.text) == 1 or not token.text[0].isdigit():
        return [token]
    return [Token(token.text[0], token.at), Token(token.text[1:], token.at + 1)]


def _normal(match):
    word = match[0]
    if match.lastgroup == "wrapped" and not word.startswith(r"\text"):
        return re.sub(r"\s+", "", word).replace(r"\operatorname*{", r"\mathrm{").replace(
            r"\operatorname{", r"\mathrm{"
        )  # fmt: skip
    if match.lastgroup == "accent":
        command, inner = re.match(r"(\\[a-z]+)\s*(.*)", word, re.S).groups()
        inner = inner[1:-1].strip() if inner.startswith("{") else inner
        return f"{command}{{{inner}}}"
    return r"\\" if word.startswith(r"\\") else _SAME.get(word, word)


def _join_assignments(tokens):
    out = []
    for token in tokens:
        if token.text == "=" and out and out[-1].text == ":" and token.at - out[-1].at < 3:
            out[-1] = Token(":=", out[-1].at)
        else:
            out.append(token)
    return out


def _check_brackets(tokens):
    stack = []
    for token in tokens:
        if _opens(token.text):
            stack.append(token)
            if len(stack) > DEEPEST:
                raise Unreadable(f"more than {DEEPEST} brackets within each other", token.at)
        elif _closes(token.text):
            if not stack or _closing(stack[-1].text) != token.text:
                raise Unreadable(f"'{token.text}' closes nothing", token.at)
            stack.pop()
    if stack:
        raise Unreadable(f"'{stack[-1].text}' is never closed", stack[-1].at)


def _opens(text):
    return text in OPENERS or text.startswith(r"\begin{")


def _closes(text):
    return text in CLOSERS or text.startswith(r"\end{")


def _closing(text):
    return OPENERS.get(text) or text.replace(r"\begin", r"\end")


def split(tokens, *separators):
    """Cut a token list at separators outside every bracket.

    Returns
    -------
    list of (Token or None, list of Token)
        Each part with the separator before it.
    """
    parts, depth = [(None, [])], 0
    for token in tokens:
        depth += _opens(token.text) - _closes(token.text)
        if depth == 0 and token.text in separators:
            parts.append((token, []))
        else:
            parts[-1][1].append(token)
    return parts


def strip_spaces(tokens):
    """Leave out the spacing commands."""
    return [token for token in tokens if token.text not in SPACES]
