"""The book as web pages and as one PDF: ``make site`` (Sphinx, from the stored outputs)."""
