"""What products of Jacobians cost: the order, the number of products, the memory."""

from functools import lru_cache
from itertools import pairwise, product

import numpy as np

from annex_lib.figures.core import GREY, INK, ROLES, Figure, canvas, number, title
from annex_lib.figures.descent import whole
from annex_lib.figures.scene import Scene
from annex_lib.shapes import ShapeError

__all__ = [
    "association_costs",
    "association_costs_scene",
    "products_cost",
    "products_cost_scene",
    "tensor_memory",
]

ORDERS = "forward", "reverse", "cheapest"
WAYS = ("through", "layer by layer", "input"), ("formed", "form J first", "weight")
MOST = 40  # products drawn
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
    scene = association_costs_scene([[width] for width in widths])
    return scene.figure(**{f"n{k}": 0 for k in range(len(widths))})


def association_costs_scene(options):
    """Return the moving picture of `association_costs`.

    Parameters
    ----------
    options : sequence of sequences of int
        For each width those to choose from; the position `n0`, `n1` ... are places in them.

    Returns
    -------
    Scene
    """
    L = len(options)
    most = [max(choices) for choices in options]
    longest = max(max(_orders(widths).values()) for widths in product(*options))
    fig, (left, right) = canvas(8, 2.7, 1, 2, width_ratios=(1, 1.25))
    scene = Scene("association_costs", fig)
    colors = [ROLES["input"], *["#c9c9c9"] * (L - 2), ROLES["output"]]
    bars = left.bar(range(L), most, width=0.62, color=colors, lw=0)
    scene.slot("widths", list(bars), "bounds")
    under = [left.text(k, -0.14 * max(most), f"{m}", ha="center") for k, m in enumerate(most)]
    scene.slot("sizes", under, "text")
    left.set(ylim=(-0.18 * max(most), max(most) * 1.02), yticks=[], xticks=range(L))
    left.set_xticklabels([f"$n_{k}$" for k in range(L)])
    left.axhline(0, color=GREY, lw=1)
    left.spines[["left", "bottom"]].set_visible(False)
    left.tick_params(length=0)
    title(left, "widths")
    roles = [ROLES["input"], ROLES["gradient"], ROLES["output"]]
    bars = right.barh(range(3), [1] * 3, height=0.5, color=roles, lw=0)
    scene.slot("costs", list(bars), "bounds")
    counts = [right.text(0.01, k - 0.42, _spaced(longest), va="center") for k in range(3)]
    scene.slot("counts", counts, "text")
    right.set(yticks=range(3), yticklabels=ORDERS, ylim=(2.4, -0.65), xticks=[])
    right.set_xlim(0, 1.02)
    right.tick_params(length=0)
    right.spines["bottom"].set_visible(False)
    title(right, "multiplications")

    def state(**position):
        widths = [choices[position[f"n{k}"]] for k, choices in enumerate(options)]
        costs, (best, order) = _orders(widths), _cheapest(tuple(widths))
        alt = (
            f"Left, bars for the widths {', '.join(map(str, widths))}. Right, multiplications: "
            + ", ".join(f"{name} {cost}" for name, cost in costs.items())
            + "."
        )
        shares = [cost / max(costs.values()) for cost in costs.values()]
        out = dict(sizes=list(map(str, widths)), counts=list(map(_spaced, costs.values())))
        out["widths"] = [(k - 0.31, 0, 0.62, width) for k, width in enumerate(widths)]
        out["costs"] = [(0, k - 0.25, share, 0.5) for k, share in enumerate(shares)]
        caption = f"The cheapest order is {order}, with {best} multiplications."
        return out | dict(alt=alt, caption=caption)

    scene.state = state
    return scene


def _orders(widths):
    """Return the multiplications of the orders that the picture compares."""
    counts = _forward(widths), _forward(widths[::-1]), _cheapest(tuple(widths))[0]
    return dict(zip(ORDERS, counts, strict=True))


def _spaced(count):
    return f"{count:,}".replace(",", " ")


def _layers(widths):
    return [a * b for a, b in pairwise(widths)]


def _forward(widths):
    """Return the multiplications of J_L (... (J_3 (J_2 J_1))); reversed widths tell the others."""
    return widths[0] * sum(_layers(widths)[1:])


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
    whole("products_cost", "K", K, 1, MOST)
    return products_cost_scene([widths]).figure(chain=0, K=K)


def products_cost_scene(chains):
    """Return the moving picture of `products_cost` for several chains, each a sequence of widths.

    Its position is `chain`, which of them, and `K`, from 1 to 40.
    """
    costs = [_formed(widths) for widths in chains]
    top = MOST * max(once for _, once, _ in costs)
    fig, ax = canvas(8, 2.9)
    scene, reach = Scene("products_cost", fig), np.array([0, MOST])
    near = dict(va="center", size=10, transform=ax.transAxes)
    for k, (name, words, role) in enumerate(WAYS):
        scene.slot(name, ax.plot(reach, [0, top], color=ROLES[role], lw=2), "points")
        ax.text(0.03, 0.93 - 0.1 * k, words, color=ROLES[role], weight="bold", **near)
    scene.slot("here", ax.plot([1, 1], [0, top], color=GREY, lw=1, ls=":"), "points")
    scene.slot("dots", ax.plot([1, 1], [0, top], "o", color=INK, ms=6), "points")
    ax.set(xlim=(0, MOST), ylim=(0, top), xlabel="products $K$", yticks=[])
    ax.set_ylabel("multiplications")

    def state(chain, K):
        forming, once, size = costs[chain]
        through, formed = K * once, forming + K * size
        lines = [(0, 0), (MOST, MOST * once)], [(0, forming), (MOST, forming + MOST * size)]
        alt = (
            f"Two straight lines over the number of products: layer by layer from 0 with slope "
            f"{once}, forming the Jacobian first from {forming} with slope {size}; dots at K = {K}."
        )
        pays = f"even at K = {number(forming / (once - size))}" if once > size else "it never pays"
        caption = (
            f"Widths {', '.join(map(str, chains[chain]))}. For K = {K}: {through} layer by layer, "
            f"{formed} with J formed first; {pays}."
        )
        dots = [[(K, through), (K, formed)]]
        out = dict(through=[lines[0]], formed=[lines[1]], here=[[(K, 0), (K, top)]], dots=dots)
        return out | dict(alt=alt, caption=caption)

    scene.state = state
    return scene


def _formed(widths):
    """Return what it costs to form J, one product layer by layer, and one with J."""
    forming = min(_forward(widths), _forward(widths[::-1]))
    return forming, sum(_layers(widths)), widths[0] * widths[-1]


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
        f"zero by structure; each entry of the gradient is a sum of B of those, weighted by G."
    )
    return Figure(fig, alt, caption)


def _bytes(count):
    power = min(int(np.log2(max(count, 1))) // 10, len(UNITS) - 1)
    if power and count < 2 ** (10 * power + 10) and count == 2 ** (10 * power + 9):
        power += 1  # half of the next unit reads better than 512
    return f"{number(count / 2 ** (10 * power))} {UNITS[power]}"
