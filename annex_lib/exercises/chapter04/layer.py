"""4.1 and 4.2: the layer, forward and back to its input."""

from annex_lib.exercises.bank import Code, Formula, Slip, sized

SIZES = {"B": (2, 5), "m": (2, 5), "n": (2, 5)}  # a batch of B, m outputs, n inputs


def forward(X, W, b):
    """Solve 4.1."""
    return X @ W.T + b


FORWARD = Code(
    number="4.1",
    title="The layer, for a batch",
    section="4.2",
    signature="layer(X, W, b)",
    solution=forward,
    draw=sized(X="B n", W="m n", b="m"),
    sizes=SIZES,
    hints=(
        "One sample is a row of X, and its outputs are a row of the result. Write down the shapes "
        "of X, of W and of what is wanted, and see which index is summed over.",
        "The factor with the batch axis stands on the left: return X @ ...",
        "The summed index is the last of X; turn W so that there it is the first one. Then add "
        "the bias, which NumPy copies into every row.",
    ),
    slips=(
        Slip("4.2", "The bias is missing", lambda X, W, b: X @ W.T),
        Slip(
            "4.2",
            "Here the columns of W are used for its rows, which passes only where m = n",
            lambda X, W, b: X @ W + b,
        ),
        Slip(
            "4.2",
            "Here W stands on the left, as it does for a column; the samples of a batch are rows",
            lambda X, W, b: W @ X + b,
        ),
        Slip(
            "4.2",
            "The samples have become columns; the batch axis should come first",
            lambda X, W, b: (X @ W.T + b).T,
        ),
        Slip(
            "4.1",
            "Every output gets the sum of all the biases, where each has one of its own",
            lambda X, W, b: X @ W.T + b.sum(),
        ),
        Slip(
            "4.2",
            "The bias is added once for every sample of the batch, but each row gets it once",
            lambda X, W, b: X @ W.T + len(X) * b,
        ),
        Slip(
            "4.2",
            "This is the first sample's row alone; the batch has more of them",
            lambda X, W, b: (X @ W.T + b)[:1],
        ),
    ),
)

ONE_SAMPLE = r"""Let $x \in \mathbb{R}^n$, $W \in \mathbb{R}^{m \times n}$, $b \in \mathbb{R}^m$,
let $\ell : \mathbb{R}^m \to \mathbb{R}$ be differentiable and $g \in \mathbb{R}^m$.

$$
f_i := \sum_j w_{ij} x_j + b_i
$$

$$
L := \ell(f)
$$

$$
g_i := \frac{\partial L}{\partial f_i}
$$
"""

BY_INPUT = Formula(
    number="4.2",
    title="The gradient by the input, as a formula",
    section="4.3",
    given=ONE_SAMPLE,
    left=r"\frac{\partial L}{\partial x_l}",
    solution=r"\sum_i g_i w_{il}",
    without=(r"\partial", "L", r"\ell", "f", r"\delta"),
    hints=(
        "Follow the number x_l forward: which outputs does it reach, and what is it multiplied by "
        "on each way? The chain rule adds up the ways.",
        r"It begins \sum_i g_i ..., one term for each output.",
        "Each output i contributes what arrives there, g_i, times the weight between output i and "
        "input l. Write that weight with its two indices, the output's first.",
    ),
    slips=(
        Slip(
            "4.3",
            "The indices of the weight are exchanged; the first one is the output's",
            r"\sum_i g_i w_{li}",
        ),
        Slip(
            "4.3",
            "The indices of the weight are exchanged; the first one is the output's",
            r"\sum_j w_{lj} g_j",
        ),
        Slip(
            "4.3",
            "The upstream gradient is left out, as if the loss were the sum of the outputs",
            r"\sum_i w_{il}",
        ),
        Slip(
            "4.3",
            "The index i is left over; the input reaches every output, and the ways add up",
            r"g_i w_{il}",
        ),
        Slip("4.3", "This is the Jacobian's entry, not yet the gradient of the loss", r"w_{il}"),
        Slip(
            "4.3", "The sum runs over the inputs too, but l is a given one", r"\sum_{ij} g_i w_{ij}"
        ),
        Slip(
            "4.3",
            "This multiplies by the input, as the gradient of the weights does",
            r"\sum_i g_i x_l",
        ),
        Slip(
            "4.3",
            "The bias does not belong here; it does not change with x",
            r"\sum_i (g_i w_{il} + b_i)",
        ),
    ),
)
