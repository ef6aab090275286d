import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import disguises, jax_vjp, same

from annex_lib.attention import (
    attention_weights,
    causal_mask,
    scaled_dot_product_attention,
    scaled_dot_product_attention_vjp,
)
from annex_lib.derivatives import check_adjoint, vjp
from annex_lib.shapes import ShapeError

# Leading axes, then T queries, S keys, d features, e features of the values.
SIZES = [
    ((), 4, 5, 3, 2),
    ((), 3, 3, 3, 3),
    ((2,), 1, 4, 2, 5),
    ((2, 3), 4, 2, 5, 1),
    ((), 2, 1, 1, 3),
    ((3,), 2, 4, 1, 2),
]


def draw(rng, lead, T, S, d, e, dtype=float):
    """Return Q, K, V and g, all random."""
    shapes = (*lead, T, d), (*lead, S, d), (*lead, S, e), (*lead, T, e)
    if np.dtype(dtype).kind == "c":
        return [(rng.standard_normal((*s, 2)) @ [1, 1j]).astype(dtype) for s in shapes]
    return [rng.standard_normal(s).astype(dtype) for s in shapes]


def loops(Q, K, V, mask=None, scale=None):
    """Answer each query by itself: exp(score) for each key that it may see, then the average."""
    *lead, T, d = Q.shape
    S, e = V.shape[-2:]
    factor = d**-0.5 if scale is None else scale
    mask = np.broadcast_to(True if mask is None else mask, (*lead, T, S))
    O = np.zeros((*lead, T, e), np.result_type(Q, K, V))
    for *where, t in np.ndindex(*lead, T):
        where, weights = tuple(where), []
        for s in range(S):
            m = mask[(*where, t, s)]
            hidden = not m if mask.dtype == bool else m == -np.inf
            score = factor * sum(Q[(*where, t, c)] * K[(*where, s, c)] for c in range(d))
            score = score if mask.dtype == bool or hidden else score + m
            weights.append(0 if hidden else np.exp(score))
        for s in range(S):
            if any(weights):
                O[(*where, t)] += weights[s] / sum(weights) * V[(*where, s)]
    return O


def masks(rng, lead, T, S):
    """Yield masks of each kind: none, booleans and numbers, shared by the heads or not."""
    seen = rng.random((*lead, T, S)) < 0.6
    seen[..., 0, :] = False  # a query that may look at nothing
    added = np.where(seen, rng.standard_normal(seen.shape), -np.inf)
    yield None
    yield seen
    yield added
    yield seen[(0,) * len(lead)]
    yield rng.standard_normal(S)
    yield causal_mask(T, S)


@pytest.mark.parametrize("scale", [None, 0.3])
@pytest.mark.parametrize("sizes", SIZES)
def test_forward_and_backward_agree_with_the_loops(sizes, scale, rng):
    Q, K, V, g = draw(rng, *sizes)
    for mask in masks(rng, *sizes[:3]):
        same(scaled_dot_product_attention(Q, K, V, mask, scale=scale), loops(Q, K, V, mask, scale))
        expected = vjp(lambda *xs, mask=mask: loops(*xs, mask, scale), (Q, K, V), g)
        actual = scaled_dot_product_attention_vjp(g, Q, K, V, mask, scale=scale)
        for a, b in zip(actual, expected, strict=True):
            same(a, b, 1e-10)


@pytest.mark.parametrize("sizes", SIZES)
def test_the_backward_pass_is_the_adjoint(sizes, rng):
    *arrays, _ = draw(rng, *sizes)
    for mask in masks(rng, *sizes[:3]):
        assert check_adjoint(
            lambda *xs, mask=mask: scaled_dot_product_attention(*xs, mask),
            lambda g, *xs, mask=mask: scaled_dot_product_attention_vjp(g, *xs, mask),
            *arrays,
            rng=rng,
        )


def test_the_weights_of_a_query_sum_to_1_and_average_the_values(rng):
    Q, K, V, _ = draw(rng, (2,), 4, 5, 3, 2)
    seen = rng.random((4, 5)) < 0.5
    seen[1] = False
    P = attention_weights(Q, K, seen)
    assert (P[:, ~seen] == 0).all() and (P[:, seen] > 0).all()
    same(P.sum(-1), np.broadcast_to(seen.any(-1), (2, 4)).astype(float))
    same(P @ V, scaled_dot_product_attention(Q, K, V, seen))


def test_who_may_look_at_nothing_gets_zero_and_moves_nothing(rng):
    Q, K, V, g = draw(rng, (), 3, 4, 2, 5)
    for mask in (
        np.arange(3)[:, None] != [1] * 4,
        np.where(np.arange(3) == 1, -np.inf, 0)[:, None],
    ):
        same(scaled_dot_product_attention(Q, K, V, mask)[1], np.zeros(5), 0)
        dQ, dK, dV = scaled_dot_product_attention_vjp(g, Q, K, V, mask)
        same(dQ[1], np.zeros(2), 0)
        without = scaled_dot_product_attention_vjp(g[[0, 2]], Q[[0, 2]], K, V)
        for a, b in zip((dQ[[0, 2]], dK, dV), without, strict=True):
            same(a, b)


def test_a_key_that_nobody_sees_has_no_part_whatever_its_score(rng):
    Q, K, V, g = draw(rng, (), 3, 4, 2, 5)
    seen = np.array([True, True, False, True])
    K[2] = 1e200
    for mask in (seen, np.where(seen, 0, -np.inf)):
        same(
            scaled_dot_product_attention(Q, K, V, mask),
            scaled_dot_product_attention(Q, K[seen], V[seen]),
        )
        _, dK, dV = scaled_dot_product_attention_vjp(g, Q, K, V, mask)
        same(dK[2], np.zeros(2), 0)
        same(dV[2], np.zeros(5), 0)


def test_large_scores_do_not_overflow(rng):
    Q, K, V, _ = draw(rng, (), 2, 3, 4, 5)
    O = scaled_dot_product_attention(1e4 * Q, 1e4 * K, V)
    same(O, V[np.argmax(Q @ K.T, 1)])


@pytest.mark.parametrize("lead", [(), (2,)])
def test_no_keys_leave_nothing_to_look_at(lead, rng):
    Q, K, V, g = draw(rng, lead, 3, 0, 2, 4)
    for mask in (None, np.ones((3, 0), bool)):
        same(scaled_dot_product_attention(Q, K, V, mask), np.zeros((*lead, 3, 4)))
        gradients = scaled_dot_product_attention_vjp(g, Q, K, V, mask)
        for d, x in zip(gradients, (Q, K, V), strict=True):
            same(d, np.zeros_like(x))


def test_no_features_make_all_keys_equal(rng):
    Q, K, V, _ = draw(rng, (), 3, 5, 0, 4)
    same(scaled_dot_product_attention(Q, K, V), np.tile(V.mean(0), (3, 1)))


@pytest.mark.parametrize("dtype", ["float32", "complex64", "complex128"])
def test_the_dtype_stays(dtype, rng):
    Q, K, V, g = draw(rng, (2,), 4, 5, 3, 2, dtype)
    for mask in (None, causal_mask(4, 5)):
        results = [scaled_dot_product_attention(Q, K, V, mask), attention_weights(Q, K, mask)]
        results += scaled_dot_product_attention_vjp(g, Q, K, V, mask)
        assert {a.dtype for a in results} == {np.dtype(dtype)}


def test_other_memory_and_read_only_inputs_give_the_same(rng):
    arrays = draw(rng, (2,), 4, 5, 3, 2)
    before, mask = [a.copy() for a in arrays], causal_mask(4, 5)
    Q, K, V, g = arrays
    expected = scaled_dot_product_attention(Q, K, V, mask)
    gradients = scaled_dot_product_attention_vjp(g, Q, K, V, mask)
    for Q, K, V, g in zip(*map(disguises, arrays), strict=True):
        same(scaled_dot_product_attention(Q, K, V, mask), expected)
        actual = scaled_dot_product_attention_vjp(g, Q, K, V, mask)
        for a, b in zip(actual, gradients, strict=True):
            same(a, b)
    for a, old in zip(arrays, before, strict=True):
        same(a, old, 0)


@pytest.mark.parametrize(
    ("T", "S", "offset"), [(4, 4, 0), (3, 5, 0), (5, 3, 0), (3, 5, 2), (4, 2, -1), (0, 2, 0)]
)
def test_the_causal_mask_shows_the_past(T, S, offset):
    mask = causal_mask(T, S, offset=offset)
    assert mask.shape == (T, S) and mask.dtype == bool
    for t, s in np.ndindex(T, S):
        assert mask[t, s] == (s <= t + offset)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda a: scaled_dot_product_attention(a(4, 3), a(5, 2), a(5, 6)),
            "scaled_dot_product_attention: axis d is 3 in Q but 2 in K (Q is (T, d) = (4, 3), "
            "K is (S, d) = (5, 2))",
        ),
        (
            lambda a: scaled_dot_product_attention(a(4, 3), a(5, 3), a(4, 6)),
            "scaled_dot_product_attention: axis S is 5 in K but 4 in V (K is (S, d) = (5, 3), "
            "V is (S, e) = (4, 6))",
        ),
        (
            lambda a: scaled_dot_product_attention(a(2, 4, 3), a(7, 5, 3), a(7, 5, 6)),
            "scaled_dot_product_attention: axis lead0 is 2 in Q but 7 in K (Q is (lead0, T, d) = "
            "(2, 4, 3), K is (lead0, S, d) = (7, 5, 3))",
        ),
        (
            lambda a: scaled_dot_product_attention(a(3), a(5, 3), a(5, 6)),
            "scaled_dot_product_attention: Q has 1 axis, shape (3,), but should be (T, d)",
        ),
        (
            lambda a: scaled_dot_product_attention_vjp(a(4, 5), a(4, 3), a(5, 3), a(5, 6)),
            "scaled_dot_product_attention_vjp: axis e is 6 in V but 5 in g (V is (S, e) = (5, 6), "
            "g is (T, e) = (4, 5))",
        ),
        (
            lambda a: scaled_dot_product_attention(a(4, 3), a(5, 3), a(5, 6), a(5, 4) > 0),
            "scaled_dot_product_attention: mask has the shape (5, 4), which does not broadcast to "
            "the shape of the scores, (4, 5)",
        ),
        (
            lambda a: attention_weights(a(2, 3), a(2, 3), [[True], [True, False]]),
            "attention_weights: mask is ragged: its rows differ in length",
        ),
        (
            lambda a: attention_weights(a(4, 3), a(5, 3), a(2, 4, 5) > 0),
            "attention_weights: mask has the shape (2, 4, 5), which does not broadcast to the "
            "shape of the scores, (4, 5)",
        ),
        (
            lambda a: attention_weights(a(4, 3), a(5, 3), a(4, 5).astype(int)),
            "attention_weights: mask holds int64, but should hold booleans (True: may look) or "
            "floating-point numbers, which are added to the scores",
        ),
        (
            lambda a: attention_weights(a(4, 3), a(5, 2)),
            "attention_weights: axis d is 3 in Q but 2 in K (Q is (T, d) = (4, 3), K is (S, d) = "
            "(5, 2))",
        ),
        (
            lambda a: attention_weights(a(4, 3), [["k"]]),
            "attention_weights: K holds str32, but should hold real or complex numbers",
        ),
        (
            lambda a: causal_mask(-1),
            "causal_mask: T is -1, but should be a whole number, at least 0",
        ),
        (
            lambda a: causal_mask(2, 2.5),
            "causal_mask: S is 2.5, but should be a whole number, at least 0",
        ),
        (
            lambda a: causal_mask(2, offset=True),
            "causal_mask: offset is True, but should be a whole number",
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_name(call, message):
    with pytest.raises(ShapeError) as error:
        call(lambda *shape: np.ones(shape))
    assert str(error.value) == message


@st.composite
def cases(draw):
    """Draw leading axes and sizes, which kind of mask, the scale, and a seed."""
    lead = draw(st.sampled_from([(), (2,), (2, 3)]))
    sizes = lead, *(draw(st.integers(1, 4)) for _ in range(4))
    kind = draw(st.sampled_from(["none", "seen", "added", "causal"]))
    return sizes, kind, draw(st.sampled_from([None, 0.2, 1.5])), draw(st.integers(0, 2**32))


def peer(Q, K, V, added, scale):
    import jax.numpy as jnp

    e = jnp.exp(scale * Q @ K.swapaxes(-1, -2) + added)
    return e / e.sum(-1, keepdims=True) @ V


def check_jax(sizes, kind, scale, seed):
    rng = np.random.default_rng(seed)
    Q, K, V, g = draw(rng, *sizes)
    lead, T, S, d, _ = sizes
    seen = rng.random((*lead, T, S)) < 0.7
    seen[..., 0] = True
    numbers = rng.standard_normal((T, S))
    mask = {"none": None, "seen": seen, "added": numbers, "causal": causal_mask(T, S)}[kind]
    added = 0 if mask is None else mask if kind == "added" else np.where(mask, 0, -np.inf)
    added = np.broadcast_to(added, seen.shape).astype(float)
    out, gradients = jax_vjp(peer, g, Q, K, V, added, d**-0.5 if scale is None else scale)
    same(scaled_dot_product_attention(Q, K, V, mask, scale=scale), out, 1e-10)
    actual = scaled_dot_product_attention_vjp(g, Q, K, V, mask, scale=scale)
    for a, b in zip(actual, gradients[:3], strict=True):
        same(a, b, 1e-10)


def random_check(examples):
    @settings(max_examples=examples, deadline=None, derandomize=True)
    @given(cases())
    def test(case):
        check_jax(*case)

    return test


test_random_settings_agree_with_jax = random_check(15)
test_many_random_settings_agree_with_jax = pytest.mark.long(random_check(500))
