"""The form of an API key: `js_live_` or `js_test_`, random characters, a checksum.

A secret scanner can recognise a key by its form, and a mistyped one is refused
without asking the database (the v1 contract, "key format").
"""

import hashlib
import re
import secrets
import string
import zlib
from typing import Literal

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
RANDOM_LENGTH = 32
CHECKSUM_LENGTH = 6
DISPLAY_LENGTH = 12

_FORM = re.compile(rf"js_(?:live|test)_[0-9A-Za-z]{{{RANDOM_LENGTH},64}}[0-9A-Za-z]{{{CHECKSUM_LENGTH}}}")


def generate(mode: Literal["live", "test"] = "live") -> str:
    """Return a new secret of the contract's form."""
    body = f"js_{mode}_" + "".join(secrets.choice(BASE62) for _ in range(RANDOM_LENGTH))
    return body + checksum(body)


def checksum(body: str) -> str:
    """Return the CRC32 of all that stands before it, as 6 base62 characters."""
    number = zlib.crc32(body.encode("ascii"))
    digits = ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(BASE62))
        digits = BASE62[digit] + digits
    return digits


def is_well_formed(secret: str) -> bool:
    """Tell whether this can be a key at all: its form and its checksum."""
    if not _FORM.fullmatch(secret):
        return False
    body, given = secret[:-CHECKSUM_LENGTH], secret[-CHECKSUM_LENGTH:]
    return secrets.compare_digest(checksum(body), given)


def digest(secret: str) -> str:
    """Return what is stored of a secret: its SHA-256, in hexadecimal."""
    return hashlib.sha256(secret.encode("ascii")).hexdigest()


def display_prefix(secret: str) -> str:
    """Return the first characters, by which a person tells keys apart."""
    return secret[:DISPLAY_LENGTH]
