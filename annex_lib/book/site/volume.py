"""The whole book as the site needs it: chapters, their displays, and what was found of each."""

import os
import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from annex_lib.book.reading import Mistake, chapters
from annex_lib.equations.notebook import check_notebooks, markdown_of
from annex_lib.equations.prose import Display, Heading, pieces

__all__ = ["Chapter", "Volume", "anchor", "volume"]


@dataclass(frozen=True)
class Chapter:
    """One notebook, with the verdict on each of its displays, in order."""

    path: Path
    about: str
    verdicts: tuple

    @property
    def name(self):
        """Its file name without the ending, which is its page's name too."""
        return self.path.stem

    @cached_property
    def text(self):
        """Return its Markdown cells, joined."""
        return markdown_of(self.path)

    @property
    def title(self):
        """Its title with its number, as its first heading says."""
        heading = re.search(r"^# +(.+)$", self.text, re.M)
        return heading[1].strip() if heading else self.name

    @property
    def minutes(self):
        """How long it takes to read, in minutes, as it says itself; or None."""
        found = re.search(r"^Reading time: about (\d+) minutes", self.text, re.M)
        return found and int(found[1])

    def displays(self):
        """Yield each display as (title of its section, Display, Verdict)."""
        section, verdicts = self.title, iter(self.verdicts)
        for piece in pieces(self.text):
            if isinstance(piece, Heading):
                section = piece.text
            elif isinstance(piece, Display):
                yield section, piece, next(verdicts)


@dataclass(frozen=True)
class Volume:
    """All chapters, in order, and where the book can be run."""

    root: Path
    chapters: tuple
    repository: str = ""  # its address, such as https://github.com/owner/name
    pdf: bool = False  # whether the text is there as one PDF
    lite: bool = False  # whether JupyterLite stands in lite/ of the site
    numpy: bool = False  # whether that can load NumPy

    def chapter(self, name):
        """Return the chapter of this name, or None."""
        return next((c for c in self.chapters if c.name == name), None)

    @cached_property
    def verdicts(self):
        """Return the verdict on each numbered display, by its number."""
        return {v.number: v for c in self.chapters for v in c.verdicts if "#" not in v.number}


def anchor(title):
    """Return the anchor that JupyterLab gives to a heading.

    Examples
    --------
    >>> anchor("4.10 The Jacobian, flattened")
    '4.10-The-Jacobian,-flattened'
    """
    return re.sub(r"[`*]", "", title.strip()).replace(" ", "-")


def volume(root, **options):
    """Read the book and decide its equations.

    Parameters
    ----------
    root : Path
        The folder that holds `notebooks/`.
    **options
        Passed on to `Volume`: pdf, lite, numpy.

    Raises
    ------
    Mistake
        If a display may not be printed as it stands.
    """
    paths, abouts = chapters(root), _abouts(root)
    found = check_notebooks(paths, diagnose=False)
    bad = [f"{p.name}: {v}" for p, vs in zip(paths, found, strict=True) for v in vs if not v.ok]
    if bad:
        raise Mistake("\n".join(bad))
    parts = (
        Chapter(p, abouts.get(p.name, ""), tuple(v)) for p, v in zip(paths, found, strict=True)
    )
    return Volume(root, tuple(parts), _repository(root), **options)


def _abouts(root):
    """Return what each chapter is about, by file name, from the README's table."""
    readme = root / "README.md"
    text = readme.read_text("utf-8") if readme.exists() else ""
    row = r"^\|[^|]*\| *\[[^\]]*\]\(notebooks/([^)]+)\) *\| *(.*?) *\|$"
    return dict(re.findall(row, text, re.M))


def _repository(root):
    """Return the address of the book's repository, or nothing if it is told nowhere."""
    file = root / "pyproject.toml"
    project = tomllib.loads(file.read_text("utf-8"))["project"] if file.exists() else {}
    told = os.environ.get("ANNEX_REPOSITORY") or project.get("urls", {}).get("Repository", "")
    return told.removesuffix("/").removesuffix(".git")
