"""What each call asks of the database: by prepared statements, over connections that work."""

import os

import psycopg
import pytest
from django.db import close_old_connections, connection

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


def test_a_connection_that_the_server_cut_is_replaced_before_a_request_uses_it() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (process,) = cursor.fetchone()
    close_old_connections()  # as at the end of each request
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
    assert fetch_prepared("SELECT 1") == [(1,)]
