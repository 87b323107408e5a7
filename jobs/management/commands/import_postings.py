"""`manage.py import_postings`: real postings, from files of the shapes that docs/import.md describes."""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO

import orjson
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from jobs.posting_files import SAMPLE, Damaged, Line, find_files, read_lines
from jobs.services.importing import Refusal, Report, analyze, import_lines
from jobsphere import processes
from jobsphere.arguments import one_or_more

BESIDE_PROJECT = settings.BASE_DIR.parent / "shared" / "data"
SHOWN_REFUSALS = 20
ROWS_BETWEEN_LINES = 5000
MOST_WRITERS = 4
"""Unless more are asked for: each has a connection of its own."""


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("wb")
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}. Nothing was imported.") from error


class Command(BaseCommand):
    help = (
        "Import postings of USAJOBS from files with one JSON object a line (.jsonl, .jsonl.gz), or from "
        "folders of them. Without names: those in JOBSPHERE_POSTINGS (separated by colons), else a folder "
        "shared/data beside the project, else the sample that comes with it. A second run changes nothing. "
        "Rows that are refused are listed, and never stop the rest."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="*", type=Path, metavar="FILE", help="a file or a folder of files")
        parser.add_argument(
            "--reopen",
            action="store_true",
            help="for a demonstration: a posting that closed in the past gets a new end, 30 to 120 days from "
            "now; nothing else of it changes",
        )
        parser.add_argument("--limit", type=one_or_more, metavar="N", help="read no more than N rows")
        parser.add_argument(
            "--writers",
            type=one_or_more,
            default=min(MOST_WRITERS, os.cpu_count() or 1),
            metavar="N",
            help="write with N processes; 1 for none but this one (default: one a core, %(default)s here)",
        )
        parser.add_argument(
            "--refusals", type=Path, metavar="FILE", help="write every refusal to it, as JSON lines"
        )

    def run_from_argv(self, argv: list[str]) -> None:
        """Run as a process of its own, which yields to whoever serves."""
        processes.yield_to_others()
        processes.keep_loaded()
        super().run_from_argv(argv)

    def handle(self, *args: Any, paths: list[Path], refusals: Path | None, **options: Any) -> None:
        named = paths or [Path(path) for path in os.environ.get("JOBSPHERE_POSTINGS", "").split(":") if path]
        try:
            files = find_files(named or [BESIDE_PROJECT if BESIDE_PROJECT.is_dir() else SAMPLE])
        except FileNotFoundError as error:
            raise CommandError(str(error)) from error

        started = monotonic()
        with _opened(refusals) if refusals else nullcontext() as output:

            def note(refusal: Refusal) -> None:
                if output:
                    output.write(orjson.dumps(asdict(refusal), option=orjson.OPT_APPEND_NEWLINE))
                if report.refused.total() <= SHOWN_REFUSALS:
                    shown.append(refusal)

            shown: list[Refusal] = []
            report = Report(on_refusal=note)
            lines = islice(self._lines(files, report), options["limit"])
            import_lines(lines=lines, report=report, reopen=options["reopen"], writers=options["writers"])
        if report.imported or report.updated:
            analyze()
        self._summarise(report, shown, refusals, monotonic() - started)
        if not report.accepted:
            raise CommandError("No posting could be read.")

    def _lines(self, files: list[Path], report: Report) -> Iterator[Line]:
        """The lines of all files, with a bar for people and now and then a line for logs."""
        shows_bar = sys.stderr.isatty() and self.stderr.isatty()
        size = sum(file.stat().st_size for file in files)
        count = 0
        with tqdm(total=size, unit="B", unit_scale=True, desc="Postings", disable=not shows_bar) as bar:
            for path in files:
                with path.open("rb") as file:
                    try:
                        for line in read_lines(file, path):
                            yield line
                            count += 1
                            bar.update(file.tell() - bar.n)
                            if count % ROWS_BETWEEN_LINES == 0 and not shows_bar:
                                self.stdout.write(f"{count} rows read")
                    except Damaged as damage:
                        report.refuse(Refusal(str(path), damage.number, str(damage)), "file damaged")

    def _summarise(self, report: Report, shown: list[Refusal], refusals: Path | None, seconds: float) -> None:
        table = [("imported", report.imported), ("updated", report.updated), ("unchanged", report.unchanged)]
        table += [(f"refused: {kind}", count) for kind, count in report.refused.most_common()]
        table += [("rows", report.rows)]
        for name, count in table:
            self.stdout.write(f"{count:>9,}  {name}")
        for refusal in shown:
            self.stdout.write(f"{refusal.file}, line {refusal.line}: {refusal.reason}")
        if report.refused.total() > len(shown) and not refusals:
            self.stdout.write("Name a file with --refusals to have them all.")
        if refusals:
            self.stdout.write(f"Refusals are in {refusals}.")
        self.stdout.write(f"{seconds:.1f} s, {report.rows / max(seconds, 0.001):,.0f} rows a second.")
