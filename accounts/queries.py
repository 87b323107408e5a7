"""Reads of accounts and keys that are more than a look-up."""

from accounts import keys
from accounts.models import ApiKey


def find_key(secret: str) -> ApiKey | None:
    """Return the key of this secret, whatever its state, with its account.

    A secret whose checksum is wrong is refused without asking the database.
    """
    if not keys.is_well_formed(secret):
        return None
    return ApiKey.objects.select_related("account").filter(digest=keys.digest(secret)).first()


def is_allowed_origin(origin: str) -> bool:
    """Tell whether any active key may be used by pages of this origin."""
    return ApiKey.objects.active().filter(allowed_origins__contains=[origin]).exists()
