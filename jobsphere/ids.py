"""Public identifiers: a prefix that names the kind, and random base36 characters.

Database keys never leave the database; these are what callers see
(the v1 contract: "prefixed, opaque, unguessable, case-sensitive").
"""

import re
import secrets
import string
from typing import Any

from django.db import models

ALPHABET = string.digits + string.ascii_lowercase
RANDOM_LENGTH = 16  # 36**16 is 82 bits: not to be guessed, nor to collide

_DIGITS = bytes(ord(ALPHABET[byte % len(ALPHABET)]) for byte in range(256))
_UNFAIR = bytes(range(256 - 256 % len(ALPHABET), 256))
"""Random bytes that are left out, since they would make some characters likelier than others."""

_SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def new_id(prefix: str) -> str:
    """Return a new identifier such as `job_8x29a1b3k0q2m4zt`.

    Args:
        prefix: the kind, without the underscore.
    """
    return new_ids(prefix, 1)[0]


def new_ids(prefix: str, number: int) -> list[str]:
    """Return so many new identifiers; to ask the system for randomness takes longest."""
    wanted = number * RANDOM_LENGTH
    characters = b""
    while len(characters) < wanted:
        characters += secrets.token_bytes(2 * wanted).translate(_DIGITS, _UNFAIR)
    text = characters[:wanted].decode()
    return [f"{prefix}_{text[at : at + RANDOM_LENGTH]}" for at in range(0, wanted, RANDOM_LENGTH)]


def pattern(prefix: str) -> str:
    """Return the regular expression that every id of this kind matches in full."""
    return rf"{prefix}_[0-9a-z]{{8,32}}"


def request_id(incoming: str | None) -> str:
    """Return the caller's request id if it is sane, else a new one."""
    if incoming and _SANE_REQUEST_ID.fullmatch(incoming):
        return incoming
    return new_id("req")


class PublicIdField(models.CharField):
    """A unique, case-sensitive column that fills itself with a new public id."""

    def __init__(self, prefix: str, **kwargs: Any) -> None:
        self.prefix = prefix
        kwargs |= {
            "max_length": 40,
            "unique": True,
            "editable": False,
            "db_collation": "C",
        }
        super().__init__(**kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for key in ("max_length", "unique", "editable", "db_collation"):
            kwargs.pop(key, None)
        return name, path, [self.prefix, *args], kwargs

    def get_default(self) -> str:
        return new_id(self.prefix)
