"""Companies: who they are and where their web site is. Verification is in `verification`."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import DomainNameValidator, URLValidator
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from accounts.models import Account, User
from jobs import logos
from jobs.models import Company, CompanyEvent, VerificationRequest, VerificationState
from jobs.services import listings
from jobsphere.errors import Conflict, InvalidParameter, Stale

FIELDS = ("name", "domain", "website", "logo_url", "description")


class CompanyInUse(Conflict):
    code = "company_in_use"


_AMBIGUOUS_LETTERS = frozenset("ßς\u200c\u200d")
"""IDNA 2003 and 2008 make different domains of these (RFC 5894, section 7.2)."""


@transaction.atomic
def create_company(
    *,
    account: Account,
    name: str,
    domain: str,
    website: str = "",
    logo_url: str = "",
    description: str = "",
    user: User | None = None,
) -> Company:
    """Add a company to an account. It cannot publish before it is verified.

    Args:
        domain: as people type it, such as `https://www.Example.com/`; "" if it has none.
        user: the person who does it, where there is one.

    Raises:
        InvalidParameter: a name, domain or address that cannot be one.
    """
    company = Company(account=account)
    given = {"name": name, "domain": domain, "website": website, "logo_url": logo_url}
    _assign(company, given | {"description": description})
    company.slug = slugify(company.name)[:150].strip("-") or "company"
    try:
        with transaction.atomic():
            company.save()
    except IntegrityError:
        company.slug += f"-{secrets.token_hex(4)}"
        company.save()
    record(company, "created", user)
    return company


@transaction.atomic
def update_company(
    *, company: Company, changes: Mapping[str, str], user: User | None = None, version: str | None = None
) -> Company:
    """Change what is named. A company at another domain is not the one that was verified.

    Args:
        changes: any of `FIELDS`.
        version: the company's, upon which the changes were made; None overwrites any.

    Raises:
        Stale: the company has another version by now.
        InvalidParameter: a name, domain or address that cannot be one.
    """
    company = lock(company)
    if version not in (None, company.version):
        raise Stale(f"{company.name} was changed meanwhile.")
    before = {name: getattr(company, name) for name in FIELDS}
    _assign(company, changes)
    changed = [name for name in FIELDS if getattr(company, name) != before[name]]
    if not changed:
        return company
    if "domain" in changed:
        company.verification_state = VerificationState.UNVERIFIED
        company.verified_at = None
        supersede_requests(company)
    company.save()
    shown = {name: [before[name], getattr(company, name)] for name in changed if name in ("name", "domain")}
    record(company, "changed", user, details={"fields": changed} | shown)
    if "domain" in changed or "name" in changed:
        listings.refresh_company(company)
    return company


@transaction.atomic
def delete_company(*, company: Company) -> None:
    """Erase a company that never posted. One that did stays: its jobs and their applications name it.

    Raises:
        CompanyInUse: it has jobs, staff have suspended it, or it tried to be verified within
            the last hour (so that nobody begins anew to get more attempts).
    """
    company = lock(company)
    if company.jobs.exists():
        raise CompanyInUse(f"{company.name} has jobs, which name it: close them instead.")
    if company.suspended_at is not None:
        raise CompanyInUse(f"{company.name} is suspended, so it stays.")
    hour_ago = timezone.now() - timedelta(hours=1)
    if company.verification_requests.filter(requested_at__gt=hour_ago).exists():
        raise CompanyInUse(f"{company.name} tried to be verified just now: delete it in an hour.")
    if company.logo:
        transaction.on_commit(partial(logos.remove, company.logo))
    company.delete()


def lock(company: Company) -> Company:
    """Return the company as it is now, which nobody else can change until the transaction ends."""
    return Company.objects.select_for_update(of=("self",)).select_related("account").get(pk=company.pk)


def supersede_requests(company: Company) -> None:
    """End every attempt at verification that is under way."""
    pending = company.verification_requests.filter(state=VerificationRequest.State.PENDING)
    pending.update(state=VerificationRequest.State.SUPERSEDED)


def record(
    company: Company,
    kind: str,
    user: User | None,
    *,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write down what happened to a company."""
    CompanyEvent.objects.create(
        company=company, kind=kind, actor=user, reason=reason, details=dict(details or {})
    )


def normalise_domain(text: str) -> str:
    """Return the domain in what people type for it: `example.com` for `https://www.Example.com/jobs`.

    Letters beyond ASCII are turned into their `xn--` form.

    Raises:
        InvalidParameter: it holds no domain name.
    """
    text = text.strip()
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname or ""
    except ValueError:
        host = ""
    domain = ascii_domain(host)
    bare = domain.removeprefix("www.")
    return bare if "." in bare else domain


def ascii_domain(host: str) -> str:
    """Return a host name in the form that DNS knows.

    Raises:
        InvalidParameter: not a domain name.
    """
    if _AMBIGUOUS_LETTERS & set(host):
        raise InvalidParameter(f"Write {host} in its xn-- form: its letters are ambiguous.", param="domain")
    try:
        domain = host.rstrip(".").encode("idna").decode("ascii").lower()
        DomainNameValidator(accept_idna=False)(domain)
    except (UnicodeError, ValidationError):
        raise InvalidParameter(
            f"{host or 'This'} is not a domain, such as example.com.", param="domain"
        ) from None
    return domain


def checked_url(text: str, param: str, *, schemes: tuple[str, ...] = ("https", "http")) -> str:
    """Return an address of the web as it was given.

    Raises:
        InvalidParameter: malformed, longer than 500 characters, or of another scheme.
    """
    text = text.strip()
    try:
        URLValidator(schemes=list(schemes))(text)
    except ValidationError:
        raise InvalidParameter(f"{param} must be a URL with {' or '.join(schemes)}.", param=param) from None
    if len(text) > 500:
        raise InvalidParameter(f"{param} has more than 500 characters.", param=param)
    return text


def _assign(company: Company, given: Mapping[str, str]) -> None:
    if "name" in given:
        company.name = _checked_name(given["name"])
    if "domain" in given:
        company.domain = normalise_domain(given["domain"]) if given["domain"].strip() else ""
    if "website" in given:
        company.website = checked_url(given["website"], "website") if given["website"] else ""
    if "logo_url" in given:
        logo = given["logo_url"]
        company.logo_url = checked_url(logo, "logo_url", schemes=("https",)) if logo else ""
    if "description" in given:
        company.description = given["description"].strip()


def _checked_name(text: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > 150 or not name.isprintable():
        raise InvalidParameter("A company's name has 1 to 150 characters.", param="name")
    return name
