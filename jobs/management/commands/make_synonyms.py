"""Makes `jobs/data/synonyms.tsv` of two published classifications; docs/decisions/synonyms.md says why so."""

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from jobs.search_text import SYNONYMS, normalise

_IN_TWO_FORMS = re.compile(r"([^()]+) \(([^()]+)\)")
_LINKS = {"and", "of", "the", "for", "in"}
MOST = 3
"""Meanings of a short form that are kept, of those that are at least half as frequent as the first."""


def short_forms(path: Path) -> Iterator[tuple[str, str]]:
    """Yield short and long forms, of titles that O*NET gives in both: HR Clerk (Human Resources Clerk)."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    with path.open(encoding="utf-8") as lines:
        titles = {row["Alternate Title"] for row in csv.DictReader(lines, delimiter="\t")}
    for title in sorted(titles):
        if match := _IN_TWO_FORMS.fullmatch(title):
            one, other = _difference(normalise(match[1]).split(), normalise(match[2]).split())
            for words, meant in ((one, other), (other, one)):
                if len(words) == 1 and _abbreviates(words[0], meant):
                    seen[words[0]][" ".join(meant)] += 1
    for short, longs in seen.items():
        most = longs.most_common(1)[0][1]
        for long, number in longs.most_common(MOST):
            if number * 2 >= most:
                yield short, long
                yield long, short


def _difference(one: list[str], other: list[str]) -> tuple[list[str], list[str]]:
    """What is left of two lists without what both begin and end with."""
    while one and other and one[0] == other[0]:
        one, other = one[1:], other[1:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return one, other


def _abbreviates(short: str, long: list[str]) -> bool:
    """Whether a word is made of some letters of each of these words, in their order."""
    letters = "".join(long)
    if not 2 <= len(short) < len(letters) or len(short) > 6 or not letters.isalpha():
        return False

    def spells(rest: str, words: list[str]) -> bool:
        if not words:
            return not rest
        if words[0] in _LINKS and spells(rest, words[1:]):
            return True
        return rest[:1] == words[0][:1] != "" and any(
            _is_subsequence(rest[:end], words[0]) and spells(rest[end:], words[1:])
            for end in range(1, len(rest) + 1)
        )

    return spells(short, long)


def _is_subsequence(part: str, word: str) -> bool:
    letters = iter(word)
    return all(letter in letters for letter in part)


def one_word_titles(titles: Path, english: Path) -> Iterator[tuple[str, str]]:
    """Yield titles of one word that both classifications give to one occupation: lawyer, attorney."""
    occupations: dict[str, set[str]] = defaultdict(set)
    with titles.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            occupations[row["Alternate Title"].lower()].add(row["O*NET-SOC Code"])
    with english.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            title = row["preferredLabel"]
            for other in row["altLabels"].split("\n"):
                if title.isalpha() and other.isalpha() and occupations[title] & occupations[other]:
                    yield title, other
                    yield other, title


def translations(english: Path, spanish: Path) -> Iterator[tuple[str, str]]:
    """Yield Spanish names of occupations, of one to three words, and ESCO's English name of the same."""
    with english.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    names = {row["conceptUri"]: normalise(row["preferredLabel"]) for row in rows}
    is_english = set(
        normalise(" ".join(row["preferredLabel"] + " " + row["altLabels"] for row in rows)).split()
    )
    with spanish.open(encoding="utf-8") as lines:
        labels = [
            (row["preferredLabel"], row["altLabels"], row["conceptUri"]) for row in csv.DictReader(lines)
        ]
    known: dict[str, str] = {}
    for column in (0, 1):  # what an occupation is called first goes before what it is called as well
        for row in labels:
            for label in re.split(r"[/\n]", row[column]):
                name, meant = normalise(label), names.get(row[2], "")
                if 0 < len(name.split()) <= 3 and 0 < len(meant.split()) <= 3:
                    known.setdefault(name, meant)
    yield from (pair for pair in known.items() if not is_english.issuperset(pair[0].split()))


class Command(BaseCommand):
    help = "Makes the synonyms that the search knows, of files of O*NET and ESCO. Their makers publish them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("titles", type=Path, help="Alternate Titles.txt of O*NET")
        parser.add_argument("english", type=Path, help="occupations_en.csv of ESCO")
        parser.add_argument("spanish", type=Path, help="occupations_es.csv of ESCO")

    def handle(self, *, titles: Path, english: Path, spanish: Path, **options: Any) -> None:
        alike = {*one_word_titles(titles, english)}
        translated = {*translations(english, spanish)}
        translated |= {
            (name, other) for name, meant in translated for title, other in alike if title == meant
        }
        pairs = {*short_forms(titles), *alike, *translated}
        lines = [f"{words}\t{other}\n" for words, other in sorted(pairs)]
        SYNONYMS.write_text("".join(lines), encoding="utf-8")
        self.stdout.write(f"{len(lines):,} synonyms written.")
