"""Random shapes and settings of a convolution, for hypothesis."""

from hypothesis import strategies as st

__all__ = ["random_cases", "random_transposed_cases"]

SMALL = st.integers(1, 3)


@st.composite
def random_cases(draw):
    """Draw shapes and settings that fit, rows and columns apart: (x, W, settings)."""
    B, groups, Cg, Fg, kernel, setting = draw(_parts())
    image = [
        max(1, d * (k - 1) + 1 - 2 * P) + draw(st.integers(0, 4))
        for k, d, P in zip(kernel, setting["dilation"], setting["padding"], strict=True)
    ]
    return (B, groups * Cg, *image), (groups * Fg, Cg, *kernel), {**setting, "groups": groups}


@st.composite
def random_transposed_cases(draw):
    """The same for a transposed convolution, with its output padding."""
    B, groups, Cg, Fg, kernel, setting = draw(_parts())
    more = tuple(draw(st.integers(0, s - 1)) for s in setting["stride"])
    image = [
        1 + max(0, -(-(2 * P + 1 - o - d * (k - 1) - 1) // s)) + draw(st.integers(0, 3))
        for k, s, P, d, o in zip(kernel, *setting.values(), more, strict=True)
    ]
    setting = {**setting, "output_padding": more, "groups": groups}
    return (B, groups * Cg, *image), (groups * Cg, Fg, *kernel), setting


@st.composite
def _parts(draw):
    B, groups, Cg, Fg = draw(st.integers(0, 3)), draw(SMALL), draw(SMALL), draw(SMALL)
    kernel, dilation = ((draw(SMALL), draw(SMALL)) for _ in range(2))
    stride = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    padding = draw(st.integers(0, 2)), draw(st.integers(0, 2))
    return B, groups, Cg, Fg, kernel, {"stride": stride, "padding": padding, "dilation": dilation}
