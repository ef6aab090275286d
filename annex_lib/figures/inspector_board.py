"""The sheet on which an inspector draws: its grids and the picture of all entries."""

import numpy as np
from matplotlib.patches import Rectangle

from annex_lib.figures.core import GREY, INK, ROLES, canvas
from annex_lib.figures.scene import Scene

__all__ = ["LIGHTS", "Board", "sheet"]

CELL, GAP, HEAD = 0.5, 0.5, 0.62  # inches: a cell at most, between grids, above a grid
WIDE, TALL = 8.0, 6.0  # inches: the paper, of which only what is drawn on is shown
MAP = 1.9  # inches: the longer side of the picture of all entries
LIGHTS = 2  # frames that an array can have at once


def sheet(shape):
    """Return the numbers of an array's entries as they lie on paper, last two axes side by side.

    Examples
    --------
    >>> sheet((2, 1, 3))
    array([[0, 1, 2, 3, 4, 5]])
    >>> sheet((2,))
    array([[0],
           [1]])
    """
    count = np.arange(np.prod(shape, dtype=int))
    if len(shape) < 2:
        return count[:, None]
    rows, columns = shape[-2:]
    return count.reshape(-1, rows, columns).swapaxes(0, 1).reshape(rows, -1)


class Board:
    """The parts of the picture and their places, for the largest subject."""

    def __init__(self, name, largest):
        self.fig, ax = canvas(WIDE, TALL)
        ax.remove()
        self.fig.set_layout_engine(None)
        self.scene, self.largest = Scene(name, self.fig), largest
        self.arrays = {f"array {k}": a for k, (a, _) in enumerate(largest.arrays.values())}
        self.sheets = {slot: sheet(a.shape) for slot, a in self.arrays.items()}
        self.sum = sheet(largest.shapes[1])
        matrix = np.arange(largest.zeros.size).reshape(largest.flat.shape)
        self.slice = matrix if largest.matrix else self.sum
        values = [*self.arrays.values(), largest.jacobian, largest.sums]
        self.limit = max(1.0, *(np.abs(v).max(initial=0) for v in values))
        self.draw()

    def draw(self):
        """Draw everything, from the top down."""
        top, x = TALL - HEAD, 0.55
        across = sum(lie.shape[1] for lie in self.sheets.values())
        below = self.slice.shape[1] + self.sum.shape[1]
        room = (WIDE - x - GAP * len(self.sheets)) / across, (WIDE - x - MAP - 3 * GAP) / below
        self.cell = min(CELL, *room)
        roles = [role for _, role in self.largest.arrays.values()]
        for (slot, lie), role in zip(self.sheets.items(), roles, strict=True):
            ax = self._grid(slot, lie.shape, x, top, role, self.arrays[slot].shape)
            for k in range(LIGHTS):
                self.scene.frame(f"{slot} {k}", ax)
            x += lie.shape[1] * self.cell + GAP
        tall = max(lie.shape[0] for lie in self.sheets.values()) * self.cell
        self._lower(top - tall - 0.42)

    def _lower(self, top):
        """Draw the entry in words; below it its slice, the sum so far, and all entries."""
        self._words("symbol", 0.33, top, "0" * 30, size=13)
        self._words("place", 0.33, top - 0.27, "0" * 60, color=GREY)
        top -= 0.42 + HEAD
        shape = self.largest.shapes[1]
        blocks = (1,) if self.largest.matrix else shape
        x = 0.55
        ax = self._grid("slice", self.slice.shape, x, top, "plain", blocks)
        self.scene.frame("slice frame", ax)
        x += self.slice.shape[1] * self.cell + 1.3 * GAP
        ax = self._grid("sum", self.sum.shape, x, top, "gradient", shape)
        self.scene.frame("sum frame", ax, color=ROLES["gradient"])
        self._map(x + max(self.sum.shape[1] * self.cell, 1) + GAP, top)

    def _words(self, slot, x, y, widest, **style):
        """Declare words that change, at a place in inches."""
        style = {"va": "center"} | style
        self.scene.slot(slot, self.fig.text(x / WIDE, y / TALL, widest, **style), "text")

    def _grid(self, slot, shape, x, top, role, blocks):
        """Draw a grid with its upper left corner at a place in inches, and room for its name."""
        (rows, columns), cell = shape, self.cell
        box = x - 0.1 * cell, top - (rows + 0.1) * cell, (columns + 0.2) * cell, (rows + 0.2) * cell
        ax = self.fig.add_axes(np.divide(box, (WIDE, TALL, WIDE, TALL)))
        many = len(blocks) > 2
        self.scene.grid(slot, ax, shape, limit=self.limit, ticks=not many)
        for text in self.scene.slots[slot].texts.flat:
            text.set_size(min(10, 24 * cell))
        for edge in range(blocks[-1] if many else columns, columns, blocks[-1]):
            ax.plot([edge - 0.5] * 2, [-0.5, rows - 0.5], color=GREY, lw=1.6)
        style = {"ha": "center", "weight": "bold", "size": 11, "color": ROLES[role]}
        self._words(f"{slot} name", x + columns * cell / 2, top + 0.36, "0" * 3, **style)
        return ax

    def _map(self, x, top):
        """Draw a dot for each entry that is not zero by structure, and what frames them."""
        most = max(self.largest.flat.shape)
        unit = min(MAP / most, 0.16)
        side = unit * most
        box = np.divide((x, top - 0.3 - side, side, side), (WIDE, TALL, WIDE, TALL))
        ax = self.fig.add_axes(box)
        ax.set(xlim=(-0.5, most - 0.5), ylim=(most - 0.5, -0.5))
        ax.set_axis_off()
        dark = "#4a4a4a"
        full = {"ls": "None", "marker": "s", "color": dark, "ms": 58 * unit, "mew": 0}
        hollow = full | {"mfc": "white", "mec": dark, "mew": 0.8, "ms": 47 * unit}
        spot = full | {"color": ROLES["weight"], "ms": 72 * unit, "zorder": 4}
        for slot, style in (("dots", full), ("nulls", hollow), ("spot", spot)):
            self.scene.slot(slot, ax.plot([0], [0], **style)[0], "points")
        for slot, color, lw in (("edge", GREY, 1), ("strip", INK, 1.6)):
            style = {"fill": False, "ec": color, "lw": lw, "clip_on": False, "zorder": 3}
            self.scene.slot(slot, ax.add_patch(Rectangle((0, 0), 1, 1, **style)), "bounds")
        style = {"weight": "bold", "size": 11, "va": "center"}
        self.fig.text(x / WIDE, (top + 0.36) / TALL, "all entries", **style)
        for k in range(2):
            style = {"size": 9, "color": GREY}
            self._words(f"count {k}", x, top + 0.12 - 0.18 * k, "0" * 22, **style)
