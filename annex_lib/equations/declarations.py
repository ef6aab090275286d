"""What statements add to the context: spaces, maps, ranges, settings, definitions."""

import re

from annex_lib.equations.context import Function
from annex_lib.equations.elaborate import Elaborator, Scope, free_indices
from annex_lib.equations.parse import parse
from annex_lib.equations.sizes import number, read_size
from annex_lib.equations.tokens import Illtyped, Unreadable, split, tokenize
from annex_lib.equations.tree import node

__all__ = ["declare", "declare_map", "define", "inline", "simple_name"]

SETTINGS = {"stride": (1, 3), "padding": (0, 2), "dilation": (1, 2)}


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


# ---- definitions


def define(parts, context):
    """Read a definition; return its members, the first being the thing defined.

    Returns
    -------
    list of list of Token
        Members of the chain `name = body = ...` that holds by definition and may be continued.
    """
    left, body, *_ = parts
    name, indices, arguments = _head(left, context)
    if not indices and not arguments and _define_size(name, body, context):
        return None
    tree = parse(body, context) if not arguments else None
    if tree is not None and context.is_function_node(tree):
        _define_composition(name, tree, context)
    elif arguments:
        _define_function(name, indices, arguments, body, context)
    else:
        _define_tensor(name, indices, tree, context)
    return True


def _head(left, context):
    """Name, index letters and arguments of a left side such as y_{ti}, f(x), f_i(x)."""
    tokens, arguments = list(left), ()
    opening = next((k for k, t in enumerate(tokens) if t.text == "("), None)
    if opening is not None and (opening == 0 or tokens[opening - 1].text != "^"):
        close = next(k for k, t in enumerate(tokens) if t.text == ")")
        arguments = tuple(simple_name(p) for _, p in split(tokens[opening + 1 : close], ",", ";"))
        tokens = tokens[:opening] + tokens[close + 1 :]
        if None in arguments:
            raise Unreadable("the arguments of a definition are names", left[opening].at)
    whole = simple_name(tokens)
    if whole is None:
        raise Unreadable("the left side of := is a name, with indices or arguments", left[0].at)
    if context.knows(whole) or "_" not in whole:
        return whole, (), arguments
    mark = next(k for k, t in enumerate(tokens) if t.text == "_")
    end = mark + 2
    if tokens[mark + 1].text == "{":
        end = next(k for k in range(mark, len(tokens)) if tokens[k].text == "}") + 1
    inner = [t for t in tokens[mark + 1 : end] if t.text not in ("{", "}", ",")]
    if all(t.text.isdigit() for t in inner):
        return whole, (), arguments
    from annex_lib.equations.parse import letters

    return simple_name(tokens[:mark] + tokens[end:]), letters(inner), arguments


def _define_size(name, body, context):
    """`u := m - p + 1` makes a derived size."""
    if context.find(name) is not None:
        return False
    texts = {t.text for t in body}
    known = any(context.is_size(t) for t in texts)
    allowed = {"+", "-", "(", ")", r"\lfloor", r"\rfloor", r"\lceil", r"\rceil", r"\frac", "{", "}",
               r"\cdot", "/"}  # fmt: skip
    if not known or not all(context.is_size(t) or t.isdigit() or t in allowed for t in texts):
        return False
    try:
        size = read_size(parse(body, context), context)
    except Unreadable:
        return False
    if ("s", name) == size:
        return False
    context.add_size(name, size)
    return True


def _define_tensor(name, indices, tree, context):
    maker = Elaborator(context)
    scope = Scope()
    maker.scope = scope
    for letter in indices:
        scope[letter] = scope.fresh(letter)
    formals = tuple(scope[letter] for letter in indices)
    declared = context.find(name, len(indices)) if indices else context.find(name)
    if declared is not None and indices and len(declared.shape) == len(indices):
        for axis, (formal, size) in enumerate(zip(formals, declared.shape, strict=True)):
            maker.uses[formal].append((size, f"axis {axis} of {declared.name}"))
    tensor = maker.value(tree)
    shape, formals, core = _body(maker, tensor, formals, indices)
    if declared is not None and context.same_shape(declared.shape, shape):
        shape = declared.shape
    _register(name, declared, shape, core, formals, context)


def _body(maker, tensor, formals, indices):
    if indices and tensor.shape:
        raise Illtyped("the left side has indices, the right side is a whole array")
    axes = tuple(maker.new_index(size) for size in tensor.shape)
    core = tensor.entry(tuple(("i", a) for a in axes))
    extra = free_indices(core) - set(formals) - set(axes)
    if extra:
        letters = ", ".join(sorted(x.partition("·")[0] for x in extra))
        raise Illtyped(f"the right side leaves {letters} free, the left side does not")
    maker.resolve(formals)
    shape = tuple(maker.context.bound[f][1] for f in formals) + tensor.shape
    return shape, formals + axes, core


def _register(name, declared, shape, core, formals, context):
    from annex_lib.equations.context import Variable, entry_name

    zero = declared.zero_outside if declared is not None else False
    upper = name[:1].upper() + name[1:] if name[:1].isalpha() else name
    own = declared.name if declared is not None and len(declared.shape) == len(shape) else name
    variable = Variable(own, shape, core, formals, zero_outside=zero)
    context.variables[own] = variable
    context.functions.pop(own, None)
    if entry_name(own) != own:
        context.entries[entry_name(own)] = variable
    elif len(shape) > 1 and not context.knows(upper):
        context.variables[upper] = variable


def _define_function(name, indices, arguments, body, context):
    old = context.functions.get(name)
    shapes = []
    for k, argument in enumerate(arguments):
        known = context.find(argument)
        if known is not None:
            shapes.append(known.shape)
        elif old is not None and k < len(old.domains):
            shapes.append(old.domains[k])
        else:
            shapes.append(())
    hidden = [a for a in arguments if not context.knows(a)]
    for argument, shape in zip(arguments, shapes, strict=True):
        if argument in hidden:
            context.add_variable(argument, shape)
    try:
        tree = parse(body, context)
        _define_tensor(name + "(value)", indices, tree, context)
    finally:
        for argument in hidden:
            context.variables.pop(argument, None)
            context.entries.pop(argument, None)
    value = context.variables.pop(name + "(value)")
    value.name = name
    function = Function(name, tuple(shapes), value.shape, tree, arguments)
    function.indices = indices
    context.add_function(function)
    if not hidden:
        context.variables[name] = value


def _define_composition(name, tree, context):
    r"""`h := g \circ f` is the map from x to g(f(x))."""
    inner, outer = tree, tree
    while inner.kind == "compose":
        inner = inner.parts[1]
    while outer.kind == "compose":
        outer = outer.parts[0]
    if inner.kind != "sym" or outer.kind != "sym":
        raise Unreadable("a map is defined as a composition of named maps", tree.at)
    first, last = (context.functions[part.parts[0]] for part in (inner, outer))
    formals = tuple(f"x·{k}" for k in range(len(first.domains)))
    body = node("call", tree, tuple(node("sym", formal) for formal in formals), at=tree.at)
    context.add_function(Function(name, first.domains, last.codomain, body, formals))


# ---- inline formulas


def inline(text, context):
    """Read one inline formula of the prose; what is no declaration is left alone."""
    from annex_lib.equations.statements import statements

    if _range(text, context) or _fact(text, context):
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
            if (name and not context.knows(name)) or name in context.sizes:
                _define_size(name, statement.parts[1], context)


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


def _fact(text, context):
    r"""`x_i \neq 0`, `x_i > 0`, `x_i \neq x_j`: entries that the text excludes."""
    match = re.fullmatch(r"\s*(\S+?)_\{?\w+\}?\s*(\\neq?|>)\s*(.+?)\s*", text) or re.fullmatch(
        r"\s*(\S+)\s*(\\neq?|>)\s*(0)\s*", text
    )
    if not match:
        return False
    variable = context.variables.get(match[1]) or context.entries.get(match[1])
    if variable is None:
        return False
    if match[3] == "0":
        variable.nonzero = True
        variable.positive = variable.positive or match[2] == ">"
    elif match[3].startswith(match[1]):
        variable.distinct = True
    return True
