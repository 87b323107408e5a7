"""Imports postings until a line comes in; then says how many it was a second, and takes them out again.

It says that it has begun once every process that writes has written some.

    python -m benchmarks.writer new|changed|naive

They are real ones of the sample, under new numbers and titles as `generate` makes them: `new` imports ever
new ones, `changed` the same ones in turns, each time with another title, and `naive` saves new ones one by
one by the ORM, which leaves them out of every search. The clock runs from that beginning to the last batch
that was written before the line came: what waits to be written then has the machine for itself.
"""

import gzip
import json
import math
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice, takewhile
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

SEED = 17
WRITERS = os.cpu_count() or 1
CHANGED = 40_000 * WRITERS
"""Several batches for each process, and more than are written in one reading."""
DIFFERENT = 10_000


class _Told:
    """Whether a line has come in, and when."""

    def __init__(self) -> None:
        self.at = math.inf
        Thread(target=self._wait, daemon=True).start()

    def __bool__(self) -> bool:
        return self.at < math.inf

    def _wait(self) -> None:
        sys.stdin.readline()
        self.at = time.monotonic()

    def until(self, lines: Iterator[Any]) -> Iterator[Any]:
        """Yield lines until then."""
        return takewhile(lambda line: not self, lines)


class _Measured(NamedTuple):
    postings: int = 0
    seconds: float = 0


def main(kind: str) -> None:
    """Import, and print the rate."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
    import django

    django.setup()
    rows = _rows(DIFFERENT)
    told = _Told()
    measured = []
    if kind == "new":
        measured.append(_import(_lines(rows, None), told, _say_begun))
    elif kind == "naive":
        _say_begun()
        measured.append(_save(told.until(_lines(rows, None))))
    else:
        _import(_lines(rows, CHANGED), told)
        measured.append(_import(_lines(rows, CHANGED, " (0)"), told, _say_begun))
        while not told:
            measured.append(_import(_lines(rows, CHANGED, f" ({len(measured)})"), told))
    _take_out()
    postings, seconds = map(sum, zip(*measured, strict=True))
    if not postings:
        raise SystemExit("No batch was written while somebody read: measure longer, with more --seconds.")
    print(postings / seconds, flush=True)


def _say_begun() -> None:
    print(flush=True)


def _import(lines: Iterator[Any], told: _Told, begun: Callable[[], None] = lambda: None) -> _Measured:
    """Import until told, and say when every process has written a batch; measure from then on."""
    from jobs.services.importing import Counts, Report, import_lines
    from jobsphere import processes

    processes.yield_to_others()  # as the command does
    processes.keep_loaded()
    written: list[tuple[int, float]] = []

    class Watched(Report):
        def add(self, counts: Counts) -> None:
            super().add(counts)
            written.append((self.imported + self.updated, time.monotonic()))
            if len(written) == WRITERS:
                begun()

    import_lines(lines=told.until(lines), report=Watched(), reopen=True, writers=WRITERS)
    within = [(postings, at) for postings, at in written[WRITERS - 1 :] if at <= told.at]
    if len(within) < 2:
        return _Measured()
    (first, began_at), (last, ended_at) = within[0], within[-1]
    return _Measured(last - first, ended_at - began_at)


def _save(lines: Iterator[Any]) -> _Measured:
    """Save postings as a loop over rows would."""
    from jobs.models import ApplicationMethod, Category, Company, Job, JobStatus
    from jobs.services.importing import Report, _readable

    started = time.monotonic()
    number = 0
    for posting in _readable(lines, Report()):
        number += 1
        fields = posting._asdict()
        fields["company"] = Company.objects.filter(name=fields["company"]).first() or Company.objects.first()
        fields["category"] = Category.objects.filter(slug=fields["category"]).first()
        fields["salary_currency"] = "" if fields["salary_min"] is None else "USD"
        Job.objects.create(status=JobStatus.PUBLISHED, application_method=ApplicationMethod.URL, **fields)
    return _Measured(number, time.monotonic() - started)


def _rows(number: int) -> list[bytes]:
    """Make rows as the source writes them, with marks where number and version belong."""
    from benchmarks.generate import Titles
    from benchmarks.profile import FILE
    from jobs.posting_files import SAMPLE

    dice = random.Random(SEED)
    titles = Titles(json.loads(gzip.decompress(FILE.read_bytes()))["titles"])
    sample = [json.loads(line) for line in gzip.decompress(SAMPLE.read_bytes()).splitlines()]

    def row() -> dict[str, Any]:
        title = f"{titles(dice)[0][:150]}@version@"
        return dice.choice(sample) | {"control_number": "@number@", "position_title": title}

    return [json.dumps(row()).encode() for _ in range(number)]


def _lines(rows: list[bytes], limit: int | None, version: str = "") -> Iterator[Any]:
    from jobs.posting_files import Line

    file = Path("benchmark")
    for number, row in enumerate(islice(cycle(rows), limit)):
        content = row.replace(b"@number@", b"benchmark-%d" % number).replace(b"@version@", version.encode())
        yield Line(file, number, content)


def _take_out() -> None:
    from django.db import connection

    jobs = "SELECT id FROM jobs_job WHERE external_id LIKE 'benchmark-%'"
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM jobs_listing WHERE job_id IN ({jobs})")
        cursor.execute(f"DELETE FROM jobs_jobevent WHERE job_id IN ({jobs})")
        cursor.execute("DELETE FROM jobs_job WHERE external_id LIKE 'benchmark-%'")
        cursor.execute("VACUUM (ANALYZE) jobs_job, jobs_listing, jobs_jobevent, jobs_searchword")


if __name__ == "__main__":
    main(sys.argv[1])
