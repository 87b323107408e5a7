"""What the dashboard's shell shows."""

from typing import Any

from django import template

from accounts.web.navigation import ENTRIES

register = template.Library()

_BROWSERS = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
]
_SYSTEMS = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "a Mac"),
    ("Linux", "Linux"),
]
"""The first mark found in a user agent decides: browsers name those they are derived from, too."""


@register.simple_tag(takes_context=True)
def dashboard_entries(context: template.Context) -> list[dict[str, Any]]:
    """Return the entries of the navigation that have a page: label, url, is_current."""
    path = context["request"].path
    entries = [(entry, entry.url()) for entry in ENTRIES]
    return [
        {"label": entry.label, "url": url, "is_current": entry.holds(path)} for entry, url in entries if url
    ]


@register.filter
def browser_name(user_agent: str) -> str:
    """Return what a person calls the browser of this user agent: "Firefox on Linux"."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "Another browser")
    system = next((f" on {name}" for mark, name in _SYSTEMS if mark in user_agent), "")
    return browser + system
