"""Sliders above a picture that the kernel draws anew at each position; `Player` is faster."""

from functools import lru_cache

import ipywidgets as widgets
from IPython.display import display

from annex_lib.explore.axes import Slider, stops

__all__ = ["Explorer", "Slider"]

# While the sliders live, the static picture that stands before them is hidden.
_STYLE = (
    "<style>.jp-OutputArea:has(.annex-live) .annex-static{display:none}"
    ".annex-live{margin:0}</style>"
)


class Explorer:
    """Sliders and the picture they move; shows the first picture even where nothing runs.

    Parameters
    ----------
    draw : callable
        Takes one whole number for each slider, by name; returns a `Figure`.
    *sliders : Slider
        In the order in which they stand.
    """

    def __init__(self, draw, *sliders):
        self.sliders = sliders
        self.draw = lru_cache(maxsize=256)(draw)
        self.start = {s.name: s.start for s in sliders}

    def stops(self):
        """Yield each position of the sliders, as a dict by name."""
        yield from stops(self.sliders)

    def summaries(self):
        """Yield each position, and in one line what is drawn there."""
        for position in self.stops():
            yield position, " | ".join(self.draw(**position).description().split("\n"))

    def widget(self):
        """Return the sliders above the picture, alive."""
        picture = widgets.HTML(_STYLE + self.draw(**self.start).html("annex-live", small=False))
        controls = {}
        for s in self.sliders:
            controls[s.name] = widgets.IntSlider(
                s.start,
                s.low,
                max(s.low, s.top(self.start)),
                description=s.label,
                style={"description_width": "initial"},
                layout={"width": "min(26em, 90%)"},
            )

        def move(_):
            position = {}
            for s in self.sliders:
                control = controls[s.name]
                control.max = max(s.low, s.top(position))  # this moves the value into the range
                position[s.name] = control.value
            picture.value = _STYLE + self.draw(**position).html("annex-live", small=False)

        for control in controls.values():
            control.observe(move, "value")
        return widgets.VBox([*controls.values(), picture])

    def _ipython_display_(self):
        first = self.draw(**self.start)
        still = {"text/plain": repr(first), "text/html": first.html("annex-static")}
        display(still, raw=True)
        names = ", ".join(s.label for s in self.sliders)
        view = {"text/plain": f"Sliders: {names}. Run this cell to move them."}
        model = self.widget()._repr_mimebundle_()["application/vnd.jupyter.widget-view+json"]
        display({**view, "application/vnd.jupyter.widget-view+json": model}, raw=True)
