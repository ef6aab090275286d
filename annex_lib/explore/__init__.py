"""Sliders around the pictures of the book. One module for each chapter."""

from annex_lib.explore.chain_rule import *
from annex_lib.explore.convolution_layer import *
from annex_lib.explore.core import Explorer, Slider
from annex_lib.explore.jacobians import *
from annex_lib.explore.linear_algebra import *
from annex_lib.explore.linear_layer import *
