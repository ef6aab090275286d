"""Functions of values: formal ones with their derivatives, comparisons, maxima."""

import numpy as np

from annex_lib.equations.arrays import Array, align, pick
from annex_lib.equations.context import Variable
from annex_lib.equations.evaluate import VALUE, partitions
from annex_lib.equations.numbers import Digits, NeedsOrder, Outside
from annex_lib.equations.tokens import Unreadable

__all__ = ["apply_map", "apply_scalar", "choose", "compare"]


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
        return ring.apply(lambda x: _wave(ring, function, order, x), values.data)
    key = ("function", function.serial, order)
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


def _wave(ring, function, order, x):
    """Stand for an arbitrary smooth function of a real number: a sum of random waves."""
    import mpmath

    generator = ring.random("wave", function.serial)
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


def apply_map(draw, function, ixs, arguments, env):
    """Evaluate an arbitrary map: random values and a random Jacobian at each point that is asked."""
    jets = []
    for names, body in arguments:
        shape = [draw.positions(name, {})[0] for name in names]
        inner = {name: array for name, array in zip(names, shape, strict=True)}
        jet = draw.run(body, {**env, **inner})
        lengths = [len(array.data) for array in shape]
        jets.append({t: draw.widened(a, names, lengths) for t, a in jet.items()})
    names = tuple(name for name, _ in arguments)
    batch, points = _points(jets, names)
    out_shape = [draw.size(size) for size in function.codomain]
    out_names = tuple(("out", function.serial, k) for k in range(len(out_shape)))
    if any(len(tags) > 1 for tags in _joined(jets)) and not function.twice:
        raise Unreadable(
            f"a second derivative of the arbitrary function {function.name} is not known;"
            " declare it twice differentiable"
        )
    values = _table(draw, function, points, batch, out_shape, out_names, ())
    out = {VALUE: values}
    for tags in _joined(jets):
        for parts in partitions(tags):
            for term in _chain(
                draw, function, jets, names, parts, points, batch, out_shape, out_names
            ):
                out[tags] = draw.binary(draw.ring.add, out[tags], term) if tags in out else term
    places, _ = draw.inside(Variable(function.name, function.codomain), ixs, env)
    return {tags: pick(array, out_names, places) for tags, array in out.items()}


def _joined(jets):
    sets = {VALUE}
    for jet in jets:
        for tags in jet:
            sets |= {have | tags for have in sets if not have & tags}
    return sorted(sets - {VALUE}, key=lambda s: (len(s), sorted(s)))


def _points(jets, names):
    """Values of all arguments for each point of the batch."""
    batch = []
    for jet, inner in zip(jets, names, strict=True):
        batch += [x for x in jet[VALUE].axes if x not in inner and x not in batch]
    lengths = {}
    for jet in jets:
        lengths.update(zip(jet[VALUE].axes, jet[VALUE].data.shape, strict=True))
    shape = tuple(lengths[name] for name in batch)
    flat = []
    for jet, inner in zip(jets, names, strict=True):
        data = jet[VALUE].spread((*batch, *inner))
        data = np.broadcast_to(data, shape + data.shape[len(batch) :])
        flat.append(data.reshape(*shape, -1))
    return (tuple(batch), shape), np.concatenate(flat, axis=-1)


def _table(draw, function, points, batch, out_shape, out_names, sides):
    """Formal values of the map (sides empty), or of a derivative by the given arguments."""
    axes, shape = batch
    inner = [len_names for _, len_names in sides]
    lengths = [n for group in inner for _, n in group]
    names = [name for group in inner for name, _ in group]
    data = np.empty((*shape, *out_shape, *lengths), object)
    order = tuple(which for which, _ in sides)
    for place in np.ndindex(*shape):
        key = ("map", function.serial, tuple(map(str, points[place])), order)
        data[place] = _entries(draw, key, (*out_shape, *lengths), sides, len(out_shape))
    return Array((*axes, *out_names, *names), _in_ring(draw.ring, data))


def _entries(draw, key, shape, sides, lead):
    generator, ring = draw.ring.random(*key), draw.ring
    out = np.empty(shape, object)
    for place in np.ndindex(*shape):
        small = getattr(ring, "small", None)
        out[place] = generator.choice(small) if small else generator.randrange(1, (1 << 61) - 1)
    if len(sides) == 2 and sides[0][0] == sides[1][0]:
        n = len(sides[0][1])
        order = [*range(lead), *range(lead + n, lead + 2 * n), *range(lead, lead + n)]
        out = out + out.transpose(order)
    return out


def _in_ring(ring, data):
    if isinstance(ring, Digits):
        import mpmath

        scale = 1 if ring.small else 1 << 60
        return ring.apply(lambda x: mpmath.mpf(int(x)) / scale, data)
    return ring.apply(lambda x: ring.reduce(int(x)), data)


def _chain(draw, function, jets, names, parts, points, batch, out_shape, out_names):
    """Terms of the chain rule for one division of the derivatives."""
    from itertools import product

    for which in product(range(len(jets)), repeat=len(parts)):
        if any(part not in jets[k] for part, k in zip(parts, which, strict=True)):
            continue
        order = sorted(range(len(parts)), key=lambda p: which[p])
        sides = []
        for side, p in enumerate(order):
            inner = names[which[p]]
            fresh = [("in", function.serial, side, axis) for axis in range(len(inner))]
            length = [len(draw.positions(name, {})[0].data) for name in inner]
            sides.append((which[p], list(zip(fresh, length, strict=True))))
        term = _table(draw, function, points, batch, out_shape, out_names, tuple(sides))
        for side, p in enumerate(order):
            array = jets[which[p]][parts[p]]
            fresh = [name for name, _ in sides[side][1]]
            swap = dict(zip(names[which[p]], fresh, strict=True))
            moved = Array([swap.get(x, x) for x in array.axes], array.data)
            term = draw.binary(draw.ring.multiply, term, moved)
            for name, length in sides[side][1]:
                term = draw.total(term, name, length)
        yield term
