"""How what people type is read."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.utils.functional import cached_property

from jobs.search_text.employers import matching
from jobs.search_text.expressions import All, Not
from jobs.search_text.meaning import Meaning, Term
from jobs.search_text.words import normalise

MAX_QUERY_LENGTH = 200
"""Characters of a query that are read."""

MAX_TERMS = 20
"""Words and phrases of a query that are kept."""

MAX_KEPT = 200
"""Texts whose meaning is kept: some kilobytes each, 90 for the longest."""

MAX_PLACE_WORDS = 3
"""Words of a query that are looked up as the name of a place."""


@dataclass
class ParsedQuery:
    """What people typed, understood. A posting has to match every term.

    Who asks the same gets the same one (`parse_query`): nobody changes it.
    """

    terms: tuple[Term, ...]
    corrections: Mapping[str, str] = field(default_factory=dict)
    """Words that were read as misspelt, and what was searched for beside them."""

    @property
    def text(self) -> str:
        """What to type for it, its corrections made."""
        return " ".join(
            _WORD.sub(lambda word: self.corrections.get(normalise(word[0]), word[0]), term.typed)
            if term.is_plain
            else term.typed
            for term in self.terms
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing was understood. Such a query finds nothing, rather than everything."""
        return not self.terms

    @cached_property
    def meaning(self) -> Meaning:
        """What it asks for."""
        return Meaning(self.terms, self.corrections)

    def expression(self) -> SearchQuery:
        """The tsquery, for `filter(document=parsed.expression())`."""
        return matching(self.meaning.everything)

    def tiers(self) -> list[SearchQuery]:
        """The same in parts, the most relevant first: each match is in one, and none is left out."""
        steps = list(self.meaning.steps())
        beyond = [All((step, Not(before))) for before, step in pairwise(steps)]
        return [matching(part) for part in (steps[0], *beyond)]

    def words_to_check(self) -> list[tuple[str, bool]]:
        """The words that may be misspelt, and whether each may be the beginning of one.

        What is quoted or excluded is meant to the letter.
        """
        return [
            (word, term.prefix and position == len(term.words))
            for term in self.terms
            if not term.quoted and not term.excluded
            for position, word in enumerate(term.words, start=1)
        ]

    def with_corrections(self, corrections: Mapping[str, str]) -> "ParsedQuery":
        """The same query, for which these words may stand in for those typed: nothing found is lost.

        Args:
            corrections: what was typed, and what was probably meant.
        """
        return replace(self, corrections={**self.corrections, **corrections})

    def without_place(self) -> Iterator[tuple[str, "ParsedQuery"]]:
        """What may be the name of a place, at the end or the beginning, and what is left without it."""
        for size in range(min(MAX_PLACE_WORDS, len(self.terms) - 1), 0, -1):
            for place, rest in (
                (self.terms[-size:], self.terms[:-size]),
                (self.terms[:size], self.terms[size:]),
            ):
                if all(term.is_plain for term in place) and not all(term.excluded for term in rest):
                    yield " ".join(term.typed for term in place), replace(self, terms=rest)


_WORD = re.compile(r"\w+")
_CHUNKS = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"|(?P<bare>[^\s"]+))')
_QUOTATION_MARKS = str.maketrans(dict.fromkeys("“”„‟«»\N{FULLWIDTH QUOTATION MARK}", '"'))


@lru_cache(MAX_KEPT)
def parse_query(q: str) -> ParsedQuery:
    """Read what people type: words, "phrases", -excluded words and -"excluded phrases".

    A word at the very end, with neither space nor quotation mark behind it, may still be
    unfinished, so it also matches what it begins. A quotation mark that is never closed
    means nothing. `and` between words says what is true anyway. Any text is read. What one asks for depends
    on nothing else, so the last ones are kept.
    """
    q = q[:MAX_QUERY_LENGTH].translate(_QUOTATION_MARKS)
    terms: list[Term] = []
    for match in _CHUNKS.finditer(q):
        minus, phrase, bare = match.groups()
        is_plain = phrase is None and not minus
        parts = bare.split("/") if phrase is None else [phrase]
        for part in parts:
            words = tuple(normalise(part).split())
            if words:
                unfinished = is_plain and match.end() == len(q) and part is parts[-1]
                typed = part if parts[1:] else match[0]
                terms.append(Term(words, phrase is not None, bool(minus), unfinished, typed))
    if len(terms) > 1:
        different: dict[tuple[Any, ...], Term] = {}
        for term in terms:
            different.setdefault(term[:-1], term)  # but for how it was typed
        terms = list(different.values())
        terms = [term for term in terms if term.words != ("and",) or not term.is_plain] or terms
    return ParsedQuery(tuple(terms[:MAX_TERMS]))
