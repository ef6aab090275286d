"""The inputs that an answer is tried on: sizes that differ, a square case, sizes of one."""

import zlib
from dataclasses import dataclass

import numpy as np

__all__ = ["Instance", "instances"]


@dataclass(frozen=True)
class Instance:
    """One set of arguments, and the sizes they were drawn for."""

    sizes: dict
    args: tuple

    @property
    def where(self):
        """The sizes in words, to end a sentence with."""
        sizes = ", ".join(f"{name} = {size}" for name, size in self.sizes.items())
        return f" (with {sizes})" if sizes else ""

    def fresh(self):
        """Return the arguments again, arrays and lists copied."""
        return [a.copy() if isinstance(a, np.ndarray | list) else a for a in self.args]


def instances(exercise, seed=0, larger=0):
    """Return what an answer is tried on, always the same for the same seed.

    Parameters
    ----------
    exercise : Code
    seed : int
    larger : int
        Added to every size that is drawn; the tests ask for other sizes than the check.

    Returns
    -------
    list of Instance
    """
    if not callable(exercise.solution):
        return [Instance({}, ())]
    rng = np.random.default_rng([zlib.crc32(exercise.number.encode()), seed])
    if exercise.cases:
        return [Instance(*case) for case in exercise.cases(rng)]
    return [
        Instance(sizes, tuple(exercise.draw(rng, **sizes)))
        for sizes in _cases(exercise, rng, larger)
    ]


def _cases(exercise, rng, larger):
    """Yield the sizes: twice all different, then square, then all equal, then each in turn one."""
    yield from (_different(exercise.sizes, rng, larger) for _ in range(2 if exercise.sizes else 1))
    others = tuple(name for name in exercise.sizes if name != "B")
    equal = exercise.equal or ((others,) if len(others) > 1 else ())
    if equal:
        sizes = _different(exercise.sizes, rng, larger)
        yield sizes | {name: sizes[group[0]] for group in equal for name in group}
        if not exercise.equal:
            yield dict.fromkeys(exercise.sizes, sizes[others[0]])
    for name in exercise.sizes if exercise.ones is None else exercise.ones:
        yield _different(exercise.sizes, rng, larger) | {name: 1}


def _different(ranges, rng, larger):
    """Draw sizes that differ pairwise, as far as their ranges allow it."""
    draws = []
    while len(draws) < 50 and not (draws and len(set(draws[-1].values())) == len(ranges)):
        bounds = {name: (low + larger, high + larger) for name, (low, high) in ranges.items()}
        draws.append({name: int(rng.integers(a, b + 1)) for name, (a, b) in bounds.items()})
    return max(draws, key=lambda sizes: len(set(sizes.values())))
