"""GET /v1/me: account, plan, scope, usage."""

from datetime import UTC, datetime, timedelta

from django.utils import timezone

from accounts.models import Account, Plan, Scope
from tests.fixtures.factories import ApiClient, client_of, faults, make_account, make_key


def test_it_says_who_is_calling(account: Account) -> None:
    expires_at = (timezone.now() + timedelta(days=3)).replace(microsecond=0)
    key, secret = make_key(account, Scope.READ, expires_at=expires_at)

    answer = ApiClient(secret).get("/v1/me")

    assert answer.status_code == 200
    me = answer.json()
    assert me["account"] == {"id": account.public_id, "name": "TechCorp Ltd", "plan": "pro"}
    assert me["key"] == {
        "id": key.public_id,
        "name": "Test",
        "scope": "read",
        "display_prefix": secret[:12],
        "expires_at": expires_at.isoformat().replace("+00:00", "Z"),
    }
    assert secret not in answer.content.decode()


def test_the_usage_is_that_of_the_headers(db: None) -> None:
    client = client_of(make_account(plan=Plan.FREE))
    client.get("/v1/jobs")

    answer = client.get("/v1/me")

    usage = answer.json()["usage"]
    assert usage["limit"] == 60
    assert usage["used"] == 2
    assert usage["remaining"] == 58 == int(answer["X-RateLimit-Remaining"])
    reset_at = datetime.fromisoformat(usage["reset_at"])
    assert reset_at == datetime.fromtimestamp(int(answer["X-RateLimit-Reset"]), UTC)


def test_keys_of_one_account_share_the_usage(account: Account) -> None:
    client_of(account).get("/v1/me")

    assert client_of(account).get("/v1/me").json()["usage"]["used"] == 2


def test_a_read_write_key_says_so(api: ApiClient) -> None:
    me = api.get("/v1/me").json()

    assert me["key"]["scope"] == "read_write"
    assert me["key"]["expires_at"] is None


def test_it_needs_a_key(public: ApiClient, db: None) -> None:
    assert public.get("/v1/me").status_code == 401


def test_it_takes_no_parameters(api: ApiClient) -> None:
    assert faults(api.get("/v1/me?limit=1")) == {"limit": "unknown_parameter"}
