"""Answers to searches that are asked again and again, kept while nothing of them can have changed.

Most calls repeat: the first page, the searches that a careers page embeds. What an answer is made of
changes only with the version of the listings, or with the end of a listing. So it is enough to read the
version, in a snapshot of now, to know that the same bytes are still the answer. Each worker keeps
its own: nothing has to be fetched, or told to others.
"""

import threading
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.http import HttpResponse
from django.utils import timezone

from jobs import counts

KEPT = 1_000
"""Answers that a worker keeps, of some 10 kB each."""

_answers: dict[str, "Answer"] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Answer:
    """A body and its headers, and what they are true of: a version of the listings, until one ends."""

    body: bytes
    headers: dict[str, str]
    version: int
    until: datetime

    @property
    def is_true(self) -> bool:
        """Whether a search would find the same now. Costs one query."""
        return timezone.now() < self.until and counts.version() == self.version

    def response(self) -> HttpResponse:
        return HttpResponse(self.body, content_type="application/json", headers=self.headers)


def recall(address: str) -> Answer | None:
    """Return the answer of an address, if it still is what would be found."""
    answer = _answers.get(address)
    return answer if answer and not connection.in_atomic_block and answer.is_true else None


def keep(address: str, answer: Answer) -> None:
    """Keep an answer; the one that was kept first makes room. Not within a transaction, which may fail."""
    if connection.in_atomic_block:
        return
    with _lock:
        _answers[address] = answer
        if len(_answers) > KEPT:
            del _answers[next(iter(_answers))]


def forget() -> None:
    """Forget all answers."""
    with _lock:
        _answers.clear()
