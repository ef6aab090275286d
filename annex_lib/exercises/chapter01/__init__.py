"""The exercises of chapter 1, and the slips that readers make in them."""

from annex_lib.exercises.chapter01.axes import CENTRED, LAYOUT, MATRIX
from annex_lib.exercises.chapter01.contraction import EINSUM
from annex_lib.exercises.chapter01.indices import PLACE, SPELLING, TRANSPOSED

__all__ = ["EXERCISES"]

EXERCISES = (SPELLING, TRANSPOSED, PLACE, LAYOUT, CENTRED, MATRIX, EINSUM)
