"""Pictures of the museum: what a check sees of a slip, and the table of all."""

import numpy as np
from matplotlib.patches import Rectangle

from annex_lib.figures.cells import Cells
from annex_lib.figures.core import INK, Figure, canvas, number
from annex_lib.figures.equation_row import listed, moving_row
from annex_lib.museum import CHECKS, SLIPS, error_matrix, exhibit
from annex_lib.shapes import ShapeError

__all__ = ["museum_check_scene", "museum_table"]

G = np.array([2.0, -1, 3, 1, -2, 4])  # stand for a random draw
V = np.array([1.0, -2, 3, 1, -2])
ENTRY = 1
FILLS = {"passes": "#ececec", "sometimes": "#cfe3f3", "caught": "#5b9bd5", "right": "#ffffff"}
QUIET = "#5c5c5c"  # still read on the grey of what passes
ROWS, COLUMNS = 5, 6  # the largest error


def museum_check_scene():
    """Return the moving picture of E times what a check sends in; position `slip`, `check`."""
    parts = [
        dict(a=np.ones((ROWS, COLUMNS)), slot="E", name="$E$", role="gradient", rows="$j$"),
        "·",
        dict(a=np.ones(COLUMNS), slot="g", name="$g$", role="plain"),
        "=",
        dict(a=np.ones(ROWS), slot="Eg", name="$Eg$", role="gradient", moves=("frame",)),
    ]
    scene = moving_row("museum_check", parts, 4)
    fig = scene.fig
    fig.set_size_inches(8, fig.get_size_inches()[1])
    for ax in fig.axes:
        ax.set_anchor("N")
        for sign in () if ax.images else ax.texts:
            sign.set_y(0.72)
    fig.axes[0].title.set(ha="left", x=0.02)
    said = fig.axes[-1].text(1.2, 1.6, "E is not looked at", size=11, va="center")
    verdict = fig.axes[-1].text(
        1.2, 2.5, "another draw: caught", size=13, weight="bold", va="center"
    )
    scene.slot("said", said, "text")
    scene.slot("verdict", verdict, "text")
    scene.slot("color", verdict, "color")
    scene.state = lambda slip, check: _checked(list(SLIPS)[slip], list(CHECKS)[check])
    return scene


def _checked(slip, check):
    E = error_matrix(exhibit(slip))
    n, m = E.shape
    g = np.ones(m) if check in ("mean", "all-ones upstream") else G[:m]
    added = np.round(E @ g, 12) + 0.0
    blind = check == "shapes only"
    value, words = _seen(check, added)
    passes = not np.any(value)
    frame = (ENTRY, 0, 1, 1) if check == "one entry" else (0, 0, n, 1)
    caption = f"{slip}, {exhibit(slip).line}; {check}: "
    drawn = f" with v = {listed(V[:n])}" if check == "adjoint" else ""
    caption = caption[0].upper() + caption[1:] + words + drawn
    caption += ", so it passes." if passes else "."
    alt = f"The error E of {slip}, {n} by {m}, with the rows "
    alt += f"{', '.join(listed(row) for row in E)}"
    alt += "." if blind else f", times g = {listed(g)} is {listed(added)}."
    return {
        "E": _framed(E, (ROWS, COLUMNS), E == 0),
        "g": _framed(g[:, None], (COLUMNS, 1), hide=blind),
        "Eg": _framed(added[:, None], (ROWS, 1), hide=blind),
        "Eg frame": None if blind else frame,
        "said": words,
        "verdict": "passes" if passes else "caught",
        "color": "weight" if passes else "output",
        "alt": alt,
        "caption": caption,
    }


def _seen(check, added):
    """Return what a check looks at, and that in words."""
    n = len(added)
    if check == "shapes only":
        return 0, "E is not looked at"
    if check == "mean":
        return added.sum(), f"the mean of Eg is {number(added.mean())}"
    if check == "one entry":
        return added[ENTRY], f"entry {ENTRY} of Eg is {number(added[ENTRY])}"
    if check == "adjoint":
        return V[:n] @ added, f"⟨Eg, v⟩ is {number(V[:n] @ added)}"
    return added, "all of Eg is looked at"


def _framed(a, shape, zeros=None, hide=False):
    """Return an array in the upper left corner of a larger grid."""
    out, hidden, dots = np.zeros(shape), np.ones(shape, bool), np.zeros(shape, bool)
    place = tuple(slice(0, k) for k in a.shape)
    out[place], hidden[place] = a, hide
    if zeros is not None:
        dots[place] = zeros
    return Cells(out, dots, hidden)


def museum_table(rows, columns, cells):
    """Draw a table of slips by checks, each cell with its words, in the colour of its verdict.

    Parameters
    ----------
    rows, columns : sequence of str
        The first row is that of the right code, the others are those of the slips.
    cells : sequence of sequences of (str, str)
        Verdict, one of "passes", "sometimes", "caught", "right", and words.

    Returns
    -------
    Figure
    """
    if len(cells) != len(rows) or any(len(row) != len(columns) for row in cells):
        raise ShapeError(
            f"museum_table: the cells should be {len(rows)} rows of {len(columns)}, one for each "
            "name"
        )
    fig, ax = canvas(8, 0.42 * len(rows) + 0.9)
    for i, row in enumerate(cells):
        for j, (verdict, words) in enumerate(row):
            ax.add_patch(Rectangle((j, i), 0.96, 0.94, fc=FILLS[verdict], lw=0))
            color = QUIET if verdict == "passes" else INK
            ax.text(j + 0.48, i + 0.48, words, ha="center", va="center", size=10, color=color)
    for i, name in enumerate(rows):
        ax.text(-0.1, i + 0.48, name, ha="right", va="center", size=10)
    for j, name in enumerate(columns):
        ax.text(
            j + 0.48,
            -0.12,
            name.replace(", ", ",\n").replace(" up", "\nup"),
            ha="center",
            va="bottom",
            size=9,
        )
    ax.set(xlim=(-1.75, len(columns)), ylim=(len(rows), -0.8))
    ax.set_axis_off()
    lines = [
        f"{name}: {', '.join(f'{c} {w}' for c, (_, w) in zip(columns, row, strict=True))}"
        for name, row in zip(rows, cells, strict=True)
    ]
    passed = sum(verdict == "passes" for row in cells[1:] for verdict, _ in row)
    alt = f"A table of slips by checks. {'; '.join(lines)}."
    caption = (
        f"Grey: it passes. In the first row the right code does, in {passed} cells a wrong one."
    )
    return Figure(fig, alt, caption)
