"""Sliders of the chapter on jacobians."""

__all__ = []
