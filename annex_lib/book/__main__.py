"""The commands behind the Makefile: ``python -m annex_lib.book --help``."""

import argparse
import hashlib
import os
import re
import sys
from pathlib import Path

from annex_lib.book.reading import Mistake, chapters, reset, write
from annex_lib.book.serving import read

ROOT = Path(__file__).parents[2]
TEMPLATE = Path(__file__).with_name("template.ipynb")


def run(root, names=()):
    """Execute the chapters (or those named); store their outputs and their sliders' stops."""
    from tqdm import tqdm

    paths = [path for path in chapters(root) if not names or path.stem in names]
    if len(paths) < len(names):
        raise Mistake(f"No such chapter: name them without .ipynb, as in {chapters(root)[0].stem}.")
    with tqdm(paths, unit=" chapters") as bar:
        changed = [words for path in bar for words in _stored(root, path)]
    return changed or ["Every output is as it was."]


def _stored(root, path):
    """Store one chapter, then what the tests compare its sliders with; yield what changed."""
    from nbclient.exceptions import CellExecutionError

    from annex_lib.book.storing import explorers, stops, store

    try:
        if store(path):
            yield f"{path.name}: new outputs"
        file = root / "tests" / "sliders" / f"{path.stem}.txt"
        words = stops(explorers(path)).encode()
        if words and not (file.exists() and file.read_bytes() == words):
            file.parent.mkdir(parents=True, exist_ok=True)
            write(file, words)
            yield f"{file.name}: new stops of its sliders"
    except CellExecutionError as error:  # with the cell's own lines: its author needs them
        plain = re.sub(r"\x1b\[[\d;]*m", "", error.traceback)
        raise Mistake(f"{path.name}: {error.ename}: {error.evalue}\n\n{plain}") from None


def album(root):
    """Draw what the chapters show once for a class, in _album/; nothing if that is done."""
    from tqdm import tqdm

    folder, paths = root / "_album", chapters(root)
    os.environ.update(ANNEX_ALBUM=str(folder), ANNEX_PROGRESS="off")
    from annex_lib.book.storing import explorers
    from annex_lib.figures import album as kept

    state = hashlib.sha256(kept.code().encode())
    for path in paths:
        state.update(path.read_bytes())
    mark = folder / "state.txt"
    if mark.exists() and mark.read_text("utf-8") == state.hexdigest():
        return []
    folder.mkdir(exist_ok=True)
    for old in (mark, *folder.glob("*.json")):
        old.unlink(missing_ok=True)
    kept.FILLING = True
    for path in tqdm(paths, desc="Drawing the pictures once for all", unit=" chapters"):
        for _ in explorers(path):
            pass
    mark.write_text(state.hexdigest(), "utf-8")
    return [f"{len([*folder.glob('*.json')])} pictures are in _album/."]


def images(root, figures=None):
    """Draw the pictures in images/, each with its description inside; say which changed."""
    from annex_lib.figures.core import with_palette

    if figures is None:
        from annex_lib.figures.images import IMAGES as figures
    (root / "images").mkdir(exist_ok=True)
    changed = []
    for name, draw in figures.items():
        figure = draw()
        about = {"Description": figure.description()}
        kinds = {"png": with_palette(figure.png(about)), "svg": figure.svg(about)}
        for ending, data in kinds.items():
            path = root / "images" / f"{name}.{ending}"
            if not path.exists() or path.read_bytes() != data:
                write(path, data)
                changed.append(f"{path.name}: drawn")
    return changed or ["Every picture is as it was."]


def chapter(root, name):
    """Begin a chapter from the template; the file name gives its number and its title."""
    if not re.fullmatch(r"\d\d(-[a-z0-9]+)+", name):
        raise Mistake(f"{name!r} is no name for a chapter: make chapter NAME=06-title.")
    book = [path.stem for path in chapters(root)]
    if same := [other for other in book if other[:2] == name[:2]]:
        raise Mistake(f"Chapter {name[:2]} exists already, {same[0]}: choose another number.")
    before = max((other for other in book if other < name), default=book[0])
    after = min((other for other in book if other > name), default="")
    forward = f" | [{_title(after)} →]({after}.ipynb)" if after else ""
    contents = f"[Contents]({book[0]}.ipynb)"
    blanks = {
        "NAVIGATION": f"[← {_title(before)}]({before}.ipynb) | {contents}{forward}",
        "BEFORE": f"[{_title(before)}]({before}.ipynb)",
        "NN. TITLE": _title(name),
        "NN": name[:2],
    }
    text = TEMPLATE.read_text(encoding="utf-8")
    for blank, words in blanks.items():
        text = text.replace(blank, words)
    write(root / "notebooks" / f"{name}.ipynb", text.encode())
    beside = " and ".join(filter(None, (before, after)))
    return [f"notebooks/{name}.ipynb is there: add it to README.md, and link to it from {beside}."]


def _title(stem):
    number, _, title = stem.partition("-")
    return f"{number}. {title.replace('-', ' ').capitalize()}"


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without the usage."""

    def error(self, message):
        """Raise the mistake."""
        raise Mistake(f"{message[:1].upper()}{message[1:]}.")


def parser():
    """Return the parser of the command line."""
    whole = Parser(prog="annex_lib.book", description="The book's commands.")
    commands = whole.add_subparsers(dest="command", required=True)

    def add(name, words):
        return commands.add_parser(name, help=words, allow_abbrev=False)

    words = "where to listen (the first free one from 8888)"
    add("read", "open the book in JupyterLab; options are passed on").add_argument(
        "--port", help=words
    )
    words = "make the web pages of the book in _site/"
    add("site", words).add_argument("--no-pdf", action="store_true", help="pages only")
    words = "one chapter as one HTML file, which needs no kernel and no network"
    add("export", words).add_argument("chapter", help="its number, as in 04")
    add("lite", "make the book for a browser with no machine in _lite/").add_argument(
        "--pyodide", help="a full Pyodide, which has NumPy: its archive or folder"
    )
    words = "start over with fresh chapters, keeping the old copy"
    add("reset", words).add_argument("--yes", action="store_true", help="without asking")
    words = "only these, as in 04-the-linear-layer"
    add("run", "execute the chapters and store their outputs").add_argument(
        "names", nargs="*", help=words
    )
    add("images", "draw the pictures in images/")
    add("album", "draw the pictures of the chapters once for a class")
    add("chapter", "begin a chapter from the template").add_argument("name", help="as in 06-title")
    return whole


def carry_out(root, arguments):
    """Carry out one command; return what to say."""
    options, more = parser().parse_known_args(arguments)
    if more and options.command != "read":
        raise Mistake(f"{options.command} does not know {' '.join(more)}.")
    match options.command:
        case "read":
            read(root, options.port, more)
        case "site":
            from annex_lib.book.site.build import site  # Sphinx, which readers don't have

            return site(root, not options.no_pdf)
        case "lite":
            from annex_lib.book.lite.build import lite  # JupyterLite, which readers don't have

            return lite(root, options.pyodide)
        case "export":
            from annex_lib.book.exporting import export  # needs what the site needs

            return export(root, options.chapter)
        case "reset":
            return reset(root, options.yes)
        case "run":
            return run(root, options.names)
        case "album":
            return album(root)
        case "images":
            return images(root)
        case "chapter":
            return chapter(root, options.name)
    return []


def main(arguments=None, root=ROOT):
    """Carry out one command; return the exit status. A mistake is one sentence."""
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"  # the kernel is this environment's Python
    try:
        for words in carry_out(root, arguments):
            print(words)
        return 0
    except Mistake as mistake:
        print(mistake, file=sys.stderr)
    except OSError as error:
        words = f"{error.filename or 'A file'}: {error.strerror or error}"
        print(f"{words}. See who owns it, and whether you may write there.", file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
