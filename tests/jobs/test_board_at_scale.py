"""The public pages on a board of 20,000 postings: what each asks of the database, and what it weighs."""

import gzip
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

from benchmarks.generate import generate
from jobs.models import Job, JobStatus, Listing
from jobs.place_data import load_places
from jobs.services.categories import load_categories
from tests.fixtures.served import committing

POSTINGS = 20_000
MOST_QUERIES = 8
TRANSACTION = ("BEGIN", "SET", "COMMIT")
"""What begins and ends a transaction, and says how it is isolated, asks for nothing."""
MOST_BYTES = 60_000

PAGES = {
    "home": "/",
    "results": "/jobs",
    "results filtered": "/jobs?q=engineer&location=usa&type=Full-time&remote=true&sort=newest",
    "results by salary": "/jobs?salary_min=90000&currency=USD&experience_level=senior",
    "results misspelt": "/jobs?q=enginere",
    "results none": "/jobs?q=xylophonist+in+orbit",
    "results deep": "/jobs?page=400",
    "job": "/jobs/{job}",
    "job closed": "/jobs/{closed}",
    "apply": "/jobs/{job}/apply",
    "apply sent": "/jobs/{job}/apply/sent",
    "report": "/jobs/{job}/report",
    "companies": "/companies",
    "company": "/companies/{company}",
    "applications": "/applications",
    "sign in": "/sign-in",
    "sign up": "/sign-up",
    "API reference": "/v1/docs",
    "API errors": "/docs/errors",
    "feed": "/jobs.rss?q=engineer",
    "sitemap": "/sitemap.xml",
}
"""Every kind of page that anybody can open, by its name."""

_FILE = re.compile(r'(?:href|src)="/static/([^"]+)"')


@pytest.fixture(scope="module")
def names(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Mapping[str, str]]:
    """A full board; what the paths of its pages hold in braces."""
    with committing(django_db_blocker):
        load_places()
        load_categories()
        generate(POSTINGS)
        assert Listing.objects.count() > POSTINGS * 0.9
        job = Listing.objects.order_by("-posted_at").values_list("job__public_id", "company__slug")[0]
        closed = Job.objects.filter(status=JobStatus.CLOSED).values_list("public_id", flat=True)[0]
        yield {"job": job[0], "company": job[1], "closed": closed}


@pytest.mark.parametrize("page", PAGES)
def test_a_public_page_takes_8_queries_or_fewer_and_60_kb_or_less(
    page: str, names: Mapping[str, str]
) -> None:
    with CaptureQueriesContext(connection) as asked:
        answer = Client().get(PAGES[page].format_map(names))
        content = answer.getvalue()
    assert answer.status_code in (200, 410), answer.status_code
    queries = [query["sql"] for query in asked if query["sql"].split()[0] not in TRANSACTION]
    assert len(queries) <= MOST_QUERIES, "\n".join(query.strip()[:300] for query in queries)
    assert sum(len(gzip.compress(part)) for part in (content, *_files_of(content.decode()))) < MOST_BYTES


def _files_of(html: str) -> list[bytes]:
    """Return the style sheets, scripts and pictures that a page names."""
    return [Path(str(finders.find(name))).read_bytes() for name in set(_FILE.findall(html))]
