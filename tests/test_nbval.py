"""What `make test` runs over the chapters does fail where an output is not what the cell gives."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from test_progress import LOOP

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
    "bar": LOOP,
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


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A notebook that was stored."""
    path = tmp_path_factory.mktemp("stored") / "09-a-title.ipynb"
    cells = [new_code_cell(source, id=name) for name, source in CODE.items()]
    title = new_markdown_cell("# 09. A title", id="title")
    nbformat.write(new_notebook(cells=[title, *cells]), path)
    store(path)
    return path


def test_nbval_names_each_spoilt_cell_and_no_other(sound):
    resized, spoilt = nbformat.read(sound, 4), nbformat.read(sound, 4)
    output = resized.cells[4].outputs[0].data
    output["text/html"] = re.sub(r'width="\d+"', 'width="7"', output["text/html"])
    output["text/html"] = re.sub(r"base64,[^\"]*", "base64,AAAA", output["text/html"])
    for cell in spoilt.cells:
        spoil(cell)
    for name, notebook in {"resized": resized, "spoilt": spoilt}.items():
        notebook.cells.pop()  # the loop, which takes long
        nbformat.write(notebook, sound.with_name(f"{name}.ipynb"))
    words = run_nbval(sound.parent)
    failed = set(re.findall(r"FAILED (\S+)::Cell (\d+)", words))
    assert failed == {("spoilt.ipynb", k) for k in "1235"}, words  # sum, print, figure, described
    assert "4 failed, 15 passed" in words


def run_nbval(folder):
    """Run nbval over a folder as `make test` does; return its words."""
    (folder / "pytest.ini").touch()  # an empty one, so that the book's own settings stay out
    options = ["--nbval", "--nbval-sanitize-with", str(TESTS / "sanitize.cfg")]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", "pytest.ini"]
    return subprocess.run([*command, *options], cwd=folder, capture_output=True, text=True).stdout


def test_the_result_of_a_loop_is_stored_and_not_its_bar(sound):
    (output,) = nbformat.read(sound, 4).cells[-1].outputs
    assert output.data == {"text/plain": "6"}
