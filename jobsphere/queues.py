"""Rows that wait for somebody, in the order in which they are to be looked at."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Model, Q, QuerySet

MAX_COUNTED = 1000
"""Nobody plans a day by more, and no page counts a whole table."""


@dataclass(frozen=True)
class Size:
    """How much waits, and since when the oldest of it does (of the first `MAX_COUNTED`)."""

    count: int
    oldest: datetime | None

    def __str__(self) -> str:
        return f"{MAX_COUNTED:,}+" if self.count > MAX_COUNTED else f"{self.count:,}"


@dataclass(frozen=True)
class Queue:
    """A queue.

    Args:
        name: in query strings, unique among the queues of a page.
        title: as its list is headed.
        rows: gives what waits.
        order: fields, those with a hyphen descending; together unique, and led by an index.
        since: the field that tells when a row began to wait.
    """

    name: str
    title: str
    rows: Callable[[], QuerySet[Any]]
    order: tuple[str, ...]
    since: str

    def size(self) -> Size:
        """Count what waits, up to `MAX_COUNTED`. One query."""
        first = self.rows().order_by(*self.order)[: MAX_COUNTED + 1]
        return Size(**first.aggregate(count=Count("pk"), oldest=Min(self.since)))

    def after(self, row: Model) -> Any | None:
        """Return what comes after a row, which need not wait any more; at the end what was skipped before."""
        others = self.rows().exclude(pk=row.pk).order_by(*self.order)
        return others.filter(self._beyond(row)).first() or others.first()

    def _beyond(self, row: Model) -> Q:
        beyond, equal = Q(), Q()
        for name in self.order:
            field = name.removeprefix("-")
            value = getattr(row, field)
            if value is None:  # it never was in the queue
                return Q()
            beyond |= equal & Q(**{f"{field}__{'lt' if name != field else 'gt'}": value})
            equal &= Q(**{field: value})
        return beyond
