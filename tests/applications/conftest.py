"""A job to apply for, an agency that applies, and files that are résumés."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Account
from applications.models import Application
from jobs.models import Company, Job
from tests.fixtures.factories import ApiClient, client_of, make_account, make_job

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\nstartxref\n9\n%%EOF\n"
ODT_TYPE = b"application/vnd.oasis.opendocument.text"


def zipped(parts: dict[str, bytes]) -> bytes:
    """Return a zip archive of these members, the first of them stored as it is."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, content) in enumerate(parts.items()):
            archive.writestr(name, content, compress_type=None if number else zipfile.ZIP_STORED)
    return buffer.getvalue()


DOCX = zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document/>"})
ODT = zipped({"mimetype": ODT_TYPE, "content.xml": b"<office:document-content/>"})
TXT = "Zoë Müller\nEngineer, 10 years\n".encode()


def upload(content: bytes = PDF, name: str = "cv.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def application_body(job: Job, **fields: Any) -> dict[str, Any]:
    """Return the documented body for this job, and `fields`."""
    return {
        "job_id": job.public_id,
        "candidate_email": "dev@example.com",
        "resume_url": "https://secure.storage/resume.pdf",
        "cover_letter": "I'm excited to apply for...",
        "source": "api_integration",
        **fields,
    }


def form_body(job: Job, **fields: Any) -> dict[str, Any]:
    """Return a body for multipart/form-data with a PDF, and `fields`."""
    return {
        "job_id": job.public_id,
        "candidate_email": "dev@example.com",
        "resume": upload(),
        **fields,
    }


Submit = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    """An empty folder for uploads."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return Path(settings.MEDIA_ROOT)


def stored_files(media: Path) -> list[Path]:
    return [path for path in media.rglob("*") if path.is_file()]


@pytest.fixture
def job(company: Company) -> Job:
    return make_job(company, title="Senior Frontend Engineer")


@pytest.fixture
def agency_account(db: None) -> Account:
    return make_account(name="Agency")


@pytest.fixture
def agency(agency_account: Account) -> ApiClient:
    """A client of an account that submits for the jobs of others."""
    return client_of(agency_account)


@pytest.fixture
def submit(api: ApiClient, job: Job) -> Submit:
    """Submit an application, as the employer unless `by` another client, and return it."""

    def submit(by: ApiClient | None = None, **fields: Any) -> dict[str, Any]:
        response = (by or api).post("/v1/applications", application_body(job, **fields))
        assert response.status_code == 201, response.content
        answer: dict[str, Any] = response.json()
        return answer

    return submit


def row(application: dict[str, Any]) -> Application:
    return Application.objects.get(public_id=application["id"])
