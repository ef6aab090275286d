"""A reader's formula, decided exactly, with a counterexample where it fails."""

import re
from itertools import islice

from annex_lib.equations import check
from annex_lib.equations.book import Reader
from annex_lib.equations.statements import statements
from annex_lib.equations.tokens import SPACES, Unreadable, tokenize
from annex_lib.exercises.replies import Reply

__all__ = ["decided"]

FOREIGN = ("$", "<!--", r"\tag", r"\label")


def decided(exercise, answer):
    r"""Decide a formula, with the declarations of the exercise's section.

    Parameters
    ----------
    exercise : Formula
    answer : object
        LaTeX, ``r"\frac{\partial L}{\partial b_k} = g_k"``; the right side alone will do.

    Returns
    -------
    Reply
    """
    if type(answer) is not str:
        words = f'answer wants LaTeX in quotes, r"{exercise.left} = ...", not a'
        return Reply("wrong", f"{words} {type(answer).__name__}.")
    text = answer.strip().strip("$").strip()
    if text in ("", "=") or text.replace(" ", "") in _beginnings(exercise):
        words = f"write a formula that begins {exercise.left} ="
        return Reply("unfinished", f"Not filled in yet: {words}, then run this cell again.")
    try:
        members = _members(exercise, text)
        return _judged(exercise, members)
    except Unreadable as trouble:
        return Reply("wrong", f"This formula can't be read: {trouble}.")


def _beginnings(exercise):
    left = exercise.left.replace(" ", "")
    return left, f"{left}="


def _members(exercise, text):
    """Return the members of the one claim that an answer consists of, the asked one first."""
    if mark := next((mark for mark in FOREIGN if mark in text), None):
        raise Unreadable(f"leave out {mark}")
    found = statements(text)
    if len(found) != 1 or found[0].kind != "claim":
        raise Unreadable("it should be one equation, or a chain a = b = c")
    parts = [_text(tokens) for tokens in found[0].parts]
    if len(parts) == 1:
        parts = [exercise.left, *parts]
    if _bare(parts[0]) != _bare(exercise.left):
        raise Unreadable(f"it should begin with {exercise.left}, and then =")
    return parts


def _text(tokens):
    """Write tokens as LaTeX again; a wide space keeps blocks apart."""
    text = ""
    for token in tokens:
        apart = re.search(r"\\[A-Za-z]+$", text) and token.text[0].isalpha()
        text += (r"\; " if token.gap else " " if apart else "") + token.text
    return text


def _bare(text):
    return [t.text for t in tokenize(text) if t.text not in (*SPACES, "{", "}", r"\cdot", ",")]


def _judged(exercise, members):
    """Decide the chain; if it fails, see whose slip its last member is, or else where it fails."""
    claim = _with(exercise, [" = ".join(members)])
    said = check(claim, diagnose=False)[-1]
    if said.kind == "unreadable":
        reason, place = said.reason.partition(": declare it")[0], said.place.partition(", before")
        near = f", at{place[2]}" if place[2] else ""
        return Reply("wrong", f"This formula can't be read: {reason}{near}.")
    if said.holds:
        return _finished(exercise, members)
    slip = _slip(exercise, members[-1])
    return Reply("wrong", slip.says if slip else _refuted(check(claim, repair=False)[-1]))


def _with(exercise, claims):
    """Return Markdown: what is given, then the claims."""
    return "\n\n".join([exercise.given, *(f"$$\n{claim}\n$$" for claim in claims)])


def _slip(exercise, last):
    """Return the slip that says the same as the last member of an answer, or None."""
    claims = [f"{last} = {slip.answer}" for slip in exercise.slips]
    verdicts = Reader(diagnose=False).read(_with(exercise, claims))
    given = len(check(exercise.given, diagnose=False))
    for slip, verdict in zip(exercise.slips, islice(verdicts, given, None), strict=True):
        if verdict.holds or _bare(slip.answer) == _bare(last):
            return slip
    return None


def _refuted(verdict):
    parts = [part for part in (verdict.reason, verdict.place) if part]
    return f"This does not hold: {'; '.join(parts)}."


def _finished(exercise, members):
    """Say whether a chain that holds is what was asked for."""
    last = _bare(members[-1])
    if token := next((t for t in exercise.without if t in last), None):
        return Reply("wrong", f"True, but not finished: {token} still stands in the last member.")
    if exercise.last and last != _bare(exercise.last):
        return Reply("wrong", f"True so far; the last member should be {exercise.last}.")
    between = [token for member in members[1:-1] for token in _bare(member)]
    if exercise.through and exercise.through not in between:
        words = f"True, but the step is left out: a member with {exercise.through} in between"
        return Reply("wrong", f"{words}.")
    return Reply("right", f"Exercise {exercise.number} is right: every equality is decided.")
