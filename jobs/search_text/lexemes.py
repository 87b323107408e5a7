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


def documents(postings: Iterable[tuple[str, str, str]]) -> list[str]:
    """What postings are found by, for a `SearchVectorField`: one for each title, skills and company.

    Every lexeme begins with the mark of its field. Each word stands there as its stem and as itself, which
    is what a prefix finds: `engineeri` begins `engineering`, not `engin`. Two words in a row stand there as
    one, so that `frontend` finds "front end", and as a pair, which phrases are made of: both stems, and
    that of the first with the second itself. The stems of the whole title are one more lexeme, as are the
    initials of a company with three words or more: `nasa` finds what it is short for.
    One query, however many they are.
    """
    fields = [[normalise(text).split() for text in posting] for posting in postings]
    wanted = {word for posting in fields for words in posting for word in _words_and_joined(words)}
    stems = stems_of(wanted | {initials for posting in fields for initials in _initials(posting[2])})
    return [" ".join(f"'{lexeme}'" for lexeme in _lexemes(posting, stems)) for posting in fields]


def _words_and_joined(words: list[str]) -> Iterator[str]:
    yield from words
    for first, second in pairwise(words):
        yield join(first, second)


def _initials(words: list[str]) -> list[str]:
    initials = "".join(word[0] for word in words if word not in _LINKS)
    return [initials] if MIN_INITIALS <= len(initials) <= MAX_WORD_LENGTH else []


def _lexemes(fields: list[list[str]], stems: Mapping[str, str]) -> list[str]:
    title = fields[0]
    found = {f"{WHOLE_TITLE}{''.join(stems[word] for word in title)}"} if title else set()
    for mark, words in zip((TITLE, SKILLS, COMPANY), fields, strict=True):
        for word in _words_and_joined(words):
            found |= {f"{mark}{word}", f"{mark}{stems[word]}"}
        for first, second in pairwise(words):
            found |= {f"{mark}{stems[first]}+{second}", f"{mark}{stems[first]}+{stems[second]}"}
    for initials in _initials(fields[2]):
        found |= {f"{COMPANY}{initials}", f"{COMPANY}{stems[initials]}"}
    return sorted(found)
