"""Definitions with `:=`: sizes, tensors by their entries or whole, functions, compositions."""

from annex_lib.equations.context import Function, Variable, entry_name
from annex_lib.equations.elaborate import Elaborator
from annex_lib.equations.indexing import Scope, free_indices
from annex_lib.equations.parse import parse
from annex_lib.equations.sizes import letters_of, read_size
from annex_lib.equations.spaces import simple_name
from annex_lib.equations.tokens import Illtyped, Unreadable, split
from annex_lib.equations.tree import node
from annex_lib.equations.words import letters

__all__ = ["define", "define_size"]


def define(parts, context):
    """Read a definition.

    Returns
    -------
    Variable or None
        The tensor that is defined; None for sizes and functions.
    """
    left, body, *_ = parts
    name, indices, arguments = _head(left, context)
    if not indices and not arguments and define_size(name, body, context):
        return None
    for names in (indices, arguments):
        if len(set(names)) < len(names):
            raise Unreadable("the left side of := has the same letter twice", left[0].at)
    tree = parse(body, context) if not arguments else None
    if tree is not None and context.is_function_node(tree):
        _define_composition(name, tree, context)
    elif arguments:
        _define_function(name, indices, arguments, body, context)
    else:
        return _define_tensor(name, indices, tree, context)
    return None


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
    return simple_name(tokens[:mark] + tokens[end:]), letters(inner), arguments


def define_size(name, body, context):
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
    if size[0] == "s" or ("s", name) in _reaches(size, context):
        return False
    context.add_size(name, size)
    return True


def _reaches(size, context):
    """Find all sizes that a size depends on."""
    out, stack = set(), [size]
    while stack:
        for letter in letters_of(stack.pop()) - out:
            out.add(letter)
            if context.sizes.get(letter[1]) is not None:
                stack.append(context.sizes[letter[1]])
    return out


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
    return _register(name, declared, shape, core, formals, context)


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
    zero = declared.zero_outside if declared is not None else False
    upper = name[:1].upper() + name[1:] if name[:1].isalpha() else name
    own = declared.name if declared is not None and len(declared.shape) == len(shape) else name
    variable = Variable(own, shape, core, formals, zero_outside=zero)
    context.variables[own] = variable
    context.functions.pop(own, None)
    if shape and entry_name(own) != own:
        context.entries[entry_name(own)] = variable
    elif len(shape) > 1 and not context.knows(upper):
        context.variables[upper] = variable
    return variable


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
