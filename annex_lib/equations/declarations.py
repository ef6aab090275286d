"""What statements add to the context: spaces, maps, ranges, settings, definitions."""

import re

from annex_lib.equations.context import Function
from annex_lib.equations.definitions import define, define_size
from annex_lib.equations.parse import parse
from annex_lib.equations.sizes import number, read_size
from annex_lib.equations.spaces import simple_name, space
from annex_lib.equations.statements import statements
from annex_lib.equations.tokens import Unreadable, split, tokenize

__all__ = ["SETTINGS", "declare", "declare_map", "inline", "names_a_tensor"]

SETTINGS = {"stride": (1, 3), "padding": (0, 2), "dilation": (1, 2)}


def declare(parts, context):
    r"""Read `x, y \in \mathbb{R}^n` and `S \in \{1, 2\}`.

    Returns
    -------
    bool
        False if the left side is an expression: then the statement is a claim about its shape.
    """
    left, right = parts
    names = [simple_name(part) for _, part in split(left, ",")]
    if None in names:
        return False
    if right and right[0].text == r"\{":
        return all(_declare_range(name, right[1:-1], context) for name in names)
    shape = space(right, context)
    if shape is None:
        raise Unreadable(
            f"can't read the set '{right[0].text if right else ''}'", right[0].at if right else 0
        )
    fresh = [n for n in names if not _is_entry(n, context)]
    for name in fresh:
        context.add_variable(name, shape)
    return bool(fresh)


def names_a_tensor(left, context):
    """Tell whether this is one tensor that is known: then its space is claimed, not declared."""
    name = simple_name(left)
    return name is not None and context.find(name) is not None


def _is_entry(name, context):
    base = name.partition("_")[0]
    return (
        "_" in name
        and not context.knows(name)
        and ((context.knows(base) and context.find(base) is not None) or base in context.entries)
    )


def _declare_range(name, tokens, context):
    parts = [part for _, part in split(tokens, ",")]
    if all(len(part) == 1 and part[0].text.isdigit() for part in parts):
        values = [int(part[0].text) for part in parts]
        if values != list(range(values[0], values[-1] + 1)):
            raise Unreadable("a set of settings has no gaps", tokens[0].at)
        context.settings[name] = (values[0], values[-1])
        return True
    if len(parts) > 2 and parts[-2][0].text in (r"\dots", r"\ldots"):
        low, last = (read_size(parse(p, context), context) for p in (parts[0], parts[-1]))
        context.ranges[name] = ("+", last, number(1)) if low == number(0) else None
        return context.ranges[name] is not None
    raise Unreadable("can't read this set", tokens[0].at if tokens else 0)


def declare_map(parts, context):
    r"""Read `f : \mathbb{R}^n \to \mathbb{R}^m`."""
    left, domain, codomain = parts
    domains = [part for _, part in split(domain, r"\times")]
    shapes = tuple(space(part, context) for part in domains)
    out = space(codomain, context)
    if None in shapes or out is None:
        raise Unreadable("a map goes between spaces \\mathbb{R}^n", left[0].at)
    for _, part in split(left, ","):
        name = simple_name(part)
        if name is None:
            raise Unreadable("a map has a simple name", left[0].at)
        old = context.functions.get(name)
        if old is None or old.domains != shapes or old.codomain != out:
            context.add_function(Function(name, shapes, out, twice=context.twice))


def inline(text, context, case=False, doubted=False):
    """Read one inline formula of the prose; what is no declaration is left alone.

    What follows *where* or *if*, or is not said to be assumed, is a `case` that the text looks at,
    not a fact; what a sentence with *say* or *not* tells about a known size is `doubted`.
    """
    if _range(text, context) or _fact(text, context, case):
        return
    if not re.search(r"\\in(?![a-zA-Z])|:|\\colon|=", text):
        return
    for statement in statements(text):
        if statement.kind == "declare":
            declare(statement.parts, context)
        elif statement.kind == "map":
            declare_map(statement.parts, context)
        elif statement.kind == "define":
            define(statement.parts, context)
        elif len(statement.parts) == 2:
            name = simple_name(statement.parts[0])
            if (name and not context.knows(name)) or (name in context.sizes and not doubted):
                define_size(name, statement.parts[1], context)


def _range(text, context):
    r"""`0 \le k < p`, `S \ge 1`, `i = 0, \dots, m - 1`."""
    least = re.fullmatch(r"\s*([A-Za-z])\s*(?:\\geq?|\\geqslant)\s*(\d)\s*", text)
    if least:
        name, low = least[1], int(least[2])
        if not context.knows(name):
            context.settings[name] = (low, low + 2)
        return True
    between = re.fullmatch(
        r"\s*0\s*\\leq?\s+(\S+)\s*(<|\\leq?(?![a-z]))\s*(.+?)\s*", text
    ) or re.fullmatch(r"\s*([a-z])\s*(=)\s*0\s*,\s*(?:1\s*,\s*)?\\l?dots\s*,\s*(.+?)\s*", text)
    if not between:
        return False
    name, relation, end = between.groups()
    last = read_size(parse(tokenize(end), context), context)
    context.ranges[name] = last if relation == "<" else ("+", last, number(1))
    return True


def _fact(text, context, case):
    r"""`x_i \neq 0`, `x_i > 0`, `x_i \neq x_j`: entries that the text excludes."""
    match = re.fullmatch(r"\s*(\S+?)_\{?[a-z]+\}?\s*(\\neq?|>)\s*(.+?)\s*", text) or re.fullmatch(
        r"\s*(\S+)\s*(\\neq?|>)\s*(0)\s*", text
    )
    if not match:
        return False
    variable = context.variables.get(match[1]) or context.entries.get(match[1])
    if variable is None:
        return False
    if case:
        return True
    if match[3] == "0":
        variable.nonzero = True
        variable.positive = variable.positive or match[2] == ">"
    elif match[3].startswith(match[1]):
        variable.distinct = True
    return True
