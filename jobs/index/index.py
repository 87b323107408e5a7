"""All listings in the memory of a worker, in step with the database.

A search first reads the version of the listings (`ListingChange`). If it is the one that the index has, the
index holds what a snapshot of now would show. If not, what changed is read first: every transaction leaves
the keys of the listings that it changed in `jobs_listinglog`, and the index knows the snapshot it has, so
what that one did not show is exactly what is missing. What many listings of one transaction are found by it
may leave as well, made ready (`jobs.listing_batches`). An answer is always that of one snapshot, taken
during the call.

Changed listings become small segments beside the large one; those of about the same size are merged
(`merge`), so that a change costs little however many follow each other. When they are many, another
process reads everything anew, and this index answers until then. Too many at once, it does not follow: the
database searches (`jobs.counts`).
"""

import json
import sys
import threading
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from heapq import merge
from itertools import chain, islice
from typing import Any, NamedTuple, TypeVar, TypeVarTuple

from django.db import connection, transaction
from django.utils import timezone
from pyroaring import BitMap

from jobs import listing_batches
from jobs.index.evaluation import Evaluation
from jobs.index.segment import NEVER, Row, Segment
from jobs.listing_batches import EPOCH, MICROSECOND, NO_PAY, Batch, microseconds
from jobs.models import Company
from jobs.queries import SALARY, JobFilters
from jobs.search_text.expressions import All, Expression
from jobs.services.listings import location_words
from jobsphere.database import fetch_prepared

STALE_AFTER = 30 * 60
"""Seconds out of touch after which everything is read anew; the log goes back twice as far."""

MANY = 20_000
"""So many listings that change at once, and more than a tenth of all, are not followed: a search would wait.
Nor are segments merged to larger ones."""

SCATTERED = 100_000
"""So many changed listings, or a tenth of all, take memory enough to read them anew with the others."""

PATIENCE = 0.25
"""Seconds that a search waits for another one, or for changes that are being read."""

BATCH = 5_000
"""Listings that are read at a time."""

FANOUT = 8
"""So many small segments of about one size are merged."""

Asked = TypeVarTuple("Asked")
Answer = TypeVar("Answer")

_NEVER = datetime.max.replace(tzinfo=UTC)

VERSION_SQL = "(SELECT coalesce(sum(changes), 0)::bigint FROM jobs_listingchange)"
_HEAD = f"""
    {VERSION_SQL} AS version,
    pg_current_snapshot()::text AS snapshot,
    (SELECT coalesce(jsonb_object_agg(slug, id), '{{}}')::text FROM jobs_category) AS categories
"""  # noqa: S608
_MARKED = "'{mark}:' || nullif(array_to_string({values}, chr(31) || '{mark}:'), '')"
_COLUMNS = f"""
    listing.job_id,
    (extract(epoch FROM posted_at) * 1000000)::bigint,
    (extract(epoch FROM expires_at) * 1000000)::bigint,
    coalesce(salary_max, {NO_PAY})
"""
_TERMS = f"""
    concat_ws(
        chr(31),
        array_to_string(tsvector_to_array(listing.document), chr(31)),
        'category:' || category_id,
        'company:' || listing.company_id,
        'currency:' || nullif(salary_currency, ''),
        'level:' || experience_level,
        'remote:' || remote,
        'type:' || type,
        {_MARKED.format(mark="place", values="place_ids")},
        {_MARKED.format(mark="skill", values="skills")},
        {_MARKED.format(mark="word", values="tsvector_to_array(location_words)")}
    )
"""
_TERMS_OF_COMPANY = "nullif(array_to_string(tsvector_to_array(employer.document), chr(31)), '')"
_COMPANIES_SQL = f"""
    SELECT 'company:' || company_id, {_TERMS_OF_COMPANY} FROM jobs_companydocument AS employer
    WHERE document <> ''
"""  # noqa: S608
_ALL_SQL = f"""
    SELECT {_COLUMNS}, {_TERMS} FROM jobs_listing AS listing ORDER BY posted_at, job_id
"""  # noqa: S608
_CHANGED_SQL = f"""
    WITH logged AS MATERIALIZED (
        SELECT DISTINCT changed.job_id, transaction FROM jobs_listinglog,
            unnest(coalesce(job_ids, ARRAY[jobs_listinglog.job_id])) AS changed(job_id)
        WHERE transaction >= pg_snapshot_xmin(%(snapshot)s::pg_snapshot)
            AND NOT pg_visible_in_snapshot(transaction, %(snapshot)s::pg_snapshot)
        LIMIT %(most)s
    ), batch AS MATERIALIZED (
        SELECT transaction, content FROM jobs_listingbatch
        WHERE transaction = ANY(ARRAY(SELECT DISTINCT transaction FROM logged))
    ), single AS (
        -- A batch says what its transaction left: no more of those that another one changed as well.
        SELECT job_id FROM logged LEFT JOIN batch USING (transaction)
        GROUP BY job_id HAVING count(*) > 1 OR count(batch.transaction) = 0
    )
    SELECT head.*, (SELECT coalesce(array_agg(job_id), '{{}}') FROM logged) AS changed, NULL AS batch,
        NULL::bigint AS single, NULL::bigint AS job_id, NULL::bigint AS posted_at, NULL::bigint AS expires_at,
        NULL::bigint AS pay, NULL AS terms
    FROM (SELECT {_HEAD}) AS head
    UNION ALL
    SELECT NULL, NULL, NULL, NULL, content, NULL, NULL, NULL, NULL, NULL, NULL FROM batch
    UNION ALL
    SELECT NULL, NULL, NULL, NULL, NULL, single.job_id,
        {_COLUMNS}, concat_ws(chr(31), {_TERMS}, {_TERMS_OF_COMPANY})
    FROM single
    LEFT JOIN LATERAL (
        -- Each is looked up: without OFFSET the planner would rather read all listings, in the order of keys.
        SELECT * FROM jobs_listing WHERE jobs_listing.job_id = single.job_id OFFSET 0
    ) AS listing ON true
    LEFT JOIN jobs_companydocument AS employer ON employer.company_id = listing.company_id
    ORDER BY posted_at, job_id
"""  # noqa: S608
_PRUNE_SQL = "DELETE FROM jobs_listinglog WHERE at < now() - make_interval(secs => %s)"


class Busy(Exception):
    """Something else takes long: only the database can tell in time."""


class OutOfStep(Exception):
    """Too much changed to be followed: everything has to be read anew."""


class Found(NamedTuple):
    """A page of a search.

    Args:
        version: of the listings that were searched.
        until: how long the same would be found in this version: none of the matches ends before.
        total: how many match.
    """

    version: int
    until: datetime
    total: int
    job_ids: list[int]


class Index:
    """The listings of one database. One thread at a time asks it, while another may merge what changed."""

    def __init__(self, head: tuple[int, str, str], rows: Iterator[Row]) -> None:
        """Build it of all listings, the oldest first, and of version, snapshot and categories there."""
        self._begin(head)
        self.large = Segment.of(rows)
        self.small: list[Segment] = []
        self.changed: dict[int, Segment] = {}
        """Which of the small ones has a job; who is in none of them may be in the large one."""
        self.companies: dict[str, int] = {}
        self.lock = threading.Lock()

    def _begin(self, head: tuple[int, str, str]) -> None:
        self.version, self.snapshot, categories = head
        self.categories: dict[str, int] = json.loads(categories)
        self.read_at = time.monotonic()

    def search(self, filters: JobFilters, start: int, limit: int, version: int | None = None) -> Found:
        """Return a page of what matches now.

        Args:
            start: how many come before the page.
            version: of the listings, if it was just read.

        Raises:
            Busy, OutOfStep: only the database knows.
        """
        words = _words(filters)  # may ask the database: others need not wait for that
        return self._in_step(version, self._search, filters, words, start, limit)

    def _search(self, filters: JobFilters, words: Expression, start: int, limit: int) -> Found:
        moment = microseconds(filters.at)
        parts = self._matches(filters, moment, words)
        found = [part.matches for part in parts]
        total = sum(map(len, found))
        end = min(start + limit, total)
        if start >= end:
            job_ids = []
        elif filters.query is not None and filters.by_relevance:
            job_ids = _page_by_relevance(parts, filters.query.meaning.steps(), start, end)
        else:
            job_ids = _page(parts, found, start, end - start, by_pay=filters.sort == SALARY)
        return Found(self.version, _first_end(parts, moment), total, job_ids)

    def count(self, searches: Mapping[str, JobFilters]) -> dict[str, dict[str, int]]:
        """Count what matches now by the values of marks, each of a search of its own, of one state.

        Args:
            searches: by one of `segment.COUNTED`. Values are keys of categories, and what jobs say.

        Raises:
            Busy, OutOfStep: only the database knows.
        """
        asked = [(mark, filters, _words(filters)) for mark, filters in searches.items()]

        def counted() -> dict[str, dict[str, int]]:
            counts: dict[str, Counter[str]] = {mark: Counter() for mark in searches}
            for mark, filters, words in asked:
                for part in self._matches(filters, microseconds(filters.at), words):
                    counts[mark].update(part.segment.count(part.matches, mark))
            return {mark: dict(counted) for mark, counted in counts.items()}

        return self._in_step(None, counted)

    @property
    def is_scattered(self) -> bool:
        """Whether so much lies in small segments that reading everything anew is worth it."""
        return sum(len(segment.jobs) for segment in self.small) > max(self._most, SCATTERED)

    @property
    def _most(self) -> int:
        """So many that change at once are not followed."""
        return max(MANY, len(self.large) // 10)

    def follow(self) -> None:
        """Read what changed, so that no search has to.

        Raises:
            Busy: a search does.
            OutOfStep: this index has to be made anew.
        """
        self._in_step(None, lambda: None)

    def follow_all(self) -> int:
        """Read what changed, however much it is, and return how many listings did: for who does not answer.

        Raises:
            OutOfStep: this index has to be made anew.
        """
        return self._follow(None, sys.maxsize)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, lock=threading.Lock())

    def _in_step(self, version: int | None, question: Callable[[*Asked], Answer], *asked: *Asked) -> Answer:
        """Bring the index to the state of now, or to a version that was just read, and ask it of that."""
        if not self.lock.acquire(timeout=PATIENCE):
            raise Busy
        try:
            self._follow(version)
            return question(*asked)
        finally:
            self.lock.release()

    def _follow(self, version: int | None, most: int | None = None) -> int:
        """Bring the index to the state of now, or at least to a version that was just read.

        Returns:
            How many listings changed: less than `most`, which is out of step.
        """
        now = time.monotonic()
        if now - self.read_at > STALE_AFTER:
            raise OutOfStep
        if version is None:
            version = read_version()
        if version == self.version:
            self.read_at = now
            return 0
        if connection.in_atomic_block:
            raise Busy  # what this transaction changed may never come to be
        most = most or self._most
        with connection.cursor() as cursor:
            cursor.execute(_CHANGED_SQL, {"snapshot": self.snapshot, "most": most})
            found = cursor.fetchall()
        ((*head, changed),) = (row[:4] for row in found if row[0] is not None)
        if len(changed) >= most or None in changed:
            raise OutOfStep
        where: dict[Segment, list[int]] = defaultdict(list)
        for job_id in changed:
            where[self.changed.pop(job_id, self.large)].append(job_id)
        for segment, job_ids in where.items():
            segment.take_out(job_ids)
        batches = [listing_batches.read(row[4]) for row in found if row[4] is not None]
        singles = [row[5:] for row in found if row[5] is not None]
        self._add(batches, singles)
        self._begin(head)
        return len(changed)

    def _add(self, batches: Iterable[Batch], singles: Sequence[tuple[Any, ...]]) -> None:
        """Have changed listings be found, and forget segments of which nothing is left.

        Args:
            singles: those that no batch tells of, whatever batches say: the key of each and its row, the
                oldest first; without one it is listed no more.
        """
        self.small = list(filter(len, self.small))
        for batch in batches:
            segment = Segment.of_batch(batch)
            segment.take_out(single for single, *_ in singles)
            self._found_in(segment)
        if rows := [Row(*row) for _, *row in singles if row[0] is not None]:
            self._found_in(Segment.of(rows))

    def _found_in(self, segment: Segment) -> None:
        self.small.append(segment)
        self.changed |= dict.fromkeys(segment.jobs, segment)

    def merge(self) -> bool:
        """Merge some small segments of about one size, if there are enough; return whether there were.

        It takes a tenth of a second or longer, in which others search and follow what changes.
        """
        with self.lock:
            smallest = sorted(self.small, key=len)[:FANOUT]
            sizes = list(map(len, smallest))
            if len(sizes) < FANOUT or sizes[-1] > FANOUT * sizes[0] or sum(sizes) > MANY:
                return False
            alive = [segment.live.copy() for segment in smallest]
        merged = Segment.merged(smallest, alive)
        with self.lock:
            unchanged = [job_id for job_id in merged.jobs if self.changed.get(job_id) in smallest]
            merged.take_out({*merged.jobs} - {*unchanged})
            self.changed |= dict.fromkeys(unchanged, merged)
            self.small = [segment for segment in self.small if segment not in smallest] + [merged]
        return True

    def _matches(self, filters: JobFilters, moment: int, asked: Expression) -> list[Evaluation]:
        """Return what words find of what other filters leave, in each segment that has some of it."""
        any_of = list(self._any_of(filters))
        parts = []
        for segment in (self.large, *self.small):
            part = Evaluation(segment, _needed(segment, filters, moment, any_of), asked)
            if part.matches:
                parts.append(part)
        return parts

    def _any_of(self, filters: JobFilters) -> Iterator[list[str]]:
        """Yield the terms that filters ask for: at least one of each."""
        if filters.categories:
            yield [f"category:{self.categories.get(slug)}" for slug in filters.categories]
        if filters.companies:
            yield [f"company:{key}" for key in self._company_keys(filters.companies)]
        if filters.experience_levels:
            yield [f"level:{level}" for level in filters.experience_levels]
        if filters.types:
            yield [f"type:{kind}" for kind in filters.types]
        if filters.currency is not None:
            yield [f"currency:{filters.currency}"]
        if filters.remote is not None:
            yield [f"remote:{str(filters.remote).lower()}"]
        for skill in filters.skills:
            yield [f"skill:{skill.lower()}"]
        if (place := filters.location) is not None:
            if place.remote or place.asks_nothing:
                yield ["remote:true"] if place.remote else []
            if place.place_ids:
                yield [f"place:{key}" for key in place.place_ids]
            for word in location_words(place.words):
                yield [f"word:{word}"]

    def _company_keys(self, public_ids: Sequence[str]) -> list[int | None]:
        """Return the keys of companies, which never change."""
        unknown = [public_id for public_id in public_ids if public_id not in self.companies]
        if unknown:
            found = Company.objects.filter(public_id__in=unknown).values_list("public_id", "pk")
            self.companies.update(found)
        return [self.companies.get(public_id) for public_id in public_ids]


def _words(filters: JobFilters) -> Expression:
    """Return what the words of a search ask for; without a query, nothing of any posting."""
    return All(()) if filters.query is None else filters.query.meaning.everything


def _needed(
    segment: Segment, filters: JobFilters, moment: int, any_of: Sequence[Sequence[str]]
) -> list[BitMap]:
    """Return the sets of a segment that a match is in, whatever its words."""
    needed = [segment.open_at(moment), *map(segment.having_any, any_of)]
    if filters.posted_since is not None:
        needed.append(segment.posted_since(microseconds(filters.posted_since)))
    if filters.salary_min is not None:
        needed.append(segment.paying(filters.salary_min))
    return needed


def _first_end(parts: Sequence[Evaluation], moment: int) -> datetime:
    """Return until when all matches are open that are open at a moment; some may be for a bit longer."""
    first = NEVER
    for part in parts:
        first = min(first, part.segment.first_end(part.matches, moment))
    return _NEVER if first == NEVER else EPOCH + first * MICROSECOND


def _page_by_relevance(
    parts: Sequence[Evaluation], steps: Iterable[Expression], start: int, end: int
) -> list[int]:
    """Return the keys of jobs from one place to another, of the matches tier by tier, the newest first."""
    job_ids: list[int] = []
    before: list[BitMap] = []
    size_before = 0
    for step in steps:
        place = start + len(job_ids)
        if place >= end:
            break
        found = [part.found(step) for part in parts]
        size = sum(map(len, found))
        if size > place:
            tier = [now - then for now, then in zip(found, before, strict=True)] if before else found
            job_ids += _page(parts, tier, place - size_before, end - place)
        before, size_before = found, size
    return job_ids


def _page(
    parts: Sequence[Evaluation], matches: Sequence[BitMap], start: int, limit: int, by_pay: bool = False
) -> list[int]:
    """Return the keys of jobs from one place on, of the matches of all segments in one order.

    The first of each small segment may be on it: where they lie among those of the first, which is the
    largest, is looked up.
    """
    orders = [part.segment.highest_pay if by_pay else part.segment.newest for part in parts]
    large, found = orders[0], matches[0]
    if not any(matches[1:]):
        return list(map(large.segment.jobs.__getitem__, large.part(found, start, limit)))
    small = sorted(
        order.key(number)
        for order, numbers in zip(orders[1:], matches[1:], strict=True)
        for number in order.part(numbers, 0, start + limit)
    )
    before = bisect_left(
        range(min(len(small), start)), start, key=lambda place: place + large.before(found, small[place])
    )
    candidates = (large.key(number) for number in large.part(found, start - before, limit))
    page = islice(merge(candidates, small[before : before + limit]), limit)
    return [-key[-1] for key in page]


def read_version() -> int:
    """Return the version of the listings now."""
    ((version,),) = fetch_prepared("SELECT " + VERSION_SQL)
    return int(version)


def read() -> Index:
    """Read all listings."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SELECT " + _HEAD)
            head = cursor.fetchone()
            cursor.execute(_COMPANIES_SQL)
            companies = cursor.fetchall()
        with connection.chunked_cursor() as cursor:
            cursor.execute(_ALL_SQL)
            fetched = chain.from_iterable(iter(lambda: cursor.fetchmany(BATCH), []))
            index = Index(head, (Row(*row) for row in fetched))
    index.large.imply(companies)
    index.large.prepare(microseconds(timezone.now()))
    return index


def read_and_follow() -> Index:
    """Read all listings, then what was changed meanwhile, until little of it is left.

    Raises:
        OutOfStep: all listings were emptied meanwhile.
    """
    index = read()
    while index.follow_all() >= BATCH:
        pass
    return index


def prune_log() -> int:
    """Forget batches and entries of the log that no index asks for any more. Return how many entries."""
    listing_batches.forget()
    with connection.cursor() as cursor:
        cursor.execute(_PRUNE_SQL, [2 * STALE_AFTER])
        return cursor.rowcount
