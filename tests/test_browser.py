"""A reader in a real browser: JupyterLab as `make read` starts it, chapters run, sliders moved."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from notebook_rules import chapters, soon

ROOT = Path(__file__).parent.parent
PATIENCE = 60_000  # milliseconds, for a slow machine
IDLE = "jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
NOTEBOOK = "jupyterapp.shell.currentWidget.content"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Start JupyterLab from a copy of the book, as `make read` does; give its address."""
    with serve(tmp_path_factory.mktemp("book")) as found:
        yield found


@contextmanager
def serve(copy, notebooks=None):
    """Serve a copy of the book in a folder, with its own chapters or others; give the address."""
    for folder in ("annex_lib", "images", *(() if notebooks else ("notebooks",))):
        shutil.copytree(ROOT / folder, copy / folder)
    for name, text in (notebooks or {}).items():
        (copy / "notebooks").mkdir(exist_ok=True)
        (copy / "notebooks" / name).write_text(text, encoding="utf-8")
    private = {
        name: str(copy / "jupyter" / name)
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_WORKSPACES_DIR")
    }
    environment = {**os.environ, **private, "PYTHONPATH": str(copy), "PYTHONUNBUFFERED": "1"}
    with socket.socket() as free:  # several serve at once, and the first free one may be another's
        free.bind(("127.0.0.1", 0))
        port = f"--port={free.getsockname()[1]}"
    command = [sys.executable, "-m", "annex_lib.book", "read", port, "--no-browser"]
    log = copy / "server.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            [*command, "--LabApp.expose_app_in_browser=True"],
            cwd=copy,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            yield _wait_for_address(server, log)
        finally:
            server.terminate()
            server.wait(30)


def _wait_for_address(server, log):
    for _ in range(600):
        if found := re.search(r"http://127\.0\.0\.1:\d+/\S*token=\w+", log.read_text("utf-8")):
            return found[0]
        if server.poll() is not None:
            break
        time.sleep(0.1)
    pytest.fail(f"JupyterLab did not start: {log.read_text('utf-8')[-2000:]}")


# After `make lite` JupyterLab finds the kernel made for JupyterLite, tries it, and goes on without.
NOT_FOR_JUPYTERLAB = "Shared module @jupyterlite/services doesn't exist"


@pytest.fixture
def page(browser):
    """A page that keeps the errors of the browser's console in `page.errors`."""
    page = browser.new_page(viewport={"width": 1300, "height": 1500})
    page.errors = []

    def note(message):
        if message.type == "error" and NOT_FOR_JUPYTERLAB not in message.text:
            page.errors.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    yield page
    page.close()


def open_chapter(page, address, name):
    """Open a chapter of the reading copy, alone in a workspace, and wait for its kernel."""
    place = f"/lab/workspaces/{name[:2]}/tree/reading/{name}?"
    page.goto(re.sub(r"/lab[^?]*\?", place, address))
    page.wait_for_function(f"window.{IDLE}", timeout=PATIENCE)
    page.wait_for_function(f"{NOTEBOOK}.widgets.length > 1", timeout=PATIENCE)


def test_the_address_opens_the_first_page_without_asking_anything(address, page):
    page.goto(address)
    page.wait_for_selector("h1:has-text('00. How to read this book')", timeout=PATIENCE)
    page.wait_for_function(f"window.{IDLE}", timeout=PATIENCE)
    assert "reading/00-how-to-read-this-book.ipynb" in page.url
    assert page.locator(".jp-Dialog, .jp-toast, .Toastify__toast").count() == 0
    assert page.errors == []


@pytest.mark.parametrize("name", soon([p.name for p in chapters()], "00", "09"))
def test_a_chapter_runs_is_typeset_and_its_slider_moves(address, page, name):
    open_chapter(page, address, name)
    assert page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function(f"window.{IDLE}", timeout=3 * PATIENCE)
    no_cell_failed(page)
    formulas_are_typeset(page)
    a_slider_moves_its_picture(page)
    assert page.errors == []


def no_cell_failed(page):
    outputs = page.evaluate(
        f"{NOTEBOOK}.model.toJSON().cells.flatMap(c => c.outputs ?? []).map("
        "o => [o.output_type, o.name ?? '', o.evalue ?? o.text ?? ''])"
    )
    assert len(outputs) > 3
    assert [o for o in outputs if o[0] == "error" or o[1] == "stderr"] == []


def formulas_are_typeset(page):
    """Scroll through the notebook; no formula that comes into view stays LaTeX."""
    assert page.evaluate(TYPESET, PATIENCE) > 5
    assert page.locator("mjx-merror, [data-mjx-error]").count() == 0


TYPESET = f"""async patience => {{
    const notebook = {NOTEBOOK};
    let formulas = 0;
    for (const [k, {{ model, node }}] of notebook.widgets.entries()) {{
        if (model.type !== 'markdown') continue;
        const hidden = /<!--[^]*?-->|```[^]*?```|`[^`]*`/g;
        const source = model.sharedModel.getSource().replace(hidden, '');
        const wanted = source.split('$$').length > 2 || /\\$[^$]+\\$/.test(source);
        const shown = () => node.querySelector('.jp-RenderedMarkdown');
        const codes = () => [...(shown()?.querySelectorAll('code') ?? [])].map(c => c.innerText);
        const text = () => codes().reduce((words, code) => words.replace(code, ''),
            shown()?.innerText ?? '');
        const set = () => node.querySelectorAll('mjx-container').length;
        const raw = /\\$\\$|\\\\frac|\\\\mathbb/;
        const done = () => text() && !raw.test(text()) && (set() || !wanted);
        notebook.scrollToItem(k);
        for (const since = Date.now(); !done();) {{
            if (Date.now() - since > patience) throw new Error(`cell ${{k}} shows ${{text()}}`);
            await new Promise(requestAnimationFrame);
        }}
        formulas += set();
    }}
    return formulas;
}}"""


def a_slider_moves_its_picture(page):
    """Step every slider of the page by a key; each time picture and words follow."""
    at = f"{NOTEBOOK}.widgets.findIndex(w => w.node.querySelector('.annex-live'))"
    page.evaluate(f"void {NOTEBOOK}.scrollToItem({at})")
    figures = page.locator("figure.annex-live")
    figures.first.wait_for(timeout=PATIENCE)
    for k in range(figures.count()):
        figure = figures.nth(k)
        assert not figure.evaluate(STILL_SHOWN)
        for slider in figure.locator("input[type=range]").all():
            if slider.is_enabled():  # one that depends on another may have a single value left
                steps(page, figure, slider)


STILL_SHOWN = """figure => [...figure.closest('.jp-OutputArea').querySelectorAll('.annex-static')]
    .some(still => still.getClientRects().length)"""


def state(figure):
    """Return what a figure says and shows, and the height of its output."""
    return figure.evaluate("""figure => {
        const svg = figure.querySelector('svg[role=img]');
        return [svg.getAttribute('aria-label'), figure.querySelector('figcaption p').innerText,
            svg.innerHTML, figure.closest('.jp-OutputArea, body').getBoundingClientRect().height];
    }""")


def steps(page, figure, slider):
    """Press an arrow key: the value, the words and the picture change, the height does not."""
    slider.focus()
    value, low = (slider.evaluate(f"s => s.{name}") for name in ("value", "min"))
    before = state(figure)
    page.keyboard.press("ArrowRight" if value == low else "ArrowLeft")
    assert slider.evaluate("s => s.value") != value
    after = state(figure)
    assert after[:3] != before[:3]
    assert after[3] == before[3]
    assert slider.get_attribute("aria-label") and slider.get_attribute("aria-valuetext")
