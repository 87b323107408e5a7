"""JobSphere in a real browser: a served site with hashed, compressed files, and Chromium to look at it."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pytest_django import DjangoDbBlocker

from accounts.models import User
from jobsphere.launcher import DATA
from tests.browser.chromium import ARGUMENTS, find_chromium, watched
from tests.browser.mailbox import Mailbox
from tests.browser.sessions import session_cookie
from tests.fixtures.served import PROJECT, serving

HERE = Path(__file__).parent
HOW_TO_GET_CHROMIUM = "no Chromium was found: `make browser` installs it on Debian, `CHROMIUM` names another"
PATIENCE = 20_000
"""Milliseconds that a busy machine has for each step."""
expect.set_options(timeout=PATIENCE)

SCREENSHOTS = DATA / "screenshots"
OPENED = pytest.StashKey[list[Page]]()
IS_CI = os.environ.get("CI") == "true"

OpenPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is here, and skip it where there is no Chromium; CI has to have one."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("browser")
            if not (IS_CI or find_chromium()):
                item.add_marker(pytest.mark.skip(reason=HOW_TO_GET_CHROMIUM))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once why tests were skipped."""
    reports = terminalreporter.stats.get("skipped", [])
    if skipped := sum(HOW_TO_GET_CHROMIUM in str(report.longrepr) for report in reports):
        terminalreporter.write_line(f"{skipped} tests in a browser were skipped: {HOW_TO_GET_CHROMIUM}.")


@dataclass(frozen=True)
class Site:
    """A served JobSphere.

    Args:
        url: its address, without a slash at its end.
    """

    url: str
    mailbox: Mailbox


@pytest.fixture(scope="package")
def _server(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    static_files, mails = tmp_path_factory.mktemp("static"), tmp_path_factory.mktemp("mails")
    production = {"STATIC_ROOT": str(static_files), "STATIC_FILES_COLLECTED": "1"}
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0"]
    subprocess.run(command, cwd=PROJECT, env=os.environ | production, check=True)
    with (
        django_db_blocker.unblock(),
        serving(
            **production,
            EMAIL_URL=f"filemail:///{mails}",
            WEB_CONCURRENCY="2",
            DJANGO_SETTINGS_MODULE="tests.browser.served_settings",
        ) as url,
    ):
        yield Site(url, Mailbox(mails))


@pytest.fixture
def site(committed: None, _server: Site) -> Site:
    """A served JobSphere, with an empty database and no mails."""
    _server.mailbox.empty()
    return _server


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The browser; each test has windows of its own in it."""
    path = find_chromium()
    assert path, HOW_TO_GET_CHROMIUM
    # Playwright keeps an event loop in this thread, from which Django would forbid its database.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep pictures of the pages at which a test failed."""
    report = yield
    if report.when == "call" and report.failed:
        for number, page in enumerate(item.stash.get(OPENED, [])):
            name = re.sub(r"\W+", "-", item.name).strip("-")
            SCREENSHOTS.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=SCREENSHOTS / f"failed-{name}-{number}.png")
    return report


@pytest.fixture
def mailbox(_server: Site) -> Mailbox:
    """Everybody's e-mails."""
    return _server.mailbox


@contextmanager
def opening(
    chromium: Browser,
    site: Site,
    user: User | None = None,
    host: str = "127.0.0.1",
    script: str | None = None,
    **options: Any,
) -> Iterator[tuple[Page, list[str]]]:
    """Open a window of a new browser until the block ends; gives its page, and the list of what it did wrong.

    Args:
        user: who is signed in.
        host: under which name the site is opened.
        script: runs in each page before those of the page itself.
        options: of the browser, as Playwright has them.
    """
    url = site.url.replace("127.0.0.1", host)
    with _context(chromium, url, options) as context, watched(context, url) as faults:
        if script:
            context.add_init_script(script)
        if user:
            context.add_cookies([session_cookie(user, url)])
        yield context.new_page(), faults


@pytest.fixture
def open_page(request: pytest.FixtureRequest, chromium: Browser, _server: Site) -> Iterator[OpenPage]:
    """Open a window as `opening` does: `open_page(user, java_script_enabled=False)`.

    What no page may do fails the test at its end.
    """
    opened = request.node.stash[OPENED] = []
    with ExitStack() as stack:

        def _open(*args: Any, **options: Any) -> Page:
            page, _ = stack.enter_context(opening(chromium, _server, *args, **options))
            opened.append(page)
            return page

        yield _open


def _context(chromium: Browser, url: str, options: dict[str, Any]) -> BrowserContext:
    context = chromium.new_context(
        **{"base_url": url, "locale": "en-US", "timezone_id": "UTC", "reduced_motion": "reduce"} | options
    )
    context.set_default_timeout(PATIENCE)
    return context
