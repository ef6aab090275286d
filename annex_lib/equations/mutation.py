"""How many slips of the pen the checker would let through: mutants of every claim of the book.

``python -m annex_lib.equations.mutation notebooks/*.ipynb`` prints the share rejected, and lists
those accepted; each of these has to be equal to the original at every draw of a second, longer
comparison, or the exit status is 1.
"""

import argparse
import sys
from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from annex_lib.equations.book import Reader
from annex_lib.equations.claims import elaborate
from annex_lib.equations.decide import decide
from annex_lib.equations.diagnose import TROUBLES
from annex_lib.equations.mutants import edits, exchange, letters_in
from annex_lib.equations.notebook import markdown_of
from annex_lib.equations.tree import show

__all__ = ["Mutant", "mutants_of"]


@dataclass
class Mutant:
    """One edit of one member of a claim, and what became of it."""

    number: str
    kind: str
    original: str
    edited: str
    fate: str  # "rejected", "equal" or "missed"


class _Collector(Reader):
    """Tries the mutants of each claim while its context stands."""

    def __init__(self, chapter=""):
        super().__init__(chapter, diagnose=False)
        self.mutants = []

    def claim(self, trees, verdict, pins):
        super().claim(trees, verdict, pins)
        if verdict.holds:
            for k in range(len(trees)):
                self.mutants += _member(trees, k, self.context, pins, verdict.number)


def _member(trees, k, context, pins, number):
    beside = trees[k - 1] if k else trees[1]
    letters = letters_in(trees)
    for kind, other in edits(trees[k], letters, context):
        pair = (beside, other) if k else (other, beside)
        fate = "rejected"
        if _holds(pair, context, pins):
            equal = _holds((beside, trees[k], other), context, pins, draws=8)
            equal = equal or _renamed(trees[k], other, beside, letters, context, pins)
            fate = "equal" if equal else "missed"
        yield Mutant(number, kind, show(trees[k]), show(other), fate)


def _renamed(tree, other, beside, letters, context, pins):
    """Tell whether the mutant is the claim itself with two letters exchanged on both sides."""
    return any(
        exchange(tree, {a: b, b: a}) == other
        and _holds((other, beside, exchange(beside, {a: b, b: a})), context, pins, draws=8)
        for a, b in combinations(letters, 2)
    )


def _holds(pair, context, pins, draws=3):
    try:
        return decide(elaborate(pair, context), context, pins, draws).failure is None
    except TROUBLES:
        return False


def mutants_of(markdown, chapter=""):
    """Return the mutants of all claims of a piece of Markdown.

    Parameters
    ----------
    markdown : str
    chapter : str

    Returns
    -------
    list of Mutant
    """
    collector = _Collector(chapter)
    list(collector.read(markdown))
    return collector.mutants


def main(arguments=None):
    """Print the share rejected and the mutants accepted; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="+")
    every = []
    for path in parser.parse_args(arguments).notebooks:
        found = mutants_of(markdown_of(path))
        every += found
        fates = Counter(m.fate for m in found)
        print(f"{Path(path).name}: {len(found)} mutants, {fates['rejected']} rejected", flush=True)
    for m in every:
        if m.fate != "rejected":
            print(f"  ({m.number}) {m.fate}, {m.kind}: {m.original}  ->  {m.edited}")
    fates = Counter(m.fate for m in every)
    different = fates["rejected"] + fates["missed"]
    share = 100 * fates["rejected"] / different if different else 100.0
    print(
        f"{len(every)} mutants: {fates['equal']} equal to the original, "
        f"{share:.1f}% of the others rejected"
    )
    return 1 if fates["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
