"""The pictures that stand in images/, each with the numbers it is drawn from."""

__all__ = ["IMAGES"]

# File name (without ending) to a function without arguments that returns the Figure.
IMAGES = {}
