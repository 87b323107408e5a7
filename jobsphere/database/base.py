"""Django's PostgreSQL backend, which asks a connection whether it works only where that cannot be seen."""

import select
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import DatabaseOperations
from psycopg_pool import ConnectionPool


class _Operations(DatabaseOperations):
    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        """Return what Django logs: psycopg keeps no text of a statement that was prepared before."""
        return super().last_executed_query(cursor, sql, params) or sql


class DatabaseWrapper(base.DatabaseWrapper):
    """Takes from the pool only what works, for each request; `CONN_HEALTH_CHECKS` would cost a round trip."""

    ops_class = _Operations

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Return a connection that no restart of the server has cut."""
        while True:
            connection = super().get_new_connection(conn_params)
            if not self.pool or _works(connection):
                return connection
            connection._pool.putconn(connection)  # which replaces it


def _works(connection: psycopg.Connection[Any]) -> bool:
    if connection.closed:
        return False
    waiting = select.poll()
    waiting.register(connection.pgconn.socket, select.POLLIN)
    if not waiting.poll(0):  # its end would be there to read
        return True
    try:
        ConnectionPool.check_connection(connection)
    except psycopg.OperationalError:
        connection.close()
        return False
    return True
