"""Figures on a plain page: pictures as files, and what moves, with a script to play it."""

import base64
import hashlib
import html
import json
import re
from pathlib import Path

from annex_lib.book.storing import STATE, WIDGET

__all__ = ["plain", "script"]

EXPLORE = Path(__file__).parents[2] / "explore"
LEAST = 0.75  # of a picture's width: on a phone it scrolls, its numbers stay readable


def plain(notebook, folder=None):
    """Return a notebook, as JSON, with each widget's view replaced by an element for `script`.

    Parameters
    ----------
    notebook : dict
        Changed in place. A view with no stored state goes, and its words with it.
    folder : Path, optional
        Where the pictures go, to load as they come into view; pages find it as `_static/`. Without
        it they stay inside.

    Returns
    -------
    dict
        The same.
    """
    models = notebook["metadata"].pop("widgets", {}).get(STATE, {}).get("state", {})
    for cell in notebook["cells"]:
        shown = [_output(output, models, folder) for output in cell.get("outputs", ())]
        if shown:
            cell["outputs"] = [output for output in shown if output]
    return notebook


def _output(output, models, folder):
    """Return an output as the site shows it, or None if it speaks to somebody who can run it."""
    data = output.get("data", {})
    model = models.get(data.pop(WIDGET, {}).get("model_id"))
    if model:
        data["text/html"] = [_element(model)]
    elif list(data) == ["text/plain"] and "".join(data["text/plain"]).startswith("Sliders: "):
        return None
    elif folder and (words := data.get("text/html")):
        picture = r'<img width="(\d+)" alt="([^"]*)" src="data:image/png;base64,([^"]*)">'
        data["text/html"] = [
            re.sub(picture, lambda m: _picture(*m.groups(), folder), "".join(words))
        ]
    return output


def _picture(width, alt, data, folder):
    """Write a picture to a file; return its element, which keeps its place until it is there."""
    png = base64.b64decode(data)
    name = f"figure-{hashlib.sha256(png).hexdigest()[:12]}.png"
    (folder / name).write_bytes(png)
    across, down = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))  # the IHDR chunk
    height, least = round(int(width) * down / across), round(LEAST * int(width))
    return (
        f'<img width="{width}" height="{height}" style="min-width:{least}px" alt="{alt}" '
        f'src="_static/{name}" loading="lazy">'
    )


def _element(model):
    """Return the `<div>` that holds all of a figure."""
    state = {name: model["state"].get(name) for name in ("position", "fields")}
    packed = {buffer["path"][0]: buffer["data"] for buffer in model["buffers"]}
    data = {"state": json.dumps(state), "figure": packed["figure"], "table": packed["table"]}
    held = " ".join(f'data-{name}="{html.escape(value)}"' for name, value in data.items())
    return f'<div class="annex-player" {held}></div>'


def script():
    """Return the script that plays the figures; a classic one, which works from disk too."""
    player = (EXPLORE / "player.js").read_text("utf-8")
    ours, found, rest = player.partition("export default { render };")
    if not found or rest.strip():
        raise ValueError("player.js should end in its export")
    return f"{{\n{ours}\n{Path(__file__).with_name('figures.js').read_text('utf-8')}}}\n"
