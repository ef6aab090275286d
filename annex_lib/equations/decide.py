"""Whether a claim holds: exact draws, ties where order matters, 50 digits where those fail."""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from annex_lib.equations.arrays import TooLarge
from annex_lib.equations.claims import Claim
from annex_lib.equations.context import Variable
from annex_lib.equations.evaluate import VALUE, Draw
from annex_lib.equations.numbers import Field, NeedsOrder, Outside
from annex_lib.equations.ordered import Digits, Fractions
from annex_lib.equations.sampling import plan
from annex_lib.equations.sizes import number
from annex_lib.equations.tokens import Illtyped, Unreadable

__all__ = ["Failure", "Outcome", "compare", "decide", "evaluable", "evaluate"]

SIGNED = {"signed": True}
TINY = [SIGNED | {"scale": f"1e-{n}"} for n in (3, 6, 9, 12)]
REAL = [{}, {}, {}, SIGNED, SIGNED, SIGNED, *TINY]  # the draws at 50 digits
NOWHERE = "no point was found inside the domain of the functions"
DEFINED = ", where both sides are defined"
LARGEST = 40  # bits of the numbers in one member that 50 digits can settle
RISKS = {"+", "-", "*", "//", "%", "n", "within", "undefined"}  # in indices, limits and cases
TIES = (-2, -1, 0, 0, 1, 1, 2)


@dataclass
class Failure:
    """Where two neighbouring members differ."""

    member: int  # the right one of the two
    place: tuple  # one position for each name of the claim
    left: object
    right: object
    sizes: dict
    pair: tuple  # both arrays, whole


@dataclass
class Outcome:
    """What was found, and how."""

    failure: Failure | None
    settled: str
    tried: list


def evaluate(claim, draw):
    """Arrays of all members over the claim's names."""
    env = draw.grid(claim.names, draw.context)
    arrays = [draw.run(core, env)[VALUE] for core in claim.cores]
    lengths = {name: len(env[name].data) for name in claim.names}
    out = []
    for array in arrays:
        data = array.spread(claim.names)
        out.append(np.broadcast_to(data, tuple(lengths.values())))
    return out


def compare(claim, draw):
    """Return the first Failure of one draw, or None."""
    env = draw.grid(claim.names, draw.context)
    shape = tuple(len(env[name].data) for name in claim.names)
    left = None
    for k, core in enumerate(claim.cores):
        try:
            right = np.broadcast_to(draw.run(core, env)[VALUE].spread(claim.names), shape)
        except Illtyped as trouble:
            trouble.member = max(k, 1) if trouble.member is None else trouble.member
            raise
        if left is not None:
            wrong = ~np.broadcast_to(draw.ring.equal(left, right), shape)
            if wrong.any():
                place = tuple(int(c[0]) for c in np.nonzero(wrong)) if shape else ()
                return Failure(k, place, left[place], right[place], draw.sizes, (left, right))
        left = right
    return None


def decide(claim, context, pins=None, draws=3):
    """Decide a claim.

    Parameters
    ----------
    claim : Claim
    context : Context
    pins : dict of str to int, optional
        Sizes that are given.
    draws : int
        Number of draws where no settings are exhausted.

    Returns
    -------
    Outcome
    """
    tried = list(plan(claim, context, pins, draws))
    kind = Fractions if _large_numbers(claim) else Field
    try:
        failure, formal = _draws(claim, context, tried, kind)
        settled = "exact"
    except NeedsOrder:
        return _with_order(claim, context, tried)
    if failure is None and formal and _partial(claim):
        _refuse_undefined(claim, context, tried[0])
    if failure is None or not formal:
        return Outcome(failure, settled, tried)
    return _settle(claim, context, tried)


def evaluable(variable, context):
    """Raise if a definition has no value: an index leaves its array, a division is by zero."""
    if not any(part[0] in RISKS or part[:2] == ("fun", "inv") for part in _written(variable.body)):
        return  # bare indices stay inside
    names = tuple(f"entry·{axis}" for axis in range(len(variable.shape)))
    for name, size in zip(names, variable.shape, strict=True):
        context.bound[name] = (number(0), size)
    core = ("get", variable, tuple(("i", name) for name in names))
    decide(Claim((), [core], names, names), context, draws=1)


def _written(core):
    """Yield the parts of a core expression, those of definitions not."""
    stack = [core]
    while stack:
        part = stack.pop()
        if isinstance(part, tuple) and part:
            yield part
            stack.extend(part)


def _large_numbers(claim):
    """Tell whether the numbers written might make a multiple of the field's prime."""
    numbers = [p[1] for p in _parts(claim) if p[0] == "num"]
    return sum((abs(Fraction(n)) + 1).numerator.bit_length() - 1 for n in numbers) >= 60


def _bits(core):
    """Bits of the numbers in a core expression together, definitions opened."""
    numbers = [part[1] for part in _parts(Claim((), [core], (), ())) if part[0] == "num"]
    return sum(abs(math.log2(abs(n))) for n in numbers if n)


def _long_decimals(claim):
    """Tell whether a number has more digits than a truncated constant should show."""
    return any(p[0] == "num" and p[1].denominator >> 64 for p in _parts(claim))


def _partial(claim):
    """Tell whether a function occurs that isn't defined everywhere."""
    return any(part[:2] in (("fun", "log"), ("fun", "sqrt")) for part in _parts(claim))


def _parts(claim):
    """Yield all parts of the core expressions, those of definitions too."""
    stack, seen = list(claim.cores), set()
    while stack:
        part = stack.pop()
        if isinstance(part, Variable) and part.body is not None and part not in seen:
            seen.add(part)
            stack.append(part.body)
        elif isinstance(part, tuple) and part:
            yield part
            stack.extend(part)


def _draws(claim, context, tried, kind, **options):
    formal = False
    for seed, sizes in enumerate(tried):
        ring = kind(seed, **options)
        try:
            failure = compare(claim, Draw(context, sizes, ring))
        except Outside as outside:
            raise Illtyped(f"{outside}") from None
        except TooLarge:
            raise Unreadable(
                "too large to be checked: even small sizes need too many numbers"
            ) from None
        formal = formal or getattr(ring, "formal", False)
        if failure is not None:
            return failure, formal
    return None, formal


def _settle(claim, context, tried, ties=False):
    """Decide at 50 digits, where these suffice."""
    if any(_bits(core) > LARGEST for core in claim.cores) or _long_decimals(claim):
        raise Unreadable("50 digits can't settle what holds numbers as large or small as these")
    return _digits(claim, context, tried, ties)


def _refuse_undefined(claim, context, sizes):
    """Raise Unreadable if the functions of a claim are defined at none of the points tried."""
    for seed, options in enumerate(REAL):
        try:
            compare(claim, Draw(context, sizes, Digits(seed, **options)))
            return
        except Outside:
            continue
    raise Unreadable(NOWHERE)


def _digits(claim, context, tried, ties=False):
    """Formal values don't agree; real ones may. Both signs are tried, and ties on demand."""
    failure, used = None, 0
    rings = REAL + [{"small": TIES}] * (6 if ties else 0)
    for seed, options in enumerate(rings):
        try:
            draw = Draw(context, tried[seed % len(tried[:3])], Digits(seed, **options))
            failure = failure or compare(claim, draw)
            used += 1
        except Outside:
            continue
    if not used:
        raise Unreadable(NOWHERE)
    everywhere = used == len(rings)
    return Outcome(failure, "50 digits" + ("" if everywhere else DEFINED), tried)


def _with_order(claim, context, tried):
    """max, cases, signs: generic fractions, then small whole numbers with ties and zeros."""
    failure, formal = _draws(claim, context, tried, Fractions)
    if formal:
        return _settle(claim, context, tried, ties=True)
    skipped = 0
    for seed in range(12):
        try:
            draw = Draw(context, tried[seed % len(tried)], Fractions(seed, TIES))
            failure = failure or compare(claim, draw)
        except Outside:
            skipped += 1
    settled = "exact, where the derivatives exist" if skipped else "exact"
    return Outcome(failure, settled, tried)
