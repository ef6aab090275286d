"""A claim ready to be evaluated: its members in index notation, with the same free indices."""

from dataclasses import dataclass

from annex_lib.equations.context import Function, Variable
from annex_lib.equations.elaborate import Elaborator
from annex_lib.equations.indexing import free_indices
from annex_lib.equations.tensors import ONE, shape_text
from annex_lib.equations.tokens import Illtyped
from annex_lib.equations.tree import show

__all__ = ["Claim", "elaborate", "variables_of"]


@dataclass
class Claim:
    """Members of a chain of equalities."""

    trees: tuple  # as parsed
    cores: list  # one entry of each, over `names`
    names: tuple  # free indices, then axes
    labels: tuple  # what the reader calls them


def elaborate(trees, context):
    """Elaborate the members together.

    Raises
    ------
    Illtyped
        If their axes or free indices differ; `member` counts the equality that can't hold.
    """
    maker, tensors = Elaborator(context), []
    for k, tree in enumerate(trees):
        try:
            tensors.append(maker.value(tree))
        except Illtyped as trouble:
            trouble.member = max(k, 1)
            raise
    tensors = [_plain(tensor, tensors) for tensor in tensors]
    shape = _common_shape(maker, tensors, trees)
    axes = tuple(maker.new_index(size, "ax") for size in shape)
    ixs = tuple(("i", name) for name in axes)
    cores = [t.entry(ixs if t.shape else ()) for t in tensors]
    free = _common_free(cores, axes, trees, tensors)
    maker.resolve(free)
    labels = tuple(name.partition("·")[0] for name in free) + _axis_labels(len(axes))
    return Claim(tuple(trees), cores, (*free, *axes), labels)


def _plain(tensor, others):
    """Take a matrix of one row and one column as a number where another member is one."""
    if tensor.shape == (ONE, ONE) and any(not other.shape for other in others):
        inner = tensor.entry((("n", 0), ("n", 0)))
        return type(tensor)((), lambda ixs: inner)
    return tensor


def _axis_labels(n):
    return (
        (("entry",), ("row", "column"))[n - 1]
        if 0 < n < 3
        else tuple(f"axis {k}" for k in range(n))
    )


def _common_shape(maker, tensors, trees):
    shaped = [(k, t) for k, t in enumerate(tensors) if not _constant(t)]
    if not shaped:
        return tensors[0].shape
    reference, shape = shaped[0][1], list(shaped[0][1].shape)
    for k, tensor in shaped[1:]:
        fits = len(shape) == len(tensor.shape) and all(map(maker.forms.fits, shape, tensor.shape))
        if not fits:
            trouble = Illtyped(
                f"shapes differ: '{show(trees[shaped[0][0]])}' is {shape_text(reference)},"
                f" '{show(trees[k])}' is {shape_text(tensor)}"
            )
            trouble.member = max(k, 1)
            raise trouble
        shape = [a if a is not None else b for a, b in zip(shape, tensor.shape, strict=True)]
    return tuple(shape)


def _constant(tensor):
    """Tell whether this is a number made of numbers and sizes alone."""
    if tensor.shape:
        return False
    core = tensor.entry(())
    return not free_indices(core) and not variables_of(core)


def _common_free(cores, axes, trees, tensors):
    found = [free_indices(core) - set(axes) for core in cores]
    kept = [(k, names) for k, names in enumerate(found) if not _constant(tensors[k])]
    first = kept[0] if kept else (0, set())
    for k, names in kept[1:]:
        if names != first[1]:
            trouble = Illtyped(
                f"free indices differ: '{show(trees[first[0]])}' has {_set(first[1])},"
                f" '{show(trees[k])}' has {_set(names)}"
            )
            trouble.member = max(k, 1)
            raise trouble
    return tuple(sorted(first[1]))


def _set(names):
    letters = sorted(name.partition("·")[0] for name in names)
    return "{" + ", ".join(letters) + "}" if letters else "none"


def variables_of(core):
    """Variables and functions that a core expression uses itself, definitions not opened."""
    out = set()
    stack = [core]
    while stack:
        part = stack.pop()
        if isinstance(part, (Variable, Function)):
            out.add(part)
        elif isinstance(part, tuple):
            stack.extend(part)
    return out
