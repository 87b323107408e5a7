"""How the words of a posting are indexed, and how what people type finds them.

Postings and queries go through the same `normalise`, so that they meet as plain words.
Only PostgreSQL's English stemmer touches the words after that, never its parser: what a
word is does not depend on the server's locale. The reasons are in
docs/decisions/search-text.md.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cache, cached_property, lru_cache
from itertools import chain, combinations, pairwise
from pathlib import Path

from django.contrib.postgres.search import SearchQuery
from django.db import connection, models, transaction
from django.db.models.expressions import RawSQL
from rapidfuzz.distance import OSA

from jobs.search_models import SearchWord
from jobsphere.database import fetch_prepared

MAX_QUERY_LENGTH = 200
"""Characters of a query that are read."""

MAX_TERMS = 20
"""Words and phrases of a query that are kept."""

MAX_WORD_LENGTH = 64
"""Characters of a word that are kept."""

MIN_PREFIX_LENGTH = 2
"""From how many characters on the last word of a query also matches what it begins."""

SYNONYMS = Path(__file__).with_name("data") / "synonyms.tsv"
"""Words and what else they are called, one pair a line; docs/decisions/synonyms.md says where from."""

MAX_PLACE_WORDS = 3
"""Words of a query that are looked up as the name of a place."""

MAX_SYNONYM_WORDS = 7
"""Words of what is looked up there."""

# Words


class _Folding(dict[int, str]):
    """A translation table for `str.translate` that works out each character once."""

    def __init__(self, fold: Callable[[str], str]) -> None:
        super().__init__()
        self.fold = fold

    def __missing__(self, code: int) -> str:
        self[code] = folded = self.fold(chr(code))
        return folded


def _without_accent(character: str) -> str:
    """Nothing for an accent, or for what does not show; other characters as they are."""
    # Classes 7 to 9 and 84 to 132 are vowels and voicing of Asian scripts: other words without them.
    mark_class = unicodedata.combining(character)
    is_accent = mark_class == 1 or 10 <= mark_class <= 36 or mark_class >= 200
    is_invisible = unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f"
    return "" if is_accent or is_invisible else character


def _word_character(character: str) -> str:
    """A letter, a digit or the vowel sign of a letter as it is; a space for all else."""
    is_word = character.isalnum() or unicodedata.category(character) in ("Mn", "Mc")
    return character if is_word else " "


_SIGNS = str.maketrans(
    {
        "\N{ACUTE ACCENT}": "'",
        "\N{MUSIC SHARP SIGN}": "#",
        **dict.fromkeys("\N{TRADE MARK SIGN}\N{SERVICE MARK}\N{ZERO WIDTH SPACE}", " "),
    }
)
"""Signs that Unicode decomposes to something else than what people mean by them."""

_LETTERS = _Folding(_without_accent)
_LETTERS.update(
    str.maketrans(
        {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ŧ": "t"}
        | {"\N{LATIN SMALL LETTER DOTLESS I}": "i"}
        # Apostrophes and what is typed for them, the Arabic tatweel.
        | dict.fromkeys("'`\u2018\u2019\u201b\u02bb\u02bc\u0640", "")
    )
)
_WORD_CHARACTERS = _Folding(_word_character)

_TERMS = [
    (re.compile(r"(?<!\w)([^\W\d_])#"), r"\1sharp "),  # c#, f#
    (re.compile(r"(?<=[^\W\d_])\+\+"), "plusplus "),  # c++, notepad++, c++17
    (re.compile(r"(?<=[^\W\d_])\+(?!\w)"), "plus "),  # comptia a+, but neither 10+ nor html+css
    (re.compile(r"(?<![\w.])\.(?=[^\W\d_])|(?<=\w)\.(?=net\b)"), " dot"),  # .net, asp.net
    (re.compile(r"(?<=\w)\.(?=(?:com|org)\b)"), " "),  # amazon.com is found by amazon
    (re.compile(r"(?<=[^\W_])\.(?=[^\W_])"), ""),  # node.js, u.s., ph.d
    (re.compile(r"&"), " and "),  # r&d is r & d is r and d
    # Scripts without spaces between words: every character is a word, and words are phrases.
    (re.compile("([\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])"), r" \1 "),
]
"""Technical terms become plain words, by what they look like."""


@lru_cache(maxsize=10_000)
def normalise(text: str) -> str:
    """The words of a text, folded so that spelling habits do not matter.

    Case and accents go, `C++`, `C#`, `.NET` and `Node.js` become `cplusplus`, `csharp`,
    `dotnet` and `nodejs`. Letters of every script are kept.

    Returns:
        Words of letters and digits, at most `MAX_WORD_LENGTH` long, separated by single spaces.
        Normalising them again changes nothing.
    """
    text = unicodedata.normalize("NFKD", text.translate(_SIGNS)).casefold()
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFKD", text).translate(_LETTERS))
    for pattern, replacement in _TERMS:
        text = pattern.sub(replacement, text)
    words = text.translate(_WORD_CHARACTERS).split()
    return " ".join(word[:MAX_WORD_LENGTH] for word in words if any(map(str.isalnum, word)))


def _join(*words: str) -> str:
    """One word for several, as `frontend` for `front end`."""
    return "".join(words)[:MAX_WORD_LENGTH]


# Documents

_STEM_SQL = "coalesce((ts_lexize('pg_catalog.english_stem', {word}))[1], {word})"
"""The stem of a word; for a stop word, of which the stemmer makes nothing, the word itself."""

TITLE, SKILLS, COMPANY = "t/", "s/", "c/"
"""What a lexeme begins with: the field it stands in, so that the index alone can tell fields apart."""

_WHOLE_TITLE = "=/"
"""What the lexeme begins with that holds all stems of a title in one."""

MIN_INITIALS = 3
"""From how many initials on they stand for a name."""

_LINKS = frozenset(["a", "and", "at", "for", "in", "of", "on", "the", "to"])
"""Words without an initial."""

_IN_TITLE, _IN_SKILLS_TOO, _ANYWHERE = (TITLE,), (TITLE, SKILLS), (TITLE, SKILLS, COMPANY)


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
    stems = _stems(wanted | {initials for posting in fields for initials in _initials(posting[2])})
    return [" ".join(f"'{lexeme}'" for lexeme in _lexemes(posting, stems)) for posting in fields]


def _words_and_joined(words: list[str]) -> Iterator[str]:
    yield from words
    for first, second in pairwise(words):
        yield _join(first, second)


def _initials(words: list[str]) -> list[str]:
    initials = "".join(word[0] for word in words if word not in _LINKS)
    return [initials] if MIN_INITIALS <= len(initials) <= MAX_WORD_LENGTH else []


def _lexemes(fields: list[list[str]], stems: Mapping[str, str]) -> list[str]:
    title = fields[0]
    found = {f"{_WHOLE_TITLE}{''.join(stems[word] for word in title)}"} if title else set()
    for mark, words in zip(_ANYWHERE, fields, strict=True):
        for word in _words_and_joined(words):
            found |= {f"{mark}{word}", f"{mark}{stems[word]}"}
        for first, second in pairwise(words):
            found |= {f"{mark}{stems[first]}+{second}", f"{mark}{stems[first]}+{stems[second]}"}
    for initials in _initials(fields[2]):
        found |= {f"{COMPANY}{initials}", f"{COMPANY}{stems[initials]}"}
    return sorted(found)


_STEMS_SQL = f"SELECT word, {_STEM_SQL.format(word='word')} FROM unnest(%s::text[]) AS seen(word)"  # noqa: S608
_KNOWN_STEMS: dict[str, str] = {}
_MOST_STEMS = 200_000


def _stems(words: Iterable[str]) -> dict[str, str]:
    """The stems of words. The stemmer always says the same, so it is asked once for each."""
    wanted = list(words)
    unknown = [word for word in wanted if word not in _KNOWN_STEMS]
    if unknown:
        found = dict(fetch_prepared(_STEMS_SQL, [unknown]))
        if len(_KNOWN_STEMS) < _MOST_STEMS:
            _KNOWN_STEMS.update(found)
    else:
        found = {}
    return {word: found.get(word) or _KNOWN_STEMS[word] for word in wanted}


# Queries


class _WordsQuery(SearchQuery):
    """A tsquery made of operators and of words that are stemmed in the database."""

    template = "(%(expressions)s)::tsquery"

    def __init__(self, operators: str, words: list[str]) -> None:
        self.operators, self.words = operators, words
        # Only immutable and stable functions of constants: the planner knows the query it plans for.
        stems = ", ".join(_STEM_SQL.format(word="%s") for _ in words)
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
    stems = _stems(set(query.words))
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


@cache
def synonyms() -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """What else is said for some words, each as words."""
    found: dict[str, list[tuple[str, ...]]] = {}
    with SYNONYMS.open(encoding="utf-8") as lines:
        for line in lines:
            words, other = line.rstrip("\n").split("\t")
            found.setdefault(words, []).append(tuple(other.split()))
    return {words: tuple(others) for words, others in found.items()}


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
            options.append(f"'{_WHOLE_TITLE}{''.join(_stem_of(word, stems) for word in words)}'")
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
            yield _join(*term.words), term.prefix
        elif not term.excluded:
            for first, second in pairwise(self.terms[max(index - 1, 0) : index + 2]):
                if all(len(t.words) == 1 and not t.quoted and not t.excluded for t in (first, second)):
                    yield _join(*first.words, *second.words), second.prefix


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


# Near misses


def _has_digit(word: str) -> bool:
    return any(map(str.isdigit, word))


def _tolerance(word: str) -> int:
    """How many slips a word may hold and still be read: none where a digit could mean another thing."""
    if len(word) < 4 or _has_digit(word):
        return 0
    return 1 if len(word) < 8 else 2


_COMPARED_LENGTH = 8
"""How much of the beginning of a word is looked up; the rest is compared afterwards."""


def _deletes(word: str) -> set[str]:
    """The beginning of a word, less up to as many characters as it may hold slips.

    Two words within that many slips of each other have one of these in common, wherever the
    slips are (W. Garbe, Symmetric Delete spelling correction).
    """
    beginning = word[:_COMPARED_LENGTH]
    return {
        "".join(kept)
        for slips in range(_tolerance(word) + 1)
        for kept in combinations(beginning, len(beginning) - slips)
    }


def closest_word(word: str, candidates: Iterable[tuple[str, int]]) -> str | None:
    """The candidate that was probably meant by a word, or None if none is near enough.

    A wrong, missing, additional character and two that changed places are one slip each:
    one is forgiven in a word of 4 to 7 characters, two in a longer one.

    Args:
        candidates: words and their frequency, which decides between equally near ones.
    """
    tolerance = _tolerance(word)
    nearest: tuple[int, int, str] | None = None
    for candidate, frequency in candidates:
        distance = OSA.distance(word, candidate, score_cutoff=tolerance)
        if 0 < distance <= tolerance and not _has_digit(candidate):
            rated = (distance, -frequency, candidate)
            nearest = min(nearest or rated, rated)
    return nearest[2] if nearest else None


_SEEN_SQL = f"""
    SELECT typed.word, greatest(
        (SELECT sum(frequency) FROM jobs_searchword WHERE stem = {_STEM_SQL.format(word="typed.word")}),
        (SELECT sum(frequency) FROM jobs_searchword AS begun
         WHERE is_prefix AND begun.word >= typed.word AND begun.word < typed.word || chr(1114111)),
        0)
    FROM unnest(%s::text[], %s::boolean[]) AS typed(word, is_prefix)
"""  # noqa: S608

# One look-up for each: `deletes && %s` would have the planner read the whole table for many of them.
_NEAR_SQL = """
    SELECT DISTINCT word, frequency
    FROM unnest(%s::varchar[]) AS rest JOIN jobs_searchword ON deletes @> ARRAY[rest]
"""

_RARE = 10
"""A word in fewer postings than this may be a slip in them; one this many times as frequent is then meant."""


def correct(parsed: ParsedQuery) -> ParsedQuery:
    """The query with what was probably meant by the words that no posting has, or hardly any.

    It is meant for a search that found nothing. Two queries at most, whatever was typed.
    """
    words = [(word, is_prefix) for word, is_prefix in parsed.words_to_check() if _tolerance(word)]
    if not words:
        return parsed
    counted = fetch_prepared(_SEEN_SQL, [list(column) for column in zip(*words, strict=True)])
    doubtful = {word: seen for word, seen in counted if seen < _RARE}
    if not doubtful:
        return parsed
    with connection.cursor() as cursor:
        cursor.execute(_NEAR_SQL, [sorted(set().union(*map(_deletes, doubtful)))])
        near: list[tuple[str, int]] = cursor.fetchall()
    meant = {
        word: closest_word(word, (candidate for candidate in near if candidate[1] >= _RARE * seen))
        for word, seen in doubtful.items()
    }
    return parsed.with_corrections({word: nearest for word, nearest in meant.items() if nearest})


_ADD_SQL = f"""
    INSERT INTO jobs_searchword (word, stem, frequency, deletes)
    SELECT word, {_STEM_SQL.format(word="word")}, frequency, string_to_array(deletes, ' ')
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
    rows = [(word, count, " ".join(_deletes(word))) for word, count in sorted(words.items())]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(sql, [list(column) for column in zip(*rows, strict=True)])


@transaction.atomic
def rebuild_words(words: Mapping[str, int]) -> None:
    """Remember these words and no others, so that those of old postings are forgotten."""
    SearchWord.objects.all().delete()
    add_words(words)
