"""manage.py load_places: the places that locations are understood by."""

from typing import Any

from django.core.management.base import BaseCommand

from jobs.place_data import load_places


class Command(BaseCommand):
    """Thin caller of `jobs.place_data.load_places`."""

    help = "Load the world's places, unless the installed data packages' are loaded already."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints a line a step; nothing but one line when there is nothing to do."""
        report = self.stdout.write if options["verbosity"] else lambda line: None
        report("Places loaded." if load_places(report) else "Places are up to date.")
