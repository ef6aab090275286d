"""What the tests share."""

import gc
import os

import numpy as np
import pytest
from playwright.sync_api import sync_playwright

from annex_lib.book import browser as installed

os.environ["ANNEX_PROGRESS"] = "off"  # here and in every kernel: nobody's progress is touched


# The files that take longest begin first, so that all cores end at about the same time.
FIRST = ["test_site", "test_browser", "test_chapter_figures"]


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: FIRST.index(s) if (s := item.path.stem) in FIRST else len(FIRST))


def pytest_collection_finish():
    """Look for garbage less often, and not among what is loaded: a fifth of the time went there."""
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.fixture
def rng():
    return np.random.default_rng(20261101)


@pytest.fixture(scope="session")
def chromium():
    """The path of an installed Chromium or Chrome."""
    path = installed.browser()
    if path is None:
        pytest.fail(
            "No browser found: install Chromium (Debian: apt install chromium) or set "
            "ANNEX_BROWSER to the path of Chromium or Chrome.",
            pytrace=False,
        )
    return path


@pytest.fixture(scope="module")
def browser(chromium):
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium, args=installed.FLAGS)
