"""A company's own picture: put there, replaced, taken away."""

from typing import BinaryIO

from django.db import transaction

from accounts.models import User
from jobs import logos
from jobs.models import Company
from jobs.services.companies import lock, record


@transaction.atomic
def set_logo(*, company: Company, file: BinaryIO, size: int, user: User | None = None) -> Company:
    """Show this picture with a company from now on.

    Args:
        size: of the file, in bytes.

    Raises:
        InvalidParameter: no picture that we take (`jobs.logos`).
    """
    return _replace(company, logos.store(file, size), user)


@transaction.atomic
def remove_logo(*, company: Company, user: User | None = None) -> Company:
    """Show no uploaded picture with a company any more."""
    return _replace(company, "", user)


def _replace(company: Company, logo: str, user: User | None) -> Company:
    company = lock(company)
    before, company.logo = company.logo, logo
    company.save(update_fields=["logo", "updated_at"])
    record(company, "changed", user, details={"fields": ["logo"]})
    if before:
        transaction.on_commit(lambda: logos.remove(before))
    return company
