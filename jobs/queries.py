"""What can be found: the search for jobs, and who may see or change which job."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import Case, Count, F, OrderBy, Q, QuerySet, Subquery, When
from django.utils import timezone

from accounts.models import Account
from jobs import places, search_text
from jobs.models import Category, Company, Job, Listing
from jobs.places import PlaceFilter
from jobs.search_text import ParsedQuery
from jobs.services.listings import location_words
from jobs.services.postings import NotYourCompany
from jobsphere.errors import NotFound

RELEVANCE, NEWEST, SALARY = "relevance", "newest", "salary"
SORTS = (RELEVANCE, NEWEST, SALARY)

NEWEST_FIRST = ("-posted_at", "-job_id")
HIGHEST_PAY_FIRST = (OrderBy(F("salary_max"), descending=True, nulls_last=True), *NEWEST_FIRST)


@dataclass(frozen=True)
class JobFilters:
    """What a search asks for; None and empty ask for nothing. All that is asked for has to hold.

    Args:
        query: words of title, skills and company.
        categories, experience_levels, types, companies: any of these; slugs, values and public ids.
        location: a city, region or country, or "remote", as `places.resolve_filter` understood it.
        skills: all of these, in any case.
        salary_min: the pay reaches at least this, in `currency`.
        posted_since: not before this moment.
        sort: one of `SORTS`; without one by relevance where there are words, else the newest first.
    """

    query: ParsedQuery | None = None
    categories: Sequence[str] = ()
    location: PlaceFilter | None = None
    experience_levels: Sequence[str] = ()
    types: Sequence[str] = ()
    companies: Sequence[str] = ()
    skills: Sequence[str] = ()
    salary_min: int | None = None
    currency: str | None = None
    posted_since: datetime | None = None
    remote: bool | None = None
    sort: str | None = None
    at: datetime = field(default_factory=lambda: timezone.now())

    @property
    def by_relevance(self) -> bool:
        return self.query is not None and self.sort in (RELEVANCE, None)


def search(filters: JobFilters) -> QuerySet[Listing]:
    """Return the listings that match, in a total order, so that pages neither repeat nor lose any.

    By relevance means by tiers, the newest first in each: the whole title is what was typed, it holds all
    of the words, the title and the skills do, or only the company's name as well. To tell the tiers apart,
    each match is read: `counts.page_of` has the pages of many matches without that.
    """
    listings = _matching(filters)
    if filters.query is not None and filters.by_relevance:
        *first, _ = filters.query.tiers()
        if first:
            whens = [When(document=document, then=number) for number, document in enumerate(first)]
            return listings.annotate(tier=Case(*whens, default=len(first))).order_by("tier", *NEWEST_FIRST)
    return listings


def tiers(filters: JobFilters) -> list[QuerySet[Listing]]:
    """Return the same in parts, which follow each other and have no listing in common."""
    if filters.query is None or filters.query.is_empty or not filters.by_relevance:
        return [_matching(filters)]
    return [_matching(filters, document) for document in filters.query.tiers()]


def _matching(filters: JobFilters, document: SearchQuery | None = None) -> QuerySet[Listing]:
    """Return the listings that match, by pay or the newest first.

    Args:
        document: what their words have to match, in place of the whole query.
    """
    listings = Listing.objects.filter(expires_at__gt=filters.at)
    if filters.query is not None:
        if filters.query.is_empty:
            return listings.none()
        listings = listings.filter(document=document or filters.query.expression())
    if filters.location is not None:
        listings = _in_location(listings, filters.location)
    if filters.categories:
        categories = Category.objects.filter(slug__in=filters.categories)
        listings = listings.filter(_is_any_of("category", categories, len(filters.categories)))
    if filters.companies:
        companies = Company.objects.filter(public_id__in=filters.companies)
        listings = listings.filter(_is_any_of("company", companies, len(filters.companies)))
    if filters.experience_levels:
        listings = listings.filter(experience_level__in=filters.experience_levels)
    if filters.types:
        listings = listings.filter(type__in=filters.types)
    if filters.skills:
        listings = listings.filter(skills__contains=[skill.lower() for skill in filters.skills])
    if filters.currency is not None:
        listings = listings.filter(salary_currency=filters.currency)
    if filters.salary_min is not None:
        listings = listings.filter(salary_max__gte=filters.salary_min)
    if filters.posted_since is not None:
        listings = listings.filter(posted_at__gte=filters.posted_since)
    if filters.remote is not None:
        listings = listings.filter(remote=filters.remote)
    return listings.order_by(*(HIGHEST_PAY_FIRST if filters.sort == SALARY else NEWEST_FIRST))


def meanings(filters: JobFilters) -> Iterator[tuple[JobFilters, dict[str, str]]]:
    """Yield what was probably meant by a search that found nothing, with the parameters that say so.

    That is a place at the end or the beginning of its words, or others for words that no posting has.
    """
    if filters.query is None:
        return
    at_place = _at_place(filters, filters.query)
    corrected = search_text.correct(filters.query)
    readings = [at_place] if at_place else []
    if corrected != filters.query:
        readings += [(replace(filters, query=corrected), {})]
        if at_place and at_place[0].query:
            respelt = at_place[0].query.with_corrections(corrected.corrections)
            readings += [(replace(at_place[0], query=respelt), at_place[1])]
    for reading, place in readings:
        if reading.query is not None:
            yield reading, {"q": reading.query.text, **place}


def _at_place(filters: JobFilters, query: ParsedQuery) -> tuple[JobFilters, dict[str, str]] | None:
    if filters.location is not None:
        return None
    splits = list(query.without_place())
    found = places.resolve_filters(name for name, _ in splits)
    for name, rest in splits:
        if found[name].place_ids:
            return replace(filters, query=rest, location=found[name]), {"location": name}
    return None


def page_of_jobs(job_ids: Sequence[int]) -> list[Job]:
    """Return the jobs of these keys in this order, with company and category, by one query.

    A page is first searched for as keys, so that however deep it lies only its own rows are joined.
    """
    jobs = Job.objects.select_related("company", "category").in_bulk(job_ids)
    return [jobs[job_id] for job_id in job_ids if job_id in jobs]


def visible_job(*, account: Account, job_id: str) -> Job:
    """Return the job of this public id, with company and category.

    Raises:
        NotFound: there is none, or the account may not see it.
    """
    jobs = Job.objects.visible_to(account).select_related("company", "category")
    job = jobs.filter(public_id=job_id).first()
    if job is None:
        raise NotFound("There is no such job, or it is no longer open.")
    return job


def job_to_change(*, account: Account, job_id: str) -> Job:
    """Return the account's own job of this public id.

    Raises:
        NotFound: there is none, or the account may not see it.
        NotYourCompany: another account's.
    """
    job = visible_job(account=account, job_id=job_id)
    if job.company.account_id != account.pk:
        raise NotYourCompany("This job belongs to a company of another account.")
    return job


def open_jobs(field: str, rows: Sequence[Category] | Sequence[Company]) -> dict[int, int]:
    """Return how many jobs are open by the keys of these rows; none is left out.

    Args:
        field: of a listing, `category` or `company`.
    """
    counts = (
        Listing.objects.filter(**{f"{field}__in": rows}, expires_at__gt=timezone.now())
        .order_by()
        .values_list(field)
        .annotate(Count("pk"))
    )
    return {row.pk: 0 for row in rows} | dict(counts)


class _AllWords(SearchQuery):
    """A tsquery made of words that need neither parsing nor stemming."""

    template = "(%(expressions)s)::tsquery"

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__(" & ".join(f"'{word}'" for word in words))


def _is_any_of(field: str, rows: QuerySet[Any], wanted: int) -> Q:
    """Return the condition that a foreign key is one of these rows.

    A single one is an equality, so that an index which begins with the key gives the order as well.
    """
    keys = rows.order_by().values("pk")
    return Q(**{field: Subquery(keys)}) if wanted == 1 else Q(**{f"{field}__in": keys})


def _in_location(listings: QuerySet[Listing], asked: PlaceFilter) -> QuerySet[Listing]:
    if asked.asks_nothing:
        return listings.none()
    if asked.remote:
        listings = listings.filter(remote=True)
    if asked.place_ids:
        listings = listings.filter(place_ids__overlap=list(asked.place_ids))
    if asked.words:
        listings = listings.filter(location_words=_AllWords(location_words(asked.words)))
    return listings
