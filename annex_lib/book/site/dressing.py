"""Sphinx extension: what a chapter gets on the site that its notebook does without.

Equations get their check marks and anchors, mentions such as (4.3) become links, the lines for
leafing go (the theme has them), and what a reader could not read is reported with its cell.
"""

import html
import re

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from annex_lib.book.site.katex import complaints

__all__ = ["Dress", "setup"]

TAG = re.compile(r"\s*\\tag\*?\{([^{}]*)\}")
MENTION = re.compile(r"(?<![\w.])\((\d{1,2}\.\d{1,2})\)")
LEAFING = re.compile(r"(← .* \| )?Contents( \| .* →)?")
LITERAL = (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw)
LINKED = (nodes.reference, addnodes.pending_xref, nodes.title)
logger = logging.getLogger(__name__)


class div(nodes.General, nodes.TextElement):
    """A `<div>`: docutils' own container carries a class that the theme lays out."""


class Dress(SphinxTransform):
    """Dress one page, after it is parsed and before its links are resolved."""

    default_priority = 870  # MyST resolves links within a page at 879

    def apply(self, **kwargs):
        """Change the page in place."""
        volume, name = self.config.annex_volume, self.env.docname
        chapter = volume.chapter(name)
        report_formulas(self.document, name)
        report_pictures(self.document, name)
        number_sections(self.document, self.env.metadata[name].get("myst_slugs", {}))
        if chapter:
            drop_leafing(self.document)
            add_links(self.document, volume, chapter)
            frame_displays(self.document, self.env, chapter.verdicts)
        else:
            frame_displays(self.document, self.env, None)
        link_mentions(self.document, name, volume.verdicts)
        keep_together(self.document)


def warn(words, name, node):
    """Report a fault at a node; `build` turns its line into a cell."""
    while not node.line and node.parent is not None:
        node = node.parent
    logger.warning(words, location=(name, node.line))


def report_formulas(document, name):
    """Report each formula that KaTeX can't read."""
    found = [*document.findall(nodes.math), *document.findall(nodes.math_block)]
    formulas = [(node.astext(), isinstance(node, nodes.math_block)) for node in found]
    for node, words in zip(found, complaints(formulas), strict=True):
        if words:
            warn(f"a formula can't be read: {words}", name, node)


def report_pictures(document, name):
    """Report each picture without alternative text."""
    for node in document.findall(nodes.image):
        if not node.get("alt", "").strip():
            warn(f"shows {node['uri']} without alternative text", name, node)
    for node in document.findall(nodes.raw):
        for tag in re.findall(r"<img\b[^>]*>", node.astext()):
            alt = re.search(r'\balt="([^"]*)"', tag)
            if not alt or not html.unescape(alt[1]).strip():
                warn("shows an image without alternative text", name, node)


def number_sections(document, slugs):
    """Give each numbered section an anchor that no other page has: `section-4-10`."""
    for section in document.findall(nodes.section):
        if number := re.match(r"(\d+)\.(\d+) ", section[0].astext()):
            old, new = section["ids"][0], f"section-{number[1]}-{number[2]}"
            section["ids"].insert(0, new)
            document.ids[new] = section
            for slug, (line, target, title) in slugs.items():
                if target == old:
                    slugs[slug] = (line, new, title)


def drop_leafing(document):
    """Remove the lines `← before | Contents | after →`."""
    for paragraph in list(document.findall(nodes.paragraph)):
        if LEAFING.fullmatch(paragraph.astext()):
            paragraph.parent.remove(paragraph)


def add_links(document, volume, chapter):
    """Put under the title where the chapter can be had as a notebook, and run."""
    file = chapter.path.name
    links = [(f'href="notebooks/{file}" download', "Download the notebook")]
    if hub := re.fullmatch(r"https://github\.com/([^/]+/[^/]+)", volume.repository):
        place = f"https://mybinder.org/v2/gh/{hub[1]}/HEAD?urlpath=lab/tree/notebooks/{file}"
        links.append((f'href="{place}"', "Run it on Binder"))
    if volume.lite:
        words = "Run it in this browser" if volume.numpy else "Open it in this browser, to read"
        links.append((f'href="lite/lab/index.html?path=notebooks/{file}"', words))
        links.append(('href="browser.html"', "What runs there"))
    items = "".join(f"<li><a {attributes}>{words}</a></li>" for attributes, words in links)
    section = next(document.findall(nodes.section))
    section.insert(1, nodes.raw("", f'<ul class="chapter-links">{items}</ul>', format="html"))


def frame_displays(document, env, verdicts):
    """Put each display in a box of its own, with its number and what was found of it.

    Parameters
    ----------
    verdicts : sequence of Verdict, or None
        In a chapter, one for each display. On other pages the displays are repeated from the
        chapters, and their numbers link there.
    """
    displays = list(document.findall(nodes.math_block))
    known = {v.number: v for v in verdicts} if verdicts else env.config.annex_volume.verdicts
    if verdicts is not None and len(verdicts) != len(displays):
        words = f"{len(displays)} displays are shown, but {len(verdicts)} were checked"
        warn(words, env.docname, document)
        return
    for place, display in enumerate(displays):
        tag = TAG.search(display.rawsource)
        number = verdicts[place].number if verdicts else tag and tag[1]
        verdict = known.get(number)
        tex = TAG.sub("", display.rawsource)
        formula = nodes.math_block(tex, rf"\[{tex}\]", nowrap=True, number=None)
        box = div("", "", div("", "", formula, classes=["eq-formula"]), classes=["eq"])
        side = div("", "", classes=["eq-side"])
        label = "eq-" + number.replace(".", "-").replace("#", "-n") if number else ""
        if verdicts:
            box["ids"] = [label]
            register(env, label, number)
        if tag:
            side += mention(tag[1], env.docname)
        if verdict is not None:
            side += nodes.raw("", badge(verdict), format="html")
        if len(side):
            box += side
        display.replace_self(box)


def register(env, label, number):
    """Make a display known to Sphinx, so that other pages can link to it."""
    standard = env.domains.standard_domain
    standard.anonlabels[label] = (env.docname, label)
    standard.labels[label] = (env.docname, label, f"({number})")


def mention(number, name):
    """Return a link to a display, as Sphinx resolves it later."""
    words = f"({number})"
    target = "eq-" + number.replace(".", "-")
    options = {"refdomain": "std", "reftype": "ref", "refexplicit": True, "refwarn": True}
    return addnodes.pending_xref(
        "", nodes.inline("", words), refdoc=name, reftarget=target, **options
    )


def badge(verdict):
    """Return the mark beside a display as HTML, or nothing; open it to read the verdict."""
    kinds = {"claim": ("ok", "✓"), "refuted": ("no", "✗"), "prose": ("left", "·")}
    if verdict.kind not in kinds:
        return ""
    css, mark = kinds[verdict.kind]
    name = f"({verdict.number})" if "#" not in verdict.number else "This line"
    words = str(verdict).partition(") ")[2]
    if verdict.kind == "prose":
        words = f"was not checked by the program: {verdict.reason}"
    said = html.escape(f"{name} {words}.")
    return (
        f'<details class="verdict {css}" name="verdict"><summary title="{said}">'
        f'<span aria-hidden="true">{mark}</span><span class="unseen">{name}: what was found</span>'
        f'</summary><div class="found">{said} <a href="formulas.html#how-they-are-checked">'
        "How this is checked</a></div></details>"
    )


def link_mentions(document, name, known):
    """Turn each (4.3) in the text into a link to that display."""
    for text in list(document.findall(nodes.Text)):
        if _within(text, (*LITERAL, *LINKED, div)) or not MENTION.search(text):
            continue
        parts = MENTION.split(str(text))  # text, number, text, number, ..., text
        new = []
        for words, number in zip(parts[::2], [*parts[1::2], None], strict=True):
            new += [nodes.Text(words)] if words else []
            if number:
                new.append(mention(number, name) if number in known else nodes.Text(f"({number})"))
        text.parent.replace(text, new)


def keep_together(document):
    """Keep a formula and the comma or full stop after it on one line."""
    for formula in list(document.findall(nodes.math)):
        after = formula.next_node(descend=False, siblings=True)
        if isinstance(after, nodes.Text) and (mark := re.match(r"[,.;:!?)’”]+", after)):
            both = nodes.inline(
                "", "", formula.deepcopy(), nodes.Text(mark[0]), classes=["together"]
            )
            rest = nodes.Text(after[mark.end() :])
            after.parent.replace(after, [rest] if rest else [])
            formula.replace_self(nodes.inline("", "", *both, classes=["together"]))


def _within(node, kinds):
    while node is not None and not isinstance(node, kinds):
        node = node.parent
    return node is not None


def visit_div(writer, node):
    """Open the `<div>`."""
    writer.body.append(writer.starttag(node, "div"))


def depart_div(writer, node):
    """Close the `<div>`."""
    writer.body.append("</div>\n")


def setup(app):
    """Tell Sphinx what is here."""
    app.add_config_value("annex_volume", None, "")
    app.add_node(div, html=(visit_div, depart_div))
    app.add_transform(Dress)
    return {"version": "1", "parallel_read_safe": True}
