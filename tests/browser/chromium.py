"""Chromium: where it is, how it is started, and what no page of ours may do in it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Nothing but this machine has an address: what a page asks of others fails, and is seen.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


def find_chromium() -> str | None:
    """Return the path of Chromium: the one that `CHROMIUM` names, or Debian's."""
    return shutil.which(os.environ.get("CHROMIUM") or "chromium")


@contextmanager
def watched(context: BrowserContext, origin: str) -> Iterator[list[str]]:
    """Fail after the block if a page asked another host for anything, or the console has a complaint.

    Gives the list of faults as it grows: who takes them from it reports them.

    Args:
        origin: scheme, host and port that pages may ask.
    """
    faults: list[str] = []
    answered_with_an_error: set[str] = set()

    def see_request(request: Request) -> None:
        parts = urlsplit(request.url)
        is_of_the_web = parts.scheme not in ("data", "blob", "chrome", "chrome-extension")  # its PDF viewer
        if is_of_the_web and f"{parts.scheme}://{parts.netloc}" != origin:
            faults.append(f"asked another host: {request.url}")

    def see_response(response: Response) -> None:
        if response.status >= 400 and response.request.is_navigation_request():
            answered_with_an_error.add(response.url)

    def see_message(message: ConsoleMessage) -> None:
        # Chromium complains of every page that is itself an error, such as "not found".
        is_of_an_error_page = message.text.startswith("Failed to load resource") and (
            message.location["url"] in answered_with_an_error
        )
        if message.type in ("error", "warning") and not is_of_an_error_page:
            faults.append(f"console {message.type}: {message.text} ({message.location['url']})")

    context.on("request", see_request)
    context.on("response", see_response)
    context.on("console", see_message)
    context.on("weberror", lambda event: faults.append(f"script error: {event.error}"))
    yield faults
    assert not faults, "\n".join(faults)


def plug_in_authenticator(page: Page) -> None:
    """Give the browser a device that holds passkeys and always says yes."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
