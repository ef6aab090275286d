"""The sizes that a claim is tried at: pairwise different where cheap, settings exhausted."""

import itertools
import random
from math import prod

from annex_lib.equations.claims import variables_of
from annex_lib.equations.context import Variable
from annex_lib.equations.sizes import letters_of, value
from annex_lib.equations.tokens import Unreadable

__all__ = ["plan"]

CHEAP = 100_000  # numbers in the largest array


class _Needs:
    """What a claim depends on: variables, ranges, sizes."""

    def __init__(self, claim, context):
        self.context, self.variables, self.indices = context, set(), set(claim.names)
        self.cores = list(claim.cores)
        self.seeds, self.sizes, self.found, self.counts = set(), [], None, 0
        for core in claim.cores:
            self.visit(core)
        shapes = [size for v in self.variables for size in v.shape]
        free = [context.bound[name][1] for name in claim.names]
        self.positive = {size for size in [*shapes, *free] if size is not None}
        ends = [
            end for name in self.indices if name in context.bound for end in context.bound[name]
        ]
        self.names = self.letters([*self.positive, *ends, *self.sizes])

    def visit(self, core):
        stack = [core]
        while stack:
            part = stack.pop()
            if not isinstance(part, tuple) or not part:
                continue
            if part[0] in ("sum", "over"):
                self.indices.add(part[-2])
            elif part[0] == "s" and len(part) == 2:
                self.sizes.append(part)
            elif part[0] in ("n", "num", "size"):
                self.counted(part)
            elif part[0] == "d":
                self.seeds.add(part[2])
            elif part[0] == "app":
                self.indices.update(name for names, _ in part[3] for name in names)
            elif part[0] == "let":
                self.indices.update(part[2])
            stack.extend(part)
        for used in variables_of(core):
            if isinstance(used, Variable) and used not in self.variables:
                self.variables.add(used)
                if used.body is not None:
                    self.cores.append(used.body)
                    self.visit(used.body)

    def counted(self, part):
        """Keep the largest number written; a size or position that counts is worth ten."""
        number = 10 if part[0] == "size" else abs(part[1])
        self.counts = max(self.counts, number if number > 3 and number % 1 == 0 else 0)

    def ranges(self):
        """Find the ranges of the indices of each core expression, once."""
        if self.found is None:
            self.found = {tuple(sorted(self.ranges_in(core), key=repr)) for core in self.cores}
        return self.found

    def ranges_in(self, core):
        """Return the ends of each index's range that depend on no other index."""
        names, stack = set(), [core]
        while stack:
            part = stack.pop()
            if isinstance(part, tuple) and part:
                if part[0] == "i" and len(part) == 2:
                    names.add(part[1])
                stack.extend(part)
        ends = [self.context.bound[name] for name in names if name in self.context.bound]
        fixed = [all(kind != "i" for end in pair for kind, _ in letters_of(end)) for pair in ends]
        return [pair for pair, known in zip(ends, fixed, strict=True) if known]

    def letters(self, sizes):
        out, stack = set(), list(sizes)
        while stack:
            for _, name in (x for x in letters_of(stack.pop()) if x[0] == "s"):
                derived = self.context.sizes.get(name)
                if derived is not None:
                    stack.append(derived)
                else:
                    out.add(name)
        return out


def plan(claim, context, pins=None, draws=3):
    """Yield dicts of sizes, at least one for each combination of the settings.

    Raises
    ------
    Unreadable
        If no sizes fit the declared shapes.
    """
    needs = _Needs(claim, context)
    pins = {name: n for name, n in (pins or {}).items() if name in needs.names}
    settings = [n for n in sorted(needs.names) if n in context.settings and n not in pins]
    ranges = [range(context.settings[n][0], context.settings[n][1] + 1) for n in settings]
    combos = list(itertools.product(*ranges))
    free = [n for n in sorted(needs.names) if n not in context.settings and n not in pins]
    rounds = (draws if free else 2) if len(combos) == 1 else 1 if len(combos) > 4 else 2
    for k, combo in enumerate(combos * rounds):
        yield _sizes(needs, free, {**pins, **dict(zip(settings, combo, strict=True))}, k)
    if needs.counts:
        yield from _beyond(needs, free, {**pins, **dict(zip(settings, combos[0], strict=True))})


def _beyond(needs, free, fixed):
    """Sizes beyond the numbers of the claim, one at a time, where that is cheap."""
    for name in free:
        small = _sizes(needs, free, fixed, 1)
        large = {**small, name: int(2 * needs.counts) + 7}
        if large[name] <= CHEAP and _possible(needs, large, 1) and _cost(needs, large) <= CHEAP:
            yield large


def _sizes(needs, free, fixed, seed):
    """Find sizes that are pairwise different and cheap, else as many different as is cheap."""
    generator, best = random.Random(seed), None
    for attempt in range(130):
        sizes = fixed | _candidate(generator, free, seed, attempt)
        if not _possible(needs, sizes, 2 if attempt < 25 else 1):
            continue
        same = len(free) - len({sizes[name] for name in free})
        if best is None or (False, same, 0) < best[0]:  # else none of its costs would be better
            cost = _cost(needs, sizes)
            rank = (
                cost > CHEAP,
                same if cost <= CHEAP else 0,
                cost if seed == 0 or cost > CHEAP else 0,
            )
            if best is None or rank < best[0]:
                best = rank, sizes
        enough = (0, len(free) // 3)[attempt >= 60]
        if best[0][0] is False and best[0][1] <= enough and attempt >= 6 * (seed == 0):
            break
    if best is None:
        raise Unreadable("no sizes up to 12 fit all the declared shapes")
    return best[1]


def _candidate(generator, free, seed, attempt):
    """Sizes from 2 up, pairwise different in the first attempts."""
    if attempt < 50:
        least = 2 + seed % 3 if attempt < 25 else 2
        pool = range(least, least + 1 + len(free) + attempt // 8)
        return dict(zip(free, generator.sample(pool, len(free)), strict=True))
    top = 4 + (attempt - 50) // 10
    return {name: generator.randint(1, top) for name in free}


def _possible(needs, sizes, least):
    table = _derived(needs.context, sizes)
    fixed = [value(size, table) for size in needs.positive]
    plain = [size[0] == "n" for size in needs.positive]
    return all(n >= 1 and (n >= least or p) for n, p in zip(fixed, plain, strict=True))


class _derived(dict):
    def __init__(self, context, sizes):
        super().__init__(sizes)
        self.context = context

    def __missing__(self, name):
        self[name] = value(self.context.sizes[name], self)
        return self[name]


def _cost(needs, sizes):
    """Numbers in the largest array, roughly."""
    table = _derived(needs.context, sizes)
    seed = max((prod(value(s, table) for s in v.shape) for v in needs.seeds), default=1)
    lengths = (
        prod(max(value(high, table) - value(low, table), 1) for low, high in pairs)
        for pairs in needs.ranges()
    )
    return max(lengths, default=1) * seed
