"""Calls a minute of an account: exact, shared by its keys, and never in the way of service."""

import re
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from django.core.cache import caches
from django.db import connection
from redis import Redis
from redis.connection import AbstractConnection

from accounts.models import Account, Plan
from jobsphere.api import rate_limit
from jobsphere.metrics import STORE_FAILURES
from tests.fixtures.factories import ApiClient, client_of, error_code, make_account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toy")]

LIMIT_HEADERS = {"X-RateLimit-Limit", "RateLimit-Policy"}
STATE_HEADERS = {"X-RateLimit-Remaining", "X-RateLimit-Reset", "RateLimit"}


def without_server(caches: dict[str, Any]) -> dict[str, Any]:
    return {alias: {**cache, "LOCATION": "redis://127.0.0.1:1/0"} for alias, cache in caches.items()}


@pytest.fixture
def free(db: None) -> Account:
    return make_account(plan=Plan.FREE)


@pytest.fixture
def no_store(settings: Any) -> None:
    settings.CACHES = without_server(settings.CACHES)


def test_a_plan_allows_as_many_calls_as_documented_and_says_so(free: Account, still_clock: Any) -> None:
    client = client_of(free)
    answers = [client.get("/v1/groups") for _ in range(61)]
    assert [answer.status_code for answer in answers] == [200] * 60 + [429]
    assert [answer["X-RateLimit-Remaining"] for answer in answers] == [str(n) for n in range(59, -1, -1)] + [
        "0"
    ]
    first, last = answers[0], answers[-1]
    assert first["X-RateLimit-Limit"] == "60"
    seconds = int(first["X-RateLimit-Reset"]) - still_clock.now
    assert 1 <= seconds <= 60
    assert first["RateLimit-Policy"] == '"default";q=60;w=60'
    assert first["RateLimit"] == f'"default";r=59;t={seconds}'
    assert error_code(last) == "rate_limited"
    assert last["Retry-After"] == str(seconds)


def test_calls_are_taken_again_after_retry_after(free: Account, still_clock: SimpleNamespace) -> None:
    client = client_of(free)
    for _ in range(60):
        client.get("/v1/nothing")
    wait = int(client.get("/v1/nothing")["Retry-After"])
    still_clock.now += wait - 1
    assert client.get("/v1/groups").status_code == 429
    still_clock.now += 1
    assert client.get("/v1/groups")["X-RateLimit-Remaining"] == "59"


def test_keys_of_one_account_share_its_quota(free: Account, still_clock: Any) -> None:
    first, second = client_of(free), client_of(free)
    first.get("/v1/groups")
    assert second.get("/v1/groups")["X-RateLimit-Remaining"] == "58"
    assert client_of(make_account()).get("/v1/groups")["X-RateLimit-Remaining"] == "499"


def test_every_keyed_answer_carries_the_headers_errors_included(api: ApiClient) -> None:
    answers = [
        api.get("/v1/groups"),
        api.get("/v1/groups?limit=0"),
        api.get("/v1/nothing"),
        api.put("/v1/groups", {}),
        api.get("/v1/groups", HTTP_ACCEPT="text/html"),
        api.generic("POST", "/v1/groups", b"{", "application/json"),
        api.options("/v1/groups"),
    ]
    for answer in answers:
        assert set(answer.headers) >= LIMIT_HEADERS | STATE_HEADERS, answer
        assert re.fullmatch(r'"default";r=\d+;t=\d+', answer["RateLimit"])


def test_counting_a_call_costs_one_round_trip(free: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    client, sent = client_of(free), []
    client.get("/v1/groups")
    send = AbstractConnection.send_packed_command
    monkeypatch.setattr(
        AbstractConnection,
        "send_packed_command",
        lambda *args, **kwargs: (sent.append(args), send(*args, **kwargs)),
    )
    assert client.get("/v1/groups")["X-RateLimit-Remaining"] == "58"
    assert len(sent) == 1


def test_a_counter_ends_with_its_window(free: Account) -> None:
    client_of(free).get("/v1/groups")
    store = caches["counters"]._cache.get_client()
    (counter,) = store.keys("*rl:*")
    assert 0 < store.ttl(counter) <= 65


def test_looking_at_the_usage_costs_nothing(free: Account, still_clock: Any) -> None:
    client = client_of(free)
    client.get("/v1/groups")
    states = [rate_limit.usage_without_counting(free) for _ in range(3)]
    assert [state.used for state in states] == [1, 1, 1]
    assert client.get("/v1/groups")["X-RateLimit-Remaining"] == "58"


@pytest.mark.django_db(transaction=True)
def test_sixty_means_sixty_under_concurrency(free: Account, still_clock: Any) -> None:
    client = client_of(free)
    secret = client._credentials

    def call(_: int) -> int:
        one = ApiClient()
        one.credentials(**secret)
        try:
            return int(one.get("/v1/nothing").status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(call, range(80)))
    assert (statuses.count(404), statuses.count(429)) == (60, 20)


@pytest.mark.usefixtures("no_store")
def test_calls_are_served_while_the_store_is_down(free: Account, public: ApiClient) -> None:
    client = client_of(free)
    counted = STORE_FAILURES._value.get()
    with structlog.testing.capture_logs() as logs:
        answers = [client.get("/v1/groups") for _ in range(61)]
    assert {answer.status_code for answer in answers} == {200}
    assert set(answers[0].headers) >= LIMIT_HEADERS
    assert not STATE_HEADERS & set(answers[0].headers)
    assert [log["event"] for log in logs] == ["rate_limit_store_down"]
    assert STORE_FAILURES._value.get() == counted + 61
    assert public.get("/v1/groups").status_code == 401
    assert rate_limit.usage_without_counting(free).used is None


def test_a_call_is_counted_though_the_store_has_closed_the_connection(
    free: Account, settings: Any, still_clock: Any
) -> None:
    client = client_of(free)
    client.get("/v1/groups")
    lost = caches["counters"]._cache.get_client(write=True).client_id()  # type: ignore[attr-defined]
    with Redis.from_url(settings.REDIS_URL) as store:
        assert store.client_kill_filter(_id=lost) == 1
    assert client.get("/v1/groups")["X-RateLimit-Remaining"] == "58"


def test_metering_returns_with_the_store(free: Account, settings: Any, still_clock: SimpleNamespace) -> None:
    client, caches = client_of(free), settings.CACHES
    settings.CACHES = without_server(caches)
    assert "RateLimit" not in client.get("/v1/groups")
    settings.CACHES = caches
    still_clock.now += 2
    assert client.get("/v1/groups")["X-RateLimit-Remaining"] == "59"
