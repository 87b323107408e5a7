"""What postings are found by: the lexemes of their title, skills and company."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from jobs.search_text.stems import stems_of
from jobs.search_text.words import MAX_WORD_LENGTH, join, normalise

TITLE, SKILLS, COMPANY = "t/", "s/", "c/"
"""What a lexeme begins with: the field it stands in, so that the index alone can tell fields apart."""

WHOLE_TITLE = "=/"
"""What the lexeme begins with that holds all stems of a title in one."""

MIN_INITIALS = 3
"""From how many initials on they stand for a name."""

_LINKS = frozenset(["a", "and", "at", "for", "in", "of", "on", "the", "to"])
"""Words without an initial."""


def documents(postings: Iterable[tuple[str, str, str]]) -> list[tuple[str, ...]]:
    """What postings are found by, of each title, skills and company, as a `SearchVectorField` takes it.

    Every lexeme begins with the mark of its field. Each word stands there as its stem and as itself, which
    is what a prefix finds: `engineeri` begins `engineering`, not `engin`. Two words in a row stand there as
    one, so that `frontend` finds "front end", and as a pair, which phrases are made of: both stems, and
    that of the first with the second itself. The stems of the whole title are one more lexeme, as are the
    initials of a company with three words or more: `nasa` finds what it is short for.
    One query, however many they are.
    """
    fields = [tuple(zip((TITLE, SKILLS, COMPANY), posting, strict=True)) for posting in postings]
    known = {field: _KNOWN.get(field) for each in fields for field in each}
    words = {field: normalise(field[1]).split() for field, lexemes in known.items() if lexemes is None}
    stems = stems_of(
        {word for each in words.values() for word in _words_and_joined(each)}
        | {initials for (mark, _), each in words.items() if mark == COMPANY for initials in _initials(each)}
    )
    made = {
        field: " ".join(f"'{lexeme}'" for lexeme in sorted(_lexemes(field[0], each, stems)))
        for field, each in words.items()
    }
    if len(_KNOWN) + len(made) > _MOST_KNOWN:
        _KNOWN.clear()
    _KNOWN.update(made)
    found = known | made
    return [tuple(found[field] or "" for field in each) for each in fields]


_KNOWN: dict[tuple[str, str], str] = {}
"""The lexemes of texts, by the mark of their field: many postings have the same company, skills or title."""

_MOST_KNOWN = 10_000


def _words_and_joined(words: list[str]) -> Iterator[str]:
    yield from words
    for first, second in pairwise(words):
        yield join(first, second)


def _initials(words: list[str]) -> list[str]:
    initials = "".join(word[0] for word in words if word not in _LINKS)
    return [initials] if MIN_INITIALS <= len(initials) <= MAX_WORD_LENGTH else []


def _lexemes(mark: str, words: list[str], stems: Mapping[str, str]) -> set[str]:
    found = set()
    for word in _words_and_joined(words):
        found |= {f"{mark}{word}", f"{mark}{stems[word]}"}
    for first, second in pairwise(words):
        found |= {f"{mark}{stems[first]}+{second}", f"{mark}{stems[first]}+{stems[second]}"}
    if mark == TITLE and words:
        found.add(f"{WHOLE_TITLE}{''.join(stems[word] for word in words)}")
    if mark == COMPANY:
        for initials in _initials(words):
            found |= {f"{mark}{initials}", f"{mark}{stems[initials]}"}
    return found
