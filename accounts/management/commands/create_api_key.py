"""`manage.py create_api_key`: a key for an account, for whoever runs the site."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Account, Scope
from accounts.services import create_key
from jobsphere.errors import DomainError


class Command(BaseCommand):
    help = "Create an API key for an account. It is shown once: only a digest of it is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", required=True, help="the account's id, such as acct_…")
        parser.add_argument("--name", default="Command line", help="by which its people know the key")
        parser.add_argument("--scope", choices=Scope.values, default=Scope.READ.value)
        parser.add_argument(
            "--mode", choices=["live", "test"], default="live", help="what the key begins with"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        account = Account.objects.filter(public_id=options["account"]).first()
        if account is None:
            raise CommandError(f"There is no account {options['account']}.")
        try:
            key, secret = create_key(
                account=account, name=options["name"], scope=options["scope"], mode=options["mode"]
            )
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{key.get_scope_display()} key of {account.name}, shown this once:\n{secret}")
