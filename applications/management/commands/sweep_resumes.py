"""Remove stored résumés that no application names (docs/decisions/resumes.md)."""

from typing import Any

from django.core.management.base import BaseCommand

from applications import parked
from applications.services import sweep_resumes


class Command(BaseCommand):
    help = "Remove stored résumés that no application names, older than a day, and uploads of unsent forms."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Removed {sweep_resumes() + parked.sweep()} files.")
