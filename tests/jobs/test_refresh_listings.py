"""`refresh_listings`: search is brought in step with jobs that were listed by an older version."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from jobs.models import Job, JobStatus, Listing, SearchWord
from jobs.services import listings
from tests.fixtures.factories import ApiClient, make_company, make_job

pytestmark = pytest.mark.django_db


def run(**options: int) -> str:
    output = StringIO()
    call_command("refresh_listings", stdout=output, **options)
    return output.getvalue()


def total(api: ApiClient, q: str) -> int:
    return int(api.get("/v1/jobs", {"q": q}).json()["pagination"]["total_items"])


def test_listings_of_an_older_version_are_found_again(api: ApiClient) -> None:
    company = make_company()
    jobs = [make_job(company=company, title=f"Zookeeper {number}") for number in range(5)]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE jobs_listing SET document = '''zookeep'':1A'")  # without marks of fields
    Listing.objects.filter(job=jobs[0]).delete()
    assert total(api, "zookeeper") == 0
    run()
    assert total(api, "zookeeper") == 5


def test_words_of_companies_in_listings_of_an_older_version_are_found(api: ApiClient) -> None:
    company = make_company(name="Acme Rockets")
    make_job(company=company, title="Nurse")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE jobs_listing SET document = document || '''c/acm'' ''c/rocket'''")
        cursor.execute("DELETE FROM jobs_companydocument")
    assert total(api, "acme ") == total(api, "nurse rockets ") == 1
    assert total(api, "-rockets ") == 0
    run()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM jobs_listing WHERE document @@ '''c/acm'''")
        assert cursor.fetchone() == (0,)
    assert total(api, "acme ") == total(api, "nurse rockets ") == 1
    assert total(api, "-rockets ") == 0


def test_what_must_not_be_found_is_taken_out() -> None:
    job = make_job()
    Job.objects.update(status=JobStatus.CLOSED)
    assert Listing.objects.filter(job=job).exists()
    run()
    assert not Listing.objects.exists()


def test_words_are_not_counted_again() -> None:
    make_job(title="Zookeeper")
    before = list(SearchWord.objects.order_by("word").values_list("word", "frequency"))
    assert before
    run()
    assert list(SearchWord.objects.order_by("word").values_list("word", "frequency")) == before


def test_it_goes_on_after_the_key_that_it_printed_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listings, "BATCH", 2)
    company = make_company()
    keys = [make_job(company=company).pk for _ in range(5)]
    assert run() == (
        f"In step up to {keys[1]}.\nIn step up to {keys[3]}.\nIn step up to {keys[4]}.\n"
        "All listings are in step.\n"
    )
    Listing.objects.all().delete()
    run(after=keys[1])
    assert set(Listing.objects.values_list("pk", flat=True)) == set(keys[2:])


def test_a_batch_costs_the_same_queries_however_many_jobs(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    company = make_company()
    for _ in range(30):
        make_job(company=company)
    with django_assert_max_num_queries(12):
        run()
