"""The exercises of chapter 6, and the slips that readers make in them."""

from annex_lib.exercises.chapter06.axis import BY_PIXELS, BY_TRANSPOSED, BY_WEIGHTS, UNSEEN
from annex_lib.exercises.chapter06.layers import DENSE, DOUBLING, SEPARABLE

__all__ = ["EXERCISES"]

EXERCISES = (UNSEEN, BY_WEIGHTS, BY_PIXELS, BY_TRANSPOSED, DOUBLING, DENSE, SEPARABLE)
