"""The book with no machine behind it: ``make lite`` (JupyterLite, with Python in the browser)."""
