"""The site: what `make site` builds, read in a browser that can reach no other host."""

import base64
import functools
import html.parser
import http.server
import json
import re
import subprocess
import sys
import threading
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urldefrag

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from notebook_rules import chapters, soon

from annex_lib.book.reading import Mistake
from annex_lib.book.site.build import build
from annex_lib.book.site.volume import volume
from annex_lib.book.storing import WIDGET

ROOT = Path(__file__).parent.parent
PAGES = ["index", *(path.stem for path in chapters()), "notation", "formulas"]
PATIENCE = 120_000  # milliseconds, for a slow machine
LIMIT = 1_500_000  # bytes of a page, MathJax not counted
TYPESET = "document.documentElement.dataset.typeset === 'done' || !document.querySelector('.math')"
# How many formulas still wait when the first one is there.
WATCH = """new MutationObserver((changes, watcher) => {
  if (!document.querySelector('mjx-container')) return;
  window.waiting = [...document.querySelectorAll('.math')].filter(e => !e.firstElementChild).length;
  watcher.disconnect();
}).observe(document, {childList: true, subtree: true})"""
PRESS = """slider => {
  slider.value = +slider.value + (slider.value === slider.max ? -1 : 1);
  slider.dispatchEvent(new Event('input', {bubbles: true}));
}"""
OURS = {"include": [".bd-article"]}
QUIETLY = {"preload": False, "resultTypes": ["violations"]}  # it asks the host for nothing
# Typeset formulas and coloured code are most of a page's elements: axe reads some of the code.
PLAIN = """() => {
  document.querySelectorAll('mjx-container').forEach(e => e.remove());
  [...document.querySelectorAll('.highlight pre')].slice(5).forEach(
    e => e.textContent = e.textContent);
}"""
# A contrast depends on the style: three pieces of each are enough, and take a tenth of the time.
PRUNE = """() => {
  const seen = {};
  for (const e of [...document.querySelectorAll('.bd-article *:not(:has(*))')]) {
    const kind = [e.parentElement.tagName, e.tagName, e.className].join();
    seen[kind] = (seen[kind] ?? 0) + 1;
    if (seen[kind] > 3) e.remove();
  }
}"""


@pytest.fixture(scope="module")
def book():
    """The book with what its checker says."""
    return volume(ROOT)


@pytest.fixture(scope="module")
def site(tmp_path_factory, book):
    """Build the site of the book as it stands, its equations checked once."""
    out = tmp_path_factory.mktemp("site") / "html"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("annex_lib.book.site.build.volume", lambda root, **options: book)
        build(ROOT, out)
    return out


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words):
        pass


@pytest.fixture(scope="module")
def address(site):
    handler = functools.partial(Quiet, directory=site)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def page(browser, address):
    """A page on which every other host is blocked; it notes errors, refusals and bytes."""
    page = browser.new_page(viewport={"width": 1440, "height": 1000}, base_url=address)
    page.errors, page.refused, page.bytes = [], [], 0

    def admit(route):
        if route.request.url.startswith(address):
            return route.continue_()
        page.refused.append(route.request.url)
        return route.abort()

    def weigh(response):
        if "/mathjax/" not in response.url and response.ok:
            page.bytes += int(response.headers.get("content-length", 0))

    page.route(lambda url: url.startswith(("http", "ws")), admit)
    page.on("response", weigh)
    page.on("console", lambda m: m.type == "error" and page.errors.append((m.text, m.location)))
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.set_default_timeout(PATIENCE)
    yield page
    page.close()


@pytest.mark.parametrize("name", soon(PAGES, "index", "05", "notation", "formulas"))
def test_a_page_is_whole_typeset_and_light(page, name):
    page.add_init_script(WATCH)
    page.goto(f"/{name}.html")
    page.wait_for_function(TYPESET)
    formulas_are_typeset(page)
    every_figure_is_live(page, name)
    every_slider_moves_its_figure(page)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert (page.refused, page.errors) == ([], [])
    assert 10_000 < page.bytes < LIMIT


def formulas_are_typeset(page):
    assert page.locator(".math:not(:has(mjx-container))").count() == 0
    assert page.locator("mjx-merror, [data-mjx-error]").count() == 0
    if (formulas := page.locator(".math").count()) > 100:
        assert page.evaluate("window.waiting") > formulas / 2  # the first is there long before


def every_figure_is_live(page, name):
    """Each figure that the page's notebook stores with all its states is there."""
    path = ROOT / "notebooks" / f"{name}.ipynb"
    cells = json.loads(path.read_text("utf-8"))["cells"] if path.exists() else ()
    count = sum(WIDGET in o.get("data", ()) for c in cells for o in c.get("outputs", ()))
    page.wait_for_function(f"document.querySelectorAll('.annex-live').length === {count}")


def every_slider_moves_its_figure(page):
    for figure in page.locator(".annex-live").all():
        for slider in figure.locator("input[type=range]").all():
            before = figure.locator(".paper").inner_html()
            slider.evaluate(PRESS)
            assert figure.locator(".paper").inner_html() != before
    assert page.locator(".annex-static:visible").count() == 0


@pytest.mark.parametrize("name", soon(PAGES, "index", "00", "notation"))
def test_everybody_can_read_a_page(page, name):
    """Axe finds nothing serious in our own content, contrast in both themes included."""
    page.goto(f"/{name}.html")
    page.wait_for_function(TYPESET)
    every_figure_is_live(page, name)
    page.evaluate(PLAIN)
    report(Axe().run(page, OURS, {**QUIETLY, "rules": {"color-contrast": {"enabled": False}}}))
    page.evaluate(PRUNE)
    for scheme in ("light", "dark"):
        page.evaluate(f"document.documentElement.dataset.theme = '{scheme}'")
        report(Axe().run(page, OURS, {**QUIETLY, "runOnly": ["color-contrast"]}))


def report(results):
    bad = [v for v in results.response["violations"] if v["impact"] in ("serious", "critical")]
    assert [(v["id"], [n["html"][:200] for n in v["nodes"][:3]]) for v in bad] == []


class Links(html.parser.HTMLParser):
    """The anchors of a page, and what it links to or loads."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.targets = set(), set()
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.ids.add(values.get("id"))
        self.targets |= {values[k] for k in ("href", "src") if values.get(k)}


def test_every_link_leads_somewhere(site):
    pages = {path.name: Links(path) for path in site.glob("*.html")}
    assert set(pages) == {f"{name}.html" for name in [*PAGES, "search"]}
    lost, outside = [], set()
    for name, links in pages.items():
        for target in links.targets:
            file, anchor = map(unquote, urldefrag(target))
            if target.startswith(("http:", "https:", "//")):
                outside.add(target)
            elif not target.startswith(("data:", "#__")):
                file = file.partition("?")[0] or name
                there = (site / file).is_file()
                known = pages[file].ids if file in pages else {""}
                lost += [] if there and (not anchor or anchor in known) else [(name, target)]
    assert lost == []
    assert not [t for t in outside if "annex" in t]


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_no_formula_is_lost(site, path):
    """What stands between dollars, read by a Markdown parser, is what the page holds."""
    reader = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin)
    cells = json.loads(path.read_text("utf-8"))["cells"]
    texts = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
    tokens = [t for text in texts for token in reader.parse(text) for t in token.children or ()]
    page = (site / f"{path.stem}.html").read_text("utf-8")
    shown = re.findall(r'<span class="math[^>]*>\\\((.*?)\\\)</span>', page, re.S)
    assert [t.content for t in tokens if t.type == "math_inline"] == list(map(unescape, shown))


def test_each_chapter_can_be_had_as_the_notebook_it_is(site):
    for path in chapters():
        text = (site / f"{path.stem}.html").read_text("utf-8")
        assert f'href="notebooks/{path.name}" download' in text
        assert (site / "notebooks" / path.name).read_bytes() == path.read_bytes()
        assert path.stem in (site / "index.html").read_text("utf-8")


def test_each_equation_carries_what_was_found(page, book):
    """What the checker says again, for the chapter with all kinds of verdicts, in its order."""
    chapter = next(c for c in book.chapters if c.name.startswith("05"))
    page.goto(f"/{chapter.name}.html")
    boxes = page.locator(".eq").evaluate_all(
        "boxes => boxes.map(b => [b.id, b.querySelector('summary')?.title ?? ''])"
    )
    marks = {"claim": "holds", "refuted": "is false, as the text says", "prose": "was not checked"}
    assert len(boxes) == len(chapter.verdicts)
    for (label, said), verdict in zip(boxes, chapter.verdicts, strict=True):
        assert label == "eq-" + verdict.number.replace(".", "-").replace("#", "-n")
        assert marks.get(verdict.kind, "") in said
        assert bool(said) == (verdict.kind in marks)
    assert {v.kind for v in chapter.verdicts} >= {*marks, "definition"}


def test_a_check_mark_opens_by_keyboard(page):
    page.goto("/11-how-to-check-a-derivative.html")
    mark = page.locator(".verdict.ok summary").first
    mark.focus()
    page.keyboard.press("Enter")
    found = page.locator(".verdict.ok .found").first
    assert found.is_visible()
    assert "holds: exact" in found.inner_text()


def test_a_number_in_the_text_leads_to_its_equation(page):
    page.goto("/04-the-linear-layer.html")
    page.locator("p a", has_text="(4.1)").first.click()
    page.wait_for_url("**#eq-4-1")
    page.locator("p a", has_text="(3.6)").first.click()
    page.wait_for_url("**/03-jacobians.html#eq-3-6")


def test_the_title_page_says_how_long_each_chapter_takes(site, book):
    said = re.findall(r"<em>(\d+) minutes</em>", (site / "index.html").read_text("utf-8"))
    assert said == [str(chapter.minutes) for chapter in book.chapters]


def test_the_index_of_formulas_is_complete(site, book):
    links = Links(site / "formulas.html")
    for chapter in book.chapters:
        for verdict in chapter.verdicts:
            label = verdict.number.replace(".", "-")
            assert "#" in verdict.number or f"{chapter.name}.html#eq-{label}" in links.targets


# A book of one chapter, to be spoilt.

LETTERS = "## 0.2 Letters\n\n| letter | what |\n| --- | --- |\n| $x$ | the input |"
GOOD = {
    "title": "# 00. First\n\nAbout $x \\in \\mathbb{R}^n$.\n\nContents | [on →](00-first.ipynb)",
    "conventions": "## 0.1 Conventions\n\nBy (0.1).\n\n$$\nx_i = x_i + 0 \\tag{0.1}\n$$\n\nEnd.",
    "letters": LETTERS,
}
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABAQAAAAA3bvkkAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
PICTURE = f'<figure><img width="9" alt="A dot" src="data:image/png;base64,{DOT}"></figure>'


def write(root, cells, picture=PICTURE):
    """Write a book of one chapter, which declares x in its section too."""
    cells = dict(cells)
    cells["conventions"] = "## 0.1 Conventions\n\nLet $x \\in \\mathbb{R}^n$." + cells[
        "conventions"
    ].removeprefix("## 0.1 Conventions")
    data = {"text/html": picture, "text/plain": "Figure: a dot"}
    shown = new_output("execute_result", data, execution_count=1)
    code = new_code_cell("dot", id="dot", execution_count=1, outputs=[shown])
    texts = [new_markdown_cell(text, id=name) for name, text in cells.items()]
    (root / "notebooks").mkdir(exist_ok=True)
    about = {"language_info": {"name": "python", "pygments_lexer": "ipython3"}}
    nbformat.write(
        new_notebook(cells=[*texts, code], metadata=about), root / "notebooks" / "00-first.ipynb"
    )


def text_of(root):
    build(root, root / "_site")
    return (root / "_site" / "00-first.html").read_text("utf-8")


def test_what_a_reader_could_not_read_fails_the_build_and_is_named(tmp_path):
    write(tmp_path, GOOD)
    text_of(tmp_path)
    letters = LETTERS + "\n\n[there](00-first.ipynb#0.9-Nowhere) [gone](07-gone.ipynb)"
    bad = {**GOOD, "letters": letters, "formula": "Then $\\frac{1}{2$.", "image": "![](a.png)"}
    write(tmp_path, bad, PICTURE.replace(' alt="A dot"', ""))
    with pytest.raises(Mistake) as mistake:
        text_of(tmp_path)
    said = str(mistake.value)
    for words in (
        "00-first.ipynb: cell letters: ",
        "0.9-Nowhere",
        "07-gone.ipynb",
        "00-first.ipynb: cell formula: a formula can't be read: KaTeX parse error: Unexpected end",
        "00-first.ipynb: cell image: shows a.png without alternative text",
        "00-first.ipynb: cell dot: shows an image without alternative text",
    ):
        assert words in said, said
    assert (tmp_path / "_site" / "index.html").exists()  # the site from before


def test_a_false_equation_fails_the_build(tmp_path):
    write(tmp_path, {**GOOD, "conventions": GOOD["conventions"].replace("+ 0", "+ 1")})
    with pytest.raises(Mistake, match=r"00-first\.ipynb: ✗ \(0\.1\) is false"):
        text_of(tmp_path)


def test_lines_for_leafing_go_and_links_to_run_come_only_where_they_lead_somewhere(
    tmp_path, monkeypatch
):
    monkeypatch.delenv("ANNEX_REPOSITORY", raising=False)
    write(tmp_path, GOOD)
    text = text_of(tmp_path)
    assert "on →" not in text
    size = 'width="9" height="9" style="min-width:7px"'
    picture = re.search(rf'<img {size} alt="A dot" src="(.+?)" loading="lazy">', text)
    assert (tmp_path / "_site" / picture[1]).read_bytes() == base64.b64decode(DOT)
    assert "mybinder" not in text and "lite/" not in text
    assert not (tmp_path / "_site" / "browser.html").exists()
    monkeypatch.setenv("ANNEX_REPOSITORY", "https://github.com/somebody/annex.git")
    (tmp_path / "_lite" / "lab").mkdir(parents=True)
    (tmp_path / "_lite" / "lab" / "index.html").write_text("")
    build(tmp_path, tmp_path / "_site", lite=tmp_path / "_lite")
    text = (tmp_path / "_site" / "00-first.html").read_text("utf-8")
    place = "somebody/annex/HEAD?urlpath=lab/tree/notebooks/00-first.ipynb"
    assert f'href="https://mybinder.org/v2/gh/{place}"' in text
    assert 'href="lite/lab/index.html?path=notebooks/00-first.ipynb"' in text
    assert (tmp_path / "_site" / "lite" / "lab" / "index.html").exists()


@pytest.mark.parametrize("numpy", [False, True])
def test_what_runs_in_the_browser_and_what_nobody_tried_is_said(tmp_path, numpy):
    write(tmp_path, GOOD)
    wheel = tmp_path / "_lite" / "static" / "pyodide" / "numpy-2.4.6-cp314.whl"
    wheel.parent.mkdir(parents=True)
    if numpy:
        wheel.write_bytes(b"")
    build(tmp_path, tmp_path / "_site", lite=tmp_path / "_lite")
    said = (tmp_path / "_site" / "browser.html").read_text("utf-8")
    assert "no chapter was executed from top to bottom in a browser" in said
    assert ("This copy has no NumPy" in said) is not numpy
    assert ("This copy can load NumPy" in said) is numpy
    assert 'href="lite/lab/index.html?path=notebooks/00-first.ipynb"' in said
    words = "Run it in this browser" if numpy else "Open it in this browser, to read"
    assert words in (tmp_path / "_site" / "00-first.html").read_text("utf-8")
    assert 'href="browser.html"' in (tmp_path / "_site" / "index.html").read_text("utf-8")


@pytest.mark.long
def test_the_book_prints_as_one_pdf(tmp_path, chromium):
    write(tmp_path, GOOD)
    code = f"build(Path({str(tmp_path)!r}), Path({str(tmp_path / '_site')!r}), {chromium!r})"
    imports = "from pathlib import Path; from annex_lib.book.site.build import build; "
    subprocess.run([sys.executable, "-c", imports + code], check=True)  # Playwright is busy here
    data = (tmp_path / "_site" / "annex.pdf").read_bytes()
    assert data.startswith(b"%PDF-") and b"/Outlines" in data and b"/StructTreeRoot" in data
    assert 'href="annex.pdf"' in (tmp_path / "_site" / "index.html").read_text("utf-8")


def test_search_knows_every_page(site):
    index = (site / "searchindex.js").read_text("utf-8")
    names = json.loads(index.removeprefix("Search.setIndex(").rstrip().removesuffix(")"))
    assert set(names["docnames"]) == set(PAGES)
