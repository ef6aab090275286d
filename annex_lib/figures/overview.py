"""The picture of the first page: a map of the book."""

from matplotlib import patches

from annex_lib.figures.core import GREY, ROLES, Figure, canvas

__all__ = ["book_map"]

# Each chapter: its place (column, row), what it is called, and its part in the colours.
CHAPTERS = {
    "01": ((0, 2), "Linear algebra\nand tensors", "input"),
    "02": ((0, 1), "The chain rule", "input"),
    "03": ((1, 1.5), "Jacobians", "gradient"),
    "04": ((2, 1.5), "The linear\nlayer", "weight"),
    "05": ((3, 2), "The convolutional\nlayer", "weight"),
    "06": ((4, 2), "Channels, stride,\npadding, groups", "weight"),
    "07": ((3, 1), "Activations\nand losses", "output"),
    "08": ((4, 1), "A network,\ntrained", "output"),
    "09": ((4, 0), "Forward and\nreverse", "gradient"),
    "10": ((3, 0), "Normalisation\nand attention", "output"),
    "11": ((2, 0), "How to check\na derivative", "gradient"),
}
NEEDS = [("01", "03"), ("02", "03"), ("03", "04"), ("04", "05"), ("05", "06"), ("05", "07")]
NEEDS += [("07", "08"), ("08", "09"), ("07", "10"), ("07", "11")]
WIDTH, HEIGHT = 0.74, 0.66


def book_map():
    """Draw the chapters as boxes, with an arrow from each to those that need it.

    Returns
    -------
    Figure
    """
    fig, ax = canvas(8, 3.6)
    for number, ((x, y), name, role) in CHAPTERS.items():
        box = patches.FancyBboxPatch(
            (x - WIDTH / 2, y - HEIGHT / 2),
            WIDTH,
            HEIGHT,
            boxstyle="round,pad=0,rounding_size=0.06",
            facecolor="#f6f6f6",
            edgecolor=ROLES[role],
            linewidth=1.8,
        )
        ax.add_patch(box)
        ax.text(x, y + 0.17, number, ha="center", va="center", weight="bold", color=ROLES[role])
        ax.text(x, y - 0.1, name, ha="center", va="center", size=8.5, linespacing=1.25)
    for before, after in NEEDS:
        ends = _ends(CHAPTERS[before][0], CHAPTERS[after][0])
        arrow = patches.FancyArrowPatch(*ends, arrowstyle="-|>", mutation_scale=12, color=GREY)
        ax.add_patch(arrow)
    ax.set(xlim=(-0.45, 4.45), ylim=(-0.4, 2.4))
    ax.axis("off")
    names = ", ".join(f"{n} {name}" for n, (_, name, _) in CHAPTERS.items()).replace("\n", " ")
    arrows = ", ".join(f"{a} to {b}" for a, b in NEEDS)
    alt = f"Map of the book: chapters {names}; arrows lead from {arrows}."
    return Figure(fig, alt, "An arrow leads from a chapter to one that needs it.")


def _ends(before, after):
    """Return where an arrow begins and ends: side to side, or downwards within the columns."""
    (x, y), (u, v) = before, after
    if u > x:
        return (x + WIDTH / 2 + 0.02, y), (u - WIDTH / 2 - 0.02, v + (y - v) * 0.25)
    lean = 0.4 * (u - x)
    return (x + lean, y - HEIGHT / 2 - 0.03), (u - lean, v + HEIGHT / 2 + 0.03)
