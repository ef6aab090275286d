"""From a tree to index notation: names get meanings, axes get sizes, what doesn't fit is told."""

from collections import defaultdict
from fractions import Fraction

from annex_lib.equations.differentiation import Derivatives
from annex_lib.equations.functions import Calls
from annex_lib.equations.indexing import Indexing, Scope
from annex_lib.equations.sizes import letters_of, number, read_size, same_size
from annex_lib.equations.tensors import MINUS, ONE, Forms, Tensor, scalar, shape_text
from annex_lib.equations.tokens import Illtyped, Unreadable
from annex_lib.equations.tree import children, show

__all__ = ["Elaborator"]


class Elaborator(Indexing, Derivatives, Calls):
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
            raise Unreadable("the size of I or of the ones can't be told here: write I_n")
        self.context.bound[name] = (number(0), size)
        return name

    def value(self, tree, scope=None):
        """Return the Tensor that a tree stands for."""
        scope = self.scope if scope is None else scope
        try:
            return self.reader(tree)(tree, scope, *tree.parts)
        except Unreadable as trouble:
            trouble.at = tree.at if trouble.at is None else trouble.at
            raise

    def reader(self, tree):
        """Return the method for this kind of tree; some stand in sizes or conditions only."""
        method = getattr(self, f"_{tree.kind}", None)
        if method is None:
            raise Unreadable(f"'{show(tree)}' can't stand here", tree.at)
        return method

    def number(self, tree, scope, what):
        """Return the core of a tree that must be a number."""
        tensor = self.value(tree, scope)
        if tensor.shape:
            raise Illtyped(f"{what} needs a number, but '{show(tree)}' is {shape_text(tensor)}")
        return tensor.entry(())

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
        power = _amount(exponent)
        if power is None:
            raise Unreadable(f"only numbers are read as powers, not '{show(exponent)}'", tree.at)
        if base.kind == "norm" and power == 2:
            inner = self.measured(base, scope)
            return self.forms.inner(inner, inner)
        return self.power(self.value(base, scope), power, tree)

    def power(self, base, power, tree):
        """Whole powers of numbers and of square matrices, and square roots."""
        if base.shape and (power.denominator != 1 or not 0 < power < 5 or len(base.shape) != 2):
            raise Illtyped(f"no power {power} of {shape_text(base)} in '{show(tree)}'")
        if base.shape:
            if self.degree(tree) > 100:
                raise Unreadable("powers of a matrix beyond 100 are not read", tree.at)
            out = base
            for _ in range(int(power) - 1):
                out = self.forms.product(out, base)
            return out
        core = base.entry(())
        if power.denominator == 2:
            core, power = ("fun", "sqrt", 0, core), 2 * power
        if power.denominator != 1 or abs(power) > 12:
            raise Unreadable(f"the power {power} is not read", tree.at)
        if self.degree(tree) > 1000:
            raise Unreadable("powers of powers beyond 1000 are not read", tree.at)
        many = ("mul", *[core] * abs(int(power))) if power else ("num", Fraction(1))
        return scalar(("fun", "inv", 0, many) if power < 0 else many)

    def degree(self, tree):
        """Largest product of powers within each other."""
        below = max((self.degree(child) for _, child in children(tree)), default=1)
        own = tree.parts[1].parts[0] if tree.kind == "pow" and tree.parts[1].kind == "num" else 1
        return below * max(abs(own), 1)

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
        return self.forms.kronecker(self.value(a, scope), self.value(b, scope))

    def _inner(self, tree, scope, a, b):
        return self.forms.inner(self.value(a, scope), self.value(b, scope))

    def measured(self, tree, scope):
        """Value inside a norm; the index 2 means another norm where a matrix stands."""
        tensor = self.value(tree.parts[0], scope)
        if len(tree.parts) == 2 and len(tensor.shape) > 1:
            raise Unreadable(f"'{show(tree)}' of a matrix is not read; the sum is _F", tree.at)
        return tensor

    def _norm(self, tree, scope, *_):
        tensor = self.measured(tree, scope)
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


def _amount(tree):
    """Value of an exponent written as a number, a quotient of two, or the negative of these."""
    if tree.kind == "neg":
        inner = _amount(tree.parts[0])
        return None if inner is None else -inner
    if tree.kind == "frac":
        above, below = map(_amount, tree.parts)
        return above / below if below and above is not None else None
    return tree.parts[0] if tree.kind == "num" else None
