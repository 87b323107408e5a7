"""What an account's keys called lately, for its people to see: kept in Redis, for a week at most.

What a process noted it writes once a second, by one round trip, and before it reads. It is a help, not a
record: when the store is down, or a process is killed, calls go unnoted.
"""

import atexit
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from threading import Event, Lock, Timer

import orjson
import structlog
from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

KEPT_CALLS = 100
KEPT_CALLS_FOR = 7 * 24 * 3600
"""Seconds after the last call."""

MINUTES = 60
"""The minutes that the plot shows, the present one last."""

WRITTEN_AFTER = 1.0
"""Seconds for which calls wait for others."""

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


_noted: deque[tuple[int, Call]] = deque(maxlen=20_000)
_is_scheduled = Event()
_writing = Lock()


def note(account_id: int, call: Call) -> None:
    """Note a call among the latest of its account, and in its minute."""
    _noted.append((account_id, call))
    if not _is_scheduled.is_set():
        _is_scheduled.set()
        timer = Timer(WRITTEN_AFTER, write)
        timer.daemon = True
        timer.start()


def write() -> None:
    """Write what this process noted."""
    with _writing:
        _is_scheduled.clear()
        if noted := [_noted.popleft() for _ in range(len(_noted))]:
            _write(noted)


atexit.register(write)


def _write(noted: list[tuple[int, Call]]) -> None:
    latest: defaultdict[int, deque[Call]] = defaultdict(lambda: deque(maxlen=KEPT_CALLS))
    minutes: Counter[tuple[str, str]] = Counter()
    for account_id, call in noted:
        latest[account_id].append(call)
        outcome = "refused" if call.status == 429 else "served"
        minutes[f"{_KEY}:{account_id}:{int(call.at) // 60}", outcome] += 1
    pipeline = _redis().pipeline(transaction=False)
    for account_id, its_calls in latest.items():
        calls = f"{_KEY}:{account_id}"
        pipeline.lpush(calls, *map(orjson.dumps, its_calls))
        pipeline.ltrim(calls, 0, KEPT_CALLS - 1)
        pipeline.expire(calls, KEPT_CALLS_FOR)
    for (minute, outcome), number in minutes.items():
        pipeline.hincrby(minute, outcome, number)
        pipeline.expire(minute, (MINUTES + 1) * 60)
    try:
        pipeline.execute()
    except (RedisError, OSError) as error:
        _log.warning("calls_not_noted", error=type(error).__name__)


def latest(account_id: int, count: int = KEPT_CALLS) -> list[Call]:
    """Return the latest calls of an account, newest first; none while the store is down."""
    write()
    try:
        return [Call(**orjson.loads(line)) for line in _redis().lrange(f"{_KEY}:{account_id}", 0, count - 1)]
    except (RedisError, OSError):
        return []


def minutes(account_id: int) -> list[Minute]:
    """Return the calls of each of the last 60 minutes, oldest first; zeros while the store is down."""
    write()
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
