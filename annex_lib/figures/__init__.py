"""The pictures of the book, drawn by matplotlib from the numbers they speak of.

Each function takes the numbers and returns a `Figure`, which a notebook shows with its
alternative text and caption. One module for each chapter.
"""

from annex_lib.figures.core import Figure

__all__ = ["Figure"]
