"""3.1 to 3.3: a Jacobian by hand, the zeros of one, a permutation."""

import numpy as np

from annex_lib.exercises.bank import Code, Slip, sized


def example(x):
    """Return the two outputs of 3.1."""
    return np.array([x[0] * x[1] * x[2], x[1] ** 2 - 3 * x[2]])


def jacobian_table(x):
    """Solve 3.1."""
    return np.array([[x[1] * x[2], x[0] * x[2], x[0] * x[1]], [0, 2 * x[1], -3]])


BY_HAND = Code(
    number="3.1",
    title="A Jacobian by hand",
    section="3.2",
    signature="jacobian_table(x)",
    solution=jacobian_table,
    draw=sized(x="3"),
    sizes={"n": (3, 3)},
    ones=(),
    hints=(
        "A row for each output, a column for each input. Row 0 asks how x_0 x_1 x_2 reacts to "
        "each of the three.",
        "The array has two rows and three columns; its first row begins with x[1] * x[2].",
        "In the second row one entry is zero, for x_0 does not occur in that output, and one is a "
        "constant.",
    ),
    slips=(
        Slip(
            "3.2",
            "Inputs stand in the rows; a row belongs to an output",
            lambda x: jacobian_table(x).T,
        ),
        Slip(
            "3.2",
            "The outputs have changed places; row 0 belongs to output 0",
            lambda x: jacobian_table(x)[::-1],
        ),
        Slip(
            "3.2",
            "The square loses its factor 2",
            lambda x: jacobian_table(x) - np.array([[0, 0, 0], [0, x[1], 0]]),
        ),
        Slip(
            "3.2",
            "The constant that multiplies x_2 has lost its sign",
            lambda x: jacobian_table(x) + np.array([[0, 0, 0], [0, 0, 6]]),
        ),
        Slip(
            "3.2",
            "A product is differentiated as if it were a sum",
            lambda x: np.array([[1, 1, 1], [0, 2 * x[1], -3]]),
        ),
        Slip(
            "3.2",
            "In the first row the wrong factor is left out; by x_j the factor x_j goes",
            lambda x: np.array([x * (x.sum() - x), jacobian_table(x)[1]]),
        ),
        Slip(
            "3.2",
            "These are the partial derivatives times a step of x; the Jacobian stands without it",
            lambda x: jacobian_table(x) @ x,
        ),
        Slip("3.2", "These are the outputs, not yet their derivatives", example),
    ),
)


def pattern(m, n):
    """Solve 3.2."""
    earlier = np.tri(m, dtype=bool)
    return earlier[:, None, :, None] & np.eye(n, dtype=bool)[None, :, None, :]


def _spread(rows, columns):
    return rows[:, None, :, None] & columns[None, :, None, :]


def _tri(m, k=0):
    return np.tri(m, k=k, dtype=bool)


def _eye(n):
    return np.eye(n, dtype=bool)


PATTERN = Code(
    number="3.2",
    title="The zeros of a running sum",
    section="3.6",
    signature="pattern(m, n)",
    solution=pattern,
    draw=sized(m="=m", n="=n"),
    sizes={"m": (2, 6), "n": (2, 6)},
    hints=(
        "Which entries of X does the running sum at (i, j) add up? Compare k with i, and l with j.",
        "np.tri(m, dtype=bool) has a True wherever its second index is at most its first.",
        "One array speaks of i and k, the other of j and l. Give each two axes of size one, so "
        "that broadcasting lines them up as (i, j, k, l), and combine them with &.",
    ),
    slips=(
        Slip(
            "3.6",
            "The sum runs along the other axis; here it goes down the rows",
            lambda m, n: _spread(_eye(m), _tri(n)),
        ),
        Slip(
            "3.6",
            "The sum at row i takes row i in as well",
            lambda m, n: _spread(_tri(m, -1), _eye(n)),
        ),
        Slip(
            "3.2",
            "This says which outputs an input reaches; the output's axes come first",
            lambda m, n: _spread(_tri(m).T, _eye(n)),
        ),
        Slip(
            "3.6",
            "The columns do not mix; output (i, j) adds up column j alone",
            lambda m, n: _spread(_tri(m), np.ones((n, n), bool)),
        ),
        Slip(
            "3.6",
            "Only the entry itself is marked; the running sum adds the earlier rows too",
            lambda m, n: _spread(_eye(m), _eye(n)),
        ),
        Slip(
            "3.6",
            "All the rows are marked; those below do not count yet",
            lambda m, n: _spread(np.ones((m, m), bool), _eye(n)),
        ),
        Slip(
            "3.6",
            "This marks the zeros, where the entries that differ from zero are asked for",
            lambda m, n: ~pattern(m, n),
        ),
        Slip(
            "3.6",
            "The axes stand as (i, k, j, l); both of the output come first",
            lambda m, n: pattern(m, n).swapaxes(1, 2),
        ),
        Slip(
            "3.8",
            "The tensor is flattened; keep its four axes",
            lambda m, n: pattern(m, n).reshape(m * n, m * n),
        ),
    ),
)


def turned(m, n):
    """Solve 3.3."""
    return np.einsum("jk,il->ijkl", np.eye(m), np.eye(n)).reshape(n * m, m * n)


def _wrong_width(m, n):
    K = np.zeros((n * m, m * n))
    for i, j in np.ndindex(n, m):
        K[(n * i + j) % (m * n), n * j + i] = 1
    return K


TURNED = Code(
    number="3.3",
    title="The matrix that transposes",
    section="3.8",
    signature="turned(m, n)",
    solution=turned,
    draw=sized(m="=m", n="=n"),
    sizes={"m": (2, 6), "n": (2, 6)},
    hints=(
        "It is the Jacobian (3.8), flattened: each row has a single 1. In which column?",
        "Entry (i, j) of the transpose is row m i + j of the matrix, for the transpose has m "
        "columns.",
        "It is x_ji, which stands at place n j + i of vec(X). So put a 1 into row m i + j and "
        "column n j + i, for every i below n and j below m.",
    ),
    slips=(
        Slip(
            "3.8",
            "This brings the transpose back to X; the rows belong to the transpose",
            lambda m, n: turned(m, n).T,
        ),
        Slip(
            "3.8",
            "This leaves vec(X) as it is, as if the output still had X's shape",
            lambda m, n: np.eye(m * n),
        ),
        Slip(
            "3.8",
            "This turns the order of all entries round, which is no transpose",
            lambda m, n: np.eye(m * n)[::-1],
        ),
        Slip(
            "3.7",
            "The tensor is not flattened yet; merge the output's two axes, and the input's two",
            lambda m, n: turned(m, n).reshape(n, m, m, n),
        ),
        Slip(
            "3.8",
            "The place in the transpose is counted by the wrong width; it has m columns",
            _wrong_width,
        ),
    ),
)
