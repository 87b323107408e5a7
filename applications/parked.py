"""Uploads that were good, of forms that were not: kept a while, so that nobody has to upload twice.

A form that is shown again carries a signed token instead of the file. The next submission
hands it back; what is never handed back is removed by the uploads after it.
"""

import hashlib
from contextlib import suppress
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any

from django.core import signing
from django.core.cache import cache
from django.core.files import File
from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.crypto import salted_hmac
from redis.exceptions import RedisError

from applications.resumes import Resume
from jobsphere.ids import new_id

FOLDER = "parked_resumes"
LIFETIME = timedelta(hours=2)
MAX_FILES = 300
"""How many are kept at most, so that nobody fills the disk: others have to be chosen again."""

_SALT = "applications.parked"


def park(resume: Resume) -> str:
    """Keep a checked upload, and return the token that brings it back; empty if too many are kept."""
    sweep()
    if len(_files()) >= MAX_FILES:
        return ""
    resume.file.seek(0)
    name = default_storage.save(f"{FOLDER}/{new_id('file')}", resume.file)
    stored = PurePosixPath(name).name
    return signing.dumps({"file": stored, "name": resume.filename}, salt=_SALT)


def name_of(token: str) -> str:
    """Return the name that a parked upload had; empty if it is not there any more."""
    parked = _read(token)
    return str(parked["name"]) if parked and default_storage.exists(_path(parked)) else ""


def open_parked(token: str) -> File | None:
    """Return a parked upload under the name that it had; None if it is not there any more."""
    parked = _read(token)
    with suppress(KeyError, FileNotFoundError):
        return File(default_storage.open(_path(parked)), name=parked["name"])
    return None


def use(token: str, purpose: str) -> None:
    """Remove a parked upload that was sent, and remember for what: it may be sent twice.

    Args:
        purpose: kept as a digest.
    """
    discard(token)
    with suppress(RedisError, OSError):
        cache.set(_used(token), _digest(purpose), LIFETIME.total_seconds())


def was_used(token: str, purpose: str) -> bool:
    """Tell whether a parked upload was sent for this very purpose before."""
    with suppress(RedisError, OSError):
        return bool(token) and cache.get(_used(token)) == _digest(purpose)
    return False


def discard(token: str) -> None:
    """Remove a parked upload, if it is there."""
    with suppress(KeyError):
        default_storage.delete(_path(_read(token)))


def sweep() -> int:
    """Remove parked uploads whose time is over, and return how many."""
    before = timezone.now() - LIFETIME
    removed = 0
    for name in _files():
        with suppress(FileNotFoundError):  # another process may be sweeping, too
            if default_storage.get_modified_time(f"{FOLDER}/{name}") < before:
                default_storage.delete(f"{FOLDER}/{name}")
                removed += 1
    return removed


def _files() -> list[str]:
    return list(default_storage.listdir(FOLDER)[1]) if default_storage.exists(FOLDER) else []


def _used(token: str) -> str:
    return f"parked:{hashlib.sha256(token.encode()).hexdigest()}"


def _digest(purpose: str) -> str:
    return salted_hmac(_SALT, purpose).hexdigest()


def _read(token: str) -> dict[str, Any]:
    try:
        return dict(signing.loads(token, salt=_SALT, max_age=LIFETIME)) if token else {}
    except signing.BadSignature:
        return {}


def _path(parked: dict[str, Any]) -> str:
    return f"{FOLDER}/{parked['file']}"
