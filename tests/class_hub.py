"""A hub for the class test: started on loopback as `deploy/` configures it, watched in /proc."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "deploy" / "jupyterhub_config.py"
PASSWORD = "only for this test"
# The class's own configuration; what differs is where its files are, and how soon it culls.
OVERRIDES = """\
load_subconfig({config!r})
c.SimpleLocalProcessSpawner.home_dir_template = {folder!r} + "/homes/{{username}}"
c.JupyterHub.db_url = "sqlite:///" + {folder!r} + "/hub.sqlite"
c.JupyterHub.cookie_secret_file = {folder!r} + "/cookie_secret"
c.ConfigurableHTTPProxy.pid_file = {folder!r} + "/proxy.pid"
c.JupyterHub.port, c.JupyterHub.hub_port, api = {ports!r}
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{{api}}"
c.JupyterHub.last_activity_interval = 5
c.Spawner.poll_interval = 5
c.Spawner.environment.update(JUPYTERHUB_ACTIVITY_INTERVAL="5", ANNEX_PROGRESS="off")
short = {{"cull_idle_timeout": {kernel}, "cull_interval": 5}}
c.Spawner.args = [
    *(a for a in c.Spawner.args if not any(name in a for name in short)),
    *(f"--MappingKernelManager.{{name}}={{value}}" for name, value in short.items()),
    *(["--allow-root"] if {root} else []),
]
command = c.JupyterHub.services[0]["command"]
command[:] = [a for a in command if not a.startswith(("--timeout", "--cull-every"))]
command += ["--timeout={server}", "--cull-every=5"]
"""


class Hub:
    """A running hub.

    Attributes
    ----------
    address : str
        Where a student finds it.
    folder : Path
        Holds its files, `hub.log`, and the students' homes.
    """

    def __init__(self, folder, address, process):
        self.folder, self.address, self.process = folder, address, process

    def processes(self, name, kernels=None):
        """Return the process ids of a student's server and kernels, or of one kind of them."""
        mark = f"\0JUPYTERHUB_USER={name}\0".encode()
        home = f"\0HOME={self.folder}/homes/{name}\0".encode()
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                environment = b"\0" + (path / "environ").read_bytes()
                kernel = b"ipykernel_launcher" in (path / "cmdline").read_bytes()
            except OSError:  # ended meanwhile, or another account's
                continue
            if mark in environment and home in environment and kernels in (None, kernel):
                found.append(int(path.name))
        return found

    def memory(self, name):
        """Return what a student's processes take, in MiB; a shared page counts by its share."""
        return sum(map(_pss, self.processes(name))) / 1024

    def kill(self, name):
        """Kill a student's server, as a crash would."""
        for process in self.processes(name, kernels=False):
            os.kill(process, signal.SIGKILL)

    def log(self):
        """Return what the hub and the servers wrote."""
        return (self.folder / "hub.log").read_text("utf-8", errors="replace")


def _pss(process):
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


@contextmanager
def hub(folder, kernel_idle, server_idle):
    """Start a hub in a folder; give it; end it with everything that it started.

    Parameters
    ----------
    folder : Path
    kernel_idle, server_idle : int
        After how many seconds a kernel and a server are culled.
    """
    ports = _free_ports(3)
    (folder / "homes").mkdir()
    words = {"config": str(CONFIG), "folder": str(folder), "ports": ports}
    words |= {"kernel": kernel_idle, "server": server_idle, "root": os.geteuid() == 0}
    (folder / "config.py").write_text(OVERRIDES.format(**words))
    told = {"ANNEX_CLASS_PASSWORD": PASSWORD, "ANNEX_CLASS_AS_ROOT": "yes", "HOME": str(folder)}
    dropped = ("ANNEX_CLASS_SIGN_IN", "ANNEX_REPOSITORY", "PYTHONPATH")
    environment = {k: v for k, v in os.environ.items() if k not in dropped} | told
    with (folder / "hub.log").open("w") as out:
        process = subprocess.Popen(
            [Path(sys.executable).parent / "jupyterhub", "-f", folder / "config.py"],
            **{"cwd": folder, "env": environment, "stdout": out, "stderr": subprocess.STDOUT},
        )
        found = Hub(folder, f"http://127.0.0.1:{ports[0]}", process)
        try:
            _wait(found)
            yield found
        finally:
            process.terminate()
            process.wait(120)


def _wait(found):
    for _ in range(600):
        if found.process.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{found.address}/hub/health", timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"The hub did not start:\n{found.log()[-3000:]}")


def _free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
