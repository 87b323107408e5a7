"""The usage plot, as numbers for an SVG: a bar for each minute, against the plan's limit."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.calls import Minute

WIDTH, HEIGHT, BAR = 600, 120, 10


@dataclass(frozen=True)
class Bar:
    """A minute's calls: those served from the ground, those refused on top; in the plot's units."""

    minute: Minute
    x: int
    served_y: float
    served_height: float
    refused_y: float
    refused_height: float


@dataclass(frozen=True)
class Plot:
    """The last minutes' calls.

    Args:
        limit_y: where the limit's line stands.
    """

    bars: Sequence[Bar]
    limit_y: float
    highest: int
    total: int
    refused: int

    @property
    def busy_minutes(self) -> list[Minute]:
        """The minutes that saw calls, the latest first."""
        return [bar.minute for bar in reversed(self.bars) if bar.minute.served + bar.minute.refused]


def of(minutes: Sequence[Minute], limit: int) -> Plot:
    """Return the plot of minutes, high enough for their calls and for the limit."""
    highest = max(minute.served + minute.refused for minute in minutes)
    scale = HEIGHT / (max(highest, limit) * 1.1)
    bars = [_bar(index, minute, scale) for index, minute in enumerate(minutes)]
    return Plot(
        bars=bars,
        limit_y=round(HEIGHT - limit * scale, 1),
        highest=highest,
        total=sum(minute.served + minute.refused for minute in minutes),
        refused=sum(minute.refused for minute in minutes),
    )


def _bar(index: int, minute: Minute, scale: float) -> Bar:
    served, refused = round(minute.served * scale, 1), round(minute.refused * scale, 1)
    return Bar(
        minute=minute,
        x=index * BAR,
        served_y=round(HEIGHT - served, 1),
        served_height=served,
        refused_y=round(HEIGHT - served - refused, 1),
        refused_height=refused,
    )
