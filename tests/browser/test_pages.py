"""Every page, on a phone and a desk, in light and dark: for everybody, in its window, as a picture.

Each is opened once, and all is asked of it there. The pages that a person opens by their addresses
share a window; what is done to come to the others may leave traces, so they have windows of their own.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from itertools import product
from pathlib import Path
from statistics import median

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect
from pytest_django import DjangoDbBlocker

from tests.browser import scene
from tests.browser.conftest import OPENED, SCREENSHOTS, OpenPage, Site, opening
from tests.browser.looks import (
    axe_faults,
    blocking_scripts,
    lying_on_each_other,
    walk_by_tab,
    weighed,
    wider_than_the_window,
)
from tests.browser.mailbox import Mailbox
from tests.browser.pages import EVERY_PAGE, PageOfSite
from tests.browser.scene import Scene
from tests.fixtures.served import committing

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
MOST_KILOBYTES = 60
TALLEST_PICTURE = 6000
HIGHEST_ROW = 60
"""Pixels of most rows of a queue: two or three lines."""
PAGES = {page.name: page for page in EVERY_PAGE}
Opened = tuple[Page, list[str]]
PICTURES = {("light", 1280), ("dark", 360)}


@pytest.fixture(scope="module")
def shown(_server: Site, django_db_blocker: DjangoDbBlocker) -> Iterator[Scene]:
    """A site with all there is to see."""
    with pytest.MonkeyPatch.context() as patch, committing(django_db_blocker):
        patch.setattr("django.conf.settings.BASE_URL", _server.url)
        yield scene.build()


@pytest.fixture(scope="module")
def own_windows(chromium: Browser, _server: Site, shown: Scene) -> Iterator[Callable[[str | None], Opened]]:
    """Gives everybody a window that stays open; what no page may do is found in the list beside it."""
    with ExitStack() as stack:

        @cache
        def window_of(person: str | None) -> Opened:
            user = shown.people[person] if person else None
            return stack.enter_context(opening(chromium, _server, user, script=AXE_SCRIPT, viewport=DESK))

        yield window_of


@pytest.mark.parametrize("page_of_site", EVERY_PAGE, ids=lambda each: each.name)
def test_a_page_is_for_everybody_fits_its_window_and_is_small(
    page_of_site: PageOfSite,
    shown: Scene,
    own_windows: Callable[[str | None], Opened],
    open_page: OpenPage,
    request: pytest.FixtureRequest,
    mailbox: Mailbox,
) -> None:
    if page_of_site.reach:
        user = shown.people[page_of_site.by] if page_of_site.by else None
        page, seen = open_page(user, page_of_site.host, script=AXE_SCRIPT, viewport=DESK), []
    else:
        page, seen = own_windows(page_of_site.by)
        request.node.stash[OPENED] = [page]
    page.set_viewport_size(DESK)
    page.emulate_media(color_scheme="light")
    if page_of_site.is_public:
        page.context.clear_cookies()
        with weighed(page) as files:
            _come_to(page, page_of_site, shown, mailbox)
        faults = [f"a script held it up: {script}" for script in blocking_scripts(page)]
        if sum(files) > MOST_KILOBYTES:
            faults.append(f"{sum(files):.1f} KB came over the wire")
    else:
        _come_to(page, page_of_site, shown, mailbox)
        faults = []

    expect(page.locator("h1")).to_have_count(1)
    for window, theme in product((DESK, PHONE), ("light", "dark")):
        page.set_viewport_size(window)
        page.emulate_media(color_scheme=theme)
        page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished))")
        where = f"{theme}, {window['width']} px: "
        faults += [where + fault for fault in axe_faults(page, only_colours=theme == "dark")]
        faults += [f"{where}wider than the window: {element}" for element in wider_than_the_window(page)]
        faults += [where + fault for fault in lying_on_each_other(page)]
        if (theme, window["width"]) in PICTURES:
            _take_picture(page, SCREENSHOTS / f"{page_of_site.name}-{window['width']}-{theme}.png")
    faults += seen
    seen.clear()
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("name", ["staff-review", "staff-suspicious", "staff-reports", "staff-verification"])
def test_each_row_of_a_queue_is_decided_without_scrolling_sideways(
    name: str, window: dict[str, int], shown: Scene, open_page: OpenPage
) -> None:
    page = open_page(shown.people["staff"], viewport=window)
    _come_to(page, PAGES[name], shown)
    buttons = page.locator(".field-decide button").evaluate_all(
        "all => all.map((each) => each.getBoundingClientRect()).map(({left, right}) => [left, right])"
    )
    assert buttons
    assert [each for each in buttons if each[0] < 0 or each[1] > window["width"]] == []


def test_rows_of_a_queue_are_low_enough_to_read_ten_at_once(shown: Scene, open_page: OpenPage) -> None:
    page = open_page(shown.people["staff"], viewport=DESK)
    _come_to(page, PAGES["staff-review"], shown)
    heights = page.locator("#result_list tbody tr").evaluate_all(
        "all => all.map((each) => each.getBoundingClientRect().height)"
    )
    assert sum(sorted(heights)[:10]) < DESK["height"]
    assert median(heights) < HIGHEST_ROW


@pytest.mark.parametrize(
    "name", ["home", "results", "job", "apply", "sign-up", "dashboard", "applicants-board"]
)
def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    name: str, shown: Scene, open_page: OpenPage
) -> None:
    page_of_site = PAGES[name]
    page = open_page(shown.people[page_of_site.by] if page_of_site.by else None, viewport=DESK)
    _come_to(page, page_of_site, shown)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    assert walk_by_tab(page) == []


def _come_to(page: Page, page_of_site: PageOfSite, shown: Scene, mailbox: Mailbox | None = None) -> None:
    answer = page.goto(page_of_site.path.format_map(shown.names))
    assert answer
    assert answer.status == page_of_site.status
    if page_of_site.reach:
        assert mailbox
        page_of_site.reach(page, mailbox)


def _take_picture(page: Page, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST_PICTURE)
    width = page.viewport_size["width"] if page.viewport_size else 0
    page.screenshot(path=file, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})
