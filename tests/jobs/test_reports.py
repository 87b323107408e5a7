"""Readers' reports: the form, what is kept of it and for how long, and how a case ends."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry, User
from jobs.models import Company, Job, JobReport, ReportCase
from jobs.services import moderation, postings, reports
from tests.accounts.browser import Browser, text_of
from tests.fixtures.factories import make_company, make_job, make_user


@pytest.fixture
def job(company: Company) -> Job:
    return make_job(company, title="Brewer")


@pytest.fixture
def staff(db: None) -> User:
    return make_user(email="staff@jobsphere.example", is_staff=True)


def report(client: Client, job_id: str, *, address: str = "192.0.2.1", **fields: str) -> Any:
    data = {"reason": "fraud", **fields}
    return client.post(f"/jobs/{job_id}/report", data, REMOTE_ADDR=address, secure=True)


def filed(job: Job, *, network: str = "192.0.2.1", **fields: str) -> ReportCase:
    reports.report_job(job_id=job.public_id, reason="fraud", network=network, **fields)
    return ReportCase.objects.get(job=job, settled_at=None)


def test_a_reader_reports_a_job_from_its_page(client: Client, job: Job) -> None:
    page = text_of(client.get(f"/jobs/{job.public_id}"))
    assert f'href="/jobs/{job.public_id}/report" rel="nofollow"' in page
    form = text_of(client.get(f"/jobs/{job.public_id}/report"))
    assert "Brewer" in form
    assert "noindex" in form
    answer = report(client, job.public_id, details="They want $50 first.", email="ada@example.com")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/reports/sent")
    kept = JobReport.objects.get()
    assert (kept.reason, kept.details, kept.email) == ("fraud", "They want $50 first.", "ada@example.com")
    assert kept.case.job == job
    assert "Thank you" in text_of(client.get("/reports/sent"))
    job.refresh_from_db()
    assert job.is_open


def test_the_form_asks_for_a_reason_and_keeps_what_was_typed(client: Client, job: Job) -> None:
    answer = report(client, job.public_id, reason="", details="Look <here>", email="no address")
    assert answer.status_code == 400
    assert "Choose what comes closest" in text_of(answer)
    assert "Look &lt;here&gt;" in text_of(answer)
    assert "Say in a few words" in text_of(report(client, job.public_id, reason="other"))
    assert report(client, job.public_id, details="x" * 3001).status_code == 400
    assert not JobReport.objects.exists()


def test_a_form_that_a_robot_fills_in_is_refused(client: Client, job: Job) -> None:
    assert report(client, job.public_id, fax="123").status_code == 400
    assert not JobReport.objects.exists()


def test_a_network_reports_ten_times_an_hour_at_most_and_loses_nothing(client: Client, job: Job) -> None:
    for _ in range(10):
        assert report(client, job.public_id).status_code == 302
    refused = report(client, job.public_id, details="The eleventh")
    assert refused.status_code == 429
    assert "The eleventh" in text_of(refused)
    assert report(client, job.public_id, address="192.0.2.2").status_code == 302
    assert JobReport.objects.count() == 11


def test_networks_of_ipv6_are_counted_by_their_64_bits(client: Client, job: Job) -> None:
    for number in range(10):
        report(client, job.public_id, address=f"2001:db8::{number}")
    assert report(client, job.public_id, address="2001:db8::ffff").status_code == 429
    assert ReportCase.objects.get().reporters == 1


def test_the_answer_is_the_same_whether_or_not_there_is_such_a_job(
    client: Client, job: Job, staff: User
) -> None:
    draft, suspended = make_job(job.company, publish=False), make_job(job.company)
    moderation.suspend_job(job=suspended, staff=staff, reason="Spam.")
    closed = postings.close_job(job=make_job(job.company))

    def answers(job_id: str) -> tuple[Any, ...]:
        page = client.get(f"/jobs/{job_id}/report")
        shown = re.sub(r'value="\w{64}"', "", text_of(page)).replace(job_id, "")
        sent = report(client, job_id)
        return page.status_code, shown, sent.status_code, sent.headers["Location"], sent.content

    ids = ["job_doesnotexist1", draft.public_id, suspended.public_id, closed.public_id]
    assert len({answers(job_id) for job_id in ids}) == 1
    assert [each.case.job for each in JobReport.objects.all()] == [closed]
    assert client.get("/jobs/nonsense/report").status_code == 404


def test_addresses_are_in_no_row_and_differ_from_job_to_job(job: Job) -> None:
    other = make_job(job.company)
    for each in (job, other):
        filed(each, network="192.0.2.77")
    first, second = JobReport.objects.all()
    assert first.reporter != second.reporter
    assert "192.0.2" not in str(list(JobReport.objects.values()) + list(ReportCase.objects.values()))


def test_reports_by_different_networks_raise_a_job_and_never_take_it_down(job: Job) -> None:
    for network in ("a", "b", "b", "c"):
        case = filed(job, network=network)
    before = 1  # a new company
    job.refresh_from_db()
    assert (case.reporters, case.reports.count()) == (3, 4)
    assert job.review_priority == before + 3 * 2
    assert job.is_open


def test_a_case_takes_a_hundred_reports(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "MAX_REPORTS", 2)
    for network in ("a", "b", "c"):
        case = filed(job, network=network)
    assert case.reports.count() == case.reporters == 2


def test_a_settled_case_forgets_who_reported_and_thanks_who_left_an_address(
    job: Job, staff: User, django_capture_on_commit_callbacks: Any
) -> None:
    filed(job, network="a", email="ada@example.com", details="Odd.")
    filed(job, network="b", email="ada@example.com")
    case = filed(job, network="c")
    with django_capture_on_commit_callbacks(execute=True):
        assert reports.dismiss(case_ids=[case.pk], staff=staff, note="All fine.") == 1
    case.refresh_from_db()
    assert (case.outcome, case.settled_by, case.note) == ("dismissed", staff, "All fine.")
    assert set(case.reports.values_list("email", "reporter")) == {("", "")}
    assert [message.to for message in mail.outbox] == [["ada@example.com"]]
    body = str(mail.outbox[0].body)
    assert job.public_id in body
    assert "left the job as it is" in body
    assert job.title not in body
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.target_id, entry.reason) == ("dismiss_reports", job.public_id, "All fine.")
    job.refresh_from_db()
    assert job.review_priority == 1
    assert reports.dismiss(case_ids=[case.pk], staff=staff) == 0


@pytest.mark.parametrize(
    ("decide", "outcome"),
    [
        (moderation.reject_job, "acted"),
        (moderation.suspend_job, "acted"),
        (moderation.approve_job, "dismissed"),
    ],
)
def test_a_decision_about_the_job_settles_its_case(
    job: Job, staff: User, decide: Any, outcome: str, django_capture_on_commit_callbacks: Any
) -> None:
    case = filed(job, email="ada@example.com")
    with django_capture_on_commit_callbacks(execute=True):
        decide(job=job, staff=staff, reason="Looked at.")
    case.refresh_from_db()
    assert case.outcome == outcome
    thanks = [str(message.body) for message in mail.outbox if message.to == ["ada@example.com"]]
    assert len(thanks) == 1
    assert ("taken the\njob off the board" in thanks[0]) == (outcome == "acted")


def test_reports_after_the_end_of_a_case_open_another(job: Job, staff: User) -> None:
    first = filed(job)
    moderation.approve_job(job=job, staff=staff)
    second = filed(job)
    assert first != second
    moderation.approve_job(job=job, staff=staff)  # once more: its new reports are answered
    second.refresh_from_db()
    assert second.outcome == "dismissed"


def test_a_report_costs_few_queries_however_many_there_are(
    job: Job, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        filed(job, network=str(number))
    with django_assert_max_num_queries(12):
        reports.report_job(job_id=job.public_id, reason="fraud", network="new")


def test_a_cross_site_post_reports_nothing(job: Job) -> None:
    client = Browser(enforce_csrf_checks=True)
    assert report(client, job.public_id).status_code == 403
    assert not JobReport.objects.exists()


def test_only_what_was_ever_public_is_named(client: Client, db: None) -> None:
    hidden = make_job(make_company(name="Secret Brewery"), title="Secret plan", publish=False)
    assert "Secret" not in text_of(client.get(f"/jobs/{hidden.public_id}/report"))
