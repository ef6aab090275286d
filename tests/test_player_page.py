"""Every figure of the book in a plain page: no kernel, no network; it moves and looks right."""

import base64
import io
import json

import numpy as np
import pytest
from notebook_rules import chapters
from PIL import Image

from annex_lib.book.storing import explorers
from annex_lib.explore import Player, player

PAGE = """<!doctype html><meta charset="utf-8"><body style="width: 1000px"><div id="here"></div>
<script type="module">MODULE
const here = document.getElementById("here"), held = DATA, heard = {};
for (const name of ["figure", "table"])
  held[name] = Uint8Array.from(atob(held[name]), (letter) => letter.charCodeAt());
window.model = { live: false, get: (name) => held[name],
  set(name, value) { held[name] = value; heard[name] && heard[name](); },
  on(name, call) { heard[name.replace("change:", "")] = call; }, off() {},
  send() { throw new Error("no kernel"); } };
await render({ model, el: here });
document.title = "ready";
</script>"""


def content(figure, **more):
    """Return a page with one figure in it, as the site makes them."""
    data = [base64.b64encode(part).decode() for part in figure.content()]
    held = {"figure": data[0], "table": data[1], "position": figure.start, **more}
    module = player.MODULE.replace("export default { render };", "")
    return PAGE.replace("MODULE", module).replace("DATA", json.dumps(held))


@pytest.fixture(scope="module")
def page(browser):
    """A page that may ask nobody for anything."""
    page = browser.new_page(viewport={"width": 1100, "height": 1400}, device_scale_factor=1)
    page.asked, page.errors = [], []
    page.route("**/*", lambda route: (page.asked.append(route.request.url), route.abort()))
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    yield page
    assert page.asked == []
    assert page.errors == []
    page.close()


def small(png, size):
    """Return a picture in grey and a few pixels, in which the shapes of letters do not show."""
    picture = Image.open(io.BytesIO(png)).convert("L").resize(size, Image.Resampling.BOX)
    return np.asarray(picture, float)


@pytest.mark.parametrize("path", chapters(), ids=lambda p: p.stem)
def test_the_picture_in_the_page_is_the_one_that_matplotlib_draws(page, path):
    for cell, figure in explorers(path):
        if not isinstance(figure, Player):
            continue
        stops = list(figure.stops())
        page.set_content(content(figure))
        page.wait_for_function("document.title === 'ready'")
        for stop in (stops[len(stops) // 2], stops[-1]):
            page.evaluate("position => model.set('position', position)", stop)
            still = figure.draw(**stop)
            svg = page.locator("svg[role=img]")
            assert svg.get_attribute("aria-label") == still.alt
            assert page.locator("figcaption p").first.inner_text() == still.caption
            size = [int(svg.bounding_box()[side]) // 8 for side in ("width", "height")]
            shown, drawn = (small(picture, size) for picture in (svg.screenshot(), still.png()))
            apart = np.abs(shown - drawn)
            assert apart.mean() < 4 and apart.max() < 80, f"{cell} {stop}"


def test_what_is_not_in_the_table_is_told_at_once(page):
    from test_player import squares

    from annex_lib.explore import Slider

    figure = Player(squares([[1, 2], [3, 4]]), Slider("i", "row i", 0, 9), most=3)
    fields = [{"name": "A", "label": "A", "text": "1, 2"}]
    page.set_content(content(figure, fields=fields))
    page.wait_for_function("document.title === 'ready'")
    caption = page.locator("figcaption p").first
    assert caption.inner_text() == "At {'i': 0}."
    page.locator("input[type=range]").press("ArrowRight")
    assert caption.inner_text().startswith("This position needs a running kernel")
    page.locator("input[type=range]").press("ArrowLeft")
    assert caption.inner_text() == "At {'i': 0}."
    assert page.locator("input[type=text]").is_disabled()
    assert "needs a running kernel" in page.locator(".wrong").inner_text()
