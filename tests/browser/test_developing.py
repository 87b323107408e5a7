"""A developer's first call: a key made on a page works in the API, and its use shows."""

import time

import pytest
import requests
from playwright.sync_api import expect

from accounts.models import Plan
from tests.accounts.browser import PASSWORD, make_confirmed_user
from tests.browser.conftest import OpenPage, Site
from tests.fixtures.factories import make_account

LONG_ENOUGH = 12
"""Seconds in which the page renews itself, and again."""


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_new_key_makes_a_first_call_which_the_usage_shows(
    site: Site, open_page: OpenPage, javascript: bool
) -> None:
    make_account(owner=make_confirmed_user("dev@orchard.example"), plan=Plan.PRO)
    page = open_page(java_script_enabled=javascript)
    page.goto("/dashboard/keys")
    page.get_by_label("E-mail address").fill("dev@orchard.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()

    page.get_by_role("link", name="Make the first key").click()
    page.get_by_label("Name").fill("Careers page")
    page.get_by_role("button", name="Make the key").click()
    secret = page.get_by_label("The key").input_value()
    expect(page.locator("#code-curl")).to_contain_text(secret)
    page.get_by_role("link", name="I have copied it").click()
    expect(page.get_by_text(secret)).to_have_count(0)
    expect(page.get_by_text("0 calls in the last hour")).to_be_visible()

    answer = call_api(site, secret)
    assert answer.status_code == 200
    calls = 1
    if (left := int(answer.headers["X-RateLimit-Reset"]) - time.time()) < LONG_ENOUGH:
        time.sleep(max(0, left) + 1)  # the minute ends before its use is looked at
        answer, calls = call_api(site, secret), 2

    shown = page.get_by_text(f"{calls} call{'s' * (calls > 1)} in the last hour")
    if javascript:
        page.mouse.move(0, 0)  # the page renews itself, but not what somebody points at
    else:
        for _ in range(10):  # a worker writes down its calls once a second
            page.reload()
            if shown.is_visible():
                break
            time.sleep(0.3)
    expect(shown).to_be_visible()
    expect(page.get_by_text("1 of 500 calls in this minute")).to_be_visible()
    call = page.get_by_role("row", name=answer.headers["X-Request-Id"])
    expect(call).to_contain_text("GET")
    expect(call).to_contain_text("/v1/jobs")
    expect(call).to_contain_text("200")


def call_api(site: Site, secret: str) -> requests.Response:
    return requests.get(
        f"{site.url}/v1/jobs?limit=5", headers={"Authorization": f"Bearer {secret}"}, timeout=30
    )
