"""Markdown of employers as HTML that is safe in any page: no scripts, images, styles or raw HTML."""

import nh3
from markdown_it import MarkdownIt

ALLOWED_TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "code", "em", "strong", "a"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"),
}

_markdown = MarkdownIt("commonmark", {"html": False, "linkify": True}).enable(["table", "linkify"])
_cleaner = nh3.Cleaner(
    tags=ALLOWED_TAGS,
    attributes={"a": {"href", "title"}, "ol": {"start"}},
    url_schemes={"https", "http", "mailto"},
    url_relative="deny",
    link_rel="nofollow noopener ugc",
)


def render(markdown: str) -> str:
    """Return the HTML of a text in CommonMark with tables and bare links.

    Headings are a level lower than written, so that the page keeps its only `h1`; images are
    left out; links carry `rel="nofollow noopener ugc"` and are absolute.
    """
    tokens = _markdown.parse(markdown)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
    return _cleaner.clean(_markdown.renderer.render(tokens, _markdown.options, {}))
