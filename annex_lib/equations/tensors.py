"""Tensors in matrix form, each known by its entries: every operation becomes index notation.

A core expression of one entry is a tuple whose first part is its kind; see `evaluate`. A vector
of one axis is a column; a row has the axes (1, n).
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce

from annex_lib.equations.sizes import number, show_size
from annex_lib.equations.tokens import Illtyped, Unreadable

__all__ = ["ONE", "Forms", "Tensor", "scalar", "shape_text"]

ONE = number(1)


@dataclass
class Tensor:
    """Axes as sizes (None fits any), the entry at given positions, a derivative's two variables."""

    shape: tuple
    entry: Callable
    chain: tuple | None = None

    @property
    def is_row(self):
        """Tell whether this is a row vector."""
        return len(self.shape) == 2 and self.shape[0] == ONE


def scalar(core):
    """Make a tensor without axes."""
    return Tensor((), lambda ixs: core)


def shape_text(tensor):
    """Write the axes for a message."""
    if not tensor.shape:
        return "a number"
    return "×".join(f"({t})" if " " in t else t for t in map(show_size, tensor.shape))


class Forms:
    """The operations of matrix form; `fresh(size)` gives a new bound index, `fits` compares."""

    def __init__(self, fresh, fits):
        self.fresh, self.fits = fresh, fits

    def contract(self, core_of, size):
        """Sum over a new index of the given size."""
        name = self.fresh(size)
        return ("sum", name, core_of(("i", name)))

    def join(self, a, b, what):
        """Shape of two tensors that must have the same axes."""
        if len(a.shape) != len(b.shape) or not all(map(self.fits, a.shape, b.shape)):
            raise Illtyped(f"{what}: one is {shape_text(a)}, the other {shape_text(b)}")
        return tuple(x if x is not None else y for x, y in zip(a.shape, b.shape, strict=True))

    def add(self, a, b, what="can't add"):
        """Entrywise sum."""
        shape = self.join(a, b, what)
        return Tensor(shape, lambda ixs: ("add", a.entry(ixs), b.entry(ixs)))

    def entrywise(self, a, b):
        """Entrywise product."""
        shape = self.join(a, b, "\\odot needs equal axes")
        return Tensor(shape, lambda ixs: ("mul", a.entry(ixs), b.entry(ixs)))

    def scale(self, core, a):
        """Multiply every entry by a number."""
        return Tensor(a.shape, lambda ixs: ("mul", core, a.entry(ixs)), a.chain)

    def each(self, make, a):
        """Apply `make` to the core of every entry."""
        return Tensor(a.shape, lambda ixs: make(a.entry(ixs)))

    def transpose(self, a):
        """Swap two axes; a column becomes a row."""
        if not a.shape:
            return a
        if len(a.shape) == 1:
            return Tensor((ONE, *a.shape), lambda ixs: a.entry(ixs[1:]))
        if len(a.shape) > 2:
            raise Illtyped(f"a transpose needs at most two axes, not {shape_text(a)}")
        if a.is_row:
            return Tensor(a.shape[1:], lambda ixs: a.entry((number(0), *ixs)))
        return Tensor(a.shape[::-1], lambda ixs: a.entry(ixs[::-1]))

    def product(self, a, b):
        """Matrix product, scaling, or the contraction of a chain rule."""
        if not a.shape:
            return self.scale(a.entry(()), b)
        if not b.shape:
            return self.scale(b.entry(()), a)
        if a.chain and b.chain and a.chain[1] is not None and a.chain[1] is b.chain[0]:
            return self.chain_rule(a, b)
        if len(a.shape) > 2 or len(b.shape) > 2:
            raise Illtyped(
                f"no matrix product of {shape_text(a)} and {shape_text(b)}: write it with indices"
            )
        return self.matrix_product(a, b)

    def chain_rule(self, a, b):
        """Contract every axis of the shared variable of two derivatives."""
        n = len(a.chain[1].shape)
        row = a.is_row and not a.chain[2]
        keep = a.shape[:-n] if n else a.shape
        rest = b.shape[n:]
        if row and len(rest) == 1:
            keep, shape = (), (ONE, *rest)
        else:
            keep = () if row else keep
            shape = keep + rest
        shared = a.shape[len(a.shape) - n :]

        def entry(ixs):
            ixs = ixs[1:] if row and len(rest) == 1 else ixs
            names = [self.fresh(size) for size in shared]
            inner = tuple(("i", name) for name in names)
            lead = (number(0),) if row else ixs[: len(keep)]
            core = ("mul", a.entry((*lead, *inner)), b.entry((*inner, *ixs[len(keep) :])))
            return reduce(lambda c, name: ("sum", name, c), names, core)

        return Tensor(shape, entry, (a.chain[0], b.chain[1], a.chain[2]))

    def matrix_product(self, a, b):
        """Rows against columns."""
        if len(a.shape) == 1 and b.is_row:
            shape = (a.shape[0], b.shape[1])
            return Tensor(
                shape, lambda ixs: ("mul", a.entry(ixs[:1]), b.entry((number(0), ixs[1])))
            )
        if len(a.shape) == 1:
            raise Illtyped(
                f"shapes do not multiply: a column of {show_size(a.shape[0])} entries stands left"
                f" of {shape_text(b)}; transpose the one or the other"
            )
        if not self.fits(a.shape[1], b.shape[0]):
            raise Illtyped(
                f"shapes do not multiply: {shape_text(a)} and {shape_text(b)}, inner sizes "
                f"{show_size(a.shape[1])} and {show_size(b.shape[0])}"
            )
        size = a.shape[1] if a.shape[1] is not None else b.shape[0]
        lead, rest = a.shape[:1], b.shape[1:]
        if a.shape[0] is None and a.shape[1] is None:
            lead = b.shape[:1]
        if rest and rest[0] is None and b.shape[0] is None:
            rest = a.shape[1:]
        if a.is_row and not rest:
            return scalar(
                self.contract(lambda c: ("mul", a.entry((number(0), c)), b.entry((c,))), size)
            )
        return Tensor(
            lead + rest,
            lambda ixs: self.contract(
                lambda c: ("mul", a.entry((ixs[0], c)), b.entry((c, *ixs[1:]))), size
            ),
        )

    def kronecker(self, a, b):
        """Replace each entry of a matrix by a tile: that entry times the other matrix."""
        if len(a.shape) != 2 or len(b.shape) != 2 or None in a.shape + b.shape:
            raise Unreadable(
                "\\otimes is read between two matrices; write other products by entries"
            )
        rows, columns = b.shape

        def entry(ixs):
            tile = a.entry((("//", ixs[0], rows), ("//", ixs[1], columns)))
            return ("mul", tile, b.entry((("%", ixs[0], rows), ("%", ixs[1], columns))))

        shape = tuple(("*", x, y) for x, y in zip(a.shape, b.shape, strict=True))
        return Tensor(shape, entry)

    def inner(self, a, b):
        """Sum of the products of entries in the same place."""
        shape = self.join(a, b, "an inner product needs equal axes")
        names = [self.fresh(size) for size in shape]
        ixs = tuple(("i", name) for name in names)
        core = ("mul", a.entry(ixs), b.entry(ixs))
        return scalar(reduce(lambda c, name: ("sum", name, c), names, core))

    def vec(self, a):
        """Stack the entries row by row."""
        if len(a.shape) < 2:
            return a
        size = reduce(lambda x, y: ("*", x, y), a.shape)

        def entry(ixs):
            place, out = ixs[0], []
            for k, axis in enumerate(a.shape[::-1]):
                last = k + 1 == len(a.shape)
                out.append(place if last else ("%", place, axis))
                place = ("//", place, axis)
            return a.entry(tuple(out[::-1]))

        return Tensor((size,), entry)

    def diag(self, a):
        """Matrix with a vector on its diagonal; of a matrix, its diagonal."""
        if len(a.shape) == 1:
            return Tensor(
                a.shape * 2, lambda ixs: ("mul", ("eq", ixs[0], ixs[1]), a.entry(ixs[:1]))
            )
        if len(a.shape) != 2 or not self.fits(*a.shape):
            raise Illtyped(f"no diagonal of {shape_text(a)}")
        return Tensor(a.shape[:1], lambda ixs: a.entry((ixs[0], ixs[0])))

    def trace(self, a):
        """Sum of the diagonal."""
        d = self.diag(a)
        if len(a.shape) != 2:
            raise Illtyped(f"no trace of {shape_text(a)}")
        return scalar(self.contract(lambda c: d.entry((c,)), d.shape[0]))

    def block(self, rows):
        """Matrix of blocks; one column of columns is a column."""
        if len(rows[0]) == 1:
            return self.stack([row[0] for row in rows], 0)
        strips = [self.stack([_as_matrix(cell) for cell in row], 1) for row in rows]
        return strips[0] if len(strips) == 1 else self.stack(strips, 0)

    def stack(self, parts, axis):
        """Join tensors along one axis."""
        if len(parts) == 1:
            return parts[0]
        most = max(max(len(part.shape) for part in parts), 1)
        if most > 2:
            raise Unreadable("blocks have at most two axes")
        parts = [self._raise(part, most, axis) for part in parts]
        for part in parts[1:]:
            for k in range(most):
                if k != axis and not self.fits(part.shape[k], parts[0].shape[k]):
                    raise Illtyped(
                        f"blocks {shape_text(parts[0])} and {shape_text(part)} don't fit"
                    )
        return reduce(lambda a, b: self._pair(a, b, axis), parts)

    def _raise(self, part, axes, axis):
        if not part.shape:
            return Tensor((ONE,) * axes, lambda ixs: part.entry(()))
        if len(part.shape) < axes:
            return _as_matrix(part)
        return part

    def _pair(self, a, b, axis):
        offset = a.shape[axis]
        if offset is None or b.shape[axis] is None:
            raise Unreadable("the size of I or of the ones can't be told in a block: write I_n")
        shape = list(a.shape)
        shape[axis] = ("+", offset, b.shape[axis])

        def entry(ixs):
            moved = list(ixs)
            moved[axis] = ("+", ixs[axis], ("-", offset))
            inside = ("where", (("<", ixs[axis], offset),))
            return ("if", inside, a.entry(ixs), b.entry(tuple(moved)))

        return Tensor(tuple(shape), entry)


def _as_matrix(a):
    if not a.shape:
        return Tensor((ONE, ONE), lambda ixs: a.entry(()))
    if len(a.shape) == 1:
        return Tensor((*a.shape, ONE), lambda ixs: a.entry(ixs[:1]))
    return a


MINUS = ("num", Fraction(-1))
