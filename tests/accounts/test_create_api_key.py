"""`manage.py create_api_key`."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Account, ApiKey
from tests.fixtures.factories import ApiClient


def test_the_key_that_is_shown_works(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_api_key", account=account.public_id, scope="read_write", name="Script")
    secret = capsys.readouterr().out.split()[-1]
    me = ApiClient(secret).get("/v1/me").json()
    assert me["account"]["id"] == account.public_id
    assert (me["key"]["name"], me["key"]["scope"]) == ("Script", "read_write")


@pytest.mark.django_db
def test_an_unknown_account_gets_none() -> None:
    with pytest.raises(CommandError, match="no account acct_none"):
        call_command("create_api_key", account="acct_none")
    assert not ApiKey.objects.exists()
