"""Whole-number expressions: sizes of axes, positions along them, settings such as a stride.

They are tuples: ("n", 3), ("s", name of a size), ("i", index), ("+", a, b), ("-", a), ("*", a, b),
("//", a, b), ("%", a, b), ("max", a, b), ("min", a, b).
"""

import hashlib
import operator
from functools import lru_cache, reduce

from annex_lib.equations.tokens import Illtyped, Unreadable

__all__ = ["letters_of", "number", "read_size", "same_size", "show_size", "value"]

_OPERATIONS = {
    "+": operator.add, "*": operator.mul, "//": operator.floordiv, "%": operator.mod,
}  # fmt: skip


def number(n):
    """Make the constant n."""
    return ("n", n)


def value(size, sizes, env=None):
    """Evaluate with whole numbers, or with arrays of them for the indices in `env`."""
    kind = size[0]
    if kind == "n":
        return size[1]
    if kind == "s":
        return sizes[size[1]]
    if kind == "i":
        return env[size[1]]
    if kind == "-":
        return -value(size[1], sizes, env)
    a, b = (value(part, sizes, env) for part in size[1:])
    if kind in ("max", "min"):
        return max(a, b) if kind == "max" else min(a, b)
    if kind in ("//", "%") and b == 0:
        raise Illtyped(f"division by zero in {show_size(size)}")
    return _OPERATIONS[kind](a, b)


@lru_cache(maxsize=4096)
def letters_of(size):
    """Names of the sizes ("s", name) and indices ("i", name) within."""
    if size[0] in "si":
        return frozenset({size})
    return frozenset().union(*(letters_of(part) for part in size[1:] if isinstance(part, tuple)))


def same_size(a, b, context):
    """Tell whether two sizes agree as expressions: at values that no accident makes agree."""
    if a is None or b is None or a == b:
        return True
    return all(value(a, table) == value(b, table) for table in map(_Table, (3, 4), [context] * 2))


class _Table(dict):
    """Large numbers for the free sizes, the same for the same name."""

    def __init__(self, seed, context):
        super().__init__()
        self.seed, self.context = seed, context

    def __missing__(self, name):
        derived = self.context.sizes.get(name)
        if derived is not None:
            self[name] = value(derived, self)
        else:
            key = f"{self.seed} {name}".encode()
            large = int.from_bytes(hashlib.blake2b(key, digest_size=6).digest(), "big")
            setting = name in self.context.settings
            self[name] = large % 9973 + 7 if setting else large + 10**6
        return self[name]


def show_size(size):
    """Write a size as text."""
    if size is None:
        return "?"
    kind = size[0]
    if kind in "nsi":
        return str(size[1]).partition("·")[0]
    if kind == "-":
        return "-" + show_size(size[1])
    a, b = map(show_size, size[1:])
    if kind == "+":
        return f"{a} - {b[1:]}" if b.startswith("-") else f"{a} + {b}"
    if kind in ("max", "min"):
        return f"{kind}({a}, {b})"
    a, b = (f"({x})" if " " in x else x for x in (a, b))
    return f"{a}{b}" if kind == "*" else f"floor({a}/{b})" if kind == "//" else f"({a} mod {b})"


def read_size(tree, context, scope=None):
    """Turn a tree into a size or position.

    Parameters
    ----------
    tree : Node
    context : Context
    scope : dict of str to str, optional
        Index letters and their unique names; without it letters are sizes, declared by use.
    """
    kind, at = tree.kind, tree.at
    if kind == "num":
        if tree.parts[0].denominator != 1:
            raise Unreadable(f"{tree.parts[0]} is not a whole number", at)
        return number(int(tree.parts[0]))
    if kind == "sym":
        return _letter(tree.parts[0], context, scope, at)
    if kind == "index" and tree.parts[0].kind == "sym":
        raise Unreadable("a size with a subscript must be declared before it is used", at)
    if kind == "neg":
        return ("-", read_size(tree.parts[0], context, scope))
    if kind in ("add", "mul"):
        parts = [read_size(part, context, scope) for part in tree.parts]
        return reduce(lambda a, b: ("+" if kind == "add" else "*", a, b), parts)
    if kind in ("floor", "ceil"):
        return _rounded(tree, context, scope)
    if kind == "call" and tree.parts[0].parts[0] in ("max", "min") and len(tree.parts[1]) == 2:
        return (tree.parts[0].parts[0], *(read_size(a, context, scope) for a in tree.parts[1]))
    raise Unreadable("an index or size is made of letters, whole numbers, + - and products", at)


def _letter(name, context, scope, at):
    if scope is not None and name in scope:
        return ("i", scope[name])
    if context.is_size(name):
        return ("s", name)
    if scope is not None:
        scope[name] = scope.fresh(name)
        return ("i", scope[name])
    if context.knows(name):
        raise Unreadable(f"'{name}' is not a size", at)
    context.add_size(name)
    return ("s", name)


def _rounded(tree, context, scope):
    inner = tree.parts[0]
    whole = []
    if inner.kind == "add":
        whole = [t for t in inner.parts if not _is_quotient(t)]
        quotients = [t for t in inner.parts if _is_quotient(t)]
        inner = quotients[0] if len(quotients) == 1 else inner
    if not _is_quotient(inner):
        raise Unreadable("a rounded size is a quotient", tree.at)
    sign = inner.kind == "neg"
    above, below = (inner.parts[0] if sign else inner).parts
    a, b = read_size(above, context, scope), read_size(below, context, scope)
    a = ("-", a) if sign else a
    if tree.kind == "ceil":
        a = ("+", a, ("+", b, number(-1)))
    return reduce(lambda x, t: ("+", x, read_size(t, context, scope)), whole, ("//", a, b))


def _is_quotient(tree):
    return tree.kind == "frac" or (tree.kind == "neg" and tree.parts[0].kind == "frac")
