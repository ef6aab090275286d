"""The training run of chapter 08 by the book's own cells, and by other libraries."""

import importlib.util
import io
from contextlib import chdir, redirect_stdout
from pathlib import Path

import jax
import jax.numpy as jnp
import nbformat
import numpy as np

from annex_lib.training import batches

jax.config.update("jax_enable_x64", True)

__all__ = ["chapter", "peers"]

CHAPTER = Path(__file__).parent.parent / "notebooks" / "08-a-network-trained.ipynb"
ETA, MU, SIZE = 0.05, 0.9, 32


def chapter():
    """Run the chapter's cells up to the definition of `train`; return their names."""
    names = {"__name__": "__main__"}
    with chdir(CHAPTER.parent), redirect_stdout(io.StringIO()):
        for cell in nbformat.read(CHAPTER, 4).cells:
            if cell.cell_type == "code":
                exec(compile(cell.source, cell.id, "exec"), names)
            if cell.id == "train-define":
                return names
    raise LookupError("the chapter has no cell train-define")


def peers(names, epochs):
    """Return a function for each peer that trains the same network on the same batches.

    Each returns its losses, to be compared.

    Parameters
    ----------
    names : dict
        As `chapter` returns it.
    epochs : int
    """
    data = names["X"], names["Y"], names["start"]
    found = {"JAX, compiled": lambda: _jax(*data, epochs)}
    if importlib.util.find_spec("torch"):
        found["PyTorch"] = lambda: _torch(*data, epochs)
    return found


def _order(N, epochs):
    rng = np.random.default_rng(8)
    return [t for _ in range(epochs) for t in batches(rng, N, SIZE)]


def _pooled(h):
    B, C, m, n = h.shape
    return jax.nn.relu(h).reshape(B, C, m // 2, 2, n // 2, 2).max((3, 5))


def _loss(params, x, y):
    W1, b1, W2, b2, W3, b3 = params
    for W, b in ((W1, b1), (W2, b2)):
        h = jax.lax.conv_general_dilated(x, W, (1, 1), [(1, 1)] * 2) + b[:, None, None]
        x = _pooled(h)
    z = x.reshape(len(x), -1) @ W3.T + b3
    return -jax.nn.log_softmax(z)[jnp.arange(len(y)), y].mean()


@jax.jit
def _step(params, velocities, x, y):
    loss, gradients = jax.value_and_grad(_loss)(params, x, y)
    velocities = [MU * v + g for v, g in zip(velocities, gradients, strict=True)]
    return loss, [p - ETA * v for p, v in zip(params, velocities, strict=True)], velocities


def _jax(X, Y, start, epochs):
    params, velocities = list(start), [np.zeros_like(p) for p in start]
    losses = []
    for t in _order(len(X), epochs):
        loss, params, velocities = _step(params, velocities, X[t], Y[t])
        losses.append(loss)
    return np.asarray(losses)


def _torch(X, Y, start, epochs):
    import torch
    from torch import nn

    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    layers = [nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    layers += [nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    network = nn.Sequential(*layers, nn.Flatten(), nn.Linear(128, 10))
    with torch.no_grad():
        for p, value in zip(network.parameters(), start, strict=True):
            p.copy_(torch.from_numpy(value))
    optimizer = torch.optim.SGD(network.parameters(), lr=ETA, momentum=MU)
    X, Y, losses = torch.from_numpy(X), torch.from_numpy(Y), []
    for t in map(torch.from_numpy, _order(len(X), epochs)):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(network(X[t]), Y[t])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.array(losses)
