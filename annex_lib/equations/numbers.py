"""Three kinds of numbers: a prime field for speed, fractions for order, 50 digits for the rest.

In the field and among fractions a function such as exp is formal: its value at a point is a
random number, remembered, and of its derivatives only f' = F(f, x) is used. What holds for
formal values holds for the real ones; what fails for them is decided at 50 digits.
"""

import hashlib
import random
from fractions import Fraction

import numpy as np

from annex_lib.equations.tokens import Unreadable

__all__ = ["Field", "Formal", "NeedsOrder", "Outside"]

PRIME = (1 << 61) - 1
_LOW, _LOW30 = np.uint64((1 << 31) - 1), np.uint64((1 << 30) - 1)
_P, _S31, _S30, _S61 = np.uint64(PRIME), np.uint64(31), np.uint64(30), np.uint64(61)


class NeedsOrder(Exception):
    """A field has no order; fractions are needed."""


class Outside(Exception):
    """The point is outside the domain: a zero denominator, the derivative of max at a tie."""


class Formal:
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
        raise Unreadable(f"no derivative of {name} is known")

    def inverse(self, x, order):
        """1/x and its derivatives."""
        if x == 0:
            raise Outside("division by zero")
        sign, factor = (-1) ** order, (1, 1, 2)[order]
        return self.reduce(sign * factor * self.divide_one(self.reduce(x ** (order + 1))))


class Field(Formal):
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
