import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook

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
