"""The exercises of chapter 9, and the slips that readers make in them."""

import numpy as np

from annex_lib.exercises.bank import Code, Formula, Slip, sized

__all__ = ["EXERCISES"]


def quotient_of_duals(a, da, c, dc):
    """Solve 9.1."""
    return a / c, (da - a / c * dc) / c


QUOTIENT = Code(
    number="9.1",
    title="Dividing dual numbers",
    section="9.1",
    signature="quotient_of_duals(a, da, c, dc)",
    returns=("value", "tangent"),
    solution=quotient_of_duals,
    draw=sized(a="n", da="n", c="n", dc="n"),
    sizes={"n": (2, 6)},
    hints=(
        "Multiplied by c + dc ε, the quotient q + dq ε has to give a + da ε back.",
        "The values give q c = a. The tangents give dq c + q dc = da.",
        "Solve the second equation for dq, with q = a / c in it.",
    ),
    slips=(
        Slip(
            "9.1",
            "The tangents are divided by each other, as if they were numbers of their own",
            lambda a, da, c, dc: (a / c, da / dc),
        ),
        Slip(
            "9.1",
            "The sign of the second term is that of a product",
            lambda a, da, c, dc: (a / c, (da + a / c * dc) / c),
        ),
        Slip(
            "9.1",
            "The two terms of the tangent have changed places",
            lambda a, da, c, dc: (a / c, (a / c * dc - da) / c),
        ),
        Slip(
            "9.1",
            "The tangent is divided by c once, where it should be divided by its square",
            lambda a, da, c, dc: (a / c, (da * c - a * dc) / c),
        ),
        Slip(
            "9.1",
            "The denominator does not stand still, and what its tangent adds is missing",
            lambda a, da, c, dc: (a / c, da / c),
        ),
        Slip(
            "9.1",
            "This is the tangent of the product",
            lambda a, da, c, dc: (a / c, da * c + a * dc),
        ),
    ),
)

ALONG = Formula(
    number="9.2",
    title="The loss along a direction",
    section="9.7",
    given=r"""
Let $x \in \mathbb{R}^n$, $W, V \in \mathbb{R}^{m \times n}$, $a \in \mathbb{R}^m$ and
$\tau \in \mathbb{R}$.

$$
h_i := \tanh \left( \sum_j w_{ij} x_j \right)
$$

$$
e := \sum_i a_i h_i - \tau
$$

$$
L := \frac{1}{2} e^2
$$

$$
\dot h_i := \left( 1 - h_i^2 \right) \sum_j v_{ij} x_j
$$

$$
\dot e := \sum_i a_i \dot h_i
$$
""",
    left=r"\sum_{i,j} \frac{\partial L}{\partial w_{ij}} v_{ij}",
    solution=r"e \, \dot e",
    hints=(
        "The left side is the gradient against a direction: the rate at which the loss moves along "
        "V, that is, the tangent of L.",
        "One line is left after e: the loss is half its square.",
        "The derivative of half a square is the value itself; the tangent of e multiplies it.",
    ),
    slips=(
        Slip("9.7", "This is the tangent of e; one step is left, to the loss", r"\dot e"),
        Slip("9.7", "The direction is missing; this is the derivative by e alone", r"e"),
        Slip("9.7", "The half of the loss cancels the two of the square", r"2 e \, \dot e"),
        Slip(
            "9.7",
            "The tangent is sent through the square, where it is multiplied by the slope",
            r"\frac{1}{2} \dot e^2",
        ),
        Slip(
            "9.7",
            "The loss is half a square, and its half remains here",
            r"\frac{1}{2} e \, \dot e",
        ),
        Slip(
            "9.7", "The target is no part of the tangent; it stands still", r"e \, (\dot e - \tau)"
        ),
    ),
)


def forward_cost(n):
    """Solve 9.3."""
    return n[0] * np.sum(n[1:-1] * n[2:])


FORWARD = Code(
    number="9.3",
    title="The price of forward mode",
    section="9.5",
    signature="forward_cost(n)",
    solution=forward_cost,
    draw=sized(low=1, high=9, n="N"),
    sizes={"N": (4, 7)},
    hints=(
        "Forward mode carries as many columns as there are inputs. What does one column cost in a "
        "layer?",
        "Layer l takes n[l - 1] n[l] multiplications for one column, and the first layer none.",
        "Sum n[1:-1] * n[2:], and multiply by the number of columns.",
    ),
    slips=(
        Slip(
            "9.5",
            "The first layer is counted too; its Jacobian is there already",
            lambda n: n[0] * np.sum(n[:-1] * n[1:]),
        ),
        Slip(
            "9.5",
            "This is what reverse mode takes",
            lambda n: n[-1] * np.sum(n[:-2] * n[1:-1]),
        ),
        Slip(
            "9.5",
            "One column is counted, and there is one for each input",
            lambda n: np.sum(n[1:-1] * n[2:]),
        ),
        Slip(
            "9.5",
            "As many columns are carried as there are inputs, not outputs",
            lambda n: n[-1] * np.sum(n[1:-1] * n[2:]),
        ),
        Slip(
            "9.5",
            "The last layer is left out, where it should be the first",
            lambda n: n[0] * np.sum(n[:-2] * n[1:-1]),
        ),
        Slip("9.5", "The widths are multiplied all together", lambda n: np.prod(n)),
    ),
)


def times_the_hessian(A, x, v):
    """Solve 9.4."""
    return (A + A.T) @ v


HESSIAN = Code(
    number="9.4",
    title="A Hessian that is not written down",
    section="9.6",
    signature="times_the_hessian(A, x, v)",
    solution=times_the_hessian,
    draw=sized(A="n n", x="n", v="n"),
    sizes={"n": (2, 6)},
    hints=(
        "First the gradient: each entry of x stands in a row and in a column of A.",
        "The gradient is (A + A.T) @ x. How does it move when x moves along v?",
        "The gradient is linear in x, so its tangent is the same expression with v for x.",
    ),
    slips=(
        Slip(
            "9.6",
            "A need not be symmetric, but a Hessian is; x stands in the loss twice",
            lambda A, x, v: A @ v,
        ),
        Slip(
            "9.6",
            "A need not be symmetric, but a Hessian is; x stands in the loss twice",
            lambda A, x, v: A.T @ v,
        ),
        Slip(
            "9.6",
            "This holds for a symmetric A; a general one comes with its transpose",
            lambda A, x, v: 2 * A @ v,
        ),
        Slip(
            "9.6",
            "There is no half in the loss, and so none in its second derivative",
            lambda A, x, v: (A + A.T) @ v / 2,
        ),
        Slip(
            "9.6",
            "This is the gradient; its tangent along v is asked for",
            lambda A, x, v: (A + A.T) @ x,
        ),
        Slip(
            "9.6",
            "This is a single number, the curvature along v; the product has an entry for each x",
            lambda A, x, v: v @ (A + A.T) @ v,
        ),
    ),
)


def entries(B, m, n):
    """Solve 9.5."""
    return B * m * m * n, B * m * n, m * n


ENTRIES = Code(
    number="9.5",
    title="What a Jacobian would hold",
    section="9.8",
    signature="entries(B, m, n)",
    returns=("all", "not_zero", "in_the_gradient"),
    solution=entries,
    draw=lambda rng, **sizes: tuple(sizes.values()),
    sizes={"B": (2, 5), "m": (2, 6), "n": (2, 6)},
    hints=(
        "The axes of the Jacobian are those of the output, then those of the weights.",
        "The output is (B, m), the weights are (m, n).",
        "The delta in (9.15) leaves one in m entries; the gradient has the shape of the weights.",
    ),
    slips=(
        Slip(
            "9.8",
            "The Jacobian has no batch axis here; each sample has outputs of its own",
            lambda B, m, n: (m * m * n, m * n, m * n),
        ),
        Slip(
            "9.8",
            "The first is the size of the Jacobian by the inputs, not by the weights",
            lambda B, m, n: (B * m * B * n, B * m * n, m * n),
        ),
        Slip(
            "9.8",
            "The outputs are counted once; the weights have an axis for them too",
            lambda B, m, n: (B * m * n, B * n, m * n),
        ),
        Slip(
            "9.8",
            "The gradient is a sum over the batch, so it has no axis for it",
            lambda B, m, n: (B * m * m * n, B * m * n, B * m * n),
        ),
        Slip(
            "9.8",
            "Not every entry differs from zero; an output feels its own row of weights only",
            lambda B, m, n: (B * m * m * n, B * m * m * n, m * n),
        ),
        Slip(
            "9.8",
            "One entry in n is counted as not zero, where it is one in m",
            lambda B, m, n: (B * m * m * n, B * m * m, m * n),
        ),
    ),
)

EXERCISES = (QUOTIENT, ALONG, FORWARD, HESSIAN, ENTRIES)
