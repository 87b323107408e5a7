"""Forget old entries of the log of changed listings: to be run every hour or so."""

from typing import Any

from django.core.management.base import BaseCommand

from jobs.index import prune_log


class Command(BaseCommand):
    help = "Forget entries of the log of changed listings that every worker has read. Run it every hour, say."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Forgot {prune_log():,} entries.")
