"""Move the counted views of jobs from Redis to the database: to be run every hour or so."""

from typing import Any

from django.core.management.base import BaseCommand

from jobs.services.statistics import flush_views


class Command(BaseCommand):
    help = "Move the counted views of jobs from Redis to the database. Run it every hour, say."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Moved {flush_views()} views.")
