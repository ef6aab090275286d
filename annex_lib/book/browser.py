"""A Chromium on this machine: it reads the site in the tests, and prints the PDF."""

import os
import shutil
from pathlib import Path

__all__ = ["FLAGS", "browser"]

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def browser():
    """Return the path of an installed Chromium or Chrome, or None; ANNEX_BROWSER comes first."""
    candidates = [os.environ.get("ANNEX_BROWSER"), *map(shutil.which, NAMES), MAC]
    return next((path for path in candidates if path and Path(path).exists()), None)
