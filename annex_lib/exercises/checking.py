"""A reader's function, tried on many inputs: shapes, values, the adjoint identity, then why not."""

import numpy as np

from annex_lib.derivatives import jvp
from annex_lib.exercises.comparing import Misuse, Unfinished, fault, read, same
from annex_lib.exercises.diagnosis import general, named
from annex_lib.exercises.guard import call
from annex_lib.exercises.instances import instances
from annex_lib.exercises.replies import Reply

__all__ = ["judged", "unfinished"]


def judged(exercise, answer, seed=0, larger=0):
    """Try an answer on every instance, and say what came of it.

    Parameters
    ----------
    exercise : Code
    answer : object
        A function, if the exercise asks for one.
    seed, larger : int
        See `instances`.

    Returns
    -------
    Reply
    """
    if callable(exercise.solution) and answer is not None and not callable(answer):
        return Reply("wrong", f"check wants the function itself: check({exercise.name}).")
    cases = instances(exercise, seed, larger)
    calls, changed = _calls(exercise, answer, cases)
    try:
        if exercise.judge:
            words = _by_judge(exercise, calls, cases)
        else:
            words = _by_solution(exercise, calls, cases, changed)
    except Unfinished:
        return unfinished(exercise)
    if words:
        return Reply("wrong", f"{words}.")
    return Reply("right", f"Exercise {exercise.number} is right{_praise(exercise, cases)}.")


def unfinished(exercise):
    """Return the sentence for a stub."""
    if callable(exercise.solution):
        words = f"write {exercise.signature} and let it return its result"
    else:
        words = f"give {exercise.name} a value"
    return Reply("unfinished", f"Not filled in yet: {words}, then run this cell again.")


def _praise(exercise, cases):
    if len(cases) == 1 or exercise.judge:
        return ""
    what = "shapes, values and the adjoint identity" if exercise.adjoint else "shapes and values"
    return f": {what} agree in {len(cases)} cases"


def _calls(exercise, answer, cases):
    """Call the answer on every instance; name an argument that it changed."""
    if not callable(exercise.solution) or answer is None:
        return [call(lambda: answer, ())] * len(cases), ""
    calls, changed = [], ""
    for case in cases:
        args = case.fresh()
        calls.append(call(answer, args, aloud=not calls))
        for name, now, before in zip(exercise.arguments, args, case.args, strict=True):
            if isinstance(before, np.ndarray) and not _kept(now, before):
                changed = changed or name
    return calls, changed


def _kept(now, before):
    return now.shape == before.shape and np.array_equal(now, before)


def _by_judge(exercise, calls, cases):
    """Ask the exercise itself what it thinks of each result; return the first complaint."""
    for done, case in zip(calls, cases, strict=True):
        if words := _stopped(exercise, done, case):
            return words
        if done.value is None or done.value is ...:
            raise Unfinished
        if words := exercise.judge(done.value, *case.fresh()):
            return words
    return ""


def _stopped(exercise, done, case):
    """Say that a call ended in an exception, if it did."""
    if done.trouble.startswith("NotImplementedError"):
        raise Unfinished
    return done.trouble and f"{exercise.name} stopped with {done.trouble}{case.where}"


def _by_solution(exercise, calls, cases, changed):
    """Compare every result with the solution's; return what is wrong, or ""."""
    tried, first = [], ""
    for done, case in zip(calls, cases, strict=True):
        want = _wanted(exercise, case)
        got, words = None, _stopped(exercise, done, case)
        if not words:
            got, words = _compared(exercise, done.value, want, case)
        tried.append((case, got, want))
        first = first or words
    if changed:
        return f"{exercise.name} changes its argument {changed}: let it work on a copy"
    if not first:
        return _adjoint(exercise, tried)
    slip = named(exercise, tried)
    return slip.says.removesuffix(".") if slip else general(exercise, tried) or first


def _wanted(exercise, case):
    """Return what the solution gives, as a tuple of arrays or of one piece of plain data."""
    value = exercise.solution
    if callable(value):
        value = value(*case.fresh())
    if exercise.returns:
        return tuple(map(np.asarray, value))
    return (value if isinstance(value, str | set | frozenset | dict) else np.asarray(value),)


def _compared(exercise, value, want, case):
    """Return the values of one result, and what is wrong with them first."""
    names = exercise.returns or (exercise.name,)
    try:
        got = read(value, want if exercise.returns else want[0], exercise.name, exercise.returns)
    except Misuse as misuse:
        return None, str(misuse)
    faults = (fault(*trio, case.where) for trio in zip(got, want, names, strict=True))
    return got, next(filter(None, faults), "")


def _adjoint(exercise, tried):
    """Compare <g, J v> with <gradient, v>, for random v; J v comes from the forward pass alone."""
    rng = np.random.default_rng(len(tried))
    for case, got, _ in tried if exercise.adjoint else ():
        forward, variables = exercise.adjoint(*case.fresh())
        vs = [rng.standard_normal(np.shape(x)) for x in variables]
        ahead = np.sum(case.args[0] * jvp(forward, variables, vs))
        back = sum(np.sum(dx * v) for dx, v in zip(got, vs, strict=True))
        if not same(np.asarray(back), np.asarray(ahead)):
            return f"{exercise.name} fails the adjoint identity{case.where}"
    return ""
