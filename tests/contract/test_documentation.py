"""The public documentation, walked through as a developer would who has nothing else to read."""

import itertools
import re
from typing import Any

import pytest
import requests

from accounts.models import Plan, Scope
from tests.contract.conftest import Call, Employer
from tests.fixtures.factories import ApiClient, error_code, make_account, make_key


def test_jobs_applications_and_candidates_are_managed_programmatically(
    call: Call, employer: Employer
) -> None:
    """Post a job, find it, apply for it, follow the candidate, close it."""
    job = {
        "title": "Quartermaster",
        "company_id": employer.company,
        "description": "Keep **everything** in order.",
        "location": "Remote",
        "tags": ["Logistics"],
    }
    created = call(employer.secret, "POST", "/v1/jobs", json=job)
    assert created.status_code == 201
    assert created.headers["Location"] == f"/v1/jobs/{created.json()['id']}"
    found = call(employer.reader, "GET", "/v1/jobs?q=quartermaster").json()
    assert [item["id"] for item in found["data"]] == [created.json()["id"]]

    application = {
        "job_id": created.json()["id"],
        "candidate_email": "dev@example.com",
        "resume_url": "https://secure.storage/resume.pdf",
        "cover_letter": "I'm excited to apply for...",
        "source": "api_integration",
    }
    submitted = call(employer.secret, "POST", "/v1/applications", json=application)
    assert submitted.status_code == 201
    path = submitted.headers["Location"]
    assert call(employer.secret, "PATCH", path, json={"stage": "interview"}).json()["stage"] == "interview"
    timeline = call(employer.reader, "GET", f"{path}/timeline").json()["data"]
    assert [event["type"] for event in timeline] == ["submitted", "stage_changed"]
    candidate = call(employer.reader, "GET", f"/v1/candidates/{submitted.json()['candidate_id']}").json()
    assert [one["stage"] for one in candidate["applications"]] == ["interview"]

    gone = call(employer.secret, "DELETE", f"/v1/jobs/{created.json()['id']}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert call(employer.reader, "GET", path).status_code == 200


def test_jobs_are_filtered_by_query_category_location_and_experience_level(
    call: Call, employer: Employer
) -> None:
    body = {"company_id": employer.company, "description": "Build things."}
    wanted = {"title": "Gardener", "location": "Remote", "experience_level": "lead", "tags": ["engineering"]}
    others = [
        {**wanted, "title": "Cook"},
        {**wanted, "tags": []},
        {**wanted, "location": "Atlantis"},
        {**wanted, "experience_level": "entry"},
    ]
    for job in (wanted, *others):
        assert call(employer.secret, "POST", "/v1/jobs", json={**body, **job}).status_code == 201
    query = {
        "q": "gardener",
        "category": "engineering",
        "location": "remote",
        "experience_level": "lead",
        "limit": "5",
        "page": "1",
    }
    answer = call(employer.reader, "GET", "/v1/jobs", params=query).json()
    assert set(answer) == {"data", "pagination"}
    assert answer["pagination"] == {"current_page": 1, "total_pages": 1, "total_items": 1}
    assert answer["data"][0]["title"] == "Gardener"
    for name in ("q", "category", "location", "experience_level"):
        fewer = {key: value for key, value in query.items() if key != name}
        assert call(employer.reader, "GET", "/v1/jobs", params=fewer).json()["pagination"]["total_items"] == 2


def test_an_item_of_the_list_has_the_documented_fields_and_shapes(call: Call, employer: Employer) -> None:
    (item,) = call(employer.reader, "GET", "/v1/jobs?limit=1").json()["data"]
    assert re.fullmatch(r"job_[0-9a-z]{8,}", item["id"])
    assert set(item["company"]) == {"id", "name", "logo_url"}
    assert item["company"] == {
        "id": employer.company,
        "name": "Acme",
        "logo_url": "https://acme.example/logo.png",
    }
    assert item["location"] == "Remote"
    assert item["type"] == "Full-time"
    assert item["salary_range"] == {"min": 140000, "max": 185000, "currency": "USD"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", item["posted_at"])
    assert item["skills"] == ["React"]
    assert {"experience_level", "category", "remote", "url"} <= set(item)


@pytest.mark.parametrize("scope", Scope.values)
def test_a_key_is_a_prefix_random_characters_and_a_checksum(served: str, scope: str) -> None:
    key, secret = make_key(make_account(), scope)
    assert re.fullmatch(r"js_(?:live|test)_[0-9A-Za-z]{38,}", secret)
    assert secret not in str(vars(key))
    assert secret.startswith(key.display_prefix)
    me = requests.get(f"{served}/v1/me", headers={"X-API-Key": secret}, timeout=30).json()
    assert me["key"]["scope"] == scope


@pytest.mark.django_db
def test_a_typo_in_a_key_is_refused_without_a_look_up(django_assert_num_queries: Any) -> None:
    _, secret = make_key(make_account())
    typos = [
        secret[:20] + ("a" if secret[20] != "a" else "b") + secret[21:],
        secret[:20] + secret[21] + secret[20] + secret[22:] if secret[20] != secret[21] else secret[:-1],
        secret[:-1],
        f"{secret}a",
        secret.swapcase(),
    ]
    with django_assert_num_queries(0):
        for typo in typos:
            answer = ApiClient(typo).get("/v1/me")
            assert (answer.status_code, error_code(answer)) == (401, "invalid_api_key")


def test_status_codes_say_what_the_table_of_error_codes_says(
    served: str, call: Call, employer: Employer
) -> None:
    free = make_key(make_account(plan=Plan.FREE))[1]
    assert call(employer.secret, "GET", "/v1/jobs").status_code == 200
    assert call(employer.secret, "GET", "/v1/jobs?limit=101").status_code == 400
    assert call(employer.secret, "POST", "/v1/jobs", json={"title": "x"}).status_code == 400
    assert requests.get(f"{served}/v1/jobs", timeout=30).status_code == 401
    assert call(f"{employer.secret[:-1]}!", "GET", "/v1/jobs").status_code == 401
    assert call(employer.reader, "DELETE", f"/v1/jobs/{employer.job}").status_code == 403
    assert call(employer.secret, "GET", "/v1/jobs/job_00000000").status_code == 404
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {free}"
        for number in itertools.count(1):
            answer = session.get(f"{served}/v1/me", timeout=30)
            if answer.status_code != 200:
                break
            assert number <= 120  # 60, or twice that when the minute turns in between
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1


def test_an_employer_that_is_not_verified_posts_nothing(call: Call, employer: Employer) -> None:
    body = {"title": "x", "description": "x", "location": "x", "company_id": employer.unverified_company}
    answer = call(employer.secret, "POST", "/v1/jobs", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "employer_not_verified")
