"""The reader's working copy of the chapters.

The copy stands in `reading/`, beside `notebooks/`, so that links to `../images/` hold and a
reader's edits never meet git. What was laid out there is remembered in `reading/.laid-out.json`.
"""

import datetime
import hashlib
import json
import os
from pathlib import Path

__all__ = ["Mistake", "chapters", "lay_out", "reset", "write"]

RECORD = ".laid-out.json"


class Mistake(Exception):
    """Something that the user can put right; its text says how, in one sentence."""


def chapters(root):
    """Return the paths of the book's chapters, in order.

    Parameters
    ----------
    root : Path
        The folder that holds `notebooks/`.

    Raises
    ------
    Mistake
        If there are none.
    """
    found = sorted((root / "notebooks").glob("*.ipynb"))
    if not found:
        raise Mistake(f"There are no chapters in {root / 'notebooks'}: clone the whole book again.")
    return found


def lay_out(root):
    """Bring the reader's copy up to date; nothing that the reader wrote is lost.

    Whether the reader touched a chapter is decided by its cells, their types and sources. One
    that was only run (other outputs, an empty cell at the end) has no work in it, and follows
    the book's changes like one that was never opened. A touched chapter is kept. When the book's
    own changes after that, it is laid beside it as `NN-title.new.ipynb`, which follows later
    changes and goes when there is nothing new in it.

    Parameters
    ----------
    root : Path
        The folder that holds `notebooks/`; the copy is `reading/` in it.

    Returns
    -------
    list of str
        What the reader should know, a sentence each.
    """
    book = {path.name: path.read_bytes() for path in chapters(root)}
    reading = root / "reading"
    reading.mkdir(exist_ok=True)
    record = _record(reading)
    words = [_lay(reading / name, new, record) for name, new in book.items()]
    for name in [n for n in record if n not in book and not n.endswith(".new.ipynb")]:
        words.append(_withdraw(reading / name, record))
    write(reading / RECORD, json.dumps(record, indent=1, sort_keys=True).encode() + b"\n")
    return [w for w in words if w]


def _lay(path, new, record):
    """Write one chapter where it belongs; return what the reader should know, or None."""
    beside, now = path.with_suffix(".new.ipynb"), _prints(new)
    if _untouched(path, record, now):
        if record.get(path.name) != now or not path.exists():
            write(path, new)
        record[path.name] = now
        _remove(beside, record, now)
    elif record.get(path.name, {}).get("cells") == now["cells"]:  # nothing new in the book
        _remove(beside, record, now)
    elif record.get(beside.name) != now:  # else it was laid beside before, and may be gone again
        if not _untouched(beside, record, now):
            return f"{path.name} has changed again: rename {beside.name} to get the new one beside."
        write(beside, new)
        record[beside.name] = now
        return f"{path.name} has changed: yours is kept, the new one is {beside.name} beside it."


def _withdraw(path, record):
    """Remove a chapter that the book no longer has, unless the reader touched it."""
    _remove(path.with_suffix(".new.ipynb"), record)
    _remove(path, record)
    if path.exists():
        return f"{path.name} is no longer in the book; yours is kept."


def _remove(path, record, now=None):
    if _untouched(path, record, now):
        path.unlink(missing_ok=True)
    record.pop(path.name, None)


def _untouched(path, record, now=None):
    """Return whether nothing of the reader's own is in a file (or there is none)."""
    known = [prints["cells"] for prints in (record.get(path.name), now) if prints]
    return not path.exists() or _prints(path.read_bytes())["cells"] in known


def _prints(data):
    """Return two hashes of a notebook: of the whole file, and of what a reader writes in it."""
    try:
        cells = [(c["cell_type"], "".join(c["source"])) for c in json.loads(data)["cells"]]
        work = json.dumps([c for c in cells if c[1].strip()]).encode()
    except (ValueError, KeyError, TypeError):  # no notebook: every byte counts
        work = data
    return {"file": _hash(data), "cells": _hash(work)}


def _hash(data):
    return hashlib.sha256(data).hexdigest()


def _record(reading):
    """Return what was laid out, by file name; what cannot be read is as if never laid out."""
    try:
        record = json.loads((reading / RECORD).read_bytes())
        return {
            name: {"file": prints["file"], "cells": prints["cells"]}
            for name, prints in record.items()
            if Path(name).name == name and name.endswith(".ipynb")
        }
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def write(path, data):
    """Write a file whole or not at all.

    Parameters
    ----------
    path : Path
        Where; replaced if it exists.
    data : bytes
    """
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(data)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def reset(root, yes=False):
    """Lay the chapters out anew, after asking; the old copy moves to a dated folder.

    Parameters
    ----------
    root : Path
        The folder that holds `notebooks/` and `reading/`.
    yes : bool
        Whether to go ahead without asking.

    Returns
    -------
    list of str
        What the reader should know, a sentence each.
    """
    chapters(root)  # nothing is moved if there is nothing to lay out
    reading, words = root / "reading", []
    if reading.exists():
        old = _dated(root)
        if not yes and not _agrees(f"Move your copy of the chapters to {old.name}/, start anew?"):
            return ["Nothing was changed."]
        reading.rename(old)
        words = [f"Your old copy is {old.name}/."]
    return [*words, *lay_out(root), "Fresh chapters are in reading/."]


def _agrees(question):
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        print()
        return False


def _dated(root):
    path = root / f"reading-{datetime.date.today().isoformat()}"
    first, count = path.name, 2
    while path.exists():
        path, count = root / f"{first}-{count}", count + 1
    return path
