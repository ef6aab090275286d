"""Inspectors of the convolution's Jacobian tensors, of order 4 or 8."""

import numpy as np

from annex_lib.convolution import conv2d, conv2d_jacobians
from annex_lib.explore.inspector import check_fit, inspector, typed
from annex_lib.figures.inspector import Subject, subscripts

__all__ = ["inspect_conv"]


def inspect_conv(x, W, g, by="W", **settings):
    """Inspect dO/dW or dO/dX of the convolution.

    Parameters
    ----------
    x : array_like, shape (m, n), or (B, C, m, n)
    W : array_like, shape (p, q), or (F, C / groups, p, q)
    g : array_like, of the output's shape
        Upstream gradient.
    by : {"W", "X"}
    **settings
        Of `conv2d`.

    Returns
    -------
    Player
        Of a tensor of order 4, or 8 with batch and channels.
    """

    def build(x, W, g):
        lead = (1,) * (4 - x.ndim)
        X4, W4 = x.reshape(lead + x.shape), W.reshape(lead + W.shape)
        o = conv2d(X4, W4, **settings)
        o = o.reshape(o.shape[len(lead) :])
        check_fit("g", g, *o.shape)
        k = "XW".index(by)
        ones = (np.ones_like(X4), W4) if by == "W" else (X4, np.ones_like(W4))
        J, there = (
            conv2d_jacobians(*arrays, **settings)[k].reshape(o.shape + (x, W)[k].shape)
            for arrays in ((X4, W4), ones)
        )
        subject = Subject(
            title="one image" if len(lead) else f"{len(x)} images",
            names=("O", by),
            letters=("ij", "kl") if lead else ("tfij", "dckl"),
            jacobian=J,
            zeros=there == 0,
            arrays={
                "X": (x, "input"),
                "W": (W, "weight"),
                "O": (o, "output"),
                "G": (g, "gradient"),
            },
            upstream="G",
            origin=_conv_origin(x, W, by, there, settings),
        )
        return inspector("inspect_conv", [subject])

    if np.ndim(x) == 2:
        return typed(build, x=x, W=W, g=g)
    return build(*(np.asarray(a, float) for a in (x, W, g)))


def _conv_origin(x, W, by, there, settings):
    """Return the function that traces an entry of dO/dW to x, or of dO/dX to w."""
    names = ("stride", "padding", "dilation")
    S, P, D = (np.broadcast_to(settings.get(n, n != "padding"), 2).astype(int) for n in names)
    per_group = x.shape[1] // settings.get("groups", 1) if x.ndim == 4 else 1
    fan = W.shape[0] // settings.get("groups", 1) if x.ndim == 4 else 1

    def origin(out, into):
        place = np.array(out[-2:])
        lit = {by: [into], "O": [out], "G": [out]}
        if not there[out + into]:
            return "0", lit
        if by == "W":
            pixel = tuple(map(int, S * place + D * np.array(into[-2:]) - P))
            lead = (out[0], out[1] // fan * per_group + into[1]) if x.ndim == 4 else ()
            return f"x{subscripts(lead + pixel)}", lit | {"X": [lead + pixel]}
        tap = tuple(map(int, (np.array(into[-2:]) + P - S * place) // D))
        lead = (out[1], into[1] % per_group) if x.ndim == 4 else ()
        return f"w{subscripts(lead + tap)}", lit | {"W": [lead + tap]}

    return origin
