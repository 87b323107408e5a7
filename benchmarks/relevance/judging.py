"""The judged set: what people type, and how well each real posting answers it."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log2
from pathlib import Path
from typing import Any

QUERIES = Path(__file__).with_name("queries.jsonl")
DEPTH = 10
GOOD = 2
"""From this grade on a posting is one that the searcher wants."""

Posting = Mapping[str, str]
"""What a reader sees of a posting: title, skills, company, location, level and type, in small letters."""


@dataclass(frozen=True)
class Rule:
    """A grade, and the patterns that a posting's fields have to match for it."""

    grade: int
    patterns: Sequence[tuple[str, re.Pattern[str]]]
    not_title: re.Pattern[str] | None

    @classmethod
    def read(cls, row: dict[str, Any]) -> "Rule":
        patterns = [
            (name.removesuffix("_too"), re.compile(pattern))
            for name, pattern in row.items()
            if name not in ("grade", "not_title")
        ]
        return cls(row["grade"], patterns, re.compile(row["not_title"]) if "not_title" in row else None)

    def holds(self, posting: Posting) -> bool:
        if self.not_title and self.not_title.search(posting["title"]):
            return False
        return all(pattern.search(posting[name]) for name, pattern in self.patterns)


@dataclass(frozen=True)
class Query:
    """One thing that people type.

    Args:
        half: `development`, which the search may be mended by, or `held out`.
        rules: the first that holds of a posting grades it, from 0 to 3; without one it is 0.
    """

    id: int
    kind: str
    half: str
    text: str
    rules: Sequence[Rule]

    def grade(self, posting: Posting) -> int:
        return next((rule.grade for rule in self.rules if rule.holds(posting)), 0)


@dataclass(frozen=True)
class Judged:
    """A query with the grade of every posting, by its key."""

    query: Query
    grades: Mapping[int, int]

    @cached_property
    def _ideal(self) -> float:
        return _gain(sorted(self.grades.values(), reverse=True)[:DEPTH])

    def ndcg(self, found: Sequence[int]) -> float:
        """Return the discounted gain of what was found first, as a share of the best that is possible.

        Gains are 2^grade - 1 (C. Burges et al., Learning to Rank using Gradient Descent, 2005).
        """
        return _gain([self.grades[key] for key in found[:DEPTH]]) / self._ideal

    def succeeds(self, found: Sequence[int]) -> bool:
        """Whether what stands first is wanted."""
        return bool(found) and self.grades[found[0]] >= GOOD


def _gain(grades: Iterable[int]) -> float:
    return sum((2**grade - 1) / log2(place + 2) for place, grade in enumerate(grades))


def queries() -> list[Query]:
    """Return the judged queries."""
    rows = map(json.loads, QUERIES.read_text(encoding="utf-8").splitlines())
    return [
        Query(row["id"], row["kind"], row["half"], row["q"], [Rule.read(rule) for rule in row["rules"]])
        for row in rows
    ]


def judge(postings: Mapping[int, Posting]) -> list[Judged]:
    """Grade every posting for every query.

    Raises:
        ValueError: there is nothing that one of them wants.
    """
    keys_of: dict[tuple[str, ...], list[int]] = {}
    for key, posting in postings.items():
        keys_of.setdefault(tuple(posting.values()), []).append(key)
    judged = []
    for query in queries():
        grades = {}
        for keys in keys_of.values():
            grade = query.grade(postings[keys[0]])
            grades.update(dict.fromkeys(keys, grade))
        if max(grades.values()) < GOOD:
            raise ValueError(f"No posting answers {query.text!r}.")
        judged.append(Judged(query, grades))
    return judged
