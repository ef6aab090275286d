"""A reader's hands on the inspectors, in JupyterLab, against numbers of `annex_lib`."""

import re

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from test_browser import IDLE, NOTEBOOK, PATIENCE, serve

from annex_lib.convolution import conv2d_jacobians
from annex_lib.linear import linear_jacobians

x, W = np.array([2.0, -1, 4]), np.array([[1.0, 0, 3], [-2, 5, 1]])
A, g = np.array([[2.0, -1], [3, 4]]), np.array([-3.0, 2])
image, kernel = np.arange(9.0).reshape(3, 3) - 4, np.array([[1.0, 2], [-1, 3]])
G, z = np.array([[2.0, -1], [1, 3]]), np.array([0.5, -0.25, 1])
do_dx, do_dw, _ = (
    a.reshape(2, 2, *a.shape[-2:])
    for a in (*conv2d_jacobians(image[None, None], kernel[None, None])[:2], np.zeros((2, 2, 1, 1)))
)
p = np.exp(z) / np.exp(z).sum()
INSPECTORS = {  # the call, the tensor by the library, its upstream gradient
    "linear": (f"inspect_linear({[x.tolist()]}, {W.tolist()}, [1, 2], {[g.tolist()]})",
               linear_jacobians(x, W)[1], g),
    "layers": (f"inspect_relu_layers({x.tolist()}, {W.tolist()}, [1, 1], {A.tolist()}, "
               f"{g.tolist()})",
               np.einsum("ik,k,l->ikl", A, (W @ x + 1 > 0).astype(float), x), g),
    "conv W": (f"inspect_conv({image.tolist()}, {kernel.tolist()}, {G.tolist()})", do_dw, G),
    "conv X": (f"inspect_conv({image.tolist()}, {kernel.tolist()}, {G.tolist()}, 'X')", do_dx, G),
    "softmax": (f"inspect_softmax({z.tolist()}, [1, 2, -1])", np.diag(p) - np.outer(p, p),
                np.array([1.0, 2, -1])),
}  # fmt: skip


@pytest.fixture(scope="module")
def figures(browser, tmp_path_factory):
    """The inspectors in one notebook, run, by name; with the page."""
    calls = [new_code_cell(f"explore.{call}") for call, *_ in INSPECTORS.values()]
    book = new_notebook(
        cells=[
            new_markdown_cell("# 98. Inspectors"),
            new_code_cell("from annex_lib import explore"),
            *calls,
        ]
    )
    book.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    page, errors = browser.new_page(viewport={"width": 1300, "height": 5200}), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    copy = tmp_path_factory.mktemp("inspectors")
    with serve(copy, {"98-inspectors.ipynb": nbformat.writes(book)}) as address:
        page.goto(re.sub(r"/lab[^?]*\?", "/lab/tree/reading/98-inspectors.ipynb?", address))
        page.wait_for_function(f"window.{IDLE}", timeout=PATIENCE)
        page.wait_for_function(f"{NOTEBOOK}.widgets.length > 1", timeout=PATIENCE)
        page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
        found = page.locator("figure.annex-live")
        found.nth(len(INSPECTORS) - 1).wait_for(timeout=PATIENCE)
        yield dict(zip(INSPECTORS, map(found.nth, range(len(INSPECTORS))), strict=True))
        page.close()
    assert errors == []


def caption(figure):
    return figure.locator("figcaption p").first.inner_text().replace("−", "-")


def said(figure):
    """Return the entry's value and the sum so far, as the caption says them."""
    entry, total = re.fullmatch(r"(.*?), (?:a|not) .*?\. (∂L.*)\.", caption(figure)).groups()
    return [float(words.rpartition("= ")[2]) for words in (entry, total)]


def close(numbers):
    return pytest.approx(numbers, rel=6e-3, abs=1e-6)


@pytest.mark.parametrize("name", INSPECTORS)
def test_the_pointer_on_each_cell_shows_its_entry_and_the_sum(figures, name):
    figure, (_, J, up) = figures[name], INSPECTORS[name]
    flat, up = J.reshape(up.size, -1), up.ravel()
    sums = np.cumsum(up[:, None] * flat, 0)
    cells = figure.locator("rect[role=radio]")
    slider = figure.locator("input[type=range]").last
    for row in range(len(flat)):
        if J.ndim > 2:
            slider.fill(str(row))
        for column in range(flat.shape[1]):
            cells.nth(column if J.ndim > 2 else row * len(up) + column).hover()
            assert said(figure) == close([flat[row, column], sums[row, column]])


def test_the_keyboard_reaches_the_cells(figures):
    figure = figures["linear"]
    figure.locator("input[type=range]").last.fill("1")
    figure.locator("rect[role=radio]").first.hover()
    figure.locator("rect[tabindex='0']").focus()
    for key, index in (("End", "₀₂"), ("ArrowDown", "₁₂"), ("Home", "₁₀"), ("ArrowUp", "₀₀")):
        figure.page.keyboard.press(key)
        assert caption(figure).startswith(f"∂f₁/∂w{index} = ")


def test_the_layout_changes_places_and_no_numbers(figures):
    figure = figures["conv X"]
    figure.locator("rect[role=radio]").nth(4).hover()
    numbers, texts = said(figure), figure.locator("svg[role=img] text").all_text_contents()
    figure.locator("input[type=radio]").nth(1).check()
    assert said(figure) == numbers
    assert figure.locator("svg[role=img] text").all_text_contents() != texts


def test_own_numbers_are_taken_and_bad_ones_named(figures):
    figure = figures["linear"]
    field = figure.get_by_role("textbox", name="X", exact=True)
    field.fill("7, 8")
    field.press("Enter")
    figure.locator(".wrong:has-text('axis n is 3 in W but 2 in')").wait_for(timeout=PATIENCE)
    field.fill("7, 8, 9")
    field.press("Enter")
    figure.page.wait_for_function(
        "f => !f.querySelector('.wrong').textContent && f.textContent.includes('9')",
        arg=figure.element_handle(),
    )
    figure.locator("input[type=range]").last.fill("1")
    figure.locator("rect[role=radio]").nth(5).hover()
    J = linear_jacobians([7, 8, 9], W)[1]
    assert said(figure) == close([J[1, 1, 2], g @ J[:, 1, 2]])
