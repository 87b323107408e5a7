"""Two accounts and all that the contract speaks of, served by real workers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts import services
from accounts.models import Account, Plan, Scope
from tests.fixtures.factories import make_account, make_category, make_company, make_job, make_key, make_user
from tests.fixtures.served import serving

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\nstartxref\n9\n%%EOF\n"
UNMETERED = 1_000_000
"""Calls a minute that no test uses up."""

Call = Callable[..., requests.Response]


@pytest.fixture(scope="session")
def _server(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Served for all of these tests, and more patient with wrong keys than others, for they send many."""
    settings = "tests.contract.generous_settings"
    with django_db_blocker.unblock(), serving(DJANGO_SETTINGS_MODULE=settings) as url:
        yield url


@dataclass(frozen=True)
class Operation:
    """One operation of the OpenAPI document."""

    path: str
    method: str
    description: dict[str, Any]

    @property
    def is_public(self) -> bool:
        return not self.description.get("security")

    @property
    def writes(self) -> bool:
        return self.method not in ("GET", "HEAD", "OPTIONS")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@pytest.fixture
def document(served: str) -> dict[str, Any]:
    """The OpenAPI document, as it is served."""
    described: dict[str, Any] = requests.get(f"{served}/v1/openapi.json", timeout=30).json()
    return described


@pytest.fixture
def operations(document: dict[str, Any]) -> list[Operation]:
    return [
        Operation(path, method.upper(), description)
        for path, methods in document["paths"].items()
        for method, description in methods.items()
    ]


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

    def path(self, operation: Operation) -> str:
        """Return the path of an operation under /v1 with the id of a thing of this employer's."""
        kind = operation.path.split("/")[1]
        ids = {
            "jobs": self.job,
            "companies": self.company,
            "applications": self.application,
            "candidates": self.candidate,
        }
        return "/v1" + operation.path.replace("{id}", ids.get(kind, ""))

    def body(self, operation: Operation) -> dict[str, Any] | None:
        """Return a body that an operation takes; None where it takes none."""
        bodies: dict[str, dict[str, Any]] = {
            "POST /jobs": {
                "title": "Engineer",
                "company_id": self.company,
                "description": "Build things.",
                "location": "Remote",
            },
            "PATCH /jobs/{id}": {"title": "Staff Engineer"},
            "POST /applications": {
                "job_id": self.job,
                "candidate_email": "dev@example.com",
                "resume_url": "https://secure.storage/resume.pdf",
            },
            "PATCH /applications/{id}": {"stage": "reviewing"},
        }
        return bodies.get(str(operation))


@pytest.fixture
def employer(served: str, call: Call) -> Employer:
    account = unmetered_account("Hidden Holdings", "victoria@hidden.example")
    key, secret = make_key(account)
    company = make_company(account, name="Acme", logo_url="https://acme.example/logo.png")
    unverified = make_company(account, name="Unverified Venture", verified=False)
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
            external_id=f"hidden-{number}",
        ).public_id
        for number in range(6)
    )
    draft = make_job(company, title="Undisclosed draft", description="Undisclosed plans.", publish=False)
    closed = make_job(company, title="Undisclosed closure", description="Undisclosed past.")
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
        json={"note": "An undisclosed note.", "rating": 4},
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
    expired: str
    company: str


@pytest.fixture
def stranger(served: str) -> Stranger:
    account = unmetered_account("Strange Ltd", "sam@strange.example")
    company = make_company(account, name="Strange Company")
    revoked, revoked_secret = make_key(account)
    services.revoke_key(key=revoked)
    expired, expired_secret = make_key(account)
    expired.expires_at = timezone.now()
    expired.save()
    return Stranger(
        account=account,
        secret=make_key(account)[1],
        reader=make_key(account, Scope.READ)[1],
        revoked=revoked_secret,
        expired=expired_secret,
        company=company.public_id,
    )
