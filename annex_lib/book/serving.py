"""JupyterLab, opened on the reader's copy of the chapters."""

import errno
import os
import secrets
import socket
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from annex_lib.book.reading import Mistake, chapters, lay_out

__all__ = ["read"]

PORTS = range(8888, 8988)
FIRST = "import annex_lib.exercises, annex_lib.explore; del annex_lib"  # no name of it is left


def read(root, port=None, more=()):
    """Lay the chapters out and run JupyterLab, opened at the first page.

    It listens on this machine only, and asks for the token that the printed address carries. When
    JupyterLab ends, so does the process.

    Parameters
    ----------
    root : Path
        The folder that holds `notebooks/`.
    port : int or str, optional
        By default the first free one from 8888.
    more : sequence of str
        Passed on to JupyterLab.

    Raises
    ------
    Mistake
        If the port cannot be had.
    """
    page = f"/lab/tree/reading/{chapters(root)[0].name}"
    port = _port(port)
    for words in lay_out(root):
        print(words)
    token = os.environ.setdefault("JUPYTER_TOKEN", secrets.token_hex(24))
    tabs = Path(sys.prefix, "share", "jupyter", "lab", "workspaces")  # open ones, kept apart
    os.environ.setdefault("JUPYTERLAB_WORKSPACES_DIR", str(tabs))
    address = f"http://127.0.0.1:{port}{page}?token={token}"
    threading.Thread(target=_announce, args=(port, address), daemon=True).start()
    from jupyterlab.labapp import LabApp  # takes a moment, and only reading needs it

    with TemporaryDirectory(prefix="annex-") as folder:
        _warm_kernels(Path(folder))
        LabApp.launch_instance([*_options(root, port, page), *more])
    # Stopped while a kernel starts, the server leaves a thread behind that waits for ever.
    sys.stdout.flush()
    os._exit(0)


def _warm_kernels(folder):
    """Let a kernel load what the chapters import while its page is opened, not in a first cell.

    Its description is written to a folder, which from now on is the first where one is looked for.
    """
    from ipykernel.kernelspec import write_kernel_spec

    first = f"--IPKernelApp.exec_lines={FIRST}"
    write_kernel_spec(folder / "kernels" / "python3", extra_arguments=[first])
    others = os.environ.get("JUPYTER_PATH")
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(folder), others]))


def _announce(port, address):
    """Tell the address as soon as somebody answers there."""
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.05)
    print(f"The book is open at {address}\nTo stop, press Ctrl-C here, twice.", flush=True)


def _options(root, port, page):
    options = {
        "ServerApp.root_dir": root,
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "LabApp.default_url": page,
        "LabApp.app_settings_dir": Path(__file__).with_name("lab"),  # no window about news
        "KernelManager.transport_encryption": "auto",  # a kernel warns if it is not
        "Application.log_level": "ERROR",
    }
    root_user = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [*(f"--{name}={value}" for name, value in options.items()), *root_user]


def _port(asked):
    """Return the port asked for, or else the first free one."""
    free = next(port for port in PORTS if not _refusal(port))
    if asked is None:
        return free
    if not str(asked).isdecimal() or not 0 < int(asked) < 65536:
        raise Mistake(f"Port {asked!r} is no number from 1 to 65535: try make read PORT={free}.")
    if refusal := _refusal(int(asked)):
        raise Mistake(f"Port {asked} {refusal}: try make read PORT={free}, or leave PORT out.")
    return int(asked)


def _refusal(port):
    """Return why nobody can listen on a port now, or None."""
    with socket.socket() as probe:
        if os.name == "posix":  # as the server does: a port just left is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            return "is taken by another program" if taken else "is not open to you"
