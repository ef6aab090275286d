"""The book for a class: the hub's configuration, its page, and a small class of students."""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

if sys.platform != "linux":
    pytest.skip("a class is served from Linux", allow_module_level=True)

from class_hub import CONFIG, PASSWORD, ROOT
from class_use import hold
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader
from jupyterhub._data import DATA_FILES_PATH
from jupyterhub.app import JupyterHub
from nbgitpuller.pull import GitPuller

PAGE = (ROOT / "deploy" / "README.md").read_text("utf-8")
FIRST = "notebooks/01-linear-algebra-and-tensors.ipynb"
MIB = 2**20


@pytest.fixture
def told(monkeypatch):
    """The environment in which a class is configured."""
    for name in ("ANNEX_CLASS_SIGN_IN", "ANNEX_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ANNEX_CLASS_PASSWORD", PASSWORD)
    monkeypatch.setenv("ANNEX_CLASS_AS_ROOT", "yes")
    return monkeypatch


def load():
    """Return the configuration as JupyterHub reads it."""
    app = JupyterHub()
    app.raise_config_file_errors = True
    app.load_config_file(CONFIG.name, path=str(CONFIG.parent))
    return app.config


def value(options, name):
    """Return the number that an option of a command gives."""
    return next(int(o.partition("=")[2]) for o in options if o.startswith(f"--{name}="))


def stated(row):
    """Return the number in a row of the page's table of limits."""
    return int(re.search(rf"(?m)^\| {row} \| \D*(\d+)", PAGE)[1])


def test_the_values_are_those_of_the_page(told):
    c = load()
    culler = c.JupyterHub.services[0]["command"]
    memory, cores = c.Spawner.mem_limit, len(os.sched_getaffinity(0))
    assert memory == stated("Memory of each process") * MIB
    assert c.Spawner.cmd[:2] == ["prlimit", f"--data={memory}"]
    limit = stated("Servers that start at a time") * cores
    assert c.JupyterHub.concurrent_spawn_limit == limit
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    room = int(re.search(r"one for each (\d+) MiB", PAGE)[1])
    assert c.JupyterHub.active_server_limit == machine // (room * MIB)
    kernel = value(c.Spawner.args, "MappingKernelManager.cull_idle_timeout")
    assert kernel == 60 * stated("Idle kernels are stopped after")
    assert value(culler, "timeout") == 60 * stated("Idle servers are stopped after")
    assert value(culler, "max-age") == 3600 * stated("Servers are stopped at the latest after")
    assert f"http://{c.JupyterHub.ip}:{c.JupyterHub.port}`, for this machine only" in PAGE


def test_what_jupyterhub_is_told_exists(told):
    c = load()
    app = JupyterHub(config=c)
    for name in c.JupyterHub:
        assert name in app.traits(config=True), name
    assert "spawn_throttle_retry_range" in Path(
        sys.modules[JupyterHub.__module__].__file__
    ).read_text("utf-8")
    assert app.authenticator_class.__name__ == "SharedPasswordAuthenticator"
    for section in ("Authenticator", "SharedPasswordAuthenticator"):
        for name in c[section]:
            assert name in app.authenticator_class.class_traits(config=True), name
    for section in ("Spawner", "SimpleLocalProcessSpawner"):
        for name in c[section]:
            assert name in app.spawner_class.class_traits(config=True), name


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"ANNEX_CLASS_PASSWORD": None}, "8 characters or more, but is not set."),
        ({"ANNEX_CLASS_PASSWORD": "1234567"}, "8 characters or more, but is shorter."),
        ({"ANNEX_CLASS_SIGN_IN": "nobody"}, "should be password or accounts, but is 'nobody'."),
        ({"geteuid": 0, "ANNEX_CLASS_AS_ROOT": None}, "root may do everything: start it from"),
        ({"geteuid": 1000, "ANNEX_CLASS_SIGN_IN": "accounts"}, "start it as root, or set"),
    ],
)
def test_what_will_not_do_is_told_in_one_sentence(told, changed, words):
    for name, new in changed.items():
        if name == "geteuid":
            told.setattr(os, "geteuid", lambda new=new: new)
        elif new is None:
            told.delenv(name)
        else:
            told.setenv(name, new)
    with pytest.raises(SystemExit) as stop:
        load()
    assert words in stop.value.code and "\n" not in stop.value.code


def test_no_traceback_for_a_missing_password(told):
    told.delenv("ANNEX_CLASS_PASSWORD")
    command = [Path(sys.executable).parent / "jupyterhub", "-f", CONFIG]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("ANNEX_CLASS_PASSWORD should be the password")


def test_a_course_signs_in_by_the_accounts_of_the_machine(told):
    told.setenv("ANNEX_CLASS_SIGN_IN", "accounts")
    told.setattr(os, "geteuid", lambda: 0)
    app = JupyterHub(config=load())
    assert app.authenticator_class.__name__ == "PAMAuthenticator"
    assert app.spawner_class.__name__ == "LocalProcessSpawner"


def test_no_name_leads_out_of_the_folder_of_homes(told):
    c = load()
    authenticator = JupyterHub(config=c).authenticator_class(config=c)
    assert authenticator.validate_username("ada-2")
    for name in ("../ada", "%2e%2e", "a/b", "", "ada\n", "a" * 99):
        assert not authenticator.validate_username(name), name


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a pipe, unclosed
def test_the_link_lands_in_chapter_1(told, tmp_path):
    origin = tmp_path / "book"
    (origin / "notebooks").mkdir(parents=True)
    (origin / FIRST).write_bytes((ROOT / FIRST).read_bytes())
    git = ["git", "-C", origin, "-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "--quiet", "--initial-branch=main"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "--quiet", "--message=Begin"], check=True)
    told.setenv("ANNEX_REPOSITORY", str(origin))
    link = urlsplit(load().Spawner.default_url)
    query = {name: values[0] for name, values in parse_qs(link.query).items()}
    assert link.path == "/git-pull"
    list(GitPuller(query["repo"], str(tmp_path / query["targetpath"])).pull())
    assert (tmp_path / query["urlpath"].removeprefix("lab/tree/")).samefile(
        tmp_path / "annex" / FIRST
    )


def test_who_asks_for_8_gib_gets_a_memory_error(told):
    command = load().Spawner.cmd[:2]
    code = "import numpy as np\ntry: np.ones(2**30)\nexcept MemoryError: print(np.ones(9).sum())"
    done = subprocess.run([*command, sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "9.0\n", done.stderr


@pytest.mark.parametrize(("status", "again"), [(429, True), (500, False)])
def test_the_page_that_says_to_wait_tries_again(told, status, again):
    hub = FileSystemLoader(Path(DATA_FILES_PATH) / "templates")
    ours = FileSystemLoader(load().JupyterHub.template_paths)
    loader = ChoiceLoader([PrefixLoader({"templates": hub}), ours, hub])
    page = Environment(loader=loader, autoescape=True).get_template("error.html")
    given = {"status_code": status, "status_message": "", "base_url": "/hub/"}
    given["static_url"] = lambda path, **_: path
    assert ("setTimeout(() => location.reload()" in page.render(**given)) == again


def test_repo2docker_understands_environment_yml():
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-2000:]
    version = re.search(r"python=(\S+)", (ROOT / "environment.yml").read_text("utf-8"))[1]
    assert f"Building conda environment for python={version}" in said
    update = '--file "environment.yml"'
    # The library is installed from the folder itself, so all of it is there before.
    assert said.index("src/ ${REPO_DIR}/") < said.index(update)


@pytest.mark.long
def test_a_class_of_three():
    held = hold(3, spread=3)
    assert len(held.runs) == len(held.ends) == 3
    assert held.landed == {f"lab/tree/annex/{FIRST}"}
    assert held.lost is False
    assert set(held.culled) == {"kernels", "servers"}
