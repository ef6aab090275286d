"""What the book is installed from agrees: pyproject.toml, locks, environment.yml, README."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
GROUPS = PROJECT["dependency-groups"]
READING = [*PROJECT["project"]["dependencies"], *GROUPS["setup"]]
LOCKS = {
    "requirements.txt": READING,
    "requirements-site.txt": [*READING, *GROUPS["site"]],
    "requirements-class.txt": [*READING, *GROUPS["class"]],
    "requirements-test.txt": [
        *(*READING, *GROUPS["site"], *GROUPS["class"], *GROUPS["test"], *GROUPS["dev"])
    ],
    "requirements-lite.txt": [*READING, *GROUPS["lite"]],
    "requirements-browser.txt": GROUPS["browser"],
}


def read(name):
    return (ROOT / name).read_text("utf-8")


def pins(text):
    """Return the pinned requirements of a lock, each line without its hashes."""
    lines = text.replace("\\\n", " ").splitlines()
    lines = [line.split("--hash")[0].strip() for line in lines]
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def unmet(declared, lock):
    """Return what is declared, but not in a lock at a version that satisfies it everywhere."""
    for requirement in map(Requirement, declared):
        found = [p.specifier for p in lock if p.name == requirement.name]
        versions = [next(iter(specifier)).version for specifier in found]
        if not versions or not all(map(requirement.specifier.contains, versions)):
            yield str(requirement)


@pytest.mark.parametrize("name", LOCKS)
def test_each_dependency_is_locked_at_a_version_that_satisfies_it(name):
    assert list(unmet(LOCKS[name], pins(read(name)))) == [], "make lock"


def test_a_dependency_that_is_not_locked_is_seen():
    lock = pins(read("requirements.txt"))
    assert list(unmet(["numpy>=99", "tensorboard>=1"], lock)) == ["numpy>=99", "tensorboard>=1"]


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes(name):
    text = read(name)
    assert len(re.findall(r"(?m)^[a-z].* \\\n    --hash=sha256:[0-9a-f]{64}", text)) == len(
        pins(text)
    )


def test_each_lock_holds_the_one_before_it():
    reading, site, group, test = ({str(p) for p in pins(read(name))} for name in list(LOCKS)[:4])
    assert reading <= site <= test and reading <= group <= test, "make lock"


def test_the_locks_for_the_browser_take_the_versions_of_the_others():
    versions = {}
    for pin in pins(read("requirements-test.txt")):
        versions.setdefault(pin.name, set()).add(str(pin.specifier))
    for name in ("requirements-lite.txt", "requirements-browser.txt"):
        shared = [pin for pin in pins(read(name)) if pin.name in versions]
        assert len(shared) > 15
        assert not [str(p) for p in shared if str(p.specifier) not in versions[p.name]], "make lock"


def test_the_constraints_are_the_pins_of_the_reading_lock():
    assert read("constraints.txt").splitlines() == [
        line.removesuffix("\\").strip()
        for line in read("requirements.txt").splitlines()
        if re.match(r"[a-z]", line)
    ], "make lock"


def test_no_address_stands_in_the_lock_of_the_proxy():
    lock = json.loads(read("deploy/package-lock.json"))
    packages = [p for name, p in lock["packages"].items() if name]
    assert packages and all("integrity" in p and "resolved" not in p for p in packages)


@pytest.mark.parametrize("name", [*LOCKS, "constraints.txt"])
def test_no_address_stands_in_a_lock(name):
    text = read(name)
    assert "://" not in text
    assert not re.search(r"(?m)^\s*(-i|-f|--index-url|--extra-index-url|--find-links)\b", text)


def test_conda_installs_the_same():
    environment = yaml.safe_load(read("environment.yml"))
    python, pip, block = environment["dependencies"]
    version = python.removeprefix("python=")
    assert environment["name"] == "annex"
    assert SpecifierSet(PROJECT["project"]["requires-python"]).contains(version)
    assert (pip, block) == ("pip", {"pip": ["-c constraints.txt", "-e ."]})
    here = {**default_environment(), "python_full_version": f"{version}.0"}
    kept = [p for p in pins(read("constraints.txt")) if not p.marker or p.marker.evaluate(here)]
    names = [p.name for p in kept]
    assert len(names) == len(set(names))  # one version each for conda's Python
    assert not list(unmet(PROJECT["project"]["dependencies"], kept))


def targets():
    return set(re.findall(r"(?m)^([a-z-]+):.*## .+$", read("Makefile")))


def test_make_help_lists_every_target():
    said = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    phony = re.search(r"(?m)^\.PHONY: (.*)$", read("Makefile"))[1].split()
    assert set(re.findall(r"(?m)^make ([a-z-]+) +\S", said)) == set(phony) == targets()


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "deploy/README.md", ".ci/run"])
def test_every_make_command_in_the_text_exists(name):
    named = re.findall(r"(?m)(?:`|^)make ([a-z-]+)", read(name))
    assert named
    assert set(named) <= targets()


@pytest.mark.parametrize(
    ("name", "called"),
    [("book", {"lock", "test", "test-long"}), ("site", {"lite", "site", "test"})],
)
def test_every_workflow_step_exists(name, called):
    jobs = yaml.safe_load(read(f".github/workflows/{name}.yml"))["jobs"]
    steps = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert {step.split()[1] for step in steps if step.startswith("make ")} == called <= targets()


def test_the_site_is_put_out_on_a_tag_only_and_after_its_checks():
    workflow = yaml.safe_load(read(".github/workflows/site.yml"))
    assert workflow[True]["push"]["tags"] == ["v*"]  # YAML reads `on` as true
    publish = workflow["jobs"]["publish"]
    assert publish["needs"] == "build" and "refs/tags/v" in publish["if"]
    assert workflow["permissions"] == {"contents": "read"}


def test_the_citation_and_the_licences_are_the_projects():
    citation = yaml.safe_load(read("CITATION.cff"))
    assert citation["version"] == PROJECT["project"]["version"]
    assert " AND ".join(citation["license"]) == PROJECT["project"]["license"]
    assert [a["name"] for a in citation["authors"]] == [
        a["name"] for a in PROJECT["project"]["authors"]
    ]
    for name, words in (("LICENSE", "BSD 3-Clause"), ("LICENSE-text", "Attribution 4.0")):
        assert name in PROJECT["project"]["license-files"]
        assert words in read(name)


def test_the_readme_names_files_that_exist():
    named = re.findall(r"-r ([\w.-]+)|-f ([\w.-]+)|\]\((?!notebooks)([\w.-]+)\)", read("README.md"))
    assert len(named) >= 6
    assert not [name for name in map("".join, named) if not (ROOT / name).exists()]


def make(folder, *arguments):
    """Run make where no environment is yet; return its status and its first complaint."""
    for name in ("Makefile", "pyproject.toml", "requirements.txt"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    done = subprocess.run(["make", *arguments], cwd=folder, capture_output=True, text=True)
    assert not (folder / ".venv").exists()
    return done.returncode, done.stderr.partition("\n")[0]


def python(path, lines):
    """Write a stand-in for Python that answers as these lines of sh say, or else as Python."""
    path.write_text(f'#!/bin/sh\n{lines}\nexec "{sys.executable}" "$@"\n')
    path.chmod(0o755)
    return f"PYTHON={path}"


needs_sh = pytest.mark.skipif(os.name != "posix", reason="stand-ins are written in sh")
FAULTS = {
    "too old": ('case "$2" in *version_info*) exit 1;; esac', "Annex needs Python 3.11 or later"),
    "no ensurepip": ('case "$2" in *ensurepip*) exit 1;; esac', "apt install python3-venv"),
    "half made": (
        'case "$2" in venv) mkdir -p .venv/bin; echo "No space" >&2; exit 1;; esac',
        "No s",
    ),
}


@needs_sh
@pytest.mark.parametrize("name", FAULTS)
def test_a_python_that_will_not_do_is_told_and_nothing_is_left(tmp_path, name):
    lines, words = FAULTS[name]
    (folder := tmp_path / "a book").mkdir()
    status, said = make(folder, "read", python(tmp_path / "python", lines))
    assert status != 0
    assert words in said


def test_the_makefile_asks_for_the_python_that_the_project_requires():
    major, minor = PROJECT["project"]["requires-python"].removeprefix(">=").split(".")
    assert f"version_info < ({major}, {minor}))" in read("Makefile")
    assert f"needs Python {major}.{minor} or later" in read("Makefile")
    assert f"--python-version {major}.{minor} " in read("Makefile")


def test_a_python_that_is_not_there_is_told(tmp_path):
    status, said = make(tmp_path, "read", "PYTHON=no-such-python")
    assert status != 0
    assert said.startswith("There is no no-such-python here: install Python 3.11 or later, or name")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_where_nobody_may_write_is_told(tmp_path):
    make(tmp_path, "help")
    tmp_path.chmod(0o555)
    command = ["make", "read", f"PYTHON={sys.executable}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    tmp_path.chmod(0o755)
    assert done.returncode != 0
    assert done.stderr.startswith("You may not write in this folder: clone the book to a place")


def test_the_check_on_a_bare_machine_is_the_readmes():
    script = read(".ci/run")
    assert script.splitlines()[-1] == "make test"
    assert os.name != "posix" or os.access(ROOT / ".ci" / "run", os.X_OK)
