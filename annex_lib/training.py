"""What training needs beside gradients: where to start, which samples, how to step (chapter 8)."""

import math

import numpy as np

from annex_lib.shapes import ShapeError

__all__ = ["batches", "he_normal", "momentum_step"]


def he_normal(rng, *shape):
    """Draw weights with mean 0 and standard deviation sqrt(2 / n), n being the inputs of an output.

    Parameters
    ----------
    rng : numpy.random.Generator
    *shape : int
        Outputs first, as in (m, n) or (F, C, p, q); n is the product of all the others.

    Returns
    -------
    ndarray of float64, of that shape

    Notes
    -----
    Section 8.5. PyTorch: ``torch.nn.init.kaiming_normal_(W, nonlinearity="relu")``. Source: He,
    Zhang, Ren and Sun, "Delving deep into rectifiers", ICCV 2015.

    Examples
    --------
    >>> he_normal(np.random.default_rng(0), 5, 1, 3, 3).shape
    (5, 1, 3, 3)
    """
    if len(shape) < 2 or 0 in shape[1:]:
        raise ShapeError(f"he_normal: weights have outputs and inputs, but the shape is {shape}")
    return rng.standard_normal(shape) * math.sqrt(2 / math.prod(shape[1:]))


def batches(rng, N, size):
    """Yield the samples of each mini-batch of one shuffled pass through the data.

    Parameters
    ----------
    rng : numpy.random.Generator
    N : int
        Number of samples.
    size : int, at least 1
        Samples in a batch; the last batch has what is left.

    Yields
    ------
    ndarray of int, shape (size,) or less

    Examples
    --------
    >>> [t.tolist() for t in batches(np.random.default_rng(0), 5, 2)]
    [[2, 4], [3, 0], [1]]
    """
    if size < 1:
        raise ShapeError(f"batches: size is {size}, but should be at least 1")
    order = rng.permutation(N)
    for start in range(0, N, size):
        yield order[start : start + size]


def momentum_step(params, velocities, gradients, *, eta, mu=0.9):
    """Return the parameters and velocities after one step of descent with momentum.

    Each velocity becomes mu v + g, each parameter p - eta times the new velocity.

    Parameters
    ----------
    params, velocities, gradients : sequences of ndarray
        One of each for every parameter, of the same shape; velocities start at zero.
    eta : float
        Learning rate.
    mu : float, from 0 up to 1
        What is kept of the velocity; 0 is plain gradient descent.

    Returns
    -------
    params, velocities : list of ndarray
        New arrays; those given stay as they were.

    Raises
    ------
    ShapeError
        If a gradient or a velocity has not the shape of its parameter, or one is missing.

    Notes
    -----
    (8.7). PyTorch: ``torch.optim.SGD(params, lr=eta, momentum=mu)``.

    Examples
    --------
    >>> momentum_step([np.array([10.])], [np.array([2.])], [np.array([1.])], eta=0.5, mu=0.5)
    ([array([9.])], [array([2.])])
    """
    counts = len(params), len(velocities), len(gradients)
    if len(set(counts)) > 1:
        words = "{} parameters, {} velocities, {} gradients".format(*counts)
        raise ShapeError(f"momentum_step: {words}")
    for k, arrays in enumerate(zip(params, velocities, gradients, strict=True)):
        shapes = [np.shape(a) for a in arrays]
        if len(set(shapes)) > 1:
            raise ShapeError(
                f"momentum_step: parameter {k} has the shape {shapes[0]}, "
                f"its velocity {shapes[1]}, its gradient {shapes[2]}"
            )
    velocities = [mu * v + g for v, g in zip(velocities, gradients, strict=True)]
    return [p - eta * v for p, v in zip(params, velocities, strict=True)], velocities
