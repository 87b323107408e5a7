"""What the text of a résumé is, and that no file makes its reader stumble or work for long."""

import io
import time
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from applications import resumes
from applications.resume_text import LONGEST, MOST_ELEMENTS, ResumeText, Unreadable, text_of
from tests.applications.conftest import ODT_TYPE, zipped

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
OPEN = (
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
)


def docx(body: str, before: str = "", **parts: str) -> bytes:
    document = f"{before}<w:document {WORD}><w:body>{body}</w:body></w:document>"
    others = {f"word/{name}.xml": content.encode() for name, content in parts.items()}
    return zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": document.encode(), **others})


def odt(body: str) -> bytes:
    content = f"<office:document-content {OPEN}><office:body>{body}</office:body></office:document-content>"
    return zipped({"mimetype": ODT_TYPE, "content.xml": content.encode()})


def read(content: bytes, kind: resumes.Kind = resumes.DOCX) -> ResumeText:
    return text_of(io.BytesIO(content), kind.media_type)


def word(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def test_a_word_document_is_its_paragraphs() -> None:
    body = (
        word("Zoë Müller")
        + "<w:p><w:pPr><w:tabs><w:tab/></w:tabs><w:numPr/></w:pPr>"
        + "<w:r><w:t>10 </w:t><w:t>years</w:t></w:r></w:p>"
        + "<w:p><w:r><w:t>2019</w:t><w:tab/><w:t>Acme</w:t><w:br/><w:t>Berlin</w:t></w:r></w:p>"
        + f"<w:tbl><w:tr><w:tc>{word('Skills')}</w:tc><w:tc>{word('C &amp; C++')}</w:tc></w:tr></w:tbl><w:p/>"
    )
    assert read(docx(body)).paragraphs == [
        "Zoë Müller",
        "• 10 years",
        "2019\tAcme\nBerlin",
        "Skills",
        "C & C++",
    ]


def test_what_was_deleted_or_is_there_twice_or_is_code_is_not_shown() -> None:
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    body = (
        "<w:p><w:del><w:r><w:delText>fired</w:delText></w:r></w:del><w:instrText>PAGE</w:instrText></w:p>"
        f"<w:p><mc:AlternateContent {mc}><mc:Choice>{word('Once')}</mc:Choice>"
        f"<mc:Fallback>{word('Once')}</mc:Fallback></mc:AlternateContent></w:p>"
    )
    assert read(docx(body)).paragraphs == ["Once"]


def test_the_header_of_the_pages_comes_first() -> None:
    header = f"<w:hdr {WORD}>{word('zoe@example.com')}</w:hdr>"
    assert read(docx(word("Engineer"), header1=header)).paragraphs == ["zoe@example.com", "Engineer"]


def test_an_open_document_is_its_paragraphs() -> None:
    body = (
        "<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes><text:h>Zoë</text:h>"
        "<text:p>Line<text:tab/>one<text:line-break/><text:span>two<text:s/>!</text:span>"
        "<office:annotation><text:p>a comment</text:p></office:annotation></text:p>"
        "<text:list><text:list-item><text:p>Rust</text:p></text:list-item></text:list>"
    )
    assert read(odt(body), resumes.ODT).paragraphs == ["Zoë", "Line\tone\ntwo !", "• Rust"]


def test_plain_text_is_split_at_blank_lines() -> None:
    content = "\ufeffZoë\r\nEngineer\r\n \r\n\r\nBerlin".encode()
    assert read(content, resumes.TXT).paragraphs == ["Zoë\nEngineer", "Berlin"]


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE d SYSTEM "https://evil.example/d.dtd">',
    ],
)
def test_a_document_that_declares_entities_is_not_read(declared: str) -> None:
    with pytest.raises(Unreadable):
        read(docx(word("&a;"), before=declared))


def test_an_entity_that_nobody_declared_is_not_read() -> None:
    with pytest.raises(Unreadable):
        read(docx(word("&a;")))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("<w:p><w:r><w:t>" + "a" * 90_000_000, id="90 MB of one letter"),
        pytest.param(word("a") + "<w:p/>" * 2_000_000, id="paragraphs"),
        pytest.param(word("a") + "<w:a>" * 1_000_000, id="depth"),
        pytest.param(word("a") + f"<w:a b='{'x' * 50_000_000}'/>", id="attribute"),
    ],
)
def test_what_unpacks_to_much_is_read_to_a_limit(body: str) -> None:
    content = docx(body)
    assert len(content) < 1_000_000
    begun = time.process_time()
    found = read(content)
    assert time.process_time() - begun < 3
    assert found.is_cut
    assert sum(map(len, found.paragraphs)) <= LONGEST
    assert len(found.paragraphs) <= MOST_ELEMENTS


def test_compressions_that_word_processors_do_not_write_are_not_read() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("word/document.xml", f"<w:document {WORD}>{word('a')}</w:document>")
    with pytest.raises(Unreadable):
        read(buffer.getvalue())


def _readable_or_refused(content: bytes, kind: resumes.Kind) -> None:
    try:
        found = read(content, kind)
    except Unreadable:
        return
    assert sum(map(len, found.paragraphs)) <= LONGEST + 2 * len(found.paragraphs)


@settings(max_examples=300, deadline=None)
@given(body=st.text(), kind=st.sampled_from([resumes.DOCX, resumes.ODT]))
def test_no_xml_is_an_error(body: str, kind: resumes.Kind) -> None:
    written = body.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    _readable_or_refused(docx(written) if kind == resumes.DOCX else odt(written), kind)


@settings(max_examples=300, deadline=None)
@given(
    where=st.integers(min_value=0, max_value=2_000), what=st.binary(max_size=60), cut=st.integers(0, 2_000)
)
def test_no_damage_is_an_error(where: int, what: bytes, cut: int) -> None:
    for kind, good in ((resumes.DOCX, docx(word("a") * 20)), (resumes.ODT, odt("<text:p>a</text:p>" * 20))):
        damaged = good[:where] + what + good[where + len(what) :]
        _readable_or_refused(damaged, kind)
        _readable_or_refused(good[:cut], kind)


TAGS = st.sampled_from(
    ["w:p", "w:r", "w:t", "w:tab", "w:del", "w:numPr", "w:tbl", "text:p", "text:list-item", "text:note"]
)
TREES = st.recursive(
    st.text(alphabet="ab <&\u202e", max_size=4).map(
        lambda text: text.replace("&", "&amp;").replace("<", "&lt;")
    ),
    lambda inner: st.tuples(TAGS, st.lists(inner, max_size=4)).map(
        lambda each: f"<{each[0]}>{''.join(each[1])}</{each[0]}>"
    ),
    max_leaves=30,
)


@settings(max_examples=300, deadline=None)
@given(tree=TREES)
def test_every_tree_of_elements_is_read(tree: str) -> None:
    body = f"<w:body {WORD} {OPEN}>{tree}</w:body>"
    for content, kind in ((docx(body), resumes.DOCX), (odt(body), resumes.ODT)):
        found = read(content, kind)
        assert all(paragraph.strip() for paragraph in found.paragraphs)
