"""The exercises of chapter 11: steps, the error of a backward pass, and what checks see of it."""

import numpy as np

from annex_lib.exercises.bank import Code, Formula, Slip, sized
from annex_lib.museum import SLIPS, error_matrix, exhibit

__all__ = ["EXERCISES"]

DIFFERENCE = Formula(
    number="11.1",
    title="The error of a difference",
    section="11.1",
    given=r"Let $x, h \in \mathbb{R}$ with $h \neq 0$.",
    left=r"\frac{(x + h)^4 - (x - h)^4}{2 h}",
    solution=r"4 x^3 + 4 x h^2",
    without=(r"\frac", "/"),
    hints=(
        "Expand both powers. Which terms are the same in both, and cancel?",
        "Begin with the binomial coefficients 1, 4, 6, 4, 1; the odd powers of h are left, twice.",
        "The numerator is 8 x^3 h + 8 x h^3.",
    ),
    slips=(
        Slip("11.1", "This is the derivative; the error of the method is missing", r"4 x^3"),
        Slip(
            "11.1",
            "This is the forward difference, in which the even powers stay",
            r"4 x^3 + 6 x^2 h + 4 x h^2 + h^3",
        ),
        Slip("11.1", "The division is by h, where it should be by 2 h", r"8 x^3 + 8 x h^2"),
        Slip("11.1", "The error has the wrong sign; that is the complex step", r"4 x^3 - 4 x h^2"),
        Slip("11.1", "The odd powers have cancelled, where the even ones should", r"6 x^2 h + h^3"),
    ),
)


def best_step(a, b, p):
    """Solve 11.2."""
    return (b / (p * a)) ** (1 / (p + 1))


BEST = Code(
    number="11.2",
    title="The best step",
    section="11.3",
    signature="best_step(a, b, p)",
    solution=best_step,
    cases=lambda rng: [
        ({"p": p}, (float(rng.uniform(2, 5)), float(rng.uniform(0.1, 0.9)), p))
        for p in (1, 2, 4, 3)
    ],
    hints=(
        "At the bottom of a valley the derivative is zero. Differentiate the sum by h.",
        "The derivative is p * a * h**(p - 1) - b / h**2.",
        "Multiply by h**2 and bring b to the other side; then a root of order p + 1 is left.",
    ),
    slips=(
        Slip(
            "11.3",
            "At this step both errors are equal, which is the bottom for p = 1 alone",
            lambda a, b, p: (b / a) ** (1 / (p + 1)),
        ),
        Slip(
            "11.3",
            "The root has the wrong order; h**p is multiplied by another h on the way",
            lambda a, b, p: (b / (p * a)) ** (1 / p),
        ),
        Slip(
            "11.3",
            "Here a and b have changed places; more rounding asks for a larger step",
            lambda a, b, p: (a / (p * b)) ** (1 / (p + 1)),
        ),
        Slip(
            "11.3",
            "This is the smallest error, where the step is asked for",
            lambda a, b, p: a * best_step(a, b, p) ** p + b / best_step(a, b, p),
        ),
        Slip(
            "11.3",
            "This is the best step of a forward difference, whatever p",
            lambda a, b, p: (b / a) ** 0.5,
        ),
    ),
)


def find_error(backward, J):
    """Solve 11.3."""
    return np.stack([backward(unit) for unit in np.eye(len(J))], axis=1) - J.T


def _passes(rng):
    """Yield Jacobians of different sizes with a wrong backward pass each."""
    for m, n in ((2, 3), (4, 2), (3, 3), (1, 4)):
        J, M = rng.integers(-4, 5, (m, n)) + 0.0, rng.integers(-4, 5, (n, m)) + 0.0
        yield {"m": m, "n": n}, ((lambda g, M=M: M @ g), J)


ERROR = Code(
    number="11.3",
    title="The error as a matrix",
    section="11.4",
    signature="find_error(backward, J)",
    solution=find_error,
    cases=lambda rng: list(_passes(rng)),
    hints=(
        "What does a matrix make of a unit vector?",
        "Begin with a loop: for unit in np.eye(len(J)), which gives the m unit vectors.",
        "backward(unit) is a column of M, as long as the input. Put the columns side by side with "
        "np.stack along axis 1; what is left is to take off what M should be.",
    ),
    slips=(
        Slip(
            "11.4",
            "E has the wrong sign; it is what the code has, minus what it should have",
            lambda backward, J: -find_error(backward, J),
        ),
        Slip(
            "11.4",
            "This is M; what it should be is not taken off",
            lambda backward, J: find_error(backward, J) + J.T,
        ),
        Slip(
            "11.4",
            "What backward returns for a unit vector is a column, and it stands in a row here",
            lambda backward, J: find_error(backward, J).T,
        ),
        Slip(
            "11.5",
            "All ones went in, which gives the sum of each row and not the columns",
            lambda backward, J: backward(np.ones(len(J))) - J.T @ np.ones(len(J)),
        ),
    ),
)

UNSEEN = frozenset(slip for slip in SLIPS if abs(error_matrix(exhibit(slip)).sum()) < 1e-9)


def _unseen(named):
    """Judge the set of slips that a reader lets through."""
    if unknown := sorted(set(named) - set(SLIPS)):
        return f"{unknown[0]!r} is none of the six; the names are {', '.join(SLIPS)}"
    if extra := [slip for slip in SLIPS if slip in named and slip not in UNSEEN]:
        return f"The mean does find the slip {extra[0]!r}; it changes the total: see 11.6"
    if len(named) < len(UNSEEN):
        return f"So far so good, but {len(UNSEEN) - len(named)} more gets through: see 11.5"
    return ""


WHO = Code(
    number="11.4",
    title="Who gets through",
    section="11.6",
    signature="unseen",
    solution=UNSEEN,
    judge=_unseen,
    hints=(
        "The mean of the gradient, for a sum of outputs, sees the sum of all entries of E.",
        "Go through the six: does the wrong line change how much there is in all, or only where "
        "it goes?",
        "Moving, turning and reading along another axis keep the total; dividing, leaving out an "
        "output and forgetting a sum do not.",
    ),
    slips=(
        Slip(
            "11.6",
            "The mean does find the slip 'mean for sum'; it changes the total",
            {"transpose", "forgotten flip", "swapped axes", "mean for sum"},
        ),
        Slip(
            "11.6",
            "The mean does find the slip 'off by one'; it changes the total",
            {"transpose", "off by one"},
        ),
        Slip(
            "11.6",
            "The mean does find the slip 'broadcast for sum'; it changes the total",
            {"broadcast for sum"},
        ),
        Slip("11.5", "So far so good, but 1 more gets through", {"transpose", "swapped axes"}),
        Slip("11.5", "So far so good, but 2 more gets through", {"transpose"}),
    ),
)


def ring_backward(g, x):
    """Solve 11.5."""
    return g * np.roll(x, -1) + np.roll(g * x, 1)


RING = Code(
    number="11.5",
    title="A layer on a ring",
    section="11.6",
    signature="ring_backward(g, x)",
    solution=ring_backward,
    draw=sized(g="n", x="n"),
    sizes={"n": (4, 7)},
    ones=(),
    adjoint=lambda g, x: (lambda x: x * np.roll(x, -1), (x,)),
    hints=(
        "In which outputs does one entry of x stand, and with which factor in each?",
        "Entry j stands in y_j and in y_{j-1}. The first part is g * np.roll(x, -1).",
        "The second part takes the upstream gradient and the partner of the output before: "
        "np.roll(..., 1) brings both to place j.",
    ),
    slips=(
        Slip(
            "11.6",
            "Each entry stands in two outputs, and the one before is missing",
            lambda g, x: g * np.roll(x, -1),
        ),
        Slip(
            "11.6",
            "Each entry stands in two outputs, and its own is missing",
            lambda g, x: np.roll(g * x, 1),
        ),
        Slip(
            "11.6",
            "The upstream gradient of the second part is not moved along with x",
            lambda g, x: g * np.roll(x, -1) + g * np.roll(x, 1),
        ),
        Slip(
            "11.6",
            "The second part comes from the output after, where it should be the one before",
            lambda g, x: g * np.roll(x, -1) + np.roll(g * x, -1),
        ),
        Slip(
            "11.6",
            "All is moved the wrong way around the ring",
            lambda g, x: g * np.roll(x, 1) + np.roll(g * x, -1),
        ),
        Slip(
            "11.6",
            "The factors are those of the entry itself, not of its neighbour",
            lambda g, x: g * x + np.roll(g, 1) * x,
        ),
    ),
)

EXERCISES = (DIFFERENCE, BEST, ERROR, WHO, RING)
