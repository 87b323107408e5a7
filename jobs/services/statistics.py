"""How often jobs are looked at: collected in Redis, kept in the database by day.

A page view costs one round trip to Redis and no write to the database; `flush_views` moves
what was collected. It is a help, not a record: while Redis is down, views go uncounted.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cache

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from redis import Redis
from redis.exceptions import RedisError

KEPT_DAYS = 31
"""How long views wait in Redis to be flushed."""

_KEY = "jobsphere:views"
_FLUSHING = 6_217_305
"""An advisory lock: one flush at a time."""

_log = structlog.get_logger(__name__)


@cache
def _redis() -> Redis:
    return Redis.from_url(
        settings.REDIS_URL, socket_timeout=0.2, socket_connect_timeout=0.2, decode_responses=True
    )


def count_view(*, job_id: int) -> None:
    """Count one view of a job, today."""
    key = _key(timezone.now().date())
    pipeline = _redis().pipeline(transaction=False)
    pipeline.hincrby(key, str(job_id))
    pipeline.expire(key, timedelta(days=KEPT_DAYS))
    try:
        pipeline.execute()
    except RedisError as error:
        _log.warning("view_not_counted", error=type(error).__name__)


def waiting_views(*, job_ids: Sequence[int], days: Iterable[date]) -> Counter[tuple[int, date]]:
    """Return what is not flushed yet, by job and day; nothing while Redis is down."""
    days = list(days)
    if not job_ids or not days:
        return Counter()
    pipeline = _redis().pipeline(transaction=False)
    for day in days:
        pipeline.hmget(_key(day), [str(job_id) for job_id in job_ids])
    try:
        answers = pipeline.execute()
    except RedisError as error:
        _log.warning("views_not_read", error=type(error).__name__)
        return Counter()
    return Counter(
        {
            (job_id, day): int(count)
            for day, counts in zip(days, answers, strict=True)
            for job_id, count in zip(job_ids, counts, strict=True)
            if count
        }
    )


@transaction.atomic
def flush_views() -> int:
    """Move the views that wait in Redis to the database.

    A flush that is cut off between its last two steps loses what it moved; it never counts twice.

    Returns:
        How many views were moved.

    Raises:
        RedisError: Redis does not answer.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_FLUSHING])
    today = timezone.now().date()
    return sum(_flush(today - timedelta(days=age)) for age in range(KEPT_DAYS + 1))


def _flush(day: date) -> int:
    transfer = _redis().pipeline(transaction=True)
    transfer.hgetall(_key(day))
    transfer.delete(_key(day))
    waiting, _ = transfer.execute()
    if not waiting:
        return 0
    counts = {int(job_id): int(count) for job_id, count in waiting.items()}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO jobs_jobday (job_id, day, views)
            SELECT job.id, %s, seen.views
            FROM unnest(%s::bigint[], %s::int[]) AS seen (job_id, views)
            JOIN jobs_job AS job ON job.id = seen.job_id
            ON CONFLICT (job_id, day) DO UPDATE SET views = jobs_jobday.views + excluded.views
            """,
            [day, list(counts), list(counts.values())],
        )
    return sum(counts.values())


def _key(day: date) -> str:
    return f"{_KEY}:{day.isoformat()}"
