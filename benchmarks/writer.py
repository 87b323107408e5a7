"""Imports postings until a line comes in; then says how many it was a second, and takes them out again.

    python -m benchmarks.writer new|changed

They are real ones of the sample, under new numbers and titles as `generate` makes them: `new` imports ever
new ones, `changed` the same 10,000 in turns, each time with another title.
"""

import gzip
import json
import os
import random
import select
import sys
import time
from collections.abc import Iterator
from itertools import count, cycle, islice
from pathlib import Path
from typing import Any

SEED = 17
CHANGED = 10_000


def main(kind: str) -> None:
    """Import, and print the rate."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
    import django

    django.setup()
    from jobs.services.importing import Report, import_lines

    rows = _rows(CHANGED)
    if kind == "changed":
        import_lines(lines=_lines(rows, CHANGED), report=Report(), reopen=True)
    print(flush=True)
    report = Report()
    started = time.monotonic()
    if kind == "new":
        import_lines(lines=_until_told(_lines(rows, None)), report=report, reopen=True)
    else:
        for version in count(1):
            lines = _until_told(_lines(rows, CHANGED, f" ({version})"))
            import_lines(lines=lines, report=report, reopen=True)
            if _is_told():
                break
    print((report.imported + report.updated) / (time.monotonic() - started), flush=True)
    _take_out()


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

    for number, row in enumerate(islice(cycle(rows), limit)):
        content = row.replace(b"@number@", b"benchmark-%d" % number).replace(b"@version@", version.encode())
        yield Line(Path("benchmark"), number, content)


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
