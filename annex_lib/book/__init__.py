"""The book as files: reading it, executing it, storing its outputs, starting a chapter."""
