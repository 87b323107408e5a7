"""Who may open and who may do what: every address of the dashboard for companies and jobs, by role."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Account, Role
from jobs.models import Company, Job
from jobs.web.dashboard import urls
from tests.accounts.browser import Browser, browser_of
from tests.fixtures.factories import make_account, make_company, make_job, make_user
from tests.jobs.dashboard import browser_as, job_form, stranger

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("places")]

V, R, O = Role.VIEWER, Role.RECRUITER, Role.OWNER  # noqa: E741
ROLES = (V, R, O)

RIGHTS: dict[str, tuple[str | None, str | None]] = {
    "dashboard": (V, None),
    "dashboard-companies": (V, None),
    "dashboard-company-new": (O, O),
    "dashboard-company": (V, None),
    "dashboard-company-edit": (R, R),
    "dashboard-company-logo": (None, R),
    "dashboard-company-verify": (V, O),
    "dashboard-company-delete": (O, O),
    "dashboard-jobs": (V, None),
    "dashboard-job-new": (R, R),
    "dashboard-job-preview": (None, R),
    "dashboard-job": (V, None),
    "dashboard-job-edit": (R, R),
    "dashboard-job-publish": (None, R),
    "dashboard-job-unpublish": (R, R),
    "dashboard-job-close": (R, R),
    "dashboard-job-extend": (None, R),
    "dashboard-job-duplicate": (None, R),
}
"""The least role that may read and that may write each page; None where there is nothing to."""


@pytest.fixture
def own(account: Account, company: Company) -> dict[str, str]:
    """What stands in paths."""
    return {"company_id": company.public_id, "job_id": make_job(company).public_id}


def path_of(name: str, own: dict[str, str]) -> str:
    route = next(each.pattern for each in urls.urlpatterns if each.name == name)
    path = f"/{route}"
    for part, value in own.items():
        path = path.replace(f"<str:{part}>", value)
    return path


def test_every_address_has_its_rights_written_down() -> None:
    assert {each.name for each in urls.urlpatterns} == {*RIGHTS, "logo"}


@pytest.mark.parametrize("name", RIGHTS)
def test_each_role_may_what_it_may_and_no_more(name: str, account: Account, own: dict[str, str]) -> None:
    path = path_of(name, own)
    read, write = RIGHTS[name]
    for role in ROLES:
        browser = browser_as(account, role)
        for method, least, data in (("get", read, None), ("post", write, {"act": "nothing"})):
            status = getattr(browser, method)(path, data).status_code
            if least is None:
                assert status in (403, 405)
            elif ROLES.index(role) < ROLES.index(Role(least)):
                assert status == 403
            else:
                assert status in (200, 302, 404 if name == "dashboard-company-verify" else 200)


@pytest.mark.parametrize("name", RIGHTS)
def test_a_visitor_is_asked_to_sign_in_and_changes_nothing(name: str, own: dict[str, str]) -> None:
    path = path_of(name, own)
    for answer in (Client().get(path), Client().post(path, job_form())):
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/sign-in")


@pytest.mark.parametrize(
    "name", [name for name in RIGHTS if not name.endswith(("s", "new", "preview", "board"))]
)
def test_what_is_another_accounts_does_not_exist(name: str, own: dict[str, str]) -> None:
    path = path_of(name, own)
    read, write = RIGHTS[name]
    browser = stranger()
    before = rows()
    if read:
        assert browser.get(path).status_code == 404
    if write:
        assert browser.post(path, job_form(days="30", remove="1")).status_code == 404
    assert rows() == before


@pytest.mark.parametrize("name", [name for name, (_, write) in RIGHTS.items() if write])
def test_a_form_from_another_site_does_nothing(name: str, account: Account, own: dict[str, str]) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(account.memberships.get().user)
    before = rows()
    assert browser.post(path_of(name, own), job_form(days="30", remove="1")).status_code == 403
    assert rows() == before


def test_who_works_in_two_accounts_sees_the_one_they_chose(account: Account, company: Company) -> None:
    user = make_user()
    first, second = make_account(owner=user), make_account(owner=user)
    make_company(first, name="First Firm")
    make_company(second, name="Second Firm")
    browser = browser_of(user)
    assert "First Firm" in browser.get("/dashboard/companies").content.decode()
    browser.post("/dashboard/choose-account", {"account": second.public_id})
    page = browser.get("/dashboard/companies").content.decode()
    assert "Second Firm" in page
    assert "First Firm" not in page


def rows() -> list[Any]:
    """Everything that a write could change."""
    return [list(model.objects.order_by("pk").values()) for model in (Company, Job)]
