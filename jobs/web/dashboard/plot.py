"""A plot of counts by day, as numbers for an SVG: one bar a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

STEP, BAR, HEIGHT = 10, 8, 100
LEAST_TOP = 5
"""A plot of one or two does not look like a rush."""


@dataclass(frozen=True)
class Bar:
    """A day's count, in the plot's units."""

    x: int
    y: float
    height: float
    day: date
    count: int


@dataclass(frozen=True)
class Plot:
    """Counts of successive days.

    Args:
        width: of the plot, in its units.
    """

    bars: Sequence[Bar]
    width: int
    total: int
    highest: int


def of(counts: Sequence[tuple[date, int]]) -> Plot:
    """Return the plot of these days' counts."""
    highest = max(count for _, count in counts)
    scale = HEIGHT / max(highest, LEAST_TOP)
    bars = [
        Bar(index * STEP, round(HEIGHT - count * scale, 1), round(count * scale, 1), day, count)
        for index, (day, count) in enumerate(counts)
    ]
    return Plot(bars, len(counts) * STEP, sum(count for _, count in counts), highest)
