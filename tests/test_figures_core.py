import base64
import re

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch

from annex_lib.figures.core import ROLES, Figure, canvas, frame, freeze, grid, number, title
from annex_lib.figures.summary import digest, summary

PNG = b"\x89PNG\r\n\x1a\n"


def drawn(a=((1, 2, 3), (4, 5, -6)), alt="A matrix.", caption="", **options):
    fig, ax = canvas(3, 2)
    grid(ax, a, **{"limit": 6, **options})
    return Figure(fig, alt, caption)


def test_a_notebook_shows_html_with_words_and_the_description_as_text():
    figure = drawn(alt='<W> & "x"', caption="o_12 < w_kl.")
    bundle = figure._repr_mimebundle_()
    assert bundle == {"text/plain": repr(figure), "text/html": figure.html()}
    found = re.fullmatch(
        r'<figure class="annex-figure"><img width="(\d+)" alt="&lt;W&gt; &amp; &quot;x&quot;" '
        r'src="data:image/png;base64,([^"]+)"><figcaption>'
        r"o<sub>12</sub> &lt; w<sub>kl</sub>\.</figcaption></figure>",
        figure.html(),
    )
    width, data = found.groups()
    png = base64.b64decode(data)
    assert png == figure.png()
    assert png.startswith(PNG)
    pixels = int.from_bytes(png[16:20], "big")
    assert int(width) == pixels // 2 > 100


def test_no_caption_leaves_no_trace():
    figure = drawn(caption="")
    assert "figcaption" not in figure.html()
    assert figure.description() == f"Figure: A matrix.\n{summary(figure.canvas)}"
    assert figure.html("other").startswith('<figure class="other">')


def test_the_description_is_alternative_text_caption_and_summary():
    figure = drawn(caption="Look.")
    lines = figure.description().split("\n")
    assert lines[:2] == ["Figure: A matrix.", "Look."]
    assert "\n".join(lines[2:]) == summary(figure.canvas)


@pytest.mark.parametrize("form", ["png", "svg"])
def test_a_picture_is_the_same_bytes_each_time_and_carries_what_it_is_told(form):
    first, second = getattr(drawn(), form)(), getattr(drawn(), form)()
    assert first == second
    assert first != getattr(drawn(((1, 2, 3), (4, 5, 6))), form)()
    assert b"Date" not in first.replace(b"<dc:date>", b"Date")
    assert b"Software" not in first
    assert b"annex test" in getattr(drawn(), form)({"Title": "annex test"})


def test_drawing_leaves_the_reader_s_settings_alone():
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    drawn().png()
    assert dict(mpl.rcParams) == before


def test_canvas_passes_its_options_on():
    fig, axes = canvas(4, 3, 2, 3, width_ratios=[1, 2, 3])
    assert axes.shape == (2, 3)
    assert fig.get_size_inches().tolist() == [4, 3]
    assert axes[0, 0].get_gridspec().get_width_ratios() == [1, 2, 3]
    assert canvas(1, 1)[0] is not canvas(1, 1)[0]


def words(ax):
    return [t.get_text() for t in ax.texts]


def test_grid_draws_each_number_in_its_cell():
    _, ax = canvas(3, 2)
    a = [[1, -2.5, 0], [1e-9, 0.12345, 4000.4]]
    grid(ax, a, limit=4, name="W", role="weight", rows="i", columns="j")
    image = ax.images[0]
    assert image.get_array().tolist() == a
    assert image.get_clim() == (-4, 4)
    assert words(ax) == ["1", "−2.5", "0", "1e−09", "0.123", "4000"]
    places = [(x, y) for y in range(2) for x in range(3)]
    assert [t.get_position() for t in ax.texts] == places
    assert (ax.get_title(), ax.get_ylabel(), ax.get_xlabel()) == ("W", "i", "j")
    assert to_hex(ax.title.get_color()) == ROLES["weight"]
    assert (list(ax.get_xticks()), list(ax.get_yticks())) == ([0, 1, 2], [0, 1])
    assert ax.get_ylim()[0] > ax.get_ylim()[1], "row 0 is above"


def test_grid_draws_a_vector_as_a_column():
    _, ax = canvas(1, 2)
    grid(ax, [1, 2, 3], limit=3, ticks=False)
    assert ax.images[0].get_array().tolist() == [[1], [2], [3]]
    assert (list(ax.get_xticks()), list(ax.get_yticks()), ax.get_title()) == ([], [], "")


@pytest.mark.parametrize(
    ("shape", "ticks"),
    [((3, 1), ([], [0, 1, 2])), ((1, 3), ([0, 1, 2], [])), ((1, 1), ([], [0]))],
)
def test_a_vector_has_one_index(shape, ticks):
    _, ax = canvas(2, 2)
    grid(ax, np.ones(shape), limit=1)
    assert (list(ax.get_xticks()), list(ax.get_yticks())) == ticks


def test_zeros_by_structure_are_dots_and_labels_stand_for_numbers():
    _, ax = canvas(2, 2)
    grid(ax, [[1, 0], [0, 2]], limit=2, zeros=[[False, True], [True, False]])
    assert words(ax) == ["1", "·", "·", "2"]
    grey = [p for p in ax.patches if p.get_fill()]
    assert [p.get_xy() for p in grey] == [(0.5, -0.5), (-0.5, 0.5)]
    _, ax = canvas(2, 2)
    grid(ax, [[1, 0], [0, 2]], limit=2, labels=[["a", "b"], ["c", "d"]])
    assert words(ax) == ["a", "b", "c", "d"]


def test_a_frame_outlines_whole_cells_row_first():
    _, ax = canvas(2, 2)
    frame(ax, 1, 2, 3, 4)
    (patch,) = ax.patches
    assert (patch.get_xy(), patch.get_width(), patch.get_height()) == ((1.5, 0.5), 4, 3)
    assert not patch.get_fill()


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (-0.0, "0"), (1.0, "1"), (-2.345, "−2.35"), (999.4, "999"), (123456, "123456"),
     (-1e-7, "−1e−07"), (np.float32(0.1), "0.1")],
)  # fmt: skip
def test_a_number_takes_three_digits(value, text):
    assert number(value) == text


def test_the_summary_tells_axes_cells_texts_and_lines():
    fig, ax = canvas(3, 2)
    grid(ax, [[1, 2]], limit=3, name="x", columns="n")
    ax.plot([0, 1], [0.5, 0.25], color="#123456")
    ax.add_patch(FancyArrowPatch((0, 0), (1, 0)))
    text = summary(fig)
    assert text.startswith("axes 'x | n' limits 4 [-0.6, 1.6] ")
    assert "\n  cells 1x2 [1, 2] " in text
    assert " colours to 2 [-3, 3] " in text
    assert "\n  texts '1 2' at 2x2 [0, 1] " in text
    assert "\n  line 2x2 [0, 1] " in text
    assert " #123456" in text
    assert "\n  arrow 2x2 [0, 1] " in text
    assert "#ffffff" not in text, "gaps between cells say nothing"


CHANGES = {
    "a number": lambda ax: grid(ax, [[1, 2, 3], [4, 5, 6.01]], limit=6),
    "a swap": lambda ax: grid(ax, [[2, 1, 3], [4, 5, 6]], limit=6, labels=[["1"] * 3] * 2),
    "a transpose": lambda ax: grid(ax, [[1, 4], [2, 5], [3, 6]], limit=6),
    "the colours' limit": lambda ax: grid(ax, [[1, 2, 3], [4, 5, 6]], limit=7),
    "a title": lambda ax: grid(ax, [[1, 2, 3], [4, 5, 6]], limit=6, name="W"),
    "zeros": lambda ax: grid(ax, [[1, 2, 3], [4, 5, 6]], limit=6, zeros=np.eye(2, 3)),
    "a frame": lambda ax: (grid(ax, [[1, 2, 3], [4, 5, 6]], limit=6), frame(ax, 0, 1)),
    "another frame": lambda ax: (grid(ax, [[1, 2, 3], [4, 5, 6]], limit=6), frame(ax, 1, 0)),
    "nothing": lambda ax: grid(ax, [[1, 2, 3], [4, 5, 6]], limit=6),
    "a colour": lambda ax: (
        grid(ax, [[1, 2, 3], [4, 5, 6]], limit=6),
        frame(ax, 1, 0, color=ROLES["input"]),
    ),
    "points": lambda ax: (grid(ax, [[1, 2, 3], [4, 5, 6]], limit=6), ax.scatter([0], [1])),
    "moved points": lambda ax: (grid(ax, [[1, 2, 3], [4, 5, 6]], limit=6), ax.scatter([1], [0])),
}


def test_pictures_of_different_numbers_have_different_summaries():
    summaries = {}
    for name, draw in CHANGES.items():
        fig, ax = canvas(3, 2)
        draw(ax)
        summaries[name] = summary(fig)
        fig, ax = canvas(3, 2)
        draw(ax)
        assert summary(fig) == summaries[name]
    assert len(set(summaries.values())) == len(CHANGES)


def test_the_summary_does_not_change_when_the_picture_is_saved():
    figure = drawn()
    before = figure.description()
    figure.png(), figure.svg()
    assert figure.description() == before


def test_what_is_hidden_is_not_told():
    fig, ax = canvas(2, 2)
    empty = summary(fig)
    ax.text(0, 0, "word").set_visible(False)
    ax.plot([0.25], [0.75])[0].set_visible(False)
    ax.set(xlim=(0, 1), ylim=(0, 1))
    assert summary(fig) == empty


def test_a_title_takes_the_colour_of_its_role():
    _, ax = canvas(1, 1)
    title(ax, "g", "gradient")
    assert (ax.get_title(), to_hex(ax.title.get_color())) == ("g", ROLES["gradient"])


@pytest.mark.parametrize("shape", [(2, 3), (2, 1), (1, 3)])
def test_a_title_stands_where_matplotlib_finds_room_for_it(shape):
    tops = []
    for found in (False, True):
        fig, ax = canvas(3, 3)
        grid(ax, np.ones(shape), limit=1, name="" if found else "$W$")
        if found:
            ax.set_title("$W$", fontweight="bold", pad=8)
        freeze(fig)
        tops.append(ax.title.get_window_extent().y1 - ax.get_window_extent().y1)
    assert tops[0] == pytest.approx(tops[1], abs=1)


def test_a_digest_sees_every_entry_and_its_place(rng):
    a = rng.standard_normal((3, 4))
    seen = {digest(a), digest(a.T), digest(a[::-1]), digest(a[:, ::-1]), digest(-a)}
    for i in np.ndindex(a.shape):
        changed = a.copy()
        changed[i] += 0.05
        seen.add(digest(changed))
    assert len(seen) == 5 + a.size


def test_a_digest_is_the_same_after_rounding_noise(rng):
    a = np.round(rng.standard_normal((3, 4)), 2)
    assert digest(a + 1e-14 * rng.standard_normal(a.shape)) == digest(a)
    assert digest([1e-17, 1]) == digest([-1e-17, 1]) == digest([0, 1])


@pytest.mark.parametrize(
    ("a", "text"),
    [
        ([[1, 2], [3, 4]], "2x2 [1, 4] "),
        (2.0, "number [2, 2] "),
        ([], "0 with 0 gaps, largest 0"),
        ([1, np.nan, -3], "3 with 1 gaps, largest 3"),
        (np.ma.array([1.0, 2.0], mask=[True, False]), "2 with 1 gaps, largest 2"),
    ],
)
def test_a_digest_in_words(a, text):
    assert digest(a).startswith(text)
