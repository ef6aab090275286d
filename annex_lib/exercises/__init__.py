"""Exercises that know what went wrong: ``get("4.2").check(grad_W)``, ``.hint()``, ``progress()``.

`bank` says what an exercise is; `chapterNN` holds those of a chapter, with the slips that readers
make; `checking` and `formulas` decide an answer, `diagnosis` finds the slip; `guard` keeps what an
answer does away from the notebook; `records` keeps what is solved.
"""

from annex_lib.exercises.desk import get, progress

__all__ = ["get", "progress"]
