"""Writes listings, 100 in a transaction, until a line comes in; then says how many it was a second."""

import os
import select
import sys
import time


def main() -> None:
    """Refresh the listings of some thousand open jobs in turns."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
    import django

    django.setup()
    from jobs.models import Job
    from jobs.services import listings

    jobs = list(Job.objects.listed().select_related("company", "category").order_by("-pk")[:5_000])
    print(flush=True)
    started, written = time.monotonic(), 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        first = written % len(jobs)
        written += listings.refresh(jobs[first : first + 100])
    print(written / (time.monotonic() - started))


if __name__ == "__main__":
    main()
