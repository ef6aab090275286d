"""The same computations by other libraries; those that are not installed are left out."""

import importlib.util

import jax
import jax.numpy as jnp
import mygrad
import numpy as np
from mygrad.nnet.layers import conv_nd
from scipy.signal import correlate

jax.config.update("jax_enable_x64", True)

__all__ = ["convolutions", "jacobians", "jax_conv2d"]


def convolutions(g, x, W, *, stride=1, padding=0):
    """Return a function for each peer that runs a convolution forward and backward.

    Parameters
    ----------
    g : ndarray, shape (B, F, u, v)
    x : ndarray, shape (B, C, m, n)
    W : ndarray, shape (F, C, p, q)
    stride, padding : int
    """
    peers = {
        "SciPy": lambda: _scipy(g, x, W, stride, padding),
        "JAX": _jax(g, x, W, stride, padding),
    }
    if (x.shape[2] + 2 * padding - W.shape[2]) % stride == 0:  # MyGrad takes no remainder
        peers["MyGrad"] = lambda: _mygrad(g, x, W, stride, padding)
    if importlib.util.find_spec("torch"):
        peers["PyTorch"] = _torch(g, x, W, stride, padding)
    return peers


def jacobians(f, W):
    """Return JAX's reverse-mode Jacobian of f at W, compiled."""
    compiled = jax.jit(jax.jacrev(f))
    return {"jax.jacrev": lambda: compiled(W).block_until_ready()}


def jax_conv2d(x, W, stride=1, padding=0):
    """Cross-correlate with `jax.lax`."""
    return jax.lax.conv_general_dilated(x, W, (stride, stride), [(padding, padding)] * 2)


def _jax(g, x, W, stride, padding):
    @jax.jit
    def both(g, x, W):
        out, pull = jax.vjp(lambda x, W: jax_conv2d(x, W, stride, padding), x, W)
        return out, *pull(g)

    g, x, W = map(jnp.asarray, (g, x, W))
    return lambda: jax.block_until_ready(both(g, x, W))


def _mygrad(g, x, W, stride, padding):
    x, W = mygrad.tensor(x), mygrad.tensor(W)
    conv_nd(x, W, stride=stride, padding=padding).backward(g)


def _scipy(g, x, W, stride, padding):
    """Correlate plane by plane, which is what SciPy offers; strides by leaving entries out."""
    pad = ((0, 0), (0, 0), (padding, padding), (padding, padding))
    x, spread = np.pad(x, pad), np.zeros((*g.shape[:2], *_full(g, stride)), g.dtype)
    spread[:, :, ::stride, ::stride] = g
    for t, f, c in np.ndindex(len(x), len(W), x.shape[1]):
        correlate(x[t, c], W[f, c], mode="valid")[::stride, ::stride]
        correlate(x[t, c], spread[t, f], mode="valid")
        correlate(spread[t, f], W[f, c, ::-1, ::-1], mode="full")


def _full(g, stride):
    return (stride * (g.shape[2] - 1) + 1, stride * (g.shape[3] - 1) + 1)


def _torch(g, x, W, stride, padding):
    import torch

    torch.set_num_threads(1)
    g, x, W = torch.tensor(g), torch.tensor(x).requires_grad_(), torch.tensor(W).requires_grad_()

    def both():
        out = torch.nn.functional.conv2d(x, W, stride=stride, padding=padding)
        torch.autograd.grad(out, (x, W), g)

    return both
