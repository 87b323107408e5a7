"""How many jobs each option of a filter would leave: the counts beside a search's options."""

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import CharField, Count, F, QuerySet, Value
from django.db.models.functions import Cast

from jobs import index, queries
from jobs.models import Category, Listing
from jobs.queries import JobFilters

DIMENSIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "category": ("category__slug", "category__name", {"categories": ()}),
    "type": ("type", "type", {"types": ()}),
    "experience_level": ("experience_level", "experience_level", {"experience_levels": ()}),
    "remote": ("remote", "remote", {"remote": None}),
}
"""Each filter with counts: the column it counts by, that of its names, and how a search looks without it."""

MARKS = {"category": "category", "type": "type", "experience_level": "level", "remote": "remote"}
"""What a worker's index calls them."""


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
    """Count the options of every dimension, of one state, by one query or two."""
    searches = {
        dimension: replace(filters, sort=queries.NEWEST, **without)
        for dimension, (_, _, without) in DIMENSIONS.items()
    }
    counted = index.count({MARKS[dimension]: search for dimension, search in searches.items()})
    if counted is None:
        return _count_in_database(searches)
    categories = Category.objects.in_bulk([int(key) for key in counted["category"]])
    counts = {dimension: counted[mark] for dimension, mark in MARKS.items()}
    counts["category"] = {
        categories[int(key)].slug: number
        for key, number in counted["category"].items()
        if int(key) in categories
    }
    return Facets(counts, {category.slug: category.name for category in categories.values()})


def _count_in_database(searches: dict[str, JobFilters]) -> Facets:
    parts = [_part(dimension, *DIMENSIONS[dimension][:2], search) for dimension, search in searches.items()]
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
        queries.search(filters)
        .order_by()
        .values(value=Cast(F(column), CharField()), label=Cast(F(label), CharField()))
        .annotate(number=Count("pk"), dimension=Value(dimension))
        .values_list("dimension", "value", "label", "number")
    )
