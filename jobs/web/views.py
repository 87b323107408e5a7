"""The board: what candidates see without signing in."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.text import Truncator
from django.views.decorators.http import require_safe

from accounts.models import Account
from jobs import counts, facets, markdown, places, queries, saved, search_text
from jobs.currencies import CURRENCIES
from jobs.models import PERMITTED_MODERATION, Category, Company, Job, Place
from jobs.queries import JobFilters
from jobs.services import statistics
from jobs.templatetags.board import reader_locale
from jobs.web import search as web_search
from jobs.web.paging import Pages, page_number
from jobs.web.search import Search
from jobs.web.structured import job_posting
from jobs.web.visits import is_visit
from jobsphere.api.filters import MAX_TEXT_LENGTH
from jobsphere.api.pagination import Page, Pagination

NEWEST_ON_HOME = 8
HARDLY_ANY = 3
SUGGESTED = 8
ASKED_BESIDE = ("category", "type", "experience_level", "remote")
"""The filters that have options with counts."""

SIMILAR = 3
COMPANIES_A_PAGE = 60
FEED_TYPES = [
    ("rss", "application/rss+xml"),
    ("atom", "application/atom+xml"),
    ("json", "application/feed+json"),
]
SORTS = [(queries.RELEVANCE, "Relevance"), (queries.NEWEST, "Newest"), (queries.SALARY, "Pay")]


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front page: search, fields of work, the newest jobs."""
    categories = list(Category.objects.all())
    open_jobs = counts.by_category(categories)
    newest = list(queries.search(JobFilters()).values_list("pk", flat=True)[:NEWEST_ON_HOME])
    shown = [
        {"slug": category.slug, "name": category.name, "open_jobs": open_jobs[category.pk]}
        for category in categories
        if open_jobs[category.pk]
    ]
    context = {
        "categories": shown,
        "total": counts.total(JobFilters()),
        "jobs": queries.page_of_jobs(newest),
    }
    return _render(request, "board/home.html", context)


@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """A search's results, with filters, counts beside their options, sorting and pages."""
    search = Search.read(request.GET)
    found = counts.page_as_meant(search.filters, search.values["limit"], search.values["page"])
    page, filters = found.page, found.filters
    meant = found.meant or _other_spelling(search, page.total_items)
    counted = facets.count(filters)
    groups = web_search.groups(search, counted)
    labels = {(group.name, option.value): option.label for group in groups for option in group.options}
    labels |= {("company", company.public_id): company.name for company in _companies_of(filters)}
    context = {
        **_page(page),
        "section": "jobs",
        "filters": search.values,
        "facets": groups,
        "chips": web_search.chips(search, labels),
        "problems": search.problems,
        "meant": meant,
        "meant_query": search.meaning(meant),
        "is_answered": bool(found.meant),
        "typed": search.typed,
        "heading": _heading(search, labels),
        "canonical": f"{settings.BASE_URL}/jobs" + (f"?{search.query_string}" if search.query_string else ""),
        "currencies": CURRENCIES,
        "sorts": SORTS if filters.query else SORTS[1:],
        "sort": filters.sort or (queries.RELEVANCE if filters.query else queries.NEWEST),
        "feeds": FEED_TYPES,
        "feed_query": search.query_string,
        "kept_for_sort": search.kept(without=("sort",)),
        "kept_for_filters": search.kept(without=(*ASKED_BESIDE, "salary_min", "currency")),
    }
    return _render(request, "board/results.html", context)


@require_safe
def job(request: HttpRequest, job_id: str) -> HttpResponse:
    """A job's page: 410 where it has ended, 404 where it never was public or staff took it down."""
    found = get_object_or_404(Job.objects.select_related("company__account", "category"), public_id=job_id)
    is_own = _is_member(request, found.company.account)
    if not found.is_open and not is_own:
        taken_down = found.moderation not in PERMITTED_MODERATION or not found.company.in_good_standing
        if found.posted_at is None or taken_down:
            raise Http404
        return _render(request, "board/gone.html", {"job": found}, status=410)
    if found.is_open and not is_own and is_visit(request):
        statistics.count_view(job_id=found.pk)
    description = markdown.render(found.description)
    context = {
        "section": "jobs",
        "job": found,
        "description_html": description,
        "summary": Truncator(found.description).chars(160),
        "similar": _similar(found),
        "canonical": f"{settings.BASE_URL}/jobs/{found.public_id}",
        "structured": job_posting(found, description) if found.is_open else "",
    }
    return _render(request, "board/job.html", context)


@require_safe
def companies(request: HttpRequest) -> HttpResponse:
    """Every employer in good standing, by name."""
    found = Company.objects.in_good_standing().order_by("name", "id")
    page = Pagination.paginate(found, COMPANIES_A_PAGE, page_number(request))
    open_jobs = queries.open_jobs("company", page.items)
    for company in page.items:
        company.open_jobs = open_jobs[company.pk]
    context = {**_pages(page), "section": "companies", "companies": page.items}
    return _render(request, "board/companies.html", context)


@require_safe
def company(request: HttpRequest, slug: str) -> HttpResponse:
    """A company and its open jobs."""
    found = get_object_or_404(Company.objects.in_good_standing(), slug=slug)
    page = counts.page_of(JobFilters(companies=[found.public_id]), 20, page_number(request))
    context = {
        **_page(page),
        "section": "companies",
        "company": found,
        "canonical": f"{settings.BASE_URL}/companies/{found.slug}",
    }
    return _render(request, "board/company.html", context)


@require_safe
def place_suggestions(request: HttpRequest) -> HttpResponse:
    """Options for the place that is being typed into the search."""
    found = places.suggest(request.GET.get("location", ""))
    above = Place.objects.in_bulk({ancestor for place in found for ancestor in place.ancestor_ids})
    labels = [
        ", ".join([place.name, *(above[ancestor].name for ancestor in reversed(place.ancestor_ids))])
        for place in found
    ]
    response = render(request, "board/options.html", {"labels": labels})
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


def _companies_of(filters: JobFilters) -> Iterable[Company]:
    if not filters.companies:
        return ()
    return Company.objects.filter(public_id__in=filters.companies).only("public_id", "name")


@require_safe
def company_suggestions(request: HttpRequest) -> HttpResponse:
    """Options for the employer that is being typed into the filters."""
    typed = " ".join(request.GET.get("company", "").replace("\0", "").split())[:MAX_TEXT_LENGTH]
    found = Company.objects.in_good_standing().filter(name__istartswith=typed).order_by("name", "id")
    names = list(found.values_list("name", flat=True)[:SUGGESTED]) if typed else []
    response = render(request, "board/options.html", {"labels": names})
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def _render(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    shown = [*context.get("jobs", ()), *context.get("similar", ()), *filter(None, [context.get("job")])]
    common = {"locale": reader_locale(request), "saved_ids": saved.saved_job_ids(request.user, shown)}
    response = render(request, template, common | context, status=status)
    response.headers["Vary"] = "Accept-Language, Cookie"
    return response


def _page(page: Page) -> dict[str, Any]:
    return {**_pages(page), "jobs": queries.page_of_jobs(page.items)}


def _pages(page: Page) -> dict[str, Any]:
    return {"total": page.total_items, "pages": Pages(page.current_page, page.total_pages)}


def _other_spelling(search: Search, found: int) -> dict[str, str]:
    """Return the words that were probably meant by a search that found hardly any job."""
    query = search.filters.query
    if query is None or not 0 < found <= HARDLY_ANY:
        return {}
    corrected = search_text.correct(query)
    return {"q": corrected.text} if corrected != query else {}


def _heading(search: Search, labels: dict[tuple[str, str], str]) -> str:
    asked = search.parameters
    what = f"“{asked['q']}” jobs" if "q" in asked else "Jobs"
    if "category" in asked and "," not in asked["category"]:
        name = labels.get(("category", asked["category"]), asked["category"])
        what = f"{what} in {name}"
    return f"{what}: {asked['location']}" if "location" in asked else what


def _similar(found: Job) -> list[Job]:
    """Return open jobs with a word of this one's title, the same field first."""
    words = search_text.normalise(found.title).split()[-1:]
    if not words:
        return []
    filters = JobFilters(query=search_text.parse_query(f'"{words[0]}"'), sort=queries.NEWEST)
    listings = queries.search(filters).exclude(pk=found.pk)
    return queries.page_of_jobs(list(listings.values_list("pk", flat=True)[:SIMILAR]))


def _is_member(request: HttpRequest, account: Account) -> bool:
    return request.user.is_authenticated and account.memberships.filter(user=request.user).exists()
