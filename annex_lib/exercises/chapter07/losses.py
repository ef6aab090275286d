"""7.4 and 7.5: the gradient of cross-entropy for labels, and its logarithm without overflow."""

import numpy as np

from annex_lib.exercises.bank import Code, Slip
from annex_lib.softmax import log_sum_exp, softmax


def logits_backward(Z, y):
    """Solve 7.4."""
    dZ = softmax(Z)
    dZ[np.arange(len(Z)), y] -= 1
    return dZ / len(Z)


def _labelled(rng, B, K):
    return rng.standard_normal((B, K)), rng.integers(K, size=B)


def _one_hot(Z, y):
    return np.eye(Z.shape[1])[y]


def _whole_columns(Z, y):
    dZ = softmax(Z)
    dZ[:, y] -= 1
    return dZ / len(Z)


LABELS = Code(
    number="7.4",
    title="Cross-entropy backward, from labels",
    section="7.6",
    signature="logits_backward(Z, y)",
    solution=logits_backward,
    draw=_labelled,
    sizes={"B": (2, 5), "K": (2, 5)},
    hints=(
        "(7.26): what the network says minus what is right, and 1/B once.",
        "Begin with the shares of each row, P = softmax(Z).",
        "Row t of Y has a single 1, in column y[t]. np.arange(len(Z)) and y together pick one "
        "entry of each row of P.",
    ),
    slips=(
        Slip(
            "7.6",
            "The factor 1/B is missing; the loss is a mean over the batch",
            lambda Z, y: softmax(Z) - _one_hot(Z, y),
        ),
        Slip(
            "7.6",
            "This divides by all the entries, where the mean is over the samples",
            lambda Z, y: (softmax(Z) - _one_hot(Z, y)) / Z.size,
        ),
        Slip(
            "7.6",
            "This is what is right minus what the network says, the wrong way round",
            lambda Z, y: (_one_hot(Z, y) - softmax(Z)) / len(Z),
        ),
        Slip(
            "7.6",
            "The logits themselves stand where their shares belong",
            lambda Z, y: (Z - _one_hot(Z, y)) / len(Z),
        ),
        Slip(
            "7.4",
            "The shares add up to 1 along the batch here; they should do so in each row",
            lambda Z, y: (softmax(Z, 0) - _one_hot(Z, y)) / len(Z),
        ),
        Slip(
            "7.6",
            "The 1 is subtracted in whole columns; P[:, y] picks a column for every label",
            _whole_columns,
        ),
        Slip(
            "7.6",
            "Nothing is subtracted for the right class",
            lambda Z, y: softmax(Z) / len(Z),
        ),
        Slip(
            "7.6",
            "1/B is applied to the shares alone, and the 1 of the right class stays whole",
            lambda Z, y: softmax(Z) / len(Z) - _one_hot(Z, y),
        ),
        Slip(
            "7.6",
            "The gradient stands in the column of the right class alone; the others have one too",
            lambda Z, y: (softmax(Z) - 1) * _one_hot(Z, y) / len(Z),
        ),
    ),
)


def log_sums(Z):
    """Solve 7.5."""
    mu = Z.max(axis=1)
    return mu + np.log(np.exp(Z - mu[:, None]).sum(axis=1))


def _far(rng, B, K):
    """Draw rows that lie around −5000, 0 or 5000, each far from the others."""
    rows = 5000.0 * rng.permutation(np.arange(B) % 3 - 1)
    return (rows[:, None] + rng.standard_normal((B, K)),)


STABLE = Code(
    number="7.5",
    title="Log-sum-exp that does not overflow",
    section="7.7",
    signature="log_sums(Z)",
    solution=log_sums,
    draw=_far,
    sizes={"B": (2, 5), "K": (2, 5)},
    hints=(
        "Take out of each row what would overflow, as in (7.30), and put it back at the end.",
        "Begin with mu = Z.max(axis=1), one number for each row.",
        "Give mu an axis, mu[:, None], to subtract it from the rows. Exponentiate, add up along "
        "axis 1, take the logarithm, and add mu.",
    ),
    slips=(
        Slip(
            "7.7",
            "The largest logit was taken out and is not put back",
            lambda Z: log_sums(Z) - Z.max(axis=1),
        ),
        Slip(
            "7.7",
            "The exponentials are averaged, where they should be added up",
            lambda Z: log_sums(Z) - np.log(Z.shape[1]),
        ),
        Slip(
            "7.7",
            "This is the largest logit of each row, to which log-sum-exp comes near",
            lambda Z: Z.max(axis=1),
        ),
        Slip(
            "7.7",
            "The rows are summed up; each sample should have a number of its own",
            lambda Z: log_sum_exp(Z).sum(),
        ),
        Slip(
            "7.7",
            "The largest logit is subtracted at the end, where it should be added",
            lambda Z: log_sums(Z) - 2 * Z.max(axis=1),
        ),
        Slip(
            "7.7",
            "The exponentials are taken of numbers below 0, but then multiplied by the largest "
            "logit",
            lambda Z: Z.max(axis=1) * (log_sums(Z) - Z.max(axis=1)),
        ),
        Slip(
            "7.7",
            "An axis of size one is left over; each sample should give a plain number",
            lambda Z: log_sums(Z)[:, None],
        ),
    ),
)
