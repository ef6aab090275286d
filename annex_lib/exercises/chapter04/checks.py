"""4.4 to 4.6: a check too weak, a check that can fail, three bugs to find."""

import numpy as np

from annex_lib.exercises.bank import Code, Slip
from annex_lib.linear import linear_vjp


def is_correct(backward):
    """Solve 4.5."""
    rng = np.random.default_rng(0)
    for m, n in ((3, 4), (3, 3)):
        g, x, W = rng.standard_normal(m), rng.standard_normal(n), rng.standard_normal((m, n))
        expected = W.T @ g, np.outer(g, x), g
        try:
            found = backward(g, x, W)
            for a, b in zip(found, expected, strict=True):
                if np.shape(a) != b.shape or not np.allclose(a, b):
                    return False
        except ValueError:
            return False
    return True


def weak_inputs():
    """Solve 4.4."""
    return np.array([1.0, 2]), np.array([1.0, 2]), np.array([[1.0, 5], [0, 3]])


def _weak(returned):
    """Judge the inputs of 4.4."""
    if type(returned) is not tuple or len(returned) != 3:
        return "weak_inputs should return three arrays: g, x and W"
    if not all(type(a) is np.ndarray and a.dtype.kind in "if" for a in returned):
        return "g, x and W should be arrays of numbers"
    g, x, W = returned
    if g.ndim != 1 or x.ndim != 1 or W.shape != (g.size, x.size):
        return f"The shapes {g.shape}, {x.shape} and {W.shape} are not (m,), (n,) and (m, n)"
    if g.size < 2 or x.size < 2 or W.size > 10_000:
        return "m and n should be at least 2, and the layer small"
    if not all(np.isfinite(a).all() for a in returned):
        return "There is a number in it that is not finite"
    return _unnoticed(g, x, W)


def _unnoticed(g, x, W):
    if not (g.all() and x.all()):
        return "A zero in g or x makes it too easy; let them have none: see 4.5"
    if len(set(g.tolist())) == 1 or len(set(x.tolist())) == 1:
        return "All entries the same, as in all ones, is the text's example; find another: see 4.12"
    if g.size == x.size and np.array_equal(W, W.T):
        return "The weights are symmetric, which the question rules out: see 4.12"
    if g.size != x.size:
        return "With m different from n the twin has another shape, and is noticed: see 4.12"
    if not np.allclose(np.outer(x, g), np.outer(g, x)):
        return "Here the twin gives other numbers than the right gradient, and is noticed: see 4.12"
    return ""


WEAK = Code(
    number="4.4",
    title="A check too weak",
    section="4.12",
    signature="weak_inputs()",
    solution=weak_inputs,
    draw=lambda rng: (),
    judge=_weak,
    hints=(
        "Write down entry (k, l) of both outer products, and ask when the two are equal for "
        "every k and l.",
        "You want g_k x_l = x_k g_l. Divide by x_k and x_l.",
        "So g_k / x_k is the same number for every k. Choose an x with two different entries, "
        "then a g that keeps this, then any W that is not symmetric.",
    ),
    slips=(
        Slip(
            "4.12",
            "All entries the same, as in all ones, is the text's example; find another",
            lambda: (np.ones(3), np.ones(3), np.arange(9.0).reshape(3, 3)),
        ),
        Slip(
            "4.12",
            "The weights are symmetric, which the question rules out",
            lambda: (np.array([1.0, 2]), np.array([2.0, 4]), np.eye(2)),
        ),
        Slip(
            "4.12",
            "With m different from n the twin has another shape, and is noticed",
            lambda: (np.array([1.0, 2]), np.array([1.0, 2, 3]), np.ones((2, 3))),
        ),
        Slip(
            "4.12",
            "Here the twin gives other numbers than the right gradient, and is noticed",
            lambda: (np.array([1.0, 2]), np.array([2.0, 1]), np.array([[1.0, 5], [0, 3]])),
        ),
        Slip(
            "4.5",
            "A zero in g or x makes it too easy; let them have none",
            lambda: (np.array([0.0, 2]), np.array([0.0, 1]), np.array([[1.0, 5], [0, 3]])),
        ),
    ),
)


def _checks(*, shapes=((3, 4), (3, 3)), parts=(0, 1, 2), ones=False, identity=False, values=True):
    """Return a check of the kind of 4.5, too weak in one way."""

    def weak(backward):
        rng = np.random.default_rng(1)
        for m, n in shapes:
            g, x, W = rng.standard_normal(m), rng.standard_normal(n), rng.standard_normal((m, n))
            g, x = (np.ones(m), np.ones(n)) if ones else (g, x)
            right = linear_vjp(g, x, np.eye(m) if identity else W)
            try:
                found = backward(g, x, np.eye(m) if identity else W)
            except ValueError:
                return False
            for k in parts:
                if found[k].shape != right[k].shape:
                    return False
                if values and not np.allclose(found[k], right[k]):
                    return False
        return True

    return weak


# What the check of 4.5 is tried on: the right backward pass, and its wrong twins.
CANDIDATES = {
    "right": lambda g, x, W: linear_vjp(g, x, W),
    "right, otherwise written": lambda g, x, W: (g @ W, g[:, None] * x, g.copy()),
    "transposed dW": lambda g, x, W: (g @ W, np.outer(x, g), g),
    "untransposed W": lambda g, x, W: (W @ g, np.outer(g, x), g),
    "no upstream": lambda g, x, W: (W.sum(0), np.outer(np.ones_like(g), x), np.ones_like(g)),
    "wrong db": lambda g, x, W: (g @ W, np.outer(g, x), g.sum() * np.ones_like(g)),
    "scaled dx": lambda g, x, W: (2 * (g @ W), np.outer(g, x), g),
    "square only": lambda g, x, W: (
        g @ W,
        np.outer(g, x) if len(g) != len(x) else np.outer(x, g),
        g,
    ),
}


CHECK = Code(
    number="4.5",
    title="A check that can fail",
    section="4.12",
    signature="is_correct(backward)",
    solution=is_correct,
    cases=lambda rng: [
        ({"backward": f"the one called {k!r}"}, (f,)) for k, f in CANDIDATES.items()
    ],
    hints=(
        "The weak check failed because of what it was given. Which inputs leave a wrong formula "
        "nowhere to hide?",
        "Draw g, x and W at random from np.random.default_rng(0), and compute the three right "
        "gradients beside those that backward returns.",
        "Compare all three, once with m different from n and once with m equal to n. In a try, "
        "since a product of the wrong shapes raises a ValueError. Compare the shapes too, for "
        "allclose broadcasts.",
    ),
    slips=(
        Slip("4.12", "Your check lets every backward pass through", lambda f: True),
        Slip("4.12", "Your check lets none through, not even the right one", lambda f: False),
        Slip("4.12", "With all ones, transposed and untransposed look alike", _checks(ones=True)),
        Slip(
            "4.12",
            "Sizes that differ are not enough; one twin is wrong on squares alone",
            _checks(shapes=[(3, 4)]),
        ),
        Slip(
            "4.12",
            "With the identity for weights, a forgotten transpose can't be seen",
            _checks(identity=True, shapes=[(3, 3)]),
        ),
        Slip(
            "4.5",
            "Your check looks at dW alone, and a wrong dx or db gets past it",
            _checks(parts=[1]),
        ),
        Slip("4.3", "Your check never looks at dx", _checks(parts=[1, 2])),
        Slip("4.8", "Your check never looks at db", _checks(parts=[0, 1])),
        Slip(
            "4.12",
            "Your check compares shapes, and wrong numbers in a right shape get past it",
            _checks(values=False),
        ),
    ),
)

LISTING = """\
 1  def step(X, Z, W, b, rate):
 2      B = len(X)
 3      Y = X @ W.T + b
 4      G = (Y - Z) / B
 5      dW = X.T @ G
 6      db = G.mean(axis=0)
 7      W = W - rate * dW
 8      b = b - rate * db
 9      dX = G @ W
10      return dX, W, b"""
BUGS = {5: "transpose", 6: "factor", 9: "overwritten"}
KINDS = ("transpose", "factor", "axis", "sign", "overwritten")
RIGHT = {
    2: "Line 2 is right; the batch is the first axis: see 4.2",
    3: "Line 3 is right; the summed index has to be the first of the second factor: see 4.2",
    4: "Line 4 is right; the factor 1/B enters once, and this is its place: see 4.7",
    7: "Line 7 is right; a step goes against the gradient: see 4.3",
    8: "Line 8 is right; a step goes against the gradient: see 4.3",
}


def _bugs(named):
    """Judge the bugs that a reader found in the listing."""
    if type(named) is not dict or not all(type(k) is int for k in named):
        return 'bugs should be a dict of line numbers and words, such as {3: "sign"}'
    if not all(type(word) is str and word in KINDS for word in named.values()):
        return f"the words are {', '.join(KINDS)}"
    for line in sorted(named):
        if line not in BUGS:
            return RIGHT.get(line, f"Line {line} holds no bug: see 4.6")
    for line, word in sorted(named.items()):
        if word != BUGS[line]:
            return f"There is a bug in line {line}, but of another kind: see 4.6"
    return "" if len(named) == 3 else f"So far so good, but there are three; you have {len(named)}"


FIND = Code(
    number="4.6",
    title="Three bugs",
    section="4.6",
    signature="bugs",
    solution=BUGS,
    judge=_bugs,
    hints=(
        "Write the shape of every array beside its line, with B, m and n all different.",
        "One bug shows in a shape. Another divides where something was divided before. The third "
        "has nothing wrong in its own line.",
        "Look at the gradients of the parameters, and then ask at which weights the gradient of "
        "the input should be taken: the old ones or the new ones?",
    ),
    slips=(
        Slip(
            "4.7",
            "Line 4 is right; the factor 1/B enters once, and this is its place",
            {4: "factor", 5: "transpose"},
        ),
        Slip(
            "4.2",
            "Line 3 is right; the summed index has to be the first of the second factor",
            {3: "transpose"},
        ),
        Slip(
            "4.3", "Line 7 is right; a step goes against the gradient", {7: "sign", 5: "transpose"}
        ),
        Slip("4.6", "There is a bug in line 6, but of another kind", {5: "transpose", 6: "axis"}),
        Slip(
            "4.6", "There is a bug in line 9, but of another kind", {5: "transpose", 9: "transpose"}
        ),
        Slip("4.2", "Line 2 is right; the batch is the first axis", {2: "axis"}),
    ),
)
