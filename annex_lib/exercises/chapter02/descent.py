"""2.1 and 2.2: the slopes of a line's loss, and how large a step may be."""

import numpy as np

from annex_lib.exercises.bank import Code, Slip, sized


def slopes(x, y, w, b):
    """Solve 2.1."""
    error = w * x + b - y
    return np.mean(error * x), np.mean(error)


def _line(rng, N):
    x, y = sized(x="N", y="N")(rng, N=N)
    w, b = rng.choice([-3, -2, 2, 3], 2)
    return x, y, float(w), float(b)


SLOPES = Code(
    number="2.1",
    title="The slopes of a line's loss",
    section="2.3",
    signature="slopes(x, y, w, b)",
    returns=("dw", "db"),
    solution=slopes,
    draw=_line,
    sizes={"N": (3, 7)},
    hints=(
        "Differentiate one square, then add up over the examples. What stands inside the square "
        "is differentiated too.",
        "Begin with error = w * x + b - y, one number for each example.",
        "The factor 2 of the square and the half of the loss cancel. By w the inside has the "
        "derivative x_t, by b the derivative 1; what is left to do is to average.",
    ),
    slips=(
        Slip(
            "2.3",
            "Both are twice the right ones; the half in the loss takes the factor 2 away",
            lambda x, y, w, b: tuple(2 * d for d in slopes(x, y, w, b)),
        ),
        Slip(
            "2.3",
            "Both are half the right ones; the square brings a factor 2",
            lambda x, y, w, b: tuple(d / 2 for d in slopes(x, y, w, b)),
        ),
        Slip(
            "2.1",
            "The factor 1/N of the loss is missing",
            lambda x, y, w, b: tuple(len(x) * d for d in slopes(x, y, w, b)),
        ),
        Slip(
            "2.1",
            "The factor 1/N is there twice; it enters once, in the loss",
            lambda x, y, w, b: tuple(d / len(x) for d in slopes(x, y, w, b)),
        ),
        Slip(
            "2.3",
            "Both have the wrong sign; the error is the output minus the target",
            lambda x, y, w, b: tuple(-d for d in slopes(x, y, w, b)),
        ),
        Slip(
            "2.3",
            "dw lacks the factor x_t, the derivative of what stands inside the square",
            lambda x, y, w, b: (slopes(x, y, w, b)[1], slopes(x, y, w, b)[1]),
        ),
        Slip(
            "2.3",
            "db has the factor x_t, but b is multiplied by 1",
            lambda x, y, w, b: (slopes(x, y, w, b)[0], slopes(x, y, w, b)[0]),
        ),
        Slip(
            "2.3",
            "The shift b is left out of the error",
            lambda x, y, w, b: slopes(x, y, w, 0),
        ),
        Slip(
            "2.3",
            "The average of the errors is multiplied by the average of x; multiply before you "
            "average",
            lambda x, y, w, b: (np.mean(w * x + b - y) * np.mean(x), slopes(x, y, w, b)[1]),
        ),
        Slip(
            "2.3",
            "These are still one number for each example; the loss is an average over them",
            lambda x, y, w, b: ((w * x + b - y) * x, w * x + b - y),
        ),
        Slip(
            "2.3",
            "dw and db have changed places",
            lambda x, y, w, b: slopes(x, y, w, b)[::-1],
        ),
    ),
)


def border(x):
    """Solve 2.2."""
    return 2 / np.mean(x**2)


BORDER = Code(
    number="2.2",
    title="How large a step may be",
    section="2.5",
    signature="border(x)",
    solution=border,
    draw=sized(x="N"),
    sizes={"N": (3, 7)},
    hints=(
        "The loss is a parabola in theta. The theorem names its border by the curvature a.",
        "The curvature is the mean of the squares, a = np.mean(x**2).",
        "The border is where eta a = 2; solve for eta.",
    ),
    slips=(
        Slip(
            "2.5",
            "At this rate the walk arrives in one step; the border is further out",
            lambda x: 1 / np.mean(x**2),
        ),
        Slip(
            "2.5",
            "This is the square of the mean; the curvature is the mean of the squares",
            lambda x: 2 / np.mean(x) ** 2,
        ),
        Slip(
            "2.3",
            "The factor 1/N of the loss is missing in the curvature",
            lambda x: 2 / np.sum(x**2),
        ),
        Slip(
            "2.5",
            "This is the factor of one step's distance turned round; the border is eta a = 2",
            lambda x: np.mean(x**2) / 2,
        ),
        Slip("2.3", "This is the curvature, not yet the rate", lambda x: np.mean(x**2)),
        Slip(
            "2.3",
            "The inputs are not squared; the curvature is an average of squares",
            lambda x: 2 / np.mean(np.abs(x)),
        ),
    ),
)
