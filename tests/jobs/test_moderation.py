"""What staff decide about jobs and companies, and what follows from it."""

from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, User
from jobs.models import Company, Job, JobEvent, Listing, Moderation
from jobs.services import moderation
from jobs.services.decisions import for_each_company
from jobsphere.errors import InvalidParameter
from tests.fixtures.factories import make_account, make_company, make_job, make_user


@pytest.fixture
def staff(db: None) -> User:
    return make_user(email="staff@jobsphere.example", is_staff=True)


def is_on_the_board(job: Job) -> bool:
    listed, found = Job.objects.listed().filter(pk=job.pk).exists(), Listing.objects.filter(job=job).exists()
    assert listed == found
    return listed


@pytest.mark.parametrize("decide", [moderation.reject_job, moderation.suspend_job])
def test_a_decision_against_a_job_takes_it_off_the_board(company: Company, staff: User, decide: Any) -> None:
    job = make_job(company)
    decide(job=job, staff=staff, reason="It asks for money.")
    assert not is_on_the_board(job)
    event = job.events.first()
    assert event is not None
    assert (event.actor, event.reason) == (staff, "It asks for money.")
    entry = AuditEntry.objects.get()
    assert (entry.target_id, entry.reason, entry.actor) == (job.public_id, "It asks for money.", staff)


@pytest.mark.parametrize("decide", [moderation.reject_job, moderation.suspend_job])
def test_a_decision_against_a_job_needs_a_reason(company: Company, staff: User, decide: Any) -> None:
    job = make_job(company)
    with pytest.raises(InvalidParameter):
        decide(job=job, staff=staff, reason=" ")
    assert is_on_the_board(job)
    assert not AuditEntry.objects.exists()


def test_an_approved_job_is_back_on_the_board(company: Company, staff: User) -> None:
    job = make_job(company)
    moderation.reject_job(job=job, staff=staff, reason="Looks odd.")
    moderation.approve_job(job=job, staff=staff)
    assert is_on_the_board(job)
    assert list(AuditEntry.objects.values_list("act", flat=True)) == ["approve_job", "reject_job"]


def test_a_draft_that_is_approved_stays_a_draft(company: Company, staff: User) -> None:
    job = make_job(company, publish=False)
    moderation.approve_job(job=job, staff=staff)
    assert not is_on_the_board(job)


def test_the_owners_get_one_mail_for_all_their_jobs(
    staff: User, django_capture_on_commit_callbacks: Any
) -> None:
    owner = make_user(email="owner@acme.example")
    jobs = [make_job(make_company(make_account(owner=owner)), title=title) for title in ("Cook", "Baker")]
    jobs.append(make_job(jobs[0].company, title="<Waiter>"))
    with django_capture_on_commit_callbacks(execute=True):
        moderation.moderate_jobs(
            job_ids=[job.pk for job in jobs],
            decision=Moderation.REJECTED,
            staff=staff,
            reason="No pay & hours.",
        )
    # One for each account of hers.
    assert [message.to for message in mail.outbox] == [["owner@acme.example"]] * 2
    assert mail.outbox[0].subject == "Rejected by JobSphere: Cook and 1 more"
    assert "<Waiter>" in str(mail.outbox[0].body)
    assert "No pay & hours." in str(mail.outbox[0].body)
    assert "Baker" in str(mail.outbox[1].body)


def test_approving_what_was_never_in_doubt_sends_no_mail(
    company: Company, staff: User, django_capture_on_commit_callbacks: Any
) -> None:
    job = make_job(company)
    with django_capture_on_commit_callbacks(execute=True):
        moderation.approve_job(job=job, staff=staff)
    assert not mail.outbox


def test_many_jobs_are_decided_with_as_many_queries_as_few(company: Company, staff: User) -> None:
    def queries(count: int) -> int:
        jobs = [make_job(company) for _ in range(count)]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            changed = moderation.moderate_jobs(
                job_ids=[job.pk for job in jobs], decision=Moderation.SUSPENDED, staff=staff, reason="Spam."
            )
        assert changed == count
        return len(captured)

    assert queries(2) == queries(20)
    assert not Listing.objects.exists()
    assert AuditEntry.objects.count() == JobEvent.objects.filter(kind="suspended").count() == 22


def test_deciding_again_changes_and_records_nothing(company: Company, staff: User) -> None:
    job = make_job(company)
    moderation.suspend_job(job=job, staff=staff, reason="Spam.")
    moderation.suspend_job(job=job, staff=staff, reason="Spam.")
    assert AuditEntry.objects.count() == 1


def test_a_suspended_company_takes_all_its_jobs_along_and_brings_them_back(
    company: Company, staff: User, django_capture_on_commit_callbacks: Any
) -> None:
    job, rejected = make_job(company), make_job(company)
    moderation.reject_job(job=rejected, staff=staff, reason="Odd.")
    with django_capture_on_commit_callbacks(execute=True):
        moderation.suspend_company(company=company, staff=staff, reason="Complaints.")
    assert not is_on_the_board(job)
    assert "Complaints." in str(mail.outbox[-1].body)
    with django_capture_on_commit_callbacks(execute=True):
        moderation.reinstate_company(company=company, staff=staff, reason="Settled.")
    assert is_on_the_board(job)
    assert not is_on_the_board(rejected)
    assert list(company.events.values_list("kind", "reason")) == [
        ("reinstated", "Settled."),
        ("suspended", "Complaints."),
    ]


def test_an_approved_job_of_a_suspended_company_stays_off_the_board(company: Company, staff: User) -> None:
    job = make_job(company)
    moderation.suspend_company(company=company, staff=staff, reason="Complaints.")
    moderation.approve_job(job=job, staff=staff)
    assert not is_on_the_board(job)


def test_companies_are_suspended_all_or_none(staff: User) -> None:
    companies = [make_company(), make_company()]
    ids = [company.pk for company in companies]
    with pytest.raises(InvalidParameter):
        for_each_company(moderation.suspend_company, company_ids=ids, staff=staff, reason="")
    assert not Company.objects.filter(suspended_at__isnull=False).exists()
    for_each_company(moderation.suspend_company, company_ids=ids, staff=staff, reason="Fraud.")
    assert Company.objects.filter(suspended_at__isnull=False).count() == 2
    assert AuditEntry.objects.filter(act="suspend_company").count() == 2
