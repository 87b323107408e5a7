"""Processes beside this one that work on the same database."""

import gc
import os
import pickle
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from threading import Thread
from typing import TypeVar

import django
from django.db import connection

NICENESS = 7
"""A process of this yields to whoever serves: where both want a processor it has a sixth of it."""

GARBAGE = 100_000
"""So many objects more than before, before cycles are looked for."""

Result = TypeVar("Result")

# Not forked: threads and connections of this process would be there without working.
_context = get_context("spawn")


def pool(number: int) -> ProcessPoolExecutor:
    """Return so many processes with Django ready in each, which end with this one however it ends."""
    return ProcessPoolExecutor(
        number, _context, initializer=_begin, initargs=(connection.settings_dict["NAME"], NICENESS)
    )


def result_of(function: Callable[[], Result], niceness: int = NICENESS) -> Result:
    """Return what a function returns in a process of its own, which ends with this one however it ends.

    However large it is, the other threads of this process go on while it comes in.

    Raises:
        ChildProcessError: the process ended before it was done.
        Exception: what the function raised.
    """
    incoming, outgoing = _context.Pipe(duplex=False)
    pickled = pickle.dumps(function)  # there its module can be imported only once Django is ready
    arguments = (outgoing, pickled, connection.settings_dict["NAME"], niceness)
    process = _context.Process(target=_send_result, args=arguments, daemon=True)
    process.start()
    outgoing.close()
    # From a file, unlike from bytes, pickle reads piece by piece, and lets others run in between.
    with incoming, open(incoming.fileno(), "rb", closefd=False) as pipe:
        try:
            result: Result | Exception = pickle.load(pipe)  # noqa: S301, from our own process
        except (EOFError, pickle.UnpicklingError) as error:
            raise ChildProcessError("A process ended before it was done.") from error
        finally:
            process.join()
    if isinstance(result, Exception):
        raise result
    return result


def yield_to_others(niceness: int = NICENESS) -> None:
    """Let this process have at least this niceness; what it starts inherits it."""
    os.setpriority(os.PRIO_PROCESS, 0, max(niceness, os.getpriority(os.PRIO_PROCESS, 0)))


def keep_loaded() -> None:
    """Let what is loaded now stay, and have cycles be looked for seldom.

    A process that works on large batches makes few cycles, and would look for them through all that a batch
    holds, time and again.
    """
    gc.freeze()
    gc.set_threshold(GARBAGE)


def _send_result(outgoing: Connection, pickled: bytes, database: str, niceness: int) -> None:
    _begin(database, niceness)
    try:
        result = pickle.loads(pickled)()  # noqa: S301, from our own process
    except Exception as error:
        result = error
    with open(outgoing.fileno(), "wb", closefd=False) as pipe:
        pickle.dump(result, pipe, pickle.HIGHEST_PROTOCOL)


def _begin(database: str, niceness: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one tells it when to end
    Thread(target=_end_with_parent, daemon=True).start()
    yield_to_others(niceness)
    django.setup()
    keep_loaded()
    connection.settings_dict["NAME"] = database


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
