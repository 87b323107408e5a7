"""A search as the board's pages read and write it: the API's parameters, forgivingly.

Checkboxes repeat a parameter where the API takes a comma list, an empty field means nothing,
and what cannot be understood is said and left out, so that a page always answers.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.text import Truncator

from jobs import search_text
from jobs.api.filters import JobFilterSet
from jobs.facets import Facets
from jobs.models import Company, EmploymentType, ExperienceLevel
from jobs.queries import JobFilters
from jobsphere.api.filters import MAX_TEXT_LENGTH
from jobsphere.ids import pattern

_TOO_MUCH = "is more than we can look for at once: take some of it away."
_NOT_UNDERSTOOD = {
    "q": f"is too long: search with at most {search_text.MAX_QUERY_LENGTH} characters.",
    "location": f"is too long for a place: use at most {MAX_TEXT_LENGTH} characters.",
    "salary_min": "is no amount that we understand: write a whole number, such as 50000.",
    "currency": "is no currency that we know: choose one from the list.",
    "posted_since": "is no date: write the year, the month and the day, such as 2026-04-10.",
    "type": "is no type of job: choose from the list.",
    "experience_level": "is no level of experience: choose from the list.",
    "remote": "is no place to work: choose remote or on site.",
    "sort": "is no order: choose one from the list.",
    "page": "is no page of these results: this is the first.",
    "category": _TOO_MUCH,
    "company": "is no employer with jobs here: choose one from the list.",
    "skills": _TOO_MUCH,
}
"""What is said of a filter after what was typed, where the API would name its parameter."""

_AMOUNT = re.compile(r"([0-9]{1,3}(?:[\s,.'’][0-9]{3})+|[0-9]+)\s*(k?)", re.IGNORECASE | re.ASCII)
"""A sum as people write one: 50000, 50,000, 50.000, 50 000, 50k."""

MOST_COMPANIES = 20
"""Companies that the beginning of a name stands for."""

_COMPANY_ID = re.compile(pattern("comp"))
TYPED_SHOWN = 60
"""Characters of what was not understood."""

LISTS = ("category", "type", "experience_level", "company", "skills")
DEFAULT_CURRENCY = "USD"


@dataclass(frozen=True)
class Search:
    """What was asked for, in the API's words, and what of it could not be understood.

    Args:
        typed: what was not understood and is left out, by parameter.
    """

    parameters: dict[str, str]
    values: dict[str, Any]
    filters: JobFilters
    typed: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, query: QueryDict) -> "Search":
        """Read a page's query string."""
        parameters = dict(_canonical(query))
        if "salary_min" in parameters:
            parameters.setdefault("currency", DEFAULT_CURRENCY)
        filterset = JobFilterSet(_querydict(parameters))
        wrong = {fault.param or "" for fault in filterset.faults()}
        if not _are_companies(parameters.get("company", "")):
            wrong.add("company")
        typed = {name: parameters.pop(name) for name in list(parameters) if name in wrong}
        if wrong:
            if "salary_min" not in parameters and "currency" not in query:
                parameters.pop("currency", None)
            filterset = JobFilterSet(_querydict(parameters))
            filterset.faults()
        return cls(parameters, filterset.values, filterset.job_filters(), typed)

    @property
    def problems(self) -> list[str]:
        """What could not be understood, in a reader's words."""
        return [
            f"“{Truncator(text).chars(TYPED_SHOWN)}” {_NOT_UNDERSTOOD[name]}"
            for name, text in self.typed.items()
        ]

    @property
    def query_string(self) -> str:
        """The canonical query string, without a leading question mark."""
        return _querydict(self.parameters).urlencode()

    def kept(self, without: Iterable[str]) -> list[tuple[str, str]]:
        """Return what a form carries along that asks for some filters anew; at its first page."""
        return [(name, value) for name, value in self.parameters.items() if name not in ("page", *without)]

    def meaning(self, parameters: dict[str, str]) -> str:
        """Return the query string with these in place of what was typed; at its first page."""
        kept = {name: text for name, text in self.parameters.items() if name != "page"}
        return _querydict(kept | parameters).urlencode()

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
        if name == "company":
            values = [company_id for value in values for company_id in _company_ids(value)]
        value = ",".join(dict.fromkeys(values)) if name in LISTS else values[-1]
        yield name, _amount(value) if name == "salary_min" else value


def _company_ids(text: str) -> list[str]:
    """Return the ids of companies that a filter names: by ids with commas, or by one name or its beginning.

    What names none is returned as it is.
    """
    if _are_companies(text):
        return [text]
    name = " ".join(text.replace("\0", "").split())
    known = Company.objects.in_good_standing().order_by("name", "id").values_list("public_id", flat=True)
    return (
        list(known.filter(name__iexact=name)[:MOST_COMPANIES])
        or list(known.filter(name__istartswith=name)[:MOST_COMPANIES])
        or [text]
    )


def _are_companies(text: str) -> bool:
    return not text or all(_COMPANY_ID.fullmatch(each.strip()) for each in text.split(","))


def _amount(text: str) -> str:
    """Return a sum of money in plain digits; what is none as it is."""
    if not (found := _AMOUNT.fullmatch(text)):
        return text
    return re.sub(r"\D", "", found[1]) + ("000" if found[2] else "")


def _querydict(parameters: dict[str, str]) -> QueryDict:
    query = QueryDict(mutable=True)
    query.update(parameters)
    return query
