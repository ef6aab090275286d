"""The exercises of chapter 5, and the slips that readers make in them."""

from annex_lib.exercises.chapter05.gradients import GATHER, KERNEL, PROOF, SCATTER
from annex_lib.exercises.chapter05.groups import GROUPS
from annex_lib.exercises.chapter05.window import OUTPUTS, PATCHES, TOEPLITZ

__all__ = ["EXERCISES"]

EXERCISES = (OUTPUTS, PATCHES, TOEPLITZ, KERNEL, SCATTER, GATHER, PROOF, GROUPS)
