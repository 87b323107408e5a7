"""Forms that make something make it once, however often they are sent."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from redis import Redis

from accounts.models import Account, ApiKey, Invitation
from jobs.models import Company, Job
from tests.accounts.browser import PASSWORD, Browser, make_confirmed_user, text_of
from tests.fixtures.factories import make_account, make_category, make_company
from tests.jobs.dashboard import job_form

pytestmark = pytest.mark.django_db

OWNER = "owner@techcorp.example"
SECRET = re.compile(r"js_live_[0-9A-Za-z]{38}")


@pytest.fixture
def account() -> Account:
    return make_account(name="TechCorp", owner=make_confirmed_user(OWNER))


@pytest.fixture
def company(account: Account) -> Company:
    return make_company(account)


class _RealBrowser(Browser):
    """A browser whose forms carry the token of the page that they stand on, as the middleware demands."""

    def __init__(self) -> None:
        super().__init__(enforce_csrf_checks=True)

    def load(self, path: str) -> str:
        """Load the page of a form and return the form's token."""
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', text_of(self.get(path)))
        assert found
        return found[1]


@pytest.fixture
def browser(account: Account) -> _RealBrowser:
    browser = _RealBrowser()
    browser.force_login(account.members.get())
    return browser


def sent(token: str, **fields: Any) -> dict[str, Any]:
    return {"csrfmiddlewaretoken": token, **fields}


def test_a_double_click_makes_one_job_and_both_clicks_lead_to_it(
    browser: _RealBrowser, company: Company
) -> None:
    form = sent(browser.load("/dashboard/jobs/new"), **job_form(company))
    first, second = (browser.post("/dashboard/jobs/new", form) for _ in range(2))
    job = Job.objects.get()
    assert first["Location"] == second["Location"] == f"/dashboard/jobs/{job.public_id}"
    assert "It is on the board." in text_of(browser.get(second["Location"]))


@pytest.mark.django_db(transaction=True)
def test_clicks_at_the_same_moment_make_one_job(browser: _RealBrowser, company: Company) -> None:
    form = sent(browser.load("/dashboard/jobs/new"), **job_form(company))

    def click(_: int) -> str:
        from django.db import connections

        client = Client(enforce_csrf_checks=True)
        client.cookies = browser.cookies
        try:
            return str(client.post("/dashboard/jobs/new", form)["Location"])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        places = set(pool.map(click, range(4)))
    assert places == {f"/dashboard/jobs/{Job.objects.get().public_id}"}


def test_the_form_that_is_loaded_again_makes_another_job(browser: _RealBrowser, company: Company) -> None:
    for _ in range(2):
        browser.post("/dashboard/jobs/new", sent(browser.load("/dashboard/jobs/new"), **job_form(company)))
    assert Job.objects.count() == 2


def test_a_form_that_was_mended_after_going_back_is_another(browser: _RealBrowser, company: Company) -> None:
    token = browser.load("/dashboard/jobs/new")
    for title in ("Enginer", "Engineer"):
        browser.post("/dashboard/jobs/new", sent(token, **job_form(company, title=title)))
    assert set(Job.objects.values_list("title", flat=True)) == {"Enginer", "Engineer"}


def test_what_was_refused_can_be_sent_again(browser: _RealBrowser, company: Company) -> None:
    form = sent(browser.load("/dashboard/jobs/new"), **job_form(company, category="later"))
    assert browser.post("/dashboard/jobs/new", form).status_code == 200
    make_category("later")
    assert browser.post("/dashboard/jobs/new", form).status_code == 302


def test_an_invitation_is_mailed_once(browser: _RealBrowser) -> None:
    form = sent(browser.load("/dashboard/team"), email="dana@example.com", role="viewer")
    answers = [browser.post("/dashboard/team", form) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert Invitation.objects.count() == len(mail.outbox) == 1


def test_both_clicks_show_the_one_key_whose_secret_is_kept_nowhere_in_the_clear(
    browser: _RealBrowser,
) -> None:
    _confirm(browser)
    form = sent(browser.load("/dashboard/keys/new"), name="Careers", scope="read", lifetime="30")
    first, second = (browser.post("/dashboard/keys/new", form) for _ in range(2))
    assert first.status_code == second.status_code == 201
    (secret,) = {SECRET.findall(text_of(answer))[0] for answer in (first, second)}
    assert ApiKey.objects.count() == 1
    assert "no-store" in second["Cache-Control"]
    store = _store()
    kept = [store.get(name) for name in store.scan_iter("*once*")]
    assert kept
    assert not any(secret.encode() in value for value in kept if value)


def test_forms_are_taken_while_the_store_is_down(
    browser: _RealBrowser, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = sent(browser.load("/dashboard/jobs/new"), **job_form(company))
    nowhere = Redis(host="127.0.0.1", port=1)
    monkeypatch.setattr(cache._cache, "get_client", lambda *_, **__: nowhere)
    assert browser.post("/dashboard/jobs/new", form).status_code == 302
    assert Job.objects.count() == 1


def _confirm(browser: _RealBrowser) -> None:
    token = browser.load("/account/confirm?next=/account")
    answer = browser.post("/account/confirm", sent(token, password=PASSWORD))
    assert answer.status_code == 302


def _store() -> Any:
    return cache._cache.get_client()  # type: ignore[attr-defined]
