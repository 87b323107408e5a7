"""Reads that every call makes: statements that PostgreSQL parses and plans once for each connection."""

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection


class _PreparedCursor(psycopg.Cursor[tuple[Any, ...]]):
    def execute(self, query: Any, params: Any = None, **_: Any) -> "_PreparedCursor":
        return super().execute(query, params, prepare=True, binary=True)


def fetch_prepared(sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Return the rows of one statement.

    Args:
        sql: the same text each time, with `%s` for the parameters.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors:
        cursor = connection._prepare_cursor(  # type: ignore[attr-defined]  # what `cursor()` does
            _PreparedCursor(connection.connection)
        )
    with cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
