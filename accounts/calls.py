"""What an account's keys called lately, for its people to see: kept in Redis, for a week at most.

A call costs one round trip and no database write. It is a help, not a record: when the
store is down, calls go unnoted.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache

import structlog
from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

KEPT_CALLS = 100
KEPT_CALLS_FOR = 7 * 24 * 3600
"""Seconds after the last call."""

MINUTES = 60
"""The minutes that the plot shows, the present one last."""

_KEY = "jobsphere:calls"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Call:
    """One call: never its query or body.

    Args:
        path: with the names of its parts in place of their values, such as `/v1/jobs/{id}`.
        key: the public id of its API key.
        at: Unix seconds.
    """

    method: str
    path: str
    status: int
    request_id: str
    key: str
    at: float

    @property
    def time(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)


@dataclass(frozen=True)
class Minute:
    """How many calls a minute saw: served, and refused because the quota was used up."""

    number: int
    served: int = 0
    refused: int = 0

    @property
    def time(self) -> datetime:
        return datetime.fromtimestamp(self.number * 60, UTC)


@cache
def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=0.5)


def note(account_id: int, call: Call) -> None:
    """Note a call among the latest of its account, and in its minute."""
    calls, minute = f"{_KEY}:{account_id}", f"{_KEY}:{account_id}:{int(call.at) // 60}"
    pipeline = _redis().pipeline(transaction=False)
    pipeline.lpush(calls, json.dumps(asdict(call)))
    pipeline.ltrim(calls, 0, KEPT_CALLS - 1)
    pipeline.expire(calls, KEPT_CALLS_FOR)
    pipeline.hincrby(minute, "refused" if call.status == 429 else "served")
    pipeline.expire(minute, (MINUTES + 1) * 60)
    try:
        pipeline.execute()
    except (RedisError, OSError) as error:
        _log.warning("call_not_noted", error=type(error).__name__)


def latest(account_id: int, count: int = KEPT_CALLS) -> list[Call]:
    """Return the latest calls of an account, newest first; none while the store is down."""
    try:
        return [Call(**json.loads(line)) for line in _redis().lrange(f"{_KEY}:{account_id}", 0, count - 1)]
    except (RedisError, OSError):
        return []


def minutes(account_id: int) -> list[Minute]:
    """Return the calls of each of the last 60 minutes, oldest first; zeros while the store is down."""
    return list(_minutes(account_id, int(time.time()) // 60))


def _minutes(account_id: int, present: int) -> Iterator[Minute]:
    numbers = range(present - MINUTES + 1, present + 1)
    pipeline = _redis().pipeline(transaction=False)
    for number in numbers:
        pipeline.hmget(f"{_KEY}:{account_id}:{number}", "served", "refused")
    try:
        answers = pipeline.execute()
    except (RedisError, OSError):
        answers = [(None, None)] * MINUTES
    for number, (served, refused) in zip(numbers, answers, strict=True):
        yield Minute(number, int(served or 0), int(refused or 0))
