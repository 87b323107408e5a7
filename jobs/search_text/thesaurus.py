"""What else is said for some words."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

SYNONYMS = Path(__file__).parents[1] / "data" / "synonyms.tsv"
"""Words and what else they are called, one pair a line; docs/decisions/synonyms.md says where from."""

MAX_SYNONYM_WORDS = 7
"""Words of what is looked up there."""


@cache
def synonyms() -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """Return what else is said for some words, each as words."""
    found: dict[str, list[tuple[str, ...]]] = {}
    with SYNONYMS.open(encoding="utf-8") as lines:
        for line in lines:
            words, other = line.rstrip("\n").split("\t")
            found.setdefault(words, []).append(tuple(other.split()))
    return {words: tuple(others) for words, others in found.items()}
