"""The query parameters of `GET /v1/jobs` and `GET /v1/companies`."""

from collections.abc import Sequence
from typing import Any

import django_filters
from django.core.exceptions import ValidationError

from jobs import places, queries, search_text
from jobs.currencies import CURRENCIES
from jobs.models import EmploymentType, ExperienceLevel
from jobs.queries import JobFilters
from jobsphere.api.filters import (
    BooleanFilter,
    CommaChoiceFilter,
    CommaTextFilter,
    IntegerFilter,
    PagedFilterSet,
    StrictField,
    TextField,
    TextFilter,
    TimeFilter,
)
from jobsphere.errors import Fault

MAX_SALARY = 10**12


class OneOfField(StrictField):
    def __init__(self, *, values: Sequence[str], meaning: str, **kwargs: Any) -> None:
        self.values, self.meaning = values, meaning
        super().__init__(**kwargs)

    def parse(self, text: str) -> str:
        if text not in self.values:
            raise ValidationError(f"must be {self.meaning}.", code="invalid")
        return text


class OneOfFilter(django_filters.Filter):
    """One of a few values, as they are written."""

    field_class = OneOfField

    def __init__(self, *args: Any, values: Sequence[str], meaning: str, **kwargs: Any) -> None:
        self.schema = {"type": "string", "enum": list(values)}
        super().__init__(*args, values=values, meaning=meaning, **kwargs)


class WordsField(TextField):
    """A query, with the space at its end that finishes its last word."""

    def parse(self, text: str) -> str | None:
        return text if super().parse(text) else None


class WordsFilter(TextFilter):
    field_class = WordsField


class JobFilterSet(PagedFilterSet):
    q = WordsFilter(
        max_length=search_text.MAX_QUERY_LENGTH,
        help_text=(
            "Search query (title, skills, company): all of the words, in any form of them or by a synonym; "
            'a "quoted phrase"; -excluded words. The last word may be unfinished, unless a space follows it.'
        ),
    )
    category = CommaTextFilter(help_text="Job category slug (e.g., engineering); any of several.")
    location = TextFilter(
        help_text="City, country, or remote: `berlin`, `germany`, `san francisco, ca`, `remote, germany`."
    )
    experience_level = CommaChoiceFilter(choices=ExperienceLevel.choices, help_text="Any of several.")
    type = CommaChoiceFilter(choices=EmploymentType.choices, help_text="Any of several.")
    company = CommaTextFilter(help_text="Company id; any of several.")
    skills = CommaTextFilter(help_text="Skills in any case; all of several.")
    salary_min = IntegerFilter(
        maximum=MAX_SALARY, help_text="Pay that reaches this much a year, in `currency`, which it needs."
    )
    currency = OneOfFilter(
        values=CURRENCIES,
        meaning="the code of a currency (ISO 4217), such as USD",
        help_text="Pay in this currency (ISO 4217).",
    )
    posted_since = TimeFilter(help_text="Posted at this date or time (RFC 3339), or later.")
    remote = BooleanFilter(help_text="Only remote jobs, or only those that are not.")
    sort = OneOfFilter(
        values=queries.SORTS,
        meaning=f"one of these: {', '.join(queries.SORTS)}",
        help_text=(
            "`relevance` (the default with `q`): jobs whose whole title was asked for, then those with all "
            "words in the title, as written, in another form, by a synonym or unfinished, then those that "
            "need the skills, and the company's name, the newest first in each; `newest` (the default "
            "without `q`, and what `relevance` means without) or `salary` (highest first, those that name "
            "none last)."
        ),
    )

    def faults(self) -> list[Fault]:
        faults = super().faults()
        if "salary_min" in self.data and "currency" not in self.data:
            message = "currency is needed with salary_min, such as currency=USD."
            faults.append(Fault("missing_parameter", message, "currency"))
        return faults

    def job_filters(self, version: int | None = None) -> JobFilters:
        """Return what is asked for; only without faults.

        Args:
            version: of the listings, if it was just read.
        """
        asked = self.values
        location = asked["location"]
        return JobFilters(
            query=None if asked["q"] is None else search_text.parse_query(asked["q"]),
            categories=asked["category"] or (),
            location=None if location is None else places.resolve_filter(location, version),
            experience_levels=asked["experience_level"] or (),
            types=asked["type"] or (),
            companies=asked["company"] or (),
            skills=asked["skills"] or (),
            salary_min=asked["salary_min"],
            currency=asked["currency"],
            posted_since=asked["posted_since"],
            remote=asked["remote"],
            sort=asked.get("sort"),
        )


class CompanyFilterSet(PagedFilterSet):
    mine = BooleanFilter(
        help_text="true: your account's companies, in any state. false, the default: every public one."
    )
