"""What the dashboard's shell shows."""

from typing import Any

from django import template

from accounts.web.navigation import ENTRIES

register = template.Library()


@register.simple_tag(takes_context=True)
def dashboard_entries(context: template.Context) -> list[dict[str, Any]]:
    """Return the entries of the navigation that have a page: label, url, is_current."""
    path = context["request"].path
    entries = [(entry, entry.url()) for entry in ENTRIES]
    return [
        {"label": entry.label, "url": url, "is_current": entry.holds(path)} for entry, url in entries if url
    ]
