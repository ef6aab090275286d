r"""Blocks `[W \; b]`, matrices and cases: the two-dimensional constructions."""

from annex_lib.equations.tokens import OPENERS, SPACES, Unreadable, split
from annex_lib.equations.tree import node

__all__ = ["block_row", "environment"]

MATRICES = {rf"\begin{{{kind}matrix}}" for kind in ("b", "p", "", "B")}
GAPS = ("&", r"\mid", "|", ",")


def block_row(parser):
    r"""Read `[a \; b]`, `[a, b]`, `[a \mid b]` as one row of blocks, `[a b]` as a bracket."""
    at, tokens = parser.at, parser.group()
    parts = [piece for _, part in split(tokens, *GAPS) for piece in _at_gaps(part)]
    cells = tuple(parser.inside(part, at) for part in parts)
    if len(cells) == 1:
        return parser.after(cells[0])
    return parser.after(node("block", (cells,), at=at))


def _at_gaps(tokens):
    """Cut before tokens that follow a wide space, outside of brackets."""
    out, depth = [[]], 0
    for token in tokens:
        if token.gap and depth == 0 and out[-1]:
            out.append([])
        out[-1].append(token)
        depth += token.text in OPENERS or token.text.startswith(r"\begin{")
        depth -= token.text in OPENERS.values() or token.text.startswith(r"\end{")
    return out


def environment(parser):
    """Read a matrix environment or cases."""
    name, at = parser.here, parser.at
    tokens = parser.group()
    rows = [part for _, part in split(tokens, r"\\") if part]
    if name in MATRICES:
        cells = tuple(tuple(parser.inside(p, at) for _, p in split(row, "&")) for row in rows)
        if len({len(row) for row in cells}) > 1:
            raise Unreadable("the rows of a matrix have different lengths", at)
        return parser.after(node("block", cells, at=at))
    if name == r"\begin{cases}":
        return _cases(parser, rows, at)
    raise Unreadable(f"'{name}' can't stand here", at)


def _cases(parser, rows, at):
    out, otherwise = [], None
    for k, row in enumerate(rows):
        parts = [part for _, part in split(row, "&")]
        if len(parts) != 2:
            raise Unreadable("a line of cases has a value, & and a condition", at)
        value = parser.inside(_unpunctuated(parts[0]), at)
        words = [t for t in parts[1] if t.text.startswith(r"\text")]
        condition = [
            t for t in parts[1] if not t.text.startswith(r"\text") and t.text not in SPACES
        ]
        condition = _unpunctuated(condition)
        if not condition and words and k + 1 == len(rows):
            otherwise = value
        elif words and words[0].text[6:-1].strip() not in ("if", "for", "when", "where"):
            raise Unreadable(f"can't read '{words[0].text}' in cases", words[0].at)
        else:
            out.append((value, parser.condition(condition)))
    if not out:
        raise Unreadable("cases without a condition", at)
    return node("cases", tuple(out), otherwise, at=at)


def _unpunctuated(tokens):
    while tokens and tokens[-1].text in {",", ".", ";"} | SPACES:
        tokens = tokens[:-1]
    return tokens
