"""Names, indices and their ranges: what a letter stands for, how far it runs."""

from fractions import Fraction
from itertools import count

from annex_lib.equations.context import entry_name
from annex_lib.equations.sizes import number, read_size, same_size, show_size
from annex_lib.equations.tensors import Tensor, scalar
from annex_lib.equations.tokens import Illtyped, Unreadable
from annex_lib.equations.tree import show

__all__ = ["Indexing", "Scope", "arrange", "free_indices"]

_unique = count()


class Scope:
    """Index letters in force and their unique names; a sum opens an inner one."""

    def __init__(self, outer=None, **own):
        self.outer, self.own = outer, own

    def __contains__(self, letter):
        return letter in self.own or (self.outer is not None and letter in self.outer)

    def __getitem__(self, letter):
        return self.own[letter] if letter in self.own else self.outer[letter]

    def __setitem__(self, letter, name):
        (self.outer.__setitem__ if self.outer else self.own.__setitem__)(letter, name)

    def fresh(self, letter):
        """Make a unique name of a letter."""
        return f"{letter}·{next(_unique)}"


class Indexing:
    """The part of the elaborator that gives names and indices their meaning."""

    def _num(self, tree, scope, amount, text=None):
        return scalar(("num", amount))

    def _sym(self, tree, scope, name):
        if name in self.bindings:
            return self.bindings[name]
        variable = self.context.find(name)
        if variable is not None and not (name in scope and name not in self.context.variables):
            return self.whole(variable)
        if name in scope:
            return scalar(("size", ("i", scope[name])))
        if self.context.is_size(name):
            return scalar(("size", ("s", name)))
        if self.context.is_function(name):
            return self.at_point(tree, name)
        if name in self.context.entries:
            variable = self.context.entries[name]
            raise Illtyped(f"{name} names entries of {variable.name}: give it its indices")
        if name == r"\pi":
            return scalar(("pi",))
        self.context.need(name, tree.at)

    def whole(self, variable):
        """Return a variable with all its axes."""
        return Tensor(variable.shape, lambda ixs: ("get", variable, ixs))

    def _index(self, tree, scope, base, slots):
        if base.kind == "sym" and base.parts[0] not in self.bindings:
            variable = self.pick(base.parts[0], slots, scope)
            if variable is not None:
                return self.indexed(self.whole(variable), slots, scope, variable.name)
        tensor = self.value(base, scope)
        return self.indexed(tensor, slots, scope, show(base))

    def pick(self, name, slots, scope):
        """Find the variable whose number of axes fits the indices."""
        for bound, tensor in self.bindings.items():
            fits = arrange(slots, len(tensor.shape), self.context, scope) is not None
            if entry_name(bound) == name and fits:
                return _variable(tensor)
        for variable in (self.context.variables.get(name), self.context.entries.get(name)):
            if (
                variable is not None
                and arrange(slots, len(variable.shape), self.context, scope) is not None
            ):
                return variable
        return self.context.find(name, max(_counts(slots)))

    def indexed(self, tensor, slots, scope, name):
        """Take one entry."""
        parts = arrange(slots, len(tensor.shape), self.context, scope)
        if parts is None and tensor.is_row:
            tensor = self.forms.transpose(tensor)
            parts = arrange(slots, 1, self.context, scope)
        if parts is None:
            axes = len(tensor.shape)
            given = max(_counts(slots))
            raise Illtyped(
                f"{name} has {axes} ax{'i' if axes == 1 else 'e'}s but carries {given}"
                f" ind{'ex' if given == 1 else 'ices'}"
            )
        ixs = tuple(read_size(part, self.context, scope) for part in parts)
        for axis, (ix, size) in enumerate(zip(ixs, tensor.shape, strict=True)):
            if ix[0] == "i":
                self.uses[ix[1]].append((size, f"axis {axis} of {name}"))
        core = tensor.entry(ixs)
        limited = any(ix[0] != "i" or ix[1] in self.context.bound for ix in ixs)
        if core[0] != "get" and limited:
            fence = tuple(size for size in tensor.shape if size is not None)
            core = ("within", name, ixs, fence, core) if len(fence) == len(ixs) else core
        return scalar(core)

    def _delta(self, tree, scope, slots):
        parts = arrange(slots, 2, self.context, scope)
        if parts is None:
            raise Unreadable("a Kronecker delta carries two indices", tree.at)
        a, b = (read_size(part, self.context, scope) for part in parts)
        self.links.append((a, b))
        return scalar(("eq", a, b))

    # ---- ranges

    def resolve(self, names):
        """Find the range of every index without limits, once all members are elaborated."""
        for name in [*self.sums, *names]:
            if name not in self.context.bound:
                self.context.bound[name] = (number(0), self.size_of(name))
            self.check_uses(name)

    def size_of(self, name):
        """Find the size of an index from its uses, the text, or the other index of a delta."""
        letter = name.partition("·")[0]
        found, said = self._own_size(name, {name}), self.context.ranges.get(letter)
        at = self.sums[name].at if name in self.sums else None
        both = name in self.sums and None not in (found, said)
        if both and not same_size(found, said, self.context):
            raise Unreadable(
                f"the text ends '{letter}' at {show_size(said)}, its axis at"
                f" {show_size(found)}: write the limits of the sum", at
            )  # fmt: skip
        if found is not None or said is not None:
            return said if found is None else found
        raise Unreadable(
            f"the index '{letter}' has no range: use it bare once, or write its limits", at
        )

    def _own_size(self, name, seen):
        for size, _ in self.uses.get(name, ()):
            if size is not None:
                return size
        for a, b in self.links:
            for x, y in ((a, b), (b, a)):
                if x == ("i", name) and y[0] == "i" and y[1] not in seen:
                    known = self.context.bound.get(y[1])
                    found = known[1] if known else self._own_size(y[1], seen | {y[1]})
                    if found is not None:
                        return found
        return None

    def check_uses(self, name):
        """Raise if an index runs over two sizes."""
        uses = [use for use in self.uses.get(name, ()) if use[0] is not None]
        if name in self.sums and self.sums[name].parts[1] is not None:
            return
        for size, where in uses[1:]:
            if not same_size(size, uses[0][0], self.context):
                letter = name.partition("·")[0]
                raise Illtyped(
                    f"index {letter} runs over {show_size(uses[0][0])} ({uses[0][1]})"
                    f" and over {show_size(size)} ({where})"
                )


def _variable(tensor):
    return tensor.entry(tuple(number(0) for _ in tensor.shape))[1]


def _counts(slots):
    """Numbers of indices that the slots may stand for."""
    flat = sum(len(atom.parts[1]) if _digits(atom) else 1 for slot in slots for atom in slot)
    return (len(slots), flat, sum(map(len, slots)))


def _digits(atom):
    return atom.kind == "num" and len(atom.parts) == 2


def arrange(slots, axes, context, scope):
    """Return one tree an axis, or None: `ij` is two indices, `Si` with one axis a product."""
    if len(slots) == axes:
        parts = [_product(slot, context, scope) for slot in slots]
        if None not in parts:
            return parts
    atoms = [atom for slot in slots for atom in slot]
    if len(atoms) == axes:
        return atoms
    split = [piece for atom in atoms for piece in _split_digits(atom)]
    return split if len(split) == axes else None


def _split_digits(atom):
    if not _digits(atom):
        return [atom]
    return [type(atom)("num", (Fraction(digit), digit), atom.at) for digit in atom.parts[1]]


def _product(slot, context, scope):
    if len(slot) == 1:
        return slot[0]
    indices = [
        a
        for a in slot
        if a.kind == "sym" and not (context.is_size(a.parts[0]) and a.parts[0] not in scope)
    ]
    if len(indices) > 1:
        return None
    return type(slot[0])("mul", tuple(slot), slot[0].at)


def free_indices(core, bound=frozenset()):
    """Find the unique names of the indices that a core expression leaves free."""
    kind = core[0]
    if kind == "i":
        return {core[1]} - bound
    if kind in ("sum", "over"):
        limits = core[1] if isinstance(core[1], tuple) else ()
        outer = set().union(*(free_indices(end, bound) for end in limits))
        return outer | free_indices(core[-1], bound | {core[-2]})
    if kind == "app":
        inner = (free_indices(body, bound | set(names)) for names, body in core[3])
        return set().union(*inner, *(free_indices(ix, bound) for ix in core[2]))
    if kind == "let":
        return free_indices(core[3], bound | set(core[2])) | free_indices(core[4], bound)
    out = set()
    for part in core[1:]:
        if isinstance(part, tuple) and part:
            deep = [part] if isinstance(part[0], str) else part
            for piece in deep:
                if isinstance(piece, tuple) and piece and isinstance(piece[0], str):
                    out |= free_indices(piece, bound)
    return out
