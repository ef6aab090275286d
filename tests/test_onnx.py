"""The library gives what ONNX's conformance vectors say, wherever it offers what they ask for."""

from fnmatch import fnmatchcase

import numpy as np
import pytest
from onnx_vectors import ADAPTERS, Outside, answer, data, vectors

# What the vectors ask for that the library does not offer, and which of them do.
OUTSIDE = {
    "a graph of several operators": """
        test_*_expanded test_flexattention_*expanded_ver26 test_AvgPool1d test_AvgPool1d_stride
        test_Softmin test_operator_addmm test_operator_mm""",
    "three axes of space": """
        test_averagepool_3d_* test_maxpool_3d_* test_convtranspose_3d test_Conv3d test_Conv3d_*
        test_AvgPool3d test_AvgPool3d_* test_MaxPool3d test_MaxPool3d_*""",
    "padding that differs between the two ends of an axis": """
        test_averagepool_2d_same_* test_maxpool_2d_same_*""",
    "padding that follows from the size of the output": """
        test_convtranspose_autopad_same test_convtranspose_kernel_shape
        test_convtranspose_output_shape""",
    "where the maxima stand, as a second output": "test_maxpool_with_argmax_2d_*",
    "a bias of its own for each sample": "test_gemm_default_matrix_bias",
    "a weight for each class": """
        test_sce_*_weight_high_ii* test_sce_NCd1_mean_weight_negative_ii*
        test_sce_NCd1d2d3d4d5_mean_weight* test_sce_mean_weight* test_sce_none_weights*""",
    "a label that is left out": """
        test_sce_mean_no_weight_ii* test_sce_NCd1d2d3_none_no_weight_negative_ii*""",
    "the loss of each sample by itself": """
        test_sce_none test_sce_none_log_prob test_sce_NCd1d2d3d4d5_none_no_weight
        test_sce_NCd1d2d3d4d5_none_no_weight_log_prob""",
    "scores that are capped by a tanh": """
        test_attention_*_softcap test_attention_*_softcap_neginf_*""",
    "the scores before the softmax, as a fourth output": """
        test_attention_*_qk_matmul test_attention_*_qk_matmul_bias
        test_attention_*_qk_matmul_bias_?d_mask test_attention_*_qk_matmul_bias_?d_mask_causal""",
    "a length of its own for each text of the batch": """
        test_attention_4d_diff_heads_mask4d_padded_kv""",
}
# Of each dtype what is lost by rounding: the vectors' own numbers are rounded too, and one of
# them was written down with four digits.
CLOSE = {"float16": 2e-3, "float32": 1e-5, "uint8": 0}
FOUR_DIGITS = "test_averagepool_2d_ceil_last_window_starts_on_pad"


def listed(name):
    """Return the reasons under which a vector is listed: one, or none if it has to pass."""
    several = "_expanded" in name  # whatever else it holds
    return [
        reason
        for reason, patterns in list(OUTSIDE.items())[: 1 if several else None]
        if any(fnmatchcase(name, pattern) for pattern in patterns.split())
    ]


def test_the_wheel_carries_vectors_for_every_operator():
    operators = {kind for vector in vectors().values() for kind in vector.operators}
    assert operators >= set(ADAPTERS), "onnx 1.22 carries them, 1.23 does not"


@pytest.mark.parametrize("name", vectors())
def test_a_vector_passes_or_is_listed_with_its_reason(name):
    vector, why = vectors()[name], listed(name)
    folders = sorted(vector.folder.glob("test_data_set_*"))
    assert folders
    for folder in folders:
        try:
            outputs = answer(vector, folder)
        except Outside as reason:
            assert [str(reason)] == why
            continue
        assert why == [], "passes now: take it off the list"
        for actual, expected in zip(outputs, data(folder, "output"), strict=True):
            assert np.shape(actual) == expected.shape
            close = 1e-4 if name == FOUR_DIGITS else CLOSE[expected.dtype.name]
            np.testing.assert_allclose(actual, expected, rtol=close, atol=close)


@pytest.mark.parametrize("reason", OUTSIDE)
def test_what_is_listed_exists(reason):
    for pattern in OUTSIDE[reason].split():
        assert any(fnmatchcase(name, pattern) for name in vectors()), pattern


def test_an_attribute_that_an_adapter_does_not_know_is_seen():
    vector = vectors()["test_softmax_axis_0"]
    vector.graph.node[0].attribute.add(name="temperature", f=2.0, type=1)
    with pytest.raises(AssertionError, match="nobody has looked at"):
        answer(vector, vector.folder / "test_data_set_0")
    del vector.graph.node[0].attribute[-1]
