"""How a company becomes verified: a code by e-mail, a proof at its domain, or staff.

A request is one attempt, and keeps who made it, how it ended, when and why. Verified is
the company: its state changes only here, and search follows in the same transaction.
The rules and their reasons are in docs/decisions/verification.md.
"""

import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import User
from accounts.services import record_act
from jobs import verification_checks
from jobs.models import Company, VerificationMethod, VerificationRequest, VerificationState
from jobs.services import listings
from jobs.services.companies import ascii_domain, checked_url, lock, record, supersede_requests
from jobs.services.decisions import required_reason, tell_owners
from jobs.verification_checks import WELL_KNOWN_PATH, LookupFailed
from jobsphere.emails import send_email
from jobsphere.errors import DomainError, InvalidParameter

State = VerificationRequest.State

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without 0 and O, 1, I and L, which look alike, and U, which looks like V."""

CODE_LENGTH = 8
CODE_LIFETIME = timedelta(minutes=30)
MAX_WRONG_CODES = 5

TOKEN_LIFETIME = timedelta(days=7)
"""How long a record or file may take to appear: DNS alone may need two days."""

MAX_CHECKS = 50
"""Looks at a domain for one request: each makes this machine call another."""

MAX_REQUESTS_PER_HOUR = 5
"""New attempts of one company, and codes to one address."""

MAX_STATEMENT_LENGTH = 5000
MAX_LINKS = 10

FREE_MAIL_DOMAINS = frozenset(
    "126.com 163.com aol.com bk.ru fastmail.com free.fr gmail.com gmx.at gmx.ch gmx.com gmx.de "  # noqa: SIM905
    "gmx.net googlemail.com hey.com hotmail.co.uk hotmail.com hotmail.de hotmail.fr icloud.com "
    "inbox.ru laposte.net libero.it list.ru live.com mac.com mail.com mail.ru me.com msn.com naver.com "
    "orange.fr outlook.com outlook.de outlook.fr pm.me proton.me protonmail.com qq.com rediffmail.com "
    "rocketmail.com seznam.cz t-online.de tuta.com tutanota.com web.de wp.pl yahoo.co.in "
    "yahoo.co.jp yahoo.co.uk yahoo.com yahoo.de yahoo.fr yandex.com yandex.ru ymail.com zoho.com".split()
)
"""The best known hosts at which anybody gets an address, which then says nothing of the domain.

No list of them can be complete: an address at another such host proves no more than that
the company named this host as its own domain, which is what it shows to everybody.
"""


class AlreadyVerified(InvalidParameter):
    code = "already_verified"


class NotPending(InvalidParameter):
    """The request was decided, superseded or ran out: a new one is needed."""

    code = "verification_not_pending"


class WrongCode(InvalidParameter):
    code = "wrong_code"


class ProofNotFound(InvalidParameter):
    """The look-up worked out, or failed, without the proof. One can try again."""

    code = "proof_not_found"


class TooManyRequests(DomainError):
    status = 429
    code = "rate_limited"


@transaction.atomic
def request_by_email(*, company: Company, email: str, user: User) -> VerificationRequest:
    """Send a code to an address at the company's own domain.

    Raises:
        InvalidParameter: an address elsewhere, or a domain at which anybody gets an address.
        AlreadyVerified, TooManyRequests: nothing is sent.
    """
    company = _to_verify(company)
    email = _own_address(company, email.strip().lower())
    _limit_codes(email)
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    request = _open(
        company,
        VerificationMethod.EMAIL,
        user,
        email=email,
        code_digest=_digest(company, code),
        expires_at=timezone.now() + CODE_LIFETIME,
    )
    shown = f"{code[:4]}-{code[4:]}"
    context = {"code": shown, "domain": company.domain, "minutes": int(CODE_LIFETIME.total_seconds() // 60)}
    send_email("verification_code", to=[email], context=context)
    return request


def confirm_email_code(*, company: Company, code: str, user: User) -> VerificationRequest:
    """Verify a company by the code that was sent.

    It must not run inside another transaction: a wrong code has to stay counted whatever
    becomes of what the caller does.

    Raises:
        NotPending: no code is waiting, or its time or its attempts have run out.
        WrongCode: another one; the message tells how many attempts are left.
    """
    with transaction.atomic(durable=True):
        company = lock(company)
        request = _pending(company).filter(method=VerificationMethod.EMAIL).first()
        if request is None:
            raise NotPending("No code is waiting: ask for a new one.", param="code")
        fault = _fault_of(request, _digest(company, code))
        if fault is None:
            _verify(company, request, by=user)
            return request
    raise fault


def _fault_of(request: VerificationRequest, digest: str) -> InvalidParameter | None:
    if request.expires_at is None or request.expires_at <= timezone.now():
        _settle(request, State.REJECTED, reason="The code ran out.")
        return NotPending("This code has run out: ask for a new one.", param="code")
    if constant_time_compare(digest, request.code_digest):
        return None
    request.failed_attempts += 1
    request.save(update_fields=["failed_attempts"])
    left = MAX_WRONG_CODES - request.failed_attempts
    if left > 0:
        return WrongCode(f"This is not the code that was sent. Attempts left: {left}.", param="code")
    _settle(request, State.REJECTED, reason=f"{MAX_WRONG_CODES} wrong codes.")
    return NotPending("Too many wrong codes: ask for a new one.", param="code")


@transaction.atomic
def request_by_dns(*, company: Company, user: User) -> VerificationRequest:
    """Give a company the token for a TXT record at its domain: see `txt_record`.

    Raises:
        InvalidParameter: the company has named no domain.
        AlreadyVerified, TooManyRequests: no token is given.
    """
    return _open_for_proof(company, VerificationMethod.DNS, user)


@transaction.atomic
def request_by_well_known(*, company: Company, user: User) -> VerificationRequest:
    """Give a company the token for a file on its web site: see `well_known_url`.

    Raises:
        InvalidParameter: the company has named no domain.
        AlreadyVerified, TooManyRequests: no token is given.
    """
    return _open_for_proof(company, VerificationMethod.WELL_KNOWN, user)


def txt_record(request: VerificationRequest) -> str:
    """Return the text of the TXT record that a request by DNS looks for."""
    return f"jobsphere-verification={request.token}"


def well_known_url(request: VerificationRequest) -> str:
    """Return where a request by file looks for its token."""
    return f"https://{request.domain}{WELL_KNOWN_PATH}"


def check(
    *,
    request: VerificationRequest,
    user: User,
    txt_records: Callable[[str], Sequence[str]] = verification_checks.txt_records,
    fetch_file: Callable[[str], str] = verification_checks.well_known_file,
) -> VerificationRequest:
    """Look for the proof at the domain, and verify the company if it is there.

    It must not run inside another transaction: it waits for others' servers.

    Args:
        txt_records: domain to its TXT records; raises `LookupFailed`.
        fetch_file: domain to the text of its well-known file; raises `LookupFailed`.

    Raises:
        NotPending: the request was decided, superseded or ran out.
        ProofNotFound: it is not there yet; the message says what was found.
    """
    with transaction.atomic(durable=True):
        _count_check(request)
    try:
        if request.method == VerificationMethod.DNS:
            found = txt_record(request) in txt_records(request.domain)
            fault = f"{request.domain} has no such TXT record yet."
        else:
            found = request.token in fetch_file(request.domain).split()
            fault = f"The file at {well_known_url(request)} does not hold the token."
    except LookupFailed as error:
        found, fault = False, str(error)
    if not found:
        VerificationRequest.objects.filter(pk=request.pk, state=State.PENDING).update(reason=fault)
        raise ProofNotFound(fault)
    with transaction.atomic():
        company = lock(request.company)
        request = _locked_pending(request)
        _verify(company, request, by=user)
    return request


def _count_check(request: VerificationRequest) -> None:
    counted = VerificationRequest.objects.filter(
        pk=request.pk,
        state=State.PENDING,
        method__in=[VerificationMethod.DNS, VerificationMethod.WELL_KNOWN],
        expires_at__gt=timezone.now(),
        failed_attempts__lt=MAX_CHECKS,
    ).update(failed_attempts=F("failed_attempts") + 1)
    if not counted:
        raise NotPending("This token is no longer looked for: ask for a new one.")


@transaction.atomic
def request_by_staff(
    *, company: Company, statement: str, links: Sequence[str] = (), user: User
) -> VerificationRequest:
    """Ask staff to look at what a company says of itself.

    Args:
        statement: who they are and how it can be checked; at most `MAX_STATEMENT_LENGTH` characters.
        links: at most `MAX_LINKS` URLs of registers, articles and the like.

    Raises:
        InvalidParameter: nothing or too much to look at, a link that is none.
        AlreadyVerified, TooManyRequests: nothing is asked.
    """
    statement = statement.strip()
    if not 1 <= len(statement) <= MAX_STATEMENT_LENGTH:
        raise InvalidParameter(
            f"Tell us who you are in 1 to {MAX_STATEMENT_LENGTH} characters.", param="statement"
        )
    if len(links) > MAX_LINKS:
        raise InvalidParameter(f"At most {MAX_LINKS} links.", param="links")
    checked = [checked_url(link, "links") for link in links]
    company = _to_verify(company)
    request = _open(company, VerificationMethod.STAFF, user, statement=statement, links=checked)
    company.verification_state = VerificationState.PENDING
    company.save(update_fields=["verification_state", "updated_at"])
    return request


@transaction.atomic
def approve(*, request: VerificationRequest, staff: User, reason: str = "") -> VerificationRequest:
    """Verify a company on what it submitted for review.

    Raises:
        NotPending: decided already, or not a request for review.
    """
    company = lock(request.company)
    request = _locked_pending(request, method=VerificationMethod.STAFF)
    _verify(company, request, by=staff, reason=reason.strip())
    record_act(
        staff=staff, act="approve_company", target=company, reason=request.reason, details=_shown(request)
    )
    return request


@transaction.atomic
def reject(*, request: VerificationRequest, staff: User, reason: str) -> VerificationRequest:
    """Turn down what a company submitted for review; it may submit better.

    Raises:
        InvalidParameter: no reason.
        NotPending: decided already, or not a request for review.
    """
    reason = required_reason(reason)
    company = lock(request.company)
    request = _locked_pending(request, method=VerificationMethod.STAFF)
    _settle(request, State.REJECTED, by=staff, reason=reason)
    _turn_down(company, staff, reason)
    record_act(staff=staff, act="reject_company", target=company, reason=reason, details=_shown(request))
    return request


@transaction.atomic
def approve_requests(*, request_ids: Iterable[int], staff: User, reason: str = "") -> int:
    """Approve many requests, all or none; those that were decided in the meantime are left as they are.

    Returns:
        How many were decided.
    """
    requests = list(_in_review(request_ids))
    for request in requests:
        approve(request=request, staff=staff, reason=reason)
    return len(requests)


@transaction.atomic
def reject_requests(*, request_ids: Iterable[int], staff: User, reason: str) -> int:
    """Reject many requests, all or none; those that were decided in the meantime are left as they are.

    Returns:
        How many were decided.

    Raises:
        InvalidParameter: no reason.
    """
    required_reason(reason)
    requests = list(_in_review(request_ids))
    for request in requests:
        reject(request=request, staff=staff, reason=reason)
    return len(requests)


@transaction.atomic
def approve_company(*, company: Company, staff: User, reason: str = "") -> Company:
    """Verify a company on staff's own knowledge, or on what it has submitted.

    Approving a verified company changes nothing.
    """
    company = lock(company)
    if company.is_verified:
        return company
    request = _pending(company).filter(method=VerificationMethod.STAFF).first()
    if request is None:
        request = _open(company, VerificationMethod.STAFF, staff)
    return approve(request=request, staff=staff, reason=reason).company


@transaction.atomic
def reject_company(*, company: Company, staff: User, reason: str) -> Company:
    """Take a company's verification away, or turn down whatever it has under way.

    It may ask to be verified again; a company that must not is suspended. Rejecting a
    rejected company that has not asked again changes nothing.

    Raises:
        InvalidParameter: no reason.
    """
    reason = required_reason(reason)
    company = lock(company)
    ended = _pending(company).update(
        state=State.REJECTED, decided_by=staff, decided_at=timezone.now(), reason=reason
    )
    if company.verification_state == VerificationState.REJECTED and not ended:
        return company
    _turn_down(company, staff, reason)
    listings.refresh_company(company)
    record_act(staff=staff, act="reject_company", target=company, reason=reason)
    return company


def _to_verify(company: Company) -> Company:
    company = lock(company)
    if company.is_verified:
        raise AlreadyVerified(f"{company.name} is verified already.")
    hour_ago = timezone.now() - timedelta(hours=1)
    if company.verification_requests.filter(requested_at__gt=hour_ago).count() >= MAX_REQUESTS_PER_HOUR:
        raise TooManyRequests("Too many attempts within an hour: wait a little.")
    return company


def _limit_codes(email: str) -> None:
    sent = VerificationRequest.objects.filter(
        state__in=State.values,  # all of them: the index begins with it
        method=VerificationMethod.EMAIL,
        requested_at__gt=timezone.now() - timedelta(hours=1),
        email=email,
    )
    if sent.count() >= MAX_REQUESTS_PER_HOUR:
        raise TooManyRequests("This address was sent too many codes within an hour: wait a little.")


def _own_address(company: Company, email: str) -> str:
    try:
        validate_email(email)
    except ValidationError:
        raise InvalidParameter("This is not an e-mail address.", param="email") from None
    if not company.domain:
        raise InvalidParameter("Name the company's domain first.", param="domain")
    if company.domain in FREE_MAIL_DOMAINS:
        raise InvalidParameter(
            f"Anybody gets an address at {company.domain}: name the company's own domain, "
            "or ask for a review.",
            param="domain",
        )
    # Not one at a subdomain: below co.uk or bund.de it is somebody else's.
    if ascii_domain(email.rpartition("@")[2]) != company.domain:
        raise InvalidParameter(f"The address has to be at {company.domain} itself.", param="email")
    return email


def _open_for_proof(company: Company, method: VerificationMethod, user: User) -> VerificationRequest:
    company = _to_verify(company)
    if not company.domain:
        raise InvalidParameter("Name the company's domain first.", param="domain")
    return _open(
        company, method, user, token=secrets.token_hex(16), expires_at=timezone.now() + TOKEN_LIFETIME
    )


def _open(company: Company, method: VerificationMethod, user: User, **fields: object) -> VerificationRequest:
    _pending(company).filter(method=method).update(state=State.SUPERSEDED)
    request = VerificationRequest.objects.create(
        company=company, method=method, domain=company.domain, requested_by=user, **fields
    )
    record(company, "verification_requested", user, details=_shown(request))
    return request


def _pending(company: Company) -> QuerySet[VerificationRequest]:
    return company.verification_requests.filter(state=State.PENDING)


def _in_review(request_ids: Iterable[int]) -> QuerySet[VerificationRequest]:
    return VerificationRequest.objects.filter(
        pk__in=list(request_ids), state=State.PENDING, method=VerificationMethod.STAFF
    ).order_by("company_id")


def _locked_pending(request: VerificationRequest, **conditions: str) -> VerificationRequest:
    condition = Q(pk=request.pk, state=State.PENDING, **conditions)
    pending = VerificationRequest.objects.select_for_update().filter(condition).first()
    if pending is None:
        raise NotPending("This request is not waiting for a decision any more.")
    return pending


def _settle(
    request: VerificationRequest,
    state: VerificationRequest.State,
    *,
    by: User | None = None,
    reason: str = "",
) -> None:
    request.state = state
    request.decided_by = by
    request.decided_at = timezone.now()
    request.reason = reason
    request.save(update_fields=["state", "decided_by", "decided_at", "reason"])


def _verify(company: Company, request: VerificationRequest, *, by: User, reason: str = "") -> None:
    _settle(request, State.VERIFIED, by=by, reason=reason)
    supersede_requests(company)
    company.verification_state = VerificationState.VERIFIED
    company.verified_at = timezone.now()
    company.save(update_fields=["verification_state", "verified_at", "updated_at"])
    record(company, "verified", by, reason=reason, details=_shown(request))
    listings.refresh_company(company)
    tell_owners(company, "company_verified", method=request.get_method_display(), reason=reason)


def _turn_down(company: Company, staff: User, reason: str) -> None:
    company.verification_state = VerificationState.REJECTED
    company.verified_at = None
    company.save(update_fields=["verification_state", "verified_at", "updated_at"])
    record(company, "rejected", staff, reason=reason)
    tell_owners(company, "company_rejected", reason=reason)


def _shown(request: VerificationRequest) -> dict[str, object]:
    return {"request": request.pk, "method": request.method, "domain": request.domain}


def _digest(company: Company, code: str) -> str:
    typed = "".join(character for character in code.upper() if character.isalnum())
    pepper = "jobs.services.verification"  # joined with SECRET_KEY: the database alone tells no code
    return salted_hmac(pepper, f"{company.public_id}:{typed}", algorithm="sha256").hexdigest()
