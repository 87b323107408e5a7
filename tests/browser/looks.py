"""What can be said of a page without looking at it: axe-core's rules, and a few of our own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page

AXE_OPTIONS: dict[str, Any] = {
    "resultTypes": ["violations"],
    "preload": False,  # it would write style sheets into the page, which the security policy forbids
    "rules": {"target-size": {"enabled": True}},  # WCAG 2.2: 24 by 24 pixels, or as much room
}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}

_OVERFLOWING = """() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.querySelectorAll("body *")]
        .filter((each) => each.getBoundingClientRect().right > width + 1)
        .filter((each) => !each.closest(".scroll-x, pre, .board"))
        .map((each) => `${each.outerHTML.slice(0, 60)} … ${each.textContent.trim().slice(0, 40)}`)
        .slice(0, 5);
}"""


def axe_faults(page: Page, *, only_colours: bool = False) -> list[str]:
    """Return what axe-core finds: the rule, the element, and why. All of its rules, or those of colours.

    Args:
        page: in a window that brings `AXE_SCRIPT` into its pages, once for all of them.
    """
    violations = page.evaluate(
        "async (options) => (await axe.run(options)).violations",
        AXE_OPTIONS | (COLOURS if only_colours else {}),
    )
    return [
        f"{violation['id']}: {node['html'][:160]}: {' '.join(node['failureSummary'].split())[:240]}"
        for violation in violations
        for node in violation["nodes"]
    ]


def wider_than_the_window(page: Page) -> list[str]:
    """Return the elements for which one would have to scroll sideways."""
    found: list[str] = page.evaluate(_OVERFLOWING)
    return found


_ON_EACH_OTHER = """() => {
    const shown = [...document.querySelectorAll("header :is(a, summary, button)")]
        .filter((each) => each.checkVisibility() && !each.closest(".menu-items"))
        .map((each) => [each.textContent.trim(), each.getBoundingClientRect()]);
    return shown.flatMap(([name, a], index) => shown.slice(index + 1)
        .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1)
        .filter(([, b]) => a.top < b.bottom - 1 && b.top < a.bottom - 1)
        .map(([other]) => `${name} lies on ${other}`));
}"""


def lying_on_each_other(page: Page) -> list[str]:
    """Return what in the page's header covers something else of it."""
    found: list[str] = page.evaluate(_ON_EACH_OTHER)
    return found


_HAS_VISIBLE_FOCUS = """() => {
    const focused = document.activeElement;
    // A card shows the focus of its link, and a label that of the choice beside it.
    const shown = [focused, focused.closest(".job-card"), focused.nextElementSibling].filter(Boolean);
    return shown.some((each) => {
        const style = getComputedStyle(each);
        return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    });
}"""


def walk_by_tab(page: Page, *, most: int = 60) -> list[str]:
    """Press Tab through a page from its beginning; return the stops at which no focus can be seen."""
    unseen = []
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        if not page.evaluate(_HAS_VISIBLE_FOCUS):
            unseen.append(page.evaluate("document.activeElement.outerHTML.slice(0, 160)"))
    return unseen


@contextmanager
def weighed(page: Page) -> Iterator[list[float]]:
    """Give a list of the KB of each file that comes over the wire until the block ends: none is kept."""
    session = page.context.new_cdp_session(page)
    received: list[float] = []
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"] / 1000))
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    yield received
    session.detach()


def blocking_scripts(page: Page) -> list[str]:
    """Return the scripts that kept the page from being shown."""
    found: list[str] = page.evaluate(
        """() => performance.getEntriesByType("resource")
            .filter((each) => each.initiatorType === "script" && each.renderBlockingStatus === "blocking")
            .map((each) => each.name)"""
    )
    return found
