"""3.4 to 3.6: X twice in a product, a layer that is no matrix, a solver."""

import numpy as np

from annex_lib.exercises.bank import Code, Formula, Slip, sized

TWICE = Formula(
    number="3.4",
    title="A matrix that stands twice",
    section="3.10",
    given=r"""Let $A, X, G \in \mathbb{R}^{n \times n}$, let $\ell : \mathbb{R}^{n \times n} \to \mathbb{R}$ be
differentiable.

$$
Y := X A X
$$

$$
L := \ell(Y)
$$

$$
g_{ij} := \frac{\partial L}{\partial y_{ij}}
$$
""",  # noqa: E501
    left=r"\frac{\partial L}{\partial X}",
    solution=r"G X^{\top} A^{\top} + A^{\top} X^{\top} G",
    without=(r"\partial", "L", r"\ell", "Y"),
    hints=(
        "Call the first X by another name than the second, differentiate by each as if the other "
        "were fixed, and add: that is two times (3.14).",
        r"For the first one, read the product as I X (A X), that is, with I for A and A X for B in "
        r"(3.14): it begins G (A X)^{\top} + ...",
        r"For the second one, read it as (X A) X I. Then take the transposes of the two products "
        "apart, or leave them as they are.",
    ),
    slips=(
        Slip(
            "3.10",
            "This is the gradient by the first X alone; the second one is missing",
            r"G X^{\top} A^{\top}",
        ),
        Slip(
            "3.10",
            "This is the gradient by the second X alone; the first one is missing",
            r"A^{\top} X^{\top} G",
        ),
        Slip(
            "3.10",
            "Twice the first term is not the sum of the two; here the order counts",
            r"2 G X^{\top} A^{\top}",
        ),
        Slip(
            "3.10",
            "Twice the second term is not the sum of the two; here the order counts",
            r"2 A^{\top} X^{\top} G",
        ),
        Slip(
            "3.10",
            "The transposes are missing; a factor goes to the other side of G transposed",
            r"G A X + X A G",
        ),
        Slip(
            "1.4",
            "The factors keep their order under the transpose, where it should be reversed",
            r"G A^{\top} X^{\top} + X^{\top} A^{\top} G",
        ),
        Slip(
            "3.10",
            "Each product is torn apart; both its factors stand on the same side of G",
            r"X^{\top} G A^{\top} + A^{\top} G X^{\top}",
        ),
        Slip(
            "3.10",
            "G is transposed; nothing turns it",
            r"G^{\top} X^{\top} A^{\top} + A^{\top} X^{\top} G^{\top}",
        ),
        Slip(
            "3.9",
            "The upstream gradient is left out",
            r"X^{\top} A^{\top} + A^{\top} X^{\top}",
        ),
    ),
)


def normal(x):
    """Return x, divided by its length."""
    return x / np.sqrt(np.sum(x * x))


def normal_vjp(g, x):
    """Solve 3.5."""
    y = normal(x)
    return (g - y * np.sum(g * y)) / np.linalg.norm(x)


NORMAL = Code(
    number="3.5",
    title="A layer that is no matrix",
    section="3.9",
    signature="normal_vjp(g, x)",
    solution=normal_vjp,
    draw=sized(real=True, g="n", x="n"),
    sizes={"n": (3, 6)},
    ones=(),
    adjoint=lambda g, x: (normal, (x,)),
    hints=(
        "Each output is x_i times one number, 1 / length, which depends on every x_j. Use the "
        "rule for products.",
        "Write s for the sum of g_i y_i. You need the derivative of the length by x_j, which is "
        "y_j.",
        "By the first factor, the gradient is g divided by the length. The second factor takes "
        "something away along y: s times y, divided by the length.",
    ),
    slips=(
        Slip(
            "3.9",
            "The length is treated as a constant; it depends on every entry of x",
            lambda g, x: g / np.linalg.norm(x),
        ),
        Slip(
            "3.9",
            "The factor 1 / length is missing",
            lambda g, x: g - normal(x) * np.sum(g * normal(x)),
        ),
        Slip(
            "3.9",
            "What is taken away lies along x, where y belongs; only y has length one",
            lambda g, x: (g - x * np.sum(g * x)) / np.linalg.norm(x),
        ),
        Slip(
            "3.9",
            "One of the two y is an x; the length comes in once more than it should",
            lambda g, x: (g - normal(x) * np.sum(g * x)) / np.linalg.norm(x),
        ),
        Slip(
            "3.5",
            "The second term is multiplied entry by entry; each input reaches every output",
            lambda g, x: (g - g * normal(x) ** 2) / np.linalg.norm(x),
        ),
        Slip(
            "3.9",
            "The second term is added, where it should be taken away",
            lambda g, x: (g + normal(x) * np.sum(g * normal(x))) / np.linalg.norm(x),
        ),
        Slip(
            "3.9",
            "The whole Jacobian is returned; contract it with g",
            lambda g, x: (np.eye(len(x)) - np.outer(normal(x), normal(x))) / np.linalg.norm(x),
        ),
        Slip(
            "3.9",
            "The result does not depend on g; a row sum of the Jacobian is another question",
            lambda g, x: normal_vjp(np.ones_like(g), x),
        ),
    ),
)


def solver_vjp(g, A, b):
    """Solve 3.6."""
    db = np.linalg.solve(A.T, g)
    return -np.outer(db, np.linalg.solve(A, b)), db


def _system(rng, n):
    """Draw a system that is far from singular and not symmetric."""
    A = rng.standard_normal((n, n)) + 2 * n * np.eye(n)
    return rng.standard_normal(n), A, rng.standard_normal(n)


SOLVER = Code(
    number="3.6",
    title="An evening: backward through a solver",
    section="3.9",
    signature="solver_vjp(g, A, b)",
    returns=("dA", "db"),
    solution=solver_vjp,
    draw=_system,
    sizes={"n": (3, 6)},
    adjoint=lambda g, A, b: (np.linalg.solve, (A, b)),
    hints=(
        "Do not differentiate the solver: differentiate what it promises, A x = b. A step of A and "
        "b moves x, so that the promise still holds.",
        "If A and b take the steps V and v, then A times the step of x is v - V x. The step of x "
        "is therefore a solution of another system with the same matrix.",
        "Weigh that step by g: the weights g go over to b as the solution of the system with the "
        "transposed matrix. Call it db; then the gradient by entry (k, l) of A is minus db_k times "
        "x_l.",
    ),
    slips=(
        Slip(
            "3.9",
            "db solves with A, where the way back goes through its transpose",
            lambda g, A, b: (
                -np.outer(np.linalg.solve(A, g), np.linalg.solve(A, b)),
                np.linalg.solve(A, g),
            ),
        ),
        Slip(
            "3.9",
            "db is multiplied by the transpose; the layer divides, and so does the way back",
            lambda g, A, b: (-np.outer(A.T @ g, np.linalg.solve(A, b)), A.T @ g),
        ),
        Slip(
            "3.9",
            "dA has lost its minus; a larger entry of A makes x smaller",
            lambda g, A, b: (-solver_vjp(g, A, b)[0], solver_vjp(g, A, b)[1]),
        ),
        Slip(
            "3.10",
            "dA is the transpose of the right one; row k of A belongs to equation k",
            lambda g, A, b: (solver_vjp(g, A, b)[0].T, solver_vjp(g, A, b)[1]),
        ),
        Slip(
            "3.9",
            "dA is built from b, where the solution x belongs",
            lambda g, A, b: (-np.outer(np.linalg.solve(A.T, g), b), np.linalg.solve(A.T, g)),
        ),
        Slip(
            "3.9",
            "dA is built from g, where db belongs",
            lambda g, A, b: (-np.outer(g, np.linalg.solve(A, b)), np.linalg.solve(A.T, g)),
        ),
        Slip(
            "3.9",
            "db is g itself; the solver stands between",
            lambda g, A, b: (-np.outer(g, np.linalg.solve(A, b)), g),
        ),
        Slip(
            "3.9",
            "dA and db have changed places",
            lambda g, A, b: solver_vjp(g, A, b)[::-1],
        ),
    ),
)
