"""Answers to searches that are asked again and again, kept while nothing of them can have changed.

Most calls repeat: the first page, the searches that a careers page embeds. What an answer is made of
changes only with the version of the listings, or with the end of a listing (`jobs.counts`). So it is
enough to read the version, in a snapshot of now, to know that the same bytes are still the answer.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass

from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.utils import timezone
from redis.exceptions import RedisError

from jobs import counts
from jobs.counts import Totals

KEPT_FOR = 60
"""Seconds that an answer is kept."""


@dataclass(frozen=True)
class Answer:
    """A body and its Link header, and what they are true of."""

    body: bytes
    links: str
    totals: Totals

    def response(self) -> HttpResponse:
        headers = {"Link": self.links} if self.links else {}
        return HttpResponse(self.body, content_type="application/json", headers=headers)


def recall(address: str) -> Answer | None:
    """Return the answer of an address, if it still is what would be found."""
    answer: Answer | None = None
    with suppress(RedisError, OSError):
        answer = cache.get(_key(address))
    if answer is None or not answer.totals.hold_at(timezone.now()):
        return None
    return answer if counts.version() == answer.totals.version else None


def keep(address: str, answer: Answer) -> None:
    """Keep an answer for all workers."""
    with suppress(RedisError, OSError):
        cache.set(_key(address), answer, KEPT_FOR)


def _key(address: str) -> str:
    asked = f"{connection.settings_dict['NAME']} {address}"
    return "jobs.answer." + hashlib.sha256(asked.encode()).hexdigest()
