"""From the hand to the picture: how soon each slider of the book answers, in a real JupyterLab.

    make bench-sliders                        every chapter
    make bench-sliders ARGS="04 --steps 20"   one chapter, fewer steps

Each figure is measured three times in one run: with its table, with the kernel asked for each
position, and drawn anew by matplotlib under `ipywidgets.interact`, as a notebook usually does it.
Times are taken inside the page: from the time stamp of the key or pointer event to the first task
after the frame that holds the new picture, with every image in it loaded. A picture is skipped if
the handle stood at a position in a drag, 30 events a second, that was never shown; the lag is how
long ago the handle stood at what the picture shows.
"""

import argparse
import json
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from playwright.sync_api import sync_playwright
from tqdm import tqdm

from annex_lib.book import browser as installed

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from test_browser import IDLE, NOTEBOOK, PATIENCE, open_chapter, serve  # noqa: E402

GOALS = {"median": 16, "asked": 40, "times": 12, "skipped": 3}
SETUP = """\
from ipywidgets import IntSlider as _Whole, interact as _interact
from annex_lib.explore import Player as _Player

def _naive(make):
    player, ranges = make(), {}
    for axis in player.axes:
        values = [p[axis.name] for p in player.stops()]
        ranges[axis.name] = _Whole(axis.start, min(values), max(values), description=axis.label)
    def draw(**asked):
        position = {}
        for axis in player.axes:
            allowed = axis.values(position)
            position[axis.name] = min(max(asked[axis.name], allowed[0]), allowed[-1])
        display(make().draw(**position))
    _interact(draw, **ranges)"""
PAGE = """() => {
const S = window.__bench = {};
const channel = new MessageChannel(), after = [];
channel.port1.onmessage = () => after.shift()();
S.picture = () => S.root.querySelector('svg[role=img]') ?? S.root.querySelector('img');
S.value = () => +(S.handle.value ?? S.handle.getAttribute('aria-valuenow'));
S.print = () => { const p = S.picture(); return !p ? '' : p.src ?? p.outerHTML; };
S.ready = () => [...S.root.querySelectorAll('img')].every(i => i.complete);
for (const kind of ['keydown', 'pointermove']) document.addEventListener(kind, e => {
  if (e.isTrusted && S.root && (kind === 'keydown' || e.buttons)) S.inputs.push(e.timeStamp);
}, true);
let waiting = false;
S.changed = () => {
  if (waiting || !S.ready()) return;
  waiting = true;
  requestAnimationFrame(() => {
    after.push(() => { waiting = false; S.paints.push([performance.now(), S.print()]); });
    channel.port2.postMessage(0);
  });
};
document.addEventListener('load', e => S.root?.contains(e.target) && S.changed(), true);
S.watch = (root, handle) => {
  S.observer?.disconnect();
  Object.assign(S, { root, handle });
  S.box = root.parentElement.closest('.jp-OutputArea');
  S.observer = new MutationObserver(all => {
    if (all.some(m => !S.handle.contains(m.target))) S.changed();
  });
  const all = { subtree: true, childList: true, attributes: true, characterData: true };
  S.observer.observe(root, all);
  S.start();
};
S.start = () => Object.assign(S, { inputs: [], paints: [], frames: [] });
const tick = () => {
  if (!S.dragging) return;
  S.frames.push([performance.now(), S.value(), S.box.getBoundingClientRect().height]);
  requestAnimationFrame(tick);
};
// Only during a drag: a page that asks for every frame answers later than the reader's does.
S.drag = () => { S.start(); S.dragging = true; requestAnimationFrame(tick); };
S.drop = () => { S.dragging = false; return [S.frames, S.paints]; };
}"""
# Until a picture was painted after the input, and nothing more for a while (or it takes too long).
SETTLED = """quiet => new Promise(done => {
  const S = window.__bench, since = performance.now();
  const look = () => {
    const last = S.paints.at(-1)?.[0] ?? 0, now = performance.now();
    if (last && now - last > quiet || now - since > 3000) done([S.inputs, S.paints, S.value()]);
    else setTimeout(look, 5);
  };
  look();
})"""


def notebook(path):
    """Return a chapter's code with each explorer three times, and the labels of its figures."""
    cells, names = [new_markdown_cell("# Bench"), new_code_cell(SETUP)], []
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type != "code":
            continue
        before, found, last = cell.source.rpartition("explore.")
        if not found or before.rpartition("\n")[2]:
            quiet = re.sub(r"(?m)^(figures\..*|equations\..*)$", "", cell.source)
            cells.append(new_code_cell(quiet))
            continue
        names.append(last.partition("(")[0])
        make = f"_make = lambda: explore.{last}\n_player = _make()"
        asked = "_Player(_player.scene, *_player.axes, most=0)"
        for code in (f"{before}{make}\n_player", asked, "_naive(_make)"):
            cells.append(new_code_cell(code))
    book = new_notebook(cells=cells)
    book.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    return nbformat.writes(book), names


def step(page, steps):
    """Press the arrow keys to and fro; return milliseconds by step, and pictures by value."""
    times, shown, direction = [], {}, "ArrowRight"
    for _ in range(steps):
        low, value, high = page.evaluate(
            """() => { const h = __bench.handle;
            const get = (name, aria) => +(h[name] || h.getAttribute(aria) || 0);
            return [get('min', 'aria-valuemin'), __bench.value(), get('max', 'aria-valuemax')]; }"""
        )
        direction = "ArrowRight" if value == low else "ArrowLeft" if value == high else direction
        page.evaluate("__bench.start()")
        page.keyboard.press(direction)
        inputs, paints, value = page.evaluate(SETTLED, 60)
        if inputs and paints:
            first = next(t for t, picture in paints if picture == paints[-1][1])
            times.append((value not in shown, first - inputs[0]))
            shown[value] = paints[-1][1]
    return times, shown


def drag(page, client, shown, seconds):
    """Drag the handle to and fro, 30 events a second; return skipped share, lag, box heights."""
    left, top, width, low, high = page.evaluate("""() => {
        const h = __bench.handle, inset = h.value ? 8 : 0;
        const base = (h.closest('.noUi-target') ?? h).getBoundingClientRect();
        const get = (name, aria) => +(h[name] || h.getAttribute(aria) || 0);
        return [base.left + inset, base.top + base.height / 2, base.width - 2 * inset,
                get('min', 'aria-valuemin'), get('max', 'aria-valuemax')]; }""")
    now, count = page.evaluate("__bench.value()"), int(seconds * 30)
    low_, now, high_ = int(low), int(now), int(high)
    ahead = [*range(now, high_ + 1), *range(high_ - 1, low_, -1), *range(low_, now)]
    path = (ahead * count)[:count]
    at = [left + (v - low) * width / max(1, high - low) for v in path]
    page.mouse.move(at[0], top)
    page.mouse.down()
    page.evaluate("__bench.drag()")
    begin = time.perf_counter()
    for k, x in enumerate(at):
        time.sleep(max(0, begin + k / 30 - time.perf_counter()))
        event = {"type": "mouseMoved", "x": x, "y": top, "button": "left", "buttons": 1}
        client.send("Input.dispatchMouseEvent", event)
    end = page.evaluate("performance.now()")
    page.wait_for_timeout(600)
    frames, paints = page.evaluate("__bench.drop()")
    page.mouse.up()
    return judge(frames, paints, {picture: v for v, picture in shown.items()}, end)


def judge(frames, paints, values, end):
    """Return the share of positions never shown, the median lag, and the number of heights."""
    stood = [f for k, f in enumerate(frames) if k == 0 or f[1] != frames[k - 1][1]]
    seen = [(t, values[p]) for t, p in paints if p in values]
    seen = [s for k, s in enumerate(seen) if k == 0 or s[1] != seen[k - 1][1]]
    lags = []
    for t, value, _ in frames:
        past = [v for u, v in seen if u <= t]
        if t > end or not past:
            continue
        left = [stood[k + 1][0] for k in range(len(stood) - 1) if stood[k][1] == past[-1]]
        left = [u for u in left if u <= t]
        lags.append(0 if value == past[-1] else t - left[-1] if left else 0)
    skipped = 100 * max(0, 1 - (len(seen) + 1) / max(1, len(stood)))
    return skipped, statistics.median(lags or [0]), len({round(f[2]) for f in frames})


def measure(page, client, cell, which, steps, seconds):
    """Return what one slider of a cell does."""
    handle = page.evaluate_handle(
        f"""async ([k, which]) => {{
        const node = {NOTEBOOK}.widgets[k].node;
        for (let wait = 0; wait < 400; wait++) {{
          {NOTEBOOK}.scrollToItem(k);
          const all = [...node.querySelectorAll('input[type=range], .noUi-handle')];
          const picture = node.querySelector('svg[role=img], .jp-OutputArea-output img');
          if (all.length > which && picture) {{
            const areas = [...node.querySelectorAll('.jp-OutputArea')];
            const root = all[which].closest('figure') ?? areas.at(-1);
            __bench.watch(root, all[which]);
            return all[which];
          }}
          await new Promise(done => setTimeout(done, 25));
        }}
        throw new Error('no slider in cell ' + k);
    }}""",
        [cell, which],
    ).as_element()
    handle.scroll_into_view_if_needed()
    handle.focus()
    times, shown = step(page, steps)
    skipped, lag, heights = drag(page, client, shown, seconds) if seconds else (0, 0, 1)
    return {"times": times, "skipped": skipped, "lag": lag, "heights": heights}


def chapter(page, address, path, names, options):
    """Measure the figures of a chapter; yield a row for each slider."""
    open_chapter(page, address, path.name)
    page.evaluate("jupyterapp.commands.execute('application:toggle-left-area')")
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function(f"window.{IDLE}", timeout=5 * PATIENCE)
    page.evaluate(PAGE)
    client = page.context.new_cdp_session(page)
    sources = page.evaluate(f"{NOTEBOOK}.model.toJSON().cells.map(c => c.source)")
    firsts = [k for k, source in enumerate(sources) if source.endswith("\n_player")]
    for first, name in zip(firsts, names, strict=True):
        ours = f"{NOTEBOOK}.widgets[{first}].node.querySelectorAll"
        page.evaluate(f"void {NOTEBOOK}.scrollToItem({first})")
        page.wait_for_function(f"{ours}('.annex-live .paper').length", timeout=PATIENCE)
        for which in range(page.evaluate(f"{ours}('input[type=range]').length")):
            both = (first, which, options.steps, options.drag)
            row = {"name": name, "slider": which, "table": measure(page, client, *both)}
            if which == 0:
                row["asked"] = measure(page, client, first + 1, 0, 12, 0)
                slow = first + 2, which, min(options.steps, 15), options.drag
                row["naive"] = measure(page, client, *slow)
            yield path.name[:2], row


def quantile(values, share):
    """Return the value below which a share of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


HEAD = "   figure                 slider   median  p95  skipped  lag   naive: median skipped lag"


def line(number, row):
    """Return what one slider did, in a line."""
    t, n = row["table"], row.get("naive")
    ms = [v for _, v in t["times"]]
    words = f"{number} {row['name']:24}{row['slider']:3}  {statistics.median(ms):8.1f}"
    words += f"{quantile(ms, 0.95):6.1f}{t['skipped']:7.0f} %{t['lag']:5.0f}"
    if n and n["times"]:
        slow = statistics.median(v for _, v in n["times"])
        words += f"{slow:15.0f}{n['skipped']:7.0f} %{n['lag']:5.0f}"
    return words


def tell(rows):
    """Print what the goals ask of all sliders together; return whether they are met."""
    ms = [v for _, row in rows for _, v in row["table"]["times"]]
    slow = [v for _, row in rows if "naive" in row for _, v in row["naive"]["times"]]
    asked = [v for _, r in rows if "asked" in r for new, v in r["asked"]["times"] if new]
    skipped = statistics.mean(row["table"]["skipped"] for _, row in rows)
    moved = [row["name"] for _, row in rows if row["table"]["heights"] > 1]
    median = statistics.median(ms)
    times = statistics.median(slow) / median
    print(
        f"All tabled: median {median:.1f} ms, p95 {quantile(ms, 0.95):.1f} ms, "
        f"{skipped:.1f} % skipped"
    )
    print(f"Asked of the kernel: median {statistics.median(asked):.1f} ms")
    print(f"Naive: median {statistics.median(slow):.0f} ms, {times:.1f} times slower")
    print(f"Boxes that changed their size: {', '.join(moved) or 'none'}")
    return (
        median <= GOALS["median"]
        and statistics.median(asked) <= GOALS["asked"]
        and times >= GOALS["times"]
        and skipped <= GOALS["skipped"]
        and not moved
    )


def main():
    """Measure, print, and say by the exit status whether the goals are met."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("chapters", nargs="*", help="numbers, as in 04")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--drag", type=float, default=3, help="seconds")
    parser.add_argument("--json", help="write the rows there")
    options = parser.parse_args()
    paths = sorted((ROOT / "notebooks").glob("*.ipynb"))
    paths = [p for p in paths if not options.chapters or p.name[:2] in options.chapters]
    books = {path: notebook(path) for path in paths}
    books = {path: book for path, book in books.items() if book[1]}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=installed.browser(), args=installed.FLAGS
        )
        sources = {path.name: text for path, (text, _) in books.items()}
        with serve(Path(folder), sources) as address:
            rows = []
            print(HEAD)
            for path, (_, names) in tqdm(books.items(), unit=" chapters"):
                page = browser.new_page(viewport={"width": 1200, "height": 1100})
                for number, row in chapter(page, address, path, names, options):
                    tqdm.write(line(number, row))
                    rows.append((number, row))
                page.close()
    if options.json:
        Path(options.json).write_text(json.dumps(rows))
    sys.exit(not tell(rows))


if __name__ == "__main__":
    main()
