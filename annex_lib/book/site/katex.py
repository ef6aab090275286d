"""A second reader of every formula: KaTeX, run in Python with no node."""

import json
from importlib.resources import files

__all__ = ["complaints"]

READ = """function read(formulas) {
  return JSON.stringify(formulas.map(([tex, display]) => {
    try { katex.renderToString(tex, {displayMode: display, strict: false}); return ""; }
    catch (error) { return error.message; }
  }));
}"""


def complaints(formulas):
    r"""Return for each formula why KaTeX can't read it, or an empty text.

    Parameters
    ----------
    formulas : list of (str, bool)
        LaTeX without its dollars, and whether it stands on a line of its own.

    Examples
    --------
    >>> fine, wrong = complaints([(r"\frac{1}{2}", False), (r"\frec{1}{2}", False)])
    >>> fine, wrong[:46]
    ('', 'KaTeX parse error: Undefined control sequence:')
    """
    from py_mini_racer import MiniRacer

    katex = files("sphinxcontrib").joinpath("katex.min.js").read_text("utf-8")
    with MiniRacer() as reader:  # a new one each time: it ends with the event loop it began in
        reader.eval(f"{katex};{READ}")
        return json.loads(reader.call("read", formulas))
