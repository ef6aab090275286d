"""1.4 to 1.6: channels to the front, a mean from each row, the matrix of a map."""

import numpy as np

from annex_lib.exercises.bank import Code, Slip, sized


def channels_first(X):
    """Solve 1.4."""
    return X.transpose(0, 3, 1, 2)


LAYOUT = Code(
    number="1.4",
    title="Channels to the front",
    section="1.7",
    signature="channels_first(X)",
    solution=channels_first,
    draw=sized(X="B m n 3"),
    sizes={"B": (2, 6), "m": (4, 7), "n": (4, 7)},
    hints=(
        "Every axis keeps its meaning and gets a new place. So the numbers have to be met in "
        "another order.",
        "X.transpose takes, for each new axis, the number of the old one; the batch stays axis 0.",
        "The new axis 1 is the channel, which was the last. After it come rows and columns, in the "
        "order they had.",
    ),
    slips=(
        Slip(
            "1.7",
            "The colours are mixed; reshape cuts the same line anew and moves nothing",
            lambda X: X.reshape(X.shape[0], 3, X.shape[1], X.shape[2]),
        ),
        Slip(
            "1.7",
            "Rows and columns have changed places; a swap of two axes is not enough",
            lambda X: X.swapaxes(1, 3),
        ),
        Slip(
            "1.7",
            "The channel stands before the batch; it should come right after it",
            lambda X: X.transpose(3, 0, 1, 2),
        ),
        Slip("1.7", "All the axes are reversed, the batch as well", lambda X: X.T),
        Slip(
            "1.7",
            "The channel stands between rows and columns",
            lambda X: X.transpose(0, 1, 3, 2),
        ),
        Slip(
            "1.7",
            "The list says where each old axis goes; transpose wants for each new axis the old one",
            lambda X: X.transpose(0, 2, 3, 1),
        ),
        Slip("1.7", "The channels come in reverse order", lambda X: channels_first(X)[:, ::-1]),
    ),
)


def centred(X):
    """Solve 1.5."""
    return X - X.mean(axis=1, keepdims=True)


def _from_columns(X):
    return X - X.mean(axis=1)


CENTRED = Code(
    number="1.5",
    title="From each row its mean",
    section="1.9",
    signature="centred(X)",
    solution=centred,
    draw=sized(X="B n"),
    sizes={"B": (2, 6), "n": (2, 6)},
    hints=(
        "Which axis is averaged over, if one number is to be left for each row?",
        "X.mean(axis=1) has the shape (B,), and broadcasting would line it up with the columns.",
        "The means need an axis of size one at the end, so that each is repeated along its row.",
    ),
    slips=(
        Slip(
            "1.9",
            "The mean of row j is taken from column j, which passes only where the two sizes agree",
            _from_columns,
        ),
        Slip(
            "1.9",
            "Each column loses its mean; the question asks for the rows",
            lambda X: X - X.mean(axis=0),
        ),
        Slip(
            "1.9",
            "One mean is taken from all the rows; each has one of its own",
            lambda X: X - X.mean(),
        ),
        Slip(
            "1.9",
            "The sum is taken away, where it should be the mean",
            lambda X: X - X.sum(axis=1, keepdims=True),
        ),
        Slip(
            "1.9",
            "These are the means; they should be taken from the rows",
            lambda X: X.mean(axis=1, keepdims=True) + 0 * X,
        ),
        Slip(
            "1.9",
            "The sign is wrong; the mean is what is taken away",
            lambda X: X.mean(axis=1, keepdims=True) - X,
        ),
        Slip(
            "1.9",
            "The sum is divided by the number of rows; a row has n entries",
            lambda X: X - X.sum(axis=1, keepdims=True) / len(X),
        ),
        Slip(
            "1.9",
            "The rows are scaled as well; only their mean should go",
            lambda X: centred(X) / np.maximum(X.std(axis=1, keepdims=True), 1e-9),
        ),
    ),
)


def matrix_of(f, n):
    """Solve 1.6."""
    return np.stack([f(unit) for unit in np.eye(n)], axis=1)


def _maps(rng):
    """Yield linear maps that are given as programs, and the number of their inputs."""
    V, S = rng.integers(-4, 5, (3, 5)).astype(float), rng.integers(-4, 5, (4, 4)).astype(float)
    maps = {
        "neighbours' differences": (lambda x: x[1:] - x[:-1], 6),
        "running sums": (np.cumsum, 5),
        "a matrix": (lambda x: V @ x, 5),
        "a square matrix": (lambda x: S @ x, 4),
        "the first two": (lambda x: x[:2], 4),
        "one number": (lambda x: 3 * x, 1),
    }
    for name, args in maps.items():
        yield {"f": name}, args


MATRIX = Code(
    number="1.6",
    title="The matrix of a map",
    section="1.10",
    signature="matrix_of(f, n)",
    solution=matrix_of,
    cases=lambda rng: list(_maps(rng)),
    hints=(
        "What does the map make of a vector that has a single 1?",
        "The unit vectors are the rows of np.eye(n); begin with f(unit) for each of them.",
        "The value at unit vector j is column j of the matrix, so the values go side by side.",
    ),
    slips=(
        Slip(
            "1.10",
            "The values at the unit vectors are stacked as rows; they are the columns",
            lambda f, n: matrix_of(f, n).T,
        ),
        Slip(
            "1.10",
            "Only the diagonal is there; each unit vector gives a whole column",
            lambda f, n: np.eye(*matrix_of(f, n).shape) * matrix_of(f, n),
        ),
        Slip(
            "1.10",
            "The columns come in reverse order",
            lambda f, n: matrix_of(f, n)[:, ::-1],
        ),
        Slip(
            "1.10",
            "The last unit vector is missing",
            lambda f, n: matrix_of(f, n)[:, :-1],
        ),
        Slip(
            "1.10",
            "The map is applied to a vector of ones; that adds all the columns up",
            lambda f, n: f(np.ones(n)),
        ),
        Slip(
            "1.10",
            "The unit vectors are given with a 1 in too many places",
            lambda f, n: np.stack([f(row) for row in np.tri(n)], axis=1),
        ),
    ),
)
