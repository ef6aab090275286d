"""A reader's formula, decided exactly, with a counterexample where it fails."""

import re

from annex_lib.equations import check
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
    claim = " = ".join(members)
    slips = [f"{members[-1]} = {slip.answer}" for slip in exercise.slips]
    said, *likened = _check(exercise, claim, slips)
    if said.kind == "unreadable":
        reason, place = said.reason.partition(": declare it")[0], said.place.partition(", before")
        near = f", at{place[2]}" if place[2] else ""
        return Reply("wrong", f"This formula can't be read: {reason}{near}.")
    for slip, verdict in zip(exercise.slips, likened, strict=True):
        if verdict.holds or _bare(slip.answer) == _bare(members[-1]):
            return Reply("wrong", slip.says)
    if not said.holds:
        return Reply("wrong", _refuted(said))
    return _finished(exercise, members)


def _check(exercise, claim, slips):
    """Return the verdict on the claim, then whether its last member equals each slip."""
    shown = check(f"{exercise.given}\n\n$$\n{claim}\n$$\n", repair=False)[-1]
    blocks = "".join(f"$$\n{slip}\n$$\n\n" for slip in slips)
    likened = check(f"{exercise.given}\n\n{blocks}", diagnose=False)
    return [shown, *likened[len(likened) - len(slips) :]]


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
    if len(members) < exercise.steps:
        missing = exercise.steps - len(members)
        return Reply("wrong", f"True, but a step is left out: {missing} more between the two ends.")
    return Reply("right", f"Exercise {exercise.number} is right: every equality is decided.")
