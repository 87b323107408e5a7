"""Who may do what with applicants: roles, strangers, visitors, other sites."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Membership, Role
from applications.messages import save_template
from applications.models import Application, Message, MessageTemplate, TimelineEvent
from applications.services import Actor, submit_application
from applications.web.dashboard import urls
from jobs.models import Job
from tests.accounts.browser import Browser, browser_of, text_of
from tests.applications.conftest import PDF
from tests.applications.dashboard import apply, board_path, browser_as, member, path, stranger_browser
from tests.fixtures.factories import make_user

pytestmark = pytest.mark.django_db

VIEWER, RECRUITER = Role.VIEWER, Role.RECRUITER
PAGES: list[tuple[str, str, str]] = [
    ("GET", "dashboard-applicants", VIEWER),
    ("GET", "dashboard-applicants-export", VIEWER),
    ("POST", "dashboard-applicants-move", RECRUITER),
    ("GET", "dashboard-templates", VIEWER),
    ("GET", "dashboard-template-new", RECRUITER),
    ("POST", "dashboard-template-new", RECRUITER),
    ("GET", "dashboard-template", RECRUITER),
    ("POST", "dashboard-template", RECRUITER),
    ("GET", "dashboard-template-delete", RECRUITER),
    ("POST", "dashboard-template-delete", RECRUITER),
    ("POST", "dashboard-message-resend", RECRUITER),
    ("GET", "dashboard-applicant", VIEWER),
    ("GET", "dashboard-applicant-resume", VIEWER),
    ("POST", "dashboard-applicant-move", RECRUITER),
    ("POST", "dashboard-applicant-note", RECRUITER),
    ("POST", "dashboard-applicant-rating", RECRUITER),
    ("GET", "dashboard-applicant-write", RECRUITER),
    ("POST", "dashboard-applicant-write", RECRUITER),
    ("GET", "dashboard-job-applicants", VIEWER),
]
"""Method, page, and the least role that it takes."""

WRITES = sorted({name for method, name, _ in PAGES if method == "POST"})
FORM = {"note": "x", "rating": "3", "stage": "reviewing", "subject": "s", "body": "b"}


@pytest.fixture
def application(job: Job) -> Application:
    return apply(job, resume=SimpleUploadedFile("cv.pdf", PDF))


@pytest.fixture
def paths(account: Account, job: Job, application: Application) -> dict[str, str]:
    """The path of each page."""
    template = save_template(account=account, name="A", subject="S", body="B")
    message = Message.objects.create(
        application=application,
        account=account,
        reply_to="x@techcorp.example",
        subject="S",
        body="B",
        state=Message.State.FAILED,
    )
    rows = {
        "application_id": application.public_id,
        "job_id": job.public_id,
        "template_id": template.public_id,
        "message_id": message.public_id,
    }
    return {
        str(page.name): reverse(str(page.name), kwargs={name: rows[name] for name in page.pattern.converters})
        for page in urls.urlpatterns
    }


def call(browser: Client, method: str, path: str) -> Any:
    if method != "POST":
        return browser.get(path)
    return browser.post(path, FORM | {"name": f"Template {MessageTemplate.objects.count()}"})


def test_the_table_names_every_page() -> None:
    assert {name for _, name, _ in PAGES} == {page.name for page in urls.urlpatterns}


@pytest.mark.parametrize(("method", "name", "least"), PAGES)
def test_a_role_gets_what_it_may_and_no_more(
    method: str, name: str, least: str, paths: dict[str, str], account: Account
) -> None:
    for role in (Role.VIEWER, Role.RECRUITER, Role.OWNER):
        may = Membership.objects.get(user=member(account, role)).may(least)
        answer = call(browser_as(account, role), method, paths[name])
        assert answer.status_code in ((200, 302) if may else (403,)), role
        if may and method == "POST" and "delete" in name:
            save_template(account=account, name="Again", subject="S", body="B")
            MessageTemplate.objects.update(public_id=paths[name].split("/")[-2])


@pytest.mark.parametrize(("method", "name", "least"), PAGES)
def test_strangers_and_visitors_get_nothing(
    method: str, name: str, least: str, paths: dict[str, str], application: Application
) -> None:
    path = paths[name]
    events = TimelineEvent.objects.count()
    assert call(Browser(), method, path).url == f"/sign-in?next={path}"
    assert call(browser_of(make_user()), method, path).url == "/dashboard/new-account"
    if any(character == "_" for character in path):  # the page of a row
        assert call(stranger_browser(), method, path).status_code == 404
    assert TimelineEvent.objects.count() == events
    assert Message.objects.get().state == Message.State.FAILED


@pytest.mark.parametrize("name", WRITES)
def test_no_other_site_can_send_a_form(name: str, paths: dict[str, str], account: Account) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(member(account))
    assert browser.post(paths[name], FORM).status_code == 403


@pytest.mark.parametrize("name", WRITES)
def test_nothing_is_written_by_get(name: str, paths: dict[str, str], account: Account) -> None:
    before = (TimelineEvent.objects.count(), MessageTemplate.objects.count())
    assert browser_as(account).get(paths[name]).status_code in (200, 405)
    assert (TimelineEvent.objects.count(), MessageTemplate.objects.count()) == before


def test_a_viewer_is_offered_no_act(account: Account, job: Job, application: Application) -> None:
    browser = browser_as(account, Role.VIEWER)
    for url in (path(application), board_path(job), "/dashboard/applicants"):
        page = text_of(browser.get(url))
        assert "Ada Abara" in page
        assert 'method="post" action="/dashboard/applicants/app' not in page
        assert "draggable" not in page.replace('draggable="false"', "")
        assert 'name="application"' not in page


@pytest.mark.parametrize(
    "path", ["app_%00", "app_ABCDEFGH", "x", "app_00000000", "app_00000000/move", "templates/tmpl_%00"]
)
def test_made_up_ids_find_nothing(account: Account, path: str) -> None:
    browser = browser_as(account)
    assert browser.get(f"/dashboard/applicants/{path}").status_code in (404, 405)
    assert browser.post(f"/dashboard/applicants/{path}").status_code in (404, 405)


def test_pages_are_kept_in_no_cache(account: Account, paths: dict[str, str]) -> None:
    for name in ("dashboard-applicant", "dashboard-applicant-resume", "dashboard-applicants-export"):
        assert "no-store" in browser_as(account).get(paths[name])["Cache-Control"]


def test_whose_account_it_is_decides_and_not_who_submitted(account: Account, job: Job) -> None:
    stranger = stranger_browser()
    elsewhere = Account.objects.get(name="Elsewhere")
    submitted = submit_application(
        job=job,
        by=Actor(account=elsewhere),
        candidate_email="dev@example.com",
        resume_url="https://x.example/cv",
    )
    assert stranger.get(path(submitted)).status_code == 404
    assert stranger.post(path(submitted, "/move"), {"stage": "withdrawn"}).status_code == 404
