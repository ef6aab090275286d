"""The pictures of the book, drawn by matplotlib from the numbers they speak of.

Each function takes the numbers and returns a `Figure`, which a notebook shows with its
alternative text and caption. One module for each chapter.
"""

from annex_lib.figures.activations_and_losses import *
from annex_lib.figures.album import keep
from annex_lib.figures.attention import *
from annex_lib.figures.chain_rule import *
from annex_lib.figures.checking import *
from annex_lib.figures.convolution_layer import *
from annex_lib.figures.core import Figure, KeptFigure
from annex_lib.figures.forward_reverse import *
from annex_lib.figures.general_convolution import *
from annex_lib.figures.jacobians import *
from annex_lib.figures.linear_algebra import *
from annex_lib.figures.linear_layer import *
from annex_lib.figures.network_training import *
from annex_lib.figures.normalisation import *
from annex_lib.figures.overview import *

keep(globals(), Figure, KeptFigure, __name__)
