"""The museum's right passes are right, its wrong ones wrong, and its checks see what they say."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from annex_lib.derivatives import check_adjoint, jacobian
from annex_lib.museum import CHECKS, SLIPS, error_matrix, exhibit, gap, remainders
from annex_lib.shapes import ShapeError

EVERY = [(slip, square) for slip in SLIPS for square in (True, False)]
W = np.array([[2.0, -1, 0], [1, 1, 3], [0, 4, -2]])
X = np.array([[1.0, 0], [0, 1], [2, 1]])
IN_JAX = {  # the layers once more, for equal sizes
    "transpose": lambda x: jnp.dot(W, x),
    "forgotten flip": lambda x: jnp.stack([3 * x[i] + x[i + 1] + x[i + 2] for i in range(3)]),
    "mean for sum": lambda b: jnp.array([[1.0, 0, 2], [0, 1, 1]]) + b,
    "off by one": lambda x: jnp.stack([x[i] + 2 * x[i + 1] for i in range(4)]),
    "swapped axes": lambda b: X[:2] + b,
    "broadcast for sum": jax.nn.softmax,
}


@pytest.mark.parametrize(("slip", "square"), EVERY)
def test_the_right_pass_is_right_and_the_wrong_one_is_not(slip, square, rng):
    e = exhibit(slip, square=square)
    assert check_adjoint(e.layer, lambda g, x: [e.right(g, x)], e.x, rng=rng)
    with pytest.raises((AssertionError, ValueError)):
        check_adjoint(e.layer, lambda g, x: [e.wrong(g, x)], e.x, rng=rng)


@pytest.mark.parametrize("slip", SLIPS)
def test_right_passes_agree_with_jax(slip, rng):
    e = exhibit(slip)
    with jax.enable_x64(True):
        y, back = jax.vjp(IN_JAX[slip], jnp.asarray(e.x))
        g = rng.standard_normal(y.shape)
        assert np.allclose(y, e.layer(e.x), rtol=0, atol=1e-12)
        assert np.allclose(back(jnp.asarray(g))[0], e.right(g, e.x), rtol=0, atol=1e-12)


@pytest.mark.parametrize("slip", SLIPS)
def test_the_error_is_m_minus_j_transposed(slip, rng):
    e, E = exhibit(slip), error_matrix(exhibit(slip))
    J = jacobian(e.layer, e.x).reshape(-1, e.x.size)
    g = rng.standard_normal(e.layer(e.x).shape)
    assert E.shape == J.T.shape
    assert np.allclose(E @ g.ravel(), e.wrong(g, e.x).ravel() - J.T @ g.ravel())


def test_sizes_that_differ_stop_two_slips(rng):
    stopped = {s for s in SLIPS if np.isinf(gap("shapes only", exhibit(s, square=False), rng))}
    assert stopped == {"transpose", "swapped axes"}


@pytest.mark.parametrize("slip", SLIPS)
def test_each_check_sees_its_side_of_the_error(slip):
    e, E = exhibit(slip), error_matrix(exhibit(slip))
    sums = E.sum(axis=1)
    for seed in range(20):
        found = {c: gap(c, e, np.random.default_rng(seed)) > 0 for c in CHECKS}
        assert not found["shapes only"]
        assert found["mean"] == (abs(sums.sum()) > 1e-9)
        assert found["all-ones upstream"] == (np.abs(sums).max() > 1e-9)
        assert found["random upstream"] and found["adjoint"]
        rng = np.random.default_rng(seed)
        rng.standard_normal(e.layer(e.x).shape)
        assert found["one entry"] == E[rng.integers(len(E))].any()


@pytest.mark.parametrize("slip", SLIPS)
def test_every_check_lets_the_right_pass_through(slip):
    e = exhibit(slip)
    e = e._replace(wrong=e.right)
    assert all(gap(c, e, np.random.default_rng(k)) == 0 for c in CHECKS for k in range(10))


@pytest.mark.parametrize("slip", SLIPS)
def test_remainders_have_the_slopes_two_and_one(slip):
    h = [2.0**-11, 2.0**-12]
    for right, slope in ((True, 2), (False, 1)):
        far, near = remainders(exhibit(slip), h, np.random.default_rng(4), right=right)
        assert np.isclose(np.log2(far / near), slope, atol=0.05)


def test_unknown_names_are_refused(rng):
    with pytest.raises(ShapeError, match="exhibit: slip is 'typo', but should be one of transpose"):
        exhibit("typo")
    with pytest.raises(ShapeError, match="gap: check is 'luck', but should be one of shapes only"):
        gap("luck", exhibit("transpose"), rng)
