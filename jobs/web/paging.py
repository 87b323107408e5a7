"""The page numbers under a list."""

from dataclasses import dataclass

from django.http import HttpRequest

AROUND = 2


def page_number(request: HttpRequest) -> int:
    """Return the page that a query string asks for; what is no number asks for the first."""
    text = request.GET.get("page", "1")
    return max(1, int(text)) if text.isdecimal() and len(text) < 10 else 1


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
