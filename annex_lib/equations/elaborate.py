"""From a tree to index notation: names get meanings, axes get sizes, what doesn't fit is told."""

from collections import defaultdict
from fractions import Fraction
from itertools import count

from annex_lib.equations.context import entry_name
from annex_lib.equations.functions import Calls
from annex_lib.equations.sizes import letters_of, number, read_size, same_size, show_size
from annex_lib.equations.tensors import MINUS, ONE, Forms, Tensor, scalar, shape_text
from annex_lib.equations.tokens import Illtyped, Unreadable
from annex_lib.equations.tree import show

__all__ = ["Elaborator", "Scope", "free_indices"]

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


class Elaborator(Calls):
    """Elaborates the members of one display, and finds the range of every index."""

    def __init__(self, context):
        self.context, self.scope = context, Scope()
        self.uses, self.links, self.sums = defaultdict(list), [], {}
        self.bindings, self.points = {}, []
        self.forms = Forms(self.new_index, lambda a, b: same_size(a, b, context))

    def new_index(self, size, letter="α"):
        """Make an index that runs over 0 .. size - 1."""
        name = self.scope.fresh(letter)
        if size is None:
            raise Illtyped("the size of I or of the ones can't be told here: write I_n")
        self.context.bound[name] = (number(0), size)
        return name

    def value(self, tree, scope=None):
        """Return the Tensor that a tree stands for."""
        scope = self.scope if scope is None else scope
        try:
            return getattr(self, f"_{tree.kind}")(tree, scope, *tree.parts)
        except Unreadable as trouble:
            trouble.at = tree.at if trouble.at is None else trouble.at
            raise

    def number(self, tree, scope, what):
        """Return the core of a tree that must be a number."""
        tensor = self.value(tree, scope)
        if tensor.shape:
            raise Illtyped(f"{what} needs a number, but '{show(tree)}' is {shape_text(tensor)}")
        return tensor.entry(())

    # ---- names and indices

    def _num(self, tree, scope, amount, text=None):
        return scalar(("num", amount))

    def _sym(self, tree, scope, name):
        if name in self.bindings:
            return self.bindings[name]
        variable = self.context.find(name)
        if variable is not None:
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
            variable = self.pick(base.parts[0], slots)
            if variable is not None:
                return self.indexed(self.whole(variable), slots, scope, variable.name)
        tensor = self.value(base, scope)
        return self.indexed(tensor, slots, scope, show(base))

    def pick(self, name, slots):
        """Find the variable whose number of axes fits the indices."""
        for bound, tensor in self.bindings.items():
            if entry_name(bound) == name and len(tensor.shape) in _counts(slots):
                return _variable(tensor)
        for axes in _counts(slots):
            variable = self.context.find(name, axes)
            if variable is not None and len(variable.shape) == axes:
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
        if core[0] != "get" and any(ix[0] != "i" for ix in ixs):
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

    # ---- sums, products, powers

    def _add(self, tree, scope, *terms):
        out = self.value(terms[0], scope)
        for term in terms[1:]:
            out = self.forms.add(out, self.value(term, scope), f"can't add in '{show(tree)}'")
        return out

    def _neg(self, tree, scope, inner):
        return self.forms.scale(MINUS, self.value(inner, scope))

    def _mul(self, tree, scope, *factors):
        tensors = [self.value(factor, scope) for factor in factors]
        while len(tensors) > 1:
            tensors[:2] = [self.forms.product(*tensors[:2])]
        return tensors[0]

    def _frac(self, tree, scope, above, below):
        under = ("fun", "inv", 0, self.number(below, scope, "a denominator"))
        over = self.value(above, scope)
        return self.forms.scale(under, over)

    def _pow(self, tree, scope, base, exponent):
        if exponent.kind == "neg" and exponent.parts[0].kind == "num":
            power = -exponent.parts[0].parts[0]
        elif exponent.kind == "num":
            power = exponent.parts[0]
        elif exponent.kind == "frac" and show(exponent) == r"\frac{1}{2}":
            power = Fraction(1, 2)
        else:
            raise Unreadable(f"only numbers are read as powers, not '{show(exponent)}'", tree.at)
        if base.kind == "norm" and power == 2:
            inner = self.value(base.parts[0], scope)
            return self.forms.inner(inner, inner)
        return self.power(self.value(base, scope), power, tree)

    def power(self, base, power, tree):
        """Whole powers of numbers and of square matrices, and square roots."""
        if base.shape and (power.denominator != 1 or not 0 < power < 5 or len(base.shape) != 2):
            raise Illtyped(f"no power {power} of {shape_text(base)} in '{show(tree)}'")
        if base.shape:
            out = base
            for _ in range(int(power) - 1):
                out = self.forms.product(out, base)
            return out
        core = base.entry(())
        if power.denominator == 2 and power == Fraction(1, 2):
            return scalar(("fun", "sqrt", 0, core))
        if power.denominator != 1 or abs(power) > 12:
            raise Unreadable(f"the power {power} is not read", tree.at)
        many = ("mul", *[core] * abs(int(power))) if power else ("num", Fraction(1))
        return scalar(("fun", "inv", 0, many) if power < 0 else many)

    def _sum(self, tree, scope, letters, low, high, body):
        inner = Scope(scope, **{letter: scope.fresh(letter) for letter in letters})
        for letter in letters:
            self.sums[inner[letter]] = tree
        limits = ()
        if low is not None:
            name = inner[letters[0]]
            first, last = (read_size(end, self.context, scope) for end in (low, high))
            limits = ((first, last),)
            self.context.bound[name] = (first, ("+", last, ONE))
        tensor = self.value(body, inner)
        names = [inner[letter] for letter in letters][::-1]

        def entry(ixs):
            core = tensor.entry(ixs)
            for name in names:
                core = ("sum", *limits, name, core)
            return core

        return Tensor(tensor.shape, entry)

    # ---- matrix form

    def _T(self, tree, scope, inner):
        return self.forms.transpose(self.value(inner, scope))

    def _odot(self, tree, scope, a, b):
        return self.forms.entrywise(self.value(a, scope), self.value(b, scope))

    def _otimes(self, tree, scope, a, b):
        return self.forms.outer(self.value(a, scope), self.value(b, scope))

    def _inner(self, tree, scope, a, b):
        return self.forms.inner(self.value(a, scope), self.value(b, scope))

    def _norm(self, tree, scope, inner):
        tensor = self.value(inner, scope)
        return scalar(("fun", "sqrt", 0, self.forms.inner(tensor, tensor).entry(())))

    def _block(self, tree, scope, rows):
        return self.forms.block([[self.value(cell, scope) for cell in row] for row in rows])

    def written_size(self, tree, scope):
        """Read the size of I_n; None where it is not written."""
        size = None if tree is None else read_size(tree, self.context, scope)
        if size is not None and any(kind == "i" for kind, _ in letters_of(size)):
            raise Unreadable(f"'{show(tree)}' is not a size", tree.at)
        return size

    def _identity(self, tree, scope, size):
        size = self.written_size(size, scope)
        return Tensor((size, size), lambda ixs: ("eq", *ixs))

    def _ones(self, tree, scope, size):
        size = self.written_size(size, scope)
        return Tensor((size,), lambda ixs: ("num", Fraction(1)))

    # ---- derivatives

    def _d(self, tree, scope, of, bys):
        self.points.append(self.point(bys[-1], scope))
        try:
            tensor = self.value(of, scope)
        finally:
            self.points.pop()
        for by in reversed(bys):
            tensor = self.derivative(tensor, by, scope, of)
        return tensor

    def _operator(self, tree, scope, bys, body):
        return self._d(tree, scope, body, bys)

    def _nabla(self, tree, scope, by, body):
        return self._d(tree, scope, body, (by,))

    def derivative(self, tensor, by, scope, of):
        """Differentiate by an entry, or by a whole variable, whose axes come last."""
        if by.kind == "index" and by.parts[0].kind == "sym":
            return self.by_entry(tensor, by, scope)
        stacked = by.kind == "call" and show(by.parts[0]) == r"\mathrm{vec}"
        inner = by.parts[1][0] if stacked else by
        variable = self.variable(inner)
        n = len(tensor.shape)
        whole = Tensor(
            tensor.shape + variable.shape,
            lambda ixs: ("d", tensor.entry(ixs[:n]), variable, ixs[n:]),
        )
        whole.chain = (self.same_variable(of), variable, bool(n))
        if stacked:
            return self.stacked(tensor, variable)
        if self.context.row_layout and not n and len(variable.shape) == 1:
            row = Tensor((ONE, *variable.shape), lambda ixs: whole.entry(ixs[1:]))
            row.chain = whole.chain
            return row
        return whole

    def by_entry(self, tensor, by, scope):
        """Differentiate by one entry of a variable."""
        base, slots = by.parts
        variable = self.pick(base.parts[0], slots)
        if variable is None:
            self.context.need(base.parts[0], by.at)
        place = self.indexed(self.whole(variable), slots, scope, variable.name).entry(())
        return Tensor(tensor.shape, lambda ixs: ("d", tensor.entry(ixs), variable, place[2]))

    def stacked(self, tensor, variable):
        """Differentiate by vec of a variable."""
        n = len(tensor.shape)
        flat = self.forms.vec(self.whole(variable))

        def entry(ixs):
            _, _, place = flat.entry(ixs[n:])
            return ("d", tensor.entry(ixs[:n]), variable, place)

        return Tensor(tensor.shape + flat.shape, entry)

    def variable(self, tree):
        """Return the variable that a derivative is taken by."""
        variable = self.context.find(tree.parts[0]) if tree.kind == "sym" else None
        if variable is None:
            bare = tree.kind == "sym" and not self.context.knows(tree.parts[0])
            if bare:
                self.context.need(tree.parts[0], tree.at)
            raise Unreadable(f"'{show(tree)}' is not a variable to differentiate by", tree.at)
        return variable

    def same_variable(self, tree):
        """Return the variable that a tree names, or None."""
        return self.context.find(tree.parts[0]) if tree.kind == "sym" else None

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
        found = self._own_size(name, {name})
        if found is not None:
            return found
        if letter in self.context.ranges:
            return self.context.ranges[letter]
        at = self.sums[name].at if name in self.sums else None
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
