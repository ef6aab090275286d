"""What an exercise is: plain data, with a bank of slips beside the right answer."""

from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["Code", "Formula", "Slip", "sized"]


@dataclass(frozen=True)
class Slip:
    """A wrong answer that readers give.

    Attributes
    ----------
    section : str
        Where the text speaks of it, ``"4.6"``.
    words : str
        The mistake by its name, without a full stop; it never gives the solution.
    answer : callable, str or value
        What the reader would have written: a function beside the solution, LaTeX, or a value.

    Examples
    --------
    >>> Slip("4.2", "The bias is missing", lambda X, W, b: X @ W.T).says
    'The bias is missing: see 4.2.'
    """

    section: str
    words: str
    answer: object

    @property
    def says(self):
        """The sentence that the reader gets."""
        return f"{self.words}: see {self.section}."


@dataclass(frozen=True, kw_only=True)
class Question:
    """What the two kinds of exercises share.

    Attributes
    ----------
    number : str
        ``"4.2"``: the second exercise of chapter 4.
    title, section : str
        The title, and the section that has what is needed, ``"4.6"``.
    hints : tuple of three str
        The idea; the first line; everything but the last step.
    slips : tuple of Slip
        The more specific first.
    """

    number: str
    title: str
    section: str
    hints: tuple
    slips: tuple


@dataclass(frozen=True, kw_only=True)
class Code(Question):
    """An exercise answered by a function, or by a value (where the solution is one).

    Attributes
    ----------
    signature : str
        What the reader fills in: ``"grad_W(G, X)"``, or ``"bugs"`` for a value.
    solution : callable or value
    draw : callable
        ``draw(rng, **sizes)`` returns the arguments, see `sized`; unused for a value.
    sizes : dict
        For each size the smallest and the largest value, ``{"B": (2, 5)}``. ``B`` is the batch.
    equal : tuple of tuples
        Sizes that the square case makes equal; all but ``B`` by default.
    ones : tuple of str, optional
        Sizes that may be one; all by default.
    cases : callable, optional
        ``cases(rng)`` gives pairs of what to call an instance (a dict) and its arguments, in
        place of `draw` and `sizes`.
    returns : tuple of str
        Names of the values returned, where there are several.
    adjoint : callable, optional
        ``adjoint(*args)`` returns a function and its variables, the gradients by which are
        asked for; the first argument is the upstream gradient.
    judge : callable, optional
        ``judge(returned, *args)``: a sentence that says what is wrong, or "". It stands in for
        the comparison where there are many right answers.
    """

    signature: str
    solution: object
    draw: Callable | None = None
    sizes: dict = field(default_factory=dict)
    equal: tuple = ()
    ones: tuple | None = None
    cases: Callable | None = None
    returns: tuple = ()
    adjoint: Callable | None = None
    judge: Callable | None = None

    @property
    def name(self):
        """The function's name."""
        return self.signature.partition("(")[0]

    @property
    def arguments(self):
        """The names of its arguments."""
        inner = self.signature.partition("(")[2].rstrip(")")
        return tuple(part.strip() for part in inner.split(",") if part.strip())


@dataclass(frozen=True, kw_only=True)
class Formula(Question):
    r"""An exercise answered by LaTeX.

    Attributes
    ----------
    given : str
        The declarations and definitions of the section, word by word.
    left : str
        What is asked for, ``r"\frac{\partial L}{\partial w_{kl}}"``.
    solution : str
        The right side, or the chain of equal sides that leads to it.
    without : tuple of str
        Tokens that may not stand in the last member, such as ``r"\partial"``.
    last : str, optional
        What the last member has to be, where a proof is asked for.
    through : str, optional
        A token that has to stand in a member between, where a proof is asked for.
    """

    given: str
    left: str
    solution: str
    without: tuple = (r"\partial",)
    last: str = ""
    through: str = ""


def sized(*, low=-4, high=4, real=False, **shapes):
    """Return a function that draws arrays of the given shapes.

    Parameters
    ----------
    low, high : int
        Range of the whole numbers; zero is left out, for it hides mistakes.
    real : bool
        Draw from the normal distribution instead, where the answer is no polynomial.
    **shapes : str
        For each argument its axes, ``G="B m"``; an axis may be computed, ``"m-p+1"``. With an
        equals sign the argument is a whole number, ``B="=B"``.

    Returns
    -------
    callable
        ``draw(rng, **sizes)`` gives one float array (or number) for each argument, in order.

    Examples
    --------
    >>> import numpy as np
    >>> G, X = sized(G="B m", X="B n-1")(np.random.default_rng(0), B=2, m=3, n=5)
    >>> G.shape, X.shape
    ((2, 3), (2, 4))
    """

    def draw(rng, **sizes):
        arrays = []
        for axes in shapes.values():
            if axes.startswith("="):
                arrays.append(eval(axes[1:], {}, sizes))
                continue
            shape = tuple(eval(axis, {}, sizes) for axis in axes.split())
            if real:
                arrays.append(rng.standard_normal(shape))
            else:
                numbers = [k for k in range(low, high + 1) if k]
                arrays.append(rng.choice(numbers, shape).astype(float))
        return tuple(arrays)

    return draw
