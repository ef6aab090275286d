"""Independent oracles: each formula of the book as the loop that it spells, and once in JAX."""

import functools

import numpy as np

__all__ = [
    "conv2d_jacobians_loops",
    "conv2d_jax",
    "conv2d_loops",
    "conv2d_vjp_loops",
    "conv2d_xla",
    "conv_transpose2d_loops",
    "conv_transpose2d_vjp_loops",
    "conv_transpose2d_xla",
    "disguises",
    "held",
    "jax_vjp",
    "linear_jacobians_loops",
    "linear_loops",
    "linear_vjp_loops",
    "same",
]


def linear_loops(x, W, b):
    """f[t, i] = sum_l W[i, l] x[t, l] + b[i]; `x` is a batch."""
    f = np.zeros((len(x), len(W)), np.result_type(x, W, b))
    for t, i in np.ndindex(f.shape):
        f[t, i] = b[i]
        for l in range(W.shape[1]):
            f[t, i] += W[i, l] * x[t, l]
    return f


def linear_vjp_loops(g, x, W):
    dx, dW, db = np.zeros_like(x), np.zeros_like(W), np.zeros(len(W), g.dtype)
    for t, i in np.ndindex(g.shape):
        db[i] += g[t, i]
        for l in range(W.shape[1]):
            dx[t, l] += g[t, i] * W[i, l]
            dW[i, l] += g[t, i] * x[t, l]
    return dx, dW, db


def linear_jacobians_loops(x, W):
    (B, n), m = x.shape, len(W)
    df_dx, df_dW, df_db = np.zeros((B, m, B, n)), np.zeros((B, m, m, n)), np.zeros((B, m, m))
    for t, i in np.ndindex(B, m):
        df_db[t, i, i] = 1
        for l in range(n):
            df_dx[t, i, t, l] = W[i, l]
            df_dW[t, i, i, l] = x[t, l]
    return df_dx, df_dW, df_db


def _pair(value):
    return value if isinstance(value, tuple) else (value, value)


def _products(x, W, *, stride=1, padding=0, dilation=1, groups=1):
    """Yield each product of the sum: output (t f i j), weight (f c k l), pixel or None outside."""
    (S, T), (P, Q), (D, E) = map(_pair, (stride, padding, dilation))
    (B, _, m, n), (F, Cg, p, q) = x.shape, W.shape
    u, v = _outputs(m, p, S, P, D), _outputs(n, q, T, Q, E)
    for t, f, i, j, c, k, l in np.ndindex(B, F, u, v, Cg, p, q):
        r, z = S * i + D * k - P, T * j + E * l - Q
        inside = 0 <= r < m and 0 <= z < n
        group = f // (F // groups)
        yield (t, f, i, j), (f, c, k, l), (t, group * Cg + c, r, z) if inside else None


def _outputs(size, kernel, stride, padding, dilation):
    """Count the places where a kernel fits, one after the other."""
    places = range(-padding, size + padding - dilation * (kernel - 1), stride)
    return len(places)


def output_shape(x, W, *, stride=1, padding=0, dilation=1, groups=1):
    settings = zip(x.shape[2:], W.shape[2:], *map(_pair, (stride, padding, dilation)), strict=True)
    return len(x), len(W), *(_outputs(*axis) for axis in settings)


def conv2d_loops(x, W, b, **settings):
    """o[t, f, i, j] = b[f] + sum_ckl w[f, c, k, l] x[t, c, S i + D k - P, T j + E l - Q]."""
    o = np.zeros(output_shape(x, W, **settings), np.result_type(x, W, b))
    o += b[:, None, None]
    for out, weight, pixel in _products(x, W, **settings):
        o[out] += W[weight] * (x[pixel] if pixel else 0)
    return o


def conv2d_vjp_loops(g, x, W, **settings):
    dx, dW, db = np.zeros_like(x), np.zeros_like(W), np.zeros(len(W), g.dtype)
    for out, weight, pixel in _products(x, W, **settings):
        dW[weight] += g[out] * (x[pixel] if pixel else 0)
        if pixel:
            dx[pixel] += g[out] * W[weight]
    for out in np.ndindex(g.shape):
        db[out[1]] += g[out]
    return dx, dW, db


def conv2d_jacobians_loops(x, W, **settings):
    shape = output_shape(x, W, **settings)
    do_dx, do_dW = np.zeros(shape + x.shape), np.zeros(shape + W.shape)
    do_db = np.zeros((*shape, len(W)))
    for out, weight, pixel in _products(x, W, **settings):
        do_dW[out + weight] = x[pixel] if pixel else 0
        if pixel:
            do_dx[out + pixel] = W[weight]
    for out in np.ndindex(shape):
        do_db[*out, out[1]] = 1
    return do_dx, do_dW, do_db


def _stamps(x, W, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    """Yield each stamp's entry: pixel (t c i j), weight (c f k l), output or None if cut off."""
    (S, T), (P, Q), (D, E) = map(_pair, (stride, padding, dilation))
    (B, C, m, n), (_, Fg, p, q) = x.shape, W.shape
    _, _, u, v = transposed_shape(
        x, W, stride=stride, padding=padding, output_padding=output_padding, dilation=dilation
    )
    for t, c, i, j, f, k, l in np.ndindex(B, C, m, n, Fg, p, q):
        r, z = S * i + D * k - P, T * j + E * l - Q
        inside = 0 <= r < u and 0 <= z < v
        out = t, c // (C // groups) * Fg + f, r, z
        yield (t, c, i, j), (c, f, k, l), out if inside else None


def transposed_shape(x, W, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    settings = map(_pair, (stride, padding, output_padding, dilation))
    size = [
        S * (m - 1) + D * (p - 1) + 1 - 2 * P + more
        for m, p, S, P, more, D in zip(x.shape[2:], W.shape[2:], *settings, strict=True)
    ]
    return len(x), groups * W.shape[1], *size


def conv_transpose2d_loops(x, W, b, **settings):
    """o[t, f, S i + D k - P, T j + E l - Q] += x[t, c, i, j] w[c, f, k, l]; o begins as b."""
    o = np.zeros(transposed_shape(x, W, **settings), np.result_type(x, W, b))
    o += b[:, None, None]
    for pixel, weight, out in _stamps(x, W, **settings):
        if out:
            o[out] += x[pixel] * W[weight]
    return o


def conv_transpose2d_vjp_loops(g, x, W, **settings):
    dx, dW, db = np.zeros_like(x), np.zeros_like(W), np.zeros(g.shape[1], g.dtype)
    for pixel, weight, out in _stamps(x, W, **settings):
        if out:
            dx[pixel] += g[out] * W[weight]
            dW[weight] += g[out] * x[pixel]
    for out in np.ndindex(g.shape):
        db[out[1]] += g[out]
    return dx, dW, db


def conv2d_jax(x, W, b, *, stride=1, padding=0, dilation=1, groups=1):
    """Sum strided slices, one for each kernel entry: XLA's own convolution is not asked."""
    import jax.numpy as jnp

    (S, T), (P, Q), (D, E) = map(_pair, (stride, padding, dilation))
    (F, Cg, p, q), Fg = W.shape, len(W) // groups
    steps = {"stride": stride, "padding": padding, "dilation": dilation}
    B, _, u, v = output_shape(x, W, **steps)
    x = jnp.pad(x, ((0, 0), (0, 0), (P, P), (Q, Q)))
    o = jnp.broadcast_to(b[:, None, None], (B, F, u, v))
    for k, l in np.ndindex(p, q):
        rows = slice(D * k, D * k + S * (u - 1) + 1, S)
        columns = slice(E * l, E * l + T * (v - 1) + 1, T)
        pixels = x[:, :, rows, columns].reshape(B, groups, Cg, u, v)
        entries = W[:, :, k, l].reshape(groups, Fg, Cg)
        o = o + jnp.einsum("thcij,hfc->thfij", pixels, entries).reshape(B, F, u, v)
    return o


def conv2d_xla(x, W, b, *, stride, padding, dilation, groups):
    """Ask XLA's own convolution; settings as pairs."""
    from jax import lax

    rims = [(P, P) for P in padding]
    o = lax.conv_general_dilated(
        x, W, stride, rims, rhs_dilation=dilation, feature_group_count=groups
    )
    return o + b[:, None, None]


def conv_transpose2d_xla(x, W, b, *, stride, padding, output_padding, dilation, groups):
    """Ask XLA for a convolution of x, with zeros between its entries, with flipped kernels."""
    from jax import lax

    C, Fg, p, q = W.shape
    kernels = W[..., ::-1, ::-1].reshape(groups, C // groups, Fg, p, q).swapaxes(1, 2)
    rims = [
        (d * (k - 1) - P, d * (k - 1) - P + more)
        for d, k, P, more in zip(dilation, (p, q), padding, output_padding, strict=True)
    ]
    o = lax.conv_general_dilated(
        x,
        kernels.reshape(groups * Fg, C // groups, p, q),
        (1, 1),
        rims,
        lhs_dilation=stride,
        rhs_dilation=dilation,
        feature_group_count=groups,
    )
    return o + b[:, None, None]


def jax_vjp(f, g, *xs):
    """Return f(*xs) and the gradients of <g, f> by each x, in double precision.

    The same function at the same shapes is compiled once. XLA's algebraic simplifier is left out:
    it ends the process at some convolutions (XLA of jaxlib 0.10.2, a failed check of its own).
    """
    import jax

    with jax.enable_x64(True):
        return _compiled(f)(g, *xs)


@functools.lru_cache(maxsize=16)
def _compiled(f):
    import jax

    options = {"xla_disable_hlo_passes": "algsimp", "xla_backend_optimization_level": 0}
    options["xla_llvm_disable_expensive_passes"] = True  # compiling takes longer than running

    @functools.partial(jax.jit, compiler_options=options)
    def both(g, *xs):
        out, backward = jax.vjp(f, *xs)
        return out, backward(g)

    return both


def same(actual, expected, tolerance=1e-12):
    """Assert the same shape, dtype, and values up to rounding; gaps stand at the same places."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert (actual.shape, actual.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)


def disguises(a):
    """Yield the same array in other memory: reversed, transposed, strided, read-only."""
    a = np.asarray(a)
    spread = np.full([2 * size for size in a.shape], 7, a.dtype)
    spread[tuple(slice(1, None, 2) for _ in a.shape)] = a
    frozen = a.copy()
    frozen.flags.writeable = False
    yield np.flip(np.flip(a).copy())
    yield a.T.copy().T
    yield spread[tuple(slice(1, None, 2) for _ in a.shape)]
    yield frozen


def held(view):
    """Count the numbers in the memory that a view looks at."""
    while getattr(view, "base", None) is not None:
        view = view.base
    return view.size
