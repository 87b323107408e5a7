"""Reads of accounts and keys that are more than a look-up."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache

from django.db import DEFAULT_DB_ALIAS
from django.db.models.expressions import RawSQL

from accounts import keys
from accounts.models import Account, ApiKey, Invitation, Membership, Role, User
from jobsphere.database import fetch_prepared


def find_key(secret: str, beside: str = "NULL") -> ApiKey | None:
    """Return the key of this secret, whatever its state, with its account.

    A secret whose checksum is wrong is refused without asking the database.

    Args:
        beside: an expression of SQL that is read by the same statement, into `key.beside`.
    """
    if not keys.is_well_formed(secret):
        return None
    for values in fetch_prepared(_key_statement(beside), [keys.digest(secret)]):
        own = len(_KEY_COLUMNS)
        key = ApiKey.from_db(DEFAULT_DB_ALIAS, _KEY_COLUMNS, values[:own])
        key.beside = values[own]  # type: ignore[attr-defined]
        key.account = Account.from_db(DEFAULT_DB_ALIAS, _ACCOUNT_COLUMNS, values[own + 1 :])
        return key
    return None


_KEY_COLUMNS, _ACCOUNT_COLUMNS = (
    [field.attname for field in model._meta.concrete_fields] for model in (ApiKey, Account)
)


@cache
def _key_statement(beside: str) -> str:
    """Return what reads a key by its digest; to build it costs Django more than to run it."""
    keys_of_digest = (
        ApiKey.objects.select_related("account")
        .annotate(beside=RawSQL(beside, ()))  # noqa: S611
        .filter(digest="")
        .order_by()
    )
    sql: str = keys_of_digest.query.sql_with_params()[0]
    return sql


def is_allowed_origin(origin: str) -> bool:
    """Tell whether any active key may be used by pages of this origin."""
    return ApiKey.objects.active().filter(allowed_origins__contains=[origin]).exists()


def memberships_of(user: User) -> list[Membership]:
    """Return a person's places in accounts, the oldest first."""
    return list(Membership.objects.filter(user=user).select_related("account").order_by("id"))


def find_invitation(token: str) -> Invitation | None:
    """Return the invitation of this token, if it can still be accepted."""
    if not token.isascii():
        return None
    found = Invitation.objects.usable().filter(token_digest=keys.digest(token))
    return found.select_related("account", "invited_by").first()


def owner_addresses(account_ids: Iterable[int]) -> dict[int, list[str]]:
    """Return the e-mail addresses of the owners of each account, for what they have to be told."""
    owners = Membership.objects.filter(
        account_id__in=set(account_ids), role=Role.OWNER, user__is_active=True
    ).order_by("id")
    addresses: dict[int, list[str]] = defaultdict(list)
    for account_id, email in owners.values_list("account_id", "user__email"):
        addresses[account_id].append(email)
    return dict(addresses)
