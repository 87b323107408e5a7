"""Erase candidates whose time is over (docs/decisions/candidate-privacy.md)."""

from typing import Any

from django.core.management.base import BaseCommand

from applications.services import erase_old_candidates


class Command(BaseCommand):
    help = "Erase candidates who applied on the board and heard nothing for a year. Run it daily."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Erased {erase_old_candidates()} candidates.")
