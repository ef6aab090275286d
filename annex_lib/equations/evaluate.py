"""Exact evaluation with forward-mode derivatives: the tangent of w_ab by w_kl is delta_ak delta_bl.

The value of an expression is a jet: for each set of derivatives taken, an array. A derivative by
an entry of w seeds all of w, evaluates, and picks the entry; its axes are named ("∂", depth, axis).
"""

import numpy as np

from annex_lib.equations.arrays import LARGEST, Array, TooLarge, align, pick
from annex_lib.equations.context import Variable
from annex_lib.equations.entries import VALUE, Entries
from annex_lib.equations.formal import apply_scalar, choose, compare
from annex_lib.equations.maps import apply_map
from annex_lib.equations.numbers import Outside
from annex_lib.equations.sizes import letters_of, value
from annex_lib.equations.tokens import Illtyped

__all__ = ["Draw"]


class Draw(Entries):
    """One evaluation: the sizes, the kind of numbers, a value for every declared tensor."""

    def __init__(self, context, sizes, ring):
        self.context, self.ring = context, ring
        self.sizes = dict(sizes)
        self.values, self.cache, self.seeds, self.locals, self.mask = {}, {}, [], {}, None
        self.named = {}

    def size(self, expression, env=None):
        """Evaluate a size; derived sizes are worked out."""
        for kind, name in letters_of(expression):
            if kind == "s" and name not in self.sizes:
                self.sizes[name] = self.size(self.context.sizes[name])
        return value(expression, self.sizes, env)

    def label(self, thing):
        """Key of a variable's or function's random values, whatever was read before it."""
        same = self.named.setdefault((type(thing), thing.name), [])
        if thing not in same:
            same.append(thing)
        return thing.name, same.index(thing)

    def place(self, expression, env):
        """Evaluate a position as an array over the indices in it."""
        names = sorted(name for kind, name in letters_of(expression) if kind == "i")
        if not names:
            return Array((), np.array(self.size(expression)))
        axes, data = align(*(env[name] for name in names))
        return Array(
            axes, self.size(expression, dict(zip(names, data, strict=True))) + 0 * sum(data)
        )

    def run(self, core, env):
        """Return the jet of a core expression."""
        return getattr(self, f"_{core[0]}")(env, *core[1:])

    def grid(self, names, context):
        """Positions of indices that run over their whole range."""
        return {name: self.positions(name, {})[0] for name in names}

    def positions(self, name, env):
        """Range of an index, with the mask of a range that depends on other indices."""
        low, high = (self.place(end, env) for end in self.context.bound[name])
        first = int(low.data.min()) if low.data.size else 0
        last = int(high.data.max()) if high.data.size else 0
        if last - first > LARGEST:
            raise TooLarge(last - first)
        where = Array((name,), np.arange(first, max(first, last)))
        if not low.axes and not high.axes:
            return where, None
        axes, (i, a, b) = align(where, low, high)
        return where, Array(axes, (i >= a) & (i < b))

    # ---- jets

    def add(self, *jets):
        """Sum of jets."""
        out = dict(jets[0])
        for jet in jets[1:]:
            for tags, b in jet.items():
                out[tags] = self.binary(self.ring.add, out[tags], b) if tags in out else b
        return out

    def binary(self, operation, a, b):
        """Apply an operation to two arrays."""
        axes, data = align(a, b)
        return Array(axes, operation(*data))

    def multiply(self, a, b):
        """Product of jets: each derivative goes to one factor or the other."""
        out = {}
        for left, x in a.items():
            for right, y in b.items():
                if left & right:
                    continue
                term = self.binary(self.ring.multiply, x, y)
                tags = left | right
                out[tags] = self.binary(self.ring.add, out[tags], term) if tags in out else term
        return out

    def constant(self, number):
        """Jet of a constant."""
        return {VALUE: Array((), self.ring.constant(number))}

    def whether(self, truth):
        """Numbers 1 and 0 of an array of truth values."""
        return Array(truth.axes, self.ring.numbers(truth.data.astype(np.int64)))

    # ---- one method a kind of core expression

    def _num(self, env, number):
        return self.constant(number)

    def _pi(self, env):
        out = np.empty((), np.uint64 if not self.ring.ordered else object)
        out[()] = self.ring.pi()
        return {VALUE: Array((), out)}

    def _size(self, env, expression):
        place = self.place(expression, env)
        return {VALUE: Array(place.axes, self.ring.numbers(place.data))}

    def _add(self, env, *terms):
        return self.add(*(self.run(term, env) for term in terms))

    def _mul(self, env, *factors):
        out = self.run(factors[0], env)
        for factor in factors[1:]:
            out = self.multiply(out, self.run(factor, env))
        return out

    def _within(self, env, name, ixs, shape, core):
        self.inside(Variable(name, shape), ixs, env)
        return self.run(core, env)

    def _eq(self, env, a, b):
        axes, (x, y) = align(self.place(a, env), self.place(b, env))
        return {VALUE: self.whether(Array(axes, x == y))}

    def _undefined(self, env):
        if self.mask is not None and not self.mask.data.any():
            return self.constant(0)
        if self.mask is None or self.mask.data.any():
            raise Illtyped("the cases leave out a value: none of their conditions holds")
        return self.constant(0)

    def _sum(self, env, *parts):
        name, body = parts[-2:]
        where, inside = self.positions(name, env)
        if not len(where.data):
            return self.constant(0)
        saved = self.mask
        if inside is not None:
            self.mask = self.both(saved, inside)
        jet = self.run(body, {**env, name: where})
        self.mask = saved
        if inside is not None:
            jet = self.multiply(jet, {VALUE: self.whether(inside)})
        return {tags: self.total(array, name, len(where.data)) for tags, array in jet.items()}

    def total(self, array, name, length):
        """Sum over one named axis; what doesn't depend on it counts so many times."""
        if name not in array.axes:
            return self.binary(self.ring.multiply, array, Array((), self.ring.constant(length)))
        k = array.axes.index(name)
        axes = array.axes[:k] + array.axes[k + 1 :]
        return Array(axes, np.asarray(self.ring.total(array.data, k)))

    def both(self, mask, other):
        """Join two masks."""
        return other if mask is None else self.binary(np.logical_and, mask, other)

    def _d(self, env, body, variable, ixs):
        tag = len(self.seeds)
        self.seeds.append(variable)
        try:
            jet = self.run(body, env)
        finally:
            self.seeds.pop()
        out = {tags - {tag}: array for tags, array in jet.items() if tag in tags}
        names = tuple(("∂", tag, axis) for axis in range(len(variable.shape)))
        places, inside = self.inside(variable, ixs, env)
        out = {tags: pick(array, names, places) for tags, array in out.items()}
        out.setdefault(VALUE, Array((), self.ring.constant(0)))
        return out if inside is None else self.multiply(out, {VALUE: self.whether(inside)})

    def _get(self, env, variable, ixs):
        places, inside = self.inside(variable, ixs, env)
        names = tuple((variable.serial, axis) for axis in range(len(ixs)))
        jet = self.entries(variable, names)
        jet = {tags: pick(array, names, places) for tags, array in jet.items()}
        if inside is not None:
            jet = self.multiply(jet, {VALUE: self.whether(inside)})
        return jet

    def _let(self, env, local, names, argument, body):
        shape = [self.size(size) for size in local.shape]
        inner = {name: Array((name,), np.arange(n)) for name, n in zip(names, shape, strict=True)}
        jet = self.run(argument, {**env, **inner})
        swap = {name: (local.serial, axis) for axis, name in enumerate(names)}
        jet = {tags: self.widened(a, names, shape) for tags, a in jet.items()}
        jet = {t: Array([swap.get(x, x) for x in a.axes], a.data) for t, a in jet.items()}
        self.locals = {**self.locals, local: jet}
        try:
            return self.run(body, env)
        finally:
            self.locals = {k: v for k, v in self.locals.items() if k is not local}

    def _fun(self, env, function, order, argument):
        return apply_scalar(self, function, order, self.run(argument, env))

    def _app(self, env, function, ixs, arguments):
        return apply_map(self, function, ixs, arguments, env)

    def _if(self, env, condition, yes, no):
        truth = self.truth(condition[1], env)
        saved = self.mask
        self.mask = self.both(saved, truth)
        first = self.multiply(self.run(yes, env), {VALUE: self.whether(truth)})
        other = Array(truth.axes, ~truth.data)
        self.mask = self.both(saved, other)
        second = self.multiply(self.run(no, env), {VALUE: self.whether(other)})
        self.mask = saved
        return self.add(first, second)

    def truth(self, tests, env):
        """Where all of the comparisons hold."""
        out = None
        for relation, a, b in tests:
            out = self.both(out, compare(self, relation, a, b, env))
        return out

    def _extreme(self, env, which, a, b):
        return choose(self, which, [self.run(a, env), self.run(b, env)])

    def _over(self, env, which, name, body):
        where, _ = self.positions(name, env)
        jet = self.run(body, {**env, name: where})
        length = len(where.data)
        if not length:
            raise Outside("the largest of no numbers")
        slices = [
            {
                t: pick(self.with_axis(a, name, length), (name,), [Array((), np.array(k))])
                for t, a in jet.items()
            }
            for k in range(length)
        ]
        return choose(self, which, slices)

    def with_axis(self, array, name, length):
        """Give an array the axis, if it lacks it."""
        return self.widened(array, (name,), (length,))
