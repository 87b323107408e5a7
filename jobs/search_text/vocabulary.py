"""The words of all postings, among which near misses are looked up."""

from collections.abc import Mapping

from django.db import connection, transaction

from jobs.search_models import SearchWord
from jobs.search_text.near_misses import deletes
from jobs.search_text.stems import STEM_SQL
from jobsphere.database import fetch_prepared

_ADD_SQL = f"""
    INSERT INTO jobs_searchword (word, stem, frequency, deletes)
    SELECT word, {STEM_SQL.format(word="word")}, frequency, string_to_array(deletes, ' ')
    FROM unnest(%s::text[], %s::int[], %s::text[]) AS seen(word, frequency, deletes)
    ON CONFLICT (word) DO
"""  # noqa: S608
_COUNT_SQL = f"{_ADD_SQL} UPDATE SET frequency = jobs_searchword.frequency + EXCLUDED.frequency"
_KEEP_SQL = f"{_ADD_SQL} NOTHING RETURNING word"
_UNSEEN_SQL = """
    SELECT word FROM unnest(%s::text[]) AS seen(word)
    WHERE NOT EXISTS (SELECT FROM jobs_searchword AS known WHERE known.word = seen.word)
"""


def add_words(words: Mapping[str, int]) -> None:
    """Remember the words of many new postings for `correct`.

    Args:
        words: normalised words, and in how many of the postings each is.
    """
    if words:
        with connection.cursor() as cursor:
            cursor.execute(_COUNT_SQL, _columns(words))


def add_unseen_words(words: Mapping[str, int]) -> set[str]:
    """Remember only those that no posting had before: many who publish at once hold no row of each other.

    Frequencies come from imports, and are an estimate.

    Returns:
        Those that were added.
    """
    unseen = {word: words[word] for (word,) in fetch_prepared(_UNSEEN_SQL, [list(words)])} if words else {}
    if not unseen:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_KEEP_SQL, _columns(unseen))
        return {word for (word,) in cursor.fetchall()}


def _columns(words: Mapping[str, int]) -> list[list[object]]:
    # In one order, so that two transactions which add the same words wait rather than deadlock.
    rows = [(word, count, " ".join(deletes(word))) for word, count in sorted(words.items())]
    return [list(column) for column in zip(*rows, strict=True)]


@transaction.atomic
def rebuild_words(words: Mapping[str, int]) -> None:
    """Remember these words and no others, so that those of old postings are forgotten."""
    SearchWord.objects.all().delete()
    add_words(words)
