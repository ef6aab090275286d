"""What a reader holds: an exercise that is asked by number, and answers in sentences."""

import html
import importlib
import pkgutil
import re

from annex_lib.exercises import records
from annex_lib.exercises.bank import Formula
from annex_lib.exercises.checking import judged
from annex_lib.exercises.formulas import decided
from annex_lib.exercises.guard import TimeLimit, described, limited
from annex_lib.exercises.replies import Reply

__all__ = ["Desk", "Progress", "chapters", "get", "progress"]

LIMIT = 5.0  # seconds for all the calls of one check
LEFT = 'style="text-align: left"'
DESKS = {}


class Desk:
    """One exercise before a reader; remembers how many hints were given."""

    def __init__(self, exercise):
        self.exercise, self.hinted = exercise, 0

    def check(self, answer=None):
        """Say what came of a function (or a value); never raises.

        Parameters
        ----------
        answer : object

        Returns
        -------
        Reply
        """
        if isinstance(self.exercise, Formula):
            words = f'Exercise {self.exercise.number} asks for a formula: answer(r"...").'
            return Reply("wrong", words)
        return self._reply(judged, answer)

    def answer(self, latex=""):
        """Say whether a formula holds; never raises.

        Parameters
        ----------
        latex : str

        Returns
        -------
        Reply
        """
        if not isinstance(self.exercise, Formula):
            words = f"asks for {self.exercise.signature}: check({self.exercise.name})"
            return Reply("wrong", f"Exercise {self.exercise.number} {words}.")
        return self._reply(decided, latex)

    def hint(self):
        """Return the next of three hints: the idea, the first line, all but the last step."""
        self.hinted = min(self.hinted + 1, len(self.exercise.hints))
        words = self.exercise.hints[self.hinted - 1]
        return Reply("hint", f"Hint {self.hinted} of {len(self.exercise.hints)}: {words}")

    def _reply(self, judge, answer):
        try:
            reply = limited(lambda: judge(self.exercise, answer), LIMIT)
        except TimeLimit:
            words = f"This was still running after {LIMIT:.0f} seconds, and was stopped"
            return Reply("wrong", f"{words}: does a loop never end?")
        except KeyboardInterrupt:
            return Reply("wrong", "This was interrupted before it came to an end.")
        except BaseException as trouble:
            words = f"This can't be looked at: it answers with {described(trouble)}"
            return Reply("wrong", f"{words}.")
        if reply.right and (said := records.save(self.exercise.number)):
            return Reply(reply.kind, f"{reply.words} {said}")
        return reply

    def __repr__(self):
        return f"Exercise {self.exercise.number}: {self.exercise.title}"


def chapters():
    """Return the exercises of each chapter that has some, ``{4: (...)}``."""
    return {number: _exercises(number) for number in _numbers()}


def _numbers():
    import annex_lib.exercises as package

    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    return [int(name[-2:]) for name in names if re.fullmatch(r"chapter\d\d", name)]


def _exercises(number):
    return importlib.import_module(f"annex_lib.exercises.chapter{number:02d}").EXERCISES


def get(number):
    """Return an exercise of the book.

    Parameters
    ----------
    number : str
        ``"4.2"``, the second exercise of chapter 4.

    Returns
    -------
    Desk
        With the methods `check`, `answer` and `hint`.

    Raises
    ------
    LookupError
        If there is none; the message lists those of the chapter.

    Examples
    --------
    >>> get("4.1")
    Exercise 4.1: The layer, for a batch
    """
    chapter = re.match(r"(\d{1,2})\.\d", str(number))
    if number not in DESKS and chapter and int(chapter[1]) in _numbers():
        DESKS.update({e.number: Desk(e) for e in _exercises(int(chapter[1]))})
    if number not in DESKS:
        known = [n for n in DESKS if chapter and n.partition(".")[0] == chapter[1]]
        quoted = isinstance(number, str) and known
        words = (
            f"the chapter has {', '.join(known)}" if quoted else 'get takes it in quotes, as "4.2"'
        )
        raise LookupError(f"there is no exercise {number!r}: {words}")
    return DESKS[number]


class Progress:
    """A table of chapters and exercises, solved or not."""

    def __init__(self, book, days):
        self.book, self.days = book, days

    def _heads(self):
        """Yield the line of each chapter, and its exercises."""
        for chapter, some in self.book.items():
            done = sum(exercise.number in self.days for exercise in some)
            yield f"Chapter {chapter:02d}: {done} of {len(some)} solved", some

    def _mark(self, exercise):
        return "✓" if exercise.number in self.days else "·"

    def __repr__(self):
        lines = []
        for head, some in self._heads():
            lines += [head, *(f"  {self._mark(e)} {e.number:<5} {e.title}" for e in some)]
        return "\n".join(lines)

    def _repr_html_(self):
        rows = ""
        for head, some in self._heads():
            rows += (
                f'<tr><th colspan="4" scope="rowgroup" style="text-align: left">{head}</th></tr>'
            )
            for e in some:
                cells = self._mark(e), e.number, html.escape(e.title), self.days.get(e.number, "")
                rows += "<tr>" + "".join(f"<td {LEFT}>{cell}</td>" for cell in cells) + "</tr>"
        return f"<table><tbody>{rows}</tbody></table>"


def progress():
    """Show which exercises are solved, in this session and in earlier ones.

    Returns
    -------
    Progress
    """
    return Progress(chapters(), records.solved())
