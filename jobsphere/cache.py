"""Django's Redis cache with less to do for each call, and the one that counts calls by one round trip."""

from functools import cached_property
from typing import Any

from django.core.cache.backends import redis
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from redis.exceptions import ConnectionError


class _Client(redis.RedisCacheClient):
    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        return self._only_client

    @cached_property
    def _only_client(self: Any) -> Any:
        pool = self._get_connection_pool(write=True)
        return self._client(connection_pool=pool, single_connection_client=True)


class RedisCache(redis.RedisCache):
    """A cache on one server, which keeps its client and that its connection.

    To make one, or to take the other from a pool, costs more than most commands. Each thread has its own
    instance (`django.core.cache.caches`).
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _Client


class CounterCache(RedisCache):
    """What django-ratelimit counts in, by one round trip where it would take three; by two once a window.

    It adds a counter, and increments it if there is one. Here `add` leaves everything to what follows:
    `incr`, which makes the counter where there is none, or `get`. Each thread has its own instance.
    """

    _seconds: Any = None

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        self._seconds = self.get_backend_timeout(timeout)
        return False

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        key = self.make_and_validate_key(key, version=version)
        client: Any = self._cache.get_client(write=True)
        try:  # what the client does around this, for each call, is of use once a connection is lost
            client.connection.send_command("INCRBY", key, delta)
            count: int = client.connection.read_response()
        except ConnectionError:
            count = client.incr(key, delta)
        if count == delta:  # it has just begun; another window has another key, so nothing waits for its end
            client.expire(key, self._seconds)
        return count
