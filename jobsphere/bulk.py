"""Writes many rows of a table at once, in a fraction of the time that the ORM takes."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from itertools import chain

import orjson
from django.db import connection, models


def insert(model: type[models.Model], rows: Iterable[Mapping[str, object]]) -> None:
    """Insert rows by COPY. PostgreSQL writes the first ones while the last are still being made.

    Args:
        rows: values by column, all with the same columns; those that are left out get the database's default.
            While they are made nothing else can be asked of the database. Values for JSON are text.
    """
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return
    sql = f"COPY {model._meta.db_table} ({', '.join(first)}) FROM STDIN"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(sql) as copy:
        copy.set_types([_types(model)[column] for column in first])
        for row in chain([first], rows):
            copy.write_row(list(row.values()))


@cache
def _types(model: type[models.Model]) -> dict[str, str]:
    """The types of a model's columns; without them psycopg looks at each value, and at what lists hold."""
    types = {field.attname: field.db_type(connection) or "" for field in model._meta.concrete_fields}
    return {
        column: "text" if name in _WRITTEN_AS_TEXT else re.sub(r"\(\d+\)", "", name)
        for column, name in types.items()
    }


_WRITTEN_AS_TEXT = {"tsvector", "jsonb"}


def update(model: type[models.Model], rows: Sequence[Mapping[str, object]], columns: Collection[str]) -> None:
    """Let rows that exist say what these say, by one statement that reads them as one JSON text.

    Args:
        rows: values by column, the primary key among them.
        columns: those that are to change.
    """
    if not rows:
        return
    table, key = model._meta.db_table, model._meta.pk.attname
    values = ", ".join(f"new.{name}" for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET ({', '.join(columns)}) = ROW({values})"  # noqa: S608
            f" FROM json_populate_recordset(NULL::{table}, %s) AS new WHERE {table}.{key} = new.{key}",
            [orjson.dumps(rows).decode()],
        )
