"""Request ids, proxies, HTTPS, security headers, CORS."""

import ipaddress
import re
from typing import Any

import pytest
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account
from jobsphere.middleware import TrustedProxyMiddleware
from tests.fixtures.factories import ApiClient, error_code, make_key

ORIGIN = "https://careers.example.com"
REQUEST_ID = re.compile(r"req_[0-9a-z]{16}")

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toy")]


@pytest.fixture
def production(settings: Any) -> None:
    settings.DEVELOPMENT = False


@pytest.fixture
def behind_proxy(settings: Any) -> None:
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("127.0.0.1")]


def test_every_answer_has_a_request_id(public: ApiClient) -> None:
    for path in ("/v1/health", "/v1/groups", "/v1/nothing", "/nothing", "/page"):
        assert REQUEST_ID.fullmatch(public.get(path)["X-Request-Id"]), path


def test_a_sane_incoming_request_id_is_kept_and_others_are_replaced(reader: ApiClient) -> None:
    answer = reader.get("/v1/nothing", HTTP_X_REQUEST_ID="trace-0123456789")
    assert answer["X-Request-Id"] == answer.json()["error"]["request_id"] == "trace-0123456789"
    for odd in ("short", "x" * 65, "has space 123", "<script>alert(1)</script>", "ünïcode-0123"):
        assert REQUEST_ID.fullmatch(reader.get("/v1/nothing", HTTP_X_REQUEST_ID=odd)["X-Request-Id"])


@pytest.mark.usefixtures("production")
def test_plain_http_is_refused_by_the_api_and_redirected_by_pages(reader: ApiClient) -> None:
    for path in ("/v1/groups", "/v1", "/v1/health", "/v1/nothing", "/V1/groups", "//v1/groups"):
        answer = reader.get("/", secure=False, PATH_INFO=path)
        assert (answer.status_code, error_code(answer)) == (403, "https_required"), path
        assert "Location" not in answer
    answer = Client().get("/page?a=1")
    assert (answer.status_code, answer["Location"]) == (301, "https://testserver/page?a=1")
    assert reader.get("/v1/groups").status_code == 200


def test_development_lifts_https_for_this_machine_alone(reader: ApiClient) -> None:
    assert reader.get("/v1/groups", secure=False).status_code == 200
    assert reader.get("/v1/groups", secure=False, REMOTE_ADDR="").status_code == 200
    assert reader.get("/v1/groups", secure=False, REMOTE_ADDR="::1").status_code == 200
    assert reader.get("/v1/groups", secure=False, REMOTE_ADDR="192.0.2.1").status_code == 403


@pytest.mark.usefixtures("production", "behind_proxy")
def test_forwarded_headers_count_only_from_a_trusted_proxy(reader: ApiClient) -> None:
    def status(**headers: str) -> int:
        return reader.get("/v1/groups", secure=False, **headers).status_code

    https = {"HTTP_X_FORWARDED_PROTO": "https"}
    assert status(REMOTE_ADDR="10.1.1.1", **https) == 200
    assert status(REMOTE_ADDR="", **https) == 200
    assert status(REMOTE_ADDR="192.0.2.1", **https) == 403
    assert status(REMOTE_ADDR="10.1.1.1") == 403
    assert status(REMOTE_ADDR="10.1.1.1", HTTP_X_FORWARDED_PROTO="https, http") == 403
    assert reader.get("/v1/groups", REMOTE_ADDR="10.1.1.1", HTTP_X_FORWARDED_PROTO="http").status_code == 403


def _client_address(settings: Any, peer: str, forwarded_for: str) -> str:
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.0/8")]
    request = RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded_for)
    TrustedProxyMiddleware(lambda _: None)(request)  # type: ignore[arg-type, return-value]
    return str(request.META["REMOTE_ADDR"])


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        ("10.0.0.1", "192.0.2.7", "192.0.2.7"),
        ("10.0.0.1", "8.8.8.8, 192.0.2.7, 10.0.0.2", "192.0.2.7"),
        ("10.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "nonsense, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("192.0.2.1", "8.8.8.8", "192.0.2.1"),
    ],
)
def test_the_client_is_the_last_address_that_is_not_a_proxy(
    settings: Any, peer: str, forwarded_for: str, client: str
) -> None:
    assert _client_address(settings, peer, forwarded_for) == client


@given(st.text(max_size=60))
def test_no_forwarded_header_breaks_the_address(forwarded_for: str) -> None:
    from django.conf import settings
    from django.test import override_settings

    with override_settings():
        ipaddress.ip_address(_client_address(settings, "10.0.0.1", forwarded_for))


def test_pages_run_nothing_that_is_written_into_them(public: ApiClient) -> None:
    policy = public.get("/page")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_keyed_answers_are_private_and_vary_by_key(reader: ApiClient) -> None:
    for path in ("/v1/groups", "/v1/nothing"):
        answer = reader.get(path)
        assert answer["Cache-Control"] == "private, no-cache"
        assert {"Authorization", "X-API-Key", "Origin"} <= set(answer["Vary"].split(", "))


def test_an_unchanged_answer_is_a_304_with_the_headers_of_the_api(reader: ApiClient) -> None:
    etag = reader.get("/v1/groups")["ETag"]
    answer = reader.get("/v1/groups", HTTP_IF_NONE_MATCH=etag)
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer["X-RateLimit-Remaining"] == "498"
    assert answer["Cache-Control"] == "private, no-cache"
    assert reader.get("/v1/groups", HTTP_IF_NONE_MATCH='"other"').status_code == 200


@pytest.mark.parametrize(
    "path", ["/sign-in", "/dashboard/keys/new", "/jobs/job_00000000/report", "/admin/login/"]
)
def test_what_is_larger_than_a_page_takes_is_refused_before_it_is_read(path: str) -> None:
    class Unread:
        """A body that nobody may read."""

        def read(self, *_: object) -> bytes:
            raise AssertionError("read")

        readline = read

    headers = {"CONTENT_LENGTH": str(2 * 2**20), "CONTENT_TYPE": "multipart/form-data; boundary=b"}
    answer = Client(enforce_csrf_checks=True).generic("POST", path, **headers | {"wsgi.input": Unread()})
    assert answer.status_code == 413
    assert "far too large" in answer.content.decode()


class TestCors:
    @pytest.fixture
    def careers(self, account: Account) -> ApiClient:
        return ApiClient(make_key(account, allowed_origins=[ORIGIN])[1])

    @staticmethod
    def preflight(client: ApiClient, path: str, origin: str) -> Any:
        return client.options(
            path, HTTP_ORIGIN=origin, HTTP_ACCESS_CONTROL_REQUEST_METHOD="GET", HTTP_AUTHORIZATION=""
        )

    def test_a_preflight_is_answered_for_an_origin_that_a_key_lists(
        self, careers: ApiClient, django_assert_num_queries: Any
    ) -> None:
        with django_assert_num_queries(1):
            answer = self.preflight(careers, "/v1/groups", ORIGIN)
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer["Access-Control-Allow-Origin"] == ORIGIN
        assert answer["Access-Control-Allow-Methods"] == "GET, HEAD"
        assert "Authorization" in answer["Access-Control-Allow-Headers"]
        assert answer["Access-Control-Max-Age"] == "600"
        assert "Origin" in answer["Vary"]

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "x" * 300, "https://a\x00b"])
    def test_a_preflight_of_another_origin_gets_nothing(self, careers: ApiClient, origin: str) -> None:
        answer = self.preflight(careers, "/v1/groups", origin)
        assert answer.status_code == 204
        assert "Access-Control-Allow-Origin" not in answer

    def test_a_revoked_key_opens_no_origin(self, careers: ApiClient, account: Account) -> None:
        from accounts.services import revoke_key

        revoke_key(key=account.api_keys.get(allowed_origins=[ORIGIN]))
        assert "Access-Control-Allow-Origin" not in self.preflight(careers, "/v1/groups", ORIGIN)

    def test_a_call_is_readable_only_for_the_origins_of_its_own_key(
        self, careers: ApiClient, stranger: ApiClient
    ) -> None:
        answer = careers.get("/v1/groups", HTTP_ORIGIN=ORIGIN)
        assert answer["Access-Control-Allow-Origin"] == ORIGIN
        for header in ("X-RateLimit-Limit", "Link", "ETag", "X-Request-Id", "Retry-After"):
            assert header in answer["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Origin" not in stranger.get("/v1/groups", HTTP_ORIGIN=ORIGIN)
        assert "Access-Control-Allow-Origin" not in careers.get(
            "/v1/groups", HTTP_ORIGIN="https://evil.example"
        )
        assert "Access-Control-Allow-Credentials" not in answer

    def test_errors_are_readable_too(self, careers: ApiClient) -> None:
        answer = careers.get("/v1/groups?limit=0", HTTP_ORIGIN=ORIGIN)
        assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (400, ORIGIN)

    def test_public_paths_are_readable_from_everywhere(self, public: ApiClient) -> None:
        assert public.get("/v1/health", HTTP_ORIGIN=ORIGIN)["Access-Control-Allow-Origin"] == "*"
        assert self.preflight(public, "/v1/openapi.json", ORIGIN)["Access-Control-Allow-Origin"] == "*"
