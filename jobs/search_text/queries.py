"""How what people type is read, and what it asks for."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cached_property
from itertools import chain, pairwise

from django.contrib.postgres.search import SearchQuery
from django.db import models
from django.db.models.expressions import RawSQL

from jobs.search_text.lexemes import COMPANY, SKILLS, TITLE, WHOLE_TITLE
from jobs.search_text.stems import STEM_SQL, stems_of
from jobs.search_text.thesaurus import MAX_SYNONYM_WORDS, synonyms
from jobs.search_text.words import join, normalise

MAX_QUERY_LENGTH = 200
"""Characters of a query that are read."""

MAX_TERMS = 20
"""Words and phrases of a query that are kept."""

MIN_PREFIX_LENGTH = 2
"""From how many characters on the last word of a query also matches what it begins."""

MAX_PLACE_WORDS = 3
"""Words of a query that are looked up as the name of a place."""

_IN_TITLE, _IN_SKILLS_TOO, _ANYWHERE = (TITLE,), (TITLE, SKILLS), (TITLE, SKILLS, COMPANY)


class _WordsQuery(SearchQuery):
    """A tsquery made of operators and of words that are stemmed in the database."""

    template = "(%(expressions)s)::tsquery"

    def __init__(self, operators: str, words: list[str]) -> None:
        self.operators, self.words = operators, words
        # Only immutable and stable functions of constants: the planner knows the query it plans for.
        stems = ", ".join(STEM_SQL.format(word="%s") for _ in words)
        super().__init__(
            RawSQL(  # noqa: S611
                f"format(%s, VARIADIC ARRAY[{stems}]::text[])",
                [operators, *chain.from_iterable((word, word) for word in words)],
                output_field=models.TextField(),
            )
        )


def _stem_of(word: str, stems: list[str]) -> str:
    """Where the text of a query will have the stem of a word.

    Args:
        stems: words whose stems that query needs; this one is added.
    """
    if word not in stems:
        stems.append(word)
    return f"%{stems.index(word) + 1}$s"


def tsquery(query: SearchQuery) -> str:
    """The text of a query that was parsed here, its words stemmed, as PostgreSQL would see it."""
    assert isinstance(query, _WordsQuery)
    stems = stems_of(set(query.words))
    return re.sub(r"%(\d+)\$s", lambda place: stems[query.words[int(place[1]) - 1]], query.operators)


@dataclass(frozen=True)
class Term:
    """One thing that was asked for: a word, or several that follow each other."""

    words: tuple[str, ...]
    quoted: bool = False
    excluded: bool = False
    prefix: bool = False
    """Whether its last word may be the beginning of one."""
    typed: str = field(default="", compare=False)

    @property
    def is_plain(self) -> bool:
        """Whether it need not be meant to the letter, as what is quoted or excluded is."""
        return not self.quoted and not self.excluded


class _Reading(IntEnum):
    """How a word is looked for; each finds all that the one before it does."""

    WRITTEN = 0
    STEMMED = 1
    LOOSE = 2
    """Also what it begins, its synonyms; without small words."""


_SMALL_WORDS = frozenset(["a", "an", "at", "by", "for", "in", "of", "on", "the", "to", "with", "job", "jobs"])
"""Say nothing of a job. Where they are typed, what has them comes first, and the rest is found as well."""


@dataclass(frozen=True)
class ParsedQuery:
    """What people typed, understood. A posting has to match every term."""

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

    def expression(self) -> SearchQuery:
        """The tsquery, for `filter(document=parsed.expression())`."""
        stems: list[str] = []
        return _WordsQuery(self._clauses(_ANYWHERE, _Reading.LOOSE, stems), stems)

    def tiers(self) -> list[SearchQuery]:
        """The same in parts, the most relevant first: each match is in one, and none is left out.

        Titles come first: those that are what was typed, that have its words as they were written, in
        another form, and by a synonym or unfinished. Then what needs the skills for it, then the company.
        """
        if all(term.excluded for term in self.terms):
            return [self.expression()]
        stems: list[str] = []
        written, stemmed, loose = (self._clauses(_IN_TITLE, reading, stems) for reading in _Reading)
        skills_too = self._clauses(_IN_SKILLS_TOO, _Reading.LOOSE, stems)
        anywhere = self._clauses(_ANYWHERE, _Reading.LOOSE, stems)
        whole = self._whole_titles(self._wordings[:1], stems)
        parts = [
            f"({stemmed}) & {whole}",
            f"({written}) & !{whole}",
            f"({stemmed}) & !({written}) & !{whole}",
        ]
        if self._is_loose:
            meant = self._whole_titles(self._wordings[1:], stems)
            parts += [f"({loose}) & !({stemmed}) & {meant}"] if meant else []
            parts += [f"({loose}) & !({stemmed})" + (f" & !{meant}" if meant else "")]
        parts += [f"({skills_too}) & !({loose})", f"({anywhere}) & !({skills_too})"]
        return [_WordsQuery(part, stems) for part in parts]

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

    @cached_property
    def _synonyms(self) -> list[tuple[range, tuple[str, ...]]]:
        """Terms that follow each other, by their places, and the words that stand for them all."""
        found = []
        for start in range(len(self.terms)):
            words: list[str] = []
            for end in range(start, len(self.terms)):
                if not self.terms[end].is_plain:
                    break
                words += self.terms[end].words
                if len(words) > MAX_SYNONYM_WORDS:
                    break
                found += [(range(start, end + 1), other) for other in synonyms().get(" ".join(words), ())]
        return found

    @cached_property
    def _dispensable(self) -> frozenset[int]:
        """The places of small words, without which the others say the same."""
        small = {
            place
            for place, term in enumerate(self.terms)
            if term.is_plain and _SMALL_WORDS.issuperset(term.words)
        }
        others = [term for place, term in enumerate(self.terms) if place not in small and not term.excluded]
        return frozenset(small if others else ())

    @property
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

    def _whole_titles(self, wordings: Iterable[tuple[str, ...]], stems: list[str]) -> str:
        """Any of these as a whole title, also as they were probably meant; nothing for none."""
        spelt = [tuple(self.corrections.get(word, word) for word in words) for words in wordings]
        options = []
        for words in dict.fromkeys([*wordings, *spelt]):
            options.append(f"'{WHOLE_TITLE}{''.join(_stem_of(word, stems) for word in words)}'")
        return f"({' | '.join(options)})" if options else ""

    def without_place(self) -> Iterator[tuple[str, "ParsedQuery"]]:
        """What may be the name of a place, at the end or the beginning, and what is left without it."""
        for size in range(min(MAX_PLACE_WORDS, len(self.terms) - 1), 0, -1):
            for place, rest in (
                (self.terms[-size:], self.terms[:-size]),
                (self.terms[:size], self.terms[size:]),
            ):
                if all(term.is_plain for term in place) and not all(term.excluded for term in rest):
                    yield " ".join(term.typed for term in place), replace(self, terms=rest)

    def _clauses(self, marks: Sequence[str], reading: "_Reading", stems: list[str]) -> str:
        left_out = self._dispensable if reading == _Reading.LOOSE else ()
        places = [place for place in range(len(self.terms)) if place not in left_out]
        return " & ".join(self._clause(place, marks, reading, stems) for place in places)

    def _clause(self, place: int, marks: Sequence[str], reading: "_Reading", stems: list[str]) -> str:
        term = self.terms[place]
        if term.excluded:
            marks, reading = _ANYWHERE, _Reading.STEMMED
        options = [
            self._word(term.words[0], term, marks, reading, stems, prefix=term.prefix)
            if len(term.words) == 1
            else f"({' | '.join(self._phrase(term, mark, reading, stems) for mark in marks)})"
        ]
        if not term.quoted:
            options += [
                self._word(word, None, marks, reading, stems, prefix) for word, prefix in self._joined(place)
            ]
        if reading == _Reading.LOOSE:
            options += [
                f"({' & '.join(self._word(word, None, marks, reading, stems) for word in other)})"
                for places, other in self._synonyms
                if place in places
            ]
        return f"{'!' if term.excluded else ''}({' | '.join(options)})"

    def _word(
        self,
        word: str,
        term: Term | None,
        marks: Sequence[str],
        reading: "_Reading",
        stems: list[str],
        prefix: bool = False,
    ) -> str:
        """A word in the fields of these marks, what was meant by it, and what it begins."""
        options: list[str] = []
        for spelt in self._spellings(word, term):
            written = spelt if reading == _Reading.WRITTEN else _stem_of(spelt, stems)
            options += [f"'{mark}{written}'" for mark in marks]
        if reading == _Reading.LOOSE and prefix and len(word) >= MIN_PREFIX_LENGTH:
            options += [f"'{mark}{word}':*" for mark in marks]
        return f"({' | '.join(options)})"

    def _phrase(self, term: Term, mark: str, reading: "_Reading", stems: list[str]) -> str:
        """Words in a row, in the field of this mark: each two of them are."""
        last = len(term.words) - 1
        parts = [
            self._pair(words, term, mark, reading, stems, prefix=term.prefix and place == last)
            for place, words in enumerate(pairwise(term.words), start=1)
        ]
        if reading == _Reading.WRITTEN:
            parts += [self._word(word, term, (mark,), reading, stems) for word in term.words]
        return f"({' & '.join(parts)})"

    def _pair(
        self,
        words: tuple[str, str],
        term: Term,
        mark: str,
        reading: "_Reading",
        stems: list[str],
        *,
        prefix: bool,
    ) -> str:
        firsts, seconds = (self._spellings(word, term) for word in words)
        begun = (
            [words[1]] if reading == _Reading.LOOSE and prefix and len(words[1]) >= MIN_PREFIX_LENGTH else []
        )
        options = []
        for first in firsts:
            options += [f"'{mark}{_stem_of(first, stems)}+{_stem_of(second, stems)}'" for second in seconds]
            options += [f"'{mark}{_stem_of(first, stems)}+{second}':*" for second in begun]
        return f"({' | '.join(options)})"

    def _spellings(self, word: str, term: Term | None) -> list[str]:
        """A word, and what was meant by it."""
        is_corrected = term is not None and term.is_plain and word in self.corrections
        return [word, self.corrections[word]] if is_corrected else [word]

    def _joined(self, index: int) -> Iterator[tuple[str, bool]]:
        """One word for what was typed as two: `front-end`, or a word and its neighbour."""
        term = self.terms[index]
        if len(term.words) > 1:
            yield join(*term.words), term.prefix
        elif not term.excluded:
            for first, second in pairwise(self.terms[max(index - 1, 0) : index + 2]):
                if all(len(t.words) == 1 and not t.quoted and not t.excluded for t in (first, second)):
                    yield join(*first.words, *second.words), second.prefix


_WORD = re.compile(r"\w+")
_CHUNKS = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"|(?P<bare>[^\s"]+))')
_QUOTATION_MARKS = str.maketrans(dict.fromkeys("“”„‟«»\N{FULLWIDTH QUOTATION MARK}", '"'))


def parse_query(q: str) -> ParsedQuery:
    """Read what people type: words, "phrases", -excluded words and -"excluded phrases".

    A word at the very end, with neither space nor quotation mark behind it, may still be
    unfinished, so it also matches what it begins. A quotation mark that is never closed
    means nothing. `and` between words says what is true anyway. Any text is read.
    """
    q = q[:MAX_QUERY_LENGTH].translate(_QUOTATION_MARKS)
    terms: dict[Term, None] = {}
    for match in _CHUNKS.finditer(q):
        quoted = match["phrase"] is not None
        excluded = bool(match["minus"])
        parts = [match["phrase"]] if quoted else match["bare"].split("/")
        for part in parts:
            words = tuple(normalise(part).split())
            if words:
                unfinished = match.end() == len(q) and part is parts[-1] and not quoted and not excluded
                typed = part if parts[1:] else match[0]
                terms[Term(words, quoted, excluded, unfinished, typed)] = None
    needed = [term for term in terms if term.words != ("and",) or term.quoted or term.excluded]
    return ParsedQuery(tuple((needed or list(terms))[:MAX_TERMS]))
