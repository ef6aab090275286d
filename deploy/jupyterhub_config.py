"""A JupyterHub that serves this book to a class from one machine; deploy/README.md says how.

`make class` starts it. What a class may want to change is read from the environment, or set in a
configuration of its own that begins with `load_subconfig("/where/the/book/is/deploy/...")`.
"""

import os
import sys
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[1]
STATE = ROOT / "_class"  # the hub's own files, and in a workshop what the students write
FIRST = "01-linear-algebra-and-tensors.ipynb"
MINUTE, HOUR, MIB = 60, 3600, 2**20

MEMORY = 1024 * MIB  # for each process of a student: a server takes 100 MiB, a kernel 150
ROOM = 512 * MIB  # of the machine's memory for each student; few use their 1024 at a time
KERNEL_IDLE = 30 * MINUTE  # then a kernel is stopped, and its variables are gone
SERVER_IDLE = 1 * HOUR  # then a server is stopped; files stay
SERVER_AGE = 12 * HOUR  # then it is stopped even if a browser somewhere still asks for it


def refuse(words):
    """Stop with one plain sentence."""
    raise SystemExit(words)


# Signing in: one password for a workshop, or the machine's own accounts for a course.
sign_in = os.environ.get("ANNEX_CLASS_SIGN_IN", "password")
c = get_config()  # noqa: F821 (given by JupyterHub)
c.Authenticator.allow_all = True
if sign_in == "password":
    password = os.environ.pop("ANNEX_CLASS_PASSWORD", "")
    if len(password) < 8:
        refuse(
            "ANNEX_CLASS_PASSWORD should be the password of the class, 8 characters or more, but "
            + ("is shorter." if password else "is not set.")
        )
    if os.geteuid() == 0 and os.environ.get("ANNEX_CLASS_AS_ROOT") != "yes":
        refuse(
            "A class with one password runs as the account that starts it, and root may do "
            "everything: start it from another account, or set ANNEX_CLASS_SIGN_IN=accounts."
        )
    c.JupyterHub.authenticator_class = "shared-password"
    c.SharedPasswordAuthenticator.user_password = password
    c.Authenticator.username_pattern = r"^[a-z][a-z0-9-]{0,30}\Z"  # names a folder, too
    c.JupyterHub.spawner_class = "simple"
    c.SimpleLocalProcessSpawner.home_dir_template = f"{STATE}/homes/{{username}}"
elif sign_in == "accounts":
    if os.geteuid() != 0:
        refuse(
            "A class with the machine's accounts starts servers as its students, which only root "
            "may do: start it as root, or set ANNEX_CLASS_SIGN_IN=password."
        )
    c.JupyterHub.authenticator_class = "pam"
    c.JupyterHub.spawner_class = "localprocess"
else:
    refuse(f"ANNEX_CLASS_SIGN_IN should be password or accounts, but is {sign_in!r}.")

# Where it listens: on this machine only, until `make class ARGS="--ip= --ssl-key=..."` opens it.
c.JupyterHub.ip = "127.0.0.1"
c.JupyterHub.port = 8000
STATE.mkdir(mode=0o700, exist_ok=True)
c.JupyterHub.db_url = f"sqlite:///{STATE}/hub.sqlite"
c.JupyterHub.cookie_secret_file = f"{STATE}/cookie_secret"
c.ConfigurableHTTPProxy.pid_file = f"{STATE}/proxy.pid"
c.ConfigurableHTTPProxy.command = [
    str(ROOT / "deploy" / "node_modules" / ".bin" / "configurable-http-proxy")
]

# Whoever has signed in lands in chapter 1, in a clone of the book that keeps what they write.
repository = os.environ.get("ANNEX_REPOSITORY") or str(ROOT)
c.Spawner.default_url = "/git-pull?" + urlencode(
    {"repo": repository, "targetpath": "annex", "urlpath": f"lab/tree/annex/notebooks/{FIRST}"}
)

# A burst: a few servers start at a time; the others are told to wait, and their pages do.
cores = len(os.sched_getaffinity(0))
machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
c.JupyterHub.concurrent_spawn_limit = 2 * cores
c.JupyterHub.tornado_settings = {"spawn_throttle_retry_range": (5, 12)}  # seconds
c.JupyterHub.active_server_limit = max(1, machine // ROOM)
c.JupyterHub.template_paths = [str(ROOT / "deploy" / "templates")]
c.Spawner.start_timeout = c.Spawner.http_timeout = 2 * MINUTE

# What a student may use: memory for each process, and one thread for each sum.
c.Spawner.mem_limit = MEMORY
server = [sys.executable, str(ROOT / "deploy" / "singleuser.py")]
c.Spawner.cmd = ["prlimit", f"--data={MEMORY}", *server]
c.Spawner.environment = {
    "ANNEX_ALBUM": str(ROOT / "_album"),  # pictures that all would draw from the same numbers
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",  # threads that share one heap leave fewer holes in it
    "MALLOC_TRIM_THRESHOLD_": "131072",
    "JUPYTER_PREFER_ENV_PATH": "1",  # the kernel is this environment's Python
}
c.Spawner.args = [
    f"--LabApp.app_settings_dir={ROOT / 'annex_lib' / 'book' / 'lab'}",  # no window about news
    "--KernelManager.transport_encryption=auto",  # a kernel warns if it is not
    f"--MappingKernelManager.cull_idle_timeout={KERNEL_IDLE}",
    "--MappingKernelManager.cull_interval=60",
    "--MappingKernelManager.cull_connected=True",  # a page left open is no use
]
c.JupyterHub.services = [
    {
        "name": "idle-culler",
        "command": [
            *(sys.executable, "-m", "jupyterhub_idle_culler"),
            *(f"--timeout={SERVER_IDLE}", f"--max-age={SERVER_AGE}", "--cull-every=60"),
        ],
    }
]
c.JupyterHub.load_roles = [
    {
        "name": "idle-culler",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["idle-culler"],
    }
]
