"""Django's PostgreSQL backend: a thread keeps its connection, and asks whether it works only if in doubt."""

import select
import time
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import DatabaseOperations

PATIENCE = 10.0
"""Seconds for which a server that cannot be reached is tried again: as long as a restart may take."""


class _Operations(DatabaseOperations):
    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        """Return what Django logs: the cursor of prepared statements keeps no text of its own."""
        return super().last_executed_query(cursor, sql, params) or sql


class DatabaseWrapper(base.DatabaseWrapper):
    """Survives a restart of the server between two requests."""

    ops_class = _Operations

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect, and wait for a server that is not there yet.

        Raises:
            psycopg.OperationalError: it cannot be reached, or refuses.
        """
        give_up_at = time.monotonic() + PATIENCE
        pause = 0.05
        while True:
            try:
                return super().get_new_connection(conn_params)
            except psycopg.OperationalError:
                if time.monotonic() + pause > give_up_at:
                    raise
            time.sleep(pause)
            pause *= 2

    def is_usable(self) -> bool:
        """Tell whether the connection works: with `CONN_HEALTH_CHECKS` asked once for each request.

        A server that went away leaves its end there to read, which takes no round trip to see.
        """
        if self.connection is None or self.connection.closed:
            return False
        waiting = select.poll()
        waiting.register(self.connection.pgconn.socket, select.POLLIN)
        return not waiting.poll(0) or bool(super().is_usable())
