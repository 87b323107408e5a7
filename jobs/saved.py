"""What people kept: which jobs of a page, what is new in their searches, and whom to mail."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet, Value
from django.http import QueryDict

from accounts.models import User
from jobs import queries
from jobs.models import Job, SavedJob, SavedSearch
from jobs.queries import JobFilters
from jobs.web.search import Search

MAX_COUNTED = 100
"""New jobs of one search that are counted: beyond that it says so."""

ALERT_PAUSE = timedelta(hours=20)
"""Least time between two mails of a search: a daily run that starts a little early is no second one."""

JOBS_IN_AN_ALERT = 10


def saved_job_ids(user: User | AnonymousUser, jobs: Sequence[Job]) -> set[int]:
    """Return the keys of those of these jobs that a person has saved, by one query; none for strangers."""
    if not user.is_authenticated or not jobs:
        return set()
    return set(SavedJob.objects.filter(user=user, job__in=jobs).values_list("job", flat=True))


def saved_jobs_of(user: User) -> QuerySet[SavedJob]:
    """Return the jobs that a person saved and may still know of, the last saved first."""
    once_public = SavedJob.objects.filter(
        user=user, job__posted_at__isnull=False, job__company__suspended_at__isnull=True
    )
    return once_public.select_related("job__company", "job__category")


def canonical(query_string: str) -> str:
    """Return a board's query string as saved searches keep it: without page and order, in one spelling."""
    return Search.read(QueryDict(query_string)).without("sort")


def filters_of(search: SavedSearch, since: datetime) -> JobFilters:
    """Return what a saved search asks for among the jobs posted since a moment, the newest first."""
    filters = Search.read(QueryDict(search.query_string)).filters
    later = max(since, filters.posted_since) if filters.posted_since else since
    return replace(filters, posted_since=later, sort=queries.NEWEST)


def new_counts(searches: Sequence[SavedSearch]) -> dict[int, int]:
    """Return how many jobs are new in each search since it was seen, `MAX_COUNTED` at most, by its key."""
    parts = [
        queries.search(filters_of(search, search.seen_at))
        .order_by()
        .annotate(search=Value(search.pk))
        .values_list("search", flat=True)[:MAX_COUNTED]
        for search in searches
    ]
    counted = Counter(parts[0].union(*parts[1:], all=True)) if parts else Counter[int]()
    return {search.pk: counted[search.pk] for search in searches}


def due_alerts(*, now: datetime) -> QuerySet[SavedSearch]:
    """Return the searches whose new jobs are to be mailed: of people who can sign in with that address."""
    confirmed = User.objects.filter(
        pk=OuterRef("user"),
        is_active=True,
        emailaddress__verified=True,
        emailaddress__email=OuterRef("user__email"),
    )
    due = SavedSearch.objects.filter(Exists(confirmed), alerts=True, alerted_at__lt=now - ALERT_PAUSE)
    return due.select_related("user").order_by("alerted_at", "pk")


def jobs_to_mail(search: SavedSearch, *, until: datetime) -> tuple[list[Job], int]:
    """Return the newest jobs of a search since its last mail, and how many there are beyond them.

    Args:
        until: jobs posted from then on are for the next mail.
    """
    since = search.alerted_at or search.created_at
    listings = queries.search(filters_of(search, since)).filter(posted_at__lt=until)
    keys = list(listings.values_list("pk", flat=True)[:MAX_COUNTED])
    return queries.page_of_jobs(keys[:JOBS_IN_AN_ALERT]), len(keys[JOBS_IN_AN_ALERT:])
