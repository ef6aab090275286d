"""Pictures of the chapter on chain rule."""

__all__ = []
