"""Functions of values: formal ones with their derivatives, comparisons, maxima."""

from itertools import combinations

import numpy as np

from annex_lib.equations.arrays import Array, align
from annex_lib.equations.entries import VALUE
from annex_lib.equations.numbers import NeedsOrder, Outside
from annex_lib.equations.ordered import Digits
from annex_lib.equations.tokens import Unreadable

__all__ = ["all_tags", "apply_scalar", "choose", "compare", "partitions"]


def partitions(tags):
    """Yield the ways to divide a set of derivatives into non-empty parts."""
    tags = sorted(tags)
    if not tags:
        yield []
        return
    first, rest = tags[0], tags[1:]
    for k in range(len(rest) + 1):
        for others in combinations(rest, k):
            left = [t for t in rest if t not in others]
            for more in partitions(left):
                yield [frozenset((first, *others)), *more]


def all_tags(jet):
    """Yield every set of derivatives that a function of the jet may have."""
    sets = {VALUE}
    for tags in jet:
        sets |= {have | tags for have in sets if not have & tags}
    return sets


def apply_scalar(draw, function, order, jet):
    """f(v + N): for every way to divide the derivatives, f of that order times the parts."""
    if function in ("abs", "sign"):
        return _by_sign(draw, function, jet)
    values, orders, out = jet[VALUE], {}, {}
    for tags in all_tags(jet):
        for parts in partitions(tags):
            if any(part not in jet for part in parts):
                continue
            n = order + len(parts)
            if n not in orders:
                orders[n] = Array(values.axes, _values(draw, function, n, values))
            term = orders[n]
            for part in parts:
                term = draw.binary(draw.ring.multiply, term, jet[part])
            out[tags] = draw.binary(draw.ring.add, out[tags], term) if tags in out else term
    return out


def _values(draw, function, order, values):
    ring = draw.ring
    if isinstance(function, str):
        if order > 2 and function != "exp":
            raise Unreadable("third derivatives are not read")
        used = min(order, 2) if function == "exp" else order
        return _guarded(draw, lambda x: ring.derivative(function, used, x), values)
    if isinstance(ring, Digits):
        label = draw.label(function)
        return ring.apply(lambda x: _wave(ring, label, order, x), values.data)
    key = ("function", draw.label(function), order)
    return ring.apply(lambda x: _formal(ring, (*key, x)), values.data)


def _guarded(draw, function, values):
    """Values outside the mask are not needed, and may be outside the domain."""
    if draw.mask is None:
        return draw.ring.apply(function, values.data)
    axes, (data, mask) = align(values, draw.mask)
    if axes != values.axes:
        return draw.ring.apply(function, values.data)

    def careful(x):
        try:
            return function(x)
        except Outside:
            return draw.ring.number(0)

    needed = np.broadcast_to(mask, data.shape)
    out = draw.ring.apply(careful, values.data)
    draw.ring.apply(function, values.data[needed])
    return out


def _formal(ring, key):
    generator = ring.random(*key)
    return ring.number(generator.choice(ring.small) if getattr(ring, "small", None)
                       else generator.randrange(1, (1 << 61) - 1))  # fmt: skip


def _wave(ring, label, order, x):
    """Stand for an arbitrary smooth function of a real number: a sum of random waves."""
    import mpmath

    generator = ring.random("wave", label)
    total = mpmath.mpf(0)
    for _ in range(5):
        a, w, shift = (mpmath.mpf(generator.randrange(1, 1 << 53)) / (1 << 52) for _ in range(3))
        total += a * w**order * mpmath.sin(w * x + shift + order * mpmath.pi / 2)
    return total


def _by_sign(draw, function, jet):
    ring = draw.ring
    if not ring.ordered:
        raise NeedsOrder
    values = jet[VALUE]
    signs = Array(
        values.axes, ring.apply(lambda x: ring.number(int(x > 0) - int(x < 0)), values.data)
    )
    if len(jet) > 1 and bool((ring.equal(values.data, ring.constant(0))).any()):
        raise Outside(f"the derivative of {function} at zero")
    if function == "sign":
        return {VALUE: signs}
    return draw.multiply(jet, {VALUE: signs})


def compare(draw, relation, a, b, env):
    """Where a comparison of positions or of values holds."""
    if not relation.startswith("v"):
        axes, (x, y) = align(draw.place(a, env), draw.place(b, env))
        return Array(axes, _RELATIONS[relation](x, y))
    left, right = draw.run(a, env)[VALUE], draw.run(b, env)[VALUE]
    axes, (x, y) = align(left, right)
    relation = relation[1:]
    if relation in ("==", "!="):
        if not draw.ring.ordered:
            raise NeedsOrder
        same = draw.ring.equal(x, y)
        return Array(axes, same if relation == "==" else ~same)
    if not draw.ring.ordered:
        raise NeedsOrder
    return Array(axes, np.asarray(_RELATIONS[relation](x, y), bool))


_RELATIONS = {
    "<": lambda x, y: x < y, ">": lambda x, y: x > y, "<=": lambda x, y: x <= y,
    ">=": lambda x, y: x >= y, "==": lambda x, y: x == y, "!=": lambda x, y: x != y,
}  # fmt: skip


def choose(draw, which, jets):
    """Largest or smallest; its derivative at a tie doesn't exist unless both sides agree."""
    out = jets[0]
    for jet in jets[1:]:
        axes, (x, y) = align(out[VALUE], jet[VALUE])
        first = draw.ring.less(y, x) if which == "max" else draw.ring.less(x, y)
        tie = draw.ring.equal(x, y)
        if tie.any() and (len(out) > 1 or len(jet) > 1):
            raise Outside(f"the derivative of {which} at a tie")
        one = {VALUE: draw.whether(Array(axes, first))}
        two = {VALUE: draw.whether(Array(axes, ~first))}
        out = draw.add(draw.multiply(out, one), draw.multiply(jet, two))
    return out
