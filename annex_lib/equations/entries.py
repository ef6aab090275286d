"""Entries of variables: drawn or worked out once, with their tangents, inside their range."""

from math import prod

import numpy as np

from annex_lib.equations.arrays import LARGEST, Array, TooLarge, align
from annex_lib.equations.sizes import show_size
from annex_lib.equations.tokens import Illtyped

__all__ = ["VALUE", "Entries"]

VALUE = frozenset()


class Entries:
    """The part of a draw that knows the values of variables."""

    def inside(self, variable, ixs, env):
        """Positions of an entry; outside the array either zero is declared or it is an error."""
        places, inside = [], None
        for axis, (ix, size) in enumerate(zip(ixs, variable.shape, strict=True)):
            place, n = self.place(ix, env), self.size(size)
            fits = Array(place.axes, (place.data >= 0) & (place.data < n))
            if not fits.data.all():
                if not variable.zero_outside:
                    self.check_inside(variable, axis, place, fits, ix, n)
                inside = self.both(inside, fits)
                place = Array(place.axes, np.clip(place.data, 0, max(n - 1, 0)))
            places.append(place)
        return places, inside

    def check_inside(self, variable, axis, place, fits, ix, n):
        """Raise if an index leaves its range where the expression is used."""
        wrong = Array(fits.axes, ~fits.data)
        _, data = align(wrong, place, *([] if self.mask is None else [self.mask]))
        bad = np.logical_and(data[0], data[2]) if self.mask is not None else data[0]
        if bad.any():
            where = np.broadcast_to(data[1], bad.shape)[bad][0]
            raise Illtyped(
                f"index {show_size(ix)} takes the value {where} at axis {axis} of {variable.name},"
                f" which has the positions 0 to {n - 1}"
            )

    def entries(self, variable, names):
        """Jet of a whole variable, worked out once for the same derivatives."""
        if variable in self.locals:
            jet = self.locals[variable]
        else:
            key = (variable, tuple(self.seeds))
            if key not in self.cache:
                self.cache[key] = self.work_out(variable, names)
            jet = self.cache[key]
        for tag, seed in enumerate(self.seeds):
            if seed is variable:
                jet = self.add(jet, {frozenset([tag]): self.deltas(variable, names, tag)})
        return jet

    def deltas(self, variable, names, tag):
        """Tangent of a variable by itself: a product of Kronecker deltas."""
        shape = [self.size(size) for size in variable.shape]
        if not shape:
            return Array((), self.ring.constant(1))
        out = None
        for axis, n in enumerate(shape):
            eye = Array((names[axis], ("∂", tag, axis)), np.eye(n, dtype=bool))
            out = eye if out is None else self.binary(np.logical_and, out, eye)
        return self.whether(out)

    def work_out(self, variable, names):
        """Draw the values of a variable, or evaluate its definition over all its entries."""
        shape = [self.size(size) for size in variable.shape]
        if prod(shape) > LARGEST // 10:
            raise TooLarge(prod(shape))
        if variable.body is None:
            if variable not in self.values:
                values = self.ring.draw(self.label(variable), tuple(shape), variable)
                self.values[variable] = values
            return {VALUE: Array(names, self.values[variable])}
        saved = self.mask, self.locals
        self.mask, self.locals = None, {}
        try:
            env = {
                f: Array((f,), np.arange(n)) for f, n in zip(variable.formals, shape, strict=True)
            }
            jet = self.run(variable.body, env)
        finally:
            self.mask, self.locals = saved
        jet = {tags: self.widened(a, variable.formals, shape) for tags, a in jet.items()}
        swap = dict(zip(variable.formals, names, strict=True))
        return {t: Array([swap.get(x, x) for x in a.axes], a.data) for t, a in jet.items()}

    def widened(self, array, names, lengths):
        """Repeat an array along the axes that it lacks."""
        missing = [(x, n) for x, n in zip(names, lengths, strict=True) if x not in array.axes]
        if not missing:
            return array
        data = np.broadcast_to(
            array.data.reshape((1,) * len(missing) + array.data.shape),
            tuple(n for _, n in missing) + array.data.shape,
        )
        return Array((*(x for x, _ in missing), *array.axes), data)
