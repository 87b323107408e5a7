"""The contract, "POST /v1/applications"."""

import json
import os
import threading
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from applications import services
from applications.models import Application, Candidate, TimelineEvent
from jobs.models import Company, Job
from jobs.services import postings
from tests.applications.conftest import (
    DOCX,
    ODT,
    PDF,
    TXT,
    Submit,
    application_body,
    form_body,
    row,
    stored_files,
    upload,
)
from tests.fixtures.factories import ApiClient, error_code, faults, make_company, make_job

pytestmark = pytest.mark.django_db
URL = "/v1/applications"
QUESTIONS = [
    {"id": "permit", "question": "May you work in Germany?", "required": True},
    {"id": "notice", "question": "How long is your notice?", "required": False},
]


def test_the_documented_body_is_accepted(api: ApiClient, job: Job) -> None:
    response = api.post(URL, application_body(job))

    assert response.status_code == 201
    created = response.json()
    assert response["Location"] == f"/v1/applications/{created['id']}"
    assert created["id"].startswith("app_")
    assert created["candidate_id"].startswith("cand_")
    expected = {
        **application_body(job),
        "job_title": "Senior Frontend Engineer",
        "stage": "new",
        "resume": None,
        "candidate_name": "",
        "phone": "",
        "links": [],
        "answers": {},
        "consented_at": None,
        "rating": None,
        "note_count": 0,
    }
    assert {name: created[name] for name in expected} == expected
    assert api.get(response["Location"]).json() == created


def test_everything_beyond_the_documented_body_is_kept(api: ApiClient, company: Company) -> None:
    job = make_job(company, screening_questions=QUESTIONS)
    given = {
        "candidate_name": "Zoë Müller",
        "phone": "+49 30 1234",
        "links": ["https://zoe.example", "http://code.example/zoe?tab=all#top"],
        "answers": {"permit": "Yes", "notice": "4 weeks"},
    }

    created = api.post(URL, application_body(job, consent=True, **given)).json()

    assert {name: created[name] for name in given} == given
    assert created["consented_at"] == created["submitted_at"]


def test_only_the_job_the_address_and_a_resume_are_required(api: ApiClient, job: Job) -> None:
    body = {"job_id": job.public_id, "candidate_email": "a@example.com", "resume_url": "https://x.example/r"}

    response = api.post(URL, body)

    assert response.status_code == 201
    assert response.json()["source"] == "api"


def test_every_fault_is_named_at_once(api: ApiClient) -> None:
    response = api.post(
        URL, {"candidate_email": "nobody", "links": ["ftp://x"], "resum_url": "x", "consent": 1}
    )

    assert response.status_code == 400
    assert faults(response) == {
        "job_id": "missing_parameter",
        "candidate_email": "invalid_parameter",
        "resume_url": "missing_parameter",
        "links[0]": "invalid_parameter",
        "consent": "invalid_parameter",
        "resum_url": "unknown_parameter",
    }
    assert not Candidate.objects.exists()


@pytest.mark.parametrize(
    "url",
    [
        "http://secure.storage/resume.pdf",
        "https://",
        "https:///resume.pdf",
        "https://user:secret@secure.storage/resume.pdf",
        "https://user@secure.storage/resume.pdf",
        "https://secure.storage/my resume.pdf",
        "https://secure.storage/r\u0000.pdf",
        "https://secure.storage\\@evil.example/",
        "javascript:alert(1)",
        "https://x.example/" + "a" * 2000,
        "",
        7,
        None,
    ],
)
def test_a_resume_url_is_an_https_address_without_credentials(api: ApiClient, job: Job, url: Any) -> None:
    response = api.post(URL, application_body(job, resume_url=url))

    assert response.status_code == 400
    assert list(faults(response)) == ["resume_url"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("candidate_email", "dev@"),
        ("candidate_email", "d" * 64 + "@" + "e" * 186 + ".com"),
        ("candidate_email", ["dev@example.com"]),
        ("cover_letter", "x" * 20_001),
        ("cover_letter", 5),
        ("cover_letter", "\u0000"),
        ("source", "x" * 61),
        ("source", " "),
        ("candidate_name", "x" * 201),
        ("phone", "1" * 41),
        ("links", "https://zoe.example"),
        ("links", ["https://zoe.example"] * 11),
        ("answers", ["Yes"]),
        ("consent", "yes"),
        ("job_id", 12),
    ],
)
def test_a_value_out_of_its_bounds_is_refused(api: ApiClient, job: Job, field: str, value: Any) -> None:
    response = api.post(URL, application_body(job, **{field: value}))

    assert response.status_code == 400
    assert [name.split("[")[0] for name in faults(response)] == [field]


def test_a_candidate_is_one_whatever_the_case_of_the_address(
    api: ApiClient, company: Company, job: Job
) -> None:
    other_job = make_job(company)
    first = api.post(URL, application_body(job, candidate_email=" Dev@Example.COM ")).json()
    second = api.post(URL, application_body(other_job, candidate_email="dev@example.com")).json()

    assert first["candidate_email"] == "dev@example.com"
    assert first["candidate_id"] == second["candidate_id"]


def test_a_candidate_is_another_one_to_each_employer(api: ApiClient, agency: ApiClient, job: Job) -> None:
    elsewhere = make_job(make_company())

    assert agency.post(URL, application_body(job)).status_code == 201
    assert agency.post(URL, application_body(elsewhere)).status_code == 201
    assert Candidate.objects.count() == 2


def test_a_later_application_fills_gaps_of_the_candidate_and_overwrites_nothing(
    api: ApiClient, company: Company, job: Job
) -> None:
    api.post(URL, application_body(job, candidate_name="Zoë"))
    api.post(URL, application_body(make_job(company), candidate_name="Mallory", phone="123"))

    candidate = Candidate.objects.get()
    assert (candidate.name, candidate.phone) == ("Zoë", "123")


# One application per candidate and job


def test_a_second_application_names_the_first(api: ApiClient, job: Job, submit: Submit) -> None:
    first = submit()

    response = api.post(URL, application_body(job, candidate_email="DEV@example.com"))

    assert response.status_code == 400
    assert error_code(response) == "duplicate_application"
    assert first["id"] in response.json()["error"]["message"]
    assert Application.objects.count() == 1


def test_the_first_is_not_named_to_who_may_not_see_it(agency: ApiClient, job: Job, submit: Submit) -> None:
    first = submit()

    response = agency.post(URL, application_body(job))

    assert error_code(response) == "duplicate_application"
    assert first["id"] not in response.content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_is_taken(api: ApiClient, job: Job, media: Path) -> None:
    at_once = threading.Barrier(2)
    answers: list[Any] = []

    def call() -> None:
        client = ApiClient()
        client.credentials(**api._credentials)
        body = form_body(job)
        at_once.wait()
        answers.append(client.post(URL, body, format="multipart"))
        connection.close()

    threads = [threading.Thread(target=call) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    refused, taken = sorted(answers, key=lambda answer: -answer.status_code)
    assert (taken.status_code, refused.status_code) == (201, 400)
    assert error_code(refused) == "duplicate_application"
    assert taken.json()["id"] in refused.json()["error"]["message"]
    assert Application.objects.count() == Candidate.objects.count() == TimelineEvent.objects.count() == 1
    assert len(stored_files(media)) == 1


# Which jobs


def test_an_unknown_job_is_not_found(api: ApiClient, job: Job) -> None:
    for job_id in ("job_doesnotexist", "nonsense", "JOB_" + job.public_id[4:]):
        response = api.post(URL, application_body(job, job_id=job_id))
        assert (response.status_code, error_code(response)) == (404, "not_found")


def test_a_draft_is_not_found_by_strangers_and_not_open_to_its_owner(
    api: ApiClient, agency: ApiClient, company: Company
) -> None:
    draft = make_job(company, publish=False)

    assert agency.post(URL, application_body(draft)).status_code == 404
    assert error_code(api.post(URL, application_body(draft))) == "job_closed"


def test_a_draft_that_was_closed_was_never_public(agency: ApiClient, company: Company) -> None:
    job = postings.close_job(job=make_job(company, publish=False))

    assert agency.post(URL, application_body(job)).status_code == 404


def test_a_closed_job_takes_no_applications(api: ApiClient, agency: ApiClient, job: Job) -> None:
    postings.close_job(job=job)

    for client in (api, agency):
        response = client.post(URL, application_body(job))
        assert (response.status_code, error_code(response)) == (400, "job_closed")


def test_an_expired_job_takes_no_applications(agency: ApiClient, job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(expires_at=timezone.now() - timedelta(seconds=1))

    assert error_code(agency.post(URL, application_body(job))) == "job_closed"


def test_a_job_of_a_suspended_company_takes_no_applications(agency: ApiClient, job: Job) -> None:
    Company.objects.update(suspended_at=timezone.now())

    assert error_code(agency.post(URL, application_body(job))) == "job_closed"


# Screening questions


def test_a_required_question_must_be_answered(api: ApiClient, company: Company) -> None:
    job = make_job(company, screening_questions=QUESTIONS)

    for answers in ({}, {"permit": "  "}, {"notice": "4 weeks"}):
        response = api.post(URL, application_body(job, answers=answers))
        assert faults(response) == {"answers.permit": "missing_parameter"}
        assert "May you work in Germany?" in response.json()["error"]["message"]


def test_an_answer_to_no_question_is_refused(api: ApiClient, company: Company, job: Job) -> None:
    asking = make_job(company, screening_questions=QUESTIONS)

    response = api.post(URL, application_body(asking, answers={"permit": "Yes", "salary": "1"}))
    assert faults(response) == {"answers.salary": "unknown_parameter"}
    assert "permit, notice" in response.json()["error"]["message"]
    response = api.post(URL, application_body(job, answers={"permit": "Yes"}))
    assert faults(response) == {"answers.permit": "unknown_parameter"}


# Who may


def test_a_read_only_key_cannot_submit(reader: ApiClient, job: Job) -> None:
    response = reader.post(URL, application_body(job))

    assert (response.status_code, error_code(response)) == (403, "insufficient_scope")
    assert not Application.objects.exists()


def test_a_call_without_a_key_is_refused(public: ApiClient, job: Job) -> None:
    assert public.post(URL, application_body(job)).status_code == 401


# Idempotency


def test_the_same_call_with_the_same_idempotency_key_is_answered_again(
    api: ApiClient, job: Job, media: Path
) -> None:
    first = api.post(URL, form_body(job), format="multipart", HTTP_IDEMPOTENCY_KEY="k1")
    again = api.post(URL, form_body(job), format="multipart", HTTP_IDEMPOTENCY_KEY="k1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"
    assert again["Location"] == first["Location"]
    assert Application.objects.count() == len(stored_files(media)) == 1


def test_another_body_with_the_same_idempotency_key_is_refused(api: ApiClient, job: Job) -> None:
    api.post(URL, application_body(job), HTTP_IDEMPOTENCY_KEY="k1")

    response = api.post(
        URL, application_body(job, candidate_email="b@example.com"), HTTP_IDEMPOTENCY_KEY="k1"
    )

    assert error_code(response) == "idempotency_key_reused"
    assert Application.objects.count() == 1


# Résumés as files


@pytest.mark.parametrize(
    ("content", "extension", "media_type"),
    [
        (PDF, "pdf", "application/pdf"),
        (DOCX, "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (ODT, "odt", "application/vnd.oasis.opendocument.text"),
        (TXT, "txt", "text/plain"),
    ],
)
def test_a_resume_can_be_sent_as_a_file_and_downloaded(
    api: ApiClient, job: Job, content: bytes, extension: str, media_type: str
) -> None:
    response = api.post(URL, form_body(job, resume=upload(content, "my cv.bin")), format="multipart")

    assert response.status_code == 201, response.content
    created = response.json()
    assert created["resume_url"] is None
    url = created["resume"].pop("url")
    assert created["resume"] == {
        "filename": f"my cv.bin.{extension}",
        "media_type": media_type,
        "size": len(content),
    }
    assert url.endswith(f"/v1/applications/{created['id']}/resume")
    download = api.get(f"/v1/applications/{created['id']}/resume", HTTP_ACCEPT="application/pdf")
    assert download.status_code == 200
    assert b"".join(download.streaming_content) == content
    assert download["Content-Type"] == media_type
    assert download["Content-Disposition"] == f'attachment; filename="my cv.bin.{extension}"'
    assert download["X-Content-Type-Options"] == "nosniff"
    assert download["Cache-Control"] == "private, no-store"


def test_a_form_carries_every_field(api: ApiClient, company: Company) -> None:
    job = make_job(company, screening_questions=QUESTIONS)
    body = form_body(
        job,
        cover_letter="Hello",
        source="careers",
        candidate_name="Zoë",
        phone="123",
        links=["https://a.example", "https://b.example"],
        answers=json.dumps({"permit": "Yes"}),
        consent="true",
    )

    created = api.post(URL, body, format="multipart").json()

    assert created["links"] == ["https://a.example", "https://b.example"]
    assert created["answers"] == {"permit": "Yes"}
    assert created["consented_at"]
    assert (created["cover_letter"], created["source"]) == ("Hello", "careers")


def test_a_form_may_name_the_resume_by_its_address(api: ApiClient, job: Job) -> None:
    assert api.post(URL, application_body(job), format="multipart").status_code == 201


def test_a_form_without_a_resume_is_refused(api: ApiClient, job: Job) -> None:
    body = form_body(job)
    del body["resume"]

    assert faults(api.post(URL, body, format="multipart")) == {"resume_url": "missing_parameter"}


def test_a_form_with_two_resumes_is_refused(api: ApiClient, job: Job) -> None:
    both = form_body(job, resume_url="https://x.example/r.pdf")
    twice = form_body(job, resume=[upload(), upload()])

    assert faults(api.post(URL, both, format="multipart")) == {"resume_url": "invalid_parameter"}
    assert faults(api.post(URL, twice, format="multipart")) == {"resume": "invalid_parameter"}


def test_a_form_is_as_strict_as_json(api: ApiClient, job: Job) -> None:
    body = form_body(
        job, resume="not a file", answers="[", consent="maybe", other=upload(), source=["a", "b"]
    )
    assert set(faults(api.post(URL, body, format="multipart"))) == {"source"}
    del body["source"]
    assert set(faults(api.post(URL, body, format="multipart"))) == {"resume", "answers", "consent", "other"}


def test_json_has_no_file(api: ApiClient, job: Job) -> None:
    assert faults(api.post(URL, application_body(job, resume="x"))) == {"resume": "unknown_parameter"}


@pytest.mark.parametrize(
    "content", [b"MZ\x90\x00", b"\x89PNG\r\n", b"%PDF-1.7 cut off", b"\xff\xfeh\x00i\x00"]
)
def test_a_file_of_another_kind_is_refused_whatever_its_name(
    api: ApiClient, job: Job, media: Path, content: bytes
) -> None:
    response = api.post(URL, form_body(job, resume=upload(content, "cv.pdf")), format="multipart")

    assert response.status_code == 400
    assert faults(response) == {"resume": "invalid_resume"}
    assert not Application.objects.exists()
    assert not stored_files(media)


def test_an_empty_file_is_refused(api: ApiClient, job: Job) -> None:
    response = api.post(URL, form_body(job, resume=upload(b"")), format="multipart")

    assert faults(response) == {"resume": "invalid_resume"}


def test_a_file_of_more_than_ten_megabytes_is_too_large(api: ApiClient, job: Job, settings: Any) -> None:
    assert settings.RESUME_MAX_BYTES == 10 * 1024 * 1024
    largest = b"a" * settings.RESUME_MAX_BYTES

    response = api.post(URL, form_body(job, resume=upload(largest + b"a")), format="multipart")
    assert (response.status_code, error_code(response)) == (413, "body_too_large")
    assert api.post(URL, form_body(job, resume=upload(largest)), format="multipart").status_code == 201


def test_a_stored_file_has_nothing_of_the_senders_in_its_name(api: ApiClient, job: Job, media: Path) -> None:
    body = form_body(job, resume=upload(PDF, "../../etc/Zoë Müller.pdf"))
    created = api.post(URL, body, format="multipart").json()

    (path,) = stored_files(media)
    assert path.relative_to(media).parts[0] == "resumes"
    assert path.name.startswith("file_")
    assert path.stat().st_mode & 0o077 == 0
    assert created["resume"]["filename"] == "Zoë Müller.pdf"


def test_a_resume_sent_by_address_is_not_downloaded_here(api: ApiClient, submit: Submit) -> None:
    response = api.get(f"{URL}/{submit()['id']}/resume")

    assert (response.status_code, error_code(response)) == (404, "not_found")


# Nothing is left behind


def test_a_failure_after_the_file_was_stored_leaves_nothing(
    api: ApiClient, job: Job, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = []

    def fail(**_: Any) -> None:
        saved.extend(stored_files(media))
        raise RuntimeError("the disk is on fire")

    monkeypatch.setattr(TimelineEvent.objects, "create", fail)
    api.raise_request_exception = False

    response = api.post(URL, form_body(job), format="multipart")

    assert (response.status_code, error_code(response)) == (500, "server_error")
    assert saved
    assert not stored_files(media)
    assert not Application.objects.exists()
    assert not Candidate.objects.exists()


def test_a_disk_that_fails_leaves_nothing(api: ApiClient, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> str:
        raise OSError("no space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", fail)
    api.raise_request_exception = False

    assert api.post(URL, form_body(job), format="multipart").status_code == 500
    assert not Application.objects.exists()
    assert not Candidate.objects.exists()


def test_closing_the_job_keeps_its_applications(api: ApiClient, job: Job, submit: Submit) -> None:
    created = submit()
    postings.close_job(job=job)

    assert api.get(f"{URL}/{created['id']}").status_code == 200
    assert row(created).job_id == job.pk


def test_the_sweep_removes_old_files_that_no_application_names(api: ApiClient, job: Job, media: Path) -> None:
    assert services.sweep_resumes() == 0
    api.post(URL, form_body(job), format="multipart")
    (kept,) = stored_files(media)
    orphan, young = kept.with_name("file_orphan"), kept.with_name("file_young")
    for path in (orphan, young):
        path.write_bytes(PDF)
    long_ago = time.time() - 2 * 24 * 60 * 60
    for path in (kept, orphan):
        os.utime(path, (long_ago, long_ago))

    call_command("sweep_resumes", stdout=StringIO())

    assert set(stored_files(media)) == {kept, young}
