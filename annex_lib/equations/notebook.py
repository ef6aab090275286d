"""Notebooks: all displays of a chapter, references that lead nowhere, a cell that a reader runs."""

import json
import os
import re
from pathlib import Path

from annex_lib.equations.book import Reader
from annex_lib.equations.verdicts import UsageError, Verdict, Verdicts

__all__ = ["check_notebook", "check_notebooks", "markdown_of", "verify"]


def markdown_of(path):
    """Return the Markdown cells of a notebook, joined.

    Raises
    ------
    OSError, ValueError
        If the file can't be read, or is no notebook.
    """
    try:
        cells = json.loads(Path(path).read_text(encoding="utf-8"))["cells"]
        texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}") from None
    except (KeyError, TypeError, ValueError):
        raise UsageError(f"{path} is not a notebook") from None
    return "\n\n".join(texts)


def check_notebook(path, diagnose=True):
    """Check every display of one notebook, and the references to its own displays.

    Parameters
    ----------
    path : str or Path
    diagnose : bool
        Whether to look for counterexamples in small numbers and for repairs.

    Returns
    -------
    Verdicts
    """
    return check_notebooks([path], diagnose)[0]


def check_notebooks(paths, diagnose=True, each=map):
    """Check several notebooks; references between them must have their targets too.

    Parameters
    ----------
    paths : list of str or Path
    diagnose : bool
        Whether to look for counterexamples in small numbers and for repairs.
    each : callable
        As `map`; that of a pool of processes uses all cores.

    Returns
    -------
    list of Verdicts, one a notebook
    """
    texts = [markdown_of(path) for path in paths]
    chapters = [re.match(r"0*(\d+)-", Path(path).name) for path in paths]
    numbers = [found[1] if found else "" for found in chapters]
    out = list(each(_read, texts, numbers, [diagnose] * len(paths)))
    tags = {verdict.number for verdicts in out for verdict in verdicts}
    for text, verdicts in zip(texts, out, strict=True):
        verdicts += _repeated(verdicts) + _dangling(text, tags)
    return out


def _read(text, number, diagnose):
    return Verdicts(Reader(number, diagnose).read(text))


def _repeated(verdicts):
    numbers = [verdict.number for verdict in verdicts]
    twice = sorted({n for n in numbers if numbers.count(n) > 1})
    return [Verdict(n, "unreadable", reason="this number is given twice") for n in twice]


def _dangling(text, tags):
    """Find references such as (4.3) to chapters whose displays are known."""
    chapters = {tag.partition(".")[0] for tag in tags if "." in tag}
    prose = re.sub(r"\$\$.*?\$\$|`[^`]*`|```.*?```|\$[^$\n]*\$", " ", text, flags=re.S)
    found = set(re.findall(r"(?<![\w.])\((\d{1,2}\.\d{1,2})\)", prose))
    lost = sorted(r for r in found if r not in tags and r.partition(".")[0] in chapters)
    return [
        Verdict(r, "unreadable", reason="the text refers to it, but no display has it")
        for r in lost
    ]


def this_notebook(number):
    """Path of the notebook that a cell runs in: JupyterLab's, or the chapter's in this folder."""
    session = os.environ.get("JPY_SESSION_NAME", "")
    if session.endswith(".ipynb") and Path(session).is_file():
        return Path(session)
    chapter = int(re.match(r"\d+", number)[0])
    found = sorted(Path().glob(f"{chapter:02d}-*.ipynb"))
    if not found:
        raise UsageError(f"no notebook {chapter:02d}-*.ipynb in {Path().resolve()}")
    return found[0]


def verify(*numbers):
    """Check displays of the notebook that this cell stands in, as it was saved last.

    Parameters
    ----------
    *numbers : str
        Tags such as ``"4.3"``.

    Returns
    -------
    Verdicts
        Printed by the notebook: what was found for each.
    """
    if not numbers or not all(re.match(r"\d+[.#]\d+$", str(n)) for n in numbers):
        raise UsageError('verify takes the numbers of displays: verify("4.3", "4.4")')
    if not all(isinstance(n, str) for n in numbers):
        raise UsageError('verify takes numbers in quotes: verify("4.3"), since 4.10 is not 4.1')
    path = this_notebook(numbers[0])
    found = list(Reader(diagnose=True, only=set(numbers)).read(markdown_of(path)))
    verdicts = {v.number: v for v in [*found, *_repeated(found)]}
    missing = "no display of {} has this number; save the notebook after an edit"
    return Verdicts(
        verdicts.get(n) or Verdict(n, "unreadable", reason=missing.format(path.name))
        for n in numbers
    )
