"""The index of a web worker: `start` reads it in the background, `search` asks it.

Commands, tests and workers that have not read it yet search in the database.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

import structlog
from django.db import DatabaseError, connection

from jobs.index.index import VERSION_SQL, Found, Index, OutOfStep, prune_log, read
from jobs.queries import JobFilters

__all__ = ["VERSION_SQL", "Found", "count", "load", "prune_log", "search", "start", "unload"]

RETRY = 10
"""Seconds until the listings are read again after the database could not be asked."""

Answer = TypeVar("Answer")

_log = structlog.get_logger(__name__)
_loading = threading.Lock()
_index: Index | None = None


def start() -> None:
    """Read the listings in the background, unless that is being done."""
    if _loading.acquire(blocking=False):
        threading.Thread(target=_load_in_background, name="index", daemon=True).start()


def load() -> None:
    """Read the listings now."""
    global _index
    _index = read()


def unload() -> None:
    """Forget the listings: the database searches."""
    global _index
    _index = None


def search(filters: JobFilters, start_at: int, limit: int, version: int | None = None) -> Found | None:
    """Return a page of a search (`Index.search`); None if only the database can tell."""
    return _ask(lambda index: index.search(filters, start_at, limit, version))


def count(searches: Mapping[str, JobFilters]) -> dict[str, dict[str, int]] | None:
    """Count matches by the values of marks (`Index.count`); None if only the database can tell."""
    return _ask(lambda index: index.count(searches))


def _ask(question: Callable[[Index], Answer]) -> Answer | None:
    """Ask the index, if there is one. Within a transaction only the database knows what that changed."""
    index = _index
    if index is None or connection.in_atomic_block:
        return None
    try:
        answer = question(index)
    except OutOfStep:
        unload()
        start()
        return None
    if index.is_scattered:
        start()
    return answer


def _load_in_background() -> None:
    try:
        while not _is_loaded():
            connection.close()
            time.sleep(RETRY)
    finally:
        connection.close()
        _loading.release()


def _is_loaded() -> bool:
    try:
        load()
    except DatabaseError:
        _log.exception("index_not_loaded")
        return False
    return True
