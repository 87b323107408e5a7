"""`manage.py review_jobs`: look for signs of fraud anew."""

from typing import Any

from django.core.management.base import BaseCommand

from jobs.services import review


class Command(BaseCommand):
    help = "Looks at all open jobs that nobody has reviewed, as after a change of what counts as odd."

    def handle(self, *args: Any, **options: Any) -> None:
        looked_at, changed = review.prioritise_all()
        print(f"Looked at {looked_at:,} jobs: {changed:,} moved in the review queue.")
