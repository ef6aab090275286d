"""The book for a browser: what it is made of, and what a reader meets there."""

import functools
import hashlib
import http.server
import json
import re
import tarfile
import threading
import tomllib
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from notebook_rules import chapters
from packaging.requirements import Requirement
from playwright.sync_api import sync_playwright

from annex_lib.book import browser as installed
from annex_lib.book.__main__ import main
from annex_lib.book.lite import build as lite
from annex_lib.book.lite.wheels import COMPILED, LIST, closure, entry, take, write_list
from annex_lib.book.reading import Mistake

ROOT = Path(__file__).parent.parent
HERE = Path(lite.__file__).parent
SETTINGS = json.loads((HERE / "jupyter-lite.json").read_text("utf-8"))["jupyter-config-data"]
KERNEL = SETTINGS["litePluginSettings"]["@jupyterlite/pyodide-kernel-extension:kernel"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
NEEDED = [Requirement(words) for words in PROJECT["project"]["dependencies"]]
LOCKED = set(re.findall(r"(?m)^([\w-]+)==", (ROOT / "requirements-browser.txt").read_text()))
PATIENCE = 300_000  # milliseconds, for a slow machine


# What it is made of.


def test_all_that_the_book_needs_is_locked_or_compiled_or_jupyterlite_itself():
    left_out = set(re.search(r"(?m)^NOT_PURE = (.*)$", (ROOT / "Makefile").read_text())[1].split())
    shown = {"jupyterlab", "jupyterlab-widgets", "widgetsnbextension"}
    assert left_out == {*COMPILED, *shown}
    assert {r.name for r in NEEDED} <= LOCKED | {*COMPILED, *shown}
    assert not LOCKED & left_out


def test_python_comes_from_this_host_and_so_does_all_that_it_loads_first():
    assert KERNEL["disablePyPIFallback"] is True
    assert "pyodideUrl" not in KERNEL  # the build sets it to its own copy
    first = {name.replace("-", "_") for name in KERNEL["loadPyodideOptions"]["packages"]}
    assert first == {"comm", "ipython", "jedi", "micropip", *lite.KERNEL}
    assert first <= {name.replace("-", "_") for name in LOCKED} | {*lite.KERNEL}
    assert "://" not in (HERE / "jupyter-lite.json").read_text("utf-8")


def test_python_for_the_browser_is_locked_by_its_hash_and_no_address():
    wanted = json.loads((HERE / "package.json").read_text("utf-8"))["dependencies"]["pyodide"]
    packages = json.loads((HERE / "package-lock.json").read_text("utf-8"))["packages"]
    assert packages["node_modules/pyodide"]["version"] == wanted
    assert all(p["integrity"].startswith("sha512-") for name, p in packages.items() if name)
    assert "://" not in (HERE / "package-lock.json").read_text("utf-8")


KNOWN = {"info": {"python": "3.14.2", "arch": "wasm32"}, "packages": {}}


def wheel(folder, name, needs=(), files=("{}/__init__.py",)):
    """Write a wheel; return its path."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    about = ["Metadata-Version: 2.1", f"Name: {name}", "Version: 1.0"]
    about += [f"Requires-Dist: {words}" for words in needs]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}-1.0.dist-info/METADATA", "\n".join(about))
        for file in files:
            archive.writestr(file.format(name), "")
    return path


def test_a_list_says_of_a_wheel_what_python_has_to_know(tmp_path):
    needs = [
        "NumPy>=2",
        "Some_Thing; python_version >= '3.14'",
        "old; python_version < '3.14'",
        "pexpect; sys_platform != 'emscripten'",
        "more; extra == 'all'",
    ]
    files = ["{}/__init__.py", "{}/inner/part.py", "alone.py", "not-a-name/x.py"]
    path = wheel(tmp_path, "My_Wheel", needs, files)
    assert entry(path, KNOWN) == {
        "name": "my-wheel",
        "version": "1.0",
        "file_name": "My_Wheel-1.0-py3-none-any.whl",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "install_dir": "site",
        "package_type": "package",
        "unvendored_tests": False,
        "imports": ["My_Wheel", "alone"],
        "depends": ["numpy", "some-thing"],
    }


def test_a_list_holds_what_is_there_and_asks_for_nothing_else(tmp_path):
    wheel(tmp_path, "book", ["numpy", "scikit-learn", "tqdm", "jupyterlab"])
    for name in ("scikit_learn", "tqdm"):
        wheel(tmp_path, name)
    write_list(tmp_path, {**KNOWN, "packages": {"numpy": {"name": "numpy", "depends": []}}})
    listed = json.loads((tmp_path / LIST).read_text("utf-8"))
    assert listed["info"] == KNOWN["info"]
    assert set(listed["packages"]) == {"book", "scikit-learn", "tqdm"}
    assert listed["packages"]["book"]["depends"] == ["tqdm"]  # a chapter's cell loads the other


@pytest.fixture
def full(tmp_path):
    """A full Pyodide as it might be, a folder of wheels, and the list that it is told by."""
    (folder := tmp_path / "pyodide").mkdir()
    needs = {"scikit_learn": ["joblib"], "matplotlib": ["numpy", "tqdm"]}
    names = ["numpy", "matplotlib", "scikit_learn", "pillow", "joblib", "tqdm", "stray"]
    told = [entry(wheel(folder, name, needs.get(name, ())), KNOWN) for name in names]
    return folder, {**KNOWN, "packages": {about["name"]: about for about in told}}


def archive_of(folder):
    path = folder.with_name("pyodide-1.0.tar.bz2")
    with tarfile.open(path, "w:bz2") as archive:
        archive.add(folder, "pyodide")
    return path


def test_what_a_package_needs_comes_with_it(full):
    assert set(closure(full[1], COMPILED)) == {*COMPILED, "joblib", "tqdm"}


@pytest.mark.parametrize("packed", [False, True])
def test_from_a_full_pyodide_comes_what_is_compiled_and_what_that_needs(tmp_path, full, packed):
    folder, known = full
    (out := tmp_path / "out").mkdir()
    ours = wheel(out, "tqdm", files=["tqdm/ours.py"]).read_bytes()
    take(archive_of(folder) if packed else folder, known, out)
    names = {path.name.partition("-")[0] for path in out.glob("*.whl")}
    assert names == {"numpy", "matplotlib", "scikit_learn", "pillow", "joblib", "tqdm"}
    assert (out / "tqdm-1.0-py3-none-any.whl").read_bytes() == ours


@pytest.mark.parametrize("packed", [False, True])
def test_another_wheel_than_the_one_listed_is_refused(tmp_path, full, packed):
    folder, known = full
    (out := tmp_path / "out").mkdir()
    wheel(folder, "numpy", files=["numpy/evil.py"])
    with pytest.raises(Mistake, match=r"numpy-1\.0-py3-none-any\.whl in \S+ is not the one that"):
        take(archive_of(folder) if packed else folder, known, out)


def test_a_distribution_without_a_wheel_is_refused(tmp_path, full):
    folder, known = full
    (folder / "joblib-1.0-py3-none-any.whl").unlink()
    (out := tmp_path / "out").mkdir()
    with pytest.raises(Mistake, match=r"has no joblib-1\.0-py3-none-any\.whl: take the full"):
        take(folder, known, out)


@pytest.mark.parametrize("name", ["none.tar.bz2", "text.tar.bz2"])
def test_what_is_no_archive_is_told(tmp_path, full, name):
    (tmp_path / "text.tar.bz2").write_text("no archive")
    with pytest.raises(Mistake, match=rf"{name} is no archive of Pyodide, and no folder\.$"):
        take(tmp_path / name, full[1], tmp_path)


def test_the_chapters_are_laid_out_as_they_are_and_no_picture_is_spoilt(tmp_path):
    words = "<svg><desc>1 × ½ → é</desc></svg>"
    (root := tmp_path / "book").mkdir()
    for name, text in {"notebooks/00-a.ipynb": "{}", "images/a.svg": words}.items():
        (root / name).parent.mkdir()
        (root / name).write_text(text, encoding="utf-8")
    (root / "notebooks" / ".ipynb_checkpoints").mkdir()
    (tmp_path / "out").mkdir()
    lite.lay_out(root, tmp_path / "out")
    files = tmp_path / "out" / "files"
    assert [path.name for path in (files / "notebooks").iterdir()] == ["00-a.ipynb"]
    laid = (files / "images" / "a.svg").read_bytes()
    assert laid.isascii()  # JupyterLite reads a byte as a letter
    assert ElementTree.fromstring(laid)[0].text == "1 × ½ → é"


def test_without_npm_it_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert main(["lite"]) == 1
    said = "Python for the browser comes by npm: install Node.js 20 or later.\n"
    assert capsys.readouterr().err == said


# What a reader meets there.

READY = "jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
NEWEST = ".jp-Notebook .jp-CodeCell.jp-mod-active"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128  # a page asks for many files at once; with 5 some wait for minutes


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The book for the browser, without NumPy, as it can be built anywhere."""
    out = tmp_path_factory.mktemp("lite") / "lite"
    lite.build(ROOT, out)
    settings = json.loads((out / "jupyter-lite.json").read_text("utf-8"))
    settings["jupyter-config-data"]["exposeAppInBrowser"] = True  # for `run`
    (out / "jupyter-lite.json").write_text(json.dumps(settings), encoding="utf-8")
    return out


@pytest.fixture(scope="module")
def lab(folder, chromium):
    """Chapter 01 in JupyterLite with a kernel that has started; every other host is blocked."""
    handler = functools.partial(Quiet, directory=folder)
    nowhere = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"  # the workers' too
    with (
        Server(("127.0.0.1", 0), handler) as server,
        sync_playwright() as playwright,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        browser = playwright.chromium.launch(
            executable_path=chromium, args=[*installed.FLAGS, nowhere]
        )
        context = browser.new_context(viewport={"width": 1400, "height": 1000}, base_url=address)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.asked, page.refused = [], []

        def admit(route):
            here = route.request.url.startswith(address)
            (page.asked if here else page.refused).append(route.request.url)
            return route.continue_() if here else route.abort()

        context.route(lambda url: url.startswith(("http", "ws")), admit)
        page.goto(f"/lab/index.html?path=notebooks/{chapters()[1].name}")
        page.wait_for_function(f"window.{READY}")
        yield page
        browser.close()
        server.shutdown()


RUN = """async code => {
  const {commands, shell} = window.jupyterapp, notebook = shell.currentWidget.content;
  notebook.activeCellIndex = 0;
  await commands.execute('notebook:insert-cell-above');
  notebook.activeCell.model.sharedModel.setSource(code);
  await commands.execute('notebook:run-cell');
}"""


def run(lab, code):
    """Run a new cell at the top; return what it shows."""
    lab.evaluate(RUN, code)
    cell = lab.locator(NEWEST)
    cell.locator(".jp-InputPrompt", has_text=re.compile(r"\[\d+\]")).wait_for()
    cell.locator(".jp-OutputArea-output").first.wait_for()
    return "\n".join(cell.locator(".jp-OutputArea-output").all_inner_texts())


@pytest.mark.long
def test_every_chapter_is_listed_and_one_is_open(lab, folder):
    listed = lab.locator(".jp-DirListing-itemText").all_inner_texts()
    assert [name for name in listed if name.endswith(".ipynb")] == [p.name for p in chapters()]
    for path in chapters():
        assert (folder / "files" / "notebooks" / path.name).read_bytes() == path.read_bytes()
    assert lab.locator("h1", has_text="01. Linear algebra and tensors").count() == 1


@pytest.mark.long
def test_a_cell_runs(lab):
    assert run(lab, "1 + 1").strip() == "2"


@pytest.mark.long
def test_without_numpy_the_book_says_so_in_one_sentence(lab):
    said = run(lab, "import annex_lib")
    assert "ImportError: annex_lib needs NumPy, which is missing here:" in said


# Loads a module alone, since the package asks for NumPy.
ALONE = """
import importlib.util, sys
from pathlib import Path
def alone(name):
    home = Path(importlib.util.find_spec("annex_lib").origin).parent
    path = home / (name.replace(".", "/") + ".py")
    spec = importlib.util.spec_from_file_location(f"annex_lib.{name}", path)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
"""


@pytest.mark.long
def test_what_the_exercises_ask_of_python_is_there(lab):
    said = run(
        lab,
        f"""{ALONE}
guard, records = alone("exercises.guard"), alone("exercises.records")
def endless():
    while True:
        pass
try:
    guard.limited(endless, 0.3)
except guard.TimeLimit:
    print("stopped")
print(guard.limited(lambda: 7, 0.3), sys.gettrace())
print([records.save("4.2"), records.save("4.1")], list(records.solved()), records.folder())""",
    )
    assert said.splitlines()[:3] == ["stopped", "7 None", "['', ''] ['4.1', '4.2'] /drive/annex"]


@pytest.mark.long
def test_a_progress_bar_warns_of_nothing(lab):
    said = run(
        lab,
        f"""{ALONE}
print(list(alone("explore.progress").progress(range(3))))""",
    )
    assert "Warning" not in said and "[0, 1, 2]" in said


@pytest.mark.long
def test_a_picture_of_the_text_is_shown(lab):
    lab.locator(".jp-DirListing-item", has_text="00-how-to").dblclick()
    picture = lab.locator("img[alt^='Map of the book']")
    picture.scroll_into_view_if_needed()
    lab.wait_for_function(
        "document.querySelector('img[alt^=\"Map of the book\"]').naturalWidth > 100"
    )


@pytest.mark.long
def test_nothing_left_the_host(lab):
    assert lab.refused == []
    assert {"pyodide.asm.wasm", "python_stdlib.zip"} <= {
        url.rpartition("/")[2] for url in lab.asked
    }


@pytest.mark.long
def test_what_pyodide_compiles_is_what_the_book_needs(tmp_path):
    known = lite.fetch_python(tmp_path / "npm", tmp_path)
    for name in COMPILED:
        (needed,) = (r for r in NEEDED if r.name == name)
        assert needed.specifier.contains(known["packages"][name]["version"]), name
