"""How many jobs each option of a filter would leave: the counts beside a search's options."""

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import CharField, Count, F, QuerySet, Value
from django.db.models.functions import Cast

from jobs import queries
from jobs.models import Listing
from jobs.queries import JobFilters

DIMENSIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "category": ("category__slug", "category__name", {"categories": ()}),
    "type": ("type", "type", {"types": ()}),
    "experience_level": ("experience_level", "experience_level", {"experience_levels": ()}),
    "remote": ("remote", "remote", {"remote": None}),
}
"""Each filter with counts: the column it counts by, that of its names, and how a search looks without it."""


@dataclass(frozen=True)
class Facets:
    """Counts by filter and value; a filter's own choice does not narrow its counts.

    `category_names` names the categories that were counted, by slug.
    """

    counts: dict[str, dict[str, int]]
    category_names: dict[str, str]

    def of(self, dimension: str, value: str) -> int:
        return self.counts.get(dimension, {}).get(value, 0)


def count(filters: JobFilters) -> Facets:
    """Count the options of every dimension, by one query."""
    parts = [
        _part(dimension, column, label, replace(filters, **without))
        for dimension, (column, label, without) in DIMENSIONS.items()
    ]
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    names: dict[str, str] = {}
    for dimension, value, label, number in parts[0].union(*parts[1:], all=True):
        if value is not None:
            counts[dimension][value] = number
            if dimension == "category":
                names[value] = label
    return Facets(dict(counts), names)


def _part(dimension: str, column: str, label: str, filters: JobFilters) -> QuerySet[Listing, Any]:
    return (
        queries.search(replace(filters, sort=queries.NEWEST))
        .order_by()
        .values(value=Cast(F(column), CharField()), label=Cast(F(label), CharField()))
        .annotate(number=Count("pk"), dimension=Value(dimension))
        .values_list("dimension", "value", "label", "number")
    )
