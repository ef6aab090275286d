"""The rules that every chapter keeps, beyond what nbval compares; a fault names file and cell."""

import ast
import json
import re
from html import unescape
from pathlib import Path

import nbformat
import pytest

from annex_lib.book.storing import WIDGET, canonical

__all__ = ["ALLOWED", "chapters", "faults", "soon"]

# (file, cell id) of cells that nbval may pass over, each with its reason. Empty at best.
ALLOWED = {}
IGNORE = re.compile(r"^\s*#\s*(NBVAL_\w+|PYTEST_VALIDATE_IGNORE_OUTPUT)", re.M)
FORBIDDEN_LATEX = re.compile(
    r"\\(label|eqref|htmlClass|class|bbox|newcommand|def)\b|\\begin\{(equation|align|eqnarray)\*?\}"
)
LONGEST = 20


def faults(path, known=()):
    """Return what is wrong with a stored notebook, a sentence each that names file and cell.

    Parameters
    ----------
    path : Path
        The notebook.
    known : collection of str
        Names of the notebooks that the README's table lists.
    """
    text = path.read_text(encoding="utf-8")
    ids = [cell.get("id") for cell in json.loads(text)["cells"]]
    if repeated := sorted({i for i in ids if ids.count(i) > 1}):
        return [f"{path.name}: cell {i}: its id stands twice" for i in repeated]
    notebook = nbformat.reads(text, 4)
    found = list(_whole(path, text, notebook, known))
    for cell in notebook.cells:
        check = _code if cell.cell_type == "code" else _prose
        found += [f"cell {cell.id}: {words}" for words in check(path, cell)]
    return [f"{path.name}: {words}" for words in found]


def _whole(path, text, notebook, known):
    if text != canonical(nbformat.from_dict(notebook)):
        yield "has metadata or a layout that changes from run to run: store it again (make run)"
    code = [c for c in notebook.cells if c.cell_type == "code"]
    if not code:
        yield "has no code, so that nothing in it is checked"
    for count, cell in enumerate(code, 1):
        if cell.execution_count != count:
            yield (
                f"cell {cell.id}: has execution count {cell.execution_count}, but is code cell "
                f"{count}: run the notebook from top to bottom (make run)"
            )
    number = path.name[:2]
    if not notebook.cells[0].source.startswith(f"# {number}. "):
        yield f'cell {notebook.cells[0].id}: the title should begin "# {number}. "'
    if path.name not in known:
        yield "is missing in the README's table of chapters"


def _code(path, cell):
    if (IGNORE.search(cell.source) or cell.metadata.get("tags")) and (
        path.name,
        cell.id,
    ) not in ALLOWED:
        yield "carries a tag or a marker that takes it out of the checks"
    length = len(cell.source.splitlines())
    if length > LONGEST:
        yield f"has {length} lines; {LONGEST} at most"
    try:
        tree = ast.parse(cell.source)
    except SyntaxError:
        yield "holds a magic, a shell command or a syntax error; plain Python only"
        return
    if cell.source.rstrip().endswith(";"):
        yield "ends with a semicolon, which hides its output"
    if _speaks(tree) and not cell.outputs:
        yield "shows something when run, but has no stored output"
    for output in cell.outputs:
        yield from _output(output)


def _speaks(tree):
    """Whether a cell shows something: it ends in an expression, or prints."""
    calls = (n.func for n in ast.walk(tree) if isinstance(n, ast.Call))
    prints = any(isinstance(f, ast.Name) and f.id in ("print", "show") for f in calls)
    return prints or any(isinstance(statement, ast.Expr) for statement in tree.body[-1:])


def _output(output):
    if output.output_type == "error":
        yield f"stores an error: {output.ename}"
    if output.get("name") == "stderr":
        yield "stores a warning or other output on stderr"
    data = output.get("data", {})
    for kind in data:
        if kind not in ("text/plain", "text/html", WIDGET):
            yield f"stores {kind}, which is not compared; show a Figure instead"
    words = "".join([output.get("text", ""), data.get("text/plain", "")])
    if re.search(r"[\[\s]\.\.\.[,\s]", words):
        yield "prints an array with some entries left out"
    if re.search(r"0x[0-9a-f]{6,}", words):
        yield "prints a memory address"
    yield from _images(data.get("text/html", ""))


def _prose(path, cell):
    outside_code = re.sub(r"```.*?```|`[^`\n]*`", "", cell.source, flags=re.S)
    yield from _images(outside_code)
    for alt, target in re.findall(r"!\[([^\]]*)\]\(([^)\s]*)", outside_code):
        if not alt.strip():
            yield f"shows {target} without alternative text"
    for target in re.findall(r"\]\(([^)\s]+)\)", outside_code):
        if wrong := _broken(path, target):
            yield wrong
    if match := FORBIDDEN_LATEX.search(outside_code):
        yield f"uses {match[0]}, which does not show everywhere"
    if outside_code.count("$$") % 2:
        yield "has a display that is not closed: an odd number of $$"


def _images(html):
    for tag in re.findall(r"<img\b[^>]*>", html):
        alt = re.search(r'\balt="([^"]*)"', tag)
        if not alt or not unescape(alt[1]).strip():
            yield "shows an image without alternative text"


def _broken(path, target):
    """Return what is wrong with a link to another file or heading of the book, or nothing."""
    if re.match(r"[a-z]+:", target):
        return None
    name, _, anchor = target.partition("#")
    file = (path.parent / name) if name else path
    if not file.exists():
        return f"links to {target}, but there is no file {name}"
    if anchor and file.suffix == ".ipynb" and anchor not in _anchors(file):
        return f"links to {target}, but {file.name} has no heading #{anchor}"
    return None


def _anchors(file):
    """Return the anchors that JupyterLab gives to a notebook's headings."""
    cells = nbformat.read(file, 4).cells
    prose = "\n".join(c.source for c in cells if c.cell_type == "markdown")
    headings = re.findall(r"^#+ +(.+?)\s*$", prose, flags=re.M)
    return {re.sub(r"[`*]", "", h).replace(" ", "-") for h in headings}


def chapters(folder=Path(__file__).parent.parent / "notebooks"):
    """Return the paths of the book's notebooks, in order."""
    return sorted(folder.glob("*.ipynb"))


def soon(names, *starts):
    """Return names to parametrize a test with: those that begin otherwise take long."""
    return [
        pytest.param(name, marks=() if name.startswith(starts) else pytest.mark.long)
        for name in names
    ]
