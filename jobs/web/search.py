"""A search as the board's pages read and write it: the API's parameters, forgivingly.

Checkboxes repeat a parameter where the API takes a comma list, an empty field means nothing,
and what cannot be understood is said and left out, so that a page always answers.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from jobs.api.filters import JobFilterSet
from jobs.facets import Facets
from jobs.models import EmploymentType, ExperienceLevel
from jobs.queries import JobFilters

LISTS = ("category", "type", "experience_level", "company", "skills")
DEFAULT_CURRENCY = "USD"


@dataclass(frozen=True)
class Search:
    """What was asked for, in the API's words, and what of it could not be understood."""

    parameters: dict[str, str]
    values: dict[str, Any]
    filters: JobFilters
    problems: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, query: QueryDict) -> "Search":
        """Read a page's query string."""
        parameters = dict(_canonical(query))
        if "salary_min" in parameters:
            parameters.setdefault("currency", DEFAULT_CURRENCY)
        problems: list[str] = []
        filterset = JobFilterSet(_querydict(parameters))
        if faults := filterset.faults():
            problems = [fault.message for fault in faults]
            for fault in faults:
                parameters.pop(fault.param or "", None)
            if "salary_min" not in parameters and "currency" not in query:
                parameters.pop("currency", None)
            filterset = JobFilterSet(_querydict(parameters))
            filterset.faults()
        return cls(parameters, filterset.values, filterset.job_filters(), problems)

    @property
    def query_string(self) -> str:
        """The canonical query string, without a leading question mark."""
        return _querydict(self.parameters).urlencode()

    def without(self, name: str, value: str | None = None) -> str:
        """Return the query string without a filter, or without one value of it; at its first page."""
        parameters = {key: text for key, text in self.parameters.items() if key != "page"}
        kept = [item for item in parameters.pop(name, "").split(",") if value is not None and item != value]
        if kept:
            parameters[name] = ",".join(kept)
        if name == "salary_min":
            parameters.pop("currency", None)
        return _querydict(parameters).urlencode()


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    count: int
    selected: bool


@dataclass(frozen=True)
class Group:
    """One filter with its options."""

    name: str
    label: str
    options: list[Option]


@dataclass(frozen=True)
class Chip:
    """One filter in force, and the address of the search without it."""

    label: str
    url: str


def groups(search: Search, facets: Facets) -> list[Group]:
    """Return the filters beside the results; options that would leave nothing are left out."""
    choices: list[tuple[str, str, list[tuple[str, str]]]] = [
        ("category", "Field of work", _categories(search, facets)),
        ("type", "Type", list(EmploymentType.choices)),
        ("experience_level", "Experience", list(ExperienceLevel.choices)),
        ("remote", "Where one works", [("true", "Remote"), ("false", "On site")]),
    ]
    return [
        Group(name, label, options)
        for name, label, pairs in choices
        if (options := list(_options(search, facets, name, pairs)))
    ]


def _categories(search: Search, facets: Facets) -> list[tuple[str, str]]:
    chosen = [slug for slug in search.parameters.get("category", "").split(",") if slug]
    names = {slug: slug.replace("-", " ").capitalize() for slug in chosen} | facets.category_names
    return sorted(names.items(), key=lambda pair: -facets.of("category", pair[0]))


def _options(search: Search, facets: Facets, name: str, pairs: list[tuple[str, str]]) -> Iterator[Option]:
    selected = search.parameters.get(name, "").split(",")
    for value, label in pairs:
        number = facets.of(name, value)
        if number or value in selected:
            yield Option(value, label, number, value in selected)


def chips(search: Search, labels: dict[tuple[str, str], str]) -> list[Chip]:
    """Return the filters in force.

    Args:
        labels: how to name a value, by parameter and value; others are named by themselves.
    """
    found = []
    for name, text in search.parameters.items():
        if name in ("page", "limit", "sort", "currency"):
            continue
        for value in text.split(",") if name in LISTS else [text]:
            label = labels.get((name, value), value)
            if name == "salary_min":
                label = f"At least {int(value):,} {search.parameters['currency']}"
            elif name == "posted_since":
                label = f"Since {value}"
            remaining = search.without(name, value if name in LISTS else None)
            found.append(Chip(label, f"?{remaining}" if remaining else "/jobs"))
    return found


def _canonical(query: QueryDict) -> Iterator[tuple[str, str]]:
    for name in JobFilterSet.base_filters:
        values = [value.strip() for value in query.getlist(name) if value.strip()]
        if not values or name == "limit":
            continue
        if name == "remote" and len(set(values)) > 1:  # both boxes ticked ask for nothing
            continue
        yield name, ",".join(dict.fromkeys(values)) if name in LISTS else values[-1]


def _querydict(parameters: dict[str, str]) -> QueryDict:
    query = QueryDict(mutable=True)
    query.update(parameters)
    return query
