"""A second reader of every formula: KaTeX, run in Python with no node."""

from functools import cache
from importlib.resources import files

__all__ = ["complaint"]

READ = """function read(tex, display) {
  try { katex.renderToString(tex, {displayMode: display, strict: false}); return ""; }
  catch (error) { return error.message; }
}"""


def complaint(tex, display=False):
    r"""Return why KaTeX can't read a formula, or nothing.

    Parameters
    ----------
    tex : str
        LaTeX without its dollars.
    display : bool
        Whether it stands on a line of its own; only there `\tag` may stand.

    Examples
    --------
    >>> complaint(r"\frac{1}{2}")
    ''
    >>> complaint(r"\frac{1}{2")
    "KaTeX parse error: Expected '}', got 'EOF' at end of input: \\frac{1}{2"
    """
    return _reader().call("read", tex, display)


@cache
def _reader():
    from py_mini_racer import MiniRacer

    reader = MiniRacer()
    reader.eval(files("sphinxcontrib").joinpath("katex.min.js").read_text("utf-8") + ";" + READ)
    return reader
