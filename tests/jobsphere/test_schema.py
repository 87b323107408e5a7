"""The OpenAPI document, the reference, health and metrics."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator

from accounts.models import Account
from jobsphere.api import reference, schema
from tests.fixtures.factories import ApiClient, error_code

pytestmark = pytest.mark.django_db


@pytest.fixture
def toy_document(toy: None) -> Iterator[dict[str, Any]]:
    """The document of the toy API, made anew and forgotten again."""

    def forget() -> None:
        for made_once in (schema.document, reference._document_bytes, reference._sections):
            made_once.cache_clear()

    forget()
    yield schema.document()
    forget()


def test_the_document_is_public_valid_and_cacheable(public: ApiClient) -> None:
    answer = public.get("/v1/openapi.json")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()
    assert public.get("/v1/openapi.json", HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304


def test_every_operation_has_its_errors_headers_and_key(toy_document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(toy_document).validate()  # type: ignore[arg-type]
    operation = toy_document["paths"]["/groups"]["get"]
    assert set(operation["responses"]) >= {
        "200",
        "304",
        "400",
        "401",
        "403",
        "404",
        "405",
        "406",
        "429",
        "500",
    }
    assert {"X-RateLimit-Limit", "RateLimit", "X-Request-Id", "ETag", "Link"} <= set(
        operation["responses"]["200"]["headers"]
    )
    assert operation["security"] == [{"BearerKey": []}, {"HeaderKey": []}]
    assert operation["x-required-scope"] == "read"
    parameters = {parameter.get("name"): parameter for parameter in operation["parameters"]}
    assert parameters["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}
    assert parameters["size"]["schema"]["items"]["enum"] == ["Small", "Large"]
    assert (parameters["size"]["style"], parameters["size"]["explode"]) == ("form", False)
    envelope = toy_document["components"]["schemas"]["PaginatedGroupBodyList"]
    assert envelope["required"] == ["data", "pagination"]


def test_a_post_names_its_idempotency_key_and_scope(toy_document: dict[str, Any]) -> None:
    operation = toy_document["paths"]["/groups"]["post"]
    assert {"$ref": "#/components/parameters/IdempotencyKey"} in operation["parameters"]
    assert operation["x-required-scope"] == "read_write"
    assert {"201", "409", "413", "415"} <= set(operation["responses"])
    assert "Location" in operation["responses"]["201"]["headers"]


def test_public_operations_name_no_key(public: ApiClient) -> None:
    operation = public.get("/v1/openapi.json").json()["paths"]["/health"]["get"]
    assert not operation.get("security")
    assert "401" not in operation["responses"]


def test_the_reference_shows_every_operation_and_needs_no_other_host(
    toy_document: dict[str, Any], public: ApiClient
) -> None:
    answer = public.get("/v1/docs")
    page = answer.content.decode()
    for methods in toy_document["paths"].values():
        for operation in methods.values():
            assert f'id="{operation["operationId"]}"' in page
    assert 'src="http' not in page
    assert 'href="http' not in page
    assert "<script" not in page
    assert "style=" not in page


def test_what_is_public_can_only_be_read(public: ApiClient) -> None:
    for path in ("/v1/openapi.json", "/v1/docs", "/v1/health"):
        assert public.head(path).status_code == 200
        answer = public.post(path, {})
        assert (answer.status_code, error_code(answer)) == (405, "method_not_allowed")
        assert "GET" in answer["Allow"]


def test_health_tells_that_calls_can_be_answered(public: ApiClient) -> None:
    answer = public.get("/v1/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_health_is_a_503_without_the_database(public: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import connection

    def down() -> None:
        raise DatabaseError

    monkeypatch.setattr(connection, "cursor", down)
    answer = public.get("/v1/health")
    assert (answer.status_code, error_code(answer)) == (503, "unavailable")


class TestMetrics:
    def test_this_machine_reads_them(self) -> None:
        answer = Client().get("/metrics")
        assert answer.status_code == 200
        assert b"jobsphere_rate_limit_store_failures_total" in answer.content

    @pytest.mark.parametrize("headers", [{"REMOTE_ADDR": "192.0.2.1"}, {"HTTP_X_FORWARDED_FOR": "192.0.2.1"}])
    def test_nobody_else_does(self, headers: dict[str, str]) -> None:
        assert Client().get("/metrics", secure=True, **headers).status_code == 404

    def test_with_a_token_only_the_token_counts(self, settings: Any) -> None:
        settings.METRICS_TOKEN = "token"
        assert Client().get("/metrics").status_code == 404
        headers = {"HTTP_AUTHORIZATION": "Bearer token", "REMOTE_ADDR": "192.0.2.1"}
        assert Client().get("/metrics", secure=True, **headers).status_code == 200

    def test_a_scraper_on_this_machine_needs_no_https(self, settings: Any) -> None:
        settings.DEVELOPMENT = False
        assert Client().get("/metrics").status_code == 200


def test_the_admin_works_under_the_policy_of_all_pages(account: Account) -> None:
    answer = Client().get("/admin/login/", follow=True)
    assert answer.status_code == 200
    assert answer.request["PATH_INFO"] == "/sign-in"  # staff sign in where everybody does
    assert "unsafe" not in answer["Content-Security-Policy"]
