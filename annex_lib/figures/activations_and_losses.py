"""Pictures of the chapter on activations and losses."""

from annex_lib.figures.activations import activation_curves, diagonal_backward, tie_gradients
from annex_lib.figures.losses import cross_entropy_gradient, loss_curves, overflow
from annex_lib.figures.pooling import avg_pooling, max_pooling, pooling_windows
from annex_lib.figures.softmax import softmax_bars, softmax_jacobian

__all__ = [
    "activation_curves",
    "avg_pooling",
    "cross_entropy_gradient",
    "diagonal_backward",
    "loss_curves",
    "max_pooling",
    "overflow",
    "pooling_windows",
    "softmax_bars",
    "softmax_jacobian",
    "tie_gradients",
]
