"""What Python in the browser can load: wheels in one folder, and the list of them with hashes."""

import hashlib
import json
import shutil
import tarfile
import zipfile
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from annex_lib.book.reading import Mistake

__all__ = ["COMPILED", "LIST", "closure", "entry", "take", "write_list"]

LIST = "pyodide-lock.json"
COMPILED = ("numpy", "matplotlib", "scikit-learn", "pillow")  # as Pyodide builds them
LATE = {"scikit-learn"}  # 30 MB that only chapter 08 needs, and whose cell loads them


def write_list(folder, known):
    """Write the list of all that can be loaded from a folder.

    Parameters
    ----------
    folder : Path
        Holds the wheels, and gets the list. What they need and is not among them is left out.
    known : dict
        Pyodide's own list, of everything that was ever built for it.
    """
    found = [entry(path, known) for path in sorted(folder.glob("*.whl"))]
    packages = {about["name"]: about for about in found}
    for about in found:
        about["depends"] = [name for name in about["depends"] if name in packages.keys() - LATE]
    text = json.dumps({"info": known["info"], "packages": packages}, indent=1)
    (folder / LIST).write_text(text, encoding="utf-8")


def entry(path, known):
    """Return what a list says of one wheel.

    Parameters
    ----------
    path : Path
    known : dict
        Pyodide's own list, for its version of Python.

    Returns
    -------
    dict
    """
    python = known["info"]["python"]
    here = {
        "sys_platform": "emscripten",
        "platform_system": "Emscripten",
        "platform_machine": known["info"]["arch"],
        "python_version": python.rpartition(".")[0],
        "python_full_version": python,
        "extra": "",
    }
    with zipfile.ZipFile(path) as wheel:
        names = [PurePosixPath(name) for name in wheel.namelist()]
        metadata = next(str(n) for n in names if n.match("*.dist-info/METADATA"))
        told = HeaderParser().parsestr(wheel.read(metadata).decode())
    needs = map(Requirement, told.get_all("Requires-Dist", ()))
    modules = {n.parts[0].removesuffix(".py") for n in names if n.suffix == ".py"}
    return {
        "name": canonicalize_name(told["Name"]),
        "version": told["Version"],
        "file_name": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "install_dir": "site",
        "package_type": "package",
        "unvendored_tests": False,
        "imports": sorted(name for name in modules if name.isidentifier()),
        "depends": [
            canonicalize_name(r.name) for r in needs if not r.marker or r.marker.evaluate(here)
        ],
    }


def closure(known, names):
    """Return what Pyodide's list says of some packages, and of all that these need."""
    packages = {canonicalize_name(name): about for name, about in known["packages"].items()}
    found, left = {}, list(names)
    while left:
        name = canonicalize_name(left.pop())
        if name not in found:
            found[name] = packages[name]
            left += packages[name]["depends"]
    return found


def take(distribution, known, folder):
    """Copy from a Pyodide distribution the compiled packages, and what these need.

    Parameters
    ----------
    distribution : Path
        An archive (`pyodide-<version>.tar.bz2`) or a folder.
    known : dict
        Pyodide's own list, which says what hash each wheel has to have.
    folder : Path
        What lies in it already, of the same name and another version, is not taken again.

    Raises
    ------
    Mistake
        If a wheel is missing or is another one.
    """
    there = {entry(path, known)["name"] for path in folder.glob("*.whl")}
    wanted = closure(known, COMPILED)
    hashes = {a["file_name"]: a["sha256"] for name, a in wanted.items() if name not in there}
    _copy(distribution, hashes, folder)
    for name, expected in hashes.items():
        path = folder / name
        if not path.exists():
            raise Mistake(f"{distribution} has no {name}: take the full Pyodide of that version.")
        if hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            raise Mistake(f"{name} in {distribution} is not the one that Pyodide lists.")


def _copy(distribution, names, folder):
    if distribution.is_dir():
        for path in [p for p in distribution.rglob("*.whl") if p.name in names]:
            shutil.copy(path, folder)
        return
    try:
        with tarfile.open(distribution, "r|*") as archive:  # a stream: it is read once
            for member in archive:
                if (name := Path(member.name).name) in names and member.isfile():
                    (folder / name).write_bytes(archive.extractfile(member).read())
    except (FileNotFoundError, tarfile.ReadError):
        raise Mistake(f"{distribution} is no archive of Pyodide, and no folder.") from None
