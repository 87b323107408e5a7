"""Pages of a search with exact totals, which are counted once for each state of the data.

Counting costs far more than finding a page, and most searches are asked again. So what was counted is
kept, for all workers, with the version of the listings it is true of: `ListingChange`. The statement
that reads a page reads the version too, in one snapshot, so a total that is kept is either that of the
page's own snapshot or counted anew. No writer has to say what it changed, and nothing is ever stale.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import DateTimeField, Func, Q, QuerySet
from django.db.models.expressions import RawSQL
from redis.exceptions import RedisError

from jobs import queries
from jobs.models import Listing
from jobs.queries import JobFilters
from jobsphere.api.pagination import Page

KEPT_FOR = 10 * 60
"""Seconds that totals are kept: a database restored from a backup counts its versions again."""

FEW = 5_000
"""So many matches are sorted rather than met on a walk through all listings by date."""

DEEP = 1_000
"""From this far into a tier on, a page leaves a mark for those behind it."""

MARKS = 64
"""How many marks of a search are kept."""

_VERSION_SQL = "(SELECT coalesce(sum(changes), 0)::bigint FROM jobs_listingchange)"
_COUNT_SQL = "SELECT {number}, count(*), min(expires_at), {version} FROM ({matches}) AS matches"
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Totals:
    """How many listings match a search, and for how long that holds.

    Args:
        version: of the listings that were counted.
        counted_at: what had ended then was not counted.
        next_end: the first of those counted to end does so now.
        tiers: how many are in each of `queries.tiers`.
        marks: by tier and place in it, the time and key of the listing before that place.
    """

    version: int
    counted_at: datetime
    next_end: datetime
    tiers: list[int]
    marks: dict[tuple[int, int], tuple[datetime, int]] = field(default_factory=dict)

    def hold_at(self, moment: datetime) -> bool:
        return self.counted_at <= moment < self.next_end


@dataclass(frozen=True)
class FoundPage(Page):
    """A page of the keys of jobs, and the totals that it was found with, which may have been kept."""

    totals: Totals
    was_counted_before: bool


def page_of(filters: JobFilters, limit: int, page: int) -> FoundPage:
    """Return the keys of the jobs on one page of a search, and its exact totals, of one snapshot.

    Args:
        limit: items a page, 1 or more.
        page: from 1, of any size; one past the end is empty.
    """
    key = _cache_key(filters)
    kept = _recall(key)
    totals = kept if kept and kept.hold_at(filters.at) else _count(filters)
    marks = len(totals.marks)
    start = (page - 1) * limit
    seen, job_ids = _find(filters, totals, start, limit)
    if not job_ids and totals is kept:
        seen = version()
    if seen != totals.version:
        with _one_snapshot():
            totals = _count(filters)
            _, job_ids = _find(filters, totals, start, limit)
    if totals is not kept or len(totals.marks) > marks:
        _remember(key, totals)
    total_items = sum(totals.tiers)
    return FoundPage(job_ids, page, -(-total_items // limit), total_items, totals, totals is kept)


def total(filters: JobFilters) -> int:
    """Return how many listings match."""
    return page_of(filters, 1, 1).total_items


def version() -> int:
    """Return the version of the listings now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + _VERSION_SQL)
        found: int = cursor.fetchone()[0]
    return found


def _count(filters: JobFilters) -> Totals:
    """Count the tiers of a search, by one statement."""
    parts: list[str] = []
    parameters: list[Any] = []
    for number, listings in enumerate(queries.tiers(filters)):
        try:
            sql, values = listings.order_by().values("expires_at").query.sql_with_params()
        except EmptyResultSet:
            sql, values = "SELECT expires_at FROM jobs_listing WHERE false", ()
        parts.append(_COUNT_SQL.format(number=number, version=_VERSION_SQL, matches=sql))
        parameters += values
    rows = sorted(_read(" UNION ALL ".join(parts), parameters))
    ends = [end for _, _, end, _ in rows if end is not None]
    return Totals(rows[0][3], filters.at, min(ends, default=_NEVER), [count for _, count, _, _ in rows])


def _find(filters: JobFilters, totals: Totals, start: int, limit: int) -> tuple[int, list[int]]:
    """Return the version of the listings, and the keys from a place on; -1 if it changed meanwhile.

    Where there is nothing to read it is that of the totals.
    """
    versions: set[int] = set()
    job_ids: list[int] = []
    for tier, (listings, size) in enumerate(zip(queries.tiers(filters), totals.tiers, strict=True)):
        wanted = limit - len(job_ids)
        if start < size and wanted:
            rows = _rows(filters, listings, totals, tier, start, min(start + wanted, size))
            versions |= {seen for _, _, seen in rows} or {-1}
            job_ids += [job_id for job_id, _, _ in rows]
        start = max(0, start - size)
    if not versions:
        return totals.version, []
    return (versions.pop() if len(versions) == 1 else -1), job_ids


def _rows(
    filters: JobFilters, listings: QuerySet[Listing], totals: Totals, tier: int, start: int, end: int
) -> list[tuple[int, datetime, int]]:
    """Return key, time and version of a tier's listings from one place to another."""
    skipped = 0
    if filters.sort != queries.SALARY:
        skipped = max((place for of, place in totals.marks if of == tier and place <= start), default=0)
        if skipped:
            posted_at, job_id = totals.marks[tier, skipped]
            listings = listings.filter(
                Q(posted_at__lt=posted_at) | Q(pk__lt=job_id), posted_at__lte=posted_at
            )
        if totals.tiers[tier] <= FEW and _asks_for_words(filters):
            listings = listings.order_by(_Unindexed("posted_at").desc(), "-job_id")
    keys = listings.values_list("pk", "posted_at", RawSQL(_VERSION_SQL, ()))  # noqa: S611
    found = _read(*keys[start - skipped : end - skipped].query.sql_with_params())
    if found and end >= DEEP and filters.sort != queries.SALARY and len(totals.marks) < MARKS:
        totals.marks[tier, end] = (found[-1][1], found[-1][0])
    return found


def _read(sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run one statement, by indexes alone: reading all documents costs far more than the planner thinks."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SET LOCAL enable_seqscan = off; {sql}", parameters
        )  # one round trip, one transaction
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


def _cache_key(filters: JobFilters) -> str:
    """Return the same key for all ways to ask for the same."""
    query = filters.query and (filters.query.terms, sorted(filters.query.corrections.items()))
    asked = (
        connection.settings_dict["NAME"],
        query,
        filters.location,
        *map(sorted, (filters.categories, filters.experience_levels, filters.types, filters.companies)),
        sorted(skill.lower() for skill in filters.skills),
        (filters.salary_min, filters.currency, filters.posted_since, filters.remote),
        filters.by_relevance,
        filters.sort == queries.SALARY,
    )
    return "jobs.found." + hashlib.sha256(repr(asked).encode()).hexdigest()


def _recall(key: str) -> Totals | None:
    with suppress(RedisError, OSError):
        kept: Totals | None = cache.get(key)
        return kept
    return None


def _remember(key: str, totals: Totals) -> None:
    with suppress(RedisError, OSError):
        cache.set(key, totals, KEPT_FOR)
