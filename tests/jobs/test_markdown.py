"""Descriptions become HTML that can do no harm."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.markdown import ALLOWED_TAGS, render

ALLOWED_ATTRIBUTES = {"href", "title", "rel", "start"}


class Inspector(HTMLParser):
    """Collects what a browser would act upon."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: dict[str, list[str]] = {}
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")


def assert_harmless(html: str) -> None:
    found = Inspector(html)
    assert found.tags <= ALLOWED_TAGS
    assert found.attributes.keys() <= ALLOWED_ATTRIBUTES
    for address in found.attributes.get("href", []):
        assert re.match(r"(https?|mailto):", address, re.IGNORECASE)


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<iframe srcdoc='<script>alert(1)</script>'>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java\nscript:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "[x](//evil.example)",
        "[x](/logout)",
        "<javascript:alert(1)>",
        "![x](https://evil.example/track.png)",
        "![x](data:image/svg+xml;base64,PHN2Zz4=)",
        '[x](https://e.com "onmouseover=alert(1)")',
        "[x](https://e.com\"onmouseover='alert(1)')",
        "<style>*{display:none}</style>",
        "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        "```<script>\nalert(1)\n```",
        "| a |\n|:-:|\n| <script>alert(1)</script> |",
        "[x]: javascript:alert(1)\n\n[x]",
    ],
)
def test_an_attack_becomes_text(attack: str) -> None:
    assert_harmless(render(attack))


@given(st.text(alphabet=st.sampled_from("<>[]()!\"'`#*_|-:/&;=\\\n ajscriptonxhf")))
def test_whatever_is_written_is_harmless(text: str) -> None:
    assert_harmless(render(text))


def test_markdown_is_supported() -> None:
    html = render("**a** *b* `c`\n\n- d\n\n3. e\n\n> f\n\n| g |\n|---|\n| h |\n")

    assert Inspector(html).tags >= {"strong", "em", "code", "ul", "ol", "li", "blockquote", "table", "td"}
    assert '<ol start="3">' in html


def test_headings_leave_the_first_level_to_the_page() -> None:
    assert render("# A\n\n### B\n\n###### C") == "<h2>A</h2>\n<h4>B</h4>\n<h6>C</h6>\n"


def test_links_give_no_reputation_and_no_way_back() -> None:
    html = render("[us](https://example.com) and https://example.org")

    assert html.count('rel="nofollow noopener ugc"') == 2
    assert 'href="https://example.org"' in html


def test_images_are_left_out() -> None:
    assert "evil" not in render("![x](https://evil.example/track.png)")
