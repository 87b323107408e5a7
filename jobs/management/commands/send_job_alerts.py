"""`manage.py send_job_alerts`: mail people the new jobs of their searches, at most once a day each."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from jobs import saved
from jobs.services.saved import send_alert
from jobsphere.arguments import one_or_more


class Command(BaseCommand):
    help = "Mail the new jobs of saved searches. Run it daily; running it again the same day sends nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--at-most", type=one_or_more, default=10_000, metavar="N", help="Searches looked at in this run."
        )

    def handle(self, *args: Any, at_most: int, **options: Any) -> None:
        now = timezone.now()
        sent = 0
        for search in saved.due_alerts(now=now)[:at_most]:
            jobs, more = saved.jobs_to_mail(search, until=now)
            sent += send_alert(search=search, before=now, jobs=jobs, more=more)
        self.stdout.write(f"Sent {sent} alerts.")
