"""The exercises of chapter 2, and the slips that readers make in them."""

from annex_lib.exercises.chapter02.descent import BORDER, SLOPES
from annex_lib.exercises.chapter02.paths import SKIP, STACK, TO_INPUT
from annex_lib.exercises.chapter02.tape import TAPE

__all__ = ["EXERCISES"]

EXERCISES = (SLOPES, BORDER, TO_INPUT, STACK, SKIP, TAPE)
