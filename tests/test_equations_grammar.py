"""The page that documents the grammar: each of its examples does what it says."""

import re
from pathlib import Path

import pytest

import annex_lib.equations
from annex_lib.equations import check

PAGE = (Path(annex_lib.equations.__file__).parent / "GRAMMAR.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```markdown (\w+)\n(.*?)^```$", PAGE, re.M | re.S)


@pytest.mark.parametrize(("wanted", "example"), EXAMPLES)
def test_example(wanted, example):
    verdicts = check(example)
    if wanted == "holds":
        assert verdicts.ok, verdicts
        assert any(v.kind == "claim" for v in verdicts)
    elif wanted == "false":
        assert verdicts[-1].kind == "claim" and verdicts[-1].holds is False
    else:
        assert verdicts[-1].kind == "unreadable" and verdicts[-1].reason


def test_page_can_be_read_in_five_minutes():
    assert len(EXAMPLES) >= 15
    assert len(re.sub(r"```.*?```", "", PAGE, flags=re.S).split()) < 900
