"""Arbitrary maps: random values and derivatives at every point that is asked."""

from itertools import product

import mpmath
import numpy as np

from annex_lib.equations.arrays import Array, pick
from annex_lib.equations.context import Variable
from annex_lib.equations.entries import VALUE
from annex_lib.equations.formal import partitions
from annex_lib.equations.ordered import Digits
from annex_lib.equations.tokens import Unreadable

__all__ = ["apply_map"]


def apply_map(draw, function, ixs, arguments, env):
    """Evaluate an arbitrary map, with random values and Jacobians at each point."""
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
        key = ("map", draw.label(function), tuple(map(str, points[place])), order)
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
        scale = 1 if ring.small else 1 << 60
        return ring.apply(lambda x: mpmath.mpf(int(x)) / scale, data)
    return ring.apply(lambda x: ring.reduce(int(x)), data)


def _chain(draw, function, jets, names, parts, points, batch, out_shape, out_names):
    """Terms of the chain rule for one division of the derivatives."""
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
