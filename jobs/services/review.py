"""Where a job stands in the staff's review queue: by its signs of fraud and by readers' reports."""

from collections.abc import Sequence

from jobs import fraud, staff_queries
from jobs.models import Job

REPORT_WEIGHT = 2
"""What one more reporting network weighs, as `jobs.fraud` weighs signs."""

HIGHEST = 1000


def approved_words(job: Job) -> tuple[object, ...]:
    """Return what an approval was about: when it changes, somebody looks again."""
    application = (job.application_method, job.application_url, job.application_email)
    return (job.title, job.description, job.requirements, *application)


def prioritise(jobs: Sequence[Job]) -> int:
    """Write down how urgently these jobs should be looked at; 0 says that nothing is odd.

    Args:
        jobs: with company loaded.

    Returns:
        How many changed.
    """
    reporters = staff_queries.reporters(jobs)
    changed = []
    for job, signals in zip(jobs, fraud.signals_of(jobs), strict=True):
        weight = sum(signal.weight for signal in signals) + REPORT_WEIGHT * reporters.get(job.pk, 0)
        if job.review_priority != min(weight, HIGHEST):
            job.review_priority = min(weight, HIGHEST)
            changed.append(job)
    Job.objects.bulk_update(changed, ["review_priority"])
    return len(changed)
