"""Calls a minute: an account's quota, and the patience with wrong keys of an address.

django-ratelimit counts in fixed windows of a minute, in a store that all workers share:
its `add` and `incr` are atomic, so a limit of N lets N calls through, whatever their
concurrency. When the store is down calls are served unmetered (the contract,
"Rate limits": availability before metering).
"""

import ipaddress
import time
from dataclasses import dataclass
from typing import Protocol

import structlog
from django.http import HttpRequest
from django_ratelimit.core import get_usage
from redis.exceptions import RedisError

from jobsphere.http import peer
from jobsphere.metrics import STORE_FAILURES

WINDOW = 60
"""Seconds of a window."""

QUIET = 10.0
"""Seconds between two log lines about a store that is down."""

RETRY = 1.0
"""Seconds for which a store that failed is left alone: waiting for it would slow every call."""

_log = structlog.get_logger(__name__)


class MeteredAccount(Protocol):
    """What has a quota of its own."""

    pk: int

    @property
    def requests_per_minute(self) -> int: ...


@dataclass(frozen=True)
class RateLimit:
    """The state of a quota. Without the store only its limit is known.

    Args:
        used: calls of this window, this one included; may exceed the limit.
        seconds: until the window ends, 1 or more.
        resets_at: the moment it ends, in Unix seconds.
    """

    limit: int
    used: int | None = None
    seconds: int | None = None
    resets_at: int | None = None

    @property
    def remaining(self) -> int | None:
        return None if self.used is None else max(0, self.limit - self.used)

    @property
    def is_exceeded(self) -> bool:
        return self.used is not None and self.used > self.limit

    def headers(self) -> dict[str, str]:
        """Return the headers of an answer (X-RateLimit-*, and the IETF's RateLimit fields)."""
        headers = {
            "X-RateLimit-Limit": str(self.limit),
            "RateLimit-Policy": f'"default";q={self.limit};w={WINDOW}',
        }
        if self.used is not None:
            headers |= {
                "X-RateLimit-Remaining": str(self.remaining),
                "X-RateLimit-Reset": str(self.resets_at),
                "RateLimit": f'"default";r={self.remaining};t={self.seconds}',
            }
        return headers


class _Store:
    """Knows that the store failed just now, and says so once in a while."""

    def __init__(self) -> None:
        self.failed_at = self.logged_at = float("-inf")

    def is_resting(self) -> bool:
        return time.monotonic() - self.failed_at < RETRY

    def fail(self, error: Exception) -> None:
        self.failed_at = time.monotonic()
        if self.failed_at - self.logged_at >= QUIET:
            self.logged_at = self.failed_at
            _log.warning("rate_limit_store_down", error=type(error).__name__)


_store = _Store()


def _usage(request: HttpRequest, group: str, key: str, limit: int, *, count: bool) -> RateLimit:
    if _store.is_resting():
        STORE_FAILURES.inc()
        return RateLimit(limit)
    try:
        usage = get_usage(
            request, group=group, key=lambda *_: key, rate=lambda *_: (limit, WINDOW), increment=count
        )
    except (RedisError, OSError) as error:
        _store.fail(error)
        STORE_FAILURES.inc()
        return RateLimit(limit)
    if usage is None or usage["time_left"] < 0:  # metering is switched off, or the store lost the count
        return RateLimit(limit)
    # django-ratelimit's window holds the second that it names as its end.
    seconds = usage["time_left"] + 1
    return RateLimit(limit, usage["count"], seconds, int(time.time()) + seconds)


def count_call(request: HttpRequest, account: MeteredAccount) -> RateLimit:
    """Count a call against its account's quota."""
    return _usage(request, "account", str(account.pk), account.requests_per_minute, count=True)


def usage_without_counting(account: MeteredAccount) -> RateLimit:
    """Return the state of an account's quota, for people to see."""
    return _usage(HttpRequest(), "account", str(account.pk), account.requests_per_minute, count=False)


def count_bad_key(request: HttpRequest, limit: int) -> RateLimit:
    """Count a call without a good key against its address; an IPv6 network of /64 is one."""
    address = peer(request)
    key = str(address)
    if isinstance(address, ipaddress.IPv6Address):
        key = str(ipaddress.ip_network((address, 64), strict=False))
    return _usage(request, "bad-key", key, limit, count=True)
