"""What `make test` runs over the chapters does fail where an output is not what the cell gives."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from annex_lib.book.storing import store

TESTS = Path(__file__).parent
DRAW = """fig, ax = canvas(3, 3)
grid(ax, np.arange(6.).reshape(2, 3), limit=5, name="W")
Figure(fig, "a matrix", "a caption")"""
CODE = {
    "imports": "import numpy as np\nfrom annex_lib.figures.core import Figure, canvas, grid",
    "sum": "2 + 3",
    "print": "print(2 + 3)",
    "figure": DRAW,
    "other-figure": DRAW,
    "described": DRAW,
}


def spoil(cell):
    """Change what is stored, as a hand or a faulty library might."""
    match cell.id:
        case "sum":
            cell.outputs[0].data["text/plain"] = "6"
        case "print":
            cell.outputs = []
        case "figure":  # the cell now draws other numbers than the stored picture
            cell.source = cell.source.replace("reshape(2, 3)", "reshape(3, 2).T")
        case "described":
            html = cell.outputs[0].data["text/html"]
            cell.outputs[0].data["text/html"] = html.replace("a matrix", "a vector")


def run_nbval(path):
    """Run nbval as `make test` does; return its exit status, the cells that failed, its words."""
    settings = path.with_name("pytest.ini")  # an empty one, so that the book's own stay out
    settings.touch()
    options = ["--nbval", "--nbval-sanitize-with", str(TESTS / "sanitize.cfg")]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", str(settings)]
    done = subprocess.run([*command, *options, str(path)], capture_output=True, text=True)
    return done.returncode, set(re.findall(r"FAILED .*::Cell (\d+)", done.stdout)), done.stdout


@pytest.fixture
def stored(tmp_path):
    path = tmp_path / "09-a-title.ipynb"
    cells = [new_code_cell(source, id=name) for name, source in CODE.items()]
    title = new_markdown_cell("# 09. A title", id="title")
    nbformat.write(new_notebook(cells=[title, *cells]), path)
    store(path)
    return path


def test_nbval_passes_a_sound_notebook_and_names_each_spoilt_cell(stored):
    status, _, words = run_nbval(stored)
    assert status == 0, words
    notebook = nbformat.read(stored, 4)
    for cell in notebook.cells:
        spoil(cell)
    nbformat.write(notebook, stored)
    status, failed, words = run_nbval(stored)
    assert status == 1
    assert failed == {"1", "2", "3", "5"}, words  # sum, print, figure, described
    assert "09-a-title.ipynb" in words


def test_another_size_of_the_picture_is_no_fault(stored):
    notebook = nbformat.read(stored, 4)
    output = notebook.cells[4].outputs[0].data
    output["text/html"] = re.sub(r'width="\d+"', 'width="7"', output["text/html"])
    output["text/html"] = re.sub(r"base64,[^\"]*", "base64,AAAA", output["text/html"])
    nbformat.write(notebook, stored)
    status, _, words = run_nbval(stored)
    assert status == 0, words
