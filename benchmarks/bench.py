"""Timings of the book against its peers, side by side in one run: python benchmarks/bench.py.

Each row times our way and a peer's in turn, A B A B ..., on one thread, and prints the medians
and the median of the ratios, ours divided by the peer's. Machines differ and are shared: read the
ratios. Nothing here is a test.
"""

import argparse
import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import first_page
import numpy as np
import peers
import training

from annex_lib.convolution import conv2d, conv2d_jacobians, conv2d_vjp
from annex_lib.derivatives import jacobian
from annex_lib.linear import linear, linear_jacobians

ROOT = Path(__file__).parent.parent
# Shapes of x and W, and the settings.
CONVOLUTIONS = {
    "LeNet": ((32, 1, 28, 28), (6, 1, 5, 5), {}),
    "VGG": ((8, 64, 32, 32), (64, 64, 3, 3), {"padding": 1}),
    "ResNet stem": ((4, 3, 112, 112), (64, 3, 7, 7), {"stride": 2, "padding": 3}),
}


def compare(what, ours, others):
    """Time our way and each peer's in turn; print a row for each peer."""
    for name, theirs in others.items():
        warm_up = _seconds(theirs) + _seconds(ours)
        rounds = 11 if warm_up < 2 else 3
        pairs = [(_seconds(ours), _seconds(theirs)) for _ in range(rounds)]
        ratio = statistics.median(a / b for a, b in pairs)
        a, b = (statistics.median(times) for times in zip(*pairs, strict=True))
        print(f"{what:32} {name:22} {_text(a)} {_text(b)} {ratio:10.3g}", flush=True)


def _seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _text(seconds):
    for unit, scale in (("s ", 1), ("ms", 1e3)):
        if seconds * scale >= 1:
            return f"{seconds * scale:8.4g} {unit}"
    return f"{seconds * 1e6:8.4g} µs"


def _command(*words, **options):
    def call():
        subprocess.run(words, check=True, capture_output=True, cwd=ROOT, **options)

    return call


def imports():
    """`import annex_lib` against `import numpy`."""
    python = [sys.executable, "-c"]
    ours = _command(*python, "import annex_lib, annex_lib.linear, annex_lib.convolution")
    compare("import annex_lib", ours, {"import numpy": _command(*python, "import numpy")})


def convolutions():
    """Forward and backward pass, by x and by W."""
    rng = np.random.default_rng(0)
    for dtype in (np.float32, np.float64):
        for name, (x_shape, W_shape, settings) in CONVOLUTIONS.items():
            x, W = rng.normal(size=x_shape).astype(dtype), rng.normal(size=W_shape).astype(dtype)
            g = rng.normal(size=conv2d(x, W, **settings).shape).astype(dtype)

            def ours(g=g, x=x, W=W, settings=settings):
                conv2d(x, W, **settings)
                conv2d_vjp(g, x, W, **settings)

            what = f"conv2d {name} {np.dtype(dtype).name}"
            compare(what, ours, peers.convolutions(g, x, W, **settings))


def jacobians():
    """Full tensors df/dW and dO/dW, small and large, in time and in memory."""
    rng = np.random.default_rng(0)
    for m, n in ((12, 16), (192, 256)):
        x, W, b = rng.normal(size=n), rng.normal(size=(m, n)), rng.normal(size=m)
        _tensor(
            f"df/dW ({m} | {m}, {n})",
            lambda x=x, W=W: linear_jacobians(x, W)[1],
            lambda W, x=x, b=b: linear(x, W, b),
            lambda W, x=x, b=b: W @ x + b,
            W,
        )
    for m, F in ((8, 2), (32, 16)):
        x, W = rng.normal(size=(1, 3, m, m)), rng.normal(size=(F, 3, 3, 3))
        _tensor(
            f"dO/dW (1,{F},{m - 2},{m - 2} | {F},3,3,3)",
            lambda x=x, W=W: conv2d_jacobians(x, W)[1],
            lambda W, x=x: conv2d(x, W),
            lambda W, x=x: peers.jax_conv2d(x, W),
            W,
        )


def _tensor(what, ours, f, f_jax, W):
    """Compare a full Jacobian by W; print how many numbers it holds, has, and has not zero."""
    central = {"central differences": lambda: jacobian(f, W, method="central")}
    compare(what, ours, central | peers.jacobians(f_jax, W))
    J = held = ours()
    while held.base is not None:
        held = held.base
    print(f"    {J.size} entries, {np.count_nonzero(J)} not zero, {held.size} numbers held")


def train():
    """Two epochs of the training run of chapter 08; the losses have to be the same."""
    names = training.chapter()

    def ours():
        return names["train"](names["convolutional"], names["start"], eta=0.05, epochs=2)[0]

    others = training.peers(names, epochs=2)
    for name, theirs in others.items():
        if not np.allclose(ours(), theirs(), rtol=1e-8):
            raise AssertionError(f"{name} trains another network")
    compare("training, 2 epochs", ours, others)


def notebooks():
    """All notebooks under nbval on all cores, against `jupyter execute` one after the other."""
    pytest = [sys.executable, "-m", "pytest", "-q", "--nbval", "-n", str(os.cpu_count())]
    sanitize = ["--nbval-sanitize-with", "tests/sanitize.cfg", "--dist", "loadfile"]
    ours = _command(*pytest, *sanitize, "-o", "testpaths=notebooks", "notebooks")
    files = [str(p) for p in sorted((ROOT / "notebooks").glob("*.ipynb"))]
    jupyter = str(Path(sys.executable).with_name("jupyter"))

    def one_by_one():
        for file in files:
            _command(jupyter, "execute", file)()

    compare("re-executing the book", ours, {"jupyter execute": one_by_one})


def reading():
    """`make read` to the first page on screen, against `jupyter lab` alone (and a browser)."""
    browser = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))))
    ours, jupyter = first_page.commands(browser)
    compare("to the first page on screen", ours, {"jupyter lab": jupyter})


SECTIONS = {f.__name__: f for f in (imports, convolutions, jacobians, train, notebooks, reading)}


def main():
    """Run the sections named on the command line, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sections", nargs="*", help=", ".join(SECTIONS))
    chosen = parser.parse_args().sections or list(SECTIONS)
    if unknown := set(chosen) - set(SECTIONS):
        parser.error(f"there is no section {', '.join(unknown)}; take {', '.join(SECTIONS)}")
    print(f"{'what':32} {'against':22} {'ours':>11} {'theirs':>11} {'ratio':>10}")
    for name in chosen:
        SECTIONS[name]()


if __name__ == "__main__":
    main()
