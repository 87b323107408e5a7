"""Writes many rows of a table by one statement, in a fraction of the time that the ORM takes."""

from collections.abc import Collection, Mapping, Sequence

import orjson
from django.db import connection, models


def write(
    model: type[models.Model], rows: Sequence[Mapping[str, object]], *, update: Collection[str] = ()
) -> None:
    """Insert rows, or where one with the same primary key exists, let it say what these say.

    A row that says so already is left alone. The rows are sent as one JSON text: PostgreSQL reads it faster
    than Python writes thousands of parameters.

    Args:
        rows: values by column, all with the same columns; those that are left out get the database's default.
            In the order of their keys, so that two transactions wait for each other rather than deadlock.
        update: the columns that may change of rows that exist. Without any, an existing row is an error.
    """
    if not rows:
        return
    table, key = model._meta.db_table, model._meta.pk.attname
    columns = ", ".join(rows[0])
    sql = (
        f"INSERT INTO {table} ({columns})"  # noqa: S608
        f" SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s)"
    )
    if update:
        old, new = (", ".join(f"{source}.{name}" for name in update) for source in (table, "EXCLUDED"))
        sql += (
            f" ON CONFLICT ({key}) DO UPDATE SET ({', '.join(update)}) = ROW({new})"
            f" WHERE ({old}) IS DISTINCT FROM ({new})"
        )
    with connection.cursor() as cursor:
        cursor.execute(sql, [orjson.dumps(rows).decode()])
