"""The inspector: a Jacobian tensor, slice by slice, each entry traced to where it comes from."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from annex_lib.figures.cells import Cells
from annex_lib.figures.core import number
from annex_lib.figures.equation_row import factor
from annex_lib.figures.inspector_board import LIGHTS, Board, sheet

__all__ = ["Subject", "inspector_scene", "sheet", "subscripts"]

LAYOUTS = ("(output | input)", "(input | output)")


@dataclass(frozen=True)
class Subject:
    """A Jacobian tensor, the arrays that it comes from, and which of their entries make which.

    Attributes
    ----------
    title : str
        What tells it from the other subjects of one inspector: "one sample".
    names : (str, str)
        Of the output and of the variable, as capitals stand for whole arrays: ("f", "W").
    letters : (str, str)
        An index letter for each output axis and for each input axis: ("i", "kl").
    jacobian : ndarray, axes (output | input)
    zeros : ndarray of bool, of the same shape
        Entries that are zero by structure, whatever the numbers.
    arrays : dict of str to (ndarray, str)
        What stands above, by name, with its role; the names in the order in which they stand.
    upstream : str
        Which of the arrays is the gradient of the loss by the output.
    origin : callable
        Takes the output's index and the variable's; returns the entry's formula in words and the
        entries it comes from, a dict from the array's name to at most two indices.
    """

    title: str
    names: tuple
    letters: tuple
    jacobian: np.ndarray
    zeros: np.ndarray
    arrays: dict
    upstream: str
    origin: object

    @property
    def shapes(self):
        """The shape of the output and the shape of the variable."""
        axes = len(self.letters[0])
        return self.jacobian.shape[:axes], self.jacobian.shape[axes:]

    @property
    def matrix(self):
        """Whether the tensor is of order 2, so that one sheet shows all of it."""
        return self.jacobian.ndim == 2

    @property
    def flat(self):
        """The tensor as a matrix, a row for each entry of the output."""
        return self.jacobian.reshape(int(np.prod(self.shapes[0])), -1)

    @property
    def never(self):
        """The zeros by structure, as a matrix."""
        return self.zeros.reshape(self.flat.shape)

    @property
    def g(self):
        """The upstream gradient, in a row."""
        return self.arrays[self.upstream][0].ravel()

    @cached_property
    def sums(self):
        """The sums of upstream gradient times row, up to each output; shape as `flat`."""
        return np.cumsum(self.g[:, None] * self.flat, axis=0)


def subscripts(index):
    """Return indices as small digits; thin spaces part them where one is 10 or more.

    Examples
    --------
    >>> subscripts((2, 1))
    '₂₁'
    """
    words = ["".join("₀₁₂₃₄₅₆₇₈₉"[int(d)] for d in str(k)) for k in index]
    return ("" if all(k < 10 for k in index) else "\u2009").join(words)


def inspector_scene(name, subjects):
    """Return the moving picture of the tensors of one layer.

    Its position: `layout` (0: output axes first, 1: input axes first), `which` subject (where
    there are several), `output` (its number, row by row; not for a matrix) and `cell` (of the
    slice, or of the matrix).

    Parameters
    ----------
    name : str
        What errors call it.
    subjects : list of Subject
        With as many arrays in the same order; the last is the largest.

    Returns
    -------
    Scene
    """
    board = Board(name, subjects[-1])

    def state(layout, cell, which=0, output=0):
        s, lies = subjects[which], int(board.slice.flat[cell])
        row, column = divmod(lies, s.flat.shape[1]) if s.matrix else (output, lies)
        out, into = (
            tuple(map(int, np.unravel_index(k, shape)))
            for k, shape in zip((row, column), s.shapes, strict=True)
        )
        formula, lit = s.origin(out, into)
        values = _arrays(board, s, lit) | _slices(board, s, row, column)
        values |= _overview(s, row, column, layout)
        return values | _words(s, out, into, row, column, layout, formula)

    board.scene.state = state
    return board.scene


def _arrays(board, s, lit):
    """Return the arrays above, with what is lit; a smaller one than the largest leaves room."""
    values = {}
    for (slot, most), (name, (a, _)) in zip(board.arrays.items(), s.arrays.items(), strict=True):
        held, inside = np.zeros(most.shape), np.zeros(most.shape, bool)
        corner = tuple(slice(0, n) for n in a.shape)
        held[corner], inside[corner] = a, True
        lie = board.sheets[slot]
        values[slot] = _cells(held.ravel()[lie], hidden=~inside.ravel()[lie])
        values[f"{slot} name"] = name
        indices = [*lit.get(name, []), *[None] * LIGHTS]
        for k in range(LIGHTS):
            values[f"{slot} {k}"] = indices[k] and _place(lie, most.shape, indices[k])
    return values


def _cells(numbers, **marks):
    """Return cells with their numbers, to two decimals where they are not whole."""
    whole = np.array_equal(numbers, np.round(numbers))
    words = None if whole else [[f"{v:z.2f}".replace("-", "−") for v in row] for row in numbers]
    return Cells(numbers, **marks, words=words)


def _place(lie, shape, index):
    """Return the block of a sheet that holds one entry."""
    row, column = np.argwhere(lie == np.ravel_multi_index(index, shape))[0]
    return row, column, 1, 1


def _slices(board, s, row, column):
    """Return the slice with its entry framed, and the sum of g times the slices so far."""
    here = (*np.argwhere(board.sum == column)[0], 1, 1)
    part = (s.flat, s.never) if s.matrix else (s.flat[row][board.sum], s.never[row][board.sum])
    done = row + 1
    total = _cells(s.sums[row][board.sum], zeros=s.never[:done].all(0)[board.sum])
    return {
        "slice": _cells(part[0], zeros=part[1]),
        "slice frame": (row, column, 1, 1) if s.matrix else here,
        "slice name": f"∂{s.names[0]}/∂{s.names[1]}" if s.matrix else _slice_name(s, row),
        "sum": total,
        "sum frame": here,
        "sum name": f"∂L/∂{s.names[1]}"
        if row + 1 == s.g.size
        else f"{row + 1} of {s.g.size} added",
    }


def _slice_name(s, row):
    out = np.unravel_index(row, s.shapes[0])
    return f"∂{s.names[0].lower()}{subscripts([*map(int, out)])}/∂{s.names[1]}"


def _overview(s, row, column, layout):
    """Return the places of all entries that are not zero by structure, and how many there are."""
    there, rows, columns = ~s.never, *s.flat.shape
    across = slice(None, None, 1 if layout else -1)  # points are (across, down)
    whole, strip = (columns, rows), (-0.5, row - 0.5, columns, 1)
    if layout:
        whole, strip = (rows, columns), (row - 0.5, -0.5, 1, columns)
    count = int(there.sum())
    share = f": 1 in {there.size / count:.3g}" if count < there.size else ""
    return {
        "dots": np.argwhere(there & (s.flat != 0))[:, across],
        "nulls": np.argwhere(there & (s.flat == 0))[:, across],
        "spot": np.array([[row, column]])[:, across],
        "edge": (-0.5, -0.5, *whole),
        "strip": strip,
        "count 0": f"{count} of {there.size} not zero",
        "count 1": f"by structure{share}",
    }


def _words(s, out, into, row, column, layout, formula):
    """Return the entry's symbol with its value, where it stands, and the caption."""
    output, variable = s.names
    value, own = s.flat[row, column], f"{variable.lower()}{subscripts(into)}"
    symbol = f"∂{output.lower()}{subscripts(out)}/∂{own} = {formula} = {number(value)}"
    kind = "a zero by value" if value == 0 else "not zero"
    kind = "a zero by structure" if s.never[row, column] else kind
    parts = [", ".join(map(str, part)) for part in (*s.shapes, out, into)]
    pairs = [pair[::-1] if layout else pair for pair in (parts[:2], parts[2:])]
    shape, place = (" | ".join(pair) for pair in pairs)
    where = f"axes {LAYOUTS[layout]}, shape ({shape}), entry [{place}]"
    so_far = "" if row + 1 == s.g.size else " so far"
    total = f"{_terms(s, row, column)} = {number(s.sums[row, column])}"
    said = f"{symbol}, {kind}. ∂L/∂{own}{so_far}: {total}."
    alt = f"The Jacobian ∂{output}/∂{variable} of {s.title}, {where}: {said}"
    return {"symbol": symbol, "place": where, "caption": said, "alt": alt}


def _terms(s, row, column):
    """Return the sum of g times entry in numbers, without the zeros by structure."""
    rows = np.flatnonzero(~s.never[: row + 1, column])
    terms = [f"{factor(s.g[k])} · {factor(s.flat[k, column])}" for k in rows]
    return " + ".join(terms) or "nothing"
