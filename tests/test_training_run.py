"""The training run of chapter 08, its own cells, against the same run in JAX."""

import io
from contextlib import chdir, redirect_stdout
from pathlib import Path

import nbformat
import numpy as np
import pytest
from oracles import conv2d_jax

from annex_lib.training import batches

CHAPTER = Path(__file__).parent.parent / "notebooks" / "08-a-network-trained.ipynb"
LAST = "train-conv"


@pytest.fixture(scope="module")
def chapter():
    """Run the chapter's cells up to the trained network; return their names."""
    names = {"__name__": "__main__"}
    with chdir(CHAPTER.parent), redirect_stdout(io.StringIO()):
        for cell in nbformat.read(CHAPTER, 4).cells:
            if cell.cell_type == "code":
                exec(compile(cell.source, f"{CHAPTER.name}:{cell.id}", "exec"), names)
            if cell.id == LAST:
                return names
    raise AssertionError(f"no cell {LAST}")


def logits(x, W1, b1, W2, b2, W3, b3):
    import jax

    for W, b in ((W1, b1), (W2, b2)):
        h = jax.nn.relu(conv2d_jax(x, W, b, padding=1))
        B, C, m, n = h.shape
        x = h.reshape(B, C, m // 2, 2, n // 2, 2).max((3, 5))
    return x.reshape(len(x), -1) @ W3.T + b3


def in_jax(x, W1, b1, W2, b2, W3, b3, y):
    import jax

    z = logits(x, W1, b1, W2, b2, W3, b3)
    return -jax.nn.log_softmax(z)[np.arange(len(y)), y].mean()


def test_the_loss_is_that_of_jax_at_each_step(chapter):
    import jax

    rng, X, Y = np.random.default_rng(8), chapter["X"], chapter["Y"]
    with jax.enable_x64(True):
        both = jax.jit(jax.value_and_grad(lambda params, x, y: in_jax(x, *params, y)))
        params, losses = tuple(chapter["start"]), []
        speed = [np.zeros_like(p) for p in params]
        for _ in range(10):
            for t in batches(rng, len(X), 32):
                loss, gradients = both(params, X[t], Y[t])
                speed = [0.9 * v + np.asarray(g) for v, g in zip(speed, gradients, strict=True)]
                params = tuple(p - 0.05 * v for p, v in zip(params, speed, strict=True))
                losses.append(float(loss))
        theirs = np.asarray(logits(chapter["X_test"], *params))
    assert len(losses) == len(chapter["losses"]) == 450
    np.testing.assert_allclose(chapter["losses"], losses, rtol=1e-9)
    for p, q in zip(chapter["trained"], params, strict=True):
        np.testing.assert_allclose(p, q, rtol=0, atol=1e-10)
    ours = chapter["convolutional"](chapter["plain"], chapter["X_test"], *chapter["trained"])
    np.testing.assert_array_equal(ours.argmax(1), theirs.argmax(1))
    assert (theirs.argmax(1) == chapter["Y_test"]).mean() >= 0.98


def test_no_test_image_is_trained_on(chapter):
    assert len({*chapter["training"]} | {*chapter["test"]}) == 1797
    assert not {*chapter["training"]} & {*chapter["test"]}
