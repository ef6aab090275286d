"""The tree of an expression, and the LaTeX that it stands for."""

from dataclasses import dataclass, field
from fractions import Fraction

__all__ = ["Node", "children", "node", "rebuild", "show", "walk"]


@dataclass(frozen=True)
class Node:
    """A piece of an expression: what it is, its parts (nodes, names, tuples), its place."""

    kind: str
    parts: tuple
    at: int = field(default=0, compare=False)


def node(kind, *parts, at=0):
    """Build a node."""
    return Node(kind, parts, at)


def children(tree):
    """Yield the nodes directly below, with the path of positions that leads to each."""
    yield from _below(tree.parts, ())


def _below(parts, path):
    for k, part in enumerate(parts):
        if isinstance(part, Node):
            yield (*path, k), part
        elif isinstance(part, tuple):
            yield from _below(part, (*path, k))


def walk(tree, path=()):
    """Yield every node with its path, the root first."""
    yield path, tree
    for below, child in children(tree):
        yield from walk(child, (*path, *below))


def rebuild(tree, path, new):
    """Return the tree with the part at `path` replaced."""
    if not path:
        return new
    if isinstance(tree, Node):
        return Node(tree.kind, rebuild(tree.parts, path, new), tree.at)
    k = path[0]
    return (*tree[:k], rebuild(tree[k], path[1:], new), *tree[k + 1 :])


def show(tree):
    """Write a tree as LaTeX that reads back as the same tree."""
    return _WRITERS[tree.kind](*tree.parts)


def _weak(tree):
    """Tell whether a tree needs brackets to be a factor."""
    return tree.kind in ("add", "neg", "cmp") or (tree.kind == "num" and tree.parts[0] < 0)


def _factor(tree):
    inner = show(tree)
    return rf"\left( {inner} \right)" if _weak(tree) else inner


def _base(tree):
    strong = ("sym", "index", "T", "group", "block", "norm", "num", "call", "entry")
    if tree.kind == "index" or tree.kind not in strong:
        return rf"\left( {show(tree)} \right)"
    return show(tree)


def _add(*terms):
    out = show(terms[0])
    for term in terms[1:]:
        minus = term.kind == "neg"
        inner = term.parts[0] if minus else term
        out += (" - " if minus else " + ") + (_factor(inner) if minus else show(term))
    return out


def _mul(*factors):
    out = []
    for k, factor in enumerate(factors):
        text = _factor(factor)
        needs = factor.kind in ("sum", "over", "operator", "cases") and k + 1 < len(factors)
        needs = needs or (factor.kind == "neg") or (factor.kind == "mul")
        text = rf"\left( {show(factor)} \right)" if needs else text
        joint = r" \cdot " if k and (text[:1].isdigit() or factor.kind == "num") else " "
        out.append((joint if k else "") + text)
    return "".join(out)


def _num(value, text=None):
    if text is not None:
        return text
    value = Fraction(value)
    if value.denominator == 1:
        return str(value.numerator)
    return rf"\frac{{{value.numerator}}}{{{value.denominator}}}"


def _subscript(slots):
    spread = len(slots) > 1
    return "_{" + (", " if spread else "").join(" ".join(map(show, s)) for s in slots) + "}"


def _sum(names, low, high, body):
    below = " ".join(names) if low is None else f"{names[0]}={show(low)}"
    above = "" if high is None else f"^{{{show(high)}}}"
    return rf"\sum_{{{below}}}{above} {_factor(body)}"


def _by(by):
    return r"\partial " + (show(by) if by.kind in ("sym", "index", "T") else _base(by))


def _derivative(of, bys):
    order = "" if len(bys) == 1 else f"^{len(bys)}"
    top = _base(of) if of.kind not in ("sym", "index", "call") else show(of)
    return rf"\frac{{\partial{order} {top}}}{{{' '.join(map(_by, bys))}}}"


def _operator(bys, body):
    order = "" if len(bys) == 1 else f"^{len(bys)}"
    return rf"\frac{{\partial{order}}}{{{' '.join(map(_by, bys))}}} \left( {show(body)} \right)"


def _block(rows):
    lines = r" \\ ".join(" & ".join(map(show, row)) for row in rows)
    return rf"\begin{{bmatrix}} {lines} \end{{bmatrix}}"


def _cases(rows, otherwise):
    lines = [f"{show(value)} & {show(condition)}" for value, condition in rows]
    if otherwise is not None:
        lines.append(rf"{show(otherwise)} & \text{{otherwise}}")
    return r"\begin{cases} " + r" \\ ".join(lines) + r" \end{cases}"


def _call(function, arguments):
    if function.kind == "builtin" and function.parts[0] == "sqrt":
        return rf"\sqrt{{{show(arguments[0])}}}"
    name = show(function)
    name = name if function.kind in ("sym", "prime", "D", "builtin") else rf"\left( {name} \right)"
    return f"{name}({', '.join(map(show, arguments))})"


_COMMANDS = {name: "\\" + name for name in ("exp", "log", "tanh", "sin", "cos", "max", "min")}
_COMMANDS |= {name: rf"\mathrm{{{name}}}" for name in ("erf", "sign")}

_WRITERS = {
    "num": _num,
    "sym": lambda name: name,
    "index": lambda base, slots: (
        (show(base) if base.kind in ("sym", "call") else rf"\left( {show(base)} \right)")
        + _subscript(slots)
    ),
    "T": lambda inner: _base(inner) + r"^{\top}",
    "pow": lambda base, exponent: _base(base) + f"^{{{show(exponent)}}}",
    "neg": lambda inner: "-" + _factor(inner),
    "add": _add,
    "mul": _mul,
    "frac": lambda a, b: rf"\frac{{{show(a)}}}{{{show(b)}}}",
    "floor": lambda a: rf"\lfloor {show(a)} \rfloor",
    "ceil": lambda a: rf"\lceil {show(a)} \rceil",
    "sum": _sum,
    "delta": lambda slots: r"\delta" + _subscript(slots),
    "d": _derivative,
    "operator": _operator,
    "call": _call,
    "builtin": lambda name: _COMMANDS.get(name, name),
    "prime": lambda function, k: show(function) + "'" * k,
    "D": lambda function: (
        "D" + (show(function) if function.kind == "sym" else rf"\left( {show(function)} \right)")
    ),
    "compose": lambda a, b: rf"{show(a)} \circ {show(b)}",
    "block": _block,
    "odot": lambda a, b: rf"\left( {_factor(a)} \odot {_factor(b)} \right)",
    "otimes": lambda a, b: rf"\left( {_factor(a)} \otimes {_factor(b)} \right)",
    "inner": lambda a, b: rf"\langle {show(a)}, {show(b)} \rangle",
    "norm": lambda a, *kind: rf"\lVert {show(a)} \rVert" + "".join(f"_{k}" for k in kind),
    "abs": lambda a: rf"\lvert {show(a)} \rvert",
    "cases": _cases,
    "indicator": lambda condition: rf"\mathbb{{1}}[{show(condition)}]",
    "cmp": lambda a, *rest: " ".join(
        [show(a), *(x if isinstance(x, str) else show(x) for x in rest)]
    ),
    "over": lambda which, names, body: rf"{which}_{{{' '.join(names)}}} {_factor(body)}",
    "identity": lambda size: "I" if size is None else f"I_{{{show(size)}}}",
    "ones": lambda size: r"\mathbf{1}" + ("" if size is None else f"_{{{show(size)}}}"),
    "nabla": lambda by, body: rf"\nabla_{{{show(by)}}} {_factor(body)}",
}
