"""A reader's hands on a moving figure, in JupyterLab: keys, pointer, typing, play, no kernel."""

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from test_browser import IDLE, NOTEBOOK, PATIENCE, serve

SCENE = """\
import numpy as np
from annex_lib.explore import Cell, Choice, Field, Player, Slider, read_array
from annex_lib.figures.core import canvas
from annex_lib.figures.scene import Scene

def table(A):
    fig, ax = canvas(3, 2)
    scene = Scene("table", fig)
    scene.grid("A", ax, A.shape, limit=9)
    scene.frame("row", ax)
    scene.state = lambda i, **other: dict(A=A + i, row=(i % len(A), 0, 1, A.shape[1]),
        alt=f"A + {i}", caption=f"Row {i}, {sum(other.values())}: " + "long " * (3 * i))
    return scene

A = np.array([[1.0, 2, 3], [4, 5, 6]])"""
CELLS = {
    "tabled": 'Player(table(A), Slider("n", "rows n", 1, 9, 5), '
    'Slider("i", "row i", 0, lambda p: p["n"] - 1, 1, play=True))',
    "asked": 'Player(table(A), Slider("i", "row i", 0, 50), Slider("j", "other", 0, 50), most=9)',
    "cells": 'Player(table(A), Choice("c", "kind", ("plain", "other")), '
    'Cell("i", "entry", ("A",), 6, words=tuple("abcdef")))',
    "typed": 'Player.typed(lambda A: Player(table(np.atleast_2d(A)), Slider("i", "row", 0, 1)), '
    'Field("A", "A", "1, 2; 3, 4", read_array))',
    "again": 'Player(table(A), Slider("i", "row", 0, 2), Choice("c", "kind", ("plain", "other")))',
}
LONG = 5_000


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    """A page of JupyterLab with one notebook of five figures."""
    cells = [new_code_cell(source, id=name) for name, source in {"scene": SCENE, **CELLS}.items()]
    book = new_notebook(cells=[new_markdown_cell("# 98. Figures", id="title"), *cells])
    book.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    page = browser.new_page(viewport={"width": 1300, "height": 2600})
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    copy = tmp_path_factory.mktemp("figures")
    with serve(copy, {"98-figures.ipynb": nbformat.writes(book)}) as address:
        page.goto(re.sub(r"/lab[^?]*\?", "/lab/tree/reading/98-figures.ipynb?", address))
        page.wait_for_function(f"window.{IDLE}", timeout=PATIENCE)
        page.wait_for_function(f"{NOTEBOOK}.widgets.length > 1", timeout=PATIENCE)
        yield page
        page.close()


@pytest.fixture
def figures(page):
    """The five figures, each run afresh."""
    page.emulate_media(reduced_motion="no-preference")
    page.evaluate("jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    page.wait_for_function("!document.querySelector('.annex-live')")
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    found = page.locator("figure.annex-live")
    for k in range(len(CELLS)):
        found.nth(k).wait_for(timeout=PATIENCE)
    yield dict(zip(CELLS, (found.nth(k) for k in range(len(CELLS))), strict=True))
    assert page.errors == []


def caption(figure):
    return figure.locator("figcaption p").first.inner_text().partition(":")[0]


def shows(page, figure, words):
    """Wait until the caption begins with these words."""
    page.wait_for_function(
        "([f, words]) => f.querySelector('figcaption p').innerText.startsWith(words)",
        arg=[figure.element_handle(), words],
        timeout=LONG,
    )


def cells_of(figure):
    """Return the numbers in the cells of the picture."""
    return figure.evaluate("""figure => [...figure.querySelectorAll('svg[role=img] text')]
        .map(t => t.textContent).filter(t => t)""")


def test_keys_move_a_slider_and_the_one_that_depends_on_it(page, figures):
    figure = figures["tabled"]
    n, i = figure.locator("input[type=range]").all()
    i.focus()
    for key, words in (("ArrowRight", "Row 2, 5"), ("End", "Row 4, 5"), ("Home", "Row 0, 5")):
        page.keyboard.press(key)
        assert caption(figure) == words
    assert cells_of(figure)[:6] == ["1", "2", "3", "4", "5", "6"]
    page.keyboard.press("End")
    assert cells_of(figure)[:6] == ["5", "6", "7", "8", "9", "10"]
    n.focus()
    page.keyboard.press("ArrowLeft")
    assert caption(figure) == "Row 3, 4"
    assert (i.get_attribute("max"), i.input_value()) == ("3", "3")
    svg = figure.locator("svg[role=img]")
    assert svg.get_attribute("aria-label") == "A + 3"


def test_a_drag_shows_each_position_in_a_box_that_stays(page, figures):
    figure = figures["tabled"]
    i = figure.locator("input[type=range]").nth(1)
    figure.locator("input[type=range]").nth(0).focus()
    page.keyboard.press("End")
    box, heights, said = i.bounding_box(), set(), []
    page.mouse.move(box["x"] + 8, box["y"] + box["height"] / 2)
    page.mouse.down()
    for k in range(9):
        page.mouse.move(box["x"] + 8 + k * (box["width"] - 16) / 8, box["y"] + 14)
        said.append(caption(figure))
        heights.add(figure.evaluate("f => f.closest('.jp-OutputArea').offsetHeight"))
    page.mouse.up()
    assert said == [f"Row {k}, 9" for k in range(9)]
    assert len(heights) == 1


def test_play_steps_to_the_end_and_stops(page, figures):
    figure = figures["tabled"]
    button = figure.locator("button")
    assert button.get_attribute("aria-label") == "Play: row i"
    button.click()
    assert button.get_attribute("aria-label") == "Pause: row i"
    shows(page, figure, "Row 4")
    page.wait_for_function(
        "b => b.getAttribute('aria-label').startsWith('Play')", arg=button.element_handle()
    )
    button.click()
    assert caption(figure) == "Row 0, 5"
    figure.locator("input[type=range]").nth(1).press("End")
    assert button.get_attribute("aria-label") == "Play: row i"


def test_without_motion_the_button_takes_one_step(page, figures):
    page.emulate_media(reduced_motion="reduce")
    figure = figures["tabled"]
    for words in ("Row 2, 5", "Row 3, 5"):
        figure.locator("button").click()
        page.wait_for_timeout(1000)
        assert caption(figure) == words
    assert figure.locator("button").get_attribute("aria-label") == "Step: row i"


def test_cells_follow_the_pointer_and_the_arrow_keys(page, figures):
    figure = figures["cells"]
    cells = figure.locator("rect[role=radio]")
    assert cells.count() == 6
    assert figure.locator("[role=radiogroup]").get_attribute("aria-label") == "entry"
    cells.nth(4).hover()
    assert caption(figure) == "Row 4, 0"
    cells.nth(4).click()
    figure.locator("rect[tabindex='0']").focus()
    steps = {"ArrowLeft": 3, "ArrowUp": 0, "End": 2, "ArrowDown": 5, "Home": 3, "Control+Home": 0}
    for key, k in steps.items():
        page.keyboard.press(key)
        assert caption(figure) == f"Row {k}, 0"
        assert page.evaluate("document.activeElement.ariaLabel") == "abcdef"[k]
        assert figure.locator("rect[aria-checked=true]").count() == 1
    figure.locator("input[type=radio]").nth(1).check()
    assert caption(figure) == "Row 0, 1"


def test_figures_of_a_page_keep_their_parts_apart(page, figures):
    """Two groups of radio buttons with one name would be one group, and one id has one element."""
    ids = page.locator("figure.annex-live [id]").evaluate_all("all => all.map(e => e.id)")
    assert len(ids) > 5 and len(set(ids)) == len(ids)
    for name in ("cells", "again"):
        assert figures[name].locator("input[type=radio]:checked").count() == 1


def test_where_it_is_narrow_a_picture_scrolls_with_its_cells(figures):
    width, whole, share, apart = figures["cells"].evaluate("""figure => {
        figure.style.width = '100px';
        const [paper, svg, over] =
            ['.paper', 'svg[role=img]', '.over'].map(name => figure.querySelector(name));
        const [a, b] = [svg, over].map(e => e.getBoundingClientRect());
        const apart = ['x', 'y', 'width', 'height'].map(key => Math.abs(a[key] - b[key]));
        const share = a.width / svg.getAttribute('width');
        return [paper.clientWidth, paper.scrollWidth, share, Math.max(...apart)];
    }""")
    assert width <= 100 < whole
    assert share == pytest.approx(0.75, abs=1e-3)
    assert apart < 0.1


def test_the_kernel_answers_for_what_is_not_in_the_table(page, figures):
    figure = figures["asked"]
    i, j = figure.locator("input[type=range]").all()
    i.focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    shows(page, figure, "Row 20, 0:")
    assert cells_of(figure)[0] == "21"
    j.focus()
    page.keyboard.press("End")
    shows(page, figure, "Row 20, 50:")


def test_an_answer_that_nobody_waits_for_any_more_does_not_block_the_next(page, figures):
    figure = figures["asked"]
    i = figure.locator("input[type=range]").first
    i.evaluate("""input => { for (const v of [30, 0]) {
        input.value = v;
        input.dispatchEvent(new Event('input'));
    } }""")
    shows(page, figure, "Row 0, 0:")
    page.wait_for_timeout(500)  # the answer for row 30 comes meanwhile
    i.focus()
    page.keyboard.press("End")
    shows(page, figure, "Row 50, 0:")


def test_the_next_position_is_there_before_it_is_wanted(page, figures):
    figure = figures["asked"]
    i = figure.locator("input[type=range]").first
    i.press("ArrowRight")
    shows(page, figure, "Row 1, 0:")
    page.wait_for_timeout(1000)  # row 2 is asked for meanwhile
    page.evaluate("""void jupyterapp.shell.currentWidget.sessionContext.session.kernel
        .requestExecute({ code: 'import time; time.sleep(2)' })""")
    i.press("ArrowRight")
    assert caption(figure) == "Row 2, 0"
    assert cells_of(figure)[0] == "3"


def test_a_typed_array_makes_a_new_figure_and_a_bad_one_a_sentence(page, figures):
    figure = figures["typed"]
    field = figure.locator("input[type=text]")
    before = cells_of(figure)
    field.fill("1, 2; 3")
    field.press("Enter")
    figure.locator(".wrong:has-text('The rows have 2 and 1 numbers')").wait_for(timeout=LONG)
    assert field.get_attribute("aria-invalid") == "true"
    assert cells_of(figure) == before == ["1", "2", "3", "4"]
    field.fill("7 8 9")
    field.press("Enter")
    page.wait_for_function(
        "f => [...f.querySelectorAll('text')].some(t => t.textContent === '9')",
        arg=figure.element_handle(),
    )
    assert figure.locator(".wrong").inner_text() == ""
    assert field.input_value() == "7 8 9"


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_words_can_be_read_in_both_themes(page, figures, theme):
    """The words have a contrast of at least 4.5 to what they stand on."""
    page.evaluate("theme => jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
    page.wait_for_function(
        "theme => document.body.dataset.jpThemeName === theme", arg=theme, timeout=PATIENCE
    )
    page.wait_for_timeout(500)
    for figure in figures.values():
        for part in ("figcaption p", ".row"):
            words, paper = figure.locator(part).first.evaluate("""element => {
                let paper = 'rgba(0, 0, 0, 0)';
                for (let e = element; e && paper.endsWith(', 0)'); e = e.parentElement)
                    paper = getComputedStyle(e).backgroundColor;
                return [getComputedStyle(element).color, paper];
            }""")
            light = sorted(map(luminance, (words, paper)))
            assert (light[1] + 0.05) / (light[0] + 0.05) > 4.5, (part, words, paper)


def luminance(color):
    channels = [float(v) / 255 for v in re.findall(r"[\d.]+", color)[:3]]
    linear = [c / 12.92 if c < 0.04 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_with_the_kernel_shut_down_what_is_tabled_still_moves(page, figures):
    page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.wait_for_function("!jupyterapp.shell.currentWidget.sessionContext.session?.kernel")
    figures["tabled"].locator("input[type=range]").nth(1).press("End")
    assert caption(figures["tabled"]) == "Row 4, 5"
    figures["cells"].locator("rect[role=radio]").nth(2).hover()
    assert caption(figures["cells"]) == "Row 2, 0"
    asked = figures["asked"]
    asked.locator("input[type=range]").nth(0).press("End")
    shows(page, asked, "This position needs a running kernel: run this cell to see it.")
    asked.locator("input[type=range]").nth(0).press("Home")
    assert caption(asked) == "Row 0, 0"
    field = figures["typed"].locator("input[type=text]")
    field.fill("1")
    field.press("Enter")
    figures["typed"].locator(".wrong:has-text('needs a running kernel')").wait_for(timeout=LONG)
    assert field.is_disabled()
