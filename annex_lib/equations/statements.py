"""A display, or an inline formula, cut into statements: declarations, definitions, chains."""

from dataclasses import dataclass

from annex_lib.equations.tokens import SPACES, Unreadable, split, strip_spaces, tokenize

__all__ = ["Statement", "statements"]

UNREAD = {r"\approx", r"\iff", r"\Rightarrow", r"\Longrightarrow", r"\implies", r"\equiv", r"\sim",
          r"\propto", r"\dots", r"\cdots", r"\ldots", r"\vdots", r"\leq", r"\geq", "<", ">",
          r"\mapsto", r"\pm", "?", "!"}  # fmt: skip
GAPS = {r"\quad", r"\qquad"}
RELATIONS = {"=", ":=", "<", ">", r"\leq", r"\geq", r"\neq", r"\in"}
ALIGNED = {rf"\begin{{{kind}}}" for kind in ("aligned", "gathered", "split", "alignedat")}


@dataclass
class Statement:
    """One statement: its kind and its token lists."""

    kind: str  # "declare", "map", "define" or "claim"
    parts: list


def statements(text):
    """Cut LaTeX into statements.

    Parameters
    ----------
    text : str
        A display or inline formula, without dollar signs and tag.

    Returns
    -------
    list of Statement

    Raises
    ------
    Unreadable
        If something is neither.
    """
    tokens = _unpunctuated(tokenize(text))
    if not tokens:
        raise Unreadable("an empty formula", 0)
    out = []
    for line in _lines(tokens):
        for piece in _pieces(line):
            out.append(_statement(piece))
    if not out:
        raise Unreadable("nothing but marks and words", tokens[0].at)
    return out


def _unpunctuated(tokens):
    while tokens and tokens[-1].text in {",", ".", ";"} | SPACES:
        tokens = tokens[:-1]
    return tokens


def _lines(tokens):
    """Lines of `aligned` without reasons; a line that begins with a relation carries on."""
    first = strip_spaces(tokens)
    if not first or first[0].text not in ALIGNED:
        rows = [tokens]
    else:
        inner, rest = _environment(tokens)
        if rest:
            raise Unreadable(f"can't read '{rest[0].text}' after the aligned lines", rest[0].at)
        rows = [part for _, part in split(inner, r"\\")]
    out = []
    for row in rows:
        row = _unpunctuated(_without_reason(row))
        bare = strip_spaces(row)
        if not bare:
            continue
        if out and (bare[0].text in ("=", "+", "-", r"\cdot", r"\neq") or not _relates(bare)):
            out[-1] = out[-1] + row
        else:
            out.append(row)
    return out


def _relates(row):
    return len(split(row, "=", ":=", r"\in", r"\neq")) > 1 or any(t.text == ":" for t in row)


def _environment(tokens):
    tokens = strip_spaces(tokens) if tokens[0].text in SPACES else tokens
    close = tokens[0].text.replace(r"\begin", r"\end")
    ends = [k for k, token in enumerate(tokens) if token.text == close]
    return tokens[1 : ends[-1]], strip_spaces(tokens[ends[-1] + 1 :])


def _without_reason(row):
    """Leave out alignment marks, and the reason after `&&`, which is not part of the formula."""
    parts = split(row, "&")
    for k, (_, part) in enumerate(parts[1:-1], 1):
        if not strip_spaces(part):
            _check_reason([token for _, after in parts[k + 1 :] for token in after])
            parts = parts[:k]
            break
    return [token for _, part in parts for token in part]


def _check_reason(part):
    """Refuse a reason that is not words: a formula there would be passed over."""
    bare = strip_spaces(part)
    if bare and not bare[0].text.startswith(r"\text"):
        raise Unreadable("after && stands a reason that begins with \\text{...}", bare[0].at)
    for token in bare:
        if token.text in RELATIONS:
            raise Unreadable(f"a reason does not claim: '{token.text}' is not read here", token.at)


def _pieces(row):
    """Statements side by side, set apart by a comma or a wide space."""
    marks = [",", ";", *GAPS]
    out, current = [], []
    for mark, part in split(row, *marks):
        bare = strip_spaces(part)
        if not bare or (bare[0].text.startswith(r"\text") and len(bare) == 1):
            continue
        joined = (
            mark is not None
            and mark.text in (",",)
            and current
            and not (_relates(bare) and _relates(strip_spaces(current)))
        )
        if joined:
            current = [*current, mark, *part]
        elif not current or not _relates(bare):
            current = [*current, *part] if current and not _relates(bare) else part
        else:
            out.append(current)
            current = part
    return [*out, current] if current else out


def _statement(tokens):
    bare = strip_spaces(tokens)
    if len(split(bare, ":=")) > 1:
        return Statement("define", _definition(bare))
    if any(t.text == ":" for t in bare) and len(split(bare, r"\to")) > 1:
        return Statement("map", [part for _, part in split(bare, ":", r"\to")])
    if len(split(bare, r"\in")) == 2:
        return Statement("declare", [part for _, part in split(bare, r"\in")])
    return Statement("claim", _chain(bare))


def _definition(tokens):
    parts = split(tokens, ":=")
    if len(parts) != 2:
        raise Unreadable("one := in a definition", parts[2][0].at)
    left, right = (part for _, part in parts)
    if not left or not right:
        raise Unreadable("nothing stands on one side of ':='", parts[1][0].at)
    return [left, *_chain(right)]


def _chain(tokens):
    for token in tokens:
        if token.text in UNREAD and not _within_condition(token, tokens):
            raise Unreadable(f"can't read '{token.text}' here", token.at)
    parts = split(tokens, "=")
    for mark, part in parts:
        if not part:
            at = mark.at if mark else (tokens[0].at if tokens else 0)
            raise Unreadable("nothing stands on one side of '='", at)
    return [part for _, part in parts]


def _within_condition(token, tokens):
    """Comparisons stand inside brackets or cases only."""
    if token.text not in ("<", ">", r"\leq", r"\geq"):
        return False
    return all(mark is not token for mark, _ in split(tokens, token.text))
