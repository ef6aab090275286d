"""The evaluator against an independent one: derivatives by JAX, at the same numbers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from annex_lib.equations.claims import elaborate
from annex_lib.equations.context import Context
from annex_lib.equations.decide import evaluate
from annex_lib.equations.evaluate import Draw
from annex_lib.equations.ordered import Digits
from annex_lib.equations.parse import parse
from annex_lib.equations.prose import read_prose
from annex_lib.equations.tokens import tokenize

jax.config.update("jax_enable_x64", True)

PROSE = r"$W \in \mathbb{R}^{m \times n}$, $x \in \mathbb{R}^n$, $b \in \mathbb{R}^m$"
SIZES = {"m": 3, "n": 4}

CASES = {
    r"\frac{\partial}{\partial W} \sum_i \tanh(\sum_j w_{ij} x_j + b_i)": (
        "W", lambda W, x, b: jnp.tanh(W @ x + b).sum()
    ),
    r"\frac{\partial}{\partial x} \log \sum_i \exp(\sum_j w_{ij} x_j)": (
        "x", lambda W, x, b: jnp.log(jnp.exp(W @ x).sum())
    ),
    r"\frac{\partial (W x \odot b)}{\partial W}": ("W", lambda W, x, b: (W @ x) * b),
    r"\frac{\partial \frac{b}{\lVert W x \rVert}}{\partial x}": (
        "x", lambda W, x, b: b / jnp.linalg.norm(W @ x)
    ),
    r"\frac{\partial}{\partial x} \left( x^{\top} W^{\top} W x \sqrt{x_0} \right)": (
        "x", lambda W, x, b: x @ W.T @ W @ x * jnp.sqrt(x[0])
    ),
    r"\frac{\partial}{\partial W} \left( \mathrm{tr}(W W^{\top} W W^{\top}) \right)": (
        "W", lambda W, x, b: jnp.trace(W @ W.T @ W @ W.T)
    ),
    r"\frac{\partial \mathrm{erf}(b)}{\partial b}": (
        "b", lambda W, x, b: jax.scipy.special.erf(b)
    ),
    r"\frac{\partial}{\partial x} \left( \max_i \sum_j w_{ij} x_j \right)": (
        "x", lambda W, x, b: jnp.max(W @ x)
    ),
}  # fmt: skip


@pytest.mark.parametrize("latex", CASES)
def test_derivative_agrees_with_jax(latex):
    context = Context()
    read_prose(PROSE, context)
    claim = elaborate([parse(tokenize(latex), context)], context)
    draw = Draw(context, SIZES, Digits(1, signed="sqrt" not in latex))
    (ours,) = evaluate(claim, draw)
    variable, function = CASES[latex]
    values = {}
    for name in "Wxb":
        symbol = elaborate([parse(tokenize(name), context)], context)
        values[name] = jnp.array(np.array(evaluate(symbol, draw)[0], float))
    theirs = jax.jacobian(function, argnums="Wxb".index(variable))(*values.values())
    np.testing.assert_allclose(np.array(ours, float), theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_prime_field_multiplies_and_sums(seed):
    from annex_lib.equations.numbers import PRIME, Field

    field, rng = Field(seed), np.random.default_rng(seed)
    a, b = (rng.integers(0, PRIME, (5, 7), np.uint64) for _ in range(2))
    a[0, 0] = b[0, 0] = PRIME - 1
    product = [int(x) * int(y) % PRIME for x, y in zip(a.flat, b.flat, strict=True)]
    assert field.multiply(a, b).ravel().tolist() == product
    assert field.total(a, 1).tolist() == [sum(map(int, row)) % PRIME for row in a]
    assert field.add(a, b).ravel().tolist() == [
        (int(x) + int(y)) % PRIME for x, y in zip(a.flat, b.flat, strict=True)
    ]
