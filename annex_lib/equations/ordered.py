"""Numbers with an order: exact fractions, and reals at 50 digits."""

from fractions import Fraction

import mpmath
import numpy as np

from annex_lib.equations.numbers import Formal, Outside

__all__ = ["Digits", "Fractions"]

mpmath.mp.dps = 70  # so that 50 are sure


class Fractions(Formal):
    """Exact fractions: generic ones of 61 bits, or small whole numbers with ties and zeros."""

    ordered = True

    def __init__(self, seed, small=None):
        super().__init__(seed)
        self.small = small

    def draw(self, key, shape, facts):
        """Random entries; the facts that the text states are kept to."""
        generator = self.random(*key)
        out = np.empty(shape, object)
        used = set()
        for place in np.ndindex(*shape):
            value = self.one(generator)
            while (
                (facts.nonzero and value == 0)
                or (facts.positive and value <= 0)
                or (facts.distinct and value in used)
            ):
                value = self.one(generator) + len(used) * generator.randrange(2)
            used.add(value)
            out[place] = value
        return out

    def one(self, generator):
        """One random number."""
        if self.small is None:
            return generator.getrandbits(61) - (1 << 60)
        return generator.choice(self.small)

    def number(self, value):
        """Turn a whole number or fraction into an element."""
        value = Fraction(value)
        return value.numerator if value.denominator == 1 else value

    def numbers(self, array):
        """Turn whole numbers into elements."""
        out = np.empty(np.shape(array), object)
        out[...] = np.asarray(array).astype(object)
        return out

    def constant(self, value):
        """Return a constant as an array without axes."""
        return np.array(self.number(value), object)

    def add(self, a, b):
        """Add."""
        return np.asarray(a + b, object)

    def multiply(self, a, b):
        """Multiply."""
        return np.asarray(a * b, object)

    def total(self, a, axis):
        """Sum over one axis."""
        if a.shape[axis] == 0:
            return self.numbers(np.zeros(a.shape[:axis] + a.shape[axis:][1:], int))
        return np.asarray(a.sum(axis), object)

    def apply(self, function, a):
        """Apply a function to every entry."""
        out = np.empty(a.shape, object)
        for place in np.ndindex(*a.shape):
            out[place] = function(a[place])
        return out

    def equal(self, a, b):
        """Where two arrays agree."""
        return np.asarray(a == b, bool)

    def reduce(self, x):
        """Nothing to do."""
        return x

    def divide_one(self, x):
        """1/x."""
        return self.number(1 / Fraction(x))

    def special(self, name, x):
        """Formal value; sign and absolute value are exact."""
        if name == "sign":
            return (x > 0) - (x < 0)
        if name == "abs":
            return abs(x)
        self.formal = True
        return self.number(Fraction(self.random(name, x).randrange(1, 1 << 61)))

    def root_pi(self):
        """2/sqrt(pi), formally."""
        return 2 * self.divide_one(self.special("sqrt", self.pi()))

    def pi(self):
        """Return pi, formally."""
        self.formal = True
        return self.random("pi").randrange(1, 1 << 61)

    def less(self, a, b):
        """Where a < b."""
        return np.asarray(a < b, bool)


class Digits(Fractions):
    """Real numbers at 50 digits: positive ones, or of both signs."""

    def __init__(self, seed, small=None, signed=False, scale=1):
        super().__init__(seed, small)
        self.signed, self.scale = signed, mpmath.mpf(scale)

    def one(self, generator):
        """One random number between 0.1 and 2.1, or a small one."""
        if self.small is not None:
            return mpmath.mpf(generator.choice(self.small))
        size = mpmath.mpf(generator.randrange(1, 1 << 61)) / (1 << 60) + mpmath.mpf("0.1")
        size *= self.scale
        return -size if self.signed and generator.randrange(2) else size

    def number(self, value):
        """Turn a whole number or fraction into an element."""
        value = Fraction(value)
        return mpmath.mpf(value.numerator) / value.denominator

    def numbers(self, array):
        """Turn whole numbers into elements."""
        return self.apply(lambda x: mpmath.mpf(int(x)), np.asarray(array))

    def equal(self, a, b):
        """Where two arrays agree to 50 digits."""
        out = np.empty(np.broadcast_shapes(a.shape, b.shape), bool)
        a, b = np.broadcast_arrays(a, b)
        for place in np.ndindex(*out.shape):
            x, y = mpmath.mpmathify(a[place]), mpmath.mpmathify(b[place])
            out[place] = abs(x - y) <= mpmath.mpf(10) ** -50 * (1 + abs(x))
        return out

    def divide_one(self, x):
        """1/x."""
        return 1 / mpmath.mpf(x)

    def special(self, name, x):
        """Real value."""
        if name in ("sign", "abs"):
            return mpmath.mpf((x > 0) - (x < 0)) if name == "sign" else abs(x)
        if name in ("log", "sqrt") and x <= 0:
            raise Outside(f"{name} of a number that is not positive")
        return getattr(mpmath, name)(x)

    def root_pi(self):
        """2/sqrt(pi)."""
        return 2 / mpmath.sqrt(mpmath.pi)

    def pi(self):
        """Return pi."""
        return +mpmath.pi
