"""Applying on the board: nothing typed is lost, nothing is sent twice, and nothing is told to strangers."""

import logging
import re
import threading
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from applications import parked
from applications.models import Application
from applications.web import limits
from jobs.models import Company, Job
from jobs.services.postings import close_job
from tests.accounts.browser import Browser, browser_of, make_confirmed_user
from tests.applications.conftest import DOCX, PDF, stored_files, upload
from tests.fixtures.factories import make_job

pytestmark = pytest.mark.django_db
QUESTIONS = [
    {"id": "permit", "question": "May you work <here>?", "required": True},
    {"id": "notice", "question": "How long is your notice?", "required": False},
]
NASTY = "\"><script>alert('x')</script>{{ 7|add:1 }}"


def form_of(**fields: Any) -> dict[str, Any]:
    """Return what a candidate fills in, and `fields`; None leaves one out."""
    given = {
        "candidate_name": "Zoë Müller",
        "candidate_email": "zoe@example.com",
        "resume_url": "https://zoe.example/cv.pdf",
        "consent": "on",
        **fields,
    }
    return {name: value for name, value in given.items() if value is not None}


def with_file(**fields: Any) -> dict[str, Any]:
    return form_of(resume_url=None, **{"resume": upload(), **fields})


def path_of(job: Job) -> str:
    return f"/jobs/{job.public_id}/apply"


def apply(job: Job, browser: Client | None = None, **fields: Any) -> Any:
    return (browser or Browser()).post(path_of(job), form_of(**fields))


def token_in(answer: Any) -> str:
    found = re.search(r'name="resume_token" value="([^"]+)"', answer.content.decode())
    return found[1] if found else ""


def value_of(answer: Any, name: str) -> Any:
    return answer.context["form"][name].value()


def errors_of(answer: Any) -> dict[str, list[str]]:
    return dict(answer.context["form"].errors)


def link_in_last_mail() -> str:
    found = re.search(r"https?://\S+(/applications/open\?token=\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def test_an_application_reaches_the_employer_as_it_was_typed(company: Company) -> None:
    job = make_job(company, screening_questions=QUESTIONS)
    answer = apply(
        job,
        phone="+49 30 1234",
        cover_letter="Dear all,\r\nhire me.",
        links="zoe.example/work\r\n\r\nhttp://code.example/zoe",
        **{"answers.permit": "Yes", "answers.notice": ""},
    )
    assert (answer.status_code, answer["Location"]) == (302, f"{path_of(job)}/sent")
    application = Application.objects.select_related("candidate").get()
    assert application.candidate.email == "zoe@example.com"
    assert application.candidate_name == application.candidate.name == "Zoë Müller"
    assert application.phone == "+49 30 1234"
    assert application.cover_letter == "Dear all,\nhire me."
    assert application.links == ["https://zoe.example/work", "http://code.example/zoe"]
    assert application.answers == {"permit": "Yes"}
    assert application.resume_url == "https://zoe.example/cv.pdf"
    assert application.source == "board"
    assert application.submitted_by is None
    assert application.consented_at == application.submitted_at


@pytest.mark.parametrize("content", [PDF, DOCX])
def test_a_resume_can_be_uploaded(job: Job, media: Path, content: bytes) -> None:
    answer = Browser().post(path_of(job), with_file(resume=upload(content, "cv.pdf")))
    assert answer.status_code == 302
    application = Application.objects.get()
    assert application.resume_file.read() == content
    assert len(stored_files(media)) == 1


def test_the_candidate_gets_a_mail_with_a_private_link(job: Job) -> None:
    apply(job)
    (message,) = mail.outbox
    assert message.to == ["zoe@example.com"]
    assert message.subject == "Your application: Senior Frontend Engineer at TechCorp"
    link = link_in_last_mail()
    assert "zoe" not in link


def test_the_form_says_what_is_kept_and_for_how_long(job: Job) -> None:
    page = Browser().get(path_of(job)).content.decode()
    assert "and keeps it for 12 months after the last change or until I have it erased" in page
    assert "TechCorp" in page


def test_controls_are_named_described_and_told_to_browsers(company: Company) -> None:
    job = make_job(company, screening_questions=QUESTIONS)
    page = Browser().post(path_of(job), {"candidate_email": "zoe@"}).content.decode()
    for part in ('autocomplete="name"', 'autocomplete="email"', 'autocomplete="tel"', 'inputmode="url"'):
        assert part in page
    email = re.search(r'<input type="email"[^>]*>', page)
    assert email
    assert 'aria-invalid="true"' in email[0]
    assert 'aria-describedby="id_candidate_email_helptext id_candidate_email_error"' in email[0]
    assert 'id="id_candidate_email_error"' in page
    summary = page[page.index("error-summary") :]
    for name in ("candidate_name", "candidate_email", "resume", "answers.permit", "consent"):
        assert f'href="#id_{name}"' in summary


@pytest.mark.parametrize(
    ("fields", "faulty"),
    [
        ({"candidate_name": ""}, "candidate_name"),
        ({"candidate_email": ""}, "candidate_email"),
        ({"candidate_email": "zoe@"}, "candidate_email"),
        ({"candidate_name": "Z" * 201}, "candidate_name"),
        ({"phone": "1" * 41}, "phone"),
        ({"resume_url": "http://zoe.example/cv"}, "resume_url"),
        ({"resume_url": "javascript:alert(1)"}, "resume_url"),
        ({"resume_url": "https://me:secret@zoe.example/cv"}, "resume_url"),
        ({"resume_url": None}, "resume"),
        ({"cover_letter": "x" * 20_001}, "cover_letter"),
        ({"links": "ftp://zoe.example"}, "links"),
        ({"links": "\n".join(["https://a.example"] * 11)}, "links"),
        ({"answers.permit": " "}, "answers.permit"),
        ({"answers.notice": "x" * 5001}, "answers.notice"),
        ({"candidate_name": "Zo\0e"}, "candidate_name"),
        ({"consent": None}, "consent"),
        ({"fax": "robot"}, "fax"),
    ],
)
def test_no_error_loses_what_was_typed(company: Company, fields: dict[str, Any], faulty: str) -> None:
    job = make_job(company, screening_questions=QUESTIONS)
    typed = {
        "phone": "+49 30 1234",
        "cover_letter": "Dear all,\nhire me.",
        "links": "https://zoe.example\nhttps://code.example/zoe",
        "answers.permit": "Yes",
        "answers.notice": "4 weeks",
    }
    given = form_of(**typed | fields)
    answer = Browser().post(path_of(job), given)
    assert answer.status_code == 200
    assert list(errors_of(answer)) == [faulty]
    assert {name: value_of(answer, name) for name in given if name != "consent"} == {
        name: value for name, value in given.items() if name != "consent"
    }
    assert not Application.objects.exists()
    assert mail.outbox == []


@pytest.mark.parametrize(
    "fields",
    [{"consent": None}, {"candidate_email": "zoe@"}, {"links": "nonsense://"}, {"answers.permit": ""}],
)
def test_an_upload_survives_an_error_elsewhere(company: Company, media: Path, fields: dict[str, Any]) -> None:
    job = make_job(company, screening_questions=QUESTIONS)
    browser = Browser()
    given = with_file(**{"answers.permit": "Yes", **fields})
    refused = browser.post(path_of(job), given)
    assert refused.status_code == 200
    assert "cv.pdf</strong> is uploaded" in refused.content.decode()

    again = form_of(resume_url=None, resume_token=token_in(refused), **{"answers.permit": "Yes"})
    assert browser.post(path_of(job), again).status_code == 302
    application = Application.objects.get()
    assert application.resume_filename == "cv.pdf"
    assert application.resume_file.read() == PDF
    assert len(stored_files(media)) == 1


def test_an_upload_survives_several_errors_and_a_bad_file_after_it(job: Job, media: Path) -> None:
    browser = Browser()
    first = browser.post(path_of(job), with_file(consent=None))
    second = browser.post(path_of(job), form_of(resume_url=None, consent=None, resume_token=token_in(first)))
    assert token_in(second) == token_in(first)
    bad = with_file(resume=upload(b"MZ\x00", "cv.exe"), resume_token=token_in(second))
    third = browser.post(path_of(job), bad)
    assert list(errors_of(third)) == ["resume"]
    assert token_in(third) == token_in(first)
    assert len(stored_files(media)) == 1


def test_another_file_replaces_the_one_that_was_kept(job: Job, media: Path) -> None:
    browser = Browser()
    refused = browser.post(path_of(job), with_file(consent=None))
    given = with_file(resume=upload(DOCX, "better.docx"), resume_token=token_in(refused))
    assert browser.post(path_of(job), given).status_code == 302
    assert Application.objects.get().resume_filename == "better.docx"
    assert len(stored_files(media)) == 1


def test_a_kept_file_can_be_taken_back_for_a_link(job: Job, media: Path) -> None:
    browser = Browser()
    refused = browser.post(path_of(job), with_file(consent=None))
    given = form_of(resume_token=token_in(refused))
    assert list(errors_of(browser.post(path_of(job), given))) == ["resume_url"]
    assert browser.post(path_of(job), given | {"resume_discard": "on"}).status_code == 302
    assert not Application.objects.get().resume_file
    assert stored_files(media) == []


def test_a_kept_file_ends_after_two_hours(job: Job, media: Path, monkeypatch: Any) -> None:
    browser = Browser()
    refused = browser.post(path_of(job), with_file(consent=None))
    monkeypatch.setattr(parked, "LIFETIME", -parked.LIFETIME)
    answer = browser.post(path_of(job), form_of(resume_url=None, resume_token=token_in(refused)))
    assert errors_of(answer) == {"resume": ["Your file is not kept any longer: choose it again."]}
    assert parked.sweep() == 1
    assert stored_files(media) == []


@pytest.mark.parametrize("token", ["x", "../../etc/passwd", "eyJmaWxlIjoiLi4vLi4vZXRjL3Bhc3N3ZCJ9:1:x"])
def test_a_forged_token_brings_no_file(job: Job, token: str) -> None:
    answer = apply(job, resume_url=None, resume_token=token)
    assert list(errors_of(answer)) == ["resume"]


def test_only_so_many_uploads_are_kept(job: Job, media: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(parked, "MAX_FILES", 2)
    for _ in range(4):
        answer = Browser().post(path_of(job), with_file(consent=None))
    assert token_in(answer) == ""
    assert len(stored_files(media)) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "This is no PDF"),
        (b"MZ\x90\x00", "This is no PDF"),
        (b"<script>alert(1)</script>", "This is no PDF"),
        (b"%PDF-" + b"x" * (10 * 2**20) + b"%%EOF", "larger than 10 MB"),
    ],
)
def test_a_file_that_is_no_resume_is_refused_beside_its_field(job: Job, content: bytes, said: str) -> None:
    answer = Browser().post(path_of(job), with_file(resume=upload(content), cover_letter="Dear all"))
    assert answer.status_code == 200
    assert said in errors_of(answer)["resume"][0]
    assert value_of(answer, "cover_letter") == "Dear all"


def test_a_far_too_large_body_is_refused_before_it_is_read(job: Job) -> None:
    answer = Browser().post(path_of(job), form_of(), headers={"Content-Length": str(10**9)})
    assert answer.status_code == 413
    assert not Application.objects.exists()


def test_a_second_submission_makes_no_second_application_and_is_answered_alike(job: Job) -> None:
    first, second = apply(job), apply(job, candidate_email=" ZOE@example.com", cover_letter="Again")
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    application = Application.objects.get()
    assert application.cover_letter == ""
    assert len(mail.outbox) == 1, "the link has just been sent"


@pytest.mark.django_db(transaction=True)
def test_of_two_clicks_at_the_same_moment_both_are_thanked_and_one_is_taken(job: Job, media: Path) -> None:
    at_once = threading.Barrier(2)
    answers: list[Any] = []

    def click() -> None:
        at_once.wait()
        answers.append(Client().post(path_of(job), with_file()))
        connection.close()

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [302, 302]
    assert Application.objects.count() == len(stored_files(media)) == len(mail.outbox) == 1


def test_a_second_click_with_a_kept_file_is_answered_alike(job: Job) -> None:
    browser = Browser()
    refused = browser.post(path_of(job), with_file(consent=None))
    again = form_of(resume_url=None, resume_token=token_in(refused))
    assert [browser.post(path_of(job), again).status_code for _ in range(2)] == [302, 302]
    assert Application.objects.count() == 1


def test_a_used_token_does_not_tell_who_else_has_applied(job: Job) -> None:
    browser = Browser()
    apply(job, candidate_email="other@example.com")
    refused = browser.post(path_of(job), with_file(consent=None))
    again = form_of(resume_url=None, resume_token=token_in(refused))
    browser.post(path_of(job), again)
    for email in ("other@example.com", "nobody@example.com"):
        answer = browser.post(path_of(job), again | {"candidate_email": email})
        assert list(errors_of(answer)) == ["resume"]


def test_a_stranger_does_not_learn_who_has_applied(job: Job) -> None:
    apply(job)
    Application.objects.update(link_sent_at=None)
    pages = []
    for email in ("zoe@example.com", "new@example.com"):
        browser = Browser()
        answer = browser.post(path_of(job), form_of(candidate_email=email), follow=True)
        pages.append(re.sub(r'csrf[^>]*value="[^"]*"', "", answer.content.decode()).replace(email, "E-MAIL"))
    assert pages[0] == pages[1]
    assert [message.subject.partition(":")[0] for message in mail.outbox] == [
        "Your application",
        "You had applied already",
        "Your application",
    ]
    assert [message.to for message in mail.outbox[1:]] == [["zoe@example.com"], ["new@example.com"]]


def test_the_page_after_it_holds_no_link_to_the_application(job: Job) -> None:
    browser = Browser()
    page = browser.post(path_of(job), form_of(), follow=True).content.decode()
    assert "token=" not in page
    assert Application.objects.get().public_id not in page
    assert "zoe@example.com" in page
    assert "zoe@example.com" not in browser.get(f"{path_of(job)}/sent").content.decode()


def test_a_form_of_another_site_is_refused(job: Job) -> None:
    browser = Browser(enforce_csrf_checks=True)
    assert browser.post(path_of(job), form_of()).status_code == 403
    page = browser.get(path_of(job)).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    assert browser.post(path_of(job), form_of(csrfmiddlewaretoken=token[1])).status_code == 302


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_closed_job_is_gone(job: Job, method: str) -> None:
    close_job(job=job)
    given = form_of(cover_letter="My letter") if method == "post" else {}
    answer = getattr(Browser(), method)(path_of(job), given)
    assert answer.status_code == 410
    assert ("My letter" in answer.content.decode()) == (method == "post")
    assert not Application.objects.exists()


def test_a_draft_does_not_exist(company: Company) -> None:
    assert Browser().get(path_of(make_job(company, publish=False))).status_code == 404


def test_a_job_of_a_suspended_company_does_not_exist(job: Job) -> None:
    Company.objects.update(suspended_at=timezone.now())
    assert Browser().get(path_of(job)).status_code == 404


def test_a_job_that_takes_applications_elsewhere_leads_back_to_its_page(company: Company) -> None:
    job = make_job(
        company, application_instructions={"method": "url", "url": "https://techcorp.example/apply"}
    )
    for method in ("get", "post"):
        answer = getattr(Browser(), method)(path_of(job), form_of())
        assert (answer.status_code, answer["Location"]) == (302, f"/jobs/{job.public_id}")
    assert not Application.objects.exists()


def test_one_network_may_send_only_so_many_and_loses_nothing(job: Job, monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "SUBMISSIONS_OF_A_NETWORK", "2/h")
    browser = Browser()
    for number in range(2):
        assert apply(job, browser, candidate_email=f"{number}@example.com").status_code == 302
    answer = browser.post(path_of(job), with_file(cover_letter="Dear all"))
    assert answer.status_code == 429
    assert value_of(answer, "cover_letter") == "Dear all"
    assert token_in(answer)
    elsewhere = Browser(REMOTE_ADDR="192.0.2.7")
    assert elsewhere.post(path_of(job), form_of(), secure=True).status_code == 302


def test_one_address_is_mailed_only_so_often(company: Company, monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "SUBMISSIONS_FOR_AN_EMAIL", "2/h")
    jobs = [make_job(company) for _ in range(3)]
    assert [apply(job).status_code for job in jobs] == [302, 302, 429]


def test_a_signed_in_person_need_not_type_name_and_address(job: Job) -> None:
    browser = browser_of(make_confirmed_user("ada@example.com", name="Ada"))
    answer = browser.get(path_of(job))
    assert value_of(answer, "candidate_name") == "Ada"
    assert value_of(answer, "candidate_email") == "ada@example.com"
    assert "private" in answer["Cache-Control"]


def test_nothing_typed_can_become_markup(company: Company) -> None:
    job = make_job(company, title=f"Job {NASTY}", screening_questions=QUESTIONS)
    fields = ("candidate_name", "candidate_email", "phone", "resume_url", "cover_letter", "links", "fax")
    given = dict.fromkeys((*fields, "answers.permit", "resume_token"), NASTY)
    resume = SimpleUploadedFile("<img src=x onerror=alert(1)>.pdf", PDF)
    page = Browser().post(path_of(job), given | {"resume": resume}).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;here&gt;" in page


def test_no_log_line_says_who_applied(job: Job, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    browser = Browser()
    browser.post(path_of(job), form_of(consent=None))
    browser.post(path_of(job), form_of())
    lines = [record.getMessage() for record in caplog.records if record.name != "django.db.backends"]
    assert not any("zoe" in line.lower() for line in lines)


def test_the_form_is_made_with_few_queries(job: Job, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(2):
        Browser().get(path_of(job))
