"""What another process finds out comes back whole, or says why it does not."""

import os
import signal

import pytest
from django.db import connection

from accounts.models import Account
from jobsphere import processes

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 300_000


def process_and_accounts() -> tuple[int, list[str]]:
    return os.getpid(), list(Account.objects.values_list("name", flat=True))


def much() -> dict[str, int]:
    return {f"term {number}": number for number in range(MANY)}


def mistake() -> None:
    raise LookupError("There is no such thing.")


def accident() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_it_reads_the_same_database_in_another_process() -> None:
    Account.objects.create(name="Acme")
    process, names = processes.result_of(process_and_accounts)
    assert process != os.getpid()
    assert names == ["Acme"]
    assert connection.settings_dict["NAME"].startswith("test_")


def test_much_comes_back_whole() -> None:
    assert processes.result_of(much) == much()


def test_what_it_raises_is_raised_here() -> None:
    with pytest.raises(LookupError, match="no such thing"):
        processes.result_of(mistake)


def test_if_it_is_killed_that_is_an_error() -> None:
    with pytest.raises(ChildProcessError):
        processes.result_of(accident)
