"""The meter as it is served: without its store, for wrong keys, and for all keys of an account."""

import json
from itertools import pairwise

import pytest
import requests

from accounts.models import Plan
from tests.contract.conftest import Employer
from tests.fixtures.factories import make_account, make_key
from tests.fixtures.served import serving

NOBODY_LISTENS = "redis://127.0.0.1:1/0"
STATE = {"X-RateLimit-Remaining", "X-RateLimit-Reset", "RateLimit"}


@pytest.mark.usefixtures("committed")
def test_without_its_store_every_call_is_served_and_it_is_logged_and_counted(
    capfd: pytest.CaptureFixture[str],
) -> None:
    _, secret = make_key(make_account(plan=Plan.FREE))
    with serving(REDIS_URL=NOBODY_LISTENS, WEB_CONCURRENCY="1") as url, requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {secret}"
        answers = [session.get(f"{url}/v1/categories", timeout=30) for _ in range(70)]
        metrics = requests.get(f"{url}/metrics", timeout=30).text
        refused = requests.get(f"{url}/v1/categories", timeout=30)

    assert {answer.status_code for answer in answers} == {200}
    for answer in answers:
        assert answer.headers["X-RateLimit-Limit"] == "60"
        assert answer.headers["RateLimit-Policy"] == '"default";q=60;w=60'
        assert not STATE & set(answer.headers)
    assert refused.status_code == 401
    (counted,) = (
        float(line.split()[1])
        for line in metrics.splitlines()
        if line.startswith("jobsphere_rate_limit_store_failures_total ")
    )
    assert counted >= 70
    lines = [line for line in capfd.readouterr().err.splitlines() if "rate_limit_store_down" in line]
    assert 1 <= len(lines) <= 1 + sum(answer.elapsed.total_seconds() for answer in answers) / 10
    assert json.loads(lines[0])["level"] == "warning"


@pytest.mark.usefixtures("committed")
def test_an_address_may_send_sixty_wrong_keys_a_minute_and_good_ones_as_before() -> None:
    _, secret = make_key(make_account())
    with serving() as url, requests.Session() as session:
        answers = [
            session.get(f"{url}/v1/jobs", headers={"X-API-Key": f"wrong{number}"}, timeout=30)
            for number in range(130)  # the minute may turn once
        ]
        statuses = [answer.status_code for answer in answers]
        assert statuses[:60] == [401] * 60
        assert 429 in statuses[60:]
        first = answers[statuses.index(429)]
        assert first.json()["error"]["code"] == "rate_limited"
        assert 1 <= int(first.headers["Retry-After"]) <= 60
        good = session.get(f"{url}/v1/jobs", headers={"X-API-Key": secret}, timeout=30)
        assert good.status_code == 200


def test_the_keys_of_an_account_share_its_quota_and_other_accounts_have_their_own(
    served: str, employer: Employer
) -> None:
    account = make_account(plan=Plan.PRO)
    secrets = [make_key(account)[1] for _ in range(3)]
    left = [
        int(
            requests.get(f"{served}/v1/me", headers={"X-API-Key": secret}, timeout=30).headers[
                "X-RateLimit-Remaining"
            ]
        )
        for secret in secrets * 3
    ]
    # From 499 down by one each time, but for the minute that may turn in between.
    assert left[0] == 499
    assert sum(before - after == 1 for before, after in pairwise(left)) >= 7


@pytest.mark.parametrize(("plan", "limit"), [(Plan.FREE, 60), (Plan.PRO, 500), (Plan.ENTERPRISE, 1000)])
def test_each_plan_has_its_documented_limit(served: str, plan: str, limit: int) -> None:
    _, secret = make_key(make_account(plan=plan))
    answer = requests.get(f"{served}/v1/me", headers={"X-API-Key": secret}, timeout=30)
    assert answer.headers["X-RateLimit-Limit"] == str(limit)
    assert answer.headers["X-RateLimit-Remaining"] == str(limit - 1)
    assert answer.json()["usage"]["limit"] == limit


def test_an_enterprise_has_the_number_that_staff_set(served: str, employer: Employer) -> None:
    answer = requests.get(f"{served}/v1/me", headers={"X-API-Key": employer.secret}, timeout=30)
    assert answer.headers["X-RateLimit-Limit"] == "1000000"
