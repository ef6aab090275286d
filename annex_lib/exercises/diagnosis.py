"""Which slip was it? The exercise's own bank is asked first, then what may befall any array."""

import numpy as np

from annex_lib.exercises.comparing import LARGEST, Misuse, Unfinished, read, same
from annex_lib.exercises.guard import call

__all__ = ["general", "named"]


def named(exercise, tried):
    """Return the slip of the exercise's bank that gives what the answer gave, or None.

    Parameters
    ----------
    exercise : Code
    tried : list of (Instance, tuple or None, tuple)
        For each instance what the answer gave (None where it gave nothing that can be compared)
        and what it should have.

    Returns
    -------
    Slip or None
        Of several the one that explains most of the entries that are wrong, then the first.
    """
    scores = [_score(exercise, slip, tried) for slip in exercise.slips]
    best = max(scores, default=0)
    return exercise.slips[scores.index(best)] if best > 0 else None


def _score(exercise, slip, tried):
    """Count the wrong values that a slip foretells; none where it foretells another one."""
    score = 0
    for instance, got, want in tried:
        slipped = _slipped(exercise, slip, instance, want)
        for k, right in enumerate(want if slipped else ()):
            if same(slipped[k], right):
                continue
            if got is None or not same(got[k], slipped[k]):
                return 0
            score += 1
    return score


def _slipped(exercise, slip, instance, want):
    """Return what a slip gives on an instance, or None where it fails."""
    if not callable(exercise.solution):
        return (slip.answer,)
    result = call(slip.answer, instance.fresh())
    if result.trouble:
        return None
    whole = want if exercise.returns else want[0]
    try:
        return read(result.value, whole, exercise.name, exercise.returns)
    except (Misuse, Unfinished):
        return None


def general(exercise, tried):
    """Return a sentence on a wrong answer that no slip of the bank gives, or "".

    Parameters
    ----------
    exercise, tried
        As for `named`.
    """
    for k, name in enumerate(exercise.returns or (exercise.name,)):
        pairs = [(i, None if got is None else got[k], want[k]) for i, got, want in tried]
        if not isinstance(pairs[0][2], np.ndarray) or all(same(g, w) for _, g, w in pairs):
            continue
        words = _everywhere(exercise, k, pairs) or _only_sometimes(pairs)
        if words:
            return f"{name} {words}: see {exercise.section}"
    return ""


def _only_sometimes(pairs):
    """Say on which kind of sizes the answer is right, where it is right on some and not on all."""
    right = [instance.sizes for instance, got, want in pairs if same(got, want)]
    if not right:
        return ""
    names = [name for name in right[0] if all(sizes[name] == 1 for sizes in right)]
    if names:
        what = "a batch" if names[0] == "B" else f"the size {names[0]}"
        return f"is right only where {what} is one, and a sum or an axis goes missing there"
    groups = [_equal(sizes) for sizes in right]
    if all(groups) and not any(_equal(i.sizes) for i, g, w in pairs if not same(g, w)):
        return "is right only where two sizes happen to be equal: write down every shape"
    return ""


def _equal(sizes):
    counted = [size for name, size in sizes.items() if name != "B"]
    return len(set(counted)) < len(counted)


def _everywhere(exercise, k, pairs):
    """Try the known changes of an array, one after the other, on all instances at once."""
    pairs = [(i, g, w) for i, g, w in pairs if g is not None and g.size <= LARGEST]
    if all(same(got, want) for _, got, want in pairs):
        return ""
    arrays = [(got, want) for _, got, want in pairs if not same(got, want)]
    for fits, words in CHANGES:
        if all(fits(got, want) for got, want in arrays):
            return words
    return _edge(arrays) or _factor(pairs) or _upstream(exercise, k, pairs)


def _summed(got, want):
    return any(same(got.sum(axis), want) for axis in range(got.ndim))


def _shifted(got, want, by):
    if got.shape != want.shape or got.ndim == 0:
        return False
    return any(same(got, _moved(want, axis, by)) for axis in range(got.ndim))


def _moved(want, axis, by):
    """Move an array by one place along an axis; what comes in is zero."""
    out = np.zeros_like(want)
    here, there = [slice(None)] * want.ndim, [slice(None)] * want.ndim
    here[axis], there[axis] = (slice(1, None), slice(-1)) if by > 0 else (slice(-1), slice(1, None))
    out[tuple(here)] = want[tuple(there)]
    return out


def _edge(arrays):
    """Recognise arrays that are right but for their last entries along one axis."""
    for k in range(max(got.ndim for got, _ in arrays)):
        cut = (..., slice(-1), *[slice(None)] * k)
        fit = all(g.shape == w.shape and g.ndim > k and same(g[cut], w[cut]) for g, w in arrays)
        if fit and any(g[cut].size for g, _ in arrays):
            return "is right but for its last row or column: look at the end of a range"
    return ""


CHANGES = [
    (lambda g, w: g.ndim > 1 and same(g.T, w), "is the transpose of the right one"),
    (
        lambda g, w: g.ndim == w.ndim + 1 and _summed(g, w),
        "has an axis too many: along it the entries should have been added up",
    ),
    (
        lambda g, w: g.shape != w.shape and g.size == w.size and same(g.reshape(w.shape), w),
        "has the right numbers, but not the right shape",
    ),
    (lambda g, w: g.shape == w.shape and not g.any(), "is zero everywhere"),
    (lambda g, w: same(-1.0 * g, w), "has the wrong sign"),  # NumPy has no -True
    (lambda g, w: w.ndim > 1 and same(g[::-1, ::-1], w), "is flipped, by rows and by columns"),
    (lambda g, w: w.ndim > 0 and same(np.flip(g), w), "is flipped: its entries run backward"),
    (lambda g, w: _shifted(g, w, 1) or _shifted(g, w, -1), "is off by one row or column"),
]


def _factor(pairs):
    """Recognise the right array times a number, or times a size."""
    factors = [_ratio(got, want) for _, got, want in pairs]
    if any(factor is None for factor in factors):
        return ""
    if np.allclose(factors, factors[0]):
        return f"is {factors[0]:.4g} times the right one"
    for size, first in pairs[0][0].sizes.items():
        if isinstance(first, str):
            continue
        sizes = [instance.sizes[size] for instance, _, _ in pairs]
        if np.allclose(factors, sizes):
            return f"is {size} times the right one: something is added {size} times over"
        if np.allclose(np.multiply(factors, sizes), 1):
            return f"is divided by {size}: a mean stands where a sum should"
    return "is right up to a factor, another one for other sizes"


def _ratio(got, want):
    """Return the number that one array is times the other, or None."""
    if got.shape != want.shape or not np.any(want):
        return None
    with np.errstate(all="ignore"):
        factor = float(np.vdot(got, want) / np.vdot(want, want))
    return factor if factor and same(got, factor * want) else None


def _upstream(exercise, k, pairs):
    """Recognise an answer that takes the upstream gradient for ones."""
    if exercise.adjoint is None:
        return ""
    for instance, got, _ in pairs:
        g, *rest = instance.fresh()
        result = call(exercise.solution, [np.ones_like(g), *rest])
        ones = result.value if exercise.returns else (result.value,)
        if result.trouble or not same(got, np.asarray(ones[k])):
            return ""
    return f"does not depend on {exercise.arguments[0]}: the upstream gradient is left out"
