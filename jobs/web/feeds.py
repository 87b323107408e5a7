"""Any search as a feed: RSS 2.0, Atom 1.0 and JSON Feed 1.1, its newest jobs first."""

from dataclasses import replace

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed
from django.views.decorators.http import require_safe

from jobs import markdown, queries
from jobs.models import Job
from jobs.web.search import Search

ITEMS = 50
FEEDS: dict[str, tuple[type[SyndicationFeed], str]] = {
    "rss": (Rss201rev2Feed, "application/rss+xml"),
    "atom": (Atom1Feed, "application/atom+xml"),
}


@require_safe
def feed(request: HttpRequest, form: str) -> HttpResponse:
    """Answer with the feed of the search that the query string asks for; `form` is rss, atom or json."""
    search = Search.read(request.GET)
    filters = replace(search.filters, sort=queries.NEWEST)
    jobs = queries.page_of_jobs(list(queries.search(filters).values_list("pk", flat=True)[:ITEMS]))
    query = f"?{search.query_string}" if search.query_string else ""
    page, own = f"{settings.BASE_URL}/jobs{query}", f"{settings.BASE_URL}/jobs.{form}{query}"
    title = "Jobs on JobSphere" + (f": {search.parameters['q']}" if "q" in search.parameters else "")
    response = _json(title, page, own, jobs) if form == "json" else _xml(form, title, page, own, jobs)
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def _xml(form: str, title: str, page: str, own: str, jobs: list[Job]) -> HttpResponse:
    feed_class, content_type = FEEDS[form]
    feed = feed_class(
        title=title, link=page, description="Open jobs from verified employers.", language="en", feed_url=own
    )
    for job in jobs:
        feed.add_item(
            title=_title(job),
            link=_url(job),
            description=markdown.render(job.description),
            unique_id=_url(job),
            pubdate=job.posted_at,
            updateddate=job.updated_at,
            author_name=job.company.name,
            categories=job.tags,
        )
    return HttpResponse(feed.writeString("utf-8"), content_type=f"{content_type}; charset=utf-8")


def _json(title: str, page: str, own: str, jobs: list[Job]) -> HttpResponse:
    items = [
        {
            "id": _url(job),
            "url": _url(job),
            "title": _title(job),
            "content_html": markdown.render(job.description),
            "date_published": job.posted_at,
            "date_modified": job.updated_at,
            "authors": [{"name": job.company.name}],
            "tags": job.tags,
        }
        for job in jobs
    ]
    body = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": title,
        "home_page_url": page,
        "feed_url": own,
        "language": "en",
        "items": items,
    }
    return HttpResponse(orjson.dumps(body), content_type="application/feed+json")


def _title(job: Job) -> str:
    return f"{job.title} at {job.company.name}"


def _url(job: Job) -> str:
    return f"{settings.BASE_URL}/jobs/{job.public_id}"
