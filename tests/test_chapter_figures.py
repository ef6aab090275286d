"""Every moving figure of the book: at each stop, as it is stored, and in a page with no kernel."""

import base64
import html
import io
import json
import zlib
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from notebook_rules import chapters
from PIL import Image

from annex_lib.book.storing import STATE, explorers, stops
from annex_lib.explore import Player, player
from annex_lib.figures.core import INDEX

STORED = Path(__file__).parent / "sliders"
MOST = 150_000  # bytes that a figure may add to a stored notebook
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


@pytest.fixture(scope="module", params=chapters(), ids=lambda p: p.stem)
def chapter(request):
    """A chapter and what moves in it, of which its cells run once."""
    return SimpleNamespace(path=request.param, found=list(explorers(request.param)))


def test_each_stop_shows_what_is_stored(chapter):
    stored = STORED / f"{chapter.path.stem}.txt"
    shown = dict(_by_stop(stops(chapter.found)))
    expected = dict(_by_stop(stored.read_text("utf-8") if stored.exists() else ""))
    assert list(shown) == list(expected), "the stops have changed (make run)"
    for stop in shown:
        assert shown[stop] == expected[stop], f"cell and position {stop}"


def test_nothing_is_stored_for_a_chapter_that_is_gone():
    assert {p.stem for p in STORED.glob("*.txt")} <= {p.stem for p in chapters()}


def _by_stop(text):
    for line in text.splitlines():
        stop, _, words = line.partition(": ")
        yield stop, words


def test_a_stored_figure_is_small_and_holds_every_position(chapter):
    """What each player of a chapter adds to the stored notebook, and that it is what is drawn."""
    notebook = nbformat.read(chapter.path, 4)
    models = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    stored = {}
    for cell in notebook.cells:
        outputs = cell.get("outputs", ())
        for output in outputs:
            if view := output.get("data", {}).get(player.VIEW):
                name = view["model_id"]
                state = [models[name], models[f"{name}-layout"]]
                size = len(json.dumps([*state, outputs], ensure_ascii=False))
                assert size < MOST, f"{cell.id}: {size} bytes"
                stored[cell.id] = models[name]
    players = dict(chapter.found)
    assert stored.keys() == players.keys()
    for cell, model in stored.items():
        held = {b["path"][0]: base64.b64decode(b["data"]) for b in model["buffers"]}
        about = json.loads(zlib.decompress(held["figure"]))
        index = np.frombuffer(zlib.decompress(held["table"]), "<u2")
        captions = index.reshape(len(about["slots"]), -1)[-2]
        expected = [players[cell].scene.values(**p)["caption"] for p in players[cell].stops()]
        assert [about["strings"][k] for k in captions] == expected
        assert model["state"]["_esm"] == player.MODULE


def test_the_picture_in_the_page_is_the_one_that_matplotlib_draws(page, chapter):
    for cell, figure in chapter.found:
        at = list(figure.stops())
        page.set_content(content(figure))
        page.wait_for_function("document.title === 'ready'")
        for stop in (at[len(at) // 2], at[-1]):
            page.evaluate("position => model.set('position', position)", stop)
            still = figure.draw(**stop)
            svg = page.locator("svg[role=img]")
            assert svg.get_attribute("aria-label") == still.alt
            words = page.locator("figcaption p").first.inner_html()
            assert words == INDEX.sub(r"<sub>\1</sub>", html.escape(still.caption, quote=False))
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
