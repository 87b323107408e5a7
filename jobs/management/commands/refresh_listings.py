"""`manage.py refresh_listings`: bring what search reads in step with all jobs."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from jobs.services import listings


class Command(BaseCommand):
    help = (
        "Write the listings of all jobs anew, a thousand in a transaction, beside everything else that goes "
        "on. It can be broken off at any time, and goes on with --after and the last key that it printed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--after", type=int, default=0, metavar="KEY", help="the last key that was printed"
        )

    def handle(self, *args: Any, after: int, **options: Any) -> None:
        for key in listings.refresh_all(after):
            self.stdout.write(f"In step up to {key}.")
        self.stdout.write("All listings are in step.")
