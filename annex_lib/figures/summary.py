"""What a figure draws, in words and few digits: stable and sensitive to each number."""

import numpy as np
from matplotlib import collections, image, legend, lines, patches, spines, text
from matplotlib.colors import to_hex

__all__ = ["digest", "summary"]


def summary(fig):
    """Return one line for each thing drawn: its kind, its numbers in short, its words.

    Two pictures that show different numbers have different summaries; the same picture has the
    same summary on every machine and under every version of matplotlib.

    Parameters
    ----------
    fig : matplotlib.figure.Figure

    Returns
    -------
    str
    """
    out = []
    for ax in fig.axes:
        heading = [ax.get_title(), ax.get_xlabel(), ax.get_ylabel()]
        limits = digest([*ax.get_xlim(), *ax.get_ylim()])
        out.append(f"axes {' | '.join(filter(None, heading))!r} limits {limits}")
        words = []
        for artist in ax.get_children():
            if not artist.get_visible() or artist is ax.patch:
                continue
            if isinstance(artist, text.Text):
                if artist.get_text() and artist not in (ax.title, ax._left_title, ax._right_title):
                    words.append(artist)
            elif line := _line(artist):
                out.append("  " + line)
        if words:
            places = digest([getattr(t, "xy", t.get_position()) for t in words])
            out.append(f"  texts {' '.join(t.get_text() for t in words)!r} at {places}")
    return "\n".join(out)


def _line(artist):
    if isinstance(artist, lines.Line2D):
        if to_hex(artist.get_color()) == "#ffffff":
            return ""  # gaps between cells
        return f"line {digest(artist.get_xydata())} {to_hex(artist.get_color())}"
    if isinstance(artist, image.AxesImage):
        return f"cells {digest(artist.get_array())} colours to {digest(artist.get_clim())}"
    if isinstance(artist, patches.FancyArrowPatch) and artist._posA_posB:
        # The path itself is in pixels; its ends are in the axes' own coordinates.
        return f"arrow {digest(artist._posA_posB)} {to_hex(artist.get_edgecolor())}"
    if isinstance(artist, spines.Spine):
        return ""
    if isinstance(artist, patches.Patch):
        corners = artist.get_patch_transform().transform(artist.get_path().vertices)
        color = artist.get_facecolor() if artist.get_fill() else artist.get_edgecolor()
        return f"{type(artist).__name__.lower()} {digest(corners)} {to_hex(color)}"
    if isinstance(artist, collections.Collection):
        places = [p.vertices for p in artist.get_paths()] or [np.zeros((0, 2))]
        places = digest(np.concatenate([*places, np.asarray(artist.get_offsets())]))
        return f"{type(artist).__name__.lower()} {places} {digest(artist.get_facecolor())}"
    if isinstance(artist, legend.Legend):
        return f"legend {[t.get_text() for t in artist.get_texts()]!r}"
    return ""


def digest(a):
    """Return an array in short: shape, range, and two weighted sums that see its order.

    Each is rounded to four digits relative to the largest entry; the weights are irrational, so
    that a transpose, a shift or a swap of entries changes them.

    Parameters
    ----------
    a : array_like

    Returns
    -------
    str

    Examples
    --------
    >>> digest([[1, 2], [3, 4]])
    '2x2 [1, 4] 0.1353 0.2404'
    """
    a = np.ma.filled(np.ma.asarray(a, dtype=float), np.nan)
    flat = a.ravel()
    scale = np.abs(flat[np.isfinite(flat)]).max(initial=0)
    shape = "x".join(map(str, a.shape)) or "number"
    if flat.size == 0 or not np.isfinite(flat).all():
        return f"{shape} with {int((~np.isfinite(flat)).sum())} gaps, largest {scale:.4g}"
    place = np.arange(1, flat.size + 1)
    sums = [flat @ (place * step % 1 - 0.5) / flat.size for step in (0.6180339887, 0.7320508076)]
    low, high, *sums = (_short(v, scale) for v in (flat.min(), flat.max(), *sums))
    return f"{shape} [{low}, {high}] {' '.join(sums)}"


def _short(value, scale):
    if abs(value) <= 1e-9 * scale:
        return "0"
    return f"{float(f'{value:.9g}'):.4g}"  # so that a tie is one on every machine
