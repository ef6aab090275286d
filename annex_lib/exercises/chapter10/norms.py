"""10.1 to 10.4: layer norm forward and backward, its Jacobian, and batch norm folded away."""

import numpy as np

from annex_lib.exercises.bank import Code, Formula, Slip
from annex_lib.normalisation import layer_norm

SIZES = {"B": (2, 5), "n": (3, 6)}  # a batch of B samples with n entries


def _parts(X, eps, axis=1, ddof=0):
    """Return h and sigma."""
    a = X - X.mean(axis, keepdims=True)
    sigma = np.sqrt((a**2).sum(axis, keepdims=True) / (X.shape[axis] - ddof) + eps)
    return a / sigma, sigma


def forward(X, gamma, beta, eps):
    """Solve 10.1."""
    return gamma * _parts(X, eps)[0] + beta


def _draw_forward(rng, B, n):
    X, gamma, beta = rng.standard_normal((B, n)), rng.standard_normal(n), rng.standard_normal(n)
    return 2 * X + 1, gamma, beta, 0.5


FORWARD = Code(
    number="10.1",
    title="Layer norm",
    section="10.4",
    signature="my_layer_norm(X, gamma, beta, eps)",
    solution=forward,
    draw=_draw_forward,
    sizes=SIZES,
    ones=("B",),
    hints=(
        "Each row is normalised by itself. Ask NumPy for means along a row, and keep the axis, so "
        "that the result can be taken off the rows again.",
        "Begin with a = X - X.mean(axis=1, keepdims=True).",
        "Then sigma is the root of the mean of a**2 along the row plus eps; what is left is to "
        "divide, to scale and to shift.",
    ),
    slips=(
        Slip(
            "10.5",
            "The columns are normalised, which is batch norm; here each row counts by itself",
            lambda X, gamma, beta, eps: gamma * _parts(X, eps, 0)[0] + beta,
        ),
        Slip(
            "10.1",
            "The variance divides by n - 1, where the layer divides by n",
            lambda X, gamma, beta, eps: gamma * _parts(X, eps, ddof=1)[0] + beta,
        ),
        Slip(
            "10.1",
            "Here eps is added to the root, but it belongs under it",
            lambda X, gamma, beta, eps: (
                gamma * (X - X.mean(1, keepdims=True)) / (_parts(X, 0)[1] + eps) + beta
            ),
        ),
        Slip(
            "10.1",
            "Here eps is squared, as if it were part of the spread and not of the variance",
            lambda X, gamma, beta, eps: gamma * _parts(X, eps**2)[0] + beta,
        ),
        Slip(
            "10.1",
            "The division is by the variance, where it should be by its root",
            lambda X, gamma, beta, eps: gamma * _parts(X, eps)[0] / _parts(X, eps)[1] + beta,
        ),
        Slip(
            "10.1",
            "The mean is not taken off before the division",
            lambda X, gamma, beta, eps: gamma * X / _parts(X, eps)[1] + beta,
        ),
        Slip(
            "10.1",
            "The spread is that of X around zero, not around its mean",
            lambda X, gamma, beta, eps: (
                gamma
                * (X - X.mean(1, keepdims=True))
                / np.sqrt((X**2).mean(1, keepdims=True) + eps)
                + beta
            ),
        ),
        Slip(
            "10.1",
            "There is no eps in it",
            lambda X, gamma, beta, eps: gamma * _parts(X, 0)[0] + beta,
        ),
        Slip(
            "10.4",
            "The shift is scaled too; beta comes after gamma",
            lambda X, gamma, beta, eps: gamma * (_parts(X, eps)[0] + beta),
        ),
        Slip(
            "10.4",
            "The shift by beta is missing",
            lambda X, gamma, beta, eps: gamma * _parts(X, eps)[0],
        ),
        Slip(
            "10.4",
            "The scale gamma is missing",
            lambda X, gamma, beta, eps: _parts(X, eps)[0] + beta,
        ),
    ),
)

ONE_SAMPLE = r"""Let $x \in \mathbb{R}^n$ and $\varepsilon \in \mathbb{R}$ with $\varepsilon > 0$.

$$
\mu := \frac{1}{n} \sum_j x_j
$$

$$
a_i := x_i - \mu
$$

$$
\sigma := \sqrt{\frac{1}{n} \sum_j a_j^2 + \varepsilon}
$$

$$
h_i := \frac{a_i}{\sigma}
$$
"""

JACOBIAN = Formula(
    number="10.2",
    title="How the spread moves",
    section="10.2",
    given=ONE_SAMPLE,
    left=r"\frac{\partial \sigma}{\partial x_j}",
    solution=r"\frac{h_j}{n}",
    without=(r"\partial", "x", "a", r"\mu", r"\varepsilon", r"\sum"),
    hints=(
        "The spread is the root of a mean of squares. Differentiate the root first, then the "
        "squares, and see what becomes of the mean inside them.",
        r"It begins \frac{1}{2 \sigma} \cdot \frac{2}{n} \sum_i a_i ..., by the chain rule.",
        "The centred entries sum to zero, so that one term is left, the centred entry j over n "
        "and over the spread. Write that with h.",
    ),
    slips=(
        Slip("10.2", "The factor 1/n of the mean square is missing", r"h_j"),
        Slip("10.2", "The factor 2 of the square is cancelled by the root's", r"\frac{2 h_j}{n}"),
        Slip(
            "10.2",
            "The root's derivative is missing; this is that of the variance, halved",
            r"\frac{\sigma h_j}{n}",
        ),
        Slip(
            "10.2",
            "The root's derivative is missing; this is that of the variance",
            r"\frac{2 \sigma h_j}{n}",
        ),
        Slip(
            "10.2",
            "This divides by the spread once more; h has it already",
            r"\frac{h_j}{n \sigma}",
        ),
        Slip(
            "10.2",
            "The spread does not fall when a large entry grows; the sign is wrong",
            r"-\frac{h_j}{n}",
        ),
    ),
)


def backward(G, X, gamma, eps):
    """Solve 10.3."""
    h, sigma = _parts(X, eps)
    u = gamma * G
    return _take_off(u, h, sigma), (G * h).sum(0), G.sum(0)


def _take_off(u, h, sigma, mean=1, along=1, axis=1):
    """Return the gradient by x, with the mean and the part along h as far as they are taken off."""
    average, product = u.mean(axis, keepdims=True), (h * u).mean(axis, keepdims=True)
    return (u - mean * average - along * h * product) / sigma


def _wrong(G, X, gamma, eps, dX=None, dgamma=None, dbeta=None, scaled=True, **options):
    """Return the three gradients, one of them wrong."""
    h, sigma = _parts(X, eps)
    u = gamma * G if scaled else G
    right = _take_off(u, h, sigma, **options) if dX is None else dX(u, h, sigma)
    return (
        right,
        (G * h).sum(0) if dgamma is None else dgamma(G, h),
        G.sum(0) if dbeta is None else dbeta(G, h),
    )


def _slip(section, words, **wrong):
    return Slip(section, words, lambda *args: _wrong(*args, **wrong))


BACKWARD = Code(
    number="10.3",
    title="The way back through layer norm",
    section="10.4",
    signature="my_layer_norm_backward(G, X, gamma, eps)",
    returns=("dX", "dgamma", "dbeta"),
    solution=backward,
    draw=lambda rng, B, n: (
        rng.standard_normal((B, n)),
        2 * rng.standard_normal((B, n)) + 1,
        rng.standard_normal(n),
        0.5,
    ),
    sizes=SIZES,
    ones=("B",),
    adjoint=lambda G, X, gamma, eps: (
        lambda X, gamma, beta: layer_norm(X, gamma, beta, eps=eps),
        (X, gamma, np.zeros(len(gamma))),
    ),
    hints=(
        "Compute h and sigma as on the way forward. Then go back step by step: through the scale, "
        "then through the normalisation, where two averages are taken off.",
        "Begin with u = gamma * G; all of dX is made of u, h and sigma.",
        "From u take off its mean along the row, then h times the mean of h * u along the row, "
        "and divide by sigma. For dgamma and dbeta the samples are added up.",
    ),
    slips=(
        _slip("10.4", "In dX mean and spread are taken for constants", mean=0, along=0),
        _slip("10.4", "In dX the mean of u is not taken off", mean=0),
        _slip("10.4", "In dX the part along h is not taken off", along=0),
        _slip("10.4", "In dX the part along h is added, where it should be taken off", along=-1),
        _slip("10.4", "In dX the scale gamma is left out", scaled=False),
        _slip("10.5", "In dX the averages go down the batch, as in batch norm", axis=0),
        _slip(
            "10.4",
            "In dX the division by sigma is missing",
            dX=lambda u, h, sigma: sigma * _take_off(u, h, sigma),
        ),
        _slip(
            "10.4",
            "In dX sums are taken off, where it should be means",
            dX=lambda u, h, sigma: (
                (u - u.sum(1, keepdims=True) - h * (h * u).sum(1, keepdims=True)) / sigma
            ),
        ),
        _slip(
            "10.4",
            "In dX the product h u is averaged but not multiplied by h again",
            dX=lambda u, h, sigma: (
                (u - u.mean(1, keepdims=True) - (h * u).mean(1, keepdims=True)) / sigma
            ),
        ),
        _slip(
            "10.4",
            "dgamma is not added up over the samples, which share the scale",
            dgamma=lambda G, h: G * h,
        ),
        _slip("10.4", "dgamma does not depend on h", dgamma=lambda G, h: G.sum(0)),
        _slip(
            "10.4",
            "dgamma and dbeta are means; the factor 1/B is already in G",
            dgamma=lambda G, h: (G * h).mean(0),
            dbeta=lambda G, h: G.mean(0),
        ),
        _slip(
            "10.4",
            "dbeta is summed along the rows, where it should be over the samples",
            dbeta=lambda G, h: G.sum(1),
        ),
    ),
)


def fold(W, b, gamma, beta, mean, variance, eps):
    """Solve 10.4."""
    factor = gamma / np.sqrt(variance + eps)
    return factor[:, None] * W, factor * (b - mean) + beta


def _draw_fold(rng, n, d):
    W, b, gamma, beta, mean = (rng.standard_normal(s) for s in ((n, d), n, n, n, n))
    return W, b, gamma, beta, mean, rng.uniform(0.5, 3, n), 0.5


FOLD = Code(
    number="10.4",
    title="Batch norm that costs nothing",
    section="10.6",
    signature="fold(W, b, gamma, beta, mean, variance, eps)",
    returns=("W_new", "b_new"),
    solution=fold,
    draw=_draw_fold,
    sizes={"n": (3, 6), "d": (2, 5)},
    hints=(
        "Write down what one output i is after both layers, and sort it: what multiplies an "
        "input, and what does not.",
        "Begin with factor = gamma / np.sqrt(variance + eps), one number for each output.",
        "Row i of the weights gets factor i. The bias moves with the mean first, is multiplied "
        "by the factor, and then gets beta.",
    ),
    slips=(
        Slip(
            "10.6",
            "There is no eps in it; the variance plus eps stands under the root",
            lambda W, b, gamma, beta, mean, variance, eps: fold(
                W, b, gamma, beta, mean, variance, 0
            ),
        ),
        Slip(
            "10.6",
            "The division is by the variance, where it should be by its root",
            lambda W, b, gamma, beta, mean, variance, eps: fold(
                W, b, gamma, beta, mean, (variance + eps) ** 2, 0
            ),
        ),
        Slip(
            "10.6",
            "In W_new the columns are scaled; the factor belongs to the output, so to the row",
            lambda W, b, gamma, beta, mean, variance, eps: (
                W * (gamma / np.sqrt(variance + eps)),
                fold(W, b, gamma, beta, mean, variance, eps)[1],
            ),
        ),
        Slip(
            "10.6",
            "In b_new the old bias is not scaled; it goes through batch norm as well",
            lambda W, b, gamma, beta, mean, variance, eps: (
                fold(W, b, gamma, beta, mean, variance, eps)[0],
                b - gamma / np.sqrt(variance + eps) * mean + beta,
            ),
        ),
        Slip(
            "10.6",
            "In b_new the mean is not taken off",
            lambda W, b, gamma, beta, mean, variance, eps: fold(
                W, b, gamma, beta, 0 * mean, variance, eps
            ),
        ),
        Slip(
            "10.6",
            "In b_new the mean is not scaled with the rest",
            lambda W, b, gamma, beta, mean, variance, eps: (
                fold(W, b, gamma, beta, mean, variance, eps)[0],
                gamma / np.sqrt(variance + eps) * b - mean + beta,
            ),
        ),
        Slip(
            "10.6",
            "In b_new beta is scaled too; it comes after the scale",
            lambda W, b, gamma, beta, mean, variance, eps: (
                fold(W, b, gamma, beta, mean, variance, eps)[0],
                gamma / np.sqrt(variance + eps) * (b - mean + beta),
            ),
        ),
        Slip(
            "10.6",
            "In b_new beta is missing",
            lambda W, b, gamma, beta, mean, variance, eps: fold(
                W, b, gamma, 0 * beta, mean, variance, eps
            ),
        ),
    ),
)
