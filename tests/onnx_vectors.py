"""The conformance vectors that the onnx wheel carries, and how each operator is asked here.

An adapter translates one node, its attributes and its inputs, into calls of the library, and
returns the outputs. What the library does not offer raises `Outside`, with the reason.
"""

import functools
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
from onnx import numpy_helper

from annex_lib.attention import attention_weights, causal_mask, scaled_dot_product_attention
from annex_lib.convolution import conv2d
from annex_lib.linear import linear
from annex_lib.losses import log_sum_exp, softmax_cross_entropy
from annex_lib.normalisation import batch_norm, layer_norm, running_statistics, standardise
from annex_lib.pooling import avg_pool2d, max_pool2d
from annex_lib.softmax import softmax
from annex_lib.transposed import conv_transpose2d

__all__ = ["ADAPTERS", "Outside", "answer", "data", "vectors"]

ROOT = Path(onnx.__file__).parent / "backend" / "test" / "data"


class Outside(Exception):
    """What a vector asks for is not offered; the message is the reason."""


class Vector(NamedTuple):
    """A folder with a model and its data, and the operators of the model that are ours."""

    folder: Path
    graph: object
    operators: tuple


@functools.cache
def vectors():
    """Return every vector whose model holds one of our operators, by the folder's name."""
    found = {}
    for path in sorted(ROOT.glob("*/*/model.onnx")):
        graph = onnx.load(path).graph
        kinds = tuple(node.op_type for node in graph.node)
        if not ADAPTERS.keys().isdisjoint(kinds):
            found[path.parent.name] = Vector(path.parent, graph, kinds)
    return found


def answer(vector, folder):
    """Return what the library makes of the inputs in one folder of data."""
    if len(vector.graph.node) > 1:
        raise Outside("a graph of several operators")
    (node,) = vector.graph.node
    given = {i.name: numpy_helper.to_array(i) for i in vector.graph.initializer}
    given |= zip((i.name for i in vector.graph.input), data(folder, "input"), strict=False)
    inputs = [given[name] if name else None for name in node.input]
    settings = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    outputs = ADAPTERS[node.op_type](settings, len(node.output), *inputs)
    outputs = [o for o, name in zip(outputs, node.output, strict=True) if name]
    assert not settings, f"attributes that nobody has looked at: {settings}"
    return outputs


def data(folder, kind):
    """Return the arrays of a folder in order; kind is input or output."""
    files = sorted(folder.glob(f"{kind}_*.pb"), key=lambda f: int(f.stem.rpartition("_")[2]))
    return [numpy_helper.to_array(onnx.load_tensor(f)) for f in files]


def images(x, settings, kernel):
    """Return images as the library takes them, its settings, and how to undo the first."""
    axes = x.ndim - 2
    if axes > 2:
        raise Outside("three axes of space")
    settings.pop("kernel_shape", None)
    out = {"stride": settings.pop("strides", [1] * axes)}
    out["dilation"] = settings.pop("dilations", [1] * axes)
    pads = settings.pop("pads", [0] * 2 * axes)
    match settings.pop("auto_pad", b"NOTSET"):
        case b"SAME_UPPER" | b"SAME_LOWER":
            whole = zip(x.shape[2:], kernel, out["stride"], out["dilation"], strict=True)
            more = [max(0, (-(-n // s) - 1) * s + d * (k - 1) + 1 - n) for n, k, s, d in whole]
            pads = [v // 2 for v in more] + [v - v // 2 for v in more]
        case b"NOTSET":
            pass
    if pads[:axes] != pads[axes:]:
        raise Outside("padding that differs between the two ends of an axis")
    out["padding"] = pads[:axes]
    if axes == 1:  # an image of one row
        neutral = {"stride": 1, "dilation": 1, "padding": 0}
        return x[:, :, None], {k: (neutral[k], *v) for k, v in out.items()}, lambda o: o[:, :, 0]
    return x, {k: tuple(v) for k, v in out.items()}, lambda o: o


def conv(settings, count, x, W, b=None):
    x, given, back = images(x, settings, W.shape[2:])
    groups = settings.pop("group", 1)
    return [back(conv2d(x, W.reshape(*W.shape[:2], -1, W.shape[-1]), b, groups=groups, **given))]


def conv_transpose(settings, count, x, W, b=None):
    if "output_shape" in settings or settings.get("auto_pad", b"NOTSET") != b"NOTSET":
        raise Outside("padding that follows from the size of the output")
    x, given, back = images(x, settings, W.shape[2:])
    given["output_padding"] = tuple(settings.pop("output_padding", (0, 0)))
    W = W.reshape(*W.shape[:2], -1, W.shape[-1])
    return [back(conv_transpose2d(x, W, b, groups=settings.pop("group", 1), **given))]


def pooling(pool):
    def adapter(settings, count, x):
        if count > 1:
            raise Outside("where the maxima stand, as a second output")
        kernel = settings["kernel_shape"]
        x, given, back = images(x, settings, kernel)
        kernel = (1, *kernel) if len(kernel) == 1 else tuple(kernel)
        given["ceil_mode"] = bool(settings.pop("ceil_mode", 0))
        if pool is avg_pool2d:
            given["count_include_pad"] = bool(settings.pop("count_include_pad", 0))
        return [back(pool(x, kernel, **given))]

    return adapter


def gemm(settings, count, a, b, c=0.0):
    a = a.T if settings.pop("transA", 0) else a
    W = b if settings.pop("transB", 0) else b.T
    settings.pop("broadcast", None)  # what old models say instead of nothing
    c = np.asarray(c, a.dtype)
    if c.ndim == 2 and len(c) > 1:
        raise Outside("a bias of its own for each sample")
    bias = np.broadcast_to(c.ravel(), len(W)) * a.dtype.type(settings.pop("beta", 1))
    return [linear(a, W * a.dtype.type(settings.pop("alpha", 1)), bias)]


def probabilities(settings, count, z):
    return [softmax(z, settings.pop("axis", -1))]


def cross_entropy(settings, count, z, y, weights=None):
    if weights is not None:
        raise Outside("a weight for each class")
    if settings.pop("ignore_index", None) is not None:
        raise Outside("a label that is left out")
    reduction = settings.pop("reduction", b"mean")
    if reduction == b"none":
        raise Outside("the loss of each sample by itself")
    rows = np.moveaxis(z, 1, -1).reshape(-1, z.shape[1])
    factor = y.size if reduction == b"sum" else 1
    logs = z - np.expand_dims(log_sum_exp(z, 1), 1)
    return [factor * softmax_cross_entropy(rows, y.ravel()), logs][:count]


def batch_normalization(settings, count, x, gamma, beta, mean, variance):
    eps, momentum = settings.pop("epsilon", 1e-5), settings.pop("momentum", 0.9)
    settings.pop("is_test", None)
    flat = x.reshape(*x.shape[:2], 1, -1)  # which pixel stands where is all one to the mean
    if not settings.pop("training_mode", 0):
        return [batch_norm(flat, gamma, beta, (mean, variance), eps=eps).reshape(x.shape)]
    new = running_statistics(flat, (mean, variance), momentum=1 - momentum, unbiased=False)
    return [batch_norm(flat, gamma, beta, eps=eps).reshape(x.shape), *new]


def layer_normalization(settings, count, x, gamma, beta):
    axis, eps = settings.pop("axis", -1), settings.pop("epsilon", 1e-5)
    _, mean, sigma = standardise(x, tuple(range(axis % x.ndim, x.ndim)), eps=eps)
    return [layer_norm(x, gamma, beta, eps=eps), mean, 1 / sigma][:count]


def attention(settings, count, Q, K, V, mask=None, old_K=None, old_V=None, filled=None):
    if settings.pop("softcap", 0):
        raise Outside("scores that are capped by a tanh")
    if filled is not None:
        raise Outside("a length of its own for each text of the batch")
    mode = settings.pop("qk_matmul_output_mode", 0)
    if count > 3 and mode != 3:
        raise Outside("the scores before the softmax, as a fourth output")
    heads, key_heads = settings.pop("q_num_heads", None), settings.pop("kv_num_heads", None)
    merged = Q.ndim == 3
    if merged:  # the heads stand side by side in the last axis
        Q, K, V = split(Q, heads), split(K, key_heads), split(V, key_heads)
    past = 0 if old_K is None else old_K.shape[2]
    if past:
        K, V = np.concatenate([old_K, K], 2), np.concatenate([old_V, V], 2)
    present, several = (K, V), Q.shape[1] // K.shape[1]
    K, V = np.repeat(K, several, 1), np.repeat(V, several, 1)  # several heads share their keys
    if settings.pop("is_causal", 0):
        seen = causal_mask(Q.shape[2], K.shape[2], offset=past)
        mask = seen if mask is None else np.where(seen, mask, np.asarray(-np.inf, mask.dtype))
    scale = settings.pop("scale", None)
    O = scaled_dot_product_attention(Q, K, V, mask, scale=scale)
    O = O.swapaxes(1, 2).reshape(len(O), O.shape[2], -1) if merged else O
    return [O, *present, attention_weights(Q, K, mask, scale=scale)][:count]


def split(x, heads):
    return x.reshape(*x.shape[:2], heads, -1).swapaxes(1, 2)


ADAPTERS = {
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "MaxPool": pooling(max_pool2d),
    "AveragePool": pooling(avg_pool2d),
    "Gemm": gemm,
    "Softmax": probabilities,
    "SoftmaxCrossEntropyLoss": cross_entropy,
    "BatchNormalization": batch_normalization,
    "LayerNormalization": layer_normalization,
    "Attention": attention,
}
