"""The equation checker: LaTeX in, verdicts out. See GRAMMAR.md for what it reads."""

from annex_lib.equations.book import check
from annex_lib.equations.notebook import check_notebook, verify
from annex_lib.equations.verdicts import Verdict, Verdicts

__all__ = ["Verdict", "Verdicts", "check", "check_notebook", "verify"]
