"""What all decisions of staff have in common: a reason, and owners who are told."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import transaction

from accounts.queries import owner_addresses
from jobs.models import Company
from jobsphere.emails import send_email
from jobsphere.errors import InvalidParameter

MAX_REASON_LENGTH = 2000


def required_reason(reason: str) -> str:
    """Return the reason, trimmed.

    Raises:
        InvalidParameter: empty or too long: whom it concerns has to learn why.
    """
    reason = reason.strip()
    if not reason:
        raise InvalidParameter("Give a reason: the owners are told it.", param="reason")
    if len(reason) > MAX_REASON_LENGTH:
        raise InvalidParameter(f"A reason has at most {MAX_REASON_LENGTH} characters.", param="reason")
    return reason


def tell_owners(company: Company, template: str, **context: Any) -> None:
    """Send an e-mail of `templates/emails/` to the owners of a company's account."""
    addresses = owner_addresses([company.account_id])
    send_email(template, to=addresses.get(company.account_id, []), context={"company": company, **context})


@transaction.atomic
def for_each_company(act: Callable[..., Company], *, company_ids: Iterable[int], **given: Any) -> int:
    """Do one act to many companies, all or none.

    Args:
        act: a service that takes `company` and what is given.

    Returns:
        How many companies there were.
    """
    companies = list(Company.objects.filter(pk__in=list(company_ids)).order_by("pk"))
    for company in companies:
        act(company=company, **given)
    return len(companies)
