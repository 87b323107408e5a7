"""Processes beside this one that work on the same database."""

import os
import signal
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from threading import Thread

import django
from django.db import connection

NICENESS = 10
"""These processes yield to whoever serves: where both want a processor they have a tenth of it."""


def pool(number: int) -> ProcessPoolExecutor:
    """Return so many processes with Django ready in each, which end with this one however it ends."""
    # Not forked: threads and connections of this process would be there without working.
    return ProcessPoolExecutor(
        number, get_context("spawn"), initializer=_begin, initargs=(connection.settings_dict["NAME"],)
    )


def _begin(database: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one tells it when to end
    Thread(target=_end_with_parent, daemon=True).start()
    os.nice(NICENESS)
    django.setup()
    connection.settings_dict["NAME"] = database


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
