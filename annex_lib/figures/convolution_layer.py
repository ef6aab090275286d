"""Pictures of the chapter on convolution layer."""

__all__ = []
