"""What was probably meant by a word that no posting has."""

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from itertools import combinations

from django.db import connection
from rapidfuzz.distance import OSA

from jobs.search_text.queries import ParsedQuery
from jobs.search_text.stems import STEM_SQL


def _has_digit(word: str) -> bool:
    return any(map(str.isdigit, word))


def tolerance(word: str) -> int:
    """How many slips a word may hold and still be read: none where a digit could mean another thing."""
    if len(word) < 4 or _has_digit(word):
        return 0
    return 1 if len(word) < 8 else 2


_COMPARED_LENGTH = 8
"""How much of the beginning of a word is looked up; the rest is compared afterwards."""


@lru_cache(maxsize=10_000)
def deletes(word: str) -> frozenset[str]:
    """The beginning of a word, less up to as many characters as it may hold slips.

    Two words within that many slips of each other have one of these in common, wherever the
    slips are (W. Garbe, Symmetric Delete spelling correction).
    """
    beginning = word[:_COMPARED_LENGTH]
    return frozenset(
        "".join(kept)
        for slips in range(tolerance(word) + 1)
        for kept in combinations(beginning, len(beginning) - slips)
    )


def closest_word(word: str, candidates: Iterable[tuple[str, int]]) -> str | None:
    """The candidate that was probably meant by a word, or None if none is near enough.

    A wrong, missing, additional character and two that changed places are one slip each:
    one is forgiven in a word of 4 to 7 characters, two in a longer one.

    Args:
        candidates: words and their frequency, which decides between equally near ones.
    """
    most = tolerance(word)
    nearest: tuple[int, int, str] | None = None
    for candidate, frequency in candidates:
        distance = OSA.distance(word, candidate, score_cutoff=most)
        if 0 < distance <= most and not _has_digit(candidate):
            rated = (distance, -frequency, candidate)
            nearest = min(nearest or rated, rated)
    return nearest[2] if nearest else None


_RARE = 10
"""A word in fewer postings than this may be a slip in them; one this many times as frequent is then meant."""

# One look-up for each: `deletes && %s` would have the planner read the whole table for many of them.
NEAR_SQL = f"""
    WITH seen AS MATERIALIZED (
        SELECT typed.word, typed.deletes, greatest(
            (SELECT sum(frequency) FROM jobs_searchword WHERE stem = {STEM_SQL.format(word="typed.word")}),
            (SELECT sum(frequency) FROM jobs_searchword AS begun
             WHERE is_prefix AND begun.word >= typed.word AND begun.word < typed.word || chr(1114111)),
            0) AS postings
        FROM unnest(%s::text[], %s::boolean[], %s::text[]) AS typed(word, is_prefix, deletes)
    )
    SELECT seen.word, near.word, near.frequency
    FROM seen CROSS JOIN LATERAL (
        SELECT DISTINCT known.word, known.frequency
        FROM unnest(string_to_array(seen.deletes, ' ')) AS rest
        JOIN jobs_searchword AS known ON known.deletes @> ARRAY[rest::varchar]
        WHERE seen.postings < {_RARE}
    ) AS near
    WHERE near.frequency >= {_RARE} * seen.postings
"""  # noqa: S608
"""Words that may be meant by typed ones that no posting has, or hardly any.

Parameters: words, whether each may be the beginning of one, and the deletes of each.
"""


def correct(parsed: ParsedQuery) -> ParsedQuery:
    """The query with what was probably meant by the words that no posting has, or hardly any.

    It is meant for a search that found nothing. One query at most, whatever was typed.
    """
    words = {
        word: (word, is_prefix, " ".join(deletes(word)))
        for word, is_prefix in parsed.words_to_check()
        if tolerance(word)
    }
    if not words:
        return parsed
    near: dict[str, list[tuple[str, int]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(NEAR_SQL, [list(column) for column in zip(*words.values(), strict=True)])
        for word, other, frequency in cursor.fetchall():
            near[word].append((other, frequency))
    meant = {word: closest_word(word, candidates) for word, candidates in near.items()}
    return parsed.with_corrections({word: nearest for word, nearest in meant.items() if nearest})
