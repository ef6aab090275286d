"""The text as one PDF: a page with all chapters, printed by Chromium."""

from annex_lib.book.browser import FLAGS

__all__ = ["print_pdf"]

# Pixels between the margins, (210 - 40) mm at 96 pixels an inch by the scale of 0.8, less what the
# theme leaves free at the sides of a printed page.
WIDTH = 720
# A formula wider than the paper is made smaller; on the site it would scroll.
LOAD = """() => Promise.all([...document.images].map(picture => {
  picture.loading = 'eager';
  return picture.decode();
}))"""
FIT = """() => document.querySelectorAll('.eq-formula mjx-container').forEach(formula => {
  const room = formula.clientWidth / formula.scrollWidth;
  if (room < 1) formula.closest('.eq-formula').style.fontSize = `${95 * room}%`;
})"""

FOOT = (
    '<div style="width: 100%; font: 8px serif; text-align: center">'
    '<span class="pageNumber"></span></div>'
)


def print_pdf(page, pdf, browser, patience=600_000):
    """Print a page with formulas.

    Parameters
    ----------
    page : Path
        HTML, which says by `data-typeset="done"` on its root that all formulas are there.
    pdf : Path
        What to write.
    browser : str
        The path of a Chromium.
    patience : int
        How long to wait for the formulas, in milliseconds.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser, args=[*FLAGS, "--allow-file-access-from-files"]
        )
        tab = chromium.new_page(color_scheme="light")
        tab.set_default_timeout(patience)
        tab.goto(page.as_uri())
        tab.wait_for_function("document.documentElement.dataset.typeset === 'done'")
        tab.evaluate(LOAD)
        tab.emulate_media(media="print")
        tab.set_viewport_size({"width": WIDTH, "height": 1100})
        tab.evaluate(FIT)
        tab.pdf(
            path=pdf,
            format="A4",
            scale=0.8,
            margin={"top": "18mm", "bottom": "18mm", "left": "20mm", "right": "20mm"},
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOT,
            outline=True,
            tagged=True,
            print_background=True,
        )
        chromium.close()
