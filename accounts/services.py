"""Every change to people, accounts, members and API keys."""

import ipaddress
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from accounts import keys
from accounts.models import (
    INVITATION_LIFETIME,
    REQUESTS_PER_MINUTE,
    Account,
    ApiKey,
    AuditEntry,
    Invitation,
    Membership,
    Plan,
    Role,
    Scope,
    User,
)
from jobsphere.emails import send_email
from jobsphere.errors import Forbidden, InvalidParameter

LAST_USED_RESOLUTION = timedelta(minutes=1)
LONGEST_OVERLAP = timedelta(days=30)
MAX_OWNED_ACCOUNTS = 10
"""Accounts that one person can own: each has its own quota of calls."""

MAX_INVITATIONS_A_DAY = 50
RESEND_AFTER = timedelta(minutes=1)


def rename_user(*, user: User, name: str) -> User:
    """Call a person by another name."""
    user.name = " ".join(name.split())
    user.save(update_fields=["name"])
    return user


@transaction.atomic
def open_account(*, name: str, owner: User, plan: str = Plan.FREE) -> Account:
    """Open an account with its first member, the owner.

    Raises:
        InvalidParameter: no name, or one that is too long.
        Forbidden: this person owns as many accounts as one may.
    """
    name = _account_name(name)
    User.objects.select_for_update().get(pk=owner.pk)
    if owner.memberships.filter(role=Role.OWNER).count() >= MAX_OWNED_ACCOUNTS:
        raise Forbidden(f"You own {MAX_OWNED_ACCOUNTS} accounts already.")
    account = Account.objects.create(name=name, plan=plan)
    Membership.objects.create(account=account, user=owner, role=Role.OWNER)
    return account


@transaction.atomic
def rename_account(*, account: Account, name: str) -> Account:
    """Give an account another name.

    Raises:
        InvalidParameter: no name, or one that is too long.
    """
    account.name = _account_name(name)
    account.save(update_fields=["name"])
    return account


def _account_name(text: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > 150 or not name.isprintable():
        raise InvalidParameter("An account's name has 1 to 150 characters.", param="name")
    return name


@transaction.atomic
def add_member(*, account: Account, user: User, role: str) -> Membership:
    """Let a person work in an account, or change the role of one who does.

    Raises:
        Forbidden: this would leave the account without an owner.
    """
    _lock(account)
    if role != Role.OWNER:
        _keep_an_owner(account, leaving=user)
    membership, _ = Membership.objects.update_or_create(account=account, user=user, defaults={"role": role})
    return membership


@transaction.atomic
def remove_member(*, account: Account, user: User) -> None:
    """Take a person out of an account.

    Raises:
        Forbidden: this would leave the account without an owner.
    """
    _lock(account)
    _keep_an_owner(account, leaving=user)
    Membership.objects.filter(account=account, user=user).delete()


@transaction.atomic
def invite_member(*, account: Account, email: str, role: str, invited_by: User) -> Invitation:
    """Offer a place in an account to whoever reads this e-mail address.

    Raises:
        InvalidParameter: they are a member or invited already.
        Forbidden: too many invitations in a day.
    """
    email = email.strip().lower()
    _lock(account)
    if account.memberships.filter(user__email=email).exists():
        raise InvalidParameter(f"{email} is a member already.", param="email")
    if account.invitations.pending().filter(email=email).exists():
        raise InvalidParameter(f"{email} is invited already: send the invitation again.", param="email")
    today = account.invitations.filter(created_at__gt=timezone.now() - timedelta(days=1))
    if today.count() >= MAX_INVITATIONS_A_DAY:
        raise Forbidden(f"An account can send {MAX_INVITATIONS_A_DAY} invitations a day.")
    invitation = Invitation(account=account, email=email, role=role, invited_by=invited_by)
    _send_invitation(invitation)
    return invitation


@transaction.atomic
def resend_invitation(*, invitation: Invitation) -> Invitation:
    """Send an invitation with a new link, which lives as long again; the old one is dead.

    Raises:
        InvalidParameter: it was answered or revoked, or was sent within the last minute.
    """
    invitation = _pending(invitation)
    if timezone.now() - invitation.sent_at < RESEND_AFTER:
        raise InvalidParameter("This invitation was sent just now: wait a minute.")
    _send_invitation(invitation)
    return invitation


@transaction.atomic
def revoke_invitation(*, invitation: Invitation) -> None:
    """Make an invitation useless.

    Raises:
        InvalidParameter: it was answered or revoked already.
    """
    invitation = _pending(invitation)
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])


@transaction.atomic
def accept_invitation(*, invitation: Invitation, user: User) -> Membership:
    """Let the invited person in. Who is a member already keeps their role.

    Raises:
        InvalidParameter: it was answered, revoked or has expired.
        Forbidden: it was made to another e-mail address.
    """
    invitation = _pending(invitation)
    if invitation.is_expired:
        raise InvalidParameter("This invitation has expired: ask for another one.")
    if invitation.email != user.email:
        raise Forbidden("This invitation was made to another e-mail address.")
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    membership, _ = Membership.objects.get_or_create(
        account=invitation.account, user=user, defaults={"role": invitation.role}
    )
    return membership


def _pending(invitation: Invitation) -> Invitation:
    """Return an invitation as it is now, which nobody else can answer until the transaction ends."""
    found = (
        Invitation.objects.pending()
        .select_for_update(of=("self",))
        .select_related("account", "invited_by")
        .filter(pk=invitation.pk)
        .first()
    )
    if found is None:
        raise InvalidParameter("This invitation was used or withdrawn.")
    return found


def _send_invitation(invitation: Invitation) -> None:
    token = secrets.token_urlsafe(32)
    invitation.token_digest = keys.digest(token)
    invitation.sent_at = timezone.now()
    invitation.expires_at = invitation.sent_at + INVITATION_LIFETIME
    invitation.save()
    context = {"invitation": invitation, "link": f"{settings.BASE_URL}/invitations/accept?token={token}"}
    send_email("invitation", to=[invitation.email], context=context)


def _lock(account: Account) -> None:
    Account.objects.select_for_update().get(pk=account.pk)


def _keep_an_owner(account: Account, leaving: User) -> None:
    owners = set(account.memberships.filter(role=Role.OWNER).values_list("user_id", flat=True))
    if owners == {leaving.pk}:
        raise Forbidden("An account needs an owner: make somebody else an owner first.", code="last_owner")


@transaction.atomic
def change_plan(
    *, account: Account, plan: str, custom_requests_per_minute: int | None, staff: User, reason: str = ""
) -> Account:
    """Put an account on a plan; Enterprise may have its own limit.

    Args:
        custom_requests_per_minute: calls a minute, 1000 or more; None for the plan's own.

    Raises:
        InvalidParameter: a limit of its own on another plan than Enterprise, or below its floor.
    """
    floor = REQUESTS_PER_MINUTE[Plan.ENTERPRISE]
    if custom_requests_per_minute is not None and (
        plan != Plan.ENTERPRISE or custom_requests_per_minute < floor
    ):
        raise InvalidParameter(
            f"Only Enterprise has a limit of its own, of {floor} or more.", param="custom_requests_per_minute"
        )
    before = {"plan": account.plan, "custom_requests_per_minute": account.custom_requests_per_minute}
    account.plan = plan
    account.custom_requests_per_minute = custom_requests_per_minute
    account.save(update_fields=["plan", "custom_requests_per_minute"])
    after = {"plan": plan, "custom_requests_per_minute": custom_requests_per_minute}
    record_act(
        staff=staff,
        act="change_plan",
        target=account,
        reason=reason,
        details={"before": before, "after": after},
    )
    return account


@transaction.atomic
def create_key(
    *,
    account: Account,
    name: str,
    scope: str = Scope.READ,
    mode: Literal["live", "test"] = "live",
    created_by: User | None = None,
    expires_at: datetime | None = None,
    allowed_networks: Sequence[str] = (),
    allowed_origins: Sequence[str] = (),
) -> tuple[ApiKey, str]:
    """Make an API key.

    Returns:
        The key and its secret, which exists only here and can be shown once.

    Raises:
        InvalidParameter: an empty name, an expiry in the past, a malformed network or origin.
    """
    if not name.strip():
        raise InvalidParameter("Give the key a name.", param="name")
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidParameter("The expiry must lie in the future.", param="expires_at")
    secret = keys.generate(mode)
    key = ApiKey.objects.create(
        account=account,
        name=name.strip(),
        scope=scope,
        digest=keys.digest(secret),
        display_prefix=keys.display_prefix(secret),
        created_by=created_by,
        expires_at=expires_at,
        allowed_networks=[_network(network) for network in allowed_networks],
        allowed_origins=[_origin(origin) for origin in allowed_origins],
    )
    return key, secret


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text.strip(), strict=False))
    except ValueError:
        raise InvalidParameter(
            f"{text} is not an address or network, such as 192.0.2.0/24.", param="allowed_networks"
        ) from None


def _origin(text: str) -> str:
    parts = urlsplit(text.strip().lower())
    if (
        parts.scheme not in {"https", "http"}
        or not parts.netloc
        or parts.path not in {"", "/"}
        or parts.query
    ):
        raise InvalidParameter(
            f"{text} is not an origin, such as https://careers.example.com.", param="allowed_origins"
        )
    return f"{parts.scheme}://{parts.netloc}"


@transaction.atomic
def rotate_key(
    *, key: ApiKey, overlap: timedelta = timedelta(days=1), rotated_by: User | None = None
) -> tuple[ApiKey, str]:
    """Replace a key by a new one of the same rights; the old one works on for the overlap.

    Raises:
        InvalidParameter: the key is no longer active, or the overlap is out of range.
    """
    key = ApiKey.objects.select_for_update().select_related("account").get(pk=key.pk)
    if not key.is_active or key.replaced_by_id:
        raise InvalidParameter("This key was revoked, expired or rotated already.", code="key_not_active")
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise InvalidParameter("The overlap must be between 0 and 30 days.", param="overlap")
    mode: Literal["live", "test"] = "test" if key.display_prefix.startswith("js_test_") else "live"
    new_key, secret = create_key(
        account=key.account,
        name=key.name,
        scope=key.scope,
        mode=mode,
        created_by=rotated_by,
        expires_at=key.expires_at,
        allowed_networks=key.allowed_networks,
        allowed_origins=key.allowed_origins,
    )
    end = timezone.now() + overlap
    key.expires_at = min(key.expires_at, end) if key.expires_at else end
    key.replaced_by = new_key
    key.save(update_fields=["expires_at", "replaced_by"])
    return new_key, secret


@transaction.atomic
def revoke_key(*, key: ApiKey, staff: User | None = None, reason: str = "") -> ApiKey:
    """Make a key useless at once and for good. Revoking twice changes nothing.

    Args:
        staff: the member of staff who does it, where it is not the account itself.
    """
    changed = ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())
    key.refresh_from_db(fields=["revoked_at"])
    if changed and staff is not None:
        record_act(staff=staff, act="revoke_key", target=key, reason=reason)
    return key


def touch_key(*, key: ApiKey) -> None:
    """Note that a key was used, at most once a minute."""
    now = timezone.now()
    if key.last_used_at is not None and now - key.last_used_at < LAST_USED_RESOLUTION:
        return
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - LAST_USED_RESOLUTION)
    ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)


def record_act(
    *,
    staff: User,
    act: str,
    target: models.Model,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write down what a member of staff did."""
    record_acts(staff=staff, act=act, targets=[target], reason=reason, details=details)


def record_acts(
    *,
    staff: User,
    act: str,
    targets: Iterable[models.Model],
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write down what a member of staff did to many at once: an entry for each."""
    AuditEntry.objects.bulk_create(
        AuditEntry(
            actor=staff,
            act=act,
            target_type=target._meta.label_lower,
            target_id=str(getattr(target, "public_id", target.pk)),
            target_name=str(target)[:200],
            reason=reason,
            details=dict(details or {}),
        )
        for target in targets
    )
