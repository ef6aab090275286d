"""One chapter as one HTML file: its figures move, its formulas are set, and it asks nobody."""

import json
import re
from base64 import b64encode
from importlib.metadata import files

import nbformat

from annex_lib.book.reading import Mistake, chapters, write
from annex_lib.book.site.figures import plain, script

__all__ = ["export", "page"]

FOLDER = "_export"
ABROAD = ("jquery_url", "mathjax_url", "mermaid_js_url", "require_js_url", "widget_renderer_url")
MATHJAX = """window.MathJax = {
  tex: { inlineMath: [["$", "$"]], processEscapes: true },
  svg: { fontCache: "global" },
  options: { enableMenu: false, ignoreHtmlClass: "jp-InputArea-editor|jp-RenderedText" },
};"""


def export(root, number):
    """Write a chapter to `_export/`; return what to say.

    Parameters
    ----------
    root : Path
        The folder that holds `notebooks/`.
    number : str
        As in 04.

    Raises
    ------
    Mistake
        If there is no such chapter.
    """
    found = [path for path in chapters(root) if path.name.startswith(f"{number}-")]
    if not number or not found:
        numbers = ", ".join(path.name[:2] for path in chapters(root))
        raise Mistake(f"Name a chapter by its number, as in make export CHAPTER=04: {numbers}.")
    (folder := root / FOLDER).mkdir(exist_ok=True)
    file = folder / f"{found[0].stem}.html"
    write(file, page(found[0]).encode())
    return [f"{file.relative_to(root)} is there: it needs no kernel and no network."]


def page(path):
    """Return a chapter as HTML, everything that it needs inside.

    Parameters
    ----------
    path : Path
        A stored notebook.

    Returns
    -------
    str
    """
    from nbconvert import HTMLExporter  # comes with JupyterLab

    notebook = nbformat.reads(json.dumps(plain(json.loads(path.read_text("utf-8")))), 4)
    exporter = HTMLExporter(**dict.fromkeys(ABROAD, ""))
    about = {"metadata": {"name": notebook.cells[0].source.partition("\n")[0].lstrip("# ")}}
    text, _ = exporter.from_notebook_node(notebook, resources=about)
    text = re.sub(r'src="(\.\./images/[^"]*)"', lambda m: _inside(path.parent / m[1]), text)
    text = re.sub(r"<script[^>]*\bsrc=[^>]*></script>", "", text)
    own = (MATHJAX, _mathjax(), script())
    safe = [code.replace("</script", r"<\/script") for code in own]
    scripts = "\n".join(f"<script>{code}</script>" for code in safe)
    head, _, tail = text.rpartition("</body>")
    return f"{head}{scripts}\n</body>{tail}"


def _inside(picture):
    """Return a picture as an address that holds it."""
    kind = {".svg": "svg+xml"}.get(picture.suffix, picture.suffix[1:])
    return f'src="data:image/{kind};base64,{b64encode(picture.read_bytes()).decode()}"'


def _mathjax():
    """Return MathJax with all its packages and its letters as outlines, in one script."""
    (found,) = (f for f in files("sphinx-mathjax-offline") if f.name == "tex-svg-full.js")
    return found.locate().read_text("utf-8")
