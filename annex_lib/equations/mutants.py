"""All trees that are one small edit away: what a slip of the pen makes of a formula."""

from fractions import Fraction
from itertools import combinations

from annex_lib.equations.tree import Node, node, rebuild, walk

__all__ = ["edits", "exchange", "letters_in"]

TWO = node("num", Fraction(2))
ONE = node("num", Fraction(1))


def letters_in(trees):
    """Index letters that stand in subscripts of the trees."""
    out = set()
    for tree in trees:
        for _, part in walk(tree):
            if part.kind in ("index", "delta"):
                out |= {n.parts[0] for _, n in _slot_letters(part)}
            elif part.kind == "sum":
                out |= set(part.parts[0])
    return sorted(out)


def _slot_letters(part):
    where = 0 if part.kind == "delta" else 1
    for path, inner in walk(part):
        if path and path[0] == where and inner.kind == "sym":
            yield path, inner


def edits(tree, letters, context):
    """Yield one-edit variants of a member.

    Parameters
    ----------
    tree : Node
    letters : list of str
        Index letters of the whole claim.
    context : Context
        Tells sizes from indices, and which names are tensors.

    Yields
    ------
    kind : str
        index replaced, index swapped, sign, transpose, delta dropped, offset, or factor 2.
    Node
    """
    letters = [x for x in letters if not context.is_size(x)]
    seen = {tree}
    for make in (_replaced, _swapped, _transposed, _signs, _dropped, _offsets, _doubled):
        for kind, other in make(tree, letters, context):
            if other not in seen:
                seen.add(other)
                yield kind, other


def _replaced(tree, letters, context):
    for path, part in walk(tree):
        if part.kind not in ("index", "delta"):
            continue
        for inner, symbol in _slot_letters(part):
            if symbol.parts[0] in letters:
                for letter in letters:
                    if letter != symbol.parts[0]:
                        yield "index replaced", rebuild(tree, path + inner, node("sym", letter))


def _swapped(tree, letters, context):
    for path, part in walk(tree):
        if part.kind == "index":
            base, slots = part.parts
            for new in _slot_swaps(slots):
                yield "index swapped", rebuild(tree, path, Node("index", (base, new), part.at))
    for a, b in combinations(letters, 2):
        yield "index swapped", exchange(tree, {a: b, b: a})
    names = {part.parts[0] for _, part in walk(tree) if part.kind == "sym"}
    tensors = sorted(name for name in names if context.find(name) is not None)
    for a, b in combinations(tensors, 2):
        yield "names swapped", exchange(tree, {a: b, b: a})


def _slot_swaps(slots):
    if len(slots) > 1:
        for i, j in combinations(range(len(slots)), 2):
            new = list(slots)
            new[i], new[j] = new[j], new[i]
            yield tuple(new)
    elif len(slots[0]) > 1:
        for new in _slot_swaps(tuple((atom,) for atom in slots[0])):
            yield (tuple(slot[0] for slot in new),)


def exchange(tree, table):
    """Exchange two letters wherever they are free."""
    if tree.kind == "sym":
        return node("sym", table.get(tree.parts[0], tree.parts[0]), at=tree.at)
    bound = tree.parts[0] if tree.kind in ("sum",) else ()
    table = {a: b for a, b in table.items() if a not in bound and b not in bound}
    if not table:
        return tree
    return Node(tree.kind, tuple(_exchange_parts(part, table) for part in tree.parts), tree.at)


def _exchange_parts(part, table):
    if isinstance(part, Node):
        return exchange(part, table)
    if isinstance(part, tuple):
        return tuple(_exchange_parts(x, table) for x in part)
    return part


def _transposed(tree, letters, context):
    for path, part in walk(tree):
        if part.kind == "T":
            yield "transpose", rebuild(tree, path, part.parts[0])
        elif _matrix(part, context) and not _names_variable(tree, path):
            yield "transpose", rebuild(tree, path, node("T", part))


def _matrix(part, context):
    if part.kind == "sym":
        variable = context.find(part.parts[0])
        return variable is not None and 1 <= len(variable.shape) <= 2
    if part.kind != "d" or part.parts[0].kind != "sym" or part.parts[1][0].kind != "sym":
        return False
    whole = [context.find(x.parts[0]) for x in (part.parts[0], part.parts[1][0])]
    return None not in whole and sum(len(v.shape) for v in whole) > 0


def _names_variable(tree, path):
    """Tell whether a node is the base of an index, in a derivative, or transposed already."""
    for k in range(len(path)):
        above = _at(tree, path[:k])
        if isinstance(above, Node) and above.kind in ("index", "d", "operator", "T"):
            rest = path[k:]
            if above.kind == "T" and len(rest) == 1:
                return True
            if above.kind == "index" and rest[0] == 0 and len(rest) == 1:
                return True
            if (above.kind == "d") or (above.kind == "operator" and rest[0] == 0):
                return True
    return False


def _at(tree, path):
    for k in path:
        tree = tree.parts[k] if isinstance(tree, Node) else tree[k]
    return tree


def _in_index(tree, path):
    nodes = [_at(tree, path[:k]) for k in range(len(path))]
    return any(isinstance(n, Node) and n.kind in ("index", "delta") for n in nodes)


def _signs(tree, letters, context):
    yield "sign", tree.parts[0] if tree.kind == "neg" else node("neg", tree)
    for path, part in walk(tree):
        if part.kind == "add" and not _in_index(tree, path):
            for k, term in enumerate(part.parts):
                new = term.parts[0] if term.kind == "neg" else node("neg", term)
                yield "sign", rebuild(tree, (*path, k), new)


def _dropped(tree, letters, context):
    for path, part in walk(tree):
        if part.kind == "mul":
            for k, factor in enumerate(part.parts):
                if factor.kind == "delta":
                    rest = part.parts[:k] + part.parts[k + 1 :]
                    new = rest[0] if len(rest) == 1 else Node("mul", rest, part.at)
                    yield "delta dropped", rebuild(tree, path, new)
        elif part.kind == "delta":
            yield "delta dropped", rebuild(tree, path, ONE)


def _offsets(tree, letters, context):
    for path, part in walk(tree):
        if part.kind in ("index", "delta"):
            slots = part.parts[-1]
            flat = len(slots) == 1 and len(slots[0]) > 1
            atoms = [((atom,),) for atom in slots[0]] if flat else [(slot,) for slot in slots]
            for k, (slot,) in enumerate(atoms):
                for new in _moved(slot):
                    all_slots = [(a[0]) for a in atoms]
                    all_slots[k] = (new,)
                    parts = (*part.parts[:-1], tuple(all_slots))
                    yield "offset", rebuild(tree, path, Node(part.kind, parts, part.at))
        elif part.kind == "sum" and part.parts[1] is not None:
            for k in (1, 2):
                yield "offset", rebuild(tree, (*path, k), node("add", part.parts[k], ONE))


def _moved(slot):
    inner = slot[0] if len(slot) == 1 else Node("mul", tuple(slot), slot[0].at)
    terms = inner.parts if inner.kind == "add" else (inner,)
    yield node("add", *terms, ONE)
    yield node("add", *terms, node("neg", ONE))


def _doubled(tree, letters, context):
    parts = tree.parts if tree.kind == "mul" else (tree,)
    yield "factor 2", node("mul", TWO, *parts)
