"""Every page, on a phone and a desk, in light and dark: for everybody, in its window, as a picture."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django import DjangoDbBlocker

from tests.browser import scene
from tests.browser.conftest import SCREENSHOTS, OpenPage, Site
from tests.browser.looks import (
    axe_faults,
    blocking_scripts,
    kilobytes_of,
    walk_by_tab,
    wider_than_the_window,
)
from tests.browser.pages import EVERY_PAGE, PUBLIC, PageOfSite
from tests.browser.scene import Scene
from tests.fixtures.served import committing

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
MOST_KILOBYTES = 60
TALLEST_PICTURE = 6000
PICTURES = {("light", 1280), ("dark", 360)}


@pytest.fixture(scope="module")
def shown(_server: Site, django_db_blocker: DjangoDbBlocker) -> Iterator[Scene]:
    """A site with all there is to see."""
    with pytest.MonkeyPatch.context() as patch, committing(django_db_blocker):
        patch.setattr("django.conf.settings.BASE_URL", _server.url)
        yield scene.build()


@pytest.mark.parametrize("page_of_site", EVERY_PAGE, ids=lambda each: each.name)
def test_axe_finds_nothing_and_nothing_is_cut_off(
    page_of_site: PageOfSite, shown: Scene, open_page: OpenPage
) -> None:
    page = open_page(shown.people[page_of_site.by] if page_of_site.by else None, viewport=DESK)
    _come_to(page, page_of_site, shown)

    expect(page.locator("h1")).to_have_count(1)
    faults = []
    for window, theme in product((DESK, PHONE), ("light", "dark")):
        page.set_viewport_size(window)
        page.emulate_media(color_scheme=theme)
        page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished))")
        where = f"{theme}, {window['width']} px: "
        faults += [where + fault for fault in axe_faults(page, only_colours=theme == "dark")]
        faults += [f"{where}wider than the window: {element}" for element in wider_than_the_window(page)]
        if (theme, window["width"]) in PICTURES:
            _take_picture(page, SCREENSHOTS / f"{page_of_site.name}-{window['width']}-{theme}.png")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    "name", ["home", "results", "job", "apply", "sign-up", "dashboard", "applicants-board"]
)
def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    name: str, shown: Scene, open_page: OpenPage
) -> None:
    page_of_site = next(each for each in EVERY_PAGE if each.name == name)
    page = open_page(shown.people[page_of_site.by] if page_of_site.by else None, viewport=DESK)
    _come_to(page, page_of_site, shown)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    assert walk_by_tab(page) == []


@pytest.mark.parametrize("page_of_site", PUBLIC, ids=lambda each: each.name)
def test_a_public_page_is_small_and_no_script_holds_it_up(
    page_of_site: PageOfSite, shown: Scene, open_page: OpenPage
) -> None:
    page = open_page(viewport=DESK)
    assert kilobytes_of(page, page_of_site.path.format_map(shown.names)) < MOST_KILOBYTES
    assert blocking_scripts(page) == []


def _come_to(page: Page, page_of_site: PageOfSite, shown: Scene) -> None:
    answer = page.goto(page_of_site.path.format_map(shown.names))
    assert answer
    assert answer.status == page_of_site.status
    if page_of_site.reach:
        page_of_site.reach(page)


def _take_picture(page: Page, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST_PICTURE)
    width = page.viewport_size["width"] if page.viewport_size else 0
    page.screenshot(path=file, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})
