"""What is compressed on its way, and what is not."""

import gzip

import pytest
from django.test import Client

from tests.fixtures.factories import ApiClient

pytestmark = pytest.mark.django_db


def test_pages_and_public_documents_are_compressed_for_those_who_take_it(public: ApiClient) -> None:
    for path in ("/docs/errors", "/v1/docs", "/v1/openapi.json"):
        plain, compressed = public.get(path), public.get(path, HTTP_ACCEPT_ENCODING="gzip, br")
        assert compressed["Content-Encoding"] == "gzip", path
        assert "Accept-Encoding" in compressed["Vary"], path
        assert len(compressed.content) < len(plain.content) / 2, path
        assert gzip.decompress(compressed.content) == plain.content, path
        assert "Content-Encoding" not in plain, path


def test_a_compressed_page_that_has_not_changed_is_not_sent_again() -> None:
    first = Client().get("/docs/errors", secure=True, HTTP_ACCEPT_ENCODING="gzip")
    again = Client().get(
        "/docs/errors", secure=True, HTTP_ACCEPT_ENCODING="gzip", HTTP_IF_NONE_MATCH=first["ETag"]
    )
    assert again.status_code == 304


def test_answers_to_keys_are_not_compressed(reader: ApiClient) -> None:
    answer = reader.get("/v1/me", HTTP_ACCEPT_ENCODING="gzip")
    assert len(answer.content) > 200
    assert "Content-Encoding" not in answer
