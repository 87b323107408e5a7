"""What was made of one version of the listings, kept by each worker while there is no other.

All that a list shows, and all that a search asks, changes only with that version (`ListingChange`). So it is
enough to read the version, in a snapshot of now, to know that what was kept still is what would be found.
"""

from typing import Any, Generic, TypeVar

from django.db import connection

Key = TypeVar("Key")
Value = TypeVar("Value")


_all: list["Kept[Any, Any]"] = []


class Kept(Generic[Key, Value]):
    """Values of one version.

    Args:
        most: how many are kept; then the older half makes room.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: tuple[int, dict[Key, Value]] = -1, {}
        _all.append(self)

    def of(self, version: int) -> dict[Key, Value]:
        """Return what is kept of a version, to read and to add to.

        Nothing is, within a transaction: what that changed may never come to be.
        """
        if connection.in_atomic_block:
            return {}
        kept_version, values = self._kept
        if kept_version != version:
            values = {}
        elif len(values) >= self._most:
            values = dict(list(values.items())[len(values) // 2 :])
        else:
            return values
        self._kept = version, values  # a thread that still has the former ones adds to those in vain
        return values

    def recall(self, version: int, key: Key) -> Value | None:
        """Return what is kept of a version under a key, which is then the last to make room."""
        values = self.of(version)
        value = values.pop(key, None)
        if value is not None:
            values[key] = value
        return value

    def forget(self) -> None:
        """Keep nothing any more."""
        self._kept = -1, {}


def forget() -> None:
    """Keep nothing any more of anything: for tests, and for measuring what it costs to find."""
    for kept in _all:
        kept.forget()
