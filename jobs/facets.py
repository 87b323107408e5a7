"""How many jobs each option of a filter would leave: the counts beside a search's options."""

from collections import defaultdict
from dataclasses import dataclass, replace

from django.db.models import CharField, Count, F, QuerySet, Value
from django.db.models.functions import Cast

from jobs import queries
from jobs.models import Listing
from jobs.queries import JobFilters

DIMENSIONS = {
    "category": ("category__slug", {"categories": ()}),
    "type": ("type", {"types": ()}),
    "experience_level": ("experience_level", {"experience_levels": ()}),
    "remote": ("remote", {"remote": None}),
}
"""Each filter with counts: the column it counts by, and how a search looks without it."""


@dataclass(frozen=True)
class Facets:
    """Counts by filter and value; a filter's own choice does not narrow its counts."""

    counts: dict[str, dict[str, int]]

    def of(self, dimension: str, value: str) -> int:
        return self.counts.get(dimension, {}).get(value, 0)


def count(filters: JobFilters) -> Facets:
    """Count the options of every dimension, by one query."""
    parts = [
        _part(name, column, replace(filters, **without)) for name, (column, without) in DIMENSIONS.items()
    ]
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for dimension, value, number in parts[0].union(*parts[1:], all=True):
        if value is not None:
            counts[dimension][value] = number
    return Facets(dict(counts))


def _part(name: str, column: str, filters: JobFilters) -> QuerySet[Listing, tuple[str, str | None, int]]:
    return (
        queries.search(replace(filters, sort=queries.NEWEST))
        .order_by()
        .values(value=Cast(F(column), CharField()))
        .annotate(number=Count("pk"), dimension=Value(name))
        .values_list("dimension", "value", "number")
    )
