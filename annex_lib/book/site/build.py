"""Build the site: stage the pages, let Sphinx write them, print the PDF, put all in its place."""

import io
import json
import re
import shutil
import warnings
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from annex_lib.book.browser import browser
from annex_lib.book.reading import Mistake
from annex_lib.book.site import pages
from annex_lib.book.site.figures import plain, script
from annex_lib.book.site.pdf import print_pdf
from annex_lib.book.site.volume import volume

__all__ = ["build", "site", "write_html"]

HERE = Path(__file__).parent
MATHJAX = ("tex-chtml.js", "input/tex/extensions", "output/chtml/fonts/woff-v2", "a11y", "sre")


def site(root, pdf=True):
    """Build the site of the book in `_site/`, with the PDF where there is a Chromium.

    Returns
    -------
    list of str
        What there is now, a sentence each.
    """
    chromium = browser() if pdf else None
    build(root, root / "_site", chromium, root / "_lite")
    words = "The site is in _site/: open _site/index.html, or serve the folder anywhere."
    if pdf and not chromium:
        return [words, "There is no PDF: install Chromium, or set ANNEX_BROWSER to its path."]
    return [words]


def build(root, out, chromium=None, lite=None):
    """Build the site in a folder; what was there is replaced, if nothing goes wrong.

    Parameters
    ----------
    root : Path
        The folder that holds `notebooks/` and `images/`.
    out : Path
    chromium : str, optional
        The path of a browser that prints the PDF.
    lite : Path, optional
        A build of JupyterLite; where it exists, it stands in the site as `lite/`.

    Raises
    ------
    Mistake
        If a link leads nowhere, an image has no alternative text, or a formula can't be read.
    """
    lite = lite if lite and lite.exists() else None
    numpy = bool(lite) and any(lite.glob("static/pyodide/numpy-*.whl"))
    book = volume(root, pdf=bool(chromium), lite=bool(lite), numpy=numpy)
    with TemporaryDirectory() as folder:
        folder = Path(folder)
        stage(book, folder)
        write_html(book, folder)
        new = folder / "html"
        # 1.5 MB of icons, which the theme's style sheet has as a font too
        (new / "_static" / "scripts" / "fontawesome.js").write_text("", encoding="utf-8")
        for name in ("notebooks", "images"):  # to download; the links between them hold
            if (root / name).exists():
                shutil.copytree(root / name, new / name)
        if chromium:
            _pdf(book, folder, chromium)
        if lite:
            shutil.copytree(lite, new / "lite")
        shutil.rmtree(out, ignore_errors=True)
        shutil.move(new, out)


def stage(book, folder):
    """Lay out what Sphinx reads: the notebooks, the other pages, what they load."""
    for name in ("source", "static"):
        (folder / name).mkdir()
    source, static = folder / "source", folder / "static"
    for chapter in book.chapters:
        text = json.dumps(plain(json.loads(chapter.path.read_text("utf-8")), static))
        (source / chapter.path.name).write_text(text, encoding="utf-8")
    if (book.root / "images").exists():
        shutil.copytree(book.root / "images", folder / "images")
    for name in ("index", "notation", "formulas", *(["browser"] if book.lite else [])):
        text = getattr(pages, name)(book)
        (source / f"{name}.md").write_text(text, encoding="utf-8")
    _mathjax(static / "mathjax")
    (static / "figures.js").write_text(script(), encoding="utf-8")


def write_html(book, folder, builder="html"):
    """Let Sphinx write pages from what is staged in a folder; any warning of its is a mistake."""
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    complaints = io.StringIO()
    folders = (folder / "source", HERE, folder / builder, folder / "doctrees")
    static = [str(HERE / "static"), str(folder / "static")]
    settings = {"annex_volume": book, "html_static_path": static}
    options = {"confoverrides": settings, "status": None, "warning": complaints}
    with patch_docutils(HERE), docutils_namespace(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the theme's own deprecations
        Sphinx(*folders, builder, **options).build()
    if said := complaints.getvalue().strip():
        said = re.sub(r"\x1b\[[\d;]*m", "", said)
        lines = [_with_cell(book, line) for line in said.splitlines()]
        raise Mistake("\n".join([line for line in lines if ".ipynb: cell" in line] or lines))


def _pdf(book, folder, chromium):
    """Print the book from one page that holds it all; the pages of `stage` are read already."""
    (folder / "source" / "index.md").write_text(pages.index(book, alone=False), encoding="utf-8")
    write_html(book, folder, "singlehtml")
    print_pdf(folder / "singlehtml" / "index.html", folder / "html" / "annex.pdf", chromium)


def _with_cell(book, line):
    """Return a warning with its chapter and cell in place of Sphinx's file and line."""
    found = re.match(r"\S*/([^/]+?)(?:\.ipynb)?:(\d+): (?:WARNING|ERROR): (.*)", line)
    chapter = found and book.chapter(found[1])
    if not chapter:
        return line
    cells = json.loads(chapter.path.read_text("utf-8"))["cells"]
    place = min(max(int(found[2]) // 10_000 - 1, 0), len(cells) - 1)  # as myst-nb counts lines
    return f"{chapter.path.name}: cell {cells[place]['id']}: {found[3]}"


def _mathjax(folder):
    """Copy what the pages need of MathJax."""
    origin = Path(find_spec("sphinx-mathjax-offline").origin).parent / "static" / "mathjax"
    for name in MATHJAX:
        copy = shutil.copytree if (origin / name).is_dir() else shutil.copy
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        copy(origin / name, folder / name)
