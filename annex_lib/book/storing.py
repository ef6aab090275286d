"""Execute the chapters and store their outputs, the same bytes each time."""

import ast
import io
import json
import os
import re
from base64 import b64decode, b64encode
from contextlib import chdir, redirect_stdout

import nbformat

__all__ = ["STATE", "WIDGET", "canonical", "explorers", "stops", "store"]

WIDGET = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE = {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"}
# What could make two runs differ: the order of sets, sums split over threads, what a reader solved.
STEADY = {
    "PYTHONHASHSEED": "0",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "ANNEX_PROGRESS": "off",
}


def store(path):
    """Execute a notebook from top to bottom in a fresh kernel and store its outputs.

    Parameters
    ----------
    path : Path
        The notebook; written only if something changed.

    Returns
    -------
    bool
        Whether it changed.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell fails; the file stays as it was.
    """
    from nbclient import NotebookClient  # only authors need it

    old = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(old, 4)
    os.environ.update(STEADY)
    where = {"metadata": {"path": str(path.parent)}}
    NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
        record_timing=False,
        store_widget_state=True,
        resources=where,
    ).execute()
    _shrink(notebook)
    new = canonical(notebook)
    if new != old:
        path.write_text(new, encoding="utf-8")
    return new != old


def _shrink(notebook):
    """Give the pictures of a notebook's figures fewer colours; a reader's kernel skips that."""
    from annex_lib.figures.core import with_palette

    def smaller(found):
        return found[1] + b64encode(with_palette(b64decode(found[2]))).decode()

    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if words := output.get("data", {}).get("text/html"):
                picture = r'(src="data:image/png;base64,)([^"]+)'
                output.data["text/html"] = re.sub(picture, smaller, words)


def canonical(notebook):
    """Return the text of a notebook without anything that changes from run to run.

    What a player needs to move without a kernel is kept, under names that count through the
    notebook. Every other widget's view is left out: without a kernel it shows an error, while the
    static picture and the words beside it are stored. What a cell prints is one output, however
    often a busy kernel sent a part of it.
    """
    models = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    notebook.metadata = {"kernelspec": KERNEL, "language_info": LANGUAGE}
    names = {}
    for cell in notebook.cells:
        cell.metadata = {k: v for k, v in cell.metadata.items() if k == "tags" and v}
        for output in cell.get("outputs", ()):
            view = output.get("data", {}).pop(WIDGET, {})
            if models.get(old := view.get("model_id"), {}).get("model_module") == "anywidget":
                names[old] = f"figure-{len(names) + 1}"
                output.data[WIDGET] = {**view, "model_id": names[old]}
        if "outputs" in cell:
            cell.outputs = _joined(cell.outputs)
    if names:
        kept = dict(sorted(_named(models, names).items()))
        notebook.metadata["widgets"] = {
            STATE: {"state": kept, "version_major": 2, "version_minor": 0}
        }
    return nbformat.writes(notebook, indent=1) + "\n"


def _named(models, names):
    """Return the state of the named models and of their layouts, under the new names."""
    out = {}
    for old, name in names.items():
        model = json.loads(json.dumps(models[old]))
        layout = model["state"]["layout"].removeprefix("IPY_MODEL_")
        model["state"]["layout"] = f"IPY_MODEL_{name}-layout"
        model.get("buffers", []).sort(key=lambda buffer: buffer["path"])
        out |= {name: model, f"{name}-layout": models[layout]}
    return out


def _joined(outputs):
    """Join what follows on the same stream; only streams have names."""
    out = []
    for output in outputs:
        if out and output.get("name") is not None and output.get("name") == out[-1].get("name"):
            out[-1].text += output.text
        else:
            out.append(output)
    return out


def explorers(path):
    """Run a notebook's code in this process; yield (cell id, player) for each one shown.

    Parameters
    ----------
    path : Path
        A notebook whose cells are plain Python.
    """
    from annex_lib.explore import Player

    names = {"__name__": "__main__"}
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type != "code":
            continue
        tree = ast.parse(cell.source)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        where = f"{path.name}:{cell.id}"
        with chdir(path.parent), redirect_stdout(io.StringIO()):
            exec(compile(tree, where, "exec"), names)
            value = last and eval(compile(ast.Expression(last.value), where, "eval"), names)
        if isinstance(value, Player):
            yield cell.id, value


def stops(found):
    """Return what every slider's picture shows at every stop, as one text.

    Parameters
    ----------
    found : iterable of (str, Player)
        As `explorers` yields them.

    Returns
    -------
    str
        For each stop a line with the cell and the position, and what the picture says there.
    """
    out = []
    for cell, explorer in found:
        for position, words in explorer.summaries():
            where = " ".join(f"{name}={value}" for name, value in position.items())
            out.append(f"{cell} {where}: {words}\n")
    return "".join(out)
