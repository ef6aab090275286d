"""What the tests share."""

import os

import numpy as np
import pytest

os.environ["ANNEX_PROGRESS"] = "off"  # here and in every kernel: nobody's progress is touched


@pytest.fixture
def rng():
    return np.random.default_rng(20261101)
