"""What a reader is told: one sentence, with a mark before it."""

import html
from dataclasses import dataclass

__all__ = ["Reply"]

MARKS = {"right": "✓", "wrong": "✗", "unfinished": "○", "hint": "→"}


@dataclass(frozen=True)
class Reply:
    """One answer of the book to a reader; the last line of a cell shows it.

    Attributes
    ----------
    kind : str
        right, wrong, unfinished or hint.
    words : str
        The sentence.
    """

    kind: str
    words: str

    @property
    def right(self):
        """Tell whether the exercise is solved."""
        return self.kind == "right"

    def __repr__(self):
        return f"{MARKS[self.kind]} {self.words}"

    def _repr_html_(self):
        return f'<p role="status">{html.escape(repr(self), quote=False)}</p>'
