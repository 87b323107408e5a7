"""`manage.py load_demo`: something to see and to call in a new installation, for development only."""

import os
import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.test import override_settings

from applications.demo import EMPLOYER_EMAIL, STAFF_EMAIL, example_calls, find_demo_account, load_demo


class Command(BaseCommand):
    help = (
        "Make a demonstration employer with jobs, applicants and an API key, and a member of staff. "
        "Their passwords, unless DEMO_PASSWORD names one, and the key are shown once. "
        "Running it again changes nothing. It refuses to run in production."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEVELOPMENT:
            raise CommandError(
                "The demonstration is for development: it makes accounts with known addresses."
            )
        if account := find_demo_account():
            self.stdout.write(
                f"The demonstration is there. Its key was shown when it was made; for another one:\n"
                f"  make manage ARGS='create_api_key --account {account.public_id} --scope read_write'"
            )
            return

        given = os.environ.get("DEMO_PASSWORD")
        employer_password, staff_password = (given or secrets.token_urlsafe(12) for _ in range(2))
        with override_settings(EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend"):
            demo = load_demo(employer_password=employer_password, staff_password=staff_password)
        self.stdout.write(
            "\nA demonstration was made. Passwords and key are shown this once.\n"
            f"  employer   {EMPLOYER_EMAIL}  {'as in DEMO_PASSWORD' if given else employer_password}\n"
            f"  staff      {STAFF_EMAIL}  {'as in DEMO_PASSWORD' if given else staff_password}\n"
            f"  API key    {demo.secret}  (Read/Write)\n\n"
            "Calls to copy:\n"
        )
        for title, command in example_calls(demo, settings.BASE_URL):
            self.stdout.write(f"# {title}\n{command}\n")
