"""The shared module of the Annex: the layers of the book, their derivatives, their pictures.

Each module imports only from those before it:

- `shapes`: the error that names the axis, and how it is found
- `printing`: how the chapters print numbers
- `derivatives`: numerical Jacobians, and the check that every derivative must pass
- `linear`, `convolution` (with `windows` and `patches`), `transposed`: the layers, forward and
  backward
- `activations` and `losses` (with `softmax`), `pooling` (with `windows`): what goes with them
- `normalisation`, `attention`: layer and batch norm; queries, keys and values
- `dual` and `network`: derivatives of whole programs, forward and on a tape; `training`
- `museum`: wrong backward passes beside the right ones, and the checks that should find them
- `equations`: reads the LaTeX of the chapters and decides each display; needs only `shapes`
- `figures`: pictures that carry their own description
- `explore`: sliders around those pictures
- `exercises`: the questions, and the slips that readers make in them
- `book`: reading, executing and storing the chapters

Importing `annex_lib` costs what importing NumPy costs; `figures` (matplotlib) and `explore`
(ipywidgets, anywidget) are loaded when they are first asked for.
"""

import importlib.util

if importlib.util.find_spec("numpy") is None:
    raise ImportError(
        "annex_lib needs NumPy, which is missing here: on your own machine `make read` installs "
        "it; a copy for the browser has it only if its publisher put it in."
    )

__version__ = "0.1.0"

_MODULES = (
    "shapes",
    "printing",
    "derivatives",
    "linear",
    "windows",
    "patches",
    "convolution",
    "transposed",
    "softmax",
    "activations",
    "pooling",
    "losses",
    "normalisation",
    "attention",
    "dual",
    "network",
    "training",
    "museum",
    "equations",
    "figures",
    "explore",
    "exercises",
)


def __getattr__(name):
    """Load a module of the package when it is first used."""
    if name in _MODULES:
        return importlib.import_module(f"annex_lib.{name}")
    raise AttributeError(f"module 'annex_lib' has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *_MODULES])
