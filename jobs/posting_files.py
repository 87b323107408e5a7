"""Finds and reads files of postings: one JSON object a line, plain or compressed."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, NamedTuple

SAMPLE = Path(__file__).parent / "data" / "usajobs-sample.jsonl.gz"
"""A few hundred real postings that come with the project."""

_PATTERNS = ("*.jsonl", "*.jsonl.gz")
_GZIP = b"\x1f\x8b"


class Line(NamedTuple):
    """One line of a file, as it stands there; numbers count from 1."""

    file: Path
    number: int
    content: bytes


class Damaged(Exception):
    """A file cannot be read on from this line; the message says why."""

    def __init__(self, file: Path, number: int, reason: str) -> None:
        super().__init__(reason)
        self.file = file
        self.number = number


def find_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files that are named, and in place of a folder those of postings below it, by name.

    Raises:
        FileNotFoundError: one does not exist, or is a folder without postings.
    """
    found: dict[Path, None] = {}
    for path in paths:
        files = (
            sorted(file for pattern in _PATTERNS for file in path.rglob(pattern)) if path.is_dir() else [path]
        )
        if not files or not all(file.is_file() for file in files):
            raise FileNotFoundError(
                f"{path} is no file of postings, and no folder with *.jsonl or *.jsonl.gz in it."
            )
        found |= dict.fromkeys(files)
    return list(found)


def read_lines(file: IO[bytes], path: Path) -> Iterator[Line]:
    """Read the lines of an open file one at a time, compressed or not. Blank lines are no rows.

    Raises:
        Damaged: the file breaks off or its compression is broken; the lines before it have been read.
    """
    compressed = file.read(len(_GZIP)) == _GZIP
    file.seek(0)
    number = 0
    try:
        with closing(gzip.GzipFile(fileobj=file)) if compressed else closing(file) as lines:
            for number, content in enumerate(lines, start=1):
                if content.strip():
                    yield Line(path, number, content)
    except (EOFError, OSError, zlib.error) as error:
        raise Damaged(path, number + 1, f"the file cannot be read from here on: {error}") from error
