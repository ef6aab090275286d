"""Sliders around the pictures of the book. One module for each chapter."""

from annex_lib.explore.core import Explorer, Slider

__all__ = ["Explorer", "Slider"]
