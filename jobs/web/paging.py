"""The page numbers under a list."""

from dataclasses import dataclass

AROUND = 2


@dataclass(frozen=True)
class Pages:
    """Where a page stands, and which others to offer."""

    current: int
    total_pages: int

    @property
    def previous(self) -> int | None:
        return min(self.current - 1, self.total_pages) if self.current > 1 else None

    @property
    def next(self) -> int | None:
        return self.current + 1 if self.current < self.total_pages else None

    @property
    def window(self) -> list[int | None]:
        """The first, the last and those around the current one; None where some are left out."""
        near = range(max(1, self.current - AROUND), min(self.total_pages, self.current + AROUND) + 1)
        shown = sorted({1, self.total_pages, *near})
        numbers: list[int | None] = []
        for before, number in zip([0, *shown], shown, strict=False):
            if number - before > 1:
                numbers.append(None)
            numbers.append(number)
        return numbers
