"""The index of a web worker: `start` reads it in the background, `search` asks it.

Commands, tests and workers that have not read it yet search in the database.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import TypeVar, TypeVarTuple

import structlog
from django.db import DatabaseError, close_old_connections, connection

from jobs.index.index import (
    VERSION_SQL,
    Busy,
    Found,
    Index,
    OutOfStep,
    prune_log,
    read,
    read_and_follow,
    read_version,
)
from jobs.queries import JobFilters
from jobsphere import processes

__all__ = [
    "VERSION_SQL",
    "Found",
    "count",
    "load",
    "prune_log",
    "read_version",
    "search",
    "start",
    "stop",
    "unload",
]

FOLLOW_EVERY = 1.0
"""Seconds after which changes are read, if no search has read them."""

RETRY = 10.0
"""The same after the database could not be asked."""

READER = "index-reader"
"""The name of the thread that waits for the process which reads everything."""

Asked = TypeVarTuple("Asked")
Answer = TypeVar("Answer")

_log = structlog.get_logger(__name__)
_stopping = threading.Event()
_keeper: threading.Thread | None = None
_index: Index | None = None


def start() -> None:
    """Read the listings in the background, and follow what changes, until `stop`."""
    global _keeper
    _stopping.clear()
    _keeper = threading.Thread(target=_keep, name="index", daemon=True)
    _keeper.start()


def stop() -> None:
    """Follow no more, and forget the listings."""
    _stopping.set()
    if _keeper is not None:
        _keeper.join()
    unload()


def load() -> None:
    """Read the listings now, in this process."""
    global _index
    _index = read()


def unload() -> None:
    """Forget the listings: the database searches."""
    global _index
    _index = None


def search(filters: JobFilters, start_at: int, limit: int, version: int | None = None) -> Found | None:
    """Return a page of a search (`Index.search`); None if only the database can tell.

    It alone can within a transaction, for what that changed; a version that is given was read outside one.
    """
    if version is None and connection.in_atomic_block:
        return None
    return _ask(Index.search, filters, start_at, limit, version)


def count(searches: Mapping[str, JobFilters]) -> dict[str, dict[str, int]] | None:
    """Count matches by the values of marks (`Index.count`); None if only the database can tell."""
    return None if connection.in_atomic_block else _ask(Index.count, searches)


def _ask(question: Callable[[Index, *Asked], Answer], *asked: *Asked) -> Answer | None:
    """Ask the index, if there is one."""
    index = _index
    if index is None:
        return None
    try:
        return question(index, *asked)
    except Busy:
        return None
    except OutOfStep:
        _give_up(index)
        return None


def _give_up(index: Index) -> None:
    """Forget an index, unless another one has taken its place."""
    if _index is index:
        unload()


def _keep() -> None:
    reader: threading.Thread | None = None
    while not _stopping.is_set():
        index = _index  # a search may give it up at any moment
        if (index is None or index.is_scattered) and (reader is None or not reader.is_alive()):
            reader = threading.Thread(target=_read_beside, name=READER, daemon=True)
            reader.start()
        pause = FOLLOW_EVERY
        try:
            _ask(Index.follow)
            while _ask(Index.merge):
                pass
        except DatabaseError:
            _log.exception("index_not_followed")
            pause = RETRY
        finally:
            close_old_connections()
        _stopping.wait(pause)
    if reader is not None:
        reader.join()
    connection.close()


def _read_beside() -> None:
    """Read the listings in a process of its own: here it would keep those waiting who search."""
    global _index
    started = time.monotonic()
    try:
        index = processes.result_of(read_and_follow, 0 if _index is None else processes.NICENESS)
    except Exception:  # of any kind: without a pause another process would be started every second
        _log.exception("index_not_loaded")
        _stopping.wait(RETRY)
        return
    _index = index
    seconds = round(time.monotonic() - started, 1)
    _log.info("index_loaded", listings=len(index.large), seconds=seconds)
