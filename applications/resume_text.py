"""The text of a résumé that is no PDF, to read in the applicant's page: bounded, and nothing but text.

docs/decisions/resumes.md says why it is read like this.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO
from xml.parsers import expat  # entities and outside parts need a DTD, which `_Reader` refuses

from django.core.files import File

from applications.resumes import DOCX, ODT, TXT

LONGEST = 100_000
"""Characters that are shown."""

MOST_XML = 4 * 1024 * 1024
"""Unpacked bytes of a file that are looked at."""

MOST_ELEMENTS = 100_000
_CHUNK = 64 * 1024
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_HEADERS_READ = 3
"""Headers of pages, where many put their name and address: one for the first, one for even and odd pages."""


@dataclass(frozen=True)
class ResumeText:
    """What a résumé says, paragraph by paragraph; `is_cut` if it says more."""

    paragraphs: list[str]
    is_cut: bool = False


class Unreadable(Exception):
    """The file is no document that can be read, or asks for too much."""


def text_of(file: IO[bytes] | File, media_type: str) -> ResumeText:
    """Return the text of a DOCX, ODT or TXT file.

    Raises:
        Unreadable: it is broken, or of another kind.
    """
    if media_type == TXT.media_type:
        return _plain(file)
    if media_type not in _DIALECTS:
        raise Unreadable(media_type)
    reader = _Reader(_DIALECTS[media_type])
    try:
        with zipfile.ZipFile(file) as archive:
            for part in _parts(archive, media_type):
                _feed(reader, archive, part)
    except _Enough:
        if not reader.paragraphs:
            raise Unreadable("size") from None
        return ResumeText(reader.paragraphs, is_cut=True)
    except (
        zipfile.BadZipFile,
        zlib.error,
        expat.ExpatError,
        EOFError,
        KeyError,
        LookupError,
        OSError,
        RuntimeError,
        ValueError,
    ) as error:  # what the two raise for what is broken, encrypted or exotic
        raise Unreadable(type(error).__name__) from error
    return ResumeText(reader.paragraphs)


def _plain(file: IO[bytes] | File) -> ResumeText:
    text = file.read(LONGEST).decode("utf-8-sig", errors="ignore").replace("\r\n", "\n")
    paragraphs = [part for part in re.split(r"\n(?:[ \t]*\n)+", text) if part.strip()]
    return ResumeText(paragraphs, is_cut=bool(file.read(1)))


def _parts(archive: zipfile.ZipFile, media_type: str) -> Iterator[zipfile.ZipInfo]:
    if media_type == ODT.media_type:
        yield archive.getinfo("content.xml")
        return
    names = sorted(name for name in archive.namelist() if re.fullmatch(r"word/header\d+\.xml", name))
    for name in (*names[:_HEADERS_READ], "word/document.xml"):
        yield archive.getinfo(name)


def _feed(reader: "_Reader", archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    if part.compress_type not in _COMPRESSIONS:
        raise Unreadable("compression")
    parser = reader.parser()
    with archive.open(part) as unpacked:
        while chunk := unpacked.read(_CHUNK):
            reader.count(len(chunk))
            parser.Parse(chunk, False)
    parser.Parse(b"", True)


class _Enough(Exception):
    """As much was read as is shown, or looked at."""


@dataclass(frozen=True)
class _Dialect:
    """What the elements of a format mean, by their local names.

    Args:
        written: elements whose characters are text; `paragraph` ones are, and end it.
        signs: what empty elements stand for.
        item: marks the paragraph that it is in, or the next one, as an item of a list.
        skipped: what is said in them is deleted, hidden or said a second time.
    """

    namespaces: tuple[str, ...]
    paragraph: frozenset[str]
    written: frozenset[str]
    signs: dict[str, str]
    item: str
    skipped: frozenset[str]


_DIALECTS = {
    DOCX.media_type: _Dialect(
        namespaces=(
            "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
            "http://purl.oclc.org/ooxml/wordprocessingml/main",
        ),
        paragraph=frozenset({"p"}),
        written=frozenset({"t"}),
        signs={"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"},
        item="numPr",
        skipped=frozenset({"Fallback", "tabs", "del", "moveFrom"}),
    ),
    ODT.media_type: _Dialect(
        namespaces=("urn:oasis:names:tc:opendocument:xmlns:text:1.0",),
        paragraph=frozenset({"p", "h"}),
        written=frozenset({"p", "h", "span", "a"}),
        signs={"tab": "\t", "line-break": "\n", "s": " "},
        item="list-item",
        skipped=frozenset({"tracked-changes", "annotation", "forms", "note"}),
    ),
}


class _Reader:
    """Collects the paragraphs of a document while its XML goes by."""

    def __init__(self, dialect: _Dialect) -> None:
        self.dialect = dialect
        self.paragraphs: list[str] = []
        self._said: list[str] = []
        self._open: list[str] = []
        self._skipped_from = 0
        self._is_item = False
        self._length = self._bytes = self._elements = 0

    def parser(self) -> expat.XMLParserType:
        """Return a parser for one part of the document."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = _refuse_dtd
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        self._open, self._skipped_from = [], 0
        return parser

    def count(self, size: int) -> None:
        """Count unpacked bytes."""
        self._bytes += size
        if self._bytes > MOST_XML:
            raise _Enough

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > MOST_ELEMENTS:
            raise _Enough
        namespace, _, local = name.rpartition(" ")
        self._open.append(local if namespace in self.dialect.namespaces else "")
        if self._skipped_from:
            return
        if local in self.dialect.skipped:
            self._skipped_from = len(self._open)
        elif local in self.dialect.paragraph and self._open[-1]:
            self._close_paragraph()
        elif local == self.dialect.item and self._open[-1]:
            self._is_item = True
        elif self._open[-1]:
            self._say(self.dialect.signs.get(local, ""))

    def _end(self, name: str) -> None:
        if len(self._open) == self._skipped_from:
            self._skipped_from = 0
        elif not self._skipped_from and self._open[-1] in self.dialect.paragraph:
            self._close_paragraph()
        self._open.pop()

    def _characters(self, text: str) -> None:
        if not self._skipped_from and self._open[-1] in self.dialect.written:
            self._say(text)

    def _say(self, text: str) -> None:
        text = text[: LONGEST - self._length]
        self._said.append(text)
        self._length += len(text)
        if self._length >= LONGEST:
            self._close_paragraph()
            raise _Enough

    def _close_paragraph(self) -> None:
        said = "".join(self._said).strip()
        self._said = []
        if said:
            self.paragraphs.append(f"• {said}" if self._is_item else said)
            self._is_item = False


def _refuse_dtd(*_: object) -> None:
    raise Unreadable("DTD")
