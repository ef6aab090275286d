"""A picture that carries its own description, and the few strokes that every picture shares."""

import base64
import html
import io
import re

import numpy as np
from matplotlib import colors, patches, rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from annex_lib.figures.album import Kept
from annex_lib.figures.summary import summary

__all__ = [
    "GREY",
    "INK",
    "ROLES",
    "Figure",
    "KeptFigure",
    "canvas",
    "frame",
    "freeze",
    "grid",
    "lowered",
    "number",
    "title",
    "with_palette",
]

INK, GREY, PAPER = "#222222", "#767676", "#ffffff"
# One colour for each part that a quantity plays (Okabe and Ito's, which survive colour blindness).
ROLES = {
    "input": "#0072b2",
    "weight": "#b85c00",
    "output": "#00795a",
    "gradient": "#a8417f",
    "plain": INK,
}
# Negative blue, zero white, positive orange: both ends stay light enough for dark numbers.
HEAT = colors.LinearSegmentedColormap.from_list("annex", ["#5b9bd5", "#ffffff", "#f0a04b"])
STYLE = {
    "font.family": "DejaVu Sans",
    "mathtext.fontset": "dejavusans",
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.titlesize": 11,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.facecolor": PAPER,
    "svg.fonttype": "path",
    "svg.hashsalt": "annex",
    "axes.spines.top": False,
    "axes.spines.right": False,
}
DPI = 160  # twice the size on screen, for sharp screens
PAD = 0.08  # inches around what is drawn
INDEX = re.compile(r"_(\w+)", re.ASCII)  # of a quantity in a caption: o_12


class Figure:
    """A drawing with alternative text, a caption, and a summary of the numbers drawn.

    A notebook shows it as an HTML figure; its `text/plain` is the description and the summary, so
    that a reader without sight has the figure, and a test sees when other numbers are drawn.

    Parameters
    ----------
    canvas : matplotlib.figure.Figure
        As `canvas` makes it; drawn, not shown.
    alt : str
        What the picture shows, for those who don't see it.
    caption : str
        What the reader should notice; stands under the picture, with indices as in o_12 lowered.
    box : matplotlib.transforms.Bbox, optional
        The part to show, in inches; without it, what is drawn and a little room around it.
    """

    def __init__(self, canvas, alt, caption="", box=None):
        self.canvas, self.alt, self.caption, self.box = canvas, alt, caption, box

    def png(self, metadata=None):
        """Return the picture as PNG, in bytes."""
        about = {"Software": None, **(metadata or {})}
        return self._save("png", dpi=DPI, metadata=about, pil_kwargs={"compress_level": 1})

    def svg(self, metadata=None):
        """Return the picture as SVG, in bytes."""
        return self._save("svg", metadata={"Date": None, **(metadata or {})})

    def _save(self, form, **options):
        out, box, fig = io.BytesIO(), self.box, self.canvas
        box = freeze(fig) if box is None else box
        with rc_context(STYLE):
            fig.savefig(out, format=form, bbox_inches=box, **options)
        return out.getvalue()

    def html(self, css_class="annex-figure"):
        """Return the figure as HTML: picture as a data URI, alternative text, caption."""
        png = self.png()
        width = int.from_bytes(png[16:20], "big") * 80 // DPI  # the IHDR chunk holds the size
        caption = INDEX.sub(r"<sub>\1</sub>", html.escape(self.caption))
        caption = f"<figcaption>{caption}</figcaption>" if caption else ""
        return (
            f'<figure class="{css_class}"><img width="{width}" alt="{html.escape(self.alt)}" '
            f'src="data:image/png;base64,{base64.b64encode(png).decode()}">{caption}</figure>'
        )

    def description(self):
        """Return the alternative text, the caption and the summary of the numbers drawn."""
        return "\n".join(filter(None, [f"Figure: {self.alt}", self.caption, summary(self.canvas)]))

    def kept(self):
        """Return what a notebook shows of it, by kind of text."""
        return {"text/plain": self.description(), "text/html": self.html()}

    def _repr_mimebundle_(self, include=None, exclude=None):
        return self.kept()

    def __repr__(self):
        return self.description()


class KeptFigure(Kept):
    """A figure that stands in the album."""

    def _repr_mimebundle_(self, include=None, exclude=None):
        return self.entry

    def __repr__(self):
        return self.entry["text/plain"]


def freeze(fig):
    """Lay a drawing out once for all; return the part to show, in inches.

    matplotlib's own bbox_inches="tight" draws everything once more to find it.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        With everything visible, and the widest words, that it will ever show.

    Returns
    -------
    matplotlib.transforms.Bbox
    """
    for axis in (axis for ax in fig.axes for axis in (ax.xaxis, ax.yaxis)):
        if not axis.get_label_text():  # matplotlib would look for its place all the same
            axis.set_label_coords(0, 0)
    with rc_context(STYLE):
        if engine := fig.get_layout_engine():
            engine.execute(fig)
        fig.set_layout_engine(None)  # "none" would keep one that asks for a second drawing
        return fig.get_tightbbox().padded(PAD)


def with_palette(data):
    """Return a PNG, in bytes, with at most 256 colours: a third of the size, for what is kept."""
    picture, words = Image.open(io.BytesIO(data)), PngInfo()
    for key, value in picture.text.items():
        words.add_itxt(key, value)
    out = io.BytesIO()
    few = picture.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(out, "png", optimize=True, pnginfo=words)
    return out.getvalue()


def canvas(width, height, rows=1, columns=1, **options):
    """Return a matplotlib figure and its axes, in the book's style.

    Parameters
    ----------
    width, height : float
        In inches; a notebook's column takes 8.
    rows, columns : int
        Grid of axes.
    **options
        Passed on to `matplotlib.figure.Figure.subplots`: width_ratios, height_ratios, sharex ...

    Returns
    -------
    fig : matplotlib.figure.Figure
    axes : Axes, or array of Axes
    """
    with rc_context(STYLE):
        fig = Canvas(figsize=(width, height), dpi=DPI, layout="constrained")
        FigureCanvasAgg(fig)
        return fig, fig.subplots(rows, columns, **options)


def grid(
    ax,
    a,
    *,
    limit,
    name="",
    role="plain",
    rows="",
    columns="",
    zeros=None,
    labels=None,
    numbers=True,
    ticks=True,
):
    """Draw a matrix as coloured cells with their numbers in them.

    Parameters
    ----------
    ax : Axes
    a : array_like, shape (m, n); a vector is drawn as one column
    limit : float, above 0
        Colours run from -limit to limit; fixed, so that two pictures can be compared.
    name : str
        Title above, in the colour of its `role`.
    role : {"input", "weight", "output", "gradient", "plain"}
    rows, columns : str
        Name of each axis, for example "i (output)".
    zeros : array_like of bool, shape (m, n), optional
        Entries that are zero by structure, whatever the numbers: shown as a dot on grey.
    labels : array_like of str, shape (m, n), optional
        Words instead of the numbers.
    numbers : bool
        Whether anything stands in the cells; small ones say enough by their colour.
    ticks : bool
        Whether the indices stand at the sides; a vector has one of them.

    Returns
    -------
    image : AxesImage
    texts : ndarray of Text, shape (m, n), or (0, 0) without `numbers`
    outline : Rectangle
    """
    a = np.asarray(a, float)
    a = a[:, None] if a.ndim == 1 else a
    m, n = a.shape
    zeros = np.zeros((m, n), bool) if zeros is None else np.asarray(zeros).reshape(m, n)
    image = ax.imshow(
        a, cmap=HEAT, vmin=-limit, vmax=limit, interpolation="nearest", aspect="equal"
    )
    for i, j in np.argwhere(zeros):
        ax.add_artist(patches.Rectangle((j - 0.5, i - 0.5), 1, 1, color="#ececec", lw=0))
    texts = np.empty((m, n) if numbers else (0, 0), object)
    for i, j in np.ndindex(texts.shape):
        words = "·" if zeros[i, j] else number(a[i, j]) if labels is None else labels[i][j]
        texts[i, j] = ax.text(j, i, words, ha="center", va="center", size=10, color=INK)
        texts[i, j].set_in_layout(False)  # inside the axes anyway; to measure it takes long
    ax.plot(*_gaps(n, m), color="white", lw=1.2)
    ax.plot(*_gaps(m, n)[::-1], color="white", lw=1.2)
    outline = frame(ax, 0, 0, m, n, color=GREY, lw=1)
    above, beside = ticks and n > 1, ticks and (m > 1 or n == 1)
    ax.set_xticks(range(n) if above else [])
    ax.set_yticks(range(m) if beside else [])
    ax.tick_params(
        length=0, labelsize=8, labelcolor=GREY, top=False, labeltop=above, labelbottom=False
    )
    ax.set(xlim=(-0.6, n - 0.4), ylim=(m - 0.4, -0.6))
    ax.set_xlabel(columns)
    ax.set_ylabel(rows, rotation=0 if len(rows) < 5 else 90, va="center", labelpad=8)
    for spine in ax.spines.values():
        spine.set_visible(False)
    if name:
        title(ax, name, role)
    return image, texts, outline


def _gaps(n, m):
    """Return the points of n + 1 lines, m cells long, across the first axis; NaN parts them."""
    edges = np.repeat(np.arange(n + 1) - 0.5, 3)
    return edges, np.tile([-0.5, m - 0.5, np.nan], n + 1)


def title(ax, words, role="plain"):
    """Write a title above the axes and the indices there, in the colour of its role."""
    labels = ax.xaxis.get_tick_params()
    pad = 8 + (3.5 + labels["labelsize"] if labels.get("labeltop") else 0)
    # With y given, matplotlib does not measure all labels again and again to find it.
    return ax.set_title(words, color=ROLES[role], fontweight="bold", y=1, pad=pad)


def frame(ax, row, column, height=1, width=1, *, color=INK, lw=2.5):
    """Outline a block of cells of a `grid`, from (row, column), `height` by `width` cells."""
    return ax.add_artist(  # add_patch would look for the limits of the axes again
        patches.Rectangle(
            (column - 0.5, row - 0.5), width, height, fill=False, edgecolor=color, lw=lw, zorder=3
        )
    )


def number(value):
    """Return a number in at most three digits, with a proper minus sign."""
    value = float(f"{value:.9g}")  # so that a tie is one on every machine
    words = f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    return ("0" if float(words) == 0 else words).replace("-", "−")


def lowered(*indices):
    """Return whole numbers as indices in plain letters: ₀₁."""
    return "".join(map(str, indices)).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
