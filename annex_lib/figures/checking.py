"""Pictures of the chapter on checks: errors over the step, the museum's slips, its table."""

import numpy as np

from annex_lib.figures.core import GREY, INK, ROLES, Figure, canvas, title
from annex_lib.figures.equation_row import color_limit, equation_row, rows_of
from annex_lib.figures.museum import museum_check_scene, museum_table
from annex_lib.figures.scene import Scene
from annex_lib.shapes import ShapeError, as_floats, bind

__all__ = [
    "difference_step_scene",
    "error_of_slip",
    "museum_check_scene",
    "museum_table",
    "remainder_slopes",
    "step_valleys",
]

KINDS = {"single": (np.float32, -6), "double": (np.float64, -14)}
METHODS = {
    "forward": ("weight", "s", "-"),
    "central": ("input", "o", "-"),
    "complex": ("output", "^", "--"),
}


def step_valleys(h, **errors):
    """Draw errors of the three methods over the step, a panel for each precision.

    Parameters
    ----------
    h : array_like, shape (K,), above 0
    **errors : dict of str to array_like, shape (K,)
        `single` and `double`: for each method's name its errors. They are drawn to a tenth of a
        power of ten, and not below 10^-6 and 10^-14, where processors round in their own ways.

    Returns
    -------
    Figure
    """
    (h,) = as_floats("step_valleys", h=h)
    fig, axes = canvas(8, 3.6, 1, len(errors), squeeze=False, sharey=True)
    said = []
    for ax, (kind, some) in zip(axes[0], errors.items(), strict=True):
        floor, best = KINDS[kind][1], []
        for name, error in some.items():
            (error,) = as_floats("step_valleys", error=error)
            bind("step_valleys", h=(h, "K"), **{name: (error, "K")})
            role, marker, line = METHODS[name]
            y = _powers(error, floor)
            ax.plot(np.log10(h), y, line, marker=marker, ms=4, color=ROLES[role], label=name)
            low = f"at most 10^{floor}" if y.min() == floor else f"about 10^{y.min():g}"
            best.append(f"{name} {low}")
        _axes(ax, f"{kind} precision")
        said.append(f"{kind} precision: smallest errors {', '.join(best)}")
    axes[0, 0].set_ylabel("error of the derivative")
    axes[0, 0].legend(frameon=False, loc="lower right", bbox_to_anchor=(1, 0.1), fontsize=9)
    alt = (
        "Errors over the step, both as powers of ten, the step shrinking from left to right. "
        f"Forward and central differences make a valley each. {'; '.join(said)}."
    )
    return Figure(fig, alt, f"{'; '.join(said)}.".capitalize())


def _powers(error, floor):
    """Return errors as powers of ten, to a tenth, not below a floor."""
    y = np.log10(np.maximum(np.abs(np.asarray(error, float)), 1e-99))
    return np.round(np.maximum(y, floor), 1) + 0.0


def _axes(ax, name):
    ticks = np.arange(-20, 1, 4)
    ax.set_xticks(ticks, [f"$10^{{{k}}}$" for k in ticks])
    ticks = np.arange(-14, 2, 2)
    ax.set_yticks(ticks, [f"$10^{{{k}}}$" for k in ticks])
    ax.set(xlim=(0.6, -17.2), ylim=(-14.8, 1.2), xlabel="step $h$")
    title(ax, name)


def difference_step_scene(x, most):
    """Return the moving picture of a derivative of 1/x by numbers, digit by digit.

    Its position is `kind` (single, double), `method` (forward, central, complex) and `halvings`,
    how often the step 1 is divided by four.
    """
    fig, (ax, words) = canvas(8, 3.9, 1, 2, width_ratios=[1.5, 1])
    scene = Scene("difference_step", fig)
    line = ax.plot([0, -1], [0, -1], color=GREY, lw=1.6)[0]
    dot = ax.plot([0], [0], "o", color=ROLES["gradient"], ms=9, zorder=5)[0]
    _axes(ax, "error over the step")
    words.set(xlim=(0, 1), ylim=(0, 1))
    words.set_axis_off()
    rows = [0.86, 0.70, 0.54, 0.38, 0.16]
    labels = [words.text(0, y + 0.06, "exact, −1/x²", size=9, color=GREY) for y in rows]
    style = {"size": 11, "family": "DejaVu Sans Mono"}
    texts = [words.text(0, y - 0.01, "−0.00000000000000000000", **style) for y in rows]
    scene.slot("line", line, "points")
    scene.slot("dot", dot, "points")
    scene.slot("labels", labels, "text")
    scene.slot("numbers", texts, "text")
    powers = {}
    for kind in KINDS:
        for name in METHODS:
            runs = [_difference(x, kind, name, k) for k in range(most + 1)]
            powers[kind, name] = _powers([r[-1] for r in runs], KINDS[kind][1])

    def state(kind, method, halvings):
        kind, method = list(KINDS)[kind], list(METHODS)[method]
        y, steps = powers[kind, method], -2 * np.log10(2) * np.arange(most + 1)
        curve = np.stack([steps, y], axis=1)
        return {"line": curve, "dot": curve[[halvings]]} | _spelled(x, kind, method, halvings, y)

    scene.state = state
    return scene


def _difference(x, kind, method, halvings):
    """Return two values, their difference, the derivative by numbers, and its error."""
    real = KINDS[kind][0]
    x, h = real(x), real(4.0**-halvings)
    if method == "complex":
        z = np.array(x + 1j * h, dtype=np.result_type(real, np.complex64))
        a = (1 / z).imag
        b, top, slope = real(0), a, a / h
    else:
        back, width = (x - h, 2 * h) if method == "central" else (x, h)
        a, b = real(1) / (x + h), real(1) / back
        top = a - b
        slope = top / width
    return a, b, top, slope, float(slope) + 1 / float(x) ** 2


def _spelled(x, kind, method, halvings, powers):
    a, b, top, slope, _ = _difference(x, kind, method, halvings)
    digits = 9 if kind == "single" else 17
    few = 5 if kind == "single" else 12
    exact = -1 / float(KINDS[kind][0](x)) ** 2
    step = f"h = 4^−{halvings}, about 10^{-2 * np.log10(2) * halvings:.1f}".replace("-", "−")
    floor = KINDS[kind][1]
    size = f"{'at most ' if powers[halvings] == floor else ''}10^{powers[halvings]:g}"
    if method == "complex":
        labels = ["imaginary part of f(x + ih)", "subtracted", "left", "divided by h"]
        numbers = [f"{a:.{few}g}", "nothing", f"{a:.{few}g}", f"{slope:.{few}g}"]
        said = "nothing is subtracted"
    else:
        back, width = ("f(x − h)", "2h") if method == "central" else ("f(x)", "h")
        labels = ["f(x + h)", back, "their difference", f"divided by {width}"]
        numbers = [f"{a:.{digits}f}", f"{b:.{digits}f}", f"{top:.{digits}f}", f"{slope:.{few}g}"]
        alike = _alike(numbers[0], numbers[1])
        said = f"f(x + h) and {back} agree in {alike} decimals of {digits}"
    labels.append("exact, −1/x²")
    numbers = [n.replace("-", "−") for n in [*numbers, f"{exact:.{few}g}"]]
    caption = f"{kind} precision, {method}, {step}: {said}; the error is {size}."
    caption = caption[0].upper() + caption[1:].replace("10^-", "10^−")
    rows = "; ".join(f"{k}: {n}" for k, n in zip(labels, numbers, strict=True))
    alt = (
        "Left, the error of the derivative of 1/x over the step as a curve, with a dot at this "
        f"step. Right, the numbers. {rows}."
    )
    return {"labels": labels, "numbers": numbers, "alt": alt, "caption": caption}


def _alike(a, b):
    """Return in how many decimals two numbers agree from the point on."""
    if a.partition(".")[0] != b.partition(".")[0]:
        return 0
    pairs = zip(a.partition(".")[2], b.partition(".")[2], strict=True)
    same = [p == q for p, q in pairs]
    return same.index(False) if False in same else len(same)


def error_of_slip(M, J):
    """Draw M - J^T = E: what a wrong backward pass multiplies by, what it should, the error.

    Parameters
    ----------
    M : array_like, shape (n, m)
        Of the code under test.
    J : array_like, shape (m, n)
        The layer's Jacobian.

    Returns
    -------
    Figure
    """
    M, J = as_floats("error_of_slip", M=M, J=J)
    bind("error_of_slip", M=(M, "n m"), J=(J, "m n"))
    E = M - J.T
    parts = [
        dict(a=M, name="$M$", role="output", rows="$j$", columns="$i$"),
        "−",
        dict(a=J.T, name="$J^T$", role="input", columns="$i$"),
        "=",
        dict(a=E, name="$E$", role="gradient", zeros=E == 0, columns="$i$"),
    ]
    alt = f"A matrix minus another: {rows_of('M', M)}; {rows_of('J transposed', J.T)}; "
    alt += f"{rows_of('the error E', E)}."
    caption = (
        f"The entries of E add up to {E.sum():g}: a check that only adds them all up sees "
        + ("nothing." if not E.sum() else "that.")
    )
    return Figure(equation_row(parts, color_limit(M, J, E)), alt, caption)


def remainder_slopes(h, remainders):
    """Draw the remainders of first-order predictions over the step, both as powers of ten.

    Parameters
    ----------
    h : array_like, shape (K,), above 0
    remainders : dict of str to array_like, shape (K,)
        The first is that of the right gradient.

    Returns
    -------
    Figure
    """
    (h,) = as_floats("remainder_slopes", h=h)
    fig, ax = canvas(8, 3.6)
    said, x = [], np.log10(h)
    markers = "osv^DPX"
    if len(remainders) > len(markers):
        raise ShapeError(f"remainder_slopes: {len(remainders)} curves, but at most {len(markers)}")
    for k, (name, values) in enumerate(remainders.items()):
        (values,) = as_floats("remainder_slopes", values=values)
        bind("remainder_slopes", h=(h, "K"), **{name.replace(" ", "_"): (values, "K")})
        y = np.round(np.log10(values), 2) + 0.0
        slope = np.round((y[-1] - y[-2]) / (x[-1] - x[-2]), 1) + 0.0
        color = ROLES["output"] if k == 0 else INK if k % 2 else ROLES["weight"]
        options = {"lw": 2.6} if k == 0 else {"lw": 1.2, "ls": "--"}
        ax.plot(x, y, marker=markers[k], ms=5, color=color, label=f"{name}: {slope:g}", **options)
        said.append(f"{name} {slope:g}")
    ticks = np.arange(np.ceil(x.min()), x.max() + 1)
    ax.set_xticks(ticks, [f"$10^{{{k:.0f}}}$" for k in ticks])
    low, high = ax.get_ylim()
    ticks = np.arange(np.ceil(low), high, 2)
    ax.set_yticks(ticks, [f"$10^{{{k:.0f}}}$" for k in ticks])
    ax.invert_xaxis()
    ax.set(xlabel="step $h$", ylabel="remainder $R(h)$")
    ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5), title="slope at the end")
    alt = (
        "Remainders over the step, both as powers of ten, the step shrinking from left to right. "
        f"Slopes at the right end: {', '.join(said)}."
    )
    caption = f"Slopes at the right end: {', '.join(said)}."
    return Figure(fig, alt, caption)
