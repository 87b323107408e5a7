"""Listings as sets: by each of their terms, in the order of time, of pay and of their ends."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from itertools import accumulate, chain, islice
from operator import or_
from typing import NamedTuple, TypeAlias, cast

import orjson
from django.utils.functional import cached_property
from pyroaring import BitMap

from jobs.listing_batches import Batch
from jobs.search_text.lexemes import COMPANY, SKILLS, TITLE

SEPARATOR = "\x1f"
NEVER = 2**63 - 1
"""An end after all others."""

BLOCK = 512
"""Places of the order by pay that are one set."""

LARGE = 20_000
"""From so many listings on, what is begun by others is found out (`Segment.covered`)."""

STRIDE = 32
"""So many of these blocks are counted at once, that a deep page is reached in strides."""

COUNTED = ("category", "level", "remote", "type")
"""The marks of terms by whose values matches are counted."""

ENDS = 32
"""So many that end next are looked at for one of a set."""

FEW = 3
"""So many sets are united one by one; more as bits, which each is turned to."""

FIELDS = (TITLE, SKILLS, COMPANY)

Gathered: TypeAlias = "dict[str, int | array[int]]"
"""The numbers of listings by each of their terms. Most terms are in one."""

Postings: TypeAlias = "int | str | Sequence[int] | BitMap"
"""Who has a term: one, some of a batch that nobody asked for, or others."""

_NOTHING = BitMap()


class Row(NamedTuple):
    """A listing. Times are microseconds since 1970.

    Args:
        pay: the most it pays, whatever the currency; `NO_PAY` if it does not say.
        terms: what it is found by, separated by `SEPARATOR`.
    """

    job_id: int
    posted_at: int
    expires_at: int
    pay: int
    terms: str


class Segment:
    """Listings that do not change, though they can be taken out.

    A listing's number is its place among them by time, the oldest first; ties go by key. Sets that
    are returned belong to the segment: nobody changes them.
    """

    def __init__(
        self, columns: Iterable["array[int]"], gathered: Mapping[str, int | str | Sequence[int]]
    ) -> None:
        """Build it (`of`, `merged`) of keys, times, ends and pay of listings, the oldest first."""
        self.jobs, self.times, self.ends, self.pays = columns
        self.postings = cast("dict[str, Postings]", gathered)
        """Who has a term: sets once they are asked for, which few are before a small segment is merged."""
        size = len(self.jobs)
        self.live, self.open = _as_bits(size), _as_bits(size)
        self.by_end = array("I", sorted(range(size), key=self.ends.__getitem__))
        self.ended = 0
        self._look_ahead()
        self.by_key = array("I", sorted(range(size), key=self.jobs.__getitem__))
        self.keys = array("q", map(self.jobs.__getitem__, self.by_key))
        self.newest = NewestFirst(self)

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Segment":
        """Build it of rows, the oldest first."""
        jobs, times, ends, pays = (array("q") for _ in range(4))
        postings: Gathered = {}
        for number, row in enumerate(rows):
            jobs.append(row.job_id)
            times.append(row.posted_at)
            ends.append(row.expires_at)
            pays.append(row.pay)
            for term in row.terms.split(SEPARATOR):
                seen = postings.get(term)
                if seen is None:
                    postings[term] = number
                elif isinstance(seen, int):
                    postings[term] = array("I", (seen, number))
                else:
                    seen.append(number)
        return cls((jobs, times, ends, pays), postings)

    @classmethod
    def of_batch(cls, batch: Batch) -> "Segment":
        """Build it of listings that were written together."""
        *columns, terms = batch
        return cls((array("q", column) for column in columns), terms)

    @classmethod
    def merged(cls, segments: Sequence["Segment"], alive: Sequence[BitMap]) -> "Segment":
        """Build it of others, of those alone that are alive in each."""
        ordered = sorted(
            (segment.times[number], segment.jobs[number], place, number)
            for place, (segment, numbers) in enumerate(zip(segments, alive, strict=True))
            for number in numbers
        )
        columns = (
            array("q", (column[place][number] for _, _, place, number in ordered))
            for column in zip(
                *((each.jobs, each.times, each.ends, each.pays) for each in segments), strict=True
            )
        )
        moves: list[list[int | None]] = [[None] * len(segment.jobs) for segment in segments]
        for number, (_, _, place, former) in enumerate(ordered):
            moves[place][former] = number
        postings: Gathered = {}
        for segment, its_numbers in zip(segments, moves, strict=True):
            for term, found in segment.postings.items():
                moved = [now for former in _numbers(found) if (now := its_numbers[former]) is not None]
                if moved:
                    _gather(postings, term, moved)
        return cls(columns, postings)

    def imply(self, implied: Iterable[tuple[str, str]]) -> None:
        """Have all listings with one term have others as well, before anybody asks for any.

        Args:
            implied: that one, and the others, separated by `SEPARATOR`.
        """
        postings = cast("Gathered", self.postings)
        for term, others in implied:
            found = postings.get(term)
            if found is not None:
                numbers = _numbers(found)
                for other in others.split(SEPARATOR):
                    _gather(postings, other, numbers)

    def prepare(self, moment: int) -> None:
        """Find out now what some search would otherwise wait for, from this moment on."""
        self.open_at(moment)
        for term, found in self.postings.items():
            if not isinstance(found, int):
                self.having(term)
        for name in ("covered", "marked", "highest_pay"):
            getattr(self, name)

    @cached_property
    def vocabulary(self) -> list[str]:
        """The terms that are words, in order."""
        return sorted(term for term in self.postings if term.startswith(FIELDS))

    @cached_property
    def marked(self) -> dict[str, list[str]]:
        """The terms by whose values matches are counted, by their marks."""
        marked = [term for term in self.postings if term.startswith(COUNTED)]  # few of all
        return {mark: [term for term in marked if term.startswith(f"{mark}:")] for mark in COUNTED}

    @cached_property
    def highest_pay(self) -> "HighestPayFirst":
        """The order of pay."""
        return HighestPayFirst(self)

    def __len__(self) -> int:
        return len(self.live)

    def take_out(self, job_ids: Iterable[int]) -> None:
        """Have jobs no longer found, those that are here."""
        keys = self.keys
        size = len(keys)
        places = ((bisect_left(keys, job_id), job_id) for job_id in job_ids)
        gone = BitMap([self.by_key[place] for place, key in places if place < size and keys[place] == key])
        self.live -= gone
        self.open -= gone

    def open_at(self, moment: int) -> BitMap:
        """Return those that have not ended at a moment."""
        if moment >= self.next_end:
            while self.ended < len(self.by_end) and self.ends[self.by_end[self.ended]] <= moment:
                self.open.discard(self.by_end[self.ended])
                self.ended += 1
            self._look_ahead()
        if moment >= self.last_end:
            return self.open
        place = self.ended
        while place and self.ends[self.by_end[place - 1]] > moment:
            place -= 1
        return self.open | (BitMap(self.by_end[place : self.ended]) & self.live)

    def _look_ahead(self) -> None:
        """Find out what ends next."""
        self.following = self.by_end[self.ended : self.ended + ENDS]
        self.soon = BitMap(self.following)
        self.last_end = self.ends[self.by_end[self.ended - 1]] if self.ended else -1
        self.next_end = self.ends[self.following[0]] if self.following else NEVER
        self.later = self.ends[self.following[-1]] if self.following else NEVER

    def first_end(self, found: BitMap, moment: int) -> int:
        """Return when the first of a set ends, which were open at a moment (`open_at`), or a bit before.

        Of all that end next some are looked at: if none is in the set, none of the set ends before the last
        of them. Nothing is told of a moment before the last that was asked for.
        """
        if moment < self.last_end:
            return moment
        if found.intersect(self.soon):
            return self.ends[next(filter(found.__contains__, self.following))]
        return self.later

    def having(self, term: str) -> BitMap:
        """Return those with a term."""
        found = self.postings.get(term, _NOTHING)
        if isinstance(found, int):
            return BitMap((found,))
        if not isinstance(found, BitMap):
            self.postings[term] = found = BitMap(_numbers(found), optimize=False)
        return found

    def having_any(self, terms: Sequence[str]) -> BitMap:
        """Return those with at least one of some terms."""
        alone: list[int] = []
        sets: list[BitMap] = []
        for term in terms:
            found = self.postings.get(term)
            if isinstance(found, int):
                alone.append(found)
            elif found is not None:
                sets.append(self.having(term))
        return united([BitMap(alone), *sets] if alone else sets)

    def count(self, found: BitMap, mark: str) -> dict[str, int]:
        """Count those of a set by the values of a mark that they have."""
        return {
            term.removeprefix(f"{mark}:"): number
            for term in self.marked[mark]
            if (number := found.intersection_cardinality(self.having(term)))
        }

    def having_begun(self, beginning: str) -> BitMap:
        """Return those with any word that begins so."""
        first = bisect_left(self.vocabulary, beginning)
        last = bisect_left(self.vocabulary, beginning + chr(0x10FFFF), first)
        begun = zip(self.vocabulary[first:last], self.covered[first:last], strict=True)
        size = len(beginning)
        return self.having_any([term for term, covered in begun if covered < size])

    @cached_property
    def covered(self) -> "array[int]":
        """Up to which length the beginning of each term of the vocabulary also begins a wider one.

        What has `specialistnurs` has `specialist`: for `spec` the former need not be looked at, for
        `specialistn` it must. Most terms are two words in one, so that few are left to unite.
        """
        if len(self.jobs) < LARGE:
            return array("B", bytes(len(self.vocabulary)))
        covered = array("B")
        beginnings: list[str] = []
        for term in self.vocabulary:
            while beginnings and not term.startswith(beginnings[-1]):
                beginnings.pop()
            found = self.having(term)
            wider = (other for other in reversed(beginnings) if found <= self.having(other))
            covered.append(min(len(next(wider, "")), 255))
            beginnings.append(term)
        return covered

    def posted_since(self, moment: int) -> BitMap:
        return BitMap(range(bisect_left(self.times, moment), len(self.times)))

    def paying(self, least: int) -> BitMap:
        """Return those that pay at least so much."""
        return self.highest_pay.first(
            bisect_right(self.highest_pay.order, -least, key=lambda number: -self.pays[number])
        )


def _numbers(postings: Postings) -> Sequence[int]:
    """Return the numbers of those that have a term."""
    if isinstance(postings, str):
        return cast("list[int]", orjson.loads(f"[{postings}]"))
    return (postings,) if isinstance(postings, int) else cast("Sequence[int]", postings)


def _gather(postings: Gathered, term: str, numbers: Sequence[int]) -> None:
    """Add the numbers of listings, one at least, to those with a term."""
    seen = postings.get(term)
    if seen is None:
        postings[term] = array("I", numbers) if len(numbers) > 1 else numbers[0]
    elif isinstance(seen, int):
        postings[term] = array("I", (seen, *numbers))
    else:
        seen.extend(numbers)


def united(sets: Iterable[BitMap]) -> BitMap:
    """Return what is in any of some sets."""
    some = [each for each in sets if each]
    if len(some) > FEW:
        return BitMap.union(*some)
    return reduce(or_, some) if some else _NOTHING


def _as_bits(size: int) -> BitMap:
    """Return all numbers below a size as bits: runs, which a range is, get slow as some are taken out."""
    return BitMap(range(0, size, 2)) | BitMap(range(1, size, 2))


class NewestFirst:
    """The order of time. Keys are smaller the earlier something comes."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment

    def key(self, number: int) -> tuple[int, ...]:
        return -self.segment.times[number], -self.segment.jobs[number]

    def before(self, found: BitMap, key: tuple[int, ...]) -> int:
        """Count those of a set that come before a key."""
        size = len(self.segment.jobs)
        place = size - bisect_left(range(size), key, key=lambda place: self.key(size - 1 - place))
        return len(found) - (found.rank(place - 1) if place else 0)

    def part(self, found: BitMap, start: int, count: int) -> list[int]:
        """Return some of a set in this order, from one place on."""
        end = len(found) - start
        if end <= 0:
            return []
        begin = end - count if count < end else 0
        return list(islice(found.iter_equal_or_larger(found[begin]), end - begin))[::-1]


class HighestPayFirst:
    """The order of pay; those that do not say come last, and equals by time."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        newest_first = range(len(segment.jobs) - 1, -1, -1)
        self.order = array("I", sorted(newest_first, key=lambda number: -segment.pays[number]))
        self.places = array("I", bytes(self.order.itemsize * len(self.order)))
        for place, number in enumerate(self.order):
            self.places[number] = place
        self.blocks = [
            BitMap(self.order[start : start + BLOCK], optimize=False)
            for start in range(0, len(self.order), BLOCK)
        ]
        strides = (self.blocks[start : start + STRIDE] for start in range(0, len(self.blocks), STRIDE))
        self.first_strides = list(accumulate((BitMap.union(*blocks) for blocks in strides), or_))

    def key(self, number: int) -> tuple[int, ...]:
        segment = self.segment
        return -segment.pays[number], -segment.times[number], -segment.jobs[number]

    def first(self, count: int) -> BitMap:
        """Return the first of all."""
        block, rest = divmod(count, BLOCK)
        stride = block // STRIDE
        begun = BitMap(self.order[block * BLOCK : block * BLOCK + rest])
        return BitMap.union(
            begun, *self.first_strides[max(0, stride - 1) : stride], *self.blocks[stride * STRIDE : block]
        )

    def before(self, found: BitMap, key: tuple[int, ...]) -> int:
        """Count those of a set that come before a key."""
        return found.intersection_cardinality(self.first(bisect_left(self.order, key, key=self.key)))

    def part(self, found: BitMap, start: int, count: int) -> list[int]:
        """Return some of a set in this order, from one place on."""
        if start >= len(found):
            return []
        stride = bisect_right(self.first_strides, start, key=found.intersection_cardinality)
        skipped = found.intersection_cardinality(self.first_strides[stride - 1]) if stride else 0
        for first in range(stride * STRIDE, len(self.blocks)):
            here = found.intersection_cardinality(self.blocks[first])
            if skipped + here > start:
                break
            skipped += here
        ordered = chain.from_iterable(self._ordered(found, block) for block in range(first, len(self.blocks)))
        return list(islice(ordered, start - skipped, start - skipped + count))

    def _ordered(self, found: BitMap, block: int) -> Iterable[int]:
        """Return those of a set that are in a block, in this order: few are sorted, many met on a walk."""
        here = found & self.blocks[block]
        if len(here) < BLOCK // 8:
            return sorted(here, key=self.places.__getitem__)
        return filter(here.__contains__, self.order[block * BLOCK : (block + 1) * BLOCK])
