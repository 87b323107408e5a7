"""Statements for which Django's cursors take long: those of every call, and those with large parameters."""

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq.abc import PGresult


class _Prepared:
    """The statements of a connection, and what turns their values and rows.

    names: what a statement is called, by its text and the types of its parameters.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.transformer = Transformer(connection)  # finds out how to turn a type when it first meets it
        self.names: dict[object, bytes] = {}


def _prepared(connection: Any) -> _Prepared:
    """Return those of a connection, which end with it."""
    prepared: _Prepared | None = getattr(connection, "jobsphere_prepared", None)
    if prepared is None:
        connection.jobsphere_prepared = prepared = _Prepared(connection)
    return prepared


class _PreparedCursor:
    """As much of a cursor as Django uses, by libpq itself: psycopg's own does far more for each statement."""

    _query = None  # Django logs its text, or else what it was given

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._rows: list[tuple[Any, ...]] = []

    def execute(self, sql: str, parameters: Sequence[Any]) -> None:
        prepared = _prepared(self._connection)
        transformer, names = prepared.transformer, prepared.names
        values: Any = transformer.dump_sequence(parameters, [PyFormat.AUTO] * len(parameters))
        asked = sql, transformer.types
        if asked not in names:
            names[asked] = self._prepare(b"jobsphere_%d" % len(names), sql, transformer.types)
        server = self._connection.pgconn
        result = server.exec_prepared(names[asked], values, transformer.formats, pq.Format.BINARY)
        self._check(result, pq.ExecStatus.TUPLES_OK)
        transformer.set_pgresult(result)
        self._rows = transformer.load_rows(0, result.ntuples, tuple)
        transformer.set_pgresult(None)  # what it came in need not stay until the next one

    def _prepare(self, name: bytes, sql: str, types: Sequence[int] | None) -> bytes:
        first, *others = sql.split("%s")
        numbered = first + "".join(f"${number}{part}" for number, part in enumerate(others, start=1))
        result = self._connection.pgconn.prepare(name, numbered.encode(), types)
        self._check(result, pq.ExecStatus.COMMAND_OK)
        return name

    def _check(self, result: PGresult, wanted: pq.ExecStatus) -> None:
        if self._connection.closed:
            raise psycopg.OperationalError(result.get_error_message())
        if result.status != wanted:
            raise error_from_result(result)

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self._rows

    def close(self) -> None:
        """Nothing is open."""


class _BinaryCursor(psycopg.Cursor[tuple[Any, ...]]):
    """Begins the transaction, as psycopg does with the first of its own statements."""

    def execute(self, query: Any, params: Any = None, **_: Any) -> "_BinaryCursor":
        return super().execute(query, params, binary=True)


def _cursor(database: Any, kind: type[_BinaryCursor] | type[_PreparedCursor]) -> Any:
    """Return a cursor of this kind, which Django logs and whose errors it turns."""
    with database.wrap_database_errors:
        return database._prepare_cursor(kind(database.connection))


def fetch_prepared(sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Return the rows of one statement; within a transaction it is not prepared.

    Args:
        sql: the same text each time, with `%s` for the parameters, and no other percent sign.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]
    database.close_if_health_check_failed()  # this and what follows is what `cursor()` does
    database.ensure_connection()
    kind = _BinaryCursor if database.in_atomic_block else _PreparedCursor
    with _cursor(database, kind) as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def execute_apart(sql: str, parameters: Sequence[Any]) -> int:
    """Run a statement of a transaction, and return how many rows it wrote.

    Its parameters are sent apart from its text. However large they are, nothing escapes them here, and
    PostgreSQL does not look for the end of them.

    Args:
        sql: with `%s` for the parameters. PostgreSQL infers the types of texts from it.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]
    database.ensure_connection()
    with _cursor(database, _BinaryCursor) as cursor:
        cursor.execute(sql, parameters)
        rows: int = cursor.rowcount
    return rows
