"""From a fresh sign-up to a job that the world sees, by what the pages offer."""

import re

import pytest
from django.core import mail
from django.test import Client

from accounts.models import Account, Role
from jobs.models import Company, Job
from tests.accounts.browser import Browser, last_code, text_of
from tests.fixtures.factories import ApiClient, make_category
from tests.jobs.dashboard import browser_as, job_form

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("places")]


def next_step(browser: Browser) -> tuple[str, str]:
    """Return the label and address of the one button that the first steps offer next."""
    page = text_of(browser.get("/dashboard"))
    shown = page[page.index('aria-current="step"') :]
    found = re.search(r'<a class="button" href="([^"]+)">([^<]+)</a>', shown)
    assert found
    return found[2], found[1]


def test_a_new_employer_is_led_to_a_published_job(reader: ApiClient) -> None:
    make_category("engineering", name="Engineering")
    browser = Browser()
    person = {"purpose": "hiring", "account_name": "Acme", "name": "Ada", "email": "ada@acme.example"}
    browser.post("/sign-up", person | {"password1": "correct horse battery staple"})
    browser.post("/account/confirm-email", {"code": last_code()})

    assert next_step(browser) == ("Add a company", "/dashboard/companies/new")
    company = {
        "name": "Acme Bridges",
        "domain": "https://www.Acme.example/",
        "website": "",
        "description": "",
    }
    verify = browser.post("/dashboard/companies/new", company).url
    assert "is added" in text_of(browser.get(verify))

    assert next_step(browser) == ("Verify Acme Bridges", verify)
    assert 'value="ada@acme.example"' in text_of(browser.get(verify))
    browser.post(verify, {"act": "email", "email": "ada@acme.example"})
    code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", str(mail.outbox[-1].body))
    assert mail.outbox[-1].to == ["ada@acme.example"], mail.outbox[-1].body
    assert code
    browser.post(verify, {"act": "code", "code": code[0].lower()})

    label, write = next_step(browser)
    assert label == "Write the job"
    chosen = re.search(r'<option value="(comp_\w+)" selected', text_of(browser.get(write)))
    assert chosen
    filled = job_form(title="Bridge Builder", location="Berlin, Germany", category="engineering")
    done = browser.post(write, filled | {"company_id": chosen[1], "skills": "Steel, Rivets"})
    page = text_of(browser.get(done.url))
    assert "It is on the board" in page

    job = Job.objects.get()
    assert "Bridge Builder" in text_of(Client().get("/jobs?location=germany&category=engineering"))
    shown = reader.get(f"/v1/jobs/{job.public_id}").json()
    assert shown["company"]["name"] == "Acme Bridges"
    assert shown["skills"] == ["Steel", "Rivets"]
    overview = text_of(browser.get("/dashboard"))
    assert "First steps" not in overview
    assert re.search(r"<strong[^>]*>1</strong> open job<", overview)
    assert "Invite your team" in overview


def test_the_way_to_the_first_job_starts_wherever_one_is(account: Account, company: Company) -> None:
    assert next_step(browser_as(account))[0] == "Write the job"
    assert "A recruiter does it" in text_of(browser_as(account, Role.VIEWER).get("/dashboard"))


def test_who_has_no_company_yet_is_sent_to_add_one_and_not_to_a_form_in_vain(account: Account) -> None:
    page = text_of(browser_as(account).get("/dashboard/jobs/new"))
    assert "/dashboard/companies/new" in page
    assert "<textarea" not in page
