"""The exercises of chapter 3, and the slips that readers make in them."""

from annex_lib.exercises.chapter03.backward import NORMAL, SOLVER, TWICE
from annex_lib.exercises.chapter03.tables import BY_HAND, PATTERN, TURNED

__all__ = ["EXERCISES"]

EXERCISES = (BY_HAND, PATTERN, TURNED, TWICE, NORMAL, SOLVER)
