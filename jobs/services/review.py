"""Where a job stands in the staff's review queue: by its signs of fraud and by readers' reports."""

from collections.abc import Sequence

from jobs import fraud, staff_queries
from jobs.models import Job

REPORT_WEIGHT = 2
"""What one more reporting network weighs, as `jobs.fraud` weighs signs."""

HIGHEST = 1000

BATCH = 200


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


def prioritise_all() -> tuple[int, int]:
    """Look anew at every job in the review queue, each batch in a transaction of its own.

    Imported jobs come into the queue at its end, whatever they say: this sorts them, too. It also
    finds copies of jobs that were posted before their texts were compared.

    Returns:
        How many were looked at, and how many changed.
    """
    looked_at = changed = last = 0
    queue = staff_queries.REVIEW.rows().select_related("company").order_by("pk")
    while batch := list(queue.filter(pk__gt=last)[:BATCH]):
        without = [job for job in batch if job.description_digest is None]
        for job in without:
            job.description_digest = fraud.digest(job.description)
        Job.objects.bulk_update([job for job in without if job.description_digest], ["description_digest"])
        changed += prioritise(batch)
        looked_at += len(batch)
        last = batch[-1].pk
    return looked_at, changed
