"""What tests of the dashboard share: people of an account, and how a form is filled in."""

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.models import Account, Role
from jobs.models import Company
from tests.accounts.browser import Browser, browser_of, make_member
from tests.fixtures.factories import make_account


def browser_as(account: Account, role: str = Role.OWNER) -> Browser:
    """Return a browser in which a new member of this role is signed in."""
    return browser_of(make_member(account, role))


def stranger() -> Browser:
    """Return the browser of another account's owner."""
    return browser_as(make_account(name="Somebody else"))


def job_form(company: Company | None = None, **fields: Any) -> dict[str, Any]:
    """Return what a browser sends of the form of a job: what is required, and `fields`."""
    filled = {
        "act": "publish",
        "title": "Engineer",
        "description": "Build things.",
        "location": "Remote",
        "type": "Full-time",
        "experience_level": "",
        "category": "",
        "skills": "",
        "salary_min": "",
        "salary_max": "",
        "salary_currency": "EUR",
        "requirements": "",
        "application_method": "jobsphere",
        "application_url": "",
        "application_email": "",
        "expires_at": "",
        "external_id": "",
        "questions-TOTAL_FORMS": "0",
        "questions-INITIAL_FORMS": "0",
    }
    if company:
        filled["company_id"] = company.public_id
    return filled | fields


def questions(*asked: str, required: tuple[int, ...] = ()) -> dict[str, str]:
    """Return the rows of screening questions as a browser sends them."""
    rows = {f"questions-{index}-question": text for index, text in enumerate(asked)}
    ticked = {f"questions-{index}-required": "on" for index in required}
    return rows | ticked | {"questions-TOTAL_FORMS": str(len(asked)), "questions-INITIAL_FORMS": "0"}


def picture(form: str = "PNG", size: tuple[int, int] = (900, 600), **options: Any) -> bytes:
    """Return a picture's bytes."""
    out = BytesIO()
    Image.new("RGB", size, "teal").save(out, form, **options)
    return out.getvalue()


def upload(content: bytes, name: str = "logo.png", media_type: str = "image/png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, media_type)
