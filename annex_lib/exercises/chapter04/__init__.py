"""The exercises of chapter 4, and the slips that readers make in them."""

from annex_lib.exercises.chapter04.backward import BACKWARD, PATTERN
from annex_lib.exercises.chapter04.checks import CHECK, FIND, WEAK
from annex_lib.exercises.chapter04.layer import BY_INPUT, FORWARD
from annex_lib.exercises.chapter04.tied import TIED

__all__ = ["EXERCISES"]

EXERCISES = (FORWARD, BY_INPUT, BACKWARD, WEAK, CHECK, FIND, PATTERN, TIED)
