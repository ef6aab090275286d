"""5.1 to 5.3: how many outputs there are, and the two matrices of the layer."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from annex_lib.exercises.bank import Code, Slip, sized

SIZES = {"m": (5, 8), "n": (5, 8), "p": (2, 4), "q": (2, 4)}
SQUARE = (("m", "n"), ("p", "q"))


def outputs(m, p, S, P, D):
    """Solve 5.1."""
    free = m + 2 * P - D * (p - 1) - 1
    return free // S + 1 if free >= 0 else 0


def _settings(rng):
    """Draw sizes and settings: some with a remainder, some where the kernel does not fit."""
    fixed = [(2, 4, 1, 0, 1), (2, 3, 2, 0, 1), (3, 3, 2, 0, 2), (7, 3, 2, 1, 2), (9, 3, 3, 2, 2)]
    drawn = [[rng.integers(low, high) for low, high in RANGES] for _ in range(12)]
    for m, p, S, P, D in [*fixed, *(map(int, row) for row in drawn)]:
        yield {"m": m, "p": p, "S": S, "P": P, "D": D}, (m, p, S, P, D)


RANGES = ((1, 14), (1, 5), (1, 4), (0, 3), (1, 4))

OUTPUTS = Code(
    number="5.1",
    title="How many outputs",
    section="5.2",
    signature="outputs(m, p, S, P, D)",
    solution=outputs,
    cases=lambda rng: list(_settings(rng)),
    hints=(
        "How many places does the window cover from its first weight to its last, with the gaps "
        "of the dilation? How many places does the padded image have?",
        "Let free = m + 2 * P - D * (p - 1) - 1: so far can the window move.",
        "If free is negative there is no output at all. Otherwise count the steps of length S that "
        "fit into it, and the place where it starts.",
    ),
    slips=(
        Slip(
            "5.2",
            "The place where the window starts is not counted; there is one output more",
            lambda m, p, S, P, D: max(0, (m + 2 * P - D * (p - 1) - 1) // S),
        ),
        Slip(
            "5.2",
            "A kernel that does not fit has no output, and here it gets a number all the same",
            lambda m, p, S, P, D: (m + 2 * P - D * (p - 1) - 1) // S + 1,
        ),
        Slip(
            "5.2",
            "Rounding towards zero makes an output of a kernel that does not fit",
            lambda m, p, S, P, D: max(0, int((m + 2 * P - D * (p - 1) - 1) / S) + 1),
        ),
        Slip(
            "5.2",
            "The padding is counted at one side; it stands at both",
            lambda m, p, S, P, D: outputs(m + P, p, S, 0, D),
        ),
        Slip("5.2", "The padding is left out", lambda m, p, S, P, D: outputs(m, p, S, 0, D)),
        Slip("5.2", "The stride is left out", lambda m, p, S, P, D: outputs(m, p, 1, P, D)),
        Slip(
            "5.2",
            "The dilation is left out; it makes the window longer",
            lambda m, p, S, P, D: outputs(m, p, S, P, 1),
        ),
        Slip(
            "5.2",
            "The window is taken D p long; between p weights there are p - 1 gaps",
            lambda m, p, S, P, D: outputs(m, D * p, S, P, 1),
        ),
        Slip(
            "5.2",
            "The fraction is rounded up; a step that does not fit whole is not taken",
            lambda m, p, S, P, D: max(0, -(-(m + 2 * P - D * (p - 1) - 1) // S) + 1),
        ),
    ),
)


def patch_matrix(X, p, q):
    """Solve 5.2."""
    return sliding_window_view(X, (p, q)).reshape(-1, p * q)


PATCHES = Code(
    number="5.2",
    title="The patch matrix",
    section="5.4",
    signature="patch_matrix(X, p, q)",
    solution=patch_matrix,
    draw=sized(X="m n", p="=p", q="=q"),
    sizes=SIZES,
    equal=SQUARE,
    ones=("p", "q"),
    hints=(
        "Row i v + j of the matrix is the patch that the window sees at (i, j), written row after "
        "row. How many places i and j are there?",
        "Loop over i and j in row-major order, and collect X[i : i + p, j : j + q].ravel().",
        "There are m - p + 1 rows of windows and n - q + 1 columns of them; np.array of the list "
        "of patches has the shape that is asked for.",
    ),
    slips=(
        Slip(
            "5.4",
            "The patches stand in columns; here each is a row",
            lambda X, p, q: patch_matrix(X, p, q).T,
        ),
        Slip(
            "5.4",
            "The last row and column of windows are missing; there are m - p + 1 and n - q + 1",
            lambda X, p, q: patch_matrix(X[:-1, :-1], p, q),
        ),
        Slip(
            "5.4",
            "Each patch has a row and a column too many; a slice leaves out its end",
            lambda X, p, q: patch_matrix(X, p + 1, q + 1),
        ),
        Slip(
            "5.4",
            "Inside a patch the columns are written one after the other; vec goes by rows",
            lambda X, p, q: sliding_window_view(X, (p, q)).transpose(0, 1, 3, 2).reshape(-1, p * q),
        ),
        Slip(
            "5.4",
            "The windows are taken column by column; the output's entry (i, j) is row i v + j",
            lambda X, p, q: sliding_window_view(X, (p, q)).transpose(1, 0, 2, 3).reshape(-1, p * q),
        ),
        Slip(
            "5.3",
            "Each patch runs backward, as for a true convolution",
            lambda X, p, q: patch_matrix(X, p, q)[:, ::-1],
        ),
        Slip(
            "5.2",
            "The windows lie side by side; at stride 1 they overlap",
            lambda X, p, q: sliding_window_view(X, (p, q))[::p, ::q].reshape(-1, p * q),
        ),
    ),
)


def toeplitz(W, m, n):
    """Solve 5.3."""
    p, q = W.shape
    u, v = m - p + 1, n - q + 1
    J = np.zeros((u, v, m, n))
    for i, j in np.ndindex(u, v):
        J[i, j, i : i + p, j : j + q] = W
    return J.reshape(u * v, m * n)


def _around(W, m, n):
    """Stamp the kernel as if the image were closed to a ring."""
    blank = np.zeros((m, n))
    blank[: W.shape[0], : W.shape[1]] = W
    turns = [np.roll(blank, at, (0, 1)).ravel() for at in np.ndindex(m, n)]
    return np.array(turns)


TOEPLITZ = Code(
    number="5.3",
    title="The matrix that multiplies the image",
    section="5.8",
    signature="toeplitz(W, m, n)",
    solution=toeplitz,
    draw=sized(W="p q", m="=m", n="=n"),
    sizes=SIZES,
    equal=SQUARE,
    ones=("p", "q"),
    hints=(
        "Row i v + j of the matrix is the derivative of output (i, j) by the pixels: an image of "
        "zeros with the kernel in it, flattened.",
        "Begin with J = np.zeros((u, v, m, n)), the tensor of (5.14), where u = m - p + 1 and "
        "v = n - q + 1.",
        "For every (i, j), put the kernel into J[i, j] with its corner at (i, j), and nothing is "
        "flipped. Then merge the first two axes, and the last two.",
    ),
    slips=(
        Slip(
            "5.7",
            "This is the matrix for the flipped kernel",
            lambda W, m, n: toeplitz(W[::-1, ::-1], m, n),
        ),
        Slip(
            "5.8",
            "This is the transpose, which brings gradients back to the image",
            lambda W, m, n: toeplitz(W, m, n).T,
        ),
        Slip(
            "5.8",
            "Each output has the kernel in the corner; it should move with (i, j)",
            lambda W, m, n: np.tile(
                toeplitz(W, m, n)[:1], ((m - len(W) + 1) * (n - W.shape[1] + 1), 1)
            ),
        ),
        Slip(
            "5.8",
            "The axes are not flattened yet; merge (i, j), and merge the pixel's two",
            lambda W, m, n: toeplitz(W, m, n).reshape(m - W.shape[0] + 1, n - W.shape[1] + 1, m, n),
        ),
        Slip(
            "5.1",
            "The kernel goes over the edge and comes in again at the other side; it should fit",
            _around,
        ),
        Slip(
            "5.5",
            "Rows and columns of the kernel are exchanged",
            lambda W, m, n: toeplitz(W.T, m, n),
        ),
        Slip(
            "5.4",
            "The outputs are counted column by column; entry (i, j) is row i v + j",
            lambda W, m, n: (
                toeplitz(W, m, n)
                .reshape(m - W.shape[0] + 1, n - W.shape[1] + 1, -1)
                .swapaxes(0, 1)
                .reshape(-1, m * n)
            ),
        ),
    ),
)
