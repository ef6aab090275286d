"""2.6: a tape of one's own, which differentiates any program of sums and products."""

import numpy as np

from annex_lib.exercises.bank import Code, Slip


class Value:
    """A number that remembers what it was computed from, and with what derivatives."""

    factors = staticmethod(lambda a, b: (b.number, a.number))
    minus = -1.0
    reflects = True

    def __init__(self, number, sources=()):
        self.number, self.sources = float(number), sources

    def _of(self, other):
        return other if isinstance(other, Value) else type(self)(other)

    def __add__(self, other):
        other = self._of(other)
        return type(self)(self.number + other.number, ((self, 1.0), (other, 1.0)))

    def __sub__(self, other):
        other = self._of(other)
        return type(self)(self.number - other.number, ((self, 1.0), (other, self.minus)))

    def __mul__(self, other):
        other = self._of(other)
        by = self.factors(self, other)
        return type(self)(self.number * other.number, ((self, by[0]), (other, by[1])))

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other):
        return self._of(other) - self


def _ordered(value, seen):
    """Return everything that a value was computed from, each after its sources."""
    if id(value) in seen:
        return []
    seen.add(id(value))
    return [v for source, _ in value.sources for v in _ordered(source, seen)] + [value]


def _gradients(kind=Value, add=True, once=True):
    """Return a way to solve 2.6, right or with one slip."""

    def gradients(f, xs):
        inputs = [kind(x) for x in xs]
        result = f(*inputs)
        grad = {id(result): 1.0}
        for value in reversed(_ordered(result, set())):
            for source, factor in value.sources:
                before = grad.get(id(source), 0.0) if add else 0.0
                grad[id(source)] = before + (grad[id(value)] if once else 1.0) * factor
        return np.array([grad.get(id(x), 0.0) for x in inputs])

    return gradients


tape_gradients = _gradients()


class OwnFactor(Value):
    """Takes the factor itself for the derivative of a product by it."""

    factors = staticmethod(lambda a, b: (a.number, b.number))


class OneFactor(Value):
    """Differentiates a product by its first factor alone."""

    factors = staticmethod(lambda a, b: (b.number, 0.0))


class NoMinus(Value):
    """Forgets the sign of what is taken away."""

    minus = 1.0


def _forward_values(f, xs):
    return np.array([float(f(*xs))] * len(xs))


PROGRAMS = {
    "a * b + c": lambda a, b, c: a * b + c,
    "a * a * a": lambda a, b, c: a * a * a,
    "a - b * c": lambda a, b, c: a - b * c,
    "(a + b) * (a + b) - c": lambda a, b, c: (a + b) * (a + b) - c,
    "2 * a - b * 3 + 1": lambda a, b, c: 2 * a - b * 3 + 1,
    "5 - a * (b - c)": lambda a, b, c: 5 - a * (b - c),
}


def _deep(a, b, c):
    """Use a value twice, twelve times over."""
    for _ in range(12):
        a = a * b - a
    return a + c


def _programs(rng):
    """Yield the functions with whole numbers to differentiate them at."""
    for name, f in (PROGRAMS | {"a loop": _deep}).items():
        yield {"f": name}, (f, [float(x) for x in rng.choice([-3, -2, 2, 3], 3)])


TAPE = Code(
    number="2.6",
    title="An evening: a tape of your own",
    section="2.11",
    signature="tape_gradients(f, xs)",
    solution=tape_gradients,
    cases=lambda rng: list(_programs(rng)),
    hints=(
        "Call f with objects of a class of your own that overload + - *. Each result remembers "
        "the two values that it came from, and the derivative by each.",
        "class Value: holds a number and a list of (source, factor). In a product the factor for "
        "one value is the number of the other.",
        "Collect all the values so that each comes after its sources. Walk from the end with "
        "gradient 1 at the result; give each source its gradient plus that of the value times the "
        "factor. Numbers such as 2 become values without sources; 2 * a calls __rmul__, 5 - a "
        "calls __rsub__.",
    ),
    slips=(
        Slip(
            "2.11",
            "A value that is used twice keeps the last of its gradients; they should add",
            _gradients(add=False),
        ),
        Slip(
            "2.10",
            "The derivative of a product by a factor is the other factor, not the same one",
            _gradients(OwnFactor),
        ),
        Slip(
            "2.10",
            "A product is differentiated by its first factor alone; the second is a path too",
            _gradients(OneFactor),
        ),
        Slip(
            "2.11",
            "What is taken away gets its gradient with the wrong sign",
            _gradients(NoMinus),
        ),
        Slip(
            "2.9",
            "The gradient that arrives is not handed on; each step has its own factor only",
            _gradients(once=False),
        ),
        Slip("2.9", "These are values of f, not its derivatives", _forward_values),
    ),
)
