"""`manage.py load_categories`: the fields of work that jobs are filed under."""

from typing import Any

from django.core.management.base import BaseCommand

from jobs.categories import FIELDS
from jobs.services.categories import load_categories


class Command(BaseCommand):
    help = "Load the categories. Running it again changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        changed = load_categories()
        self.stdout.write(f"Categories: {len(FIELDS)}, of which {changed} new or changed.")
