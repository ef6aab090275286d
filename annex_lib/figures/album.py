"""Pictures drawn once for a whole class.

Thirty students who run a chapter draw the same pictures from the same numbers. An album is a folder
that keeps what came of it, under a name made from the function, the numbers and the code of this
book: other numbers, or other code, are drawn as ever. `ANNEX_ALBUM` names the folder; without it
nothing is kept or looked up. Only `python -m annex_lib.book album` writes in it.
"""

import hashlib
import json
import os
from functools import cache, cached_property, wraps
from importlib.metadata import version
from pathlib import Path
from types import FunctionType

import numpy as np

__all__ = ["Kept", "keep"]

LIBRARY = Path(__file__).parents[1]
FILLING = False  # whether what is drawn is written down


class Kept:
    """A picture that stands in the album; drawn only if more is asked than what it shows.

    Parameters
    ----------
    make : callable
        Draws it.
    entry : dict
        What the album keeps of it.
    """

    def __init__(self, make, entry):
        self.make, self.entry = make, entry

    @cached_property
    def drawn(self):
        """The picture itself."""
        return self.make()

    def __getattr__(self, name):
        if name.startswith("_"):  # what Python and IPython look for, and pictures don't have
            raise AttributeError(name)
        return getattr(self.drawn, name)


def keep(names, kind, kept, package):
    """Let the functions of a package look in the album before they draw, if there is one.

    Parameters
    ----------
    names : dict
        The package's names; functions of its modules are replaced.
    kind : type
        What is kept when a function returns it; has `kept()`, a dict that JSON can hold, or None.
    kept : type
        The `Kept` to return in its place.
    package : str
        The full name of the package.
    """
    folder = os.environ.get("ANNEX_ALBUM")
    if not folder:
        return
    for name, value in list(names.items()):
        if isinstance(value, FunctionType) and value.__module__.startswith(f"{package}."):
            names[name] = _looking(value, Path(folder), kind, kept)


def _looking(draw, folder, kind, kept):
    """Return a function that looks in the album, and draws what is not there."""

    @wraps(draw)
    def look(*args, **options):
        try:
            path = folder / f"{_key(draw, args, options)}.json"
        except TypeError:  # a function, a network: nothing by which to find it again
            return draw(*args, **options)
        if not FILLING:
            try:
                entry = json.loads(path.read_bytes())
            except (OSError, ValueError):
                return draw(*args, **options)
            copies = _copied(args), _copied(options)  # the caller's may change until it is drawn
            return kept(lambda: draw(*copies[0], **copies[1]), entry)
        made = draw(*args, **options)
        if isinstance(made, kind) and (entry := made.kept()):
            path.write_text(json.dumps(entry), "utf-8")
        return made

    return look


def _key(draw, args, options):
    """Return the name under which a call is kept; TypeError if its arguments are no numbers."""
    call = [code(), draw.__module__, draw.__qualname__, _plain(args), _plain(options)]
    return hashlib.sha256(json.dumps(call).encode()).hexdigest()


def _plain(value):
    """Return a value as JSON that no other value has."""
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biufcU":
        kind = type(value).__name__, value.dtype.str, value.shape
        return [*kind, hashlib.sha256(value.tobytes()).hexdigest()]
    if type(value) in (list, tuple):
        return [type(value).__name__, *map(_plain, value)]
    if type(value) is dict:
        return ["dict", *([_plain(k), _plain(v)] for k, v in value.items())]
    if value is None or type(value) in (bool, int, float, complex, str):
        return [type(value).__name__, repr(value)]
    raise TypeError(type(value).__name__)


def _copied(value):
    """Return a copy that no later change reaches."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if type(value) in (list, tuple):
        return type(value)(map(_copied, value))
    return {k: _copied(v) for k, v in value.items()} if type(value) is dict else value


@cache
def code():
    """Return a hash of this library's code, and of the versions of what draws."""
    whole = hashlib.sha256()
    for path in sorted(LIBRARY.rglob("*.py")):
        whole.update(path.relative_to(LIBRARY).as_posix().encode() + b"\0" + path.read_bytes())
    whole.update(repr([version(name) for name in ("matplotlib", "numpy", "pillow")]).encode())
    return whole.hexdigest()
