"""Verdicts: what is said of each display, as data, as text and as a table."""

import html
import re
from dataclasses import dataclass, field

__all__ = ["UsageError", "Verdict", "Verdicts"]


class UsageError(ValueError):
    """A function of the checker called with something else; shown as one sentence."""

    def _render_traceback_(self):
        return [f"UsageError: {self}"]


@dataclass
class Verdict:
    """What was found about one display.

    Attributes
    ----------
    number : str
        Its tag, ``"4.3"``, or ``"4#7"`` for the seventh display of chapter 4.
    kind : str
        declaration, definition, claim, prose, refuted or unreadable.
    holds : bool or None
        None for what is no claim.
    settled : str
        How a claim was decided, and at which sizes.
    place : str
        Where a false claim fails first, with the numbers; where an unreadable token stands.
    repair : str
        LaTeX of the one small edit that makes a false claim true, if there is exactly one.
    reason : str
        What is wrong, or why the display is exempt.
    """

    number: str
    kind: str
    holds: bool | None = None
    settled: str = ""
    place: str = ""
    repair: str = ""
    reason: str = ""
    text: str = ""
    members: tuple = field(default=(), repr=False)

    @property
    def ok(self):
        """Tell whether the book may print this display as it stands."""
        if self.kind == "unreadable":
            return False
        if self.kind == "refuted":
            return self.holds is False
        return self.holds is not False

    def __str__(self):
        mark = "✓" if self.ok else "✗"
        words = "; ".join(part for part in self.findings() if part)
        return f"{mark} ({self.number}) {self.word}" + (f": {words}" if words else "")

    def findings(self, repair="did you mean {}".format):
        """Yield what was found, each in words."""
        yield self.reason
        yield self.place
        yield repair(self.repair) if self.repair else ""
        yield self.settled

    @property
    def word(self):
        """The verdict in a few words."""
        if self.kind == "claim":
            return "holds" if self.holds else "is false"
        if self.kind == "refuted":
            return (
                "is false, as the text says" if self.holds is False else "holds, against the text"
            )
        return self.kind


class Verdicts(list):
    """A list of Verdict that shows as text, and as a table in a notebook."""

    @property
    def ok(self):
        """Tell whether every display may be printed as it stands."""
        return all(verdict.ok for verdict in self)

    def __repr__(self):
        return "\n".join(map(str, self)) or "no displays"

    def _repr_html_(self):
        head = "".join(_cell(h, "th") for h in ("", "display", "", "what was found"))
        rows = "".join(f"<tr>{self._row(verdict)}</tr>" for verdict in self)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"

    def _row(self, verdict):
        found = "; ".join(_typeset(part) for part in verdict.findings(_repair) if part)
        if verdict.kind in ("unreadable", "prose"):
            found = html.escape("; ".join(part for part in verdict.findings() if part))
        mark = "✓" if verdict.ok else "✗"
        return "".join(map(_cell, (mark, html.escape(verdict.number), verdict.word, found)))


def _cell(inner, tag="td"):
    return f'<{tag} style="text-align: left">{inner}</{tag}>'


def _repair(latex):
    return f"did you mean '{latex}'"


def _typeset(words):
    """Turn quoted LaTeX into inline formulas; a prime before a bracket or script ends no quote."""
    quoted = r"(?<!\w)'((?:[^']|'(?=[(_^']))+)'"
    return re.sub(quoted, lambda m: f"${m[1]}$", html.escape(words, quote=False))
