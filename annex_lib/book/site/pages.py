"""The pages that are no chapters: title page, notation, formulas; each as Markdown."""

import itertools
import json
import re
from pathlib import Path

from annex_lib.book.reading import Mistake
from annex_lib.book.site.volume import anchor

__all__ = ["browser", "formulas", "index", "notation"]

BROWSER = "- [In this browser](browser.md): the chapters as notebooks, with nothing to install\n"


def index(volume, alone=True):
    """Return the title page: what the book is, and its chapters.

    Not `alone`, it has no sections, since the chapters follow as such on the same page.
    """
    text = Path(__file__).with_name("index.md").read_text("utf-8")
    pdf = ' <a class="button" href="annex.pdf">As one PDF</a>' if volume.pdf else ""
    blanks = {
        "FIRST": volume.chapters[0].name,
        "PDF": pdf,
        "BROWSER": BROWSER if volume.lite and alone else "",
        "CHAPTERS": "\n".join(map(_entry, volume.chapters)),
        "NAMES": "\n".join(c.name for c in volume.chapters),
    }
    for blank, words in blanks.items():
        text = text.replace(f"[[{blank}]]", words)
    return text if alone else re.sub(r"^## .*\n", "", text, flags=re.M)


def _entry(chapter):
    time = f" *{chapter.minutes} minutes*" if chapter.minutes else ""
    link = f"- [{chapter.title}]({chapter.path.name})"
    about = f"{chapter.about}." if chapter.about else ""
    return f"{link}\\\n  {about}{time}" if about or time else link


def browser(volume):
    """Return the page on running the chapters in a browser: what does, and what nobody tried."""
    text = Path(__file__).with_name("browser.md").read_text("utf-8")
    head, with_numpy, without, tail = re.split(r"(?m)^%.*\n", text)
    text = head + (with_numpy if volume.numpy else without) + tail
    return text.replace("[[FIRST]]", volume.chapters[0].path.name)


def notation(volume):
    """Return the conventions and the letters, as the first chapter tells them.

    Raises
    ------
    Mistake
        If the first chapter has no such sections.
    """
    first = volume.chapters[0]
    cells = json.loads(first.path.read_text("utf-8"))["cells"]
    texts = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
    found = [t for t in texts if re.match(r"## [\d.]+ (Letters|Conventions)\n", t)]
    if len(found) != 2:
        raise Mistake(f"{first.path.name}: the notation page needs its Letters and Conventions.")
    words = f"From [chapter {first.name[:2]}]({first.path.name}), which tells more."
    plain = [re.sub(r"^## [\d.]+ ", "## ", text) for text in reversed(found)]
    return "\n\n".join(["# Notation", words, *plain, ""])


def formulas(volume):
    """Return every numbered display, by chapter and section."""
    parts = [Path(__file__).with_name("formulas.md").read_text("utf-8")]
    for chapter in volume.chapters:
        numbered = [entry for entry in chapter.displays() if entry[1].tag]
        if numbered:
            parts.append(f"## [{chapter.title}]({chapter.path.name})")
        for section, entries in itertools.groupby(numbered, lambda entry: entry[0]):
            parts.append(f"[{section}](<{chapter.path.name}#{anchor(section)}>)")
            for _, display, verdict in entries:
                parts.append(f"$$\n{display.text.strip()} \\tag{{{verdict.number}}}\n$$")
    return "\n\n".join([*parts, ""])
