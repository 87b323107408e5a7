"""Signing in with more than a password: codes of an authenticator app, and a passkey of a device."""

import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page, expect

from tests.accounts.browser import PASSWORD, make_confirmed_user
from tests.browser.chromium import plug_in_authenticator
from tests.browser.conftest import OpenPage

EMAIL = "pat@orchard.example"
PERIOD = 30


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_an_authenticator_app_is_set_up_and_then_asked_for(open_page: OpenPage, javascript: bool) -> None:
    make_confirmed_user(EMAIL)
    page = open_page(java_script_enabled=javascript)
    sign_in(page)
    page.goto("/account/two-step/app")
    secret = page.locator("code.selectable").inner_text()
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    recovery_code = page.locator(".codes code").first.inner_text()

    page = open_page(java_script_enabled=javascript)
    sign_in(page)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Code").fill(code_of(secret, later=1))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect_signed_in(page)

    page = open_page(java_script_enabled=javascript)
    sign_in(page)
    page.get_by_label("Code").fill(recovery_code)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect_signed_in(page)


@pytest.mark.usefixtures("site")
def test_a_passkey_signs_in_without_a_password(open_page: OpenPage) -> None:
    make_confirmed_user(EMAIL)
    page = open_page(host="localhost")  # an address in numbers has no passkeys
    plug_in_authenticator(page)
    sign_in(page)
    page.goto("/account/passkeys/new")
    page.get_by_label("Name").fill("This laptop")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()

    page.context.clear_cookies()
    page.goto("/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect_signed_in(page)


def sign_in(page: Page) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def expect_signed_in(page: Page) -> None:
    expect(page.locator(".site-nav-end summary")).to_be_visible()


def code_of(secret: str, *, later: int = 0) -> str:
    """Return what an app shows now, or some periods later: no code counts twice."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD + later)))
