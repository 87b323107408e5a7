"""N calls allowed means N, whatever the concurrency and however many workers serve."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import requests

from accounts.models import Account, Plan
from jobsphere.api.rate_limit import usage_without_counting
from tests.fixtures.factories import make_account, make_key

CALLS = 1000
CONCURRENT = 50


def account_with_a_fresh_window(seconds: int) -> Account:
    """Return a Free account whose minute has at least these seconds left: windows start at other moments."""
    for _ in range(1000):
        account = make_account(plan=Plan.FREE)
        if (usage_without_counting(account).seconds or 0) >= seconds:
            return account
    raise AssertionError("no account has a window that lasts so long")


def test_of_1000_concurrent_calls_on_a_free_key_exactly_60_are_answered(served: str) -> None:
    account = account_with_a_fresh_window(seconds=45)
    secrets = [make_key(account)[1] for _ in range(3)]  # its keys share the quota

    def call(number: int) -> requests.Response:
        key = secrets[number % len(secrets)]
        return requests.get(f"{served}/v1/categories", headers={"X-API-Key": key}, timeout=60)

    with ThreadPoolExecutor(CONCURRENT) as pool:
        answers = list(pool.map(call, range(CALLS)))

    assert Counter(answer.status_code for answer in answers) == {200: 60, 429: CALLS - 60}
    allowed = [answer for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code == 429]
    # Each allowed call saw another number of calls left.
    assert sorted(int(answer.headers["X-RateLimit-Remaining"]) for answer in allowed) == list(range(60))
    for answer in answers:
        assert answer.headers["X-RateLimit-Limit"] == "60"
        assert answer.headers["RateLimit-Policy"] == '"default";q=60;w=60'
    for answer in refused:
        assert answer.headers["X-RateLimit-Remaining"] == "0"
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
        assert answer.headers["RateLimit"].startswith('"default";r=0;t=')
        assert answer.json()["error"]["code"] == "rate_limited"
    # One window: every answer names the same moment, within the second that the clock may turn.
    resets = {int(answer.headers["X-RateLimit-Reset"]) for answer in answers}
    assert max(resets) - min(resets) <= 1
