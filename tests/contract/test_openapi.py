"""The OpenAPI document is valid and complete, and the reference made from it needs no other host."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import jsonschema
import pytest
import requests
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.contract.conftest import Call, Employer, Operation

ERRORS_OF_ALL = {"400", "405", "406", "500"}
ERRORS_OF_KEYED = ERRORS_OF_ALL | {"401", "403", "404", "429"}
RATE_HEADERS = {
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "RateLimit-Policy",
    "RateLimit",
}
PATHS = {
    "/jobs": {"get", "post"},
    "/jobs/{id}": {"get", "patch", "delete"},
    "/applications": {"get", "post"},
    "/applications/{id}": {"get", "patch"},
    "/applications/{id}/timeline": {"get"},
    "/applications/{id}/resume": {"get"},
    "/candidates": {"get"},
    "/candidates/{id}": {"get"},
    "/companies": {"get"},
    "/companies/{id}": {"get"},
    "/categories": {"get"},
    "/me": {"get"},
    "/health": {"get"},
}
"""What the contract names, and the file of a résumé."""


def resolve(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference, if this part is one."""
    if "$ref" not in part:
        return part
    target: Any = document
    for step in part["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    return target  # type: ignore[no-any-return]


def test_it_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()  # type: ignore[arg-type]


def test_it_names_every_path_of_the_contract(document: dict[str, Any]) -> None:
    described = {path: set(methods) for path, methods in document["paths"].items()}
    assert {path: described.get(path) for path in PATHS} == PATHS


def test_every_operation_says_what_it_does_for_whom(operations: list[Operation]) -> None:
    ids = [operation.description["operationId"] for operation in operations]
    assert len(set(ids)) == len(ids)
    for operation in operations:
        described = operation.description
        assert described["summary"], operation
        assert described["description"], operation
        assert len(described["tags"]) == 1, operation
        if not operation.is_public:
            assert described["x-required-scope"] == ("read_write" if operation.writes else "read")
            need = "a Read/Write API key" if operation.writes else "any API key"
            assert f"Needs {need}." in described["description"]
            assert described["security"] == [{"BearerKey": []}, {"HeaderKey": []}]


def test_every_operation_has_its_errors_and_headers(
    document: dict[str, Any], operations: list[Operation]
) -> None:
    for operation in operations:
        responses = operation.description["responses"]
        assert set(responses) >= (ERRORS_OF_ALL if operation.is_public else ERRORS_OF_KEYED), operation
        assert "422" not in responses
        if operation.method in ("POST", "PATCH"):
            assert set(responses) >= {"413", "415"}, operation
        for status, response in responses.items():
            described = resolve(document, response)
            assert described["description"], (operation, status)
            headers = set(described["headers"])
            assert "X-Request-Id" in headers
            if not operation.is_public and status != "401":
                assert headers >= RATE_HEADERS, (operation, status)
            if status >= "400":
                (media,) = described["content"].values()
                assert media["schema"] == {"$ref": "#/components/schemas/Error"}
            wanted = {"201": "Location", "401": "WWW-Authenticate", "405": "Allow", "429": "Retry-After"}
            if status in wanted:
                assert wanted[status] in headers, (operation, status)
        if operation.method == "GET" and not operation.is_public:
            assert "304" in responses
            assert "ETag" in responses["200"]["headers"]


def examples(document: dict[str, Any], holder: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Any]]:
    """Yield the schema and the value of each example of a body."""
    for media in holder.get("content", {}).values():
        named = [example["value"] for example in media.get("examples", {}).values()]
        for value in [*named, *([media["example"]] if "example" in media else [])]:
            yield {**media["schema"], "components": document["components"]}, value


def test_every_body_has_an_example_that_keeps_to_its_schema(
    document: dict[str, Any], operations: list[Operation]
) -> None:
    for operation in operations:
        holders = {"request": operation.description.get("requestBody")}
        holders |= operation.description["responses"]
        for name, reference in holders.items():
            holder = resolve(document, reference or {})
            media_types = set(holder.get("content", {}))
            if not media_types or (operation.path.endswith("/resume") and name == "200"):
                continue  # no body, or a file
            found = list(examples(document, holder))
            assert found, f"{operation} {name} has no example"
            for schema, value in found:
                jsonschema.validate(value, schema, jsonschema.Draft202012Validator)


def test_every_parameter_is_described(document: dict[str, Any], operations: list[Operation]) -> None:
    for operation in operations:
        for reference in operation.description.get("parameters", []):
            parameter = resolve(document, reference)
            assert parameter["schema"], (operation, parameter)
            assert parameter.get("description"), (operation, parameter["name"])


def test_answers_keep_to_the_document_field_by_field(
    call: Call, document: dict[str, Any], operations: list[Operation], employer: Employer
) -> None:
    for operation in operations:
        if operation.method != "GET" or operation.path.endswith("/resume"):
            continue
        answer = call(employer.reader, "GET", employer.path(operation)).json()
        schema = operation.description["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema.validate(
            answer, {**schema, "components": document["components"]}, jsonschema.Draft202012Validator
        )


class References(HTMLParser):
    """Collects what a page loads and what it must not hold: scripts and styles written into it."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name in ("src", "srcset", "data", "poster", "action") or (tag, name) == ("link", "href"):
                self.loaded.append(value or "")
            elif name == "href":
                self.links.append(value or "")
            elif name == "style" or name.startswith("on"):
                self.inline.append(f"{tag} {name}")
        if tag == "style" or (tag == "script" and not dict(attributes).get("src")):
            self.inline.append(tag)


@pytest.mark.parametrize("page", ["/v1/docs", "/docs/errors"])
def test_the_reference_works_without_any_other_host(
    served: str, operations: list[Operation], page: str
) -> None:
    answer = requests.get(served + page, timeout=30)
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    references = References()
    references.feed(answer.text)
    assert references.inline == []
    assert references.loaded
    for address in references.loaded:
        assert re.match(r"/(?!/)", address), address
        loaded = requests.get(served + address, timeout=30)
        assert loaded.status_code == 200, address
        assert not re.search(r"(?:url\(|@import|import\s)[^)]{0,9}(?:https?:)?//", loaded.text), address
    for address in references.links:
        assert re.match(r"#|/(?!/)", address), address
    if page == "/v1/docs":
        for operation in operations:
            assert f'id="{operation.description["operationId"]}"' in answer.text


def test_an_error_is_explained_where_its_address_leads(served: str, call: Call, employer: Employer) -> None:
    page = requests.get(f"{served}/docs/errors", timeout=30).text
    error = call(employer.reader, "GET", "/v1/jobs?limit=0").json()["error"]
    address, _, anchor = error["docs_url"].partition("#")
    assert address == f"{served}/docs/errors"
    assert f'id="{anchor}"' in page


def test_it_says_what_answers_without_a_key(document: dict[str, Any], served: str) -> None:
    told = "Only the OpenAPI document, this reference and the health check need no key."
    assert told in document["info"]["description"].replace("\n", " ")
    assert told in requests.get(f"{served}/v1/docs", timeout=30).text.replace("\n", " ")


def test_the_values_of_types_levels_and_stages_are_those_of_the_contract(document: dict[str, Any]) -> None:
    parameters = {
        parameter["name"]: parameter["schema"].get("items", {}).get("enum")
        for path in ("/jobs", "/applications")
        for parameter in document["paths"][path]["get"]["parameters"]
        if "name" in parameter
    }
    types = "Full-time, Part-time, Contract, Temporary, Internship, Freelance"
    levels = "internship, entry, mid, senior, lead, executive"
    stages = "new, reviewing, interview, offer, hired, rejected, withdrawn"
    assert parameters["type"] == types.split(", ")
    assert parameters["experience_level"] == levels.split(", ")
    assert parameters["stage"] == stages.split(", ")
