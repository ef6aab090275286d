"""How long from the command to the first page on screen, in a headless browser."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

__all__ = ["commands"]

ROOT = Path(__file__).parent.parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PAGE = "00-how-to-read-this-book.ipynb"
TOKEN = "token-of-the-benchmark"


def commands(browser):
    """Return two functions that open the first page: as `make read` does, and `jupyter lab`.

    Parameters
    ----------
    browser : str
        Path of Chromium or Chrome.
    """
    ours = [sys.executable, "-m", "annex_lib.book", "read", "--no-browser"]
    plain = [str(Path(sys.executable).with_name("jupyter")), "lab", "--no-browser"]
    plain += ["--ip=127.0.0.1", "--allow-root", f"--ServerApp.root_dir={ROOT}"]
    return (
        lambda: _open(browser, [*ours, "--port={port}"], "reading"),
        lambda: _open(browser, [*plain, "--port={port}"], "notebooks"),
    )


def _open(browser, command, folder):
    """Start a server in folders of its own, open the page, wait for its title, stop."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folders, sync_playwright() as playwright:
        names = ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_WORKSPACES_DIR")
        private = {name: f"{folders}/{name}" for name in names} | {"JUPYTER_TOKEN": TOKEN}
        server = subprocess.Popen(
            [word.format(port=port) for word in command],
            cwd=ROOT,
            env=os.environ | private,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        page = playwright.chromium.launch(executable_path=browser, args=FLAGS).new_page()
        try:
            while not _answers(port):
                time.sleep(0.02)
            page.goto(f"http://127.0.0.1:{port}/lab/tree/{folder}/{PAGE}?token={TOKEN}")
            page.get_by_role("heading", name=re.compile("^00. How")).wait_for(timeout=60_000)
        finally:
            server.terminate()
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:  # it now and then hangs at its very end
                server.kill()


def _answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
