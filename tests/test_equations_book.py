"""Every display of every chapter, by chapter and number; the command line; a broken chapter."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from annex_lib.equations import check_notebook, verify
from annex_lib.equations.__main__ import main
from annex_lib.equations.mutation import mutants_of
from annex_lib.equations.notebook import check_notebooks, markdown_of
from annex_lib.equations.prose import Display, pieces

CHAPTERS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
EXEMPT = 5  # of 100 displays at most; may not grow


def displays(path):
    """Return the displays of a chapter, not yet judged."""
    return [piece for piece in pieces(markdown_of(path)) if isinstance(piece, Display)]


ALL = [(path, k, display) for path in CHAPTERS for k, display in enumerate(displays(path))]
NAMES = [f"{path.name[:2]}-{display.tag or k + 1}" for path, k, display in ALL]


@pytest.fixture(scope="module")
def verdicts():
    """What is found of each chapter."""
    return dict(zip(CHAPTERS, check_notebooks(CHAPTERS, diagnose=False), strict=True))


@pytest.mark.parametrize(("path", "k", "display"), ALL, ids=NAMES)
def test_display(path, k, display, verdicts):
    verdict = verdicts[path][k]
    assert verdict.text == display.text.strip()
    assert verdict.ok, f"{path.name}: {verdict}\n{verdict.text}"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.name[:2])
def test_each_number_is_given_once_and_each_reference_has_its_display(path, verdicts):
    assert verdicts[path][len(displays(path)) :] == []


def test_few_displays_are_exempt(verdicts):
    kinds = [(v.kind, v.number) for found in verdicts.values() for v in found]
    exempt = [number for kind, number in kinds if kind == "prose"]
    assert 100 * len(exempt) <= EXEMPT * max(len(kinds), 20), exempt


def notebook(folder, *cells, name="04-layer.ipynb"):
    cells = [{"cell_type": "markdown", "source": cell} for cell in cells]
    path = folder / name
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return path


LAYER = r"""# 04. Layer
## 4.1 A
Let $W \in \mathbb{R}^{m \times n}$, $x \in \mathbb{R}^n$, $\ell : \mathbb{R}^m \to \mathbb{R}$.
$$ f_i := \sum_j w_{ij} x_j $$
$$ L := \ell(f) $$
$$ g := \frac{\partial L}{\partial f} $$
$$ \frac{\partial L}{\partial x} = W^{\top} g \tag{4.1} $$
By (4.1), and
$$ \frac{\partial L}{\partial w_{kl}} = g_k x_l \tag{4.2} $$"""


def test_command_line_in_order(tmp_path, capsys):
    assert main([str(notebook(tmp_path, LAYER))]) == 0
    out = capsys.readouterr().out
    assert "✓ (4.1) holds: exact" in out and "5 displays: 2 claim, 3 definition" in out


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("g_k x_l", "g_l x_k", "(4.2) is false"),
        (r"W^{\top} g", "W g", "(4.1) is false"),
        (r"W^{\top} g", r"-W^{\top} g", "on the left"),
        ("By (4.1)", "By (4.7)", "(4.7) unreadable: the text refers to it"),
        (r"\tag{4.2}", r"\tag{4.1}", "given twice"),
    ],
)
def test_a_slip_is_named(tmp_path, capsys, old, new, said):
    assert main([str(notebook(tmp_path, LAYER.replace(old, new)))]) == 1
    assert said in capsys.readouterr().out


def test_chapters_are_told_in_the_order_asked_for(tmp_path, capsys):
    """The one with more displays begins first; what is said of it stands under its name."""
    short = notebook(tmp_path, LAYER.replace("4.", "5."), name="05-short.ipynb")
    long = notebook(tmp_path, LAYER.replace("4.", "6."), "$$ u := 1 $$", name="06-long.ipynb")
    assert main([str(short), str(long)]) == 0
    told = re.findall(r"^\d\d-|\(\d\.1\)", capsys.readouterr().out, re.M)
    assert told == ["05-", "(5.1)", "06-", "(6.1)"]


def test_command_line_as_a_program(tmp_path):
    path = tmp_path / "no.ipynb"
    run = subprocess.run(
        [sys.executable, "-m", "annex_lib.equations", str(path)], capture_output=True, text=True
    )
    assert run.returncode == 1 and "no.ipynb" in run.stderr and "Traceback" not in run.stderr


def test_explain_shows_the_numbers(tmp_path, capsys):
    path = str(notebook(tmp_path, LAYER))
    assert main([path, "--explain", "4.2"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"with m=\d, n=\d; axes k, l", out) and out.count("[[") == 2
    assert main([path, "--explain", "4.9"]) == 1


def test_verify_finds_the_chapter(tmp_path, monkeypatch):
    path = notebook(tmp_path, LAYER)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    assert [v.holds for v in verify("4.1", "4.2")] == [True, True]
    assert verify("4.9")[0].kind == "unreadable"
    copy = notebook(tmp_path, LAYER.replace("g_k x_l", "x_l"), name="mine.ipynb")
    monkeypatch.setenv("JPY_SESSION_NAME", str(copy))
    assert verify("4.2")[0].holds is False
    assert check_notebook(path).ok


def test_mutants_of_a_derivation():
    mutants = mutants_of(LAYER)
    fates = {m.fate for m in mutants}
    assert len(mutants) > 20 and "missed" not in fates
    kinds = {m.kind for m in mutants if m.fate == "rejected"}
    assert {"index replaced", "index swapped", "sign", "transpose", "offset", "factor 2"} <= kinds
