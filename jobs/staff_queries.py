"""What waits for staff: jobs to review, companies to verify, reports of readers; what pages show of it."""

from collections import Counter
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, QuerySet

from jobs.models import (
    Company,
    Job,
    JobReport,
    Moderation,
    ReportCase,
    VerificationMethod,
    VerificationRequest,
)
from jobsphere.queues import Queue

REPORTS_SHOWN = 20


def _to_review() -> QuerySet[Job]:
    return Job.objects.listed().filter(moderation=Moderation.UNREVIEWED)


def _suspicious() -> QuerySet[Job]:
    return _to_review().filter(review_priority__gt=0)


def _to_verify() -> QuerySet[VerificationRequest]:
    return VerificationRequest.objects.filter(
        state=VerificationRequest.State.PENDING, method=VerificationMethod.STAFF
    )


def _reported() -> QuerySet[ReportCase]:
    return ReportCase.objects.filter(settled_at__isnull=True)


REVIEW = Queue(
    "review",
    "Jobs not reviewed",
    _to_review,
    order=("-review_priority", "-posted_at", "-id"),
    since="posted_at",
)
"""What anybody can see and nobody has looked at; what is odd first, then the newest, which harms most."""

SUSPICIOUS = Queue("suspicious", "Jobs to review", _suspicious, order=("posted_at", "id"), since="posted_at")
"""The part of it with signs of fraud, reports or a new company."""

VERIFICATION = Queue(
    "verification", "Companies to verify", _to_verify, order=("requested_at", "id"), since="requested_at"
)
"""Companies that ask staff to verify them, the longest waiting first."""

REPORTS = Queue(
    "reports",
    "Reports from readers",
    _reported,
    order=("-reporters", "opened_at", "id"),
    since="opened_at",
)
"""Jobs that readers have reported, by how many networks they did from."""


def with_rival_claims(requests: QuerySet[VerificationRequest]) -> QuerySet[VerificationRequest]:
    """Tell of each request, as `is_also_claimed`, whether another account has a company at its domain."""
    others = Company.objects.filter(domain=OuterRef("company__domain")).exclude(domain="")
    others = others.exclude(account=OuterRef("company__account"))
    return requests.annotate(is_also_claimed=Exists(others))


def open_case(job: Job) -> ReportCase | None:
    """Return the open reports about a job."""
    return ReportCase.objects.filter(job=job, settled_at__isnull=True).first()


def reporters(jobs: Iterable[Job]) -> dict[int, int]:
    """Return how many networks have open reports about each of these jobs; one query for all."""
    cases = ReportCase.objects.filter(job__in=[job.pk for job in jobs], settled_at__isnull=True)
    return dict(cases.values_list("job", "reporters"))


def latest_reports(case: ReportCase) -> QuerySet[JobReport]:
    """Return the latest few reports of a case."""
    return case.reports.order_by("-id")[:REPORTS_SHOWN]


def reasons(cases: Iterable[ReportCase]) -> dict[int, Counter[str]]:
    """Count the reasons that reports name, by case; one query for all."""
    found: dict[int, Counter[str]] = {case.pk: Counter() for case in cases}
    for report in JobReport.objects.filter(case__in=list(found)).only("case_id", "reason"):
        found[report.case_id][report.get_reason_display()] += 1
    return found
