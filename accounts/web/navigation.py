"""The dashboard's navigation: one list, in which an entry shows once its page exists."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True)
class Entry:
    """A page of the dashboard.

    Args:
        name: of its URL.
    """

    label: str
    name: str

    def url(self) -> str | None:
        """Return its path, or None while there is no such page."""
        try:
            return reverse(self.name)
        except NoReverseMatch:
            return None

    def holds(self, path: str) -> bool:
        """Tell whether a path is this page or lies below it."""
        url = self.url()
        if url is None:
            return False
        return path == url or (url != "/dashboard" and path.startswith(f"{url}/"))


ENTRIES = [
    Entry("Overview", "dashboard"),
    Entry("Jobs", "dashboard-jobs"),
    Entry("Applicants", "dashboard-applicants"),
    Entry("Companies", "dashboard-companies"),
    Entry("Team", "team"),
    Entry("API keys", "api-keys"),
    Entry("Settings", "account-settings"),
]
"""In their order. Other apps add theirs by naming it here; the page's own path decides what is current."""
