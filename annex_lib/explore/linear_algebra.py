"""Sliders of the chapter on linear algebra."""

__all__ = []
