"""What is taken for a résumé, told by its content."""

import io
import struct
import zipfile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from applications.queries import normalize_email
from applications.resumes import MAX_FILENAME_LENGTH, clean_filename, detect_kind
from tests.applications.conftest import DOCX, ODT, ODT_TYPE, PDF, TXT, zipped


def kind_of(content: bytes) -> str | None:
    kind = detect_kind(io.BytesIO(content))
    return kind.extension if kind else None


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "pdf"),
        (b"\xef\xbb\xbf\n" + PDF, "pdf"),
        (PDF + b"\n\n\x00", "pdf"),
        (DOCX, "docx"),
        (ODT, "odt"),
        (TXT, "txt"),
        (b"\xef\xbb\xbf" + TXT, "txt"),
        (b"Page 1\r\n\tIndented\x0cPage 2", "txt"),
    ],
)
def test_the_four_kinds_are_known(content: bytes, kind: str) -> None:
    assert kind_of(content) == kind


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" \n ",
        b"%PDF-1.7\nwithout an end",
        b"%PDF-1.7\n%%EOF" + b"\x00" * 1100,
        b"\x00" * 1100 + PDF,
        TXT.decode().encode("utf-16"),
        TXT.decode().encode("latin-1"),
        b"bell \x07",
        b"escape \x1b[2J",
        b"{\\rtf1 Hello}",
        b"<html><script>alert(1)</script></html>",
        b"%!PS-Adobe-3.0",
        b"PK\x03\x04",
        b"PK\x03\x04 some text",
    ],
)
def test_other_content_is_refused(content: bytes) -> None:
    assert kind_of(content) is None


@pytest.mark.parametrize(
    "parts",
    [
        {"a.txt": b"x"},
        {"[Content_Types].xml": b"x"},
        {"word/document.xml": b"x"},
        {"[Content_Types].xml": b"x", "xl/workbook.xml": b"x"},
        {"mimetype": ODT_TYPE},
        {"mimetype": b"application/epub+zip", "content.xml": b"x"},
        {"mimetype": ODT_TYPE + b"-template", "content.xml": b"x"},
        {"mimetype": b"\x00" * 10_000_000, "content.xml": b"x"},
    ],
)
def test_other_archives_are_refused(parts: dict[str, bytes]) -> None:
    assert kind_of(zipped(parts)) is None


@pytest.mark.parametrize(
    "part",
    ["word/vbaProject.bin", "word/VBAPROJECT.BIN", "Basic/Standard/Module1.xml", "Scripts/python/a.py"],
)
def test_macros_are_refused(part: str) -> None:
    word = {"[Content_Types].xml": b"x", "word/document.xml": b"x", part: b"x"}
    writer = {"mimetype": ODT_TYPE, "content.xml": b"x", part: b"x"}

    assert kind_of(zipped(word)) is None
    assert kind_of(zipped(writer)) is None


def test_an_archive_that_unpacks_to_too_much_is_refused() -> None:
    parts = {"[Content_Types].xml": b"x", "word/document.xml": b"\x00" * (101 * 1024 * 1024)}

    assert len(zipped(parts)) < 200_000
    assert kind_of(zipped(parts)) is None


def test_an_archive_of_too_many_entries_is_refused() -> None:
    parts = {"[Content_Types].xml": b"x", "word/document.xml": b"x"}

    assert kind_of(zipped(parts | {f"{number}": b"" for number in range(1000)})) == "docx"
    assert kind_of(zipped(parts | {f"{number}": b"" for number in range(2000)})) is None
    assert kind_of(zipped(parts | {f"{number:0300}": b"" for number in range(1998)})) is None


def test_a_directory_that_claims_to_be_huge_is_not_read() -> None:
    claims = bytearray(DOCX)
    struct.pack_into("<I", claims, len(claims) - 10, 2**31)

    assert kind_of(bytes(claims)) is None


def test_an_archive_with_a_comment_is_refused() -> None:
    buffer = io.BytesIO(DOCX)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.comment = b"PK\x05\x06" + b"\x00" * 18

    assert kind_of(buffer.getvalue()) is None


def test_an_encrypted_archive_is_refused() -> None:
    encrypted = bytearray(ODT)
    encrypted[6] |= 1  # the local header's flag, and the directory's
    encrypted[encrypted.index(b"PK\x01\x02") + 8] |= 1

    assert kind_of(bytes(encrypted)) is None


@given(st.binary(max_size=4000))
@example(b"PK\x03\x04" + b"PK\x05\x06" + b"\x00" * 18)
def test_random_bytes_never_fail_nor_pass_for_a_document(content: bytes) -> None:
    kind = kind_of(content)

    assert kind in (None, "txt") or (kind == "pdf" and b"%PDF-" in content and b"%%EOF" in content)
    if kind == "txt":
        content.decode()


@given(st.sampled_from([DOCX, ODT]), st.data())
def test_a_damaged_document_never_fails(document: bytes, data: st.DataObject) -> None:
    damaged = bytearray(document)
    for position in data.draw(st.lists(st.integers(0, len(document) - 1), min_size=1, max_size=8)):
        damaged[position] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(document) - 1))

    assert kind_of(bytes(damaged)) in (None, "docx", "odt", "txt")
    assert kind_of(document[:cut]) in (None, "txt")


@given(st.text())
def test_text_without_control_characters_is_text(text: str) -> None:
    expected = any(not character.isspace() for character in text) and not any(
        (ord(character) < 32 and character not in "\t\n\r\x0c") or 127 <= ord(character) < 160
        for character in text
    )
    if text.strip().startswith(("<", "%", "{", "PK")):
        return
    assert (kind_of(text.encode()) == "txt") == expected


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("cv.pdf", "cv.pdf"),
        ("CV.PDF", "CV.pdf"),
        ("/etc/passwd", "passwd.pdf"),
        ("C:\\Users\\zoe\\cv.pdf", "cv.pdf"),
        ("../../cv.pdf", "cv.pdf"),
        ("cv.exe", "cv.exe.pdf"),
        ("cv\u202efdp.exe", "cvfdp.exe.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("  Zoë   Müller .pdf", "Zoë Müller.pdf"),
        (".pdf", "resume.pdf"),
        ("", "resume.pdf"),
        ("..", "resume.pdf"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_a_filename_is_cleaned(given_name: str, kept: str) -> None:
    assert clean_filename(given_name, "pdf") == kept


@given(st.text(max_size=400))
def test_a_cleaned_filename_is_safe_and_stays_so(name: str) -> None:
    kept = clean_filename(name, "docx")

    assert kept.endswith(".docx")
    assert 6 <= len(kept) <= MAX_FILENAME_LENGTH
    assert kept.isprintable()
    assert not set(kept) & set("/\\")
    assert clean_filename(kept, "docx") == kept


@given(st.emails())
def test_an_address_has_one_spelling(email: str) -> None:
    normal = normalize_email(email)

    assert normal == normalize_email(normal) == normalize_email(f" {email.upper()}\t") == normal.strip()
