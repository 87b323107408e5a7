"""The ways to search that are compared: each returns the keys of the ten jobs that it shows first."""

import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode

from django.db import connection
from django.test import Client

from accounts.models import Account, Plan, Scope
from accounts.services import create_key
from benchmarks.relevance.judging import DEPTH
from benchmarks.rivals import Tantivy, job_of
from jobs import index
from jobs.models import Job

Search = Callable[[str], Sequence[int]]

BOOSTS = {"title": 2.0, "skills": 1.0, "company": 1.0}
"""tantivy's weights of fields: of twenty tried, the best for it on the development half."""


def systems() -> dict[str, Search]:
    """Return what is compared, by name, on the database at hand."""
    keys = dict(Job.objects.values_list("public_id", "pk"))
    rank = _tantivy()
    return {
        "JobSphere": _jobsphere(keys),
        "tantivy, any word": lambda q: rank(q, False),
        "tantivy, all words": lambda q: rank(q, True),
        "full text": _full_text(),
        "SearchFilter": _search_filter(keys),
    }


def _jobsphere(keys: Mapping[str, int]) -> Search:
    """`GET /v1/jobs`, as anybody calls it."""
    index.load()
    client = _client()

    def search(q: str) -> list[int]:
        answer = client.get(f"/v1/jobs?{urlencode({'q': q, 'limit': DEPTH})}").json()
        return [keys[job["id"]] for job in answer["data"]]

    return search


def _client() -> Client:
    """Calls with a key of its own, which nothing limits."""
    account = Account.objects.create(
        name="Relevance", plan=Plan.ENTERPRISE, custom_requests_per_minute=2_000_000_000
    )
    _, secret = create_key(account=account, name="Relevance", scope=Scope.READ)
    return Client(headers={"Authorization": f"Bearer {secret}", "Host": "127.0.0.1"})


def _search_filter(keys: Mapping[str, int]) -> Search:
    """REST framework's SearchFilter on title, skills and company, the newest first."""
    client = _client()

    def search(q: str) -> list[int]:
        answer = client.get(f"/naive?{urlencode({'search': q})}").json()
        return [keys[job["public_id"]] for job in answer["results"]][:DEPTH]

    return search


def _full_text() -> Search:
    """PostgreSQL's full text search of the same three, unweighted, by `ts_rank`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE plain AS SELECT job.id, posted_at, to_tsvector('english',"
            " concat_ws(' ', title, array_to_string(tags, ' '), name)) AS document"
            " FROM jobs_job AS job JOIN jobs_company AS company ON company.id = company_id"
        )

    def search(q: str) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM plain, websearch_to_tsquery('english', %s) AS query WHERE document @@ query"
                " ORDER BY ts_rank(document, query) DESC, posted_at DESC, id DESC LIMIT %s",
                [q, DEPTH],
            )
            return [key for (key,) in cursor.fetchall()]

    return search


def _tantivy() -> Callable[[str, bool], Sequence[int]]:
    """BM25 with weights of fields; what scores alike, the newest first."""
    fields = ("pk", "title", "tags", "company__name", "posted_at")
    rows = Job.objects.order_by("-posted_at", "-pk").values_list(*fields)
    searched = Tantivy(
        (key, title, " ".join(tags), company, "", "", posted_at)
        for key, title, tags, company, posted_at in rows
    ).index

    def search(q: str, all_words: bool) -> list[int]:
        kept = re.sub(
            r"""[^\w\s"'-]|(?<=\w)-""", " ", q
        ).lower()  # what is syntax for it, but nobody means as such
        query = searched.parse_query(kept, list(BOOSTS), BOOSTS, conjunction_by_default=all_words)
        searcher = searched.searcher()
        hits = searcher.search(query, DEPTH).hits
        return [job_of(searcher.doc(address)["order"][0]) for _, address in hits]

    return search
