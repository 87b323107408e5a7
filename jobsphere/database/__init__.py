"""Reads that every call makes: statements that PostgreSQL parses and plans once for each connection."""

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections


class _PreparedCursor(psycopg.Cursor[tuple[Any, ...]]):
    def execute(self, query: Any, params: Any = None, **_: Any) -> "_PreparedCursor":
        return super().execute(query, params, prepare=True, binary=True)


def fetch_prepared(sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Return the rows of one statement.

    Args:
        sql: the same text each time, with `%s` for the parameters.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]
    database.close_if_health_check_failed()  # this and what follows is what `cursor()` does
    database.ensure_connection()
    with database.wrap_database_errors:
        cursor = database._prepare_cursor(_PreparedCursor(database.connection))
    with cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
