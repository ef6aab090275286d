"""A chapter as one file: opened from disk with no network, its figures move."""

import pytest
from test_browser import ROOT

from annex_lib.book.exporting import export, page
from annex_lib.book.reading import Mistake

CHAPTER = ROOT / "notebooks" / "04-the-linear-layer.ipynb"


def test_a_chapter_moves_from_disk_and_asks_nobody(browser, tmp_path):
    file, asked, errors = tmp_path / "04.html", [], []
    file.write_text(page(CHAPTER), "utf-8")
    tab = browser.new_context(offline=True).new_page()
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(file.as_uri())
    figures = tab.locator("figure.annex-live")
    figures.first.wait_for()
    tab.wait_for_function("document.querySelectorAll('mjx-container').length > 100")
    assert tab.locator("mjx-merror").count() == 0
    assert tab.title() == "04. The linear layer"
    assert figures.count() >= 4
    for figure in figures.all():
        slider = figure.locator("input[type=range]:enabled").first
        before = figure.locator("svg[role=img]").inner_html()
        at_end = slider.evaluate("s => s.value === s.max")
        slider.press("ArrowLeft" if at_end else "ArrowRight")
        assert figure.locator("svg[role=img]").inner_html() != before
    assert tab.locator(".annex-static:visible").count() == 0
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    assert errors == []
    tab.context.close()


@pytest.mark.parametrize("number", ["", "99", "4"])
def test_a_chapter_that_is_not_there_is_told(number):
    with pytest.raises(Mistake, match=r"as in make export CHAPTER=04: 00, 01, 02"):
        export(ROOT, number)
