"""Why a claim is false: a counterexample in small numbers, a common factor, the one-edit repair."""

import time
from fractions import Fraction

import mpmath

from annex_lib.equations.arrays import TooLarge
from annex_lib.equations.claims import elaborate
from annex_lib.equations.decide import compare, decide
from annex_lib.equations.evaluate import Draw
from annex_lib.equations.mutants import edits, letters_in
from annex_lib.equations.numbers import Field, NeedsOrder, Outside
from annex_lib.equations.ordered import Digits, Fractions
from annex_lib.equations.sampling import plan
from annex_lib.equations.tokens import Illtyped, Unreadable
from annex_lib.equations.tree import children, show

__all__ = ["explain", "repair"]

SMALL = (-3, -2, -1, 1, 2, 3)
PATIENCE = 2.0  # seconds for the search of a repair
TROUBLES = (Illtyped, Unreadable, Outside, TooLarge, NeedsOrder)


def explain(verdict, trees, claim, outcome, context, pins, member, mend=True):
    """Fill in place, reason and repair of a refuted claim.

    Parameters
    ----------
    verdict : Verdict
        Gets the findings.
    trees : list of Node
        Members of the claim.
    claim, outcome : Claim, Outcome or None
        None where the members don't even fit together.
    context : Context
    pins : dict or None
    member : int or None
        The right one of the two members that differ.
    mend : bool
        Whether to look for the repair.
    """
    if outcome is not None:
        small = _small(claim, context, outcome) or outcome.failure
        member = small.member
        verdict.place = _place(claim, small)
        factor = _factor(claim, context, outcome)
        which = "" if len(trees) == 2 else f"members {member} and {member + 1} differ"
        off = f"every entry on the right is {factor} times the one on the left" if factor else ""
        verdict.reason = "; ".join(part for part in (which, off) if part)
    if member is None:
        member = _first_misfit(trees, context)
    if mend and member is not None and member < len(trees):
        verdict.repair = repair(trees[member - 1], trees[member], context, pins)


def _first_misfit(trees, context):
    """Count the first member that doesn't fit the ones before it."""
    for k in range(1, len(trees)):
        try:
            elaborate(trees[k - 1 : k + 1], context)
        except Illtyped:
            return k
        except Unreadable:
            return None
    return None


def _small(claim, context, outcome):
    """Look for a counterexample that a reader can redo by hand."""
    digits = outcome.settled == "50 digits"
    for seed in range(24):
        sizes = outcome.tried[seed % len(outcome.tried)]
        ring = Digits(seed, (1, 2, 3)) if digits else Fractions(seed, SMALL)
        try:
            failure = compare(claim, Draw(context, sizes, ring))
        except TROUBLES:
            continue
        if failure is not None:
            return failure
    return None


def _place(claim, failure):
    where = ", ".join(f"{x}={i}" for x, i in zip(claim.labels, failure.place, strict=True))
    used = {n: v for n, v in sorted(failure.sizes.items())}
    sizes = ", ".join(f"{n}={v}" for n, v in used.items())
    lead = f"at {where}" if where else "as numbers"
    lead += f" ({sizes})" if sizes else ""
    return f"{lead}: {_text(failure.left)} on the left, {_text(failure.right)} on the right"


def _text(number):
    if isinstance(number, (mpmath.mpf, mpmath.mpc)):
        return mpmath.nstr(number, 6)
    return str(number)


def _factor(claim, context, outcome):
    """Return a factor that all entries share, in two draws; a size where it is one."""
    found = []
    for seed, sizes in list(enumerate(outcome.tried))[:2]:
        try:
            failure = compare(claim, Draw(context, sizes, Fractions(seed + 7)))
        except (*TROUBLES, TypeError):
            return ""
        if failure is None:
            return ""
        ratios = {
            Fraction(r) / Fraction(l) for l, r in zip(*map(_flat, failure.pair), strict=True) if l
        }
        zeros = any(r and not l for l, r in zip(*map(_flat, failure.pair), strict=True))
        if len(ratios) != 1 or zeros or ratios == {0}:
            return ""
        found.append((ratios.pop(), sizes))
    return _named(found)


def _flat(array):
    return list(array.flat)


def _named(found):
    if len(found) == 2 and found[0][0] == found[1][0]:
        return str(found[0][0])
    for name in sorted(found[0][1]):
        if all(ratio == sizes[name] for ratio, sizes in found):
            return name
        if all(ratio == Fraction(1, sizes[name]) for ratio, sizes in found):
            return f"1/{name}"
    return ""


def repair(left, right, context, pins=None):
    """Return LaTeX of the claim with the one edit of its right side that makes it hold.

    Returns
    -------
    str
        Empty when there is none, more than one, or time runs out.
    """
    start, found = time.monotonic(), {}
    for _, other in edits(right, letters_in((left, right)), context):
        if time.monotonic() - start > PATIENCE:
            return ""
        if _holds((left, other), context, pins):
            found.setdefault(_canonical(other), other)
            if len(found) > 1:
                return ""
    return "".join(f"{show(left)} = {show(other)}" for other in found.values())


def _canonical(tree):
    """Write a tree with its factors and terms in one order: gx and xg are the same repair."""
    if tree.kind in ("mul", "add"):
        return tree.kind + str(sorted(map(_canonical, tree.parts)))
    inner = [_canonical(child) for _, child in children(tree)]
    return show(tree) if not inner else tree.kind + str(inner) + show(tree) * (tree.kind != "sum")


def _holds(trees, context, pins):
    try:
        claim = elaborate(trees, context)
        sizes = next(plan(claim, context, pins))
        if compare(claim, Draw(context, sizes, Field(1))) is not None:
            return False
    except NeedsOrder:
        pass
    except TROUBLES:
        return False
    try:
        return decide(claim, context, pins).failure is None
    except TROUBLES:
        return False
