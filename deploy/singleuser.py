"""A student's server: JupyterHub's own, started in half the time.

Two things that no reader needs would take three of the five seconds that it works to start.
"""

import os
import sys

# jsonschema checks a format of addresses that no notebook has, if the package for it is there; that
# package reads a grammar when it is imported: two seconds, and 15 MiB of every server.
sys.modules["rfc3987_syntax"] = None  # as if it were not installed, which jsonschema allows for

# JupyterLab starts node when it is imported, to ask where extensions are built from: 0.7 seconds.
path = os.environ.pop("PATH", "")
import jupyterlab.commands  # noqa: E402, F401

os.environ["PATH"] = path

from jupyterhub.singleuser import main  # noqa: E402

if __name__ == "__main__":
    main()
