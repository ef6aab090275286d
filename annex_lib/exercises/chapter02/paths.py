"""2.3 to 2.5: a formula for two layers, a stack, and a connection that skips."""

import numpy as np

from annex_lib.exercises.bank import Code, Formula, Slip, sized

TO_INPUT = Formula(
    number="2.3",
    title="Back to the input, as a formula",
    section="2.11",
    given=r"""With $x \in \mathbb{R}$, one $\theta \in \mathbb{R}$ and a differentiable
$\ell : \mathbb{R} \to \mathbb{R}$:

$$
h_1 := \tanh(\theta x), \qquad h_2 := \tanh(\theta h_1), \qquad L := \ell(h_2)
$$

$$
g := \frac{\partial L}{\partial h_2}
$$
""",
    left=r"\frac{\partial L}{\partial x}",
    solution=r"g (1 - h_2^2) \theta (1 - h_1^2) \theta",
    without=(r"\partial", "L", r"\ell", r"\tanh"),
    hints=(
        "There is one path from x to the loss. Along a path, multiply: what are its links?",
        "The links are the derivatives of L by h_2, of h_2 by h_1, and of h_1 by x. It begins g "
        "(1 - h_2^2) ...",
        "The derivative of h_2 by h_1 is (1 - h_2^2) times what multiplies h_1 inside. The last "
        "link looks the same, with h_1 in the place of h_2.",
    ),
    slips=(
        Slip(
            "2.11",
            "This is the gradient's first use of the parameter; the path ends at x, not at theta",
            r"g (1 - h_2^2) \theta (1 - h_1^2) x",
        ),
        Slip(
            "2.11",
            "The parameter stands on the path twice, once in each layer",
            r"g (1 - h_2^2) \theta (1 - h_1^2)",
        ),
        Slip(
            "2.9",
            "The slope of the first layer is missing",
            r"g (1 - h_2^2) \theta \theta",
        ),
        Slip(
            "2.9",
            "The slope of the second layer is missing",
            r"g (1 - h_1^2) \theta \theta",
        ),
        Slip("2.9", "Both slopes of tanh are missing", r"g \theta \theta"),
        Slip(
            "2.9",
            "The upstream gradient is left out",
            r"(1 - h_2^2) \theta (1 - h_1^2) \theta",
        ),
        Slip(
            "2.4",
            "The slope of tanh is one minus the square, and the square is missing",
            r"g (1 - h_2) \theta (1 - h_1) \theta",
        ),
        Slip(
            "2.9",
            "Both slopes are taken at the second layer; each layer has its own value",
            r"g (1 - h_2^2) \theta (1 - h_2^2) \theta",
        ),
        Slip(
            "2.10",
            "The links are added; along a path they are multiplied",
            r"g ((1 - h_2^2) \theta + (1 - h_1^2) \theta)",
        ),
    ),
)


def stack(x, theta):
    """Go forward through the stack of 2.4; return every value."""
    h = [x]
    for p in theta:
        h.append(np.sin(p * h[-1]))
    return h


def stack_backward(g, x, theta):
    """Solve 2.4."""
    h, dtheta = stack(x, theta), np.zeros(len(theta))
    for r in reversed(range(len(theta))):
        bend = np.cos(theta[r] * h[r])
        dtheta[r] = g * bend * h[r]
        g = g * bend * theta[r]
    return g, dtheta


def _stacked(slope=lambda p, h, out: np.cos(p * h), early=False, upstream=True, forward=False):
    """Return a backward pass through the stack with one slip."""

    def slipped(g, x, theta):
        h, dtheta = stack(x, theta), np.zeros(len(theta))
        order = range(len(theta))
        for r in order if forward else reversed(order):
            bend = slope(theta[r], h[r], h[r + 1])
            if early:
                g = g * bend * theta[r]
            dtheta[r] = (g if upstream else 1) * bend * h[r]
            if not early:
                g = g * bend * theta[r]
        return g, dtheta

    return slipped


def _next_value(g, x, theta):
    h, dtheta = stack(x, theta), np.zeros(len(theta))
    for r in reversed(range(len(theta))):
        bend = np.cos(theta[r] * h[r])
        dtheta[r] = g * bend * h[r + 1]
        g = g * bend * theta[r]
    return g, dtheta


def _draw_stack(rng, n):
    return rng.standard_normal(), 0.5 + rng.random(), rng.choice([-1, 1], n) * (0.5 + rng.random(n))


STACK = Code(
    number="2.4",
    title="A stack, from its end to its beginning",
    section="2.9",
    signature="stack_backward(g, x, theta)",
    returns=("dx", "dtheta"),
    solution=stack_backward,
    draw=_draw_stack,
    sizes={"n": (3, 6)},
    adjoint=lambda g, x, theta: (lambda x, theta: stack(x, theta)[-1], (x, theta)),
    hints=(
        "Go forward first and keep every value in a list h, with h[0] = x. Then walk from the "
        "last layer to the first with one number g in your hand.",
        "In layer r the slope is cos(theta[r] * h[r]); the value that comes in is h[r].",
        "At each layer, first give the parameter its gradient (g times the slope times what "
        "multiplies the parameter), then replace g by g times the slope times what multiplies "
        "the value. What is left in g at the end is dx.",
    ),
    slips=(
        Slip(
            "2.9",
            "g is replaced too early; first the parameter gets its gradient",
            _stacked(early=True),
        ),
        Slip(
            "2.9",
            "dtheta does not use g; every parameter is asked as if it stood last",
            _stacked(upstream=False),
        ),
        Slip(
            "2.9",
            "The walk begins at the first layer; g comes from the loss, so it begins at the last",
            _stacked(forward=True),
        ),
        Slip(
            "2.9",
            "The parameter is multiplied by the value that its layer puts out; it meets the one "
            "that comes in",
            _next_value,
        ),
        Slip(
            "2.9",
            "The slope of the sine is left out",
            _stacked(slope=lambda p, h, out: 1.0),
        ),
        Slip(
            "2.7",
            "The slope is taken at h; the sine was applied to theta times h",
            _stacked(slope=lambda p, h, out: np.cos(h)),
        ),
        Slip(
            "2.7",
            "The slope is taken at the layer's output; the sine was applied to what comes in",
            _stacked(slope=lambda p, h, out: np.cos(out)),
        ),
        Slip(
            "2.9",
            "This is the slope of tanh; the layers of this stack are sines",
            _stacked(slope=lambda p, h, out: 1 - out**2),
        ),
        Slip(
            "2.7",
            "The derivative of the sine has no minus",
            _stacked(slope=lambda p, h, out: -np.cos(p * h)),
        ),
    ),
)


def skip_backward(g, x, w):
    """Solve 2.5."""
    u = np.tanh(w * x)
    return g * (1 + 2 * x * u + x**2 * w * (1 - u**2)), g * x**3 * (1 - u**2)


SKIP = Code(
    number="2.5",
    title="Three ways from x",
    section="2.10",
    signature="skip_backward(g, x, w)",
    returns=("dx", "dw"),
    solution=skip_backward,
    draw=sized(real=True, g="n", x="n", w="n"),
    sizes={"n": (3, 6)},
    adjoint=lambda g, x, w: (lambda x, w: x + x**2 * np.tanh(w * x), (x, w)),
    hints=(
        "Draw the paths from x to y: one goes straight, one through the square, one through tanh. "
        "Each gives a term, and the terms add.",
        "Along the straight path the factor is 1, so dx = g * (1 + ...).",
        "Through the square the factor is 2 x times tanh(w x), through tanh it is x squared times "
        "the slope at w x times w. For dw there is the path through tanh alone.",
    ),
    slips=(
        Slip(
            "2.10",
            "The straight path is missing in dx",
            lambda g, x, w: (skip_backward(g, x, w)[0] - g, skip_backward(g, x, w)[1]),
        ),
        Slip(
            "2.10",
            "The path through the square is missing in dx",
            lambda g, x, w: (
                skip_backward(g, x, w)[0] - g * 2 * x * np.tanh(w * x),
                skip_backward(g, x, w)[1],
            ),
        ),
        Slip(
            "2.10",
            "The path through tanh is missing in dx",
            lambda g, x, w: (g * (1 + 2 * x * np.tanh(w * x)), skip_backward(g, x, w)[1]),
        ),
        Slip(
            "2.10",
            "Only the straight path is there; the last one to arrive has overwritten the others",
            lambda g, x, w: (g, skip_backward(g, x, w)[1]),
        ),
        Slip(
            "2.7",
            "In dx the inner derivative w is missing",
            lambda g, x, w: (
                g * (1 + 2 * x * np.tanh(w * x) + x**2 * (1 - np.tanh(w * x) ** 2)),
                skip_backward(g, x, w)[1],
            ),
        ),
        Slip(
            "2.7",
            "In dw the inner derivative x is missing",
            lambda g, x, w: (skip_backward(g, x, w)[0], g * x**2 * (1 - np.tanh(w * x) ** 2)),
        ),
        Slip(
            "2.7",
            "The slope of tanh is missing, in dx and in dw",
            lambda g, x, w: (g * (1 + 2 * x * np.tanh(w * x) + x**2 * w), g * x**3),
        ),
        Slip(
            "2.10",
            "The factors of two paths are multiplied; over the paths, add",
            lambda g, x, w: (
                g * (1 + 2 * x * w * (1 - np.tanh(w * x) ** 2)),
                skip_backward(g, x, w)[1],
            ),
        ),
        Slip(
            "2.9",
            "The upstream gradient is left out, in dx and in dw",
            lambda g, x, w: skip_backward(np.ones_like(g), x, w),
        ),
    ),
)
