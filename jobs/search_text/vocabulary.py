"""The words of all postings, among which near misses are looked up."""

from collections.abc import Mapping

from django.db import connection, transaction

from jobs.search_models import SearchWord
from jobs.search_text.near_misses import deletes
from jobs.search_text.stems import STEM_SQL

_ADD_SQL = f"""
    INSERT INTO jobs_searchword (word, stem, frequency, deletes)
    SELECT word, {STEM_SQL.format(word="word")}, frequency, string_to_array(deletes, ' ')
    FROM unnest(%s::text[], %s::int[], %s::text[]) AS seen(word, frequency, deletes)
    ON CONFLICT (word) DO
"""  # noqa: S608
_COUNT_SQL = f"{_ADD_SQL} UPDATE SET frequency = jobs_searchword.frequency + EXCLUDED.frequency"
_KEEP_SQL = f"{_ADD_SQL} NOTHING"


def add_words(words: Mapping[str, int]) -> None:
    """Remember the words of many new postings for `correct`.

    Args:
        words: normalised words, and in how many of the postings each is.
    """
    _add_words(words, _COUNT_SQL)


def add_unseen_words(words: Mapping[str, int]) -> None:
    """Remember only those that no posting had before: many who publish at once hold no row of each other.

    Frequencies come from imports, and are an estimate.
    """
    _add_words(words, _KEEP_SQL)


def _add_words(words: Mapping[str, int], sql: str) -> None:
    # In one order, so that two transactions which add the same words wait rather than deadlock.
    rows = [(word, count, " ".join(deletes(word))) for word, count in sorted(words.items())]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(sql, [list(column) for column in zip(*rows, strict=True)])


@transaction.atomic
def rebuild_words(words: Mapping[str, int]) -> None:
    """Remember these words and no others, so that those of old postings are forgotten."""
    SearchWord.objects.all().delete()
    add_words(words)
