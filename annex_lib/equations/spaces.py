r"""Names with their scripts, and spaces such as \mathbb{R}^{m \times n}."""

from annex_lib.equations.parse import parse
from annex_lib.equations.sizes import read_size
from annex_lib.equations.tokens import Unreadable, split

__all__ = ["simple_name", "space"]


def simple_name(tokens):
    """Text of a name with its scripts, or None if the tokens are anything else."""
    if not tokens or not (tokens[0].text.isalpha() or tokens[0].text.startswith("\\")):
        return None
    name, k = tokens[0].text, 1
    while k < len(tokens):
        if tokens[k].text == "'":
            name, k = name + "'", k + 1
            continue
        if tokens[k].text not in ("_", "^") or k + 1 == len(tokens):
            return None
        end = k + 2
        if tokens[k + 1].text == "{":
            end = next(j for j in range(k, len(tokens)) if tokens[j].text == "}") + 1
        inner = [t.text for t in tokens[k + 1 : end] if t.text not in "{}"]
        name, k = name + tokens[k].text + "".join(inner), end
    return name


def space(tokens, context):
    r"""Shape of `\mathbb{R}^{m \times n}`; None if this is another set."""
    if not tokens or tokens[0].text not in (r"\mathbb{R}", r"\R"):
        return None
    if len(tokens) == 1:
        return ()
    if tokens[1].text != "^":
        raise Unreadable(f"can't read '{tokens[1].text}' after \\mathbb{{R}}", tokens[1].at)
    inner = tokens[3:-1] if tokens[2].text == "{" else tokens[2:]
    return tuple(_size(part, context) for _, part in split(inner, r"\times"))


def _size(tokens, context):
    for k in range(len(tokens) - 2):
        if tokens[k + 1].text == "_":
            end = k + 3
            if tokens[k + 2].text == "{":
                end = next(j for j in range(k, len(tokens)) if tokens[j].text == "}") + 1
            context.add_size(simple_name(tokens[k:end]))
    return read_size(parse(tokens, context), context)
