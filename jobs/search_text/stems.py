"""Stems of words: only PostgreSQL's English stemmer knows them."""

from collections.abc import Iterable, Mapping

from jobsphere.database import fetch_prepared

STEM_SQL = "coalesce((ts_lexize('pg_catalog.english_stem', {word}))[1], {word})"
"""The stem of a word; for a stop word, of which the stemmer makes nothing, the word itself."""

_STEMS_SQL = f"SELECT word, {STEM_SQL.format(word='word')} FROM unnest(%s::text[]) AS seen(word)"  # noqa: S608
_KNOWN_STEMS: dict[str, str] = {}
_MOST_STEMS = 200_000


def known_stem(word: str) -> str | None:
    """The stem of a word, if it was ever asked for by `stems_of`."""
    return _KNOWN_STEMS.get(word)


def stems_of(words: Iterable[str]) -> Mapping[str, str]:
    """The stems of words, and perhaps of others.

    The stemmer always says the same, so it is asked once for each.
    """
    wanted = list(words)
    unknown = [word for word in wanted if word not in _KNOWN_STEMS]
    if not unknown:
        return _KNOWN_STEMS
    found = dict(fetch_prepared(_STEMS_SQL, [unknown]))
    if len(_KNOWN_STEMS) < _MOST_STEMS:
        _KNOWN_STEMS.update(found)
    return {word: found.get(word) or _KNOWN_STEMS[word] for word in wanted}
