"""One derivation in numbers: every member of a display at one draw of small values."""

import numpy as np

from annex_lib.equations.book import Reader
from annex_lib.equations.claims import elaborate
from annex_lib.equations.decide import evaluate
from annex_lib.equations.diagnose import SMALL, TROUBLES, _text
from annex_lib.equations.evaluate import Draw
from annex_lib.equations.ordered import Digits, Fractions
from annex_lib.equations.sampling import plan
from annex_lib.equations.tree import show

__all__ = ["derivation"]


def derivation(texts, number):
    """Return lines that show a display with the numbers of one draw, and whether it is in order.

    Parameters
    ----------
    texts : list of str
        Markdown of the chapters.
    number : str
        Tag of the display.
    """
    for text in texts:
        reader = Reader()
        for verdict in reader.read(text):
            if verdict.number == number:
                return [str(verdict), *_numbers(verdict, reader.context)], verdict.ok
    return [f"✗ no display has the number {number}"], False


def _numbers(verdict, context):
    if not verdict.members:
        return [verdict.text]
    try:
        claim = elaborate(verdict.members, context)
        sizes = next(plan(claim, context))
    except TROUBLES:
        return [f"  {show(tree)}" for tree in verdict.members]
    for ring in (Fractions(1, SMALL), Digits(1)):
        try:
            arrays = evaluate(claim, Draw(context, sizes, ring))
            break
        except (*TROUBLES, TypeError):
            arrays = None
    if arrays is None:
        return [f"  {show(tree)}" for tree in verdict.members]
    head = "with " + (", ".join(f"{n}={v}" for n, v in sorted(sizes.items())) or "no sizes")
    axes = ", ".join(claim.labels)
    return [head + (f"; axes {axes}" if axes else ""), *_members(verdict.members, arrays)]


def _members(trees, arrays):
    lines = []
    for tree, array in zip(trees, arrays, strict=True):
        shown = np.array([_text(x) for x in array.flat]).reshape(array.shape)
        text = np.array2string(shown, separator=" ", threshold=60, formatter={"all": str})
        lines += [f"  {show(tree)}", *(f"      {line}" for line in text.splitlines())]
    return lines
