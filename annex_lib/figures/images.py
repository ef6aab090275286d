"""The pictures that stand in images/, each with the numbers it is drawn from."""

from annex_lib.figures.convolution_layer import backward_conv
from annex_lib.figures.linear_layer import jacobian_W
from annex_lib.figures.overview import book_map

__all__ = ["IMAGES"]

# File name (without ending) to a function without arguments that returns the Figure.
IMAGES = {
    "backward_conv": lambda: backward_conv([[0, 1, 2], [3, 4, 5], [6, 7, 8]], [[1, 0], [0, -1]]),
    "book_map": book_map,
    "jacobian_W": lambda: jacobian_W([1, 2, 3], [[1, 0, 2], [0, 1, 1]]),
}
