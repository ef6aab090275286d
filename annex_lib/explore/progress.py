"""A progress bar for a long cell, which leaves nothing behind."""

import sys

from IPython import get_ipython
from IPython.display import clear_output, display
from tqdm import tqdm
from tqdm.notebook import tqdm_notebook

__all__ = ["progress"]

if sys.platform == "emscripten":
    tqdm.monitor_interval = 0  # it would start a thread, which a browser does not have

VIEW = "application/vnd.jupyter.widget-view+json"
WORTH = 1.0  # seconds that must be left: a bar that goes before JupyterLab has built it is an error


def progress(items, words="steps"):
    """Yield the items of a sequence and show how far it is; at the end the bar goes away.

    In a notebook the bar is a widget, which is no part of the text that is stored and compared. It
    comes after the first items, if the rest will take more than a second at their pace. In a
    terminal it is a line; elsewhere nothing is shown.

    Parameters
    ----------
    items : sequence
    words : str
        What is counted; stands beside the bar.

    Yields
    ------
    The items.

    Examples
    --------
    >>> [2 * k for k in progress(range(3))]
    [0, 2, 4]
    """
    if not hasattr(get_ipython(), "kernel"):
        yield from tqdm(items, words, leave=False, disable=None)
        return
    shown = False
    with tqdm_notebook(items, words, leave=False, display=False) as bar:
        for done, item in enumerate(bar):
            left = done and (len(items) - done) / done * bar.format_dict["elapsed"]
            if left > WORTH and not shown:
                display({VIEW: bar.container._repr_mimebundle_()[VIEW]}, raw=True)
                shown = True
            yield item
    if shown:
        clear_output()
