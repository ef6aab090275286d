"""The book as files: reading it, executing it, storing its outputs, starting a chapter."""

import sys

# What reads notebooks checks, if it can, a format of addresses that no notebook has; the package
# for it reads a grammar when it is imported. Without it everything here starts two seconds sooner.
sys.modules.setdefault("rfc3987_syntax", None)
