"""Answers to searches that are asked again and again: the first page, what a careers page embeds.

An answer is the same bytes until there is another version of the listings (`jobs.kept`) or one that it counts
ends.
"""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.utils import timezone
from django.utils.cache import set_response_etag

from jobs.kept import Kept

MOST = 2_000
"""Answers that a worker keeps, of some 10 kB each."""


@dataclass(frozen=True)
class Answer:
    """A body and its headers, its ETag among them, and until when they hold."""

    body: bytes
    headers: dict[str, str]
    until: datetime

    @classmethod
    def of(cls, body: bytes, headers: dict[str, str], until: datetime) -> "Answer":
        etag: str = set_response_etag(HttpResponse(body))["ETag"]
        return cls(body, headers | {"ETag": etag}, until)

    def response(self) -> HttpResponse:
        return HttpResponse(self.body, content_type="application/json", headers=self.headers)


_answers: Kept[str, Answer] = Kept(MOST)


def recall(address: str, version: int) -> Answer | None:
    """Return the answer of an address, if it still is what would be found in this version."""
    answer = _answers.recall(version, address)
    return answer if answer is not None and timezone.now() < answer.until else None


def keep(address: str, version: int, answer: Answer) -> None:
    """Keep the answer of an address."""
    _answers.of(version)[address] = answer
