"""Reverse mode on a tape: write down each operation, then read the list backwards (chapter 8).

A network is written once, as ``f(do, *arrays)``, with ``do(conv2d, x, W, b)`` for each operation.
With `plain` for `do` it computes; with a tape's `do` it also records every call. The gradients come
from the library's own backward passes, so they are those of the formulas, to the last bit.
"""

from typing import NamedTuple

import numpy as np

from annex_lib import activations, convolution, linear, losses, pooling
from annex_lib.shapes import ShapeError

__all__ = ["RULES", "Tape", "Variable", "plain", "value_and_gradients"]

# From g and what the operation was given: a gradient, or one for each of the first arguments.
RULES = {
    np.add: lambda g, x, y: (_like(x, g), _like(y, g)),
    np.multiply: lambda g, x, y: (_like(x, g * y), _like(y, g * x)),
    np.reshape: lambda g, x, shape: np.reshape(g, np.shape(x)),
    linear.linear: lambda g, x, W, b: linear.linear_vjp(g, x, W),
    convolution.conv2d: lambda g, x, W, b=None, **s: convolution.conv2d_vjp(g, x, W, **s),
    pooling.max_pool2d: pooling.max_pool2d_vjp,
    pooling.avg_pool2d: pooling.avg_pool2d_vjp,
    activations.relu: activations.relu_vjp,
    activations.sigmoid: activations.sigmoid_vjp,
    activations.tanh: activations.tanh_vjp,
    activations.gelu: activations.gelu_vjp,
    losses.softmax_cross_entropy: losses.softmax_cross_entropy_vjp,
    losses.mean_squared_error: losses.mean_squared_error_vjp,
}


class Variable:
    """An array on a tape; two of them with equal numbers are still two."""

    def __init__(self, value):
        self.value = value


class Record(NamedTuple):
    """One operation that was done: what came out, what went in, by which settings."""

    operation: object
    output: Variable
    inputs: tuple
    settings: dict


class Tape:
    """The list of the operations done so far, each after those it needed."""

    def __init__(self):
        self.records = []

    def do(self, operation, *inputs, **settings):
        """Return a Variable with the operation's result, and write down where it came from."""
        name = getattr(operation, "__name__", operation)
        if operation not in RULES:
            raise ShapeError(f"tape: {name} has no backward rule; add one to network.RULES")
        if any(isinstance(s, Variable) for s in settings.values()):
            raise ShapeError(f"tape: {name} takes its variables in order, not by name")
        output = Variable(operation(*map(_value, inputs), **settings))
        self.records.append(Record(operation, output, inputs, settings))
        return output

    def gradients(self, loss, variables):
        """Return the gradient of a loss, a single number, by each of the variables.

        The last record comes first. Each takes the gradient of its output, which is complete by
        then, back to its inputs; what arrives at one variable from several records is added.
        """
        if not isinstance(loss, Variable):
            raise ShapeError("tape: the loss is not on the tape: no operation was done with it")
        if shape := np.shape(loss.value):
            raise ShapeError(f"tape: the loss has the shape {shape}, but should be a single number")
        found = {loss: np.ones(())}
        for operation, output, inputs, settings in reversed(self.records):
            if output not in found:
                continue  # the loss does not depend on it
            back = RULES[operation](found[output], *map(_value, inputs), **settings)
            back = back if isinstance(back, tuple) else (back,)
            if any(isinstance(x, Variable) for x in inputs[len(back) :]):
                raise ShapeError(f"tape: {operation.__name__} has no rule for argument {len(back)}")
            for x, dx in zip(inputs, back, strict=False):
                if isinstance(x, Variable):
                    found[x] = found[x] + dx if x in found else dx
        return [found.get(v, np.zeros(np.shape(v.value))) for v in variables]


def plain(operation, *inputs, **settings):
    """Do an operation and write nothing down."""
    return operation(*inputs, **settings)


def value_and_gradients(f, *xs):
    """Return f and its gradient by each x, for an f that ends in a single number.

    Examples
    --------
    >>> value_and_gradients(lambda do, x, y: do(np.add, do(np.multiply, x, y), x), 2.0, 3.0)
    (np.float64(8.0), [np.float64(4.0), np.float64(2.0)])
    """
    tape = Tape()
    variables = [Variable(x) for x in xs]
    loss = f(tape.do, *variables)
    gradients = tape.gradients(loss, variables)
    return loss.value, gradients


def _value(x):
    return x.value if isinstance(x, Variable) else x


def _like(x, g):
    """Sum a gradient over the axes along which x was copied, as the bias of a batch is."""
    extra = np.ndim(g) - np.ndim(x)
    copied = [k for k, size in enumerate(np.shape(x), extra) if size != g.shape[k]]
    return np.sum(g, axis=(*range(extra), *copied)).reshape(np.shape(x))
