"""Command line: ``python -m annex_lib.equations notebooks/*.ipynb``."""

import argparse
import os
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from annex_lib.equations.notebook import check_notebooks, markdown_of


def main(arguments=None):
    """Check notebooks; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m annex_lib.equations",
        description="Check every displayed equation of the notebooks from its own LaTeX.",
    )
    parser.add_argument("notebooks", nargs="+", help="notebooks to check")
    parser.add_argument("--explain", metavar="4.3", help="show one derivation in numbers")
    options = parser.parse_args(arguments)
    try:
        if options.explain:
            return explain(options)
        return report(options.notebooks)
    except (OSError, ValueError) as trouble:
        print(f"✗ {trouble}", file=sys.stderr)
        return 1


def report(paths):
    """Print a line for each display, and the sums."""
    every = []
    for path, verdicts in zip(paths, _checked(paths), strict=True):
        print(f"{Path(path).name}")
        for verdict in verdicts:
            print(f"  {verdict}")
        every += verdicts
    kinds = Counter(verdict.kind for verdict in every)
    wrong = sum(not verdict.ok for verdict in every)
    counted = ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items())) or "no displays"
    share = f"{100 * kinds['prose'] / len(every):.1f}% exempt" if every else ""
    print(f"{len(every)} displays: {counted}; {share}; {wrong} to mend")
    return 1 if wrong else 0


def _checked(paths):
    """Check notebooks, on all cores if there are several."""
    workers = min(len(paths), os.cpu_count() or 1)
    if workers == 1:
        return check_notebooks(paths)
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:

        def each(work, texts, *more):
            """As map; those with the most displays begin first, so that all cores end together."""
            jobs = list(zip(texts, *more, strict=True))
            order = sorted(range(len(jobs)), key=lambda k: -texts[k].count("$$"))
            begun = {k: pool.submit(work, *jobs[k]) for k in order}
            return [begun[k].result() for k in range(len(jobs))]

        return check_notebooks(paths, each=each)


def explain(options):
    """Print the members of one derivation with the numbers of one draw."""
    from annex_lib.equations.explanation import derivation

    texts = [markdown_of(path) for path in options.notebooks]
    lines, ok = derivation(texts, options.explain)
    print("\n".join(lines))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
