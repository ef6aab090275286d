import subprocess
import sys

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from annex_lib.book.storing import store
from annex_lib.explore import progress

LOOP = """from annex_lib.explore import progress
total = 0
for k in progress(range(4), "steps"):
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


def test_a_bar_is_shown_in_a_kernel_while_it_lasts(tmp_path):
    """Stop in the middle: the widget is there, and nothing of it but the widget."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    source = LOOP.replace("total += k", "assert k < 2")
    notebook = new_notebook(cells=[new_code_cell(source, id="loop")])
    try:
        NotebookClient(notebook, kernel_name="python3").execute()
    except CellExecutionError:
        bar, error = notebook.cells[0].outputs
    assert list(bar.data) == ["application/vnd.jupyter.widget-view+json"]
    assert error.ename == "AssertionError"
