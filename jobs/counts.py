"""Pages of a search with exact totals, of one snapshot.

A web worker finds them in its own index (`jobs.index`), in about a millisecond. For who has none the database
counts and finds them.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import DateTimeField, Func

from jobs import index, queries
from jobs.index import VERSION_SQL, Found
from jobs.models import Category
from jobs.queries import JobFilters
from jobsphere.api.pagination import Page

FEW = 5_000
"""So many matches are sorted rather than met on a walk through all listings by date."""

_COUNT_SQL = "SELECT {number}, count(*), min(expires_at), {version} FROM ({matches}) AS matches"
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class FoundPage(Page):
    """A page of the keys of jobs.

    Args:
        version: of the listings that were searched.
        until: how long the same would be found in this version.
    """

    version: int
    until: datetime


def page_of(filters: JobFilters, limit: int, page: int, version: int | None = None) -> FoundPage:
    """Return the keys of the jobs on one page of a search, and its exact totals.

    Args:
        limit: items a page, 1 or more.
        page: from 1, of any size; one past the end is empty.
        version: of the listings, if it was just read.
    """
    start = (page - 1) * limit
    found = index.search(filters, start, limit, version) or _search_database(filters, start, limit)
    return FoundPage(found.job_ids, page, -(-found.total // limit), found.total, found.version, found.until)


@dataclass(frozen=True)
class MeantPage:
    """A page of a search, or of what was probably meant by it.

    Args:
        filters: what was searched for.
        meant: the parameters that say so, where it is not what was asked for.
    """

    page: FoundPage
    filters: JobFilters
    meant: dict[str, str]


def page_as_meant(filters: JobFilters, limit: int, page: int, version: int | None = None) -> MeantPage:
    """Return a page of a search (`page_of`); if it finds nothing, of the first of its meanings that does."""
    found = page_of(filters, limit, page, version)
    if not found.total_items:
        for reading, meant in queries.meanings(filters):
            other = page_of(reading, limit, page, found.version)
            if other.total_items:
                return MeantPage(other, reading, meant)
    return MeantPage(found, filters, {})


def total(filters: JobFilters) -> int:
    """Return how many listings match."""
    return page_of(filters, 1, 1).total_items


def by_category(categories: Sequence[Category]) -> dict[int, int]:
    """Return how many jobs are open in each of these categories, by its key; none is left out."""
    counted = index.count({"category": JobFilters()})
    if counted is None:
        return queries.open_jobs("category", categories)
    return {category.pk: counted["category"].get(str(category.pk), 0) for category in categories}


def _search_database(filters: JobFilters, start: int, limit: int) -> Found:
    with _one_snapshot():
        found, until, sizes = _count(filters)
        return Found(found, until, sum(sizes), _find(filters, sizes, start, limit))


def _count(filters: JobFilters) -> tuple[int, datetime, list[int]]:
    """Return the version of the listings, when the first match ends, and the size of each tier."""
    parts: list[str] = []
    parameters: list[Any] = []
    for number, listings in enumerate(queries.tiers(filters)):
        try:
            sql, values = listings.order_by().values("expires_at").query.sql_with_params()
        except EmptyResultSet:
            sql, values = "SELECT expires_at FROM jobs_listing WHERE false", ()
        parts.append(_COUNT_SQL.format(number=number, version=VERSION_SQL, matches=sql))
        parameters += values
    rows = sorted(_read(" UNION ALL ".join(parts), parameters))
    ends = [end for _, _, end, _ in rows if end is not None]
    return rows[0][3], min(ends, default=_NEVER), [size for _, size, _, _ in rows]


def _find(filters: JobFilters, sizes: list[int], start: int, limit: int) -> list[int]:
    """Return the keys from a place on, by one statement, however many tiers they are in."""
    parts: list[str] = []
    parameters: list[Any] = []
    for listings, size in zip(queries.tiers(filters), sizes, strict=True):
        end = min(size, start + limit)
        if start < end:
            if size <= FEW and filters.sort != queries.SALARY and _asks_for_words(filters):
                listings = listings.order_by(_Unindexed("posted_at").desc(), "-job_id")
            sql, values = listings.values_list("pk")[start:end].query.sql_with_params()
            parts.append(f"ARRAY({sql})")
            parameters += values
            limit -= end - start
        start = max(0, start - size)
    if not parts:
        return []
    ((*found,),) = _read(f"SELECT {', '.join(parts)}", parameters)
    return list(chain.from_iterable(found))


def _read(sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run one statement, by indexes alone: reading all documents costs far more than the planner thinks.

    What is switched off costs so much by its reckoning that it would compile the statement: a second each.
    """
    settings = "SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)"
    with connection.cursor() as cursor:
        cursor.execute(f"{settings}; {sql}", parameters)
        cursor.nextset()
        return cursor.fetchall()


class _Unindexed(Func):
    """A time, for sorting by it without an index of it.

    The planner takes words for independent of each other. Where they exclude each other it would walk
    through all listings by date for matches that are not there.
    """

    template = "(%(expressions)s + interval '0')"
    output_field = DateTimeField()


def _asks_for_words(filters: JobFilters) -> bool:
    return bool(filters.query or filters.location or filters.skills)


@contextmanager
def _one_snapshot() -> Iterator[None]:
    """Let all statements see one state; not within a transaction, which has begun in its own way."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield
