import ast
import subprocess
import sys
from pathlib import Path

import pytest

import annex_lib

ROOT = Path(annex_lib.__file__).parent
# Each imports only from those before it; a set stands side by side.
ORDER = [
    {"shapes"},
    {"printing", "equations"},
    {"derivatives"},
    {"windows"},
    {"linear", "patches", "softmax", "pooling", "normalisation", "dual", "training"},
    {"convolution", "activations", "losses", "attention", "museum"},
    {"transposed"},
    {"network"},
    {"figures"},
    {"explore"},
    {"exercises"},
    {"book"},
]
RANK = {name: rank for rank, names in enumerate(ORDER) for name in names}
MODULES = sorted(ROOT.rglob("*.py"))


def imported(path):
    """Return the full name of each module that a file imports, wherever in it."""
    names = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: a relative import"
            direct = node.module == "annex_lib"
            names += [f"annex_lib.{a.name}" for a in node.names] if direct else [node.module]
    return names


def part(path):
    return path.relative_to(ROOT).with_suffix("").parts[0]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_each_module_imports_only_from_those_before_it(path):
    if path == ROOT / "__init__.py":
        assert imported(path) == ["importlib.util"]
        return
    for name in imported(path):
        library, *names = name.split(".")
        if library == "annex_lib":
            before = RANK[names[0]] < RANK[part(path)] or names[0] == part(path)
            assert before, f"{part(path)} imports {name}"
            assert part(path) != "equations" or names[0] in ("equations", "shapes")


@pytest.mark.parametrize(
    ("library", "parts"),
    [("matplotlib", {"figures"}), ("ipywidgets", {"explore"}), ("anywidget", {"explore"})],
)
def test_heavy_libraries_stay_in_their_part(library, parts):
    users = {part(p) for p in MODULES if any(n.split(".")[0] == library for n in imported(p))}
    assert users <= parts


def test_importing_the_package_loads_neither_pictures_nor_widgets():
    code = """if True:
        import sys
        import annex_lib
        from annex_lib import convolution, derivatives, dual, linear, network, training, transposed
        heavy = {"matplotlib", "ipywidgets", "IPython", "nbformat", "jax"} & set(sys.modules)
        assert not heavy, heavy
        annex_lib.figures
        assert "matplotlib" in sys.modules and "ipywidgets" not in sys.modules
        annex_lib.explore
        assert "ipywidgets" in sys.modules
    """
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_numpy_one_sentence_says_what_is_missing_and_what_to_do():
    code = f"import sys; sys.path.insert(0, {str(ROOT.parent)!r}); import annex_lib"
    without = [sys.executable, "-I", "-S", "-c", code]  # -S: nothing but the standard library
    done = subprocess.run(without, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "ImportError: annex_lib needs NumPy, which is missing here: on your own machine "
        "`make read` installs it; a copy for the browser has it only if its publisher put it in."
    )


@pytest.mark.parametrize("name", annex_lib._MODULES)
def test_every_module_is_an_attribute_and_is_listed(name):
    assert getattr(annex_lib, name).__name__ == f"annex_lib.{name}"
    assert name in dir(annex_lib)


def test_an_unknown_attribute_is_refused():
    with pytest.raises(AttributeError) as error:
        annex_lib.nothing  # noqa: B018
    assert str(error.value) == "module 'annex_lib' has no attribute 'nothing'"


@pytest.mark.parametrize("name", annex_lib._MODULES)
def test_what_a_module_offers_exists(name):
    module = getattr(annex_lib, name)
    for offered in getattr(module, "__all__", ()):
        assert hasattr(module, offered)
