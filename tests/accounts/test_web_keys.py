"""The developer's corner: keys from their making to their end, usage, latest calls."""

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts import calls, services
from accounts.models import Account, ApiKey, Role, User
from accounts.web import plot
from tests.accounts.browser import (
    PASSWORD,
    Browser,
    browser_of,
    confirm_identity,
    make_confirmed_user,
    make_member,
    text_of,
)
from tests.fixtures.factories import ApiClient, make_account, make_company, make_job, make_key

pytestmark = pytest.mark.django_db
SECRET = re.compile(r"js_live_[0-9A-Za-z]{38}")


@pytest.fixture
def owner() -> User:
    return make_confirmed_user("owner@techcorp.example")


@pytest.fixture
def account(owner: User) -> Account:
    return make_account(name="TechCorp", owner=owner)


@pytest.fixture
def browser(account: Account, owner: User) -> Browser:
    """The owner's browser, just confirmed."""
    browser = browser_of(owner)
    confirm_identity(browser)
    return browser


def create(browser: Browser, **fields: str) -> Any:
    return browser.post("/dashboard/keys/new", {"name": "Careers page", "scope": "read", **fields})


def secret_in(answer: Any) -> str:
    found = SECRET.search(text_of(answer))
    assert found
    return found[0]


class TestKeys:
    def test_a_new_key_is_shown_once_and_works(self, browser: Browser) -> None:
        answer = create(browser, lifetime="90")
        assert "no-store" in answer["Cache-Control"]
        secret = secret_in(answer)
        assert f"Bearer {secret}" in text_of(answer)
        assert ApiClient(secret).get("/v1/me").status_code == 200
        page = text_of(browser.get("/dashboard/keys"))
        assert "Careers page" in page
        assert not SECRET.search(page)
        (key,) = ApiKey.objects.all()
        assert key.created_by is not None
        assert key.expires_at is not None
        assert timedelta(days=89) < key.expires_at - timezone.now() < timedelta(days=91)

    def test_what_it_may_and_where_are_kept(self, browser: Browser) -> None:
        create(
            browser,
            scope="read_write",
            lifetime="",
            allowed_networks="192.0.2.0/24\r\n\r\n2001:db8::1",
            allowed_origins="https://careers.example.com",
        )
        (key,) = ApiKey.objects.all()
        assert key.can_write
        assert key.expires_at is None
        assert key.allowed_networks == ["192.0.2.0/24", "2001:db8::1/128"]
        assert key.allowed_origins == ["https://careers.example.com"]

    def test_what_is_wrong_is_said_and_nothing_typed_is_lost(self, browser: Browser) -> None:
        page = text_of(create(browser, allowed_networks="the office"))
        assert "the office is not an address or network" in page
        assert 'value="Careers page"' in page
        assert re.search(r"<textarea[^>]*>\s*the office</textarea>", page)
        assert not ApiKey.objects.exists()

    def test_making_one_asks_again_who_one_is_and_then_goes_on(self, owner: User, account: Account) -> None:
        browser = browser_of(owner)
        answer = browser.get("/dashboard/keys/new")
        assert answer.url == "/account/confirm?next=%2Fdashboard%2Fkeys%2Fnew"
        assert create(browser).url == answer.url
        assert not ApiKey.objects.exists()
        answer = browser.post("/account/confirm", {"password": PASSWORD, "next": "/dashboard/keys/new"})
        assert ApiClient(secret_in(answer)).get("/v1/me").status_code == 200

    def test_rotating_gives_a_new_secret_and_the_old_one_works_on(
        self, browser: Browser, account: Account
    ) -> None:
        key, old = make_key(account)
        answer = browser.post(f"/dashboard/keys/{key.public_id}/rotate", {"overlap": "7"})
        new = secret_in(answer)
        assert new != old
        assert [ApiClient(secret).get("/v1/me").status_code for secret in (old, new)] == [200, 200]
        assert "Replaced" in text_of(browser.get("/dashboard/keys"))
        again = browser.post(f"/dashboard/keys/{key.public_id}/rotate", {"overlap": "7"})
        assert "rotated already" in text_of(again)

    def test_rotating_without_overlap_ends_the_old_one(self, browser: Browser, account: Account) -> None:
        key, old = make_key(account)
        browser.post(f"/dashboard/keys/{key.public_id}/rotate", {"overlap": "0"})
        assert ApiClient(old).get("/v1/me").status_code == 401

    def test_a_revoked_key_fails_at_once(self, browser: Browser, account: Account) -> None:
        key, secret = make_key(account)
        assert "Revoke Test?" in text_of(browser.get(f"/dashboard/keys/{key.public_id}/revoke"))
        assert ApiClient(secret).get("/v1/me").status_code == 200
        browser.post(f"/dashboard/keys/{key.public_id}/revoke")
        assert ApiClient(secret).get("/v1/me").status_code == 401
        assert "Revoked" in text_of(browser.get("/dashboard/keys"))

    def test_viewers_see_keys_but_no_buttons(self, account: Account) -> None:
        make_key(account)
        page = text_of(browser_of(make_member(account, Role.VIEWER)).get("/dashboard/keys"))
        assert "js_live_" in page
        assert "/revoke" not in page
        assert "/dashboard/keys/new" not in page

    def test_no_secret_is_logged(self, browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level("DEBUG"):
            secret = secret_in(create(browser))
            ApiClient(secret).get("/v1/jobs?q=x")
        assert secret not in caplog.text
        assert PASSWORD not in caplog.text

    def test_the_page_takes_as_many_queries_for_thirty_keys_as_for_one(
        self, browser: Browser, account: Account, owner: User, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(30):
            make_key(account, created_by=owner)
        with django_assert_max_num_queries(6):
            browser.get("/dashboard/keys")


class TestUsage:
    def test_calls_are_shown_by_their_route_without_their_query(
        self, browser: Browser, account: Account
    ) -> None:
        client = ApiClient(make_key(account)[1])
        job = make_job(make_company(account))
        answer = client.get(f"/v1/jobs/{job.public_id}")
        client.get("/v1/jobs?q=somebody@example.com")
        client.get("/v1/nothing/somebody@example.com")
        client.get("/v1/applications/app_00000000/timeline")
        page = text_of(browser.get("/dashboard/keys"))
        for call in (
            "GET /v1/jobs/{id}",
            "GET /v1/jobs",
            "GET unknown",
            "GET /v1/applications/{id}/timeline",
        ):
            assert f"<code>{call}</code>" in page
        assert answer["X-Request-Id"] in page
        assert "somebody@example.com" not in page
        assert "4 of 500 calls in this minute" in page

    def test_refused_calls_are_counted_apart(self, browser: Browser, account: Account) -> None:
        account.plan = "free"
        account.save()
        client = ApiClient(make_key(account)[1])
        for _ in range(62):
            client.get("/v1/me")
        assert "2 refused" in text_of(browser.get("/dashboard/keys/usage"))

    def test_the_part_that_is_renewed_is_a_fragment(self, browser: Browser) -> None:
        page = text_of(browser.get("/dashboard/keys/usage"))
        assert "<html" not in page
        assert "<svg" in page
        assert "style=" not in page

    def test_calls_of_other_accounts_stay_theirs(self, browser: Browser) -> None:
        ApiClient(make_key(make_account())[1]).get("/v1/me")
        assert "/v1/me" not in text_of(browser.get("/dashboard/keys/calls"))

    def test_a_hundred_calls_are_kept(self, browser: Browser, account: Account) -> None:
        client = ApiClient(make_key(account)[1])
        for _ in range(103):
            client.get("/v1/me")
        assert len(calls.latest(account.pk)) == calls.KEPT_CALLS
        assert text_of(browser.get("/dashboard/keys/calls")).count("<code>GET /v1/me</code>") == 100

    def test_calls_are_written_though_nobody_asks(self, account: Account) -> None:
        ApiClient(make_key(account)[1]).get("/v1/me")
        written = calls._redis()
        assert written.exists(f"jobsphere:calls:{account.pk}") == 0
        end = time.monotonic() + 10
        while not written.exists(f"jobsphere:calls:{account.pk}"):
            assert time.monotonic() < end
            time.sleep(0.05)

    def test_noting_a_call_writes_nothing_to_the_database(
        self, account: Account, django_assert_num_queries: Any
    ) -> None:
        client = ApiClient(make_key(account)[1])
        client.get("/v1/me")
        with django_assert_num_queries(1):
            client.get("/v1/me")

    def test_calls_are_served_while_the_store_is_down(
        self, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        nowhere = calls.Redis.from_url("redis://127.0.0.1:1")
        monkeypatch.setattr(calls, "_redis", lambda: nowhere)
        assert ApiClient(make_key(account)[1]).get("/v1/me").status_code == 200
        assert calls.latest(account.pk) == []
        assert sum(minute.served for minute in calls.minutes(account.pk)) == 0

    def test_the_plot_holds_its_calls_and_the_limit(self) -> None:
        minutes = [calls.Minute(number, served=number * 10, refused=5) for number in range(60)]
        drawn = plot.of(minutes, 60)
        assert drawn.highest == 595
        assert all(0 <= bar.refused_y <= bar.served_y <= plot.HEIGHT for bar in drawn.bars)
        assert 0 < drawn.limit_y < plot.HEIGHT
        assert plot.of([calls.Minute(1)], 60).total == 0


def test_an_invalid_overlap_is_refused(browser: Browser, account: Account) -> None:
    key, _ = make_key(account)
    assert browser.post(f"/dashboard/keys/{key.public_id}/rotate", {"overlap": "9"}).status_code == 200
    assert ApiKey.objects.count() == 1


def test_a_key_made_by_a_service_can_be_revoked_twice(account: Account) -> None:
    key, _ = make_key(account)
    first = services.revoke_key(key=key).revoked_at
    assert services.revoke_key(key=key).revoked_at == first
