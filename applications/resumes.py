"""Résumés: what an uploaded file is, told by its content, and the name it is kept under.

The contract, "POST /v1/applications": PDF, DOCX, ODT or TXT, up to 10 MB, its content checked,
not its name. docs/decisions/resumes.md says why each check is there.
"""

import re
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from django.conf import settings
from django.core.files import File

from jobsphere.errors import DomainError, InvalidParameter

MAX_FILENAME_LENGTH = 200
MAX_URL_LENGTH = 2000

_EDGE_BYTES = 1024  # where a PDF must show its header and its end mark
_END_RECORD_BYTES = 22  # a zip's end record, when the archive has no comment
_ZIP64_LOCATOR_BYTES = 20
_MAX_DIRECTORY_BYTES = 512 * 1024
_MAX_ENTRIES = 2000
_MAX_UNPACKED_BYTES = 100 * 1024 * 1024
_ODT_TYPE = b"application/vnd.oasis.opendocument.text"
_MACRO_PART = re.compile(r"(?:^|/)vbaProject\.bin$|^(?:Basic|Scripts)/", re.IGNORECASE)
_CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_OTHER_FORMATS = ("%PDF-", "%!PS", "{\\rtf", "<")  # text to the eye of a decoder alone


@dataclass(frozen=True)
class Kind:
    """A kind of file that is taken as a résumé."""

    extension: str
    media_type: str


PDF = Kind("pdf", "application/pdf")
DOCX = Kind("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document")
ODT = Kind("odt", _ODT_TYPE.decode())
TXT = Kind("txt", "text/plain")
MEDIA_TYPES = [kind.media_type for kind in (PDF, DOCX, ODT, TXT)]


@dataclass(frozen=True)
class Resume:
    """A checked file, with the name and type to hand it out under; its size is in bytes."""

    file: File
    filename: str
    media_type: str
    size: int


class InvalidResume(InvalidParameter):
    code = "invalid_resume"


class ResumeTooLarge(DomainError):
    status = 413
    code = "body_too_large"


def check_resume(file: File) -> Resume:
    """Return an uploaded file as a résumé, if its content is one.

    Raises:
        InvalidResume: empty, or none of the four kinds, or with macros in it.
        ResumeTooLarge: more than `settings.RESUME_MAX_BYTES`.
    """
    if file.size > settings.RESUME_MAX_BYTES:
        raise ResumeTooLarge(
            f"resume must be at most {settings.RESUME_MAX_BYTES // 2**20} MB.", param="resume"
        )
    if not file.size:
        raise InvalidResume("resume is an empty file.", param="resume")
    kind = detect_kind(file)
    if kind is None:
        raise InvalidResume(
            "resume must be a PDF, DOCX or ODT file without macros, or text in UTF-8.", param="resume"
        )
    return Resume(file, clean_filename(file.name or "", kind.extension), kind.media_type, file.size)


def detect_kind(file: IO[bytes] | File) -> Kind | None:
    """Return what the content of a file is, or None for what is not taken. Never raises for bad content."""
    head = _read(file, 0, _EDGE_BYTES)
    if head.startswith(b"PK\x03\x04"):
        return _zipped_kind(file)
    if b"%PDF-" in head and b"%%EOF" in _tail(file, _EDGE_BYTES):
        return PDF
    return TXT if _is_text(_read(file, 0, settings.RESUME_MAX_BYTES)) else None


def _read(file: IO[bytes] | File, start: int, length: int) -> bytes:
    file.seek(start)
    content: bytes = file.read(length)
    return content


def _tail(file: IO[bytes] | File, length: int) -> bytes:
    size = file.seek(0, 2) or file.tell()
    return _read(file, max(0, size - length), length)


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    written = text.strip()
    return bool(written) and not written.startswith(_OTHER_FORMATS) and not _CONTROL_CHARACTER.search(text)


def _zipped_kind(file: IO[bytes] | File) -> Kind | None:
    if not _has_small_directory(file):
        return None
    try:
        with zipfile.ZipFile(file) as archive:
            return _kind_of_archive(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError):
        return None  # what zipfile raises for archives that are broken, encrypted or exotic


def _has_small_directory(file: IO[bytes] | File) -> bool:
    """Tell whether the zip's directory is small enough to be read into memory.

    Word processors write neither an archive comment nor zip64, and without them
    the end record stands at a fixed place.
    """
    tail = _tail(file, _END_RECORD_BYTES + _ZIP64_LOCATOR_BYTES)
    locator, end = tail[:_ZIP64_LOCATOR_BYTES], tail[_ZIP64_LOCATOR_BYTES:]
    return (
        end.startswith(b"PK\x05\x06")
        and end.endswith(b"\x00\x00")
        and not locator.startswith(b"PK\x06\x07")
        and int.from_bytes(end[12:16], "little") <= _MAX_DIRECTORY_BYTES
    )


def _kind_of_archive(archive: zipfile.ZipFile) -> Kind | None:
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    if (
        len(entries) > _MAX_ENTRIES
        or sum(entry.file_size for entry in entries) > _MAX_UNPACKED_BYTES
        or any(_MACRO_PART.search(name) for name in names)
    ):
        return None
    if {"[Content_Types].xml", "word/document.xml"} <= names:
        return DOCX
    if {"mimetype", "content.xml"} <= names:
        with archive.open("mimetype") as member:
            return ODT if member.read(len(_ODT_TYPE) + 1).strip() == _ODT_TYPE else None
    return None


def clean_filename(filename: str, extension: str) -> str:
    """Return a name that is safe to show and to save under, ending in the extension of the content."""
    name = PurePosixPath(filename.replace("\\", "/")).name
    shown = "".join(character for character in name if unicodedata.category(character)[0] != "C")
    stem = " ".join(shown.split())
    if stem.lower().endswith(f".{extension}"):
        stem = stem[: -len(extension) - 1]
    stem = stem[: MAX_FILENAME_LENGTH - len(extension) - 1].strip(" .")
    return f"{stem or 'resume'}.{extension}"
