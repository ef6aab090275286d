"""Pictures of the linear layer: its forward pass and its gradients."""

import numpy as np

from annex_lib.figures.core import Figure, number
from annex_lib.figures.equation_row import (
    check_inside,
    color_limit,
    equation_row,
    factor,
    moving_row,
    rows_of,
)
from annex_lib.figures.weight_jacobian import (
    jacobian_W,
    jacobian_W_contraction,
    jacobian_W_contraction_scene,
    jacobian_W_flat,
    jacobian_W_scene,
    jacobian_W_view,
    jacobian_W_view_scene,
)
from annex_lib.shapes import as_floats, bind

__all__ = [
    "jacobian_W",
    "jacobian_W_contraction",
    "jacobian_W_contraction_scene",
    "jacobian_W_flat",
    "jacobian_W_scene",
    "jacobian_W_view",
    "jacobian_W_view_scene",
    "linear_batch_sum",
    "linear_batch_sum_scene",
    "linear_forward",
    "linear_outer",
]


def linear_forward(x, W, b, row=0):
    """Draw W x + b = f, or X W^T + b = Y for a batch, with the parts of one sum framed.

    Parameters
    ----------
    x : array_like, shape (n,) or (B, n)
    W : array_like, shape (m, n)
    b : array_like, shape (m,)
    row : int
        The output i of one sample; the sample t of a batch, at output 0.

    Returns
    -------
    Figure
    """
    x, W, b = as_floats("linear_forward", x=x, W=W, b=b)
    sizes = bind("linear_forward", W=(W, "m n"), x=(x, "n | B n"), b=(b, "m"))
    f, n, one = x @ W.T + b, sizes["n"], x.ndim == 1
    check_inside("linear_forward", "row", row, sizes["m" if one else "B"])
    i, v = (row, x) if one else (0, x[row])
    along, down, cell = (row, 0, 1, n), (0, i * (not one), n, 1), (row, 0, 1, 1)
    weights = dict(a=W if one else W.T, name="$W$" if one else "$W^T$", role="weight")
    weights |= dict(rows="$i$", columns="$j$") if one else dict(rows="$j$", columns="$i$")
    inputs = dict(a=x, name="$x$" if one else "$X$", role="input", rows="$j$" if one else "$t$")
    inputs |= dict(framed=down) if one else dict(framed=along, columns="$j$")
    weights |= dict(framed=along if one else down)
    bias = dict(a=b if one else np.tile(b, (len(x), 1)), name="$b$" if one else "$e b^T$")
    bias |= dict(role="weight", framed=cell)
    output = dict(a=f, name="$f$" if one else "$Y$", role="output", framed=cell)
    for part in (bias, output):
        part |= dict(rows="$i$") if one else dict(rows="$t$", columns="$i$")
    first, second = (weights, inputs) if one else (inputs, weights)
    fig = equation_row([first, "·", second, "+", bias, "=", output], color_limit(W, x, b, f))
    terms = [f"{factor(w)} · {factor(a)}" for w, a in zip(W[i], v, strict=True)]
    name, value = (f"f_{i}", f[i]) if one else (f"y_{row}{i}", f[row, i])
    caption = f"Framed: {name} = {' + '.join(terms)} + {factor(b[i])} = {number(value)}."
    names = ("x", "f") if one else ("X", "Y")
    words = [rows_of("W", W), rows_of(names[0], x), rows_of("b", b), rows_of(names[1], f)]
    return Figure(fig, f"The layer as grids of numbers: {'; '.join(words)}.", caption)


def linear_outer(g, x, star=False):
    """Draw the outer product g x^T: each weight's gradient where its row and column meet.

    Parameters
    ----------
    g : array_like, shape (m,)
    x : array_like, shape (n,)
    star : bool
        Whether x is the longer input of the bias trick, and so named.

    Returns
    -------
    Figure
    """
    g, x = as_floats("linear_outer", g=g, x=x)
    bind("linear_outer", g=(g, "m"), x=(x, "n"))
    dW, k, l = np.outer(g, x), len(g) - 1, len(x) - 1
    column = dict(a=g, name="$g$", role="gradient", rows="$k$", framed=(k, 0, 1, 1))
    row = dict(
        a=x[None],
        name="$(x^*)^T$" if star else "$x^T$",
        role="input",
        columns="$l$",
        framed=(0, l, 1, 1),
    )
    table = dict(a=dW, name=rf"$\partial L/\partial W{'^*' * star}$", role="gradient")
    table |= dict(rows="$k$", columns="$l$")
    table |= dict(framed=(k, l, 1, 1))
    fig = equation_row([column, "·", row, "=", table], color_limit(g, x, dW))
    alt = f"{rows_of('g', g)}, a column; {rows_of('x' + '*' * star, x)}, a row; "
    alt += f"{rows_of('dL/dW' + '*' * star, dW)}."
    words = f"{factor(g[k])} · {factor(x[l])} = {number(dW[k, l])}"
    return Figure(fig, alt, f"Framed: entry ({k}, {l}) is g_{k} · x{'*' * star}_{l} = {words}.")


def linear_batch_sum(X, G, t=None):
    """Draw the outer products g_t x_t^T of a batch, and their sum up to sample t.

    Parameters
    ----------
    X : array_like, shape (B, n)
    G : array_like, shape (B, m)
    t : int, optional
        The last sample that is added; the whole batch without it.

    Returns
    -------
    Figure
    """
    scene = linear_batch_sum_scene(X, G)
    t = len(X) - 1 if t is None else t
    check_inside("linear_batch_sum", "t", t, len(X))
    return scene.figure(t=t)


def linear_batch_sum_scene(X, G):
    """Return the moving picture of `linear_batch_sum`; its position is `t`."""
    X, G = as_floats("linear_batch_sum", X=X, G=G)
    B = bind("linear_batch_sum", X=(X, "B n"), G=(G, "B m"))["B"]
    products = G[:, :, None] * X[:, None, :]
    sums, parts = products.cumsum(0), []
    samples = {f"sample {s}": a for s, a in enumerate(products)}
    for s, (slot, a) in enumerate(samples.items()):
        here = {"a": a, "slot": slot, "name": f"$t={s}$", "role": "gradient", "ticks": False}
        parts += [here | {"moves": ("frame", "veil", "role")}, "+"]
    total = {"a": sums[0], "slot": "sum", "name": "sum to t = 0", "role": "gradient"}
    parts[-1:] = ["=", total | {"moves": ("frame", "name"), "ticks": False}]
    scene = moving_row("linear_batch_sum", parts, color_limit(products, sums))
    each = "; ".join(rows_of(slot, a) for slot, a in samples.items())

    def state(t):
        out = {**samples, "sum": sums[t], "sum frame": (0, 0, 1, 1)}
        for s, slot in enumerate(samples):
            out[f"{slot} frame"] = (0, 0, 1, 1) if s <= t else None
            out |= {f"{slot} veil": s > t, f"{slot} role": "gradient" if s <= t else "plain"}
        out["sum name"] = "GᵀX" if t == B - 1 else f"sum to t = {t}"
        said = f"{rows_of(f'The sum of samples 0 to {t}', sums[t])}."
        terms = " + ".join(f"{factor(G[s, 0])} · {factor(X[s, 0])}" for s in range(t + 1))
        words = f"Framed: entry (0, 0) of samples 0 to {t}; their sum is {terms} = "
        words += f"{number(sums[t, 0, 0])}."
        return out | {"alt": f"Outer products: {each}. {said}", "caption": words}

    scene.state = state
    return scene
