"""A worker's index in memory finds what the database would, in every state that others leave it in."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from jobs import counts, facets, index, queries, search_text
from jobs.index import expressions
from jobs.index.expressions import Lexeme
from jobs.index.index import FANOUT
from jobs.models import Category, Job, JobStatus, Listing, Place, PlaceName
from jobs.queries import JobFilters
from jobs.services import listings, postings
from tests.fixtures.factories import ApiClient, make_company, make_job
from tests.jobs.test_search_scale import WORDS, make_many, random_filters

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def many() -> Iterator[list[Job]]:
    jobs = make_many(200)
    index.load()
    yield jobs
    index.unload()


@pytest.fixture
def loaded() -> Iterator[None]:
    index.load()
    yield
    index.unload()


def assert_it_finds_what_the_database_finds(filters: JobFilters, limit: int = 7) -> None:
    expected = list(queries.search(filters).values_list("pk", flat=True))
    for start in {0, limit, max(0, len(expected) - 3), len(expected)}:
        found = index.search(filters, start, limit)
        assert found is not None
        assert (found.total, found.job_ids) == (len(expected), expected[start : start + limit]), filters


def wait_until(is_so: Callable[[], bool]) -> None:
    for _ in range(200):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError("It never came.")


def searches(seed: int, number: int) -> Iterator[JobFilters]:
    dice, now = random.Random(seed), timezone.now()
    for _ in range(number):
        yield random_filters(dice, now)


class TestSearch:
    def test_every_page_of_every_search_is_that_of_the_database(self, many: list[Job]) -> None:
        for filters in searches(1, 300):
            assert_it_finds_what_the_database_finds(filters)

    @pytest.mark.parametrize("sort", [None, *queries.SORTS])
    @pytest.mark.parametrize(
        "words", [*WORDS, "front-end", '-"front end"', '"front end developer"', "front-end dev"]
    )
    def test_words_find_the_same_in_the_same_order(
        self, many: list[Job], sort: str | None, words: str
    ) -> None:
        assert_it_finds_what_the_database_finds(JobFilters(query=search_text.parse_query(words), sort=sort))

    def test_a_query_without_a_word_finds_nothing(self, many: list[Job]) -> None:
        found = index.search(JobFilters(query=search_text.parse_query("!!!")), 0, 20)
        assert found is not None
        assert found.total == 0

    def test_a_search_costs_one_query(self, many: list[Job], django_assert_num_queries: Any) -> None:
        filters = JobFilters(query=search_text.parse_query("nurse"), types=["Contract"])
        counts.page_of(filters, 5, 1)
        with django_assert_num_queries(1):  # the version of the listings
            counts.page_of(filters, 5, 1)

    def test_within_a_transaction_the_database_searches(self, many: list[Job]) -> None:
        with transaction.atomic():
            Listing.objects.all().delete()
            assert index.search(JobFilters(), 0, 20) is None
            assert counts.total(JobFilters()) == 0
            transaction.set_rollback(True)
        assert counts.total(JobFilters()) > 0


class TestFacets:
    def test_they_are_counted_as_the_database_counts_them(self, many: list[Job]) -> None:
        asked = list(searches(5, 60))
        found = [facets.count(filters) for filters in asked]
        assert any(facet.counts["category"] for facet in found)
        index.unload()
        assert [(facet.counts, facet.category_names) for facet in found] == [
            ({name: facet.counts.get(name, {}) for name in facets.DIMENSIONS}, facet.category_names)
            for facet in map(facets.count, asked)
        ]


class TestStep:
    """What others change is found at once."""

    def test_after_every_kind_of_change(self, many: list[Job]) -> None:
        dice = random.Random(3)
        for _ in range(3 * FANOUT):
            job = dice.choice(many)
            match dice.randrange(4):
                case 0:
                    Job.objects.filter(pk=job.pk).update(status=JobStatus.CLOSED)
                case 1:
                    Job.objects.filter(pk=job.pk).update(status=JobStatus.PUBLISHED)
                case 2:
                    Job.objects.filter(pk=job.pk).update(
                        title=dice.choice(["Nurse", "Data Engineer", "Cook"])
                    )
                case 3:
                    make_job(make_company(name="New Ltd"), title="Python Nurse", tags=["SQL"])
            listings.refresh(Job.objects.filter(pk=job.pk).select_related("company", "category"))
            for filters in searches(dice.randrange(10**6), 4):
                assert_it_finds_what_the_database_finds(filters)

    def test_what_was_rolled_back_never_shows(self, many: list[Job]) -> None:
        before = counts.total(JobFilters())
        with transaction.atomic():
            Listing.objects.all().delete()
            transaction.set_rollback(True)
        assert counts.total(JobFilters()) == before
        assert_it_finds_what_the_database_finds(JobFilters())

    def test_a_transaction_that_ends_after_a_later_one_began_is_not_missed(self, loaded: None) -> None:
        first, second = make_job(title="Nurse"), make_job(title="Nurse")
        is_open, may_end = threading.Event(), threading.Event()

        def close_slowly() -> None:
            try:
                with transaction.atomic():
                    postings.close_job(job=first)
                    is_open.set()
                    may_end.wait(10)
            finally:
                connection.close()

        writer = threading.Thread(target=close_slowly)
        writer.start()
        is_open.wait(10)
        postings.close_job(job=second)
        assert counts.total(JobFilters()) == 1
        may_end.set()
        writer.join()
        assert counts.total(JobFilters()) == 0

    def test_a_category_is_found_by_its_new_slug_at_once(self, many: list[Job]) -> None:
        assert counts.total(JobFilters(categories=["healthcare"])) > 0
        Category.objects.filter(slug="healthcare").update(slug="health")
        assert counts.total(JobFilters(categories=["healthcare"])) == 0
        assert_it_finds_what_the_database_finds(JobFilters(categories=["health"]))

    def test_what_ends_is_gone_with_the_moment_and_there_for_who_asks_of_an_earlier_one(
        self, loaded: None
    ) -> None:
        now = timezone.now()
        for hours in (1, 2):
            make_job(expires_at=now + timedelta(hours=hours))
        for minutes, total in ((0, 2), (59, 2), (60, 1), (119, 1), (120, 0), (0, 2), (90, 1)):
            assert counts.total(JobFilters(at=now + timedelta(minutes=minutes))) == total

    def test_when_everything_was_emptied_all_is_read_anew(self, many: list[Job]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE jobs_listing")
        assert counts.total(JobFilters()) == 0
        assert index.search(JobFilters(), 0, 20) is None
        make_job(title="Nurse")
        index.load()
        assert_it_finds_what_the_database_finds(JobFilters())

    def test_a_worker_reads_and_follows_in_the_background(self) -> None:
        make_job(title="Nurse")
        index.start()
        try:
            wait_until(lambda: index.search(JobFilters(), 0, 20) is not None)
            with connection.cursor() as cursor:
                cursor.execute("TRUNCATE jobs_listing")
            wait_until(lambda: getattr(index.search(JobFilters(), 0, 20), "total", None) == 0)
        finally:
            index.stop()
        assert index.search(JobFilters(), 0, 20) is None

    def test_no_version_comes_twice_even_if_their_counters_were_emptied(self) -> None:
        make_job()
        before = index.read_version()
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE jobs_listingchange")
        make_job()
        assert index.read_version() > before

    def test_while_two_others_write_every_answer_is_that_of_a_moment_during_the_call(
        self, many: list[Job]
    ) -> None:
        """Each writer opens and closes one job in turns, so that one or two are open, or none."""
        pair = [make_job(title=f"Zookeeper {number}") for number in range(2)]
        stopped = threading.Event()

        def write(job: Job) -> None:
            try:
                while not stopped.is_set():
                    for status in (JobStatus.CLOSED, JobStatus.PUBLISHED):
                        with transaction.atomic():
                            Job.objects.filter(pk=job.pk).update(status=status)
                            fresh = Job.objects.select_related("company", "category").filter(pk=job.pk)
                            listings.refresh(fresh)
            finally:
                connection.close()

        writers = [threading.Thread(target=write, args=(job,)) for job in pair]
        for writer in writers:
            writer.start()
        filters = JobFilters(query=search_text.parse_query("zookeeper "))
        seen = set()
        try:
            for _ in range(300):
                found = index.search(filters, 0, 5)
                assert found is not None
                assert len(found.job_ids) == found.total
                seen.add(found.total)
        finally:
            stopped.set()
            for writer in writers:
                writer.join()
        assert seen <= {0, 1, 2}
        assert len(seen) > 1
        assert_it_finds_what_the_database_finds(filters)
        for others in searches(9, 30):
            assert_it_finds_what_the_database_finds(others)


class TestBoard:
    def test_a_misspelt_search_with_a_place_takes_8_queries_or_fewer(
        self, client: Client, many: list[Job], django_assert_max_num_queries: Any
    ) -> None:
        berlin = Place.objects.create(
            pk=9_000_099, name="Berlin", kind=Place.Kind.CITY, population=1, ancestor_ids=[]
        )
        PlaceName.objects.create(name="berlin", place=berlin, is_primary=True)
        make_job(title="Zookeeper", location="Berlin")
        search_text.add_words({"zookeeper": 20})
        index.load()
        with django_assert_max_num_queries(8):
            page = client.get("/jobs?q=zookeepre+berlin", secure=True)
        assert "Zookeeper" in page.content.decode()


class TestAnswers:
    def test_the_api_answers_from_it(self, api: ApiClient, loaded: None) -> None:
        make_job(title="Nurse")
        make_job(title="Cook")
        found = api.get("/v1/jobs?q=nurse").json()
        assert [job["title"] for job in found["data"]] == ["Nurse"]
        assert found["pagination"]["total_items"] == 1


TSQUERIES = st.recursive(
    st.builds(lambda word, end: f"'t/{word}'{end}", st.sampled_from("abc"), st.sampled_from(["", ":*"])),
    lambda parts: st.one_of(
        parts.map(lambda part: f"!({part})"),
        st.tuples(parts, st.sampled_from("&|"), parts).map(
            lambda three: f"({three[0]} {three[1]} {three[2]})"
        ),
        st.tuples(parts, st.sampled_from("&|"), parts).map(" ".join),
    ),
    max_leaves=8,
)


class TestExpressions:
    @given(TSQUERIES, st.integers(0, 15))
    def test_they_mean_what_postgresql_says(self, tsquery: str, lexemes: int) -> None:
        words = [word for bit, word in enumerate(["a", "b", "c", "ab"]) if lexemes >> bit & 1]
        vector = " ".join(f"'t/{word}'" for word in words)
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::tsvector @@ %s::tsquery", [vector, tsquery])
            expected = cursor.fetchone()[0]

        def having(lexeme: Lexeme) -> BitMap:
            found = any(
                f"t/{word}".startswith(lexeme.text) if lexeme.is_prefix else f"t/{word}" == lexeme.text
                for word in words
            )
            return BitMap([0]) if found else BitMap()

        assert bool(expressions.evaluate(expressions.parse(tsquery), having, BitMap([0]), {})) == expected

    @given(st.text("'ab&|!():* <->", max_size=20))
    def test_what_they_cannot_mean_is_refused(self, text: str) -> None:
        try:
            expressions.parse(text)
        except ValueError:
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::tsquery", [text])
