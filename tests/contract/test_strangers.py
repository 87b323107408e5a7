"""Another account finds nothing of an employer's, changes nothing of it, and learns nothing, on any path."""

import json
from typing import Any

import pytest
import requests
from django.db import connection

from accounts.models import ApiKey
from tests.contract.conftest import Call, Employer, Operation, Stranger
from tests.fixtures.served import REFERENCE_TABLES

UNDISCLOSED = ["hidden", "undisclosed", "venture", "carla", "candidate.example", "1234567"]
"""What only the employer may see, in lower case: see the fixture `employer`."""

MOVING_TABLES = {"accounts_apikey", "jobsphere_idempotentanswer"}
"""What a call leaves behind of itself: when its key was used, its own answer."""


@pytest.fixture
def private_ids(employer: Employer) -> list[str]:
    return [
        employer.draft,
        employer.closed_job,
        employer.application,
        employer.application_by_url,
        employer.candidate,
        employer.unverified_company,
        employer.key,
        employer.account.public_id,
    ]


def test_no_path_shows_or_changes_what_is_anothers(
    call: Call,
    operations: list[Operation],
    employer: Employer,
    stranger: Stranger,
    private_ids: list[str],
) -> None:
    ids = [*private_ids, *(guess for one in private_ids for guess in guesses(one))]
    before = dump()
    for operation in operations:
        for one in ids if "{id}" in operation.path else [""]:
            path = "/v1" + operation.path.replace("{id}", one)
            for body in bodies(operation, employer):
                for secret in (stranger.secret, stranger.reader):
                    answer = call(secret, operation.method, path, json=body)
                    discloses_nothing(answer, private_ids)
                    if one or body:
                        assert answer.status_code in (400, 403, 404), f"{operation} {one}: {answer.text}"
    assert dump() == before


def test_a_job_that_all_may_read_only_its_owner_may_change(
    call: Call, employer: Employer, stranger: Stranger
) -> None:
    before = dump()
    path = f"/v1/jobs/{employer.job}"
    assert call(stranger.secret, "GET", path).status_code == 200
    assert call(stranger.secret, "PATCH", path, json={"title": "Mine"}).status_code == 403
    assert call(stranger.secret, "DELETE", path).status_code == 403
    assert dump() == before


@pytest.mark.parametrize(
    "query",
    [
        "/v1/applications?job_id={job}",
        "/v1/applications?candidate_email=carla@candidate.example",
        "/v1/applications?stage=new,reviewing&source=api",
        "/v1/candidates?email=carla@candidate.example",
        "/v1/jobs?company={unverified_company}",
        "/v1/jobs?q=undisclosed",
        "/v1/jobs?q=hidden",
        "/v1/companies?mine=true",
    ],
)
def test_no_filter_reaches_what_is_anothers(
    call: Call, employer: Employer, stranger: Stranger, private_ids: list[str], query: str
) -> None:
    answer = call(stranger.secret, "GET", query.format(**vars(employer)))
    assert answer.status_code == 200
    discloses_nothing(answer, private_ids)
    assert [item for item in answer.json()["data"] if item.get("name") != "Strange Company"] == []


def test_what_is_not_there_and_what_is_anothers_look_the_same(
    call: Call, employer: Employer, stranger: Stranger
) -> None:
    pairs = [
        (f"/v1/jobs/{employer.draft}", "/v1/jobs/job_0000000000000000"),
        (f"/v1/jobs/{employer.closed_job}", "/v1/jobs/job_0000000000000000"),
        (f"/v1/applications/{employer.application}", "/v1/applications/app_0000000000000000"),
        (f"/v1/applications/{employer.application}/resume", "/v1/applications/app_0000000000000000/resume"),
        (f"/v1/candidates/{employer.candidate}", "/v1/candidates/cand_0000000000000000"),
        (f"/v1/companies/{employer.unverified_company}", "/v1/companies/comp_0000000000000000"),
    ]
    for anothers, nobodys in pairs:
        assert seen(call(stranger.secret, "GET", anothers)) == seen(call(stranger.secret, "GET", nobodys))


def seen(answer: requests.Response) -> tuple[int, dict[str, Any]]:
    """Return what an answer tells, without what differs each time."""
    error = answer.json()["error"]
    del error["request_id"]
    return answer.status_code, error


def guesses(one: str) -> list[str]:
    """Return ids near this one, of another kind, and in another case."""
    prefix, _, rest = one.partition("_")
    following = "0" if rest[-1] == "z" else chr(ord(rest[-1]) + 1) if rest[-1] != "9" else "a"
    others = [kind for kind in ("job", "comp", "app", "cand") if kind != prefix]
    return [
        f"{prefix}_{rest[:-1]}{following}",
        *(f"{other}_{rest}" for other in others),
        one.upper(),
        one[:-1],
        f"{one}%00",
        f"{one}%20",
    ]


def bodies(operation: Operation, employer: Employer) -> list[dict[str, Any] | None]:
    """Return bodies that name things of the employer's; None where an operation takes none."""
    body = employer.body(operation)
    if str(operation) == "POST /jobs":
        assert body is not None
        return [body | {"company_id": one} for one in (employer.company, employer.unverified_company)]
    if str(operation) == "POST /applications":
        assert body is not None
        return [body | {"job_id": one} for one in (employer.draft, employer.closed_job)]
    return [body]


def discloses_nothing(answer: requests.Response, private_ids: list[str]) -> None:
    told = json.dumps([answer.text, dict(answer.headers)]).lower()
    for private in (*UNDISCLOSED, *private_ids):
        assert private not in told, f"{answer.request.method} {answer.url} tells {private}: {told}"


def dump() -> dict[str, list[str]]:
    """Return every row of every table, but for what calls leave behind of themselves."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor)) - REFERENCE_TABLES - MOVING_TABLES
        rows = {}
        for table in sorted(tables):
            cursor.execute(f'SELECT t::text FROM "{table}" t ORDER BY 1')
            rows[table] = [row for (row,) in cursor]
    assert rows["applications_application"]
    assert ApiKey.objects.exists()
    return rows
