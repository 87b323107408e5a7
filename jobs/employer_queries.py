"""What an employer's dashboard reads: its jobs by state, their numbers, what happened lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import nlargest
from itertools import chain

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from accounts.models import Account
from jobs.models import (
    PERMITTED_MODERATION,
    Company,
    CompanyEvent,
    Job,
    JobDay,
    JobEvent,
    JobStatus,
    Moderation,
    VerificationState,
)
from jobs.services import statistics

STATES = ("draft", "published", "expired", "closed", "rejected", "suspended")
"""Those of `Job.state`."""

SOON = timedelta(days=7)
WEEK = timedelta(days=7)
_EVENTS_FROM_JOBS = 20
"""Every event of a job touches its `updated_at`: the last events are among those of the last touched."""


def in_state(state: str, at: datetime | None = None) -> Q:
    """Return the condition on jobs that says the same as `Job.state`."""
    at = at or timezone.now()
    permitted = Q(moderation__in=PERMITTED_MODERATION)
    conditions = {
        "draft": permitted & Q(status=JobStatus.DRAFT),
        "published": permitted & Q(status=JobStatus.PUBLISHED, expires_at__gt=at),
        "expired": permitted & Q(status=JobStatus.PUBLISHED, expires_at__lte=at),
        "closed": permitted & Q(status=JobStatus.CLOSED),
        "rejected": Q(moderation=Moderation.REJECTED),
        "suspended": Q(moderation=Moderation.SUSPENDED),
    }
    return conditions[state]


def jobs_of(account: Account, company: Company | None = None) -> QuerySet[Job]:
    """Return all jobs of an account, or of one of its companies, those changed last first."""
    own = Job.objects.filter(company=company) if company else Job.objects.filter(company__account=account)
    return own.select_related("company", "category").order_by("-updated_at", "-id")


def counts_by_state(jobs: QuerySet[Job]) -> dict[str, int]:
    """Return how many of these jobs are in each of `STATES`."""
    at = timezone.now()
    return jobs.order_by().aggregate(**{state: Count("pk", filter=in_state(state, at)) for state in STATES})


@dataclass(frozen=True)
class Numbers:
    """What an account's overview counts.

    Args:
        ending_soon: open jobs that end within `SOON`.
        new_applicants: those of the last seven days.
    """

    open: int
    ending_soon: int
    drafts: int
    new_applicants: int
    ever_published: bool


def numbers_of(account: Account) -> Numbers:
    """Count an account's jobs and new applicants: two queries."""
    at = timezone.now()
    published = in_state("published", at)
    found = (
        Job.objects.filter(company__account=account)
        .order_by()
        .aggregate(
            open=Count("pk", filter=published),
            ending_soon=Count("pk", filter=published & Q(expires_at__lte=at + SOON)),
            drafts=Count("pk", filter=in_state("draft", at)),
            ever_published=Count("pk", filter=Q(posted_at__isnull=False)),
        )
    )
    applicants = account.applications.filter(submitted_at__gt=at - WEEK).count()
    return Numbers(
        open=found["open"],
        ending_soon=found["ending_soon"],
        drafts=found["drafts"],
        new_applicants=applicants,
        ever_published=found["ever_published"] > 0,
    )


def recent_events(account: Account, limit: int = 8) -> list[JobEvent | CompanyEvent]:
    """Return what happened last to an account's companies and jobs, the latest first."""
    touched = jobs_of(account).values("pk")[:_EVENTS_FROM_JOBS]
    jobs = JobEvent.objects.filter(job__in=touched).select_related("job", "actor")[:limit]
    companies = CompanyEvent.objects.filter(company__account=account).select_related("company", "actor")
    return nlargest(limit, chain(jobs, companies[:limit]), key=lambda event: event.at)


@dataclass(frozen=True)
class Day:
    """A job's day (UTC)."""

    day: date
    views: int
    applications: int


def days_of(job: Job, count: int = 30) -> list[Day]:
    """Return a job's last days, today last: two queries and one look into Redis."""
    today = timezone.now().date()
    days = [today - timedelta(days=age) for age in reversed(range(count))]
    views = dict(job.days.filter(day__gte=days[0]).values_list("day", "views"))
    waiting = statistics.waiting_views(job_ids=[job.pk], days=days)
    applications = dict(
        job.applications.filter(submitted_at__date__gte=days[0])
        .order_by()
        .values_list("submitted_at__date")
        .annotate(Count("pk"))
    )
    return [Day(day, views.get(day, 0) + waiting[job.pk, day], applications.get(day, 0)) for day in days]


def add_totals(jobs: Sequence[Job]) -> None:
    """Give each job its `views` and `applicants` in all: two queries and one look into Redis."""
    job_ids = [job.pk for job in jobs]
    today = timezone.now().date()
    days = [today - timedelta(days=age) for age in range(statistics.KEPT_DAYS + 1)]
    kept = JobDay.objects.filter(job__in=job_ids).order_by().values_list("job")
    views = dict(kept.annotate(Sum("views")))
    for (job_id, _), count in statistics.waiting_views(job_ids=job_ids, days=days).items():
        views[job_id] = views.get(job_id, 0) + count
    counted = Job.objects.filter(pk__in=job_ids).order_by().values_list("pk")
    applicants = dict(counted.annotate(Count("applications")))
    for job in jobs:
        job.views = views.get(job.pk, 0)  # type: ignore[attr-defined]
        job.applicants = applicants.get(job.pk, 0)  # type: ignore[attr-defined]


def companies_of(account: Account) -> QuerySet[Company]:
    """Return an account's companies by name, each with `open_jobs`."""
    is_open = Q(
        jobs__status=JobStatus.PUBLISHED,
        jobs__moderation__in=PERMITTED_MODERATION,
        jobs__expires_at__gt=timezone.now(),
    )
    return (
        Company.objects.filter(account=account)
        .annotate(open_jobs=Count("jobs", filter=is_open))
        .order_by("name", "id")
    )


def setback_of(company: Company) -> CompanyEvent | None:
    """Return why staff rejected or suspended a company, where it is so now."""
    if company.suspended_at is not None:
        kind = "suspended"
    elif company.verification_state == VerificationState.REJECTED:
        kind = "rejected"
    else:
        return None
    return company.events.filter(kind=kind).first()


def setback_of_job(job: Job) -> JobEvent | None:
    """Return why staff rejected or suspended a job, where it is so now."""
    if job.moderation in PERMITTED_MODERATION:
        return None
    return job.events.filter(kind=job.moderation).first()


def able_to_post(account: Account) -> QuerySet[Company]:
    """Return the companies in whose name the account may publish now."""
    return Company.objects.filter(
        account=account, verification_state=VerificationState.VERIFIED, suspended_at__isnull=True
    ).order_by("name", "id")
