"""Which port the book is served at, and what is said when it cannot be had."""

import os
import socket
import subprocess
import sys

import pytest
from jupyter_client.manager import start_new_kernel

from annex_lib.book import serving
from annex_lib.book.reading import Mistake
from annex_lib.book.serving import read


@pytest.fixture
def book(tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "00-first.ipynb").write_text("{}")
    return tmp_path


def test_a_port_that_is_taken_is_told_and_another_named(book):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        words = rf"^Port {port} is taken by another program: try make read PORT=\d+, or leave PORT"
        with pytest.raises(Mistake, match=words):
            read(book, str(port))
        assert serving._refusal(port)
    assert not serving._refusal(port)


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", "1e3"])
def test_a_port_that_is_none_is_told(book, port):
    with pytest.raises(Mistake, match="is no number from 1 to 65535: try make read PORT=8"):
        read(book, port)


def test_the_next_free_port_is_taken(monkeypatch):
    taken = {8888, 8889}
    monkeypatch.setattr(serving, "_refusal", lambda port: "is taken" if port in taken else None)
    assert serving._port(None) == 8890


LEFT_BEHIND = """
import threading
from pathlib import Path
from jupyterlab.labapp import LabApp
from annex_lib.book.serving import read
LabApp.launch_instance = lambda _: threading.Thread(target=threading.Event().wait).start()
read(Path())
"""


def test_a_thread_that_the_server_leaves_behind_keeps_nobody_waiting(book):
    subprocess.run([sys.executable, "-c", LEFT_BEHIND], cwd=book, check=True, timeout=60)


def test_a_kernel_has_loaded_what_the_chapters_import(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "others"))
    serving._warm_kernels(tmp_path)
    kernel, client = start_new_kernel(kernel_name="python3")
    said = []
    try:
        client.execute_interactive(
            "import sys; print('annex_lib.explore' in sys.modules, 'annex_lib' in dir())",
            output_hook=lambda message: said.append(message["content"].get("text")),
            timeout=60,
        )
    finally:
        client.stop_channels()
        kernel.shutdown_kernel(now=True)
    assert "True False\n" in said
    assert os.environ["JUPYTER_PATH"].endswith(str(tmp_path / "others"))
