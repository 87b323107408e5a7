"""Listings that were written together, made ready for the indexes of workers (`jobs.index`).

What an index holds of listings costs a worker several times as much to make as to read, and every worker has
to. So who writes many at once makes it for all of them, and leaves it in `jobs_listingbatch` under the number
of the transaction (docs/decisions/search-at-scale.md). Who finds no batch there reads the listings.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import count
from typing import Any, NamedTuple

import orjson
from django.db import connection

from jobsphere.database import execute_apart

FEWEST = 100
"""Fewer listings are read as soon."""

KEPT_FOR = 60
"""Seconds: by then every worker has read a batch, or reads the listings."""

NO_PAY = -1
"""The pay of a listing that does not say."""

EPOCH = datetime.fromtimestamp(0, UTC)
MICROSECOND = timedelta(microseconds=1)

# Another import may forget the same ones at this moment: neither waits for the other.
_FORGET_SQL = """
    DELETE FROM jobs_listingbatch WHERE transaction IN (
        SELECT transaction FROM jobs_listingbatch WHERE at < now() - make_interval(secs => %s)
        FOR UPDATE SKIP LOCKED
    )
"""


def microseconds(moment: datetime) -> int:
    """Return the microseconds from 1970 to a moment."""
    return (moment - EPOCH) // MICROSECOND


_microseconds = lru_cache(10_000)(microseconds)  # listings of a batch share most of their times


class Batch(NamedTuple):
    """Listings by column, the oldest first, ties by key. Times are microseconds since 1970.

    Args:
        pays: the most each pays, whatever the currency, or `NO_PAY`.
        terms: what they are found by, and the numbers of those that are: one alone, or a text with commas
            between them, as most are never asked for.
    """

    job_ids: list[int]
    posted_at: list[int]
    expires_at: list[int]
    pays: list[int]
    terms: dict[str, int | str]


def write(listings: Sequence[Mapping[str, Any]], documents: Iterable[Sequence[str]]) -> None:
    """Write a batch of all listings that this transaction has written: if it writes others, this one goes.

    Args:
        listings: their columns.
        documents: the lexemes of each, as `search_text.documents` makes them.
    """
    if len(listings) < FEWEST:
        return
    forget()
    content = orjson.dumps([*_gathered(listings, documents)]).decode()
    execute_apart("INSERT INTO jobs_listingbatch (content) VALUES (%s)", [content])


def read(content: str) -> Batch:
    """Return a batch that was written."""
    return Batch(*orjson.loads(content))


def forget() -> None:
    """Forget the batches that every worker has read."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_SQL, [KEPT_FOR])


def _gathered(listings: Sequence[Mapping[str, Any]], documents: Iterable[Sequence[str]]) -> Batch:
    ordered = sorted(
        zip(listings, documents, strict=True), key=lambda each: (each[0]["posted_at"], each[0]["job_id"])
    )
    return Batch(
        [listing["job_id"] for listing, _ in ordered],
        [_microseconds(listing["posted_at"]) for listing, _ in ordered],
        [_microseconds(listing["expires_at"]) for listing, _ in ordered],
        [NO_PAY if listing["salary_max"] is None else listing["salary_max"] for listing, _ in ordered],
        {
            term: ",".join(numbers) if len(numbers) > 1 else int(numbers[0])
            for term, numbers in _terms(ordered).items()
        },
    )


def _terms(ordered: Sequence[tuple[Mapping[str, Any], Sequence[str]]]) -> Mapping[str, list[str]]:
    """Return who has which term. Many listings say the same, of which each term is looked at once."""
    vectors: dict[tuple[str, str], list[str]] = defaultdict(list)
    values: dict[tuple[str, object], list[str]] = defaultdict(list)
    for number, (listing, document) in zip(map(str, count()), ordered, strict=False):
        for lexemes in document:
            vectors["", lexemes].append(number)
        vectors["word:", listing["location_words"]].append(number)
        for mark, column in _MARKS.items():
            values[mark, listing[column]].append(number)
        for place_id in listing["place_ids"]:
            values["place:", place_id].append(number)
        for skill in listing["skills"]:
            values["skill:", skill].append(number)
    terms: dict[str, list[str]] = defaultdict(list)
    for (mark, lexemes), numbers in vectors.items():
        for lexeme in lexemes[1:-1].split("' '") if lexemes else ():
            terms[mark + lexeme] += numbers
    for (mark, value), numbers in values.items():
        if value not in (None, ""):
            text = str(value).lower() if isinstance(value, bool) else value
            terms[f"{mark}{text}"] += numbers
    return terms


_MARKS = {
    "category:": "category_id",
    "company:": "company_id",
    "currency:": "salary_currency",
    "level:": "experience_level",
    "remote:": "remote",
    "type:": "type",
}
"""What the terms of columns begin with, as the index reads them of rows (`jobs.index.index`)."""
