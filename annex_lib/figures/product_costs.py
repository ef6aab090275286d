"""What products of Jacobians cost: the order, the number of products, the memory."""

from functools import lru_cache
from itertools import pairwise

import numpy as np

from annex_lib.figures.core import GREY, INK, ROLES, Figure, canvas, number, title
from annex_lib.figures.descent import whole
from annex_lib.shapes import ShapeError

__all__ = ["association_costs", "products_cost", "tensor_memory"]

UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def association_costs(widths):
    """Draw a chain of layers, and the multiplications that each order of their Jacobians takes.

    Parameters
    ----------
    widths : sequence of int, at least three, each at least 1
        Numbers of inputs, of the values between, of outputs.

    Returns
    -------
    Figure
    """
    if len(widths) < 3:
        raise ShapeError(f"association_costs: {len(widths)} widths, but should be at least 3")
    for k, width in enumerate(widths):
        whole("association_costs", f"width {k}", width, 1)
    best, order = _cheapest(tuple(widths))
    costs = {"forward": _forward(widths), "reverse": _forward(widths[::-1]), "cheapest": best}
    fig, (left, right) = canvas(8, 2.7, 1, 2, width_ratios=(1, 1.25))
    left.bar(range(len(widths)), widths, width=0.62, color=_bars(len(widths)), lw=0)
    for k, width in enumerate(widths):
        left.text(k, width, f"{width}", ha="center", va="bottom", size=10)
    left.set(ylim=(0, max(widths) * 1.2), yticks=[], xticks=range(len(widths)))
    left.set_xticklabels([f"$n_{k}$" for k in range(len(widths))])
    left.spines["left"].set_visible(False)
    title(left, "widths")
    roles = [ROLES["input"], ROLES["gradient"], ROLES["output"]]
    right.barh(range(3), costs.values(), height=0.55, color=roles, lw=0)
    for k, cost in enumerate(costs.values()):
        right.text(cost, k, f" {cost:,}".replace(",", " "), ha="left", va="center", size=10)
    right.set(yticks=range(3), yticklabels=costs, ylim=(2.5, -0.5), xticks=[])
    right.set_xlim(0, 1.25 * max(costs.values()))
    right.spines["bottom"].set_visible(False)
    title(right, "multiplications")
    alt = (
        f"Left, bars for the widths {', '.join(map(str, widths))}. Right, multiplications: "
        + ", ".join(f"{name} {cost}" for name, cost in costs.items())
        + "."
    )
    return Figure(fig, alt, f"The cheapest order is {order}, with {best} multiplications.")


def _layers(widths):
    return [a * b for a, b in pairwise(widths)]


def _forward(widths):
    """Return the multiplications of J_L (... (J_3 (J_2 J_1))); reversed widths tell the others."""
    return widths[0] * sum(_layers(widths)[1:])


def _bars(count):
    return [ROLES["input"], *["#c9c9c9"] * (count - 2), ROLES["output"]]


def _cheapest(widths):
    """Return the least number of multiplications for J_L ... J_1, and the order that takes it."""

    @lru_cache
    def cost(low, high):  # of the product J_high ... J_low
        if low == high:
            return 0, f"J{_sub(low)}"
        options = []
        for cut in range(low, high):  # J_high ... J_(cut+1) times J_cut ... J_low
            (a, left), (b, right) = cost(cut + 1, high), cost(low, cut)
            work = a + b + widths[high] * widths[cut] * widths[low - 1]
            options.append((work, f"({left} {right})"))
        return min(options, key=lambda option: option[0])

    work, order = cost(1, len(widths) - 1)
    return work, order[1:-1]


def _sub(k):
    return "".join(chr(0x2080 + int(digit)) for digit in str(k))


def products_cost(widths, K):
    """Draw what K products with the Jacobian of a chain cost: layer by layer, or formed first.

    Parameters
    ----------
    widths : sequence of int
        As in `association_costs`.
    K : int, at least 1
        Number of products J v.

    Returns
    -------
    Figure
    """
    whole("products_cost", "K", K, 1)
    once, size = sum(_layers(widths)), widths[0] * widths[-1]
    forming = min(_forward(widths), _forward(widths[::-1]))
    through, formed = K * once, forming + K * size
    even = forming / (once - size) if once > size else np.inf
    reach = 40
    k = np.array([0, reach])
    fig, ax = canvas(8, 2.9)
    ax.plot(k, k * once, color=ROLES["input"], lw=2)
    ax.plot(k, forming + k * size, color=ROLES["weight"], lw=2)
    ax.plot([K, K], [through, formed], "o", color=INK, ms=6)
    ax.axvline(K, color=GREY, lw=1, ls=":")
    ax.set(xlim=(0, reach), ylim=(0, reach * once * 1.05), xlabel="products $K$", yticks=[])
    ax.set_ylabel("multiplications")
    near = dict(va="center", size=10, textcoords="offset points")
    ax.annotate("layer by layer", (reach, reach * once), (-104, -6), color=ROLES["input"], **near)
    ax.annotate(
        "form J first", (reach, forming + reach * size), (-78, 12), color=ROLES["weight"], **near
    )
    alt = (
        f"Two straight lines over the number of products: layer by layer from 0 with slope {once}, "
        f"forming the Jacobian first from {forming} with slope {size}; marked at K = {K}."
    )
    verdict = f"even at K = {number(even)}" if np.isfinite(even) else "forming it never pays"
    caption = (
        f"Widths {', '.join(map(str, widths))}. For K = {K}: {through} layer by layer, {formed} "
        f"with J formed first; {verdict}."
    )
    return Figure(fig, alt, caption)


def tensor_memory(B, m, n):
    """Draw what the batch Jacobian of a linear layer by its weights would take, and what is needed.

    Parameters
    ----------
    B, m, n : int, at least 1
        Samples, outputs, inputs.

    Returns
    -------
    Figure
    """
    for name, size in dict(B=B, m=m, n=n).items():
        whole("tensor_memory", name, size, 1)
    parts = {
        "Jacobian, all of it": (B * m * m * n, "weight"),
        "entries not zero": (B * m * n, "weight"),
        "gradient dW": (m * n, "gradient"),
        "inputs X": (B * n, "input"),
        "upstream G": (B * m, "gradient"),
    }
    fig, ax = canvas(8, 2.6)
    for k, (count, role) in enumerate(parts.values()):
        ax.barh(k, 8 * count, left=1, height=0.6, color=ROLES[role], lw=0)
        ax.text(8 * count * 1.3, k, _bytes(8 * count), va="center", size=10)
    ax.set(xscale="log", xlim=(2**10, 8 * B * m * m * n * 60), ylim=(4.6, -0.6))
    ax.set(yticks=range(5), yticklabels=parts)
    ticks = [2.0**p for p in range(10, 51, 10) if 2.0**p < 8 * B * m * m * n * 60]
    ax.set_xticks(ticks, [_bytes(t) for t in ticks])
    ax.minorticks_off()
    words = [f"{name} {_bytes(8 * count)}" for name, (count, _) in parts.items()]
    alt = f"Bars on a logarithmic scale of bytes: {', '.join(words)}."
    caption = (
        f"B = {B}, m = {m}, n = {n}, 8 bytes a number. Of the Jacobian's entries 1 in {m} is not "
        f"zero by structure, and the gradient is a sum over B of those."
    )
    return Figure(fig, alt, caption)


def _bytes(count):
    power = min(int(np.log2(max(count, 1))) // 10, len(UNITS) - 1)
    if power and count < 2 ** (10 * power + 10) and count == 2 ** (10 * power + 9):
        power += 1  # half of the next unit reads better than 512
    return f"{number(count / 2 ** (10 * power))} {UNITS[power]}"
