"""What a query asks for of the lexemes of postings, for the database and the index alike."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import chain, pairwise
from typing import NamedTuple

from django.utils.functional import cached_property  # that of functools locks, before Python 3.12

from jobs.search_text.expressions import All, Any, Expression, Lexemes, Not, all_of, any_of
from jobs.search_text.lexemes import COMPANY, SKILLS, TITLE, WHOLE_TITLE
from jobs.search_text.stems import known_stem, stems_of
from jobs.search_text.thesaurus import MAX_SYNONYM_WORDS, synonyms
from jobs.search_text.words import join

MIN_PREFIX_LENGTH = 2
"""From how many characters on the last word of a query also matches what it begins."""

_IN_TITLE, _IN_SKILLS_TOO, _ANYWHERE = (TITLE,), (TITLE, SKILLS), (TITLE, SKILLS, COMPANY)


class Term(NamedTuple):
    """One thing that was asked for: a word, or several that follow each other."""

    words: tuple[str, ...]
    quoted: bool = False
    excluded: bool = False
    prefix: bool = False
    """Whether its last word may be the beginning of one."""
    typed: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether it need not be meant to the letter, as what is quoted or excluded is."""
        return not self.quoted and not self.excluded


class _Reading(Enum):
    """How a word is looked for; each finds all that the one before it does."""

    WRITTEN = 0
    STEMMED = 1
    LOOSE = 2
    """Also what it begins, its synonyms; without small words."""


_SMALL_WORDS = frozenset(["a", "an", "at", "by", "for", "in", "of", "on", "the", "to", "with", "job", "jobs"])
"""Say nothing of a job. Where they are typed, what has them comes first, and the rest is found as well."""


class Meaning:
    """What the terms of a query ask for, made of lexemes when it is asked for.

    Args:
        corrections: words that were probably misspelt, and what may stand in for them.
    """

    def __init__(self, terms: Sequence[Term], corrections: Mapping[str, str]) -> None:
        self.terms, self.corrections = terms, corrections

    @cached_property
    def everything(self) -> Expression:
        """All that the query finds; without a term that is nothing.

        One query of the database, if a word was never seen.
        """
        return self._clauses(_ANYWHERE, _Reading.LOOSE) if self.terms else Any(())

    def steps(self) -> Iterator[Expression]:
        """Yield what finds the most relevant postings, then step by step more, at last `everything`.

        Each finds all that the one before it does: one tier is what it finds beyond that.
        """
        if not all(term.excluded for term in self.terms):
            yield self._whole
            yield self._written
            yield self._stemmed
            if self._is_loose:
                if self._wordings[1:]:
                    yield self._meant
                yield self._loose
            yield self._with_skills
        yield self.everything

    @cached_property
    def _whole(self) -> Expression:
        """The whole title is what was typed, in any form of its words."""
        return All((self._whole_titles(self._wordings[:1]), self._stemmed))

    @cached_property
    def _written(self) -> Expression:
        """Or it has the words as they were written."""
        # A word as written may be the stem of another one, and has a stem of its own: `advis`.
        written = All((self._clauses(_IN_TITLE, _Reading.WRITTEN), self._stemmed))
        return Any((self._whole, written))

    @cached_property
    def _stemmed(self) -> Expression:
        """The title has the words in any form."""
        return self._clauses(_IN_TITLE, _Reading.STEMMED)

    @cached_property
    def _meant(self) -> Expression:
        """Or the whole title is what was typed but for a synonym or small words."""
        meant = self._whole_titles(self._wordings[1:])
        return Any((self._stemmed, All((meant, self._loose))))

    @cached_property
    def _loose(self) -> Expression:
        """The title has the words, some by a synonym or unfinished."""
        return self._clauses(_IN_TITLE, _Reading.LOOSE)

    @cached_property
    def _with_skills(self) -> Expression:
        """Title and skills have the words."""
        return self._clauses(_IN_SKILLS_TOO, _Reading.LOOSE)

    @cached_property
    def _synonyms(self) -> list[tuple[range, tuple[str, ...]]]:
        """Terms that follow each other, by their places, and the words that stand for them all."""
        found = []
        known = synonyms()
        for start in range(len(self.terms)):
            words: tuple[str, ...] = ()
            for end, term in enumerate(self.terms[start:], start + 1):
                words += term.words
                if not term.is_plain or len(words) > MAX_SYNONYM_WORDS:
                    break
                if others := known.get(" ".join(words)):
                    found += [(range(start, end), other) for other in others]
        return found

    @cached_property
    def _dispensable(self) -> frozenset[int]:
        """The places of small words, without which the others say the same."""
        if len(self.terms) == 1:
            return frozenset()  # there are no others
        small = {
            place
            for place, term in enumerate(self.terms)
            if term.is_plain and _SMALL_WORDS.issuperset(term.words)
        }
        others = [term for place, term in enumerate(self.terms) if place not in small and not term.excluded]
        return frozenset(small if others else ())

    @cached_property
    def _is_loose(self) -> bool:
        """Whether more is found than the typed words, in any of their forms."""
        return bool(self._synonyms or self._dispensable or any(term.prefix for term in self.terms))

    @cached_property
    def _wordings(self) -> list[tuple[str, ...]]:
        """What a whole title may be: the words as typed, then with a synonym, then without small words."""
        wanted = {place: term.words for place, term in enumerate(self.terms) if not term.excluded}
        wordings = [wanted]
        for places, other in self._synonyms:
            wordings.append({**wanted, **dict.fromkeys(places, ()), places[0]: other})
        wordings += [
            {place: words for place, words in wording.items() if place not in self._dispensable}
            for wording in wordings
        ]
        return list(dict.fromkeys(tuple(chain.from_iterable(words.values())) for words in wordings))

    def _whole_titles(self, wordings: Iterable[tuple[str, ...]]) -> Expression:
        """These as whole titles, also as they were probably meant: any of them."""
        spelt = [tuple(self.corrections.get(word, word) for word in words) for words in wordings]
        stems = [map(self._stem, words) for words in dict.fromkeys([*wordings, *spelt])]
        return Lexemes([WHOLE_TITLE + "".join(words) for words in stems])

    def _stem(self, word: str) -> str:
        return known_stem(word) or self._stems[word]

    @cached_property
    def _stems(self) -> Mapping[str, str]:
        """The stems of all words that may be looked for, asked for at once."""
        return stems_of(
            {
                *chain.from_iterable(term.words for term in self.terms),
                *chain.from_iterable(words for _, words in self._synonyms),
                *self.corrections.values(),
                *(word for _, word, _ in self._joined),
                *(join(*term.words) for term in self.terms if len(term.words) > 1),
            }
        )

    def _clauses(self, marks: Sequence[str], reading: _Reading) -> Expression:
        """All terms, in the fields of these marks. What stands for all of them is looked for only once."""
        if len(self.terms) == 1:
            return self._clause(self.terms[0], marks, reading)
        left_out = self._dispensable if reading is _Reading.LOOSE else ()
        clauses = {
            place: self._term(term, marks, reading)
            for place, term in enumerate(self.terms)
            if place not in left_out
        }
        for_all: list[Expression] = []
        for places, option in self._instead(marks, reading):
            covered = [place for place in clauses if place in places]
            if 1 < len(covered) == len(clauses):
                for_all.append(option)
            else:
                for place in covered:
                    clauses[place].append(option)
        parts = [_wanted(self.terms[place], options) for place, options in clauses.items()]
        return any_of([*for_all, all_of(parts)])

    def _clause(self, term: Term, marks: Sequence[str], reading: _Reading) -> Expression:
        """The only term, which has no neighbours to look at, nor any to do without it."""
        options = self._term(term, marks, reading)
        if reading is _Reading.LOOSE and self._synonyms:
            options += [self._words(other, marks, reading) for _, other in self._synonyms]
        return _wanted(term, options)

    def _term(self, term: Term, marks: Sequence[str], reading: _Reading) -> list[Expression]:
        """What a term asks for by itself, also spelt as one word: any of these."""
        if term.excluded:
            marks, reading = _ANYWHERE, _Reading.STEMMED
        if len(term.words) == 1:
            return [self._word(term.words[0], term, marks, reading, term.prefix)]
        options = [self._phrase(term, mark, reading) for mark in marks]
        if not term.quoted:
            options.append(self._word(join(*term.words), None, marks, reading, term.prefix))
        return options

    def _instead(self, marks: Sequence[str], reading: _Reading) -> Iterator[tuple[range, Expression]]:
        """Terms that follow each other, by their places, and what stands for them all."""
        for places, word, prefix in self._joined:
            yield places, self._word(word, None, marks, reading, prefix)
        if reading is _Reading.LOOSE:
            for places, other in self._synonyms:
                yield places, self._words(other, marks, reading)

    def _words(self, words: Iterable[str], marks: Sequence[str], reading: _Reading) -> Expression:
        """All of these words, in the fields of these marks."""
        return all_of([self._word(word, None, marks, reading) for word in words])

    def _word(
        self, word: str, term: Term | None, marks: Sequence[str], reading: _Reading, prefix: bool = False
    ) -> Expression:
        """A word in the fields of these marks, what was meant by it, and what it begins: any of these."""
        texts: list[str] = []
        for spelt in self._spellings(word, term):
            written = spelt if reading is _Reading.WRITTEN else self._stem(spelt)
            texts += [mark + written for mark in marks]
        if prefix and reading is _Reading.LOOSE and len(word) >= MIN_PREFIX_LENGTH:
            return Lexemes(texts, [mark + word for mark in marks])
        return Lexemes(texts)

    def _phrase(self, term: Term, mark: str, reading: _Reading) -> Expression:
        """Words in a row, in the field of this mark: each two of them are."""
        last = len(term.words) - 1
        parts = [
            self._pair(words, term, mark, reading, prefix=term.prefix and place == last)
            for place, words in enumerate(pairwise(term.words), start=1)
        ]
        if reading is _Reading.WRITTEN:
            parts += [self._word(word, term, (mark,), reading) for word in term.words]
        return all_of(parts)

    def _pair(
        self, words: tuple[str, str], term: Term, mark: str, reading: _Reading, *, prefix: bool
    ) -> Expression:
        firsts, seconds = ([self._stem(spelt) for spelt in self._spellings(word, term)] for word in words)
        is_begun = prefix and reading is _Reading.LOOSE and len(words[1]) >= MIN_PREFIX_LENGTH
        return Lexemes(
            [f"{mark}{first}+{second}" for first in firsts for second in seconds],
            [f"{mark}{first}+{words[1]}" for first in firsts] if is_begun else (),
        )

    def _spellings(self, word: str, term: Term | None) -> list[str]:
        """A word, and what was meant by it."""
        is_corrected = term is not None and term.is_plain and word in self.corrections
        return [word, self.corrections[word]] if is_corrected else [word]

    @cached_property
    def _joined(self) -> list[tuple[range, str, bool]]:
        """Words and their neighbours, by their places, as one word, and whether it may be unfinished."""
        return [
            (range(place, place + 2), join(*first.words, *second.words), second.prefix)
            for place, (first, second) in enumerate(pairwise(self.terms))
            if all(len(term.words) == 1 and term.is_plain for term in (first, second))
        ]


def _wanted(term: Term, options: Sequence[Expression]) -> Expression:
    """Any of the options for a term; none of them, if it is excluded."""
    return Not(any_of(options)) if term.excluded else any_of(options)
