"""What staff decide about jobs and companies: permitted, rejected, suspended.

Each decision is kept with what it was about and in the audit trail, search follows in the
same transaction, and the owners are told by e-mail. A decision about a job answers what
readers have reported about it, too.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.queries import owner_addresses
from accounts.services import record_act, record_acts
from jobs.models import PERMITTED_MODERATION, Company, Job, JobEvent, Moderation, ReportCase
from jobs.services import listings, reports
from jobs.services.companies import lock, record
from jobs.services.decisions import required_reason, tell_owners
from jobsphere.emails import send_email

Outcome = ReportCase.Outcome

_ACTS = {
    Moderation.APPROVED: "approve_job",
    Moderation.REJECTED: "reject_job",
    Moderation.SUSPENDED: "suspend_job",
}


def approve_job(*, job: Job, staff: User, reason: str = "") -> None:
    """Let a job be seen, now and after it was rejected or suspended."""
    moderate_jobs(job_ids=[job.pk], decision=Moderation.APPROVED, staff=staff, reason=reason)


def reject_job(*, job: Job, staff: User, reason: str) -> None:
    """Keep a job off the board because of what it says.

    Raises:
        InvalidParameter: no reason.
    """
    moderate_jobs(job_ids=[job.pk], decision=Moderation.REJECTED, staff=staff, reason=reason)


def suspend_job(*, job: Job, staff: User, reason: str) -> None:
    """Take a job off the board while something is looked into.

    Raises:
        InvalidParameter: no reason.
    """
    moderate_jobs(job_ids=[job.pk], decision=Moderation.SUSPENDED, staff=staff, reason=reason)


@transaction.atomic
def moderate_jobs(*, job_ids: Iterable[int], decision: Moderation, staff: User, reason: str = "") -> int:
    """Decide about many jobs, all or none. Those already so are left as they are.

    Args:
        decision: approved, rejected or suspended; the latter two need a reason.

    Returns:
        How many were changed.

    Raises:
        InvalidParameter: no reason.
    """
    reason = reason.strip() if decision == Moderation.APPROVED else required_reason(reason)
    ids = sorted(set(job_ids))
    changed = 0
    for start in range(0, len(ids), listings.BATCH):
        changed += _moderate(ids[start : start + listings.BATCH], decision, staff, reason)
    return changed


def _moderate(ids: list[int], decision: Moderation, staff: User, reason: str) -> int:
    _hold_companies(ids)
    found = list(
        Job.objects.filter(pk__in=ids)
        .select_for_update(of=("self",))
        .select_related("company", "category")
        .order_by("pk")
    )
    jobs = [job for job in found if job.moderation != decision]
    told = [
        job for job in jobs if decision != Moderation.APPROVED or job.moderation not in PERMITTED_MODERATION
    ]
    now = timezone.now()
    for job in jobs:
        job.moderation = decision
        job.updated_at = now
    Job.objects.filter(pk__in=[job.pk for job in jobs]).update(moderation=decision, updated_at=now)
    JobEvent.objects.bulk_create(
        JobEvent(job=job, kind=str(decision), actor=staff, reason=reason, at=now) for job in jobs
    )
    record_acts(staff=staff, act=_ACTS[decision], targets=jobs, reason=reason)
    listings.refresh(jobs)
    _tell_owners_of(told, decision, reason)
    outcome = Outcome.DISMISSED if decision == Moderation.APPROVED else Outcome.ACTED
    reports.settle(jobs=found, outcome=outcome, staff=staff, note=reason)
    return len(jobs)


def _hold_companies(job_ids: list[int]) -> None:
    """Let no company of these jobs change its standing before their listings are written."""
    companies = Company.objects.filter(pk__in=Job.objects.filter(pk__in=job_ids).values("company"))
    list(companies.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def _tell_owners_of(jobs: list[Job], decision: Moderation, reason: str) -> None:
    by_account = defaultdict(list)
    for job in jobs:
        by_account[job.company.account_id].append(job)
    addresses = owner_addresses(by_account)
    for account_id, own in by_account.items():
        context = {"jobs": own, "reason": reason, "decision": str(decision)}
        send_email("jobs_moderated", to=addresses.get(account_id, []), context=context)


@transaction.atomic
def suspend_company(*, company: Company, staff: User, reason: str) -> Company:
    """Take a company and all its jobs off the board, however it was verified.

    Suspending twice changes nothing.

    Raises:
        InvalidParameter: no reason.
    """
    reason = required_reason(reason)
    company = lock(company)
    if company.suspended_at is None:
        company.suspended_at = timezone.now()
        _change_standing(company, "suspended", "suspend_company", staff, reason)
    return company


@transaction.atomic
def reinstate_company(*, company: Company, staff: User, reason: str = "") -> Company:
    """End a suspension. Reinstating twice changes nothing."""
    company = lock(company)
    if company.suspended_at is not None:
        company.suspended_at = None
        _change_standing(company, "reinstated", "reinstate_company", staff, reason.strip())
    return company


def _change_standing(company: Company, kind: str, act: str, staff: User, reason: str) -> None:
    company.save(update_fields=["suspended_at", "updated_at"])
    record(company, kind, staff, reason=reason)
    record_act(staff=staff, act=act, target=company, reason=reason)
    listings.refresh_company(company)
    tell_owners(company, f"company_{kind}", reason=reason)
