"""The rules for every call, on every path and method that the OpenAPI document names.

Through HTTP to served workers; what is checked of one operation is checked of all.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from jobsphere.api.errors import CODES
from tests.contract.conftest import Call, Employer, Operation, Stranger

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")
RATE_HEADERS = {
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "RateLimit-Policy",
    "RateLimit",
}


def is_the_one_shape(answer: requests.Response, status: int, code: str) -> None:
    """Assert that an answer is this error, in the one shape that all errors have."""
    about = f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text[:500]}"
    assert answer.status_code == status, about
    assert answer.headers["Content-Type"] == "application/json", about
    body = answer.json()
    assert set(body) == {"error"}
    error = body["error"]
    assert set(error) == {"code", "message", "param", "details", "request_id", "docs_url"}
    assert error["code"] == code, about
    assert error["message"]
    assert error["details"]
    for fault in error["details"]:
        assert set(fault) == {"code", "param", "message"}
        assert fault["code"] in CODES
    assert error["request_id"] == answer.headers["X-Request-Id"]
    assert error["docs_url"].endswith(f"/docs/errors#{code}")


def is_metered(answer: requests.Response) -> None:
    assert set(answer.headers) >= RATE_HEADERS, f"{answer.request.method} {answer.url}: {answer.headers}"
    limit, left = answer.headers["X-RateLimit-Limit"], answer.headers["X-RateLimit-Remaining"]
    assert answer.headers["RateLimit-Policy"] == f'"default";q={limit};w=60'
    assert re.fullmatch(rf'"default";r={left};t=[1-9][0-9]?', answer.headers["RateLimit"])


@pytest.fixture
def keyed(operations: list[Operation]) -> list[Operation]:
    return [operation for operation in operations if not operation.is_public]


def test_without_a_key_only_three_paths_answer(
    served: str, operations: list[Operation], employer: Employer
) -> None:
    public = {str(operation) for operation in operations if operation.is_public}
    assert public == {"GET /health"}
    for path in ("/v1/openapi.json", "/v1/docs", "/v1/health"):
        answer = requests.get(served + path, timeout=30)
        assert answer.status_code == 200
        assert answer.headers["X-Request-Id"]


def bad_credentials(stranger: Stranger) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the code of the refusal, and the headers, of what is no key that may be used."""
    good = stranger.secret
    yield "missing_api_key", {}
    yield "invalid_api_key", {"Authorization": f"Basic {good}"}
    yield "invalid_api_key", {"Authorization": good}
    yield "invalid_api_key", {"Authorization": f"Bearer {good[:-1]}{'a' if good[-1] != 'a' else 'b'}"}
    yield "invalid_api_key", {"Authorization": "Bearer js_live_" + "0" * 38}
    yield "invalid_api_key", {"X-API-Key": "nonsense"}
    yield "revoked_api_key", {"Authorization": f"Bearer {stranger.revoked}"}
    yield "expired_api_key", {"X-API-Key": stranger.expired}


def test_without_a_good_key_every_operation_is_a_401(
    served: str, keyed: list[Operation], employer: Employer, stranger: Stranger
) -> None:
    for operation in keyed:
        url = served + employer.path(operation)
        for code, headers in bad_credentials(stranger):
            answer = requests.request(
                operation.method, url, headers=headers, json=employer.body(operation), timeout=30
            )
            is_the_one_shape(answer, 401, code)
            assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_key_in_the_query_is_never_read(served: str, keyed: list[Operation], employer: Employer) -> None:
    for operation in keyed:
        for name in ("api_key", "key", "Authorization", "X-API-Key"):
            url = f"{served}{employer.path(operation)}?{name}={employer.secret}"
            answer = requests.request(operation.method, url, timeout=30)
            is_the_one_shape(answer, 401, "missing_api_key")
            assert employer.secret not in answer.text


def test_both_headers_carry_the_key(served: str, keyed: list[Operation], employer: Employer) -> None:
    for operation in keyed:
        if not operation.writes:
            url = served + employer.path(operation)
            for headers in ({"Authorization": f"Bearer {employer.reader}"}, {"X-API-Key": employer.reader}):
                assert requests.get(url, headers=headers, timeout=30).status_code == 200


def test_a_read_only_key_reads_and_never_writes(
    call: Call, keyed: list[Operation], employer: Employer
) -> None:
    assert sum(operation.writes for operation in keyed) >= 5
    for operation in keyed:
        answer = call(
            employer.reader, operation.method, employer.path(operation), json=employer.body(operation)
        )
        if operation.writes:
            is_the_one_shape(answer, 403, "insufficient_scope")
        else:
            assert answer.status_code == 200
        is_metered(answer)


def test_an_unknown_parameter_is_named_with_the_valid_ones(
    call: Call, keyed: list[Operation], employer: Employer
) -> None:
    for operation in keyed:
        answer = call(
            employer.secret,
            operation.method,
            employer.path(operation),
            params={"limt": "5"},
            json=employer.body(operation),
        )
        is_the_one_shape(answer, 400, "unknown_parameter")
        error = answer.json()["error"]
        assert error["param"] == "limt"
        names = [
            parameter["name"]
            for parameter in operation.description.get("parameters", [])
            if parameter.get("in") == "query"
        ]
        for name in names:
            assert name in error["message"]
        is_metered(answer)


def test_an_unknown_field_is_named_with_the_valid_ones(
    call: Call, keyed: list[Operation], employer: Employer
) -> None:
    with_body = [operation for operation in keyed if employer.body(operation)]
    assert len(with_body) == 4
    for operation in with_body:
        body = {**(employer.body(operation) or {}), "titel": "x"}
        answer = call(employer.secret, operation.method, employer.path(operation), json=body)
        is_the_one_shape(answer, 400, "unknown_parameter")
        assert answer.json()["error"]["param"] == "titel"
        assert "Valid: " in answer.json()["error"]["message"]


def test_another_method_is_a_405_that_lists_the_right_ones(
    call: Call, document: dict[str, Any], employer: Employer
) -> None:
    for path, described in document["paths"].items():
        known = {method.upper() for method in described}
        url = employer.path(Operation(path, "", {}))
        for method in set(METHODS) - known:
            answer = call(employer.secret, method, url, params={"limt": "5"})
            is_the_one_shape(answer, 405, "method_not_allowed")
            allowed = set(answer.headers["Allow"].split(", "))
            assert allowed >= known
            assert allowed <= known | {"HEAD", "OPTIONS"}


def test_head_is_get_without_a_body_and_options_lists_the_methods(
    call: Call, keyed: list[Operation], employer: Employer
) -> None:
    for operation in keyed:
        url = employer.path(operation)
        if operation.method == "GET":
            got, headed = call(employer.secret, "GET", url), call(employer.secret, "HEAD", url)
            assert (headed.status_code, headed.content) == (200, b"")
            assert headed.headers["Content-Type"] == got.headers["Content-Type"]
            is_metered(headed)
        answer = call(employer.secret, "OPTIONS", url, params={"limit": "5"})
        assert answer.status_code == 204
        assert operation.method in answer.headers["Allow"]
        is_metered(answer)


def test_the_api_answers_in_json_alone(call: Call, keyed: list[Operation], employer: Employer) -> None:
    for operation in keyed:
        if operation.path.endswith("/resume"):
            continue  # a file has the type that it has
        answer = call(
            employer.secret,
            operation.method,
            employer.path(operation),
            headers={"Accept": "text/html"},
            json=employer.body(operation),
        )
        is_the_one_shape(answer, 406, "not_acceptable")


@pytest.mark.parametrize(
    ("content_type", "body", "status", "code"),
    [
        ("application/json", b"{", 400, "invalid_json"),
        ("application/json", b"[]", 400, "invalid_json"),
        ("application/json", b"null", 400, "invalid_json"),
        ("application/json", b'{"title": "\xff"}', 400, "invalid_json"),
        ("application/json", b'{"a": NaN}', 400, "invalid_json"),
        ("application/json", b"[" * 100_000, 400, "invalid_json"),
        ("application/xml", b"<job/>", 415, "unsupported_media_type"),
        ("text/plain", b"{}", 415, "unsupported_media_type"),
        ("application/x-www-form-urlencoded", b"title=x", 415, "unsupported_media_type"),
        ("application/json", b" " * (1024 * 1024 + 1), 413, "body_too_large"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    call: Call,
    keyed: list[Operation],
    employer: Employer,
    content_type: str,
    body: bytes,
    status: int,
    code: str,
) -> None:
    for operation in keyed:
        if employer.body(operation):
            answer = call(
                employer.secret,
                operation.method,
                employer.path(operation),
                headers={"Content-Type": content_type},
                data=body,
            )
            is_the_one_shape(answer, status, code)
            is_metered(answer)


@pytest.mark.parametrize(
    "path",
    [
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/v1/jobs/",
        "/v1/jobs/job_0000000000000000/nothing",
        "/v1/jobs/%00",
        "/v1/jobs/%ff%fe",
        "/v1/%E0%A4%A",
        "/v1/jobs/job_0000000000000000%0a",
        "/v1/" + "x" * 3000,
        "//v1/jobs",
        "/V1/jobs",
    ],
)
def test_a_path_that_is_not_there_is_a_404_with_a_key_and_a_401_without(
    served: str, call: Call, employer: Employer, path: str
) -> None:
    for method in ("GET", "POST", "DELETE"):
        answer = call(employer.secret, method, path)
        is_the_one_shape(answer, 404, "not_found")
        is_metered(answer)
        is_the_one_shape(requests.request(method, served + path, timeout=30), 401, "missing_api_key")


@pytest.mark.parametrize("value", ["%00", "a%00b", "%ff", "x" * 3000])
def test_a_value_that_cannot_be_used_is_a_400(call: Call, employer: Employer, value: str) -> None:
    for query in (f"limit={value}", f"location={value}", f"{value}=1"):
        if value == "%ff" and query.startswith("location"):
            continue  # what is no UTF-8 is read as a sign that nothing holds
        answer = call(employer.secret, "GET", f"/v1/jobs?{query}")
        assert answer.status_code == 400, query
        is_the_one_shape(answer, 400, answer.json()["error"]["code"])


def test_unchanged_answers_are_a_304_with_the_headers_of_the_api(
    call: Call, keyed: list[Operation], employer: Employer
) -> None:
    unconditional = {"/me", "/applications/{id}/resume"}  # usage differs each time; a file is not kept
    for operation in keyed:
        if operation.method != "GET" or operation.path in unconditional:
            continue
        url = employer.path(operation)
        first = call(employer.reader, "GET", url)
        for tag in (
            first.headers["ETag"],
            f"W/{first.headers['ETag']}",
            f'"x", {first.headers["ETag"]}',
            "*",
        ):
            again = call(employer.reader, "GET", url, headers={"If-None-Match": tag})
            assert (again.status_code, again.content) == (304, b""), (operation, tag)
            assert again.headers["X-Request-Id"]
            is_metered(again)
        assert call(employer.reader, "GET", url, headers={"If-None-Match": '"x"'}).status_code == 200
        assert first.headers["Cache-Control"].startswith("private")
        assert {"Authorization", "X-API-Key"} <= set(first.headers["Vary"].split(", "))


def test_times_and_ids_have_their_form_everywhere(
    call: Call, keyed: list[Operation], employer: Employer
) -> None:
    shape_of = {
        "id": r"(job|comp|app|cand|evt|key|acct)_[0-9a-z]{8,}|start",
        **dict.fromkeys(
            ("posted_at", "created_at", "updated_at", "expires_at", "submitted_at", "at", "reset_at"),
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
        ),
    }
    seen = set()

    def walk(value: Any) -> None:
        if isinstance(value, list):
            for item in value:
                walk(item)
        if isinstance(value, dict):
            for name, inner in value.items():
                if name in shape_of and inner is not None:
                    seen.add(name)
                    assert re.fullmatch(shape_of[name], inner), (name, inner)
                assert name != "pk"
                walk(inner)

    for operation in keyed:
        if operation.method == "GET" and not operation.path.endswith("/resume"):
            walk(call(employer.reader, "GET", employer.path(operation)).json())
    assert seen == set(shape_of)


def test_a_sane_request_id_is_kept_and_another_replaced(
    call: Call, keyed: list[Operation], employer: Employer
) -> None:
    for operation in keyed:
        url = employer.path(operation)
        kept = call(employer.reader, "GET", url, headers={"X-Request-Id": "my-request-1"})
        assert kept.headers["X-Request-Id"] == "my-request-1"
        replaced = call(employer.reader, "GET", url, headers={"X-Request-Id": "a b"})
        assert re.fullmatch(r"req_[0-9a-z]{16}", replaced.headers["X-Request-Id"])
