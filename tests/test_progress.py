import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from annex_lib.book.storing import store
from annex_lib.explore import progress

LOOP = """import time
from annex_lib.explore import progress
total = 0
for k in progress(range(4), "steps"):
    time.sleep(0.6)
    total += k
total"""


def test_the_items_come_in_their_order():
    assert list(progress([3, 1, 2])) == [3, 1, 2]


def test_nothing_is_written_where_nobody_looks(capfd):
    list(progress(range(3)))
    assert capfd.readouterr() == ("", "")


def test_a_stored_notebook_holds_the_result_and_no_bar(tmp_path):
    path = tmp_path / "09-a-title.ipynb"
    cells = [new_markdown_cell("# 09. A title", id="title"), new_code_cell(LOOP, id="loop")]
    nbformat.write(new_notebook(cells=cells), path)
    store(path)
    (output,) = nbformat.read(path, 4).cells[1].outputs
    assert output.data == {"text/plain": "6"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbval"]
    path.with_name("pytest.ini").touch()
    done = subprocess.run(
        [*command, "-c", str(path.with_name("pytest.ini")), str(path)], capture_output=True
    )
    assert done.returncode == 0, done.stdout.decode()


@pytest.mark.parametrize("source, bars", [(LOOP, 1), (LOOP.replace("0.6", "0"), 0)])
def test_a_bar_is_shown_in_a_kernel_while_it_lasts_if_that_is_long(source, bars):
    """Stop in the middle: the widget is there, and nothing of it but the widget."""
    source = source.replace("total += k", "assert k < 2")
    notebook = new_notebook(cells=[new_code_cell(source, id="loop")])
    with pytest.raises(CellExecutionError):
        NotebookClient(notebook, kernel_name="python3").execute()
    *shown, error = notebook.cells[0].outputs
    assert [list(s.data) for s in shown] == [["application/vnd.jupyter.widget-view+json"]] * bars
    assert error.ename == "AssertionError"
