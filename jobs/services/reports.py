"""Readers' reports about jobs: taken in, gathered by job, settled by staff's decision.

They never take a job down by themselves: they raise it in the queue. Who reported is known
only by a keyed digest, which counts networks within one case and is erased when it is settled,
as is the address that somebody left to hear what became of it.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import User
from accounts.services import record_acts
from jobs.models import PERMITTED_MODERATION, Job, JobReport, ReportCase
from jobs.services import review
from jobsphere.emails import send_email

Outcome = ReportCase.Outcome

MAX_REPORTS = 100
"""Of one open case: more would tell staff nothing new."""

MAX_DETAILS_LENGTH = 3000


@transaction.atomic
def report_job(*, job_id: str, reason: str, network: str, details: str = "", email: str = "") -> None:
    """Take in what a reader says about a job that is or was on the board.

    Says nothing of whether there is such a job: what nobody can see, or staff have taken down
    already, is passed over in silence.

    Args:
        reason: one of `ReportReason`.
        network: where it comes from; kept as a keyed digest that differs from job to job.
        email: where to say what became of it, if the reader wants to know.
    """
    reported = Job.objects.filter(
        public_id=job_id, posted_at__isnull=False, moderation__in=PERMITTED_MODERATION
    )
    job = reported.select_for_update(of=("self",), no_key=True).select_related("company").first()
    if job is None:
        return
    case, _ = ReportCase.objects.get_or_create(job=job, settled_at=None)
    if case.reports.count() >= MAX_REPORTS:
        return
    JobReport.objects.create(
        case=case, reason=reason, details=details, email=email, reporter=_digest(job, network)
    )
    case.reporters = case.reports.values("reporter").distinct().count()
    case.save(update_fields=["reporters"])
    review.prioritise([job])


@transaction.atomic
def dismiss(*, case_ids: Iterable[int], staff: User, note: str = "") -> int:
    """Settle cases in which there is nothing to act upon. Their jobs stay as they are.

    Returns:
        How many were open.
    """
    jobs = Job.objects.filter(report_cases__in=list(case_ids))
    locked = list(jobs.select_for_update(of=("self",), no_key=True).order_by("pk").select_related("company"))
    return settle(jobs=locked, outcome=Outcome.DISMISSED, staff=staff, note=note)


def settle(*, jobs: Iterable[Job], outcome: Outcome, staff: User, note: str = "") -> int:
    """Close the open cases of these jobs, thank whoever left an address, and forget who reported.

    Args:
        jobs: locked by the caller, with company loaded, since it is in a transaction of its own.

    Returns:
        How many were open.
    """
    by_pk = {job.pk: job for job in jobs}
    cases = list(ReportCase.objects.filter(job__in=by_pk, settled_at__isnull=True).order_by("pk"))
    if not cases:
        return 0
    for case in cases:
        case.job = by_pk[case.job_id]
        case.outcome, case.settled_at, case.settled_by, case.note = outcome, timezone.now(), staff, note
    ReportCase.objects.bulk_update(cases, ["outcome", "settled_at", "settled_by", "note"])
    act = "dismiss_reports" if outcome == Outcome.DISMISSED else "act_on_reports"
    record_acts(staff=staff, act=act, targets=[case.job for case in cases], reason=note)
    _thank(cases)
    JobReport.objects.filter(case__in=cases).update(email="", reporter="")
    review.prioritise([case.job for case in cases])
    return len(cases)


def _thank(cases: list[ReportCase]) -> None:
    left = JobReport.objects.filter(case__in=cases).exclude(email="")
    addresses = defaultdict(set)
    for case_id, email in left.values_list("case", "email"):
        addresses[case_id].add(email)
    for case in cases:
        # Its id and nothing that its employer wrote: whoever reports chooses whom this mail goes to.
        context = {"job_id": case.job.public_id, "acted": case.outcome == Outcome.ACTED}
        send_email("report_settled", to=sorted(addresses[case.pk]), context=context)


def _digest(job: Job, network: str) -> str:
    pepper = "jobs.services.reports"  # joined with SECRET_KEY: the database alone tells no address
    return salted_hmac(pepper, f"{job.public_id}:{network}", algorithm="sha256").hexdigest()
