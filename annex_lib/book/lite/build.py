"""Build the book for a browser: JupyterLite, the chapters, Python, and what it loads."""

import json
import re
import shutil
import subprocess
import sys
from importlib.metadata import files
from pathlib import Path
from tempfile import TemporaryDirectory

from annex_lib.book.lite.wheels import LIST, take, write_list
from annex_lib.book.reading import Mistake

__all__ = ["build", "lite"]

HERE = Path(__file__).parent
CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
KERNEL = ("ipykernel", "piplite", "pyodide_kernel")  # wheels inside the kernel's own package


def lite(root, distribution=None):
    """Build `_lite/`; return what there is now, a sentence each."""
    build(root, root / "_lite", distribution)
    words = "The book for the browser is in _lite/: make site puts it into the site."
    if not distribution:
        return [words, "It has no NumPy: give it a full Pyodide, as CONTRIBUTING.md says."]
    return [words]


def build(root, out, distribution=None):
    """Build a folder for any web server; what was there is replaced, if nothing goes wrong.

    Parameters
    ----------
    root : Path
        The folder that holds `notebooks/` and `images/`.
    out : Path
    distribution : str, optional
        A full Pyodide, which has NumPy: its archive or folder. Without one the chapters can be
        read and their cells run, but `import annex_lib` says that NumPy is missing.

    Raises
    ------
    Mistake
        If npm is missing, or a part can't be had, or is not the one that was locked.
    """
    with TemporaryDirectory() as folder:
        folder = Path(folder)
        python = folder / "lite" / "static" / "pyodide"
        python.mkdir(parents=True)
        known = fetch_python(folder / "npm", python)
        fetch_wheels(root, python)
        if distribution:
            take(Path(distribution), known, python)
        write_list(python, known)
        lay_out(root, folder / "lite")
        places = [f"--lite-dir={folder / 'lite'}", f"--output-dir={folder / 'new'}"]
        command = ["build", "--apps=lab", "--no-sourcemaps", *places]
        _call(folder / "lite", [sys.executable, "-m", "jupyterlite_core", *command])
        shutil.rmtree(out, ignore_errors=True)
        shutil.move(folder / "new", out)


def fetch_python(folder, out):
    """Copy Python for the browser, as npm has it; return the list of what was built for it."""
    if not shutil.which("npm"):
        raise Mistake("Python for the browser comes by npm: install Node.js 20 or later.")
    folder.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    _call(folder, [shutil.which("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"])
    origin = folder / "node_modules" / "pyodide"
    has = json.loads((origin / "package.json").read_text("utf-8"))["version"]
    if has != (wanted := _version()):
        raise Mistake(f"{HERE / 'package.json'} has Pyodide {has}, but the kernel needs {wanted}.")
    for name in CORE:
        shutil.copy(origin / name, out)
    return json.loads((origin / LIST).read_text("utf-8"))


def fetch_wheels(root, out):
    """Lay down the wheels of pure Python: those locked, the kernel's own, and the book itself."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    kind = ["--only-binary=:all:", "--platform=any", "--implementation=py", "--abi=none"]
    locked = ["--no-deps", "--require-hashes", f"--requirement={root / 'requirements-browser.txt'}"]
    _call(root, [*pip, *kind, "--python-version=3.14", *locked, f"--dest={out}"])
    for path in files("jupyterlite-pyodide-kernel"):
        if path.suffix == ".whl" and path.name.partition("-")[0] in KERNEL:
            shutil.copy(path.locate(), out)
    uv = [sys.executable, "-m", "uv", "build", "--quiet", "--wheel"]
    _call(root, [*uv, f"--out-dir={out}", str(root)])
    (out / ".gitignore").unlink(missing_ok=True)  # uv's


def lay_out(root, folder):
    """Lay out what JupyterLite reads beside Python: the chapters with their pictures, settings."""
    for name in ("notebooks", "images"):
        ignored = shutil.ignore_patterns(".*")
        shutil.copytree(root / name, folder / "files" / name, ignore=ignored)
    for path in (folder / "files" / "images").glob("*.svg"):
        # JupyterLite passes a text file on as Latin-1, which an image does not survive
        path.write_bytes(path.read_text("utf-8").encode("ascii", "xmlcharrefreplace"))
    shutil.copy(HERE / "jupyter-lite.json", folder)
    shutil.copy(HERE.parent / "lab" / "overrides.json", folder)  # no window about news


def _version():
    from jupyterlite_pyodide_kernel.constants import PYODIDE_VERSION

    return PYODIDE_VERSION


def _call(folder, command):
    """Run a program; if it fails, the last it said is the mistake."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")
    if done.returncode:
        said = re.sub(r"\x1b\[[\d;]*m", "", done.stderr or done.stdout).strip().splitlines()
        name = " ".join(Path(word).name for word in command[:4])
        raise Mistake("\n".join([f"{name} failed:", *said[-5:]]))
