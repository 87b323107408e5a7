"""What candidates see and do by the link in their mail; and that nobody else can."""

import json
import logging
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.core.signing import TimestampSigner
from django.db import connection
from django.utils import timezone

from accounts.models import User
from applications import services, status_links
from applications.models import Application, Candidate, Stage
from applications.services import Actor
from applications.web import access, limits
from jobs.models import Job
from jobsphere.models import IdempotentAnswer
from tests.accounts.browser import Browser, browser_of, make_confirmed_user
from tests.applications.conftest import PDF, application_body, form_body, stored_files, upload
from tests.fixtures.factories import ApiClient, error_code, frozen, make_company, make_job, make_user

pytestmark = pytest.mark.django_db
EMAIL = "zoe.personal@example.com"
PERSONAL = {
    "candidate_name": "Zoë Secretname",
    "candidate_email": EMAIL,
    "phone": "+49 30 5550123",
    "links": ["https://secretsite.example/zoe"],
    "cover_letter": "My secretletter to you",
}
TRACES = ("Secretname", "zoe.personal", "5550123", "secretsite", "secretletter", "secretanswer", "secretnote")
QUESTIONS = [{"id": "permit", "question": "May you work here?", "required": False}]


@pytest.fixture
def job(company: Any) -> Job:
    return make_job(company, title="Senior Engineer", screening_questions=QUESTIONS)


def submit(job: Job, **fields: Any) -> Application:
    answers = {question["id"]: "My secretanswer" for question in job.screening_questions}
    given = {**PERSONAL, "answers": answers, **fields}
    if "resume_url" not in given:
        given.setdefault("resume", upload(PDF, "Zoë Secretname.pdf"))
    return services.submit_application(job=job, by=Actor(), source="board", consent=True, **given)


@pytest.fixture
def application(job: Job) -> Application:
    return submit(job)


def link_of(application: Application) -> str:
    return status_links.status_link(application).partition("8000")[2]


def opened(application: Application) -> Browser:
    """Return a browser that has opened the link to an application."""
    browser = Browser()
    answer = browser.get(link_of(application))
    assert (answer.status_code, answer["Location"]) == (302, path_of(application))
    return browser


def path_of(application: Application, act: str = "") -> str:
    return f"/applications/{application.public_id}{act}"


def employer(application: Application) -> Actor:
    return Actor(account=application.owner, user=User.objects.first())


def move(application: Application, *stages: str) -> None:
    for stage in stages:
        services.move_application(application=application, to_stage=stage, by=employer(application))


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


# The link


def test_the_link_opens_the_page_and_its_token_leaves_the_address_line(application: Application) -> None:
    browser = opened(application)
    page = text_of(browser.get(path_of(application)))
    assert "Senior Engineer" in page
    assert "Received" in page
    assert "token" not in page.replace("csrfmiddlewaretoken", "")


def test_the_link_holds_nothing_personal(application: Application) -> None:
    assert not any(trace.lower() in link_of(application).lower() for trace in TRACES)


def test_pages_of_applications_are_kept_from_caches_and_search_engines(application: Application) -> None:
    browser = Browser()
    entry = browser.get(link_of(application))
    assert entry["Referrer-Policy"] == "no-referrer"
    assert "no-store" in entry["Cache-Control"]
    for act in ("", "/withdraw", "/erase", "/export", "/resume"):
        answer = browser.get(path_of(application, act))
        assert answer.status_code == 200
        assert "no-store" in answer["Cache-Control"]
        assert answer["X-Robots-Tag"] == "noindex"
        assert answer["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("act", ["", "/withdraw", "/erase", "/export", "/resume"])
def test_an_id_alone_opens_nothing(application: Application, act: str, method: str) -> None:
    for browser in (Browser(), browser_of(make_confirmed_user("other@example.com"))):
        assert getattr(browser, method)(path_of(application, act)).status_code == 404
    application.refresh_from_db()
    assert application.stage == Stage.NEW
    assert application.erased_at is None


def test_the_link_of_one_candidate_opens_no_other(job: Job, application: Application) -> None:
    other = submit(job, candidate_email="other@example.com")
    browser = opened(other)
    for act in ("", "/withdraw", "/erase", "/export", "/resume"):
        assert browser.get(path_of(application, act)).status_code == 404


@pytest.mark.parametrize("changed", ["", "x", "{id}", "{token}x", "x{token}", "{other}"])
def test_a_changed_token_opens_nothing(application: Application, job: Job, changed: str) -> None:
    token = status_links._signer.sign(application.public_id)
    other = TimestampSigner(salt="another purpose").sign(application.public_id)
    given = changed.format(id=application.public_id, token=token, other=other)
    browser = Browser()
    assert browser.get("/applications/open", {"token": given}).status_code == 404
    assert browser.get(path_of(application)).status_code == 404


def test_a_token_of_another_application_cannot_be_bent(job: Job, application: Application) -> None:
    other = submit(job, candidate_email="other@example.com")
    token = status_links._signer.sign(other.public_id).replace(other.public_id, application.public_id)
    assert Browser().get("/applications/open", {"token": token}).status_code == 404


def test_an_old_link_says_so_and_opens_nothing(application: Application, monkeypatch: Any) -> None:
    monkeypatch.setattr(status_links, "LIFETIME", timedelta(seconds=-1))
    browser = Browser()
    answer = browser.get(link_of(application))
    assert answer.status_code == 410
    assert "too old" in text_of(answer)
    assert "Senior Engineer" not in text_of(answer)
    assert browser.get(path_of(application)).status_code == 404


def test_what_a_link_opened_closes_after_an_hour(application: Application, monkeypatch: Any) -> None:
    monkeypatch.setattr(access, "OPEN_FOR", -1)
    browser = opened(application)
    assert browser.get(path_of(application)).status_code == 404


def test_what_a_link_opened_can_be_closed(application: Application) -> None:
    browser = opened(application)
    assert browser.post("/applications/close").status_code == 302
    assert browser.get(path_of(application)).status_code == 404


def test_a_browser_remembers_only_so_many_links(job: Job, monkeypatch: Any) -> None:
    monkeypatch.setattr(access, "MAX_OPENED", 2)
    applications = [submit(job, candidate_email=f"{number}@example.com") for number in range(3)]
    browser = Browser()
    for application in applications:
        browser.get(link_of(application))
    assert [browser.get(path_of(each)).status_code for each in applications] == [404, 200, 200]


def test_forms_of_other_sites_are_refused(application: Application) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.get(link_of(application))
    for path in (path_of(application, "/withdraw"), path_of(application, "/erase"), "/applications"):
        assert browser.post(path, {"email": EMAIL}).status_code == 403
    application.refresh_from_db()
    assert application.stage == Stage.NEW


# What it shows


def test_a_candidate_sees_the_stage_in_words_and_the_moves_alone(application: Application) -> None:
    services.add_note(application=application, note="A secretnote", by=employer(application))
    services.rate_application(application=application, rating=2, by=employer(application))
    move(application, Stage.REVIEWING, Stage.INTERVIEW)
    page = text_of(opened(application).get(path_of(application)))
    assert "Where it stands: Interview" in page
    assert [
        page.index(word) for word in ("<strong>Interview", "<strong>In review", "<strong>Sent")
    ] == sorted(page.index(word) for word in ("<strong>Interview", "<strong>In review", "<strong>Sent"))
    assert "secretnote" not in page
    assert "rating" not in page.lower()


def test_a_candidate_sees_what_was_sent(application: Application) -> None:
    browser = opened(application)
    page = text_of(browser.get(path_of(application)))
    for shown in ("Zoë Secretname", EMAIL, "5550123", "secretsite", "secretletter", "secretanswer"):
        assert shown in page
    assert "May you work here?" in page
    download = browser.get(path_of(application, "/resume"))
    assert b"".join(download.streaming_content) == PDF
    assert download["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in download["Content-Security-Policy"]


def test_without_a_file_there_is_none_to_download(job: Job) -> None:
    application = submit(job, resume_url="https://zoe.example/cv")
    browser = opened(application)
    assert "https://zoe.example/cv" in text_of(browser.get(path_of(application)))
    assert browser.get(path_of(application, "/resume")).status_code == 404


def test_what_was_sent_cannot_become_markup(job: Job) -> None:
    nasty = "\"><script>alert('x')</script>"
    job.screening_questions = [{"id": "permit", "question": nasty, "required": False}]
    job.title = nasty
    job.save()
    fields = dict.fromkeys(("candidate_name", "phone", "cover_letter"), nasty)
    application = submit(job, **fields, answers={"permit": nasty}, resume=upload(PDF, f"{nasty}.pdf"))
    browser = opened(application)
    for act in ("", "/withdraw", "/erase"):
        assert "<script>alert" not in text_of(browser.get(path_of(application, act)))
    assert "javascript" not in text_of(browser.get(path_of(application)))


def test_the_page_is_made_with_few_queries(
    application: Application, django_assert_max_num_queries: Any
) -> None:
    move(application, Stage.REVIEWING, Stage.INTERVIEW, Stage.OFFER)
    for number in range(5):
        submit(make_job(application.job.company, title=f"Other {number}"))
    browser = opened(application)
    with django_assert_max_num_queries(5):
        assert "Other 4" in text_of(browser.get(path_of(application)))


# Withdrawing


def test_withdrawing_asks_first_and_then_tells_the_employer(application: Application, api: ApiClient) -> None:
    browser = opened(application)
    assert "cannot be undone" in text_of(browser.get(path_of(application, "/withdraw")))
    application.refresh_from_db()
    assert application.stage == Stage.NEW
    assert browser.post(path_of(application, "/withdraw")).status_code == 302
    assert api.get(f"/v1/applications/{application.public_id}").json()["stage"] == "withdrawn"
    event = application.timeline.last()
    assert event is not None
    assert (event.to_stage, event.account, event.user) == ("withdrawn", None, None)
    assert "Withdraw this" not in text_of(browser.get(path_of(application)))


def test_withdrawing_twice_is_withdrawing_once(application: Application) -> None:
    browser = opened(application)
    for _ in range(2):
        assert browser.post(path_of(application, "/withdraw")).status_code == 302
    assert application.timeline.filter(to_stage="withdrawn").count() == 1


@pytest.mark.parametrize("stages", [[Stage.REJECTED], [Stage.OFFER, Stage.HIRED]])
def test_what_has_ended_cannot_be_withdrawn(application: Application, stages: list[str]) -> None:
    move(application, *stages)
    browser = opened(application)
    assert browser.get(path_of(application, "/withdraw")).status_code == 302
    browser.post(path_of(application, "/withdraw"))
    application.refresh_from_db()
    assert application.stage == stages[-1]


# Export


def test_the_export_holds_all_that_the_employer_holds(application: Application) -> None:
    services.add_note(application=application, note="A secretnote", by=employer(application))
    services.rate_application(application=application, rating=4, by=employer(application))
    move(application, Stage.REVIEWING)
    submit(make_job(application.job.company, title="Another job"), cover_letter="Other letter")
    answer = opened(application).get(path_of(application, "/export"))
    assert answer["Content-Disposition"] == 'attachment; filename="my-data.json"'
    held = json.loads(answer.content)
    text = answer.content.decode()
    assert held["held_by"] == "TechCorp Ltd"
    assert held["candidate"]["email"] == EMAIL
    assert [each["job"]["title"] for each in held["applications"]] == ["Another job", "Senior Engineer"]
    assert held["applications"][1]["rating"] == 4
    assert held["applications"][1]["answers"] == [
        {"question": "May you work here?", "answer": "My secretanswer"}
    ]
    assert held["applications"][1]["resume_file"]["filename"] == "Zoë Secretname.pdf"
    assert [event["type"] for event in held["applications"][1]["timeline"]] == [
        "submitted",
        "note_added",
        "rated",
        "stage_changed",
    ]
    assert all(trace in text for trace in TRACES)


def test_the_export_names_no_member_of_the_employer(application: Application) -> None:
    user = make_user(email="recruiter@techcorp.example", name="Rita Recruiter")
    actor = Actor(account=application.owner, user=user)
    services.add_note(application=application, note="Good", by=actor)
    text = text_of(opened(application).get(path_of(application, "/export")))
    assert "Rita" not in text
    assert "recruiter@" not in text


def test_the_export_holds_nothing_of_other_employers(application: Application) -> None:
    submit(make_job(make_company(name="Elsewhere")), cover_letter="For elsewhere")
    assert "lsewhere" not in text_of(opened(application).get(path_of(application, "/export")))


# Erasure


def traces_in_tables() -> list[str]:
    """Return every table in which something of the candidate's is found."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            condition = " OR ".join(["row_text ILIKE %s"] * len(TRACES))
            cursor.execute(
                f'SELECT count(*) FROM (SELECT t::text AS row_text FROM "{table}" t) rows WHERE {condition}',
                [f"%{trace}%" for trace in TRACES],
            )
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def test_erasure_leaves_no_personal_datum_in_any_table_or_file(api: ApiClient, job: Job, media: Path) -> None:
    by_url = make_job(job.company, title="Another")
    body = application_body(by_url, **PERSONAL, answers={}, resume_url="https://secretsite.example/cv")
    assert api.post("/v1/applications", body, headers={"Idempotency-Key": "k-1"}).status_code == 201
    browser = Browser()
    form = {**PERSONAL, "links": PERSONAL["links"][0], "answers.permit": "secretanswer", "consent": "on"}
    parked = browser.post(f"/jobs/{job.public_id}/apply", {**form, "consent": "", "resume": upload()})
    token = re.search(r'name="resume_token" value="([^"]+)"', text_of(parked))
    assert token
    sent = browser.post(f"/jobs/{job.public_id}/apply", {**form, "resume_token": token[1]})
    assert sent.status_code == 302
    application = Application.objects.get(job=job)
    services.add_note(application=application, note="A secretnote about Secretname", by=employer(application))
    services.rate_application(application=application, rating=1, by=employer(application))
    assert IdempotentAnswer.objects.filter(body__contains="Secretname").exists()
    assert set(traces_in_tables()) >= {"applications_application", "applications_candidate"}
    assert stored_files(media)

    browser = opened(application)
    assert "cannot be undone" in text_of(browser.get(path_of(application, "/erase")))
    assert browser.post(path_of(application, "/erase")).status_code == 302

    assert traces_in_tables() == []
    assert stored_files(media) == []
    page = text_of(browser.get(path_of(application)))
    assert "was erased on" in page
    assert not any(trace in page for trace in TRACES)


def test_erasure_keeps_the_numbers_right(application: Application, api: ApiClient) -> None:
    move(application, Stage.REVIEWING, Stage.REJECTED)
    sent_at, events = application.submitted_at, application.timeline.count()
    services.erase_candidate(candidate=application.candidate)
    application.refresh_from_db()
    assert (application.stage, application.submitted_at) == (Stage.REJECTED, sent_at)
    assert application.timeline.count() == events
    assert api.get("/v1/applications?stage=rejected").json()["pagination"]["total_items"] == 1


@pytest.mark.parametrize(
    ("stages", "after"),
    [
        ([], Stage.WITHDRAWN),
        ([Stage.INTERVIEW], Stage.WITHDRAWN),
        ([Stage.REJECTED], Stage.REJECTED),
        ([Stage.OFFER, Stage.HIRED], Stage.HIRED),
    ],
)
def test_erasure_withdraws_what_has_not_ended(
    application: Application, stages: list[str], after: str
) -> None:
    move(application, *stages)
    services.erase_candidate(candidate=application.candidate)
    application.refresh_from_db()
    assert application.stage == after


def test_the_api_shows_an_erased_application_as_nobodys(application: Application, api: ApiClient) -> None:
    services.add_note(application=application, note="A secretnote", by=employer(application))
    services.erase_candidate(candidate=application.candidate)
    path = f"/v1/applications/{application.public_id}"
    shown = api.get(path).json()
    assert shown["erased_at"]
    assert shown["candidate_email"] == f"{application.candidate.public_id}@erased.invalid"
    assert (shown["candidate_name"], shown["resume"], shown["resume_url"]) == ("", None, None)
    assert (shown["answers"], shown["links"], shown["note_count"]) == ({}, [], 0)
    assert api.get(f"{path}/resume").status_code == 404
    assert api.get(f"/v1/candidates/{application.candidate.public_id}").json()["erased_at"]
    assert api.get(f"/v1/candidates?email={EMAIL}").json()["data"] == []


def test_an_erased_application_cannot_be_changed(application: Application, api: ApiClient) -> None:
    services.erase_candidate(candidate=application.candidate)
    answer = api.patch(f"/v1/applications/{application.public_id}", {"note": "It was Zoë"})
    assert (answer.status_code, error_code(answer)) == (403, "forbidden")


def test_erasing_twice_changes_nothing(application: Application) -> None:
    services.erase_candidate(candidate=application.candidate)
    first = Candidate.objects.get()
    services.erase_candidate(candidate=application.candidate)
    assert Candidate.objects.get().erased_at == first.erased_at


def test_who_was_erased_can_apply_again_as_somebody_new(application: Application, job: Job) -> None:
    services.erase_candidate(candidate=application.candidate)
    again = submit(job)
    assert again.candidate_id != application.candidate_id
    assert Application.objects.filter(erased_at__isnull=True).count() == 1


def test_erasure_at_one_employer_touches_no_other(application: Application) -> None:
    elsewhere = submit(make_job(make_company()))
    services.erase_candidate(candidate=application.candidate)
    elsewhere.refresh_from_db()
    assert elsewhere.candidate_name == "Zoë Secretname"


def test_a_retried_call_does_not_bring_erased_data_back(api: ApiClient, job: Job) -> None:
    call = {"path": "/v1/applications", "data": form_body(job, **PERSONAL), "format": "multipart"}
    headers = {"Idempotency-Key": "k-1"}
    assert api.post(**call, headers=headers).status_code == 201
    services.erase_candidate(candidate=Candidate.objects.get())
    call["data"]["resume"] = upload()
    again = api.post(**call, headers=headers)
    assert again["Idempotent-Replayed"] == "true"
    assert not any(trace in again.content.decode() for trace in TRACES)
    assert Application.objects.count() == 1


def test_candidates_of_the_board_are_erased_after_a_year_without_change(
    job: Job, agency_account: Any
) -> None:
    with frozen(timezone.now() - timedelta(days=400)):
        old = submit(job)
        sent_for = services.submit_application(
            job=job,
            by=Actor(account=agency_account),
            candidate_email="a@b.example",
            resume_url="https://a.b/c",
        )
        moved = submit(job, candidate_email="moved@example.com")
    move(moved, Stage.REVIEWING)
    fresh = submit(job, candidate_email="fresh@example.com")
    for _ in range(2):
        call_command("erase_old_candidates")
    erased = set(Application.objects.filter(erased_at__isnull=False).values_list("pk", flat=True))
    assert erased == {old.pk}
    assert {sent_for.pk, moved.pk, fresh.pk}.isdisjoint(erased)


# My applications, and links sent again


def test_a_signed_in_person_sees_what_was_sent_with_the_confirmed_address(application: Application) -> None:
    browser = browser_of(make_confirmed_user(EMAIL))
    assert path_of(application) in text_of(browser.get("/applications"))
    assert "secretletter" in text_of(browser.get(path_of(application)))


def test_an_address_that_is_not_confirmed_opens_nothing(application: Application) -> None:
    user = make_user(email=EMAIL)
    user.emailaddress_set.create(email=EMAIL, verified=False, primary=True)
    browser = browser_of(user)
    assert path_of(application) not in text_of(browser.get("/applications"))
    assert browser.get(path_of(application)).status_code == 404


def test_the_list_is_paged_and_made_with_few_queries(job: Job, django_assert_max_num_queries: Any) -> None:
    for number in range(23):
        submit(make_job(job.company, title=f"Job {number}"), resume_url="https://a.example/cv")
    browser = browser_of(make_confirmed_user(EMAIL))
    with django_assert_max_num_queries(6):
        first = text_of(browser.get("/applications"))
    assert first.count('href="/applications/app_') == 20
    assert text_of(browser.get("/applications?page=2")).count('href="/applications/app_') == 3
    assert browser.get("/applications?page=x").status_code == 200


def test_a_signed_in_person_can_erase_and_sees_that_it_is_done(application: Application) -> None:
    browser = browser_of(make_confirmed_user(EMAIL))
    answer = browser.post(path_of(application, "/erase"), follow=True)
    assert "was erased on" in text_of(answer)


def test_links_are_sent_again_to_the_address_alone_and_never_said(application: Application) -> None:
    pages = []
    for email in (EMAIL.upper(), "nobody@example.com"):
        answer = Browser().post("/applications", {"email": email}, follow=True)
        page = re.sub(r'csrf[^>]*value="[^"]*"', "", text_of(answer))
        pages.append(page.replace(email, "E-MAIL").replace(email.lower(), "E-MAIL"))
    assert pages[0].lower() == pages[1].lower()
    (message,) = mail.outbox
    assert message.to == [EMAIL]
    found = re.search(r"http\S+?(/applications/open\S+)", str(message.body))
    assert found
    assert Browser().get(found[1])["Location"] == path_of(application)


def test_an_address_is_sent_its_links_only_so_often(application: Application, monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "LINKS_FOR_AN_EMAIL", "2/h")
    for _ in range(4):
        assert Browser().post("/applications", {"email": EMAIL}).status_code == 302
    assert len(mail.outbox) == 2


def test_erased_applications_are_sent_no_links(application: Application) -> None:
    services.erase_candidate(candidate=application.candidate)
    Browser().post("/applications", {"email": EMAIL})
    assert mail.outbox == []


def test_a_candidate_can_be_told_of_a_stage_until_erased(
    application: Application, django_capture_on_commit_callbacks: Any
) -> None:
    move(application, Stage.INTERVIEW)
    application.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        services.notify_candidate(application=application)
    (message,) = mail.outbox
    assert message.subject == "Interview: Senior Engineer at TechCorp"
    assert status_links.status_link(application).partition("token=")[0] in message.body
    services.erase_candidate(candidate=application.candidate)
    application.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        services.notify_candidate(application=application)
    assert len(mail.outbox) == 1


def test_no_log_line_holds_a_token_or_a_person(application: Application, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    browser = opened(application)
    browser.get(path_of(application))
    browser.post(path_of(application, "/erase"))
    lines = [record.getMessage() for record in caplog.records if record.name != "django.db.backends"]
    token = link_of(application).partition("=")[2]
    assert not any(token in line or trace in line for line in lines for trace in TRACES)
