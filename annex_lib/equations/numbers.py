"""Three kinds of numbers: a prime field for speed, fractions for order, 50 digits for the rest.

In the field and among fractions a function such as exp is formal: its value at a point is a
random number, remembered, and of its derivatives only f' = F(f, x) is used. What holds for
formal values holds for the real ones; what fails for them is decided at 50 digits.
"""

import hashlib
import random
from fractions import Fraction

import mpmath
import numpy as np

from annex_lib.equations.tokens import Illtyped

__all__ = ["Digits", "Field", "Fractions", "NeedsOrder", "Outside"]

PRIME = (1 << 61) - 1
_LOW, _LOW30 = np.uint64((1 << 31) - 1), np.uint64((1 << 30) - 1)
_P, _S31, _S30, _S61 = np.uint64(PRIME), np.uint64(31), np.uint64(30), np.uint64(61)
mpmath.mp.dps = 50


class NeedsOrder(Exception):
    """A field has no order; fractions are needed."""


class Outside(Exception):
    """The point is outside the domain: a zero denominator, the derivative of max at a tie."""


class _Formal:
    """What the kinds share: random values that depend on the seed and on what is asked."""

    def __init__(self, seed):
        self.seed, self.formal = seed, False

    def random(self, *key):
        """Return a generator that gives the same numbers for the same key."""
        text = repr((self.seed, key)).encode()
        return random.Random(hashlib.blake2b(text, digest_size=16).digest())

    def derivative(self, name, order, x):
        """Value of a named function or of its derivative at a number."""
        if name == "inv":
            return self.inverse(x, order)
        t = self.special(name, x)
        if order == 0:
            return t
        two = self.number(2)
        if name == "exp":
            return t
        if name == "tanh":
            slope = 1 - t * t
            return self.reduce(slope if order == 1 else -two * t * slope)
        if name == "log":
            return self.inverse(x, 0) if order == 1 else self.reduce(-self.inverse(x * x, 0))
        if name == "sqrt":
            half = self.inverse(self.reduce(two * t), 0)
            return half if order == 1 else self.reduce(-half * self.inverse(2 * x, 0))
        if name in ("sin", "cos"):
            other = self.special("cos" if name == "sin" else "sin", x)
            return self.reduce(-t if order == 2 else other if name == "sin" else -other)
        if name == "erf":
            bell = self.reduce(self.root_pi() * self.special("exp", self.reduce(-x * x)))
            return bell if order == 1 else self.reduce(-2 * x * bell)
        raise Illtyped(f"no derivative of {name} is known")

    def inverse(self, x, order):
        """1/x and its derivatives."""
        if x == 0:
            raise Outside("division by zero")
        sign, factor = (-1) ** order, (1, 1, 2)[order]
        return self.reduce(sign * factor * self.divide_one(self.reduce(x ** (order + 1))))


class Field(_Formal):
    """Integers modulo 2^61 - 1, in arrays of 64 bits."""

    ordered = False

    def draw(self, key, shape, facts):
        """Random entries of an array."""
        generator = self.random(*key)
        count = int(np.prod(shape, dtype=int))
        values = [generator.randrange(2, PRIME - 1) for _ in range(count)]
        return np.array(values, np.uint64).reshape(shape)

    def number(self, value):
        """Turn a whole number or fraction into an element."""
        value = Fraction(value)
        return value.numerator * pow(value.denominator, -1, PRIME) % PRIME

    def numbers(self, array):
        """Turn whole numbers into elements."""
        return (np.asarray(array, np.int64) % PRIME).astype(np.uint64)

    def constant(self, value):
        """Return a constant as an array without axes."""
        return np.array(self.number(value), np.uint64)

    def add(self, a, b):
        """Add."""
        total = a + b
        return total - _P * (total >= _P)

    def multiply(self, a, b):
        """Multiply in halves of 31 bits so that nothing overflows."""
        a1, a0, b1, b0 = a >> _S31, a & _LOW, b >> _S31, b & _LOW
        middle = a1 * b0 + a0 * b1
        total = (a1 * b1 << np.uint64(1)) + (middle >> _S30)
        total = total + ((middle & _LOW30) << _S31) + a0 * b0
        total = (total & _P) + (total >> _S61)
        return total - _P * (total >= _P)

    def total(self, a, axis):
        """Sum over one axis."""
        high = (a >> _S31).sum(axis, dtype=np.uint64) % _P
        low = (a & _LOW).sum(axis, dtype=np.uint64) % _P
        return self.add(self.multiply(high, np.uint64(1 << 31)), low)

    def apply(self, function, a):
        """Apply a function of Python numbers to every entry."""
        return np.array([function(int(x)) for x in a.flat], np.uint64).reshape(a.shape)

    def equal(self, a, b):
        """Where two arrays agree."""
        return a == b

    def reduce(self, x):
        """Bring a Python number into the field."""
        return x % PRIME

    def divide_one(self, x):
        """1/x for a Python number."""
        return pow(x, -1, PRIME)

    def special(self, name, x):
        """Formal value."""
        self.formal = True
        return self.random(name, x).randrange(1, PRIME)

    def root_pi(self):
        """2/sqrt(pi), formally."""
        self.formal = True
        return 2 * self.divide_one(self.special("sqrt", self.pi())) % PRIME

    def pi(self):
        """Return pi, formally."""
        self.formal = True
        return self.random("pi").randrange(1, PRIME)

    def less(self, a, b):
        """Refuse: a field has no order."""
        raise NeedsOrder


class Fractions(_Formal):
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

    def __init__(self, seed, small=None, signed=False):
        super().__init__(seed, small)
        self.signed = signed

    def one(self, generator):
        """One random number between 0.1 and 2.1, or a small one."""
        if self.small is not None:
            return mpmath.mpf(generator.choice(self.small))
        size = mpmath.mpf(generator.randrange(1, 1 << 61)) / (1 << 60) + mpmath.mpf("0.1")
        return -size if self.signed and generator.randrange(2) else size

    def number(self, value):
        """Turn a whole number or fraction into an element."""
        value = Fraction(value)
        return mpmath.mpf(value.numerator) / value.denominator

    def numbers(self, array):
        """Turn whole numbers into elements."""
        return self.apply(lambda x: mpmath.mpf(int(x)), np.asarray(array))

    def equal(self, a, b):
        """Where two arrays agree to 35 digits."""
        out = np.empty(np.broadcast_shapes(a.shape, b.shape), bool)
        a, b = np.broadcast_arrays(a, b)
        for place in np.ndindex(*out.shape):
            x, y = mpmath.mpmathify(a[place]), mpmath.mpmathify(b[place])
            out[place] = abs(x - y) <= mpmath.mpf(10) ** -35 * (1 + abs(x))
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
