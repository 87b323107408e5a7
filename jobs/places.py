"""Understands what people write for a location, against the places that `load_places` brought.

Three readers of the same names: a searcher's filter (all that the words may mean, and never more),
a posting's location (the one place meant, for each that it lists) and a prefix being typed.
Each costs a fixed number of queries, served by an index.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.postgres.aggregates import BoolOr
from django.db.models import Max

from jobs.kept import Kept
from jobs.place_models import Place, PlaceName
from jobsphere.database import fetch_prepared

LONGEST_TEXT = 200
"""Characters of one place that are read; no name of a place is longer."""

_NAMES_PER_QUERY = 10_000
_FEW = 5
"""Places that a name which is nobody's first name may mean at most."""
_NAMESAKE_SHARE = 20
"""A country or region hides the cities elsewhere with its name and fewer than a 20th of its people."""
_FAR_BETTER_KNOWN = 100
"""How much larger a city has to be for one of its other names to count beside another city's first."""

_NAMED_SQL = """
    SELECT named.name, place.id, place.kind, place.population, place.ancestor_ids, named.is_primary
    FROM jobs_placename AS named,
        LATERAL (SELECT * FROM jobs_place WHERE id = named.place_id OFFSET 0) AS place
    WHERE named.name = ANY(%s)
"""
"""OFFSET keeps PostgreSQL from reading all places for a few hundred names."""

_SEPARATORS = re.compile(r"[;|/\n]|\s+or\s+", re.IGNORECASE)
_QUALIFIER_SEPARATORS = re.compile(r"[,()\[\]]|\s[-\u2013\u2014]\s")
_REMOTE = re.compile(r"\b(?:remote|remotely|work(?:ing)? from home|wfh|home office|home based)\b")
_AROUND_REMOTE = re.compile(
    r"100|an?|and|anywhere|based|eligible|first|from|fully|jobs?|only|position|the|within|work"
)

Parts = tuple[str, ...]
"""One place as written, normalised: its name and what it is said to lie in."""


class _Folding(dict[int, str | int | None]):
    """Maps each code point to what is left of it: nothing of accents, a space of punctuation."""

    def __missing__(self, code: int) -> str | int | None:
        character = chr(code)
        kept: str | int | None = " "
        if unicodedata.combining(character) or unicodedata.category(character) in ("Lm", "Cf"):
            kept = None
        elif character.isalnum() or unicodedata.category(character).startswith("M"):
            kept = code
        self[code] = kept
        return kept


_FOLDING = _Folding()
for _letter, _plain in {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "\u0131": "i", "æ": "ae", "œ": "oe"}.items():
    _FOLDING[ord(_letter)] = _plain
_INITIALS = re.compile(r"\b[a-z](?: [a-z]\b)+")
_ABBREVIATION = re.compile(r"\b(st|ft|mt) (?=\w)")
_LONG_FORMS = {"st": "saint ", "ft": "fort ", "mt": "mount "}


def normalise(text: str) -> str:
    """The same words for every way to write them: no accents, case or punctuation, one space between.

    "U.S.A." and "USA" come out alike, and so do "St. Louis" and "Saint Louis".
    Doing it twice changes nothing.
    """
    if text.isascii():
        folded = text.casefold()
    else:
        folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    words = " ".join(folded.translate(_FOLDING).split())
    if " " not in words:
        return words
    words = _INITIALS.sub(lambda match: match[0].replace(" ", ""), words)
    return _ABBREVIATION.sub(lambda match: _LONG_FORMS[match[1]], words)


@dataclass(frozen=True, slots=True)
class PlaceFilter:
    """What a searcher's location asks for: all that is set has to hold.

    remote: the job is remote. place_ids: any of them is among the job's places or what these lie in.
    words: all of them are in the job's location; set only where no place was understood.
    """

    remote: bool
    place_ids: tuple[int, ...]
    words: str

    @property
    def asks_nothing(self) -> bool:
        """Whether the text held no word at all, so that no job matches."""
        return not (self.remote or self.place_ids or self.words)


@dataclass(frozen=True, slots=True)
class ResolvedLocation:
    """What a posting's location says.

    place_ids: the places named, each the most specific that is known. with_ancestors: these and what
    they lie in, as a listing is to be indexed. words: the whole text, normalised.
    """

    place_ids: tuple[int, ...]
    with_ancestors: tuple[int, ...]
    remote: bool
    words: str


_understood: Kept[str, PlaceFilter] = Kept(10_000)


def resolve_filter(text: str, version: int | None = None) -> PlaceFilter:
    """What a searcher typed: "Munich", "san francisco, ca", "remote, germany", "berlin; paris".

    A name that several places bear means all of them. A part that is not understood never widens
    the answer: the words are then looked for as they stand.

    Args:
        version: of the listings, if it was just read: what was understood in it is kept.
    """
    kept = {} if version is None else _understood.of(version)
    if text not in kept:
        kept[text] = resolve_filters([text])[text]
    return kept[text]


def resolve_filters(texts: Iterable[str]) -> dict[str, PlaceFilter]:
    """What each of several texts means to `resolve_filter`, by one query for all."""
    read = {text: _read(text[:LONGEST_TEXT]) for text in texts}
    gazetteer = _Gazetteer(parts for _, segments in read.values() for parts in segments)
    resolved = {}
    for text, (remote, segments) in read.items():
        place_ids = {candidate.id for parts in segments for candidate in gazetteer.all_meant(parts)}
        words = "" if place_ids else " ".join(part for parts in segments for part in parts)
        resolved[text] = PlaceFilter(remote, tuple(sorted(place_ids)), words)
    return resolved


def resolve_location(text: str) -> ResolvedLocation:
    """The location of one posting; see `resolve_locations`."""
    return resolve_locations([text])[text]


def resolve_locations(texts: Iterable[str]) -> dict[str, ResolvedLocation]:
    """The locations of many postings, by text, in one query per ten thousand different names.

    Places are separated by ";", "/", "|" or "or", each followed by what it lies in: "Munich, Germany".
    A name that several places bear means the most populous; where the city is not known, its region
    or country stands for it.
    """
    read = {text: _read(text) for text in texts}
    gazetteer = _Gazetteer(parts for _, segments in read.values() for parts in segments)
    resolved = {}
    for text, (remote, segments) in read.items():
        meant = dict.fromkeys(filter(None, map(gazetteer.one_meant, segments)))
        place_ids = dict.fromkeys(candidate.id for candidate in meant)
        ancestor_ids = dict.fromkeys(ancestor for candidate in meant for ancestor in candidate.ancestor_ids)
        resolved[text] = ResolvedLocation(
            place_ids=tuple(place_ids),
            with_ancestors=tuple(place_ids | ancestor_ids),
            remote=remote,
            words=normalise(text),
        )
    return resolved


def suggest(prefix: str, limit: int = 8) -> list[Place]:
    """Places whose name begins with what was typed, those so called first, then by population."""
    start = normalise(prefix[:LONGEST_TEXT])
    if not start:
        return []
    names = PlaceName.objects.filter(name__startswith=start)
    if len(start) < 3 and start.isascii():
        names = names.filter(is_primary=True)
    found = (
        names.values("place_id")
        .annotate(called_so=BoolOr("is_primary"), people=Max("place__population"))
        .order_by("-called_so", "-people", "place_id")[:limit]
    )
    place_ids = [row["place_id"] for row in found]
    places = Place.objects.in_bulk(place_ids)
    return [places[place_id] for place_id in place_ids]


def _read(text: str) -> tuple[bool, list[Parts]]:
    """Whether a text says remote, and the places it lists."""
    remote = False
    segments = []
    for segment in _SEPARATORS.split(text):
        parts = [normalise(part) for part in _QUALIFIER_SEPARATORS.split(segment[:LONGEST_TEXT])]
        if any(_REMOTE.search(part) for part in parts):
            remote = True
            parts = [_without_remote(part) for part in parts]
        if kept := tuple(filter(None, parts)):
            segments.append(kept)
    return remote, segments


def _without_remote(part: str) -> str:
    """What is left of "fully remote in the us": "us"."""
    words = _REMOTE.sub(" ", part).split()
    while words and (_AROUND_REMOTE.fullmatch(words[0]) or (words[0] == "in" and len(words) > 1)):
        words.pop(0)
    while words and _AROUND_REMOTE.fullmatch(words[-1]):
        words.pop()
    return " ".join(words)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A place under one of its names."""

    id: int
    kind: str
    population: int
    ancestor_ids: tuple[int, ...]
    is_primary: bool

    @property
    def is_city(self) -> bool:
        return self.kind == Place.Kind.CITY


class _Gazetteer:
    """The places that some texts may mean, read at once."""

    def __init__(self, segments: Iterable[Parts]) -> None:
        names = {name for parts in segments for part in parts for name in _names_within(part)}
        names |= {name.removeprefix("the ") for name in names}
        wanted = sorted(names)
        self._named: dict[str, list[_Candidate]] = defaultdict(list)
        for start in range(0, len(wanted), _NAMES_PER_QUERY):
            rows = fetch_prepared(_NAMED_SQL, [wanted[start : start + _NAMES_PER_QUERY]])
            for name, place_id, kind, population, ancestor_ids, is_primary in rows:
                self._named[name].append(
                    _Candidate(place_id, kind, population, tuple(ancestor_ids), is_primary)
                )
        for name in wanted:
            if name.startswith("the ") and name not in self._named and name[4:] in self._named:
                self._named[name] = self._named[name[4:]]

    def all_meant(self, parts: Parts) -> list[_Candidate]:
        """Every place that a searcher's words may mean; none rather than more than they say."""
        parts = self._split(parts)
        if len(parts) == 1:
            return self._bare(parts[0])
        for index, name in enumerate(parts):
            qualifiers = self._qualifiers(parts, index)
            if len(qualifiers) == len(parts) - 1 and (meant := self._within(name, qualifiers)):
                return meant
        each = [self._bare(part) for part in parts]
        if all(each) and len({candidate.is_city for meant in each for candidate in meant}) == 1:
            return [candidate for meant in each for candidate in meant]
        qualifiers = self._qualifiers(parts, 0)
        meant = self._within(parts[0], qualifiers) if qualifiers else each[0]
        return meant if len(meant) == 1 and meant[0].is_city else []

    def one_meant(self, parts: Parts) -> _Candidate | None:
        """The most specific place that a posting's words name."""
        parts = self._split(parts)
        area = None
        for index, name in enumerate(parts):
            qualifiers = self._qualifiers(parts, index)
            likeliest = self._likeliest(name, qualifiers, follows=index > 0)
            if likeliest is None:
                continue
            if likeliest.is_city:
                return likeliest
            if area is None or len(likeliest.ancestor_ids) > len(area.ancestor_ids):
                area = likeliest
        return area

    def _likeliest(
        self, name: str, qualifiers: list[list[_Candidate]], *, follows: bool
    ) -> _Candidate | None:
        """The place that a name most likely means; a name that follows another is rather a region's."""
        if not qualifiers:
            meant = self._bare(name)
        else:
            meant = self._within(name, qualifiers, only_first_names=follows)
        if not meant:
            return None
        likeliest = max(
            meant, key=lambda place: (follows and place.kind == Place.Kind.REGION, place.population, place.id)
        )
        if follows or likeliest.kind != Place.Kind.REGION:
            return likeliest
        namesakes = (
            place
            for place in self._named[name]
            if likeliest.id in place.ancestor_ids and place.population * 10 >= likeliest.population
        )
        return max(namesakes, key=lambda place: place.population, default=likeliest)

    def _bare(self, name: str) -> list[_Candidate]:
        return _likely(self._named.get(name, []))

    def _areas(self, name: str) -> list[_Candidate]:
        """The countries and regions of a name; by their other names only if nothing has it for its first."""
        named = self._named.get(name, [])
        first = [place for place in named if place.is_primary]
        return [place for place in first or named if not place.is_city]

    def _qualifiers(self, parts: Parts, index: int) -> list[list[_Candidate]]:
        """The areas named beside the part at an index; where two contradict each other the last holds."""
        kept: list[list[_Candidate]] = []
        for part in reversed(parts[:index] + parts[index + 1 :]):
            areas = [
                area
                for area in self._areas(part)
                if all(any(_related(area, other) for other in others) for others in kept)
            ]
            if areas:
                kept.append(areas)
        return kept

    def _within(
        self, name: str, qualifiers: list[list[_Candidate]], *, only_first_names: bool = False
    ) -> list[_Candidate]:
        """The places of a name that lie in all the qualifiers, or else are what these say themselves.

        A qualifier such as "CA" is a region before it is a country. only_first_names: where the name is
        an area's, cities count only if it is their first name too.
        """
        named = self._named.get(name, [])
        if only_first_names and any(place.is_primary and not place.is_city for place in named):
            named = [place for place in named if place.is_primary]
        regions = [
            {area.id for area in areas if area.kind == Place.Kind.REGION} or {area.id for area in areas}
            for areas in qualifiers
        ]
        everything = [{area.id for area in areas} for areas in qualifiers]
        for areas in (regions, everything):
            if inside := [
                place for place in named if all(ids.intersection(place.ancestor_ids) for ids in areas)
            ]:
                return _likely(inside)
        for areas in (regions, everything):
            if same := [
                place
                for place in named
                if not place.is_city
                and all(ids.intersection((place.id, *place.ancestor_ids)) for ids in areas)
            ]:
                return _likely(same)
        return []

    def _split(self, parts: Parts) -> Parts:
        """Finds the qualifier in "Berlin Germany", which lacks the comma."""
        split: list[str] = []
        for part in parts:
            pairs = [] if part in self._named else _splits(part)
            split.extend(next((pair for pair in pairs if self._is_city_in(*pair)), (part,)))
        return tuple(split)

    def _is_city_in(self, name: str, area: str) -> bool:
        areas = self._areas(area)
        return bool(areas) and any(place.is_city for place in self._within(name, [areas]))


def _names_within(part: str) -> list[str]:
    """A part, and what it holds if a comma is missing in it."""
    return [part, *(name for pair in _splits(part) for name in pair)]


def _splits(part: str) -> list[tuple[str, str]]:
    """The ways to take a part's last words, at most four, for a qualifier, the longest first."""
    words = part.split()
    return [
        (" ".join(words[:cut]), " ".join(words[cut:])) for cut in range(max(1, len(words) - 4), len(words))
    ]


def _related(area: _Candidate, other: _Candidate) -> bool:
    return area.id == other.id or area.id in other.ancestor_ids or other.id in area.ancestor_ids


def _likely(candidates: list[_Candidate]) -> list[_Candidate]:
    """Of the places that bear a name, those that someone who writes it may mean.

    First names, codes included, go before other names; a city hides behind a far larger country
    or region of its name ("usa" is not Usa in Japan), and behind a far better known city that goes by it
    ("calcutta" is Kolkata too). Of other names alone, the few most populous places count.
    """
    first = [place for place in candidates if place.is_primary]
    others = sorted(
        (place for place in candidates if not place.is_primary), key=lambda place: -place.population
    )
    if not first:
        return [place for place in others if place.population * 10 >= others[0].population][:_FEW]
    areas = [place for place in first if not place.is_city]
    if not areas:
        largest = max(place.population for place in first)
        return first + [place for place in others if place.population > largest * _FAR_BETTER_KNOWN][:_FEW]
    area_ids = {area.id for area in areas}
    largest = max(area.population for area in areas)
    return [
        place
        for place in first
        if not place.is_city
        or area_ids.intersection(place.ancestor_ids)
        or place.population * _NAMESAKE_SHARE >= largest
    ]
