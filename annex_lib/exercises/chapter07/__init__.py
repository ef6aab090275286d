"""The exercises of chapter 7, and the slips that readers make in them."""

from annex_lib.exercises.chapter07.losses import LABELS, STABLE
from annex_lib.exercises.chapter07.pooling import POOLING
from annex_lib.exercises.chapter07.softmax import ENTRYWISE, LOGARITHM, SHARES

__all__ = ["EXERCISES"]

EXERCISES = (ENTRYWISE, LOGARITHM, SHARES, LABELS, STABLE, POOLING)
