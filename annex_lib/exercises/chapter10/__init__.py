"""The exercises of chapter 10, and the slips that readers make in them."""

from annex_lib.exercises.chapter10.looking import ATTENTION, VISIBLE
from annex_lib.exercises.chapter10.norms import BACKWARD, FOLD, FORWARD, JACOBIAN

__all__ = ["EXERCISES"]

EXERCISES = (FORWARD, JACOBIAN, BACKWARD, FOLD, VISIBLE, ATTENTION)
