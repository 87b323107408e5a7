"""What each call asks of the database: by prepared statements, over connections that work."""

import os
from typing import Any

import psycopg
import pytest
from django.db import (
    DataError,
    OperationalError,
    ProgrammingError,
    close_old_connections,
    connection,
    transaction,
)

from accounts import queries
from jobsphere.database import fetch_prepared
from tests.fixtures.factories import make_account, make_key

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_key_is_found_by_a_prepared_statement() -> None:
    _, secret = make_key(make_account())
    for _ in range(2):
        assert queries.find_key(secret) is not None
    prepared = fetch_prepared("SELECT statement FROM pg_prepared_statements")
    assert any("accounts_apikey" in statement for (statement,) in prepared)


def test_a_key_is_found_with_what_is_read_beside_it() -> None:
    account = make_account()
    made, secret = make_key(account)
    found = queries.find_key(secret, beside="6 * 7")
    assert found == made
    assert found is not None
    assert found.account == account
    assert found.account.requests_per_minute == account.requests_per_minute
    assert found.beside == 42  # type: ignore[attr-defined]
    assert not found.get_deferred_fields()


@pytest.mark.parametrize("values", [[1, 2], [70_000, 2], [2**40], [None, True]])
def test_values_come_back_as_they_were_sent_whatever_was_sent_before(values: list[Any]) -> None:
    for parameters in ([1, "one"], [values, None], [2**40, 2.5]):
        assert fetch_prepared("SELECT %s, %s", parameters) == [tuple(parameters)]


def test_within_a_transaction_it_reads_what_that_wrote() -> None:
    with transaction.atomic():
        assert fetch_prepared("SELECT pg_current_xact_id_if_assigned()::text") == [(None,)]
        account = make_account(name="Not yet")
        assert fetch_prepared("SELECT name FROM accounts_account") == [("Not yet",)]
        transaction.set_rollback(True)
    assert fetch_prepared("SELECT name FROM accounts_account WHERE id = %s", [account.pk]) == []


def test_a_statement_that_fails_is_told_as_of_django_and_the_next_one_works() -> None:
    for _ in range(2):
        with pytest.raises(ProgrammingError, match="nowhere"):
            fetch_prepared("SELECT * FROM nowhere")
        with pytest.raises(DataError, match="division"):
            fetch_prepared("SELECT 1 / %s", [0])
        assert fetch_prepared("SELECT 1 / %s", [1]) == [(1,)]


def test_a_connection_that_is_cut_while_it_is_asked_is_told_and_replaced_for_the_next_request() -> None:
    with pytest.raises(OperationalError):
        fetch_prepared("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(OperationalError):
        fetch_prepared("SELECT 1")
    close_old_connections()  # as at the end of each request
    assert fetch_prepared("SELECT 1") == [(1,)]


def test_a_connection_that_the_server_cut_is_replaced_before_a_request_uses_it() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (process,) = cursor.fetchone()
    close_old_connections()  # as at the end of each request
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
    assert fetch_prepared("SELECT 1") == [(1,)]
