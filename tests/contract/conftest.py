"""Two accounts and all that the contract speaks of, served by real workers."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import requests

from accounts import services
from accounts.models import Account, Plan, Scope
from tests.fixtures.factories import make_account, make_category, make_company, make_job, make_key, make_user

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\nstartxref\n9\n%%EOF\n"
UNMETERED = 1_000_000
"""Calls a minute that no test uses up."""

Call = Callable[..., requests.Response]


def unmetered_account(name: str, email: str) -> Account:
    account = make_account(name=name, owner=make_user(email=email), plan=Plan.ENTERPRISE)
    account.custom_requests_per_minute = UNMETERED
    account.save()
    return account


@dataclass(frozen=True)
class Employer:
    """An account with one of everything, by public ids; `reader` is the secret of a Read Only key."""

    account: Account
    secret: str
    reader: str
    key: str
    company: str
    unverified_company: str
    job: str
    other_jobs: tuple[str, ...]
    draft: str
    closed_job: str
    application: str
    application_by_url: str
    candidate: str


@pytest.fixture
def employer(served: str, call: Call) -> Employer:
    account = unmetered_account("Victoria Victim Ltd", "victoria@victim.example")
    key, secret = make_key(account)
    company = make_company(account, name="Victoria's Company", logo_url="https://victim.example/logo.png")
    unverified = make_company(account, name="Victoria's Unverified Company", verified=False)
    make_category("engineering")
    questions = [{"id": "start", "question": "When could you start?", "required": False}]
    job, *others = (
        make_job(
            company,
            title=f"Senior Engineer {number}",
            location="Remote",
            tags=["engineering", "React"],
            salary_range={"min": 140000, "max": 185000, "currency": "USD"},
            screening_questions=questions,
            external_id=f"secret-external-{number}",
        ).public_id
        for number in range(6)
    )
    draft = make_job(company, title="A secret draft", description="Secret plans.", publish=False)
    closed = make_job(company, title="A closed secret", description="Closed plans.")
    body = {
        "job_id": job,
        "candidate_email": "carla@candidate.example",
        "candidate_name": "Carla Candidate",
        "phone": "+49 30 1234567",
    }
    by_file = call(secret, "POST", "/v1/applications", data=body, files={"resume": ("carla.pdf", PDF)})
    by_url = call(
        secret,
        "POST",
        "/v1/applications",
        json={**body, "job_id": closed.public_id, "resume_url": "https://candidate.example/carla.pdf"},
    )
    assert (by_file.status_code, by_url.status_code) == (201, 201), by_file.text + by_url.text
    application = by_file.json()
    noted = call(
        secret,
        "PATCH",
        f"/v1/applications/{application['id']}",
        json={"note": "A note for nobody else.", "rating": 4},
    )
    assert noted.status_code == 200, noted.text
    assert call(secret, "DELETE", f"/v1/jobs/{closed.public_id}").status_code == 204
    return Employer(
        account=account,
        secret=secret,
        reader=make_key(account, Scope.READ)[1],
        key=key.public_id,
        company=company.public_id,
        unverified_company=unverified.public_id,
        job=job,
        other_jobs=tuple(others),
        draft=draft.public_id,
        closed_job=closed.public_id,
        application=application["id"],
        application_by_url=by_url.json()["id"],
        candidate=application["candidate_id"],
    )


@dataclass(frozen=True)
class Stranger:
    account: Account
    secret: str
    reader: str
    revoked: str
    company: str


@pytest.fixture
def stranger(served: str) -> Stranger:
    account = unmetered_account("Strange Ltd", "sam@strange.example")
    company = make_company(account, name="Strange Company")
    revoked, revoked_secret = make_key(account)
    services.revoke_key(key=revoked)
    return Stranger(
        account=account,
        secret=make_key(account)[1],
        reader=make_key(account, Scope.READ)[1],
        revoked=revoked_secret,
        company=company.public_id,
    )
