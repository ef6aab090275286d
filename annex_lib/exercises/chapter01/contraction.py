"""1.7: einsum for two factors, from loops."""

from itertools import product

import numpy as np

from annex_lib.exercises.bank import Code, Slip


def my_einsum(spelling, A, B):
    """Solve 1.7."""
    left, out = spelling.split("->")
    a, b = left.split(",")
    sizes = dict(zip(a + b, A.shape + B.shape, strict=True))
    result = np.zeros([sizes[letter] for letter in out])
    for values in product(*(range(size) for size in sizes.values())):
        at = dict(zip(sizes, values, strict=True))
        where = tuple(at[letter] for letter in out)
        result[where] += A[tuple(at[i] for i in a)] * B[tuple(at[i] for i in b)]
    return result


SPELLINGS = (
    "i,i->", "ij,j->i", "ik,kj->ij", "ik,kj->ji", "i,j->ij", "ti,tj->ji", "ij,ij->j",
    "tij,jk->ktij", "ij,ji->", "ijk,kji->i", "ij,k->ijk", "ij,kl->k",
)  # fmt: skip


def _spellings(rng):
    """Yield spellings with arrays of fitting shapes, all sizes different."""
    for spelling in SPELLINGS:
        letters = sorted(set(spelling) - set(",->"))
        sizes = dict(zip(letters, map(int, rng.permutation([2, 3, 4, 5])), strict=False))
        a, b = spelling.split("->")[0].split(",")
        arrays = [rng.integers(-4, 5, [sizes[i] for i in part]).astype(float) for part in (a, b)]
        yield {"spelling": repr(spelling)}, (spelling, *arrays)


def _sorted_axes(spelling, A, B):
    """Put the result's axes in alphabetical order, as einsum does without an arrow."""
    left, out = spelling.split("->")
    return my_einsum(f"{left}->{''.join(sorted(out))}", A, B)


def _only_shared(spelling, A, B):
    """Sum the letters that both factors have, whether they are in the result or not."""
    left, out = spelling.split("->")
    a, b = left.split(",")
    return my_einsum(f"{left}->{''.join(i for i in out if not (i in a and i in b))}", A, B)


def _only_shared_sums(spelling, A, B):
    """Leave a letter unsummed if only one factor has it."""
    left, out = spelling.split("->")
    a, b = left.split(",")
    alone = [i for i in dict.fromkeys(a + b) if not (i in a and i in b) and i not in out]
    return my_einsum(f"{left}->{out}{''.join(alone)}", A, B)


def _overwritten(spelling, A, B):
    """Set an entry where it should be added to."""
    left, out = spelling.split("->")
    a, b = left.split(",")
    sizes = dict(zip(a + b, A.shape + B.shape, strict=True))
    cut = {i: slice(None) if i in out else slice(-1, None) for i in sizes}
    return my_einsum(spelling, A[tuple(cut[i] for i in a)], B[tuple(cut[i] for i in b)])


def _added(spelling, A, B):
    """Add the factors, where they should be multiplied."""
    return my_einsum(spelling, A, np.ones_like(B)) + my_einsum(spelling, np.ones_like(A), B)


EINSUM = Code(
    number="1.7",
    title="An evening: your own einsum",
    section="1.8",
    signature="my_einsum(spelling, A, B)",
    solution=my_einsum,
    cases=lambda rng: list(_spellings(rng)),
    hints=(
        "Every letter is a loop, free or summed. The innermost line multiplies one entry of A by "
        "one of B, and adds the product to the entry of the result that the free letters name.",
        'left, out = spelling.split("->"), then a, b = left.split(","). Find the size of each '
        "letter from the shapes, in a dict.",
        "itertools.product over the ranges of all the letters gives every setting of the loops at "
        "once. From a setting, read three tuples of indices: those of a, of b and of out. Start "
        "from zeros of the result's shape; the tuple () names the entry of an array without axes.",
    ),
    slips=(
        Slip(
            "1.8",
            "The axes of the result come in alphabetical order; the arrow says which order",
            _sorted_axes,
        ),
        Slip(
            "1.8",
            "A letter that both factors have is summed even where the result keeps it",
            _only_shared,
        ),
        Slip(
            "1.8",
            "A letter that only one factor has is summed too, if it is missing after the arrow",
            _only_shared_sums,
        ),
        Slip(
            "1.8",
            "An entry of the result is set, where it should be added to",
            _overwritten,
        ),
        Slip(
            "1.8",
            "The entries are added, where they should be multiplied",
            _added,
        ),
        Slip(
            "1.8",
            "The result is a tensor product with everything summed; only what is missing after the "
            "arrow is",
            lambda spelling, A, B: my_einsum(spelling.split("->")[0] + "->", A, B),
        ),
    ),
)
