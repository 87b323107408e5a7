"""Imports postings until a line comes in; then says how many it was a second, and takes them out again.

It says that it has begun once the first of them are written: processes that write have started by then.

    python -m benchmarks.writer new|changed|naive

They are real ones of the sample, under new numbers and titles as `generate` makes them: `new` imports ever
new ones, `changed` the same 50,000 in turns, each time with another title, and `naive` saves new ones one by
one by the ORM, which leaves them out of every search. The clock runs from the first batch that is written
to the last.
"""

import gzip
import json
import os
import random
import select
import sys
import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any

SEED = 17
CHANGED = 50_000
DIFFERENT = 10_000


def main(kind: str) -> None:
    """Import, and print the rate."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
    import django

    django.setup()
    rows = _rows(DIFFERENT)
    if kind == "new":
        rates = _import(_until_told(_lines(rows, None)), _say_begun)
    elif kind == "naive":
        _say_begun()
        rates = [_save(_until_told(_lines(rows, None)))]
    else:
        _import(_lines(rows, CHANGED))
        rates = _import(_until_told(_lines(rows, CHANGED, " (0)")), _say_begun)
        while not _is_told():
            rates += _import(_until_told(_lines(rows, CHANGED, f" ({len(rates)})")))
    print(median(rates), flush=True)
    _take_out()


def _say_begun() -> None:
    print(flush=True)


def _import(lines: Iterator[Any], begun: Callable[[], None] = lambda: None) -> list[float]:
    """Import, tell when the first batch is written, and return how many it was a second from then on.

    Nothing is returned if no other batch followed.
    """
    from jobs.services.importing import Counts, Report, import_lines
    from jobsphere import processes

    processes.yield_to_others()  # as the command does
    processes.keep_loaded()
    written: list[tuple[float, int]] = []

    class Watched(Report):
        def add(self, counts: Counts) -> None:
            super().add(counts)
            written.append((time.monotonic(), self.imported + self.updated))
            if len(written) == 1:
                begun()

    import_lines(lines=lines, report=Watched(), reopen=True, writers=os.cpu_count() or 1)
    if len(written) < 2:
        return []
    (first_at, first), (last_at, last) = written[0], written[-1]
    return [(last - first) / (last_at - first_at)]


def _save(lines: Iterator[Any]) -> float:
    """Save postings as a loop over rows would, and return how many it was a second."""
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
    return number / (time.monotonic() - started)


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


def _until_told(lines: Iterator[Any]) -> Iterator[Any]:
    for number, line in enumerate(lines):
        if number % 100 == 0 and _is_told():
            return
        yield line


def _is_told() -> bool:
    return bool(select.select([sys.stdin], [], [], 0)[0])


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
