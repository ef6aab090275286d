"""Pictures of the chapter on linear layer."""

__all__ = []
