"""Inspectors: the Jacobian tensors of the book, each entry under the pointer or the keyboard."""

from functools import partial

import numpy as np

from annex_lib.explore.axes import Cell, Choice, Slider
from annex_lib.explore.player import Field, Player, read_array
from annex_lib.figures.inspector import Subject, inspector_scene, sheet, subscripts
from annex_lib.linear import linear, linear_jacobians

__all__ = ["inspect_linear", "inspect_relu_layers", "inspect_softmax", "inspector"]

LAYOUTS = ("output axes first", "input axes first")


def inspect_linear(X, W, b, G):
    """Inspect df/dW of the linear layer, for the first sample or for the batch; type own numbers.

    Parameters
    ----------
    X : array_like, shape (B, n)
    W : array_like, shape (m, n)
    b : array_like, shape (m,)
    G : array_like, shape (B, m)
        Upstream gradient.

    Returns
    -------
    Player
    """

    def build(X, W, b, G):
        X, G = np.atleast_2d(X, G)
        linear(X, W, b)  # says what does not fit
        check_fit("G", G, X.shape[0], W.shape[0])
        return inspector("inspect_linear", [_linear(X, W, b, G, one) for one in (True, False)])

    return typed(build, X=X, W=W, b=b, G=G)


def _linear(X, W, b, G, one):
    X, G = (X[:1], G[:1]) if one else (X, G)
    m, n = W.shape
    J = linear_jacobians(X, W)[1]
    zeros = np.broadcast_to((np.eye(m) == 0)[:, :, None], (*J.shape[:-1], n))
    names = ("xᵀ", "fᵀ", "gᵀ") if one else ("X", "Y", "G")
    arrays = {names[0]: (X, "input"), "W": (W, "weight"), "b": (b, "weight")}
    arrays |= {names[1]: (linear(X, W, b), "output"), names[2]: (G, "gradient")}

    def origin(out, into):
        (t, i), (k, l) = (0, *out) if one else out, into
        words = f"δ{subscripts((i, k))} x{subscripts((l,) if one else (t, l))}"
        lit = {"W": [(k, l)], names[1]: [(t, i)], names[2]: [(t, i)]}
        return words, lit | ({names[0]: [(t, l)]} if i == k else {})

    return Subject(
        title="one sample" if one else f"a batch of {len(X)}",
        names=("f" if one else "Y", "W"),
        letters=("i" if one else "ti", "kl"),
        jacobian=J[0] if one else J,
        zeros=zeros[0] if one else zeros,
        arrays=arrays,
        upstream=names[2],
        origin=origin,
    )


def inspect_relu_layers(x, W, b, A, g):
    """Inspect dy/dW through two layers, y = A max(0, W x + b): zeros by value where a unit is off.

    Parameters
    ----------
    x : array_like, shape (n,)
    W : array_like, shape (m, n)
    b : array_like, shape (m,)
    A : array_like, shape (d, m)
    g : array_like, shape (d,)
        Upstream gradient.

    Returns
    -------
    Player
    """

    def build(x, W, b, A, g):
        f = linear(x, W, b)
        y = linear(np.maximum(f, 0), A, np.zeros(len(A)))
        check_fit("g", g, len(A))
        on = (f > 0).astype(float)
        J = np.einsum("ik,k,l->ikl", A, on, x)
        arrays = {"x": (x, "input"), "W": (W, "weight"), "b": (b, "weight")}
        arrays |= {"f": (f, "output"), "A": (A, "weight"), "y": (y, "output")}

        def origin(out, into):
            (i,), (k, l) = out, into
            words = f"a{subscripts((i, k))} · {on[k]:.0f} · x{subscripts((l,))}"
            lit = {"x": [(l,)], "W": [(k, l)], "f": [(k,)], "A": [(i, k)]}
            return words, lit | {"y": [out], "g": [out]}

        subject = Subject(
            title="one sample",
            names=("y", "W"),
            letters=("i", "kl"),
            jacobian=J,
            zeros=np.zeros(J.shape, bool),
            arrays=arrays | {"g": (g, "gradient")},
            upstream="g",
            origin=origin,
        )
        return inspector("inspect_relu_layers", [subject])

    return typed(build, x=x, W=W, b=b, A=A, g=g)


def inspect_softmax(z, g):
    """Inspect the Jacobian of softmax, diag(p) - p p^T.

    Parameters
    ----------
    z : array_like, shape (n,)
        Logits.
    g : array_like, shape (n,)
        Upstream gradient.

    Returns
    -------
    Player
    """

    def build(z, g):
        check_fit("g", g, z.size)
        e = np.exp(z - z.max())
        p = e / e.sum()

        def origin(out, into):
            (i,), (k,) = out, into
            own = f"p{subscripts(out)}"
            words = f"{own} (1 − {own})" if i == k else f"−{own} p{subscripts(into)}"
            return words, {"z": [into], "p": [out] if i == k else [out, into], "g": [out]}

        subject = Subject(
            title="one sample",
            names=("p", "z"),
            letters=("i", "k"),
            jacobian=np.diag(p) - np.outer(p, p),
            zeros=np.zeros((len(p), len(p)), bool),
            arrays={"z": (z, "input"), "p": (p, "output"), "g": (g, "gradient")},
            upstream="g",
            origin=origin,
        )
        return inspector("inspect_softmax", [subject])

    return typed(build, z=z, g=g)


def inspector(name, subjects):
    """Return the player around subjects: which of them, the output, the entry."""
    last = subjects[-1]
    axes = [Choice("layout", "layout", LAYOUTS)]
    if len(subjects) > 1:
        axes.append(Choice("which", "tensor", tuple(s.title for s in subjects)))
    if last.matrix:
        size = last.jacobian.size
        words = tuple(_named(last, index) for index in np.ndindex(last.jacobian.shape))
        axes.append(Cell("cell", "entry", ("slice",), size, words=words))
    else:
        tops = [int(np.prod(s.shapes[0])) - 1 for s in subjects]
        indices = [", ".join(map(str, k)) for k in np.ndindex(last.shapes[0])]
        letters = ", ".join(last.letters[0])
        axes.append(
            Slider(
                "output",
                f"output {letters}",
                0,
                lambda p: tops[p.get("which", 0)],
                words=tuple(indices),
                play=True,
            )
        )
        inputs = sheet(last.shapes[1])
        words = tuple(
            _named(last, np.unravel_index(k, last.shapes[1]), last.letters[1]) for k in inputs.flat
        )
        axes.append(Cell("cell", "entry of the slice", ("slice",), inputs.size, words=words))
    return Player(inspector_scene(name, subjects), *axes)


def _named(subject, index, letters=None):
    letters = letters or "".join(subject.letters)
    return ", ".join(f"{a} = {k}" for a, k in zip(letters, index, strict=True))


def check_fit(name, a, *shape):
    if np.shape(a) != shape:
        raise ValueError(f"{name} has the shape {np.shape(a)}, but the output has {shape}.")


def typed(build, **arrays):
    """Return the player of arrays, with a field for each."""
    fields = []
    for name, a in arrays.items():
        a = np.asarray(a, float)
        fields.append(Field(name, name, _text(a), _reader(a.ndim)))
    return Player.typed(build, *fields)


def _reader(axes):
    """Return what reads a vector or a matrix of at most 4 rows and columns."""

    def read(text):
        a = read_array(text, largest=25)
        if axes == 1 and a.ndim == 2:
            raise ValueError("One row is enough here: write numbers like 1, 0, 2.")
        if max(a.shape) > 5:
            raise ValueError("Five rows and five columns are the most that fit the picture.")
        return np.atleast_2d(a) if axes == 2 else a

    return read


def _text(a):
    rows = np.atleast_2d(a)
    words = (map(partial(np.format_float_positional, trim="-"), row) for row in rows)
    return "; ".join(map(", ".join, words))
