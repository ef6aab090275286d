"""1.1 to 1.3: an einsum to spell, a product to transpose, a place in memory."""

import numpy as np

from annex_lib.exercises.bank import Code, Formula, Slip


def _spelt(spelling):
    """Judge the spelling of 1.1 on tensors whose sizes differ, and on square ones."""
    if type(spelling) is not str:
        return 'spelling should be a text in quotes, such as "ij,j->i"'
    if spelling.count("->") != 1:
        return "Write the arrow; without it the letters come out in alphabetical order: see 1.8"
    for sizes in ((2, 3, 4, 5), (3, 3, 3, 3)):
        rng = np.random.default_rng(sum(sizes))
        B, m, n, p = sizes
        Z, W = rng.integers(-9, 10, (B, m, n, p)), rng.integers(-9, 10, (m, n))
        try:
            found = np.einsum(spelling, Z, W)
        except (ValueError, IndexError, TypeError) as trouble:
            return _unfit(spelling, trouble)
        if words := _differs(found, np.einsum("tijk,ij->kt", Z, W)):
            return words
    return ""


def _unfit(spelling, trouble):
    left = spelling.split("->")[0].replace(" ", "").split(",")
    if [len(part) for part in left] != [4, 2]:
        return "The first factor has four axes and the second has two, a letter for each: see 1.8"
    return "The letters don't fit; an axis of size m meets one of size n: see 1.8"


def _differs(found, want):
    if found.ndim != want.ndim:
        return "Count the letters after the arrow; y has two, the others are summed: see 1.8"
    if found.shape == want.T.shape and np.array_equal(found.T, want):
        return "The result is transposed; k comes first in y, then t: see 1.8"
    if found.shape != want.shape or not np.array_equal(found, want):
        return "The shape may fit, but other entries are multiplied than those of the sum: see 1.8"
    return ""


SPELLING = Code(
    number="1.1",
    title="Spell a sum",
    section="1.8",
    signature="spelling",
    solution="tijk,ij->kt",
    judge=_spelt,
    hints=(
        "Before the arrow stand the letters of each factor in the order of its axes, after the "
        "arrow those of the result.",
        'It begins "tijk,".',
        "The second factor is w_ij. After the arrow go the free letters, in the order in which y "
        "has them; i and j are summed, so they do not appear there.",
    ),
    slips=(
        Slip(
            "1.8",
            "The result is transposed; k comes first in y, then t",
            "tijk,ij->tk",
        ),
        Slip(
            "1.8",
            "Write the arrow; without it the letters come out in alphabetical order",
            "tijk,ij",
        ),
        Slip(
            "1.8",
            "The letters don't fit; an axis of size m meets one of size n",
            "tijk,ji->kt",
        ),
        Slip(
            "1.8",
            "Count the letters after the arrow; y has two, the others are summed",
            "tijk,ij->ktj",
        ),
        Slip(
            "1.8",
            "The first factor has four axes and the second has two, a letter for each",
            "ijk,ij->k",
        ),
        Slip(
            "1.8",
            "The shape may fit, but other entries are multiplied than those of the sum",
            "tijk,lm->kt",
        ),
    ),
)

TRANSPOSED = Formula(
    number="1.2",
    title="A product of three, transposed",
    section="1.4",
    given=r"""Let $W \in \mathbb{R}^{m \times n}$, $A \in \mathbb{R}^{n \times p}$ and
$E \in \mathbb{R}^{p \times q}$.
""",
    left=r"(W A E)^{\top}",
    solution=r"E^{\top} A^{\top} W^{\top}",
    without=("(", "["),
    hints=(
        "Write down the shape of the left side, then those of the three transposes. In which order "
        "can they be multiplied?",
        "Take W A E as a product of two, W and A E, and apply (1.5); it begins (A E)^T W^T.",
        "Apply (1.5) once more, to A E. The factor that stood last stands first.",
    ),
    slips=(
        Slip(
            "1.4",
            "The factors keep their order, and the sizes no longer fit; the transpose reverses it",
            r"W^{\top} A^{\top} E^{\top}",
        ),
        Slip(
            "1.4",
            "The order is reversed, but the factors are not transposed",
            r"E A W",
        ),
        Slip(
            "1.4",
            "Only the outer two have changed places; each of the three has to be transposed",
            r"E^{\top} A W^{\top}",
        ),
        Slip(
            "1.4",
            "Nothing has happened yet; this is the product before it is transposed",
            r"W A E",
        ),
        Slip(
            "1.4",
            "Only the last factor has been moved; the first two change places as well",
            r"E^{\top} W^{\top} A^{\top}",
        ),
    ),
)


def position(m, n, p, i, j, k):
    """Solve 1.3."""
    return (i * n + j) * p + k


def _entry(rng, m, n, p):
    """Draw an entry away from the corner, so that no term is hidden by a zero."""
    i, j, k = (int(rng.integers(1, size)) if size > 1 else 0 for size in (m, n, p))
    return m, n, p, i, j, k


PLACE = Code(
    number="1.3",
    title="A place in memory",
    section="1.6",
    signature="position(m, n, p, i, j, k)",
    solution=position,
    draw=_entry,
    sizes={"m": (3, 8), "n": (3, 8), "p": (3, 8)},
    hints=(
        "How many numbers stand before slice i? How many more before row j of it, and how many "
        "more before entry k of that row?",
        "A slice holds n * p numbers, so the place begins with i * n * p.",
        "A row holds p numbers, and j of them stand before row j of the slice. To both comes the "
        "place k in the row.",
    ),
    slips=(
        Slip(
            "1.6",
            "This counts columns first; in row-major order the last index moves fastest",
            lambda m, n, p, i, j, k: i + m * (j + n * k),
        ),
        Slip(
            "1.6",
            "The number of slices, m, does not enter; how many there are behind is no matter",
            lambda m, n, p, i, j, k: (i * m + j) * n + k,
        ),
        Slip(
            "1.6",
            "A slice is taken for as long as a row",
            lambda m, n, p, i, j, k: i * p + j * p + k,
        ),
        Slip(
            "1.6",
            "A row is taken to be n long; it has p entries",
            lambda m, n, p, i, j, k: i * n * p + j * n + k,
        ),
        Slip(
            "1.6",
            "Places count from 0, and this one counts from 1",
            lambda m, n, p, i, j, k: position(m, n, p, i, j, k) + 1,
        ),
        Slip(
            "1.6",
            "The three indices are added, with no regard to the lengths",
            lambda m, n, p, i, j, k: i + j + k,
        ),
        Slip(
            "1.6",
            "The three indices are multiplied; the sizes should multiply them",
            lambda m, n, p, i, j, k: i * j * k,
        ),
        Slip(
            "1.6",
            "These are bytes; the place counts numbers",
            lambda m, n, p, i, j, k: 8 * position(m, n, p, i, j, k),
        ),
    ),
)
