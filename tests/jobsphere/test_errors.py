"""One error body everywhere, and the checks that stand before every handler."""

import logging
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Account
from jobsphere.api.errors import CODES
from tests.fixtures.factories import ApiClient, error_code, faults

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toy")]


@pytest.fixture
def api(api: ApiClient) -> ApiClient:
    api.raise_request_exception = False
    return api


def assert_is_error(answer: Any, status: int, code: str) -> dict[str, Any]:
    """Check the whole shape of an error answer and return its error."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/json"
    body = answer.json()
    assert list(body) == ["error"]
    error: dict[str, Any] = body["error"]
    assert list(error) == ["code", "message", "param", "details", "request_id", "docs_url"]
    assert error["code"] == code
    assert error["code"] in CODES
    assert error["request_id"] == answer["X-Request-Id"]
    assert error["docs_url"].endswith(f"/docs/errors#{code}")
    assert error["message"]
    assert error["details"]
    for detail in error["details"]:
        assert list(detail) == ["code", "param", "message"]
        assert detail["code"] in CODES
    return error


def test_the_example_of_the_contract(api: ApiClient) -> None:
    error = assert_is_error(api.get("/v1/groups?limit=101"), 400, "invalid_parameter")
    assert error["message"] == "limit must be between 1 and 100."
    assert error["param"] == "limit"
    assert error["details"] == [
        {"code": "out_of_range", "param": "limit", "message": "limit must be between 1 and 100."}
    ]


@pytest.mark.parametrize(
    "path", ["/v1", "/v1/", "/v1/nothing", "/v1/groups/", "/v1/groups/x", "/v1/groups/%00"]
)
def test_an_unknown_path_needs_a_key_and_then_is_a_404(api: ApiClient, public: ApiClient, path: str) -> None:
    for method in ("get", "post", "delete", "patch"):
        answer = getattr(api, method)(path)
        assert_is_error(answer, 404, "not_found")
        assert answer["X-RateLimit-Limit"] == "500"
        answer = getattr(public, method)(path)
        assert_is_error(answer, 401, "missing_api_key")
        assert answer["WWW-Authenticate"] == "Bearer"


def test_an_unknown_item_is_a_404(api: ApiClient) -> None:
    assert_is_error(api.get("/v1/groups/123"), 404, "not_found")


def test_a_wrong_method_is_a_405_that_names_the_right_ones(api: ApiClient, public: ApiClient) -> None:
    answer = api.put("/v1/groups", {})
    assert_is_error(answer, 405, "method_not_allowed")
    assert set(answer["Allow"].split(", ")) == {"GET", "POST", "HEAD", "OPTIONS"}
    assert_is_error(public.put("/v1/groups", {}), 401, "missing_api_key")
    assert_is_error(api.generic("FOO", "/v1/groups"), 405, "method_not_allowed")


def test_options_lists_the_methods_and_needs_a_key(api: ApiClient, public: ApiClient) -> None:
    answer = api.options("/v1/groups")
    assert (answer.status_code, answer.content) == (204, b"")
    assert "POST" in answer["Allow"]
    assert_is_error(public.options("/v1/groups"), 401, "missing_api_key")


def test_another_format_than_json_is_a_406(api: ApiClient) -> None:
    assert_is_error(api.get("/v1/groups", HTTP_ACCEPT="application/xml"), 406, "not_acceptable")
    answer = api.get("/v1/groups", HTTP_ACCEPT="application/json; charset=latin-1, text/html;q=0.9")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


def test_a_body_of_another_type_is_a_415(api: ApiClient) -> None:
    assert_is_error(api.generic("POST", "/v1/groups", "a=1", "text/plain"), 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"1",
        b'{"name": NaN}',
        b'{"name": "\xff"}',
        b"[" * 100_000,
        b"\xef\xbb\xbf{}",
    ],
)
def test_what_is_not_a_json_object_is_refused(api: ApiClient, body: bytes) -> None:
    assert_is_error(api.generic("POST", "/v1/groups", body, "application/json"), 400, "invalid_json")


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=60))
def test_no_body_breaks_the_parser(api: ApiClient, body: bytes) -> None:
    answer = api.generic("POST", "/v1/groups", body, "application/json")
    assert answer.status_code in (400, 429)


def test_a_body_over_its_limit_is_a_413(api: ApiClient, settings: Any) -> None:
    body = b'{"name": "' + b"x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE + b'"}'
    assert_is_error(api.generic("POST", "/v1/groups", body, "application/json"), 413, "body_too_large")
    headers = {"CONTENT_LENGTH": str(12 * 1024 * 1024)}
    answer = api.generic("POST", "/v1/groups", b"", "multipart/form-data; boundary=x", **headers)
    assert_is_error(answer, 413, "body_too_large")


def test_a_body_of_unknown_length_is_refused(api: ApiClient) -> None:
    answer = api.generic("POST", "/v1/groups", b"", "application/json", HTTP_TRANSFER_ENCODING="chunked")
    assert_is_error(answer, 400, "length_required")


def test_every_fault_of_a_body_is_named_by_its_path(api: ApiClient) -> None:
    body = {
        "nmae": "typo",
        "tags": ["ok", "", "toolong"],
        "salary_range": {"min": -1, "cur": "USD"},
        "starts_at": "2025-04-10T08:00:00",
    }
    answer = api.post("/v1/groups", body)
    assert_is_error(answer, 400, "missing_parameter")
    assert faults(answer) == {
        "name": "missing_parameter",
        "tags[1]": "invalid_parameter",
        "tags[2]": "out_of_range",
        "salary_range.min": "out_of_range",
        "salary_range.cur": "unknown_parameter",
        "starts_at": "invalid_parameter",
        "nmae": "unknown_parameter",
    }
    messages = {fault["param"]: fault["message"] for fault in answer.json()["error"]["details"]}
    assert messages["name"] == "name is required."
    assert messages["nmae"].startswith("nmae is not a field of this body. Valid: name, tags, ")
    assert messages["tags[2]"] == "Ensure tags[2] has no more than 5 characters."
    assert messages["salary_range.cur"] == "salary_range.cur is not a field of this body. Valid: min, max."


def test_a_field_that_is_only_read_is_unknown_in_a_body(api: ApiClient) -> None:
    assert faults(api.post("/v1/groups", {"name": "a", "id": 7})) == {"id": "unknown_parameter"}


def test_a_body_of_nothing_but_typos_gets_a_short_answer(api: ApiClient) -> None:
    answer = api.post("/v1/groups", {"name": "a"} | {f"typo{number}": 1 for number in range(10_000)})
    assert answer.status_code == 400
    assert len(answer.content) < 20_000


def test_nul_characters_are_refused(api: ApiClient) -> None:
    assert faults(api.post("/v1/groups", {"name": "a\x00b"})) == {"name": "invalid_parameter"}
    assert faults(api.get("/v1/groups?q=a%00b")) == {"q": "invalid_parameter"}


def test_a_read_only_key_cannot_write(reader: ApiClient) -> None:
    assert_is_error(reader.post("/v1/groups", {"name": "a"}), 403, "insufficient_scope")
    assert reader.get("/v1/groups").status_code == 200
    assert reader.head("/v1/groups").status_code == 200


def test_a_domain_error_keeps_its_faults(api: ApiClient) -> None:
    error = assert_is_error(api.get("/v1/failing?how=domain"), 400, "invalid_parameter")
    assert [detail["code"] for detail in error["details"]] == ["out_of_range", "job_closed"]


@pytest.mark.parametrize("path", ["/v1/failing", "/page?how=broken"])
def test_a_500_shows_nothing_of_the_inside_and_is_logged_with_its_id(
    api: ApiClient, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "django.request"):
        answer = api.get(path)
    assert answer.status_code == 500
    assert b"inside" not in answer.content
    assert "the inside" in caplog.text
    if path.startswith("/v1"):
        assert_is_error(answer, 500, "server_error")
        assert answer["X-RateLimit-Remaining"] == "499"
    else:
        assert answer["X-Request-Id"].encode() in answer.content


def test_an_unknown_host_is_a_400(api: ApiClient) -> None:
    assert_is_error(api.get("/v1/groups", HTTP_HOST="evil.example"), 400, "invalid_request")


def test_pages_show_their_errors_to_people(db: None) -> None:
    answer = Client().get("/nothing")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")
    assert "nothing here" in answer.content.decode()


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "missing_api_key"),
        ({"HTTP_AUTHORIZATION": "Bearer nonsense"}, "invalid_api_key"),
        ({"HTTP_AUTHORIZATION": "Basic dXNlcjpwYXNz"}, "invalid_api_key"),
        ({"HTTP_X_API_KEY": "js_live_nonsense"}, "invalid_api_key"),
    ],
)
def test_a_bad_key_is_a_401(public: ApiClient, headers: dict[str, str], code: str) -> None:
    answer = public.get("/v1/groups?api_key=ignored", **headers)
    assert_is_error(answer, 401, code)
    assert answer["WWW-Authenticate"] == "Bearer"


def test_an_address_that_keeps_sending_bad_keys_is_told_to_wait(public: ApiClient, settings: Any) -> None:
    settings.RATE_LIMIT_BAD_KEYS_PER_MINUTE = 3
    v6 = [f"2001:db8:1:2::{number}" for number in range(1, 5)]
    answers = [public.get("/v1/groups", REMOTE_ADDR=address) for address in v6]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert_is_error(answers[-1], 429, "rate_limited")
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert public.get("/v1/groups", REMOTE_ADDR="2001:db8:1:3::1").status_code == 401


def test_a_good_key_is_served_from_an_address_that_sent_bad_ones(
    public: ApiClient, reader: ApiClient, settings: Any
) -> None:
    settings.RATE_LIMIT_BAD_KEYS_PER_MINUTE = 1
    assert [public.get("/v1/groups").status_code for _ in range(2)] == [401, 429]
    assert reader.get("/v1/groups").status_code == 200


def test_every_code_that_is_used_is_explained(public: ApiClient, account: Account) -> None:
    page = public.get("/docs/errors").content.decode()
    for code in CODES:
        assert f'id="{code}"' in page


def test_unknown_query_parameters_are_refused_everywhere(api: ApiClient) -> None:
    for path in ("/v1/groups?typo=1", "/v1/failing?typo=1", "/v1/groups/1?limit=2", "/v1/health?a=1"):
        answer = api.get(path)
        assert error_code(answer) == "unknown_parameter", path
    assert "Valid: how." in api.get("/v1/failing?typo=1").json()["error"]["message"]
    assert faults(api.post("/v1/groups?limit=1", {"name": "a"})) == {"limit": "unknown_parameter"}
