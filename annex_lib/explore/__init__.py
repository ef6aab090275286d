"""Sliders around the pictures of the book. One module for each chapter.

To make one: draw a `Scene` (see `annex_lib.figures.scene`), and give it to a `Player` with the
axes that a reader can move.
"""

from annex_lib.explore.activations_and_losses import *
from annex_lib.explore.attention import *
from annex_lib.explore.axes import Cell, Choice, Slider
from annex_lib.explore.chain_rule import *
from annex_lib.explore.checking import *
from annex_lib.explore.convolution_layer import *
from annex_lib.explore.forward_reverse import *
from annex_lib.explore.general_convolution import *
from annex_lib.explore.inspector import *
from annex_lib.explore.inspector_conv import *
from annex_lib.explore.jacobians import *
from annex_lib.explore.linear_algebra import *
from annex_lib.explore.linear_layer import *
from annex_lib.explore.network_training import *
from annex_lib.explore.normalisation import *
from annex_lib.explore.player import Field, KeptPlayer, Player, read_array
from annex_lib.explore.progress import progress
from annex_lib.figures.album import keep

keep(globals(), Player, KeptPlayer, __name__)
