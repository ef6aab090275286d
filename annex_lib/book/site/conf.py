"""Sphinx's settings; what depends on the book at hand is added by `build`."""

project = "Annex"
author = "The Annex authors"
copyright = "The Annex authors"
extensions = ["myst_nb", "sphinx.ext.githubpages", "annex_lib.book.site.dressing"]

# Notebooks: as they are stored, never executed; headings carry their numbers themselves.
nb_execution_mode = "off"
nb_ipywidgets_js = {}
nb_merge_streams = True
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
myst_heading_slug_func = "annex_lib.book.site.volume.anchor"
myst_update_mathjax = False
mathjax_path = "mathjax/tex-chtml.js"
mathjax_config_path = "mathjax.js"

html_theme = "sphinx_book_theme"
html_title = "Annex"
html_css_files = ["book.css"]
html_js_files = [("figures.js", {"defer": "defer"})]
html_favicon = "static/favicon.svg"
html_context = {"default_mode": "auto"}
html_use_index = False
html_copy_source = html_show_sourcelink = False
html_theme_options = {
    "logo": {"text": "Annex"},
    "use_download_button": False,  # each chapter says in words what can be had
    "home_page_in_toc": True,
    "show_toc_level": 2,
    "search_bar_text": "Search the book",
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "footer_content_items": ["copyright.html"],
}
