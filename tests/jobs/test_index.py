"""A worker's index in memory finds what the database would, in every state that others leave it in."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap
from pytest_django import DjangoAssertNumQueries

from jobs import counts, facets, index, listing_batches, queries, search_text
from jobs.index.evaluation import Evaluation
from jobs.index.index import FANOUT
from jobs.index.segment import BLOCK, LARGE, SEPARATOR, STRIDE, Row, Segment
from jobs.listing_batches import NO_PAY
from jobs.models import Category, Job, JobStatus, Listing, Place, PlaceName
from jobs.posting_files import SAMPLE, read_lines
from jobs.queries import JobFilters
from jobs.search_text.expressions import All, Any, Expression, Lexemes, Not, tsquery
from jobs.services import listings, postings
from jobs.services.companies import update_company
from jobs.services.importing import Report, import_lines
from tests.fixtures.factories import ApiClient, frozen, make_company, make_job
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


def assert_every_page_is_that_of_the_database(filters: JobFilters, limit: int = 3) -> None:
    """Compare pages of both with the order by tiers that PostgreSQL sorts by."""
    expected = list(queries.search(filters).values_list("pk", flat=True))
    for start in range(len(expected) + 2):
        found = index.search(filters, start, limit)
        assert found is not None
        assert (found.total, found.job_ids) == (len(expected), expected[start : start + limit]), filters
    for start in range(0, len(expected) + limit, limit):
        found = counts._search_database(filters, start, limit)
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

    def test_none_of_what_was_found_ends_before_it_says(self, many: list[Job]) -> None:
        for filters in searches(5, 300):
            found = index.search(filters, 0, 7)
            ends = queries.search(filters).order_by().values_list("expires_at", flat=True)
            assert found is not None
            assert all(filters.at < found.until <= end for end in ends), filters

    def test_a_query_without_a_word_finds_nothing(self, many: list[Job]) -> None:
        found = index.search(JobFilters(query=search_text.parse_query("!!!")), 0, 20)
        assert found is not None
        assert found.total == 0

    def test_a_search_costs_one_query(
        self, many: list[Job], django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
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


POSTINGS = [
    ("HR Specialist", [], "Acme"),
    ("Lead HR Specialist", [], "Acme"),
    ("HR Specialists Lead", [], "Acme"),
    ("Human Resources Specialist", [], "Acme"),
    ("Lead Human Resources Specialist", [], "Acme"),
    ("Specialist", ["HR"], "Acme"),
    ("Specialist", [], "HR Inc."),
    ("Senior Specialist for HR", [], "Acme"),
    ("Adviser", [], "Acme"),
    ("Advising", ["HR"], "Adviser Ltd"),
    ("Cook", [], "Acme"),
]
"""Postings for each tier of `hr specialist`, and for a word that is the stem of others."""


class TestTiers:
    """Pages that begin in one tier and end in another, over large and small segments."""

    @pytest.fixture
    def spread(self) -> Iterator[None]:
        """Each posting several times: in the large segment, in small ones, and taken out of it again."""
        companies = {name: make_company(name=name) for _, _, name in POSTINGS}
        now = timezone.now()
        made: list[Job] = []

        def make(turn: int) -> None:
            for place, (title, skills, company) in enumerate(POSTINGS):
                # Newer and older ones in turns, some at the same moment.
                with frozen(now - timedelta(minutes=(place * 7 + turn * 5) % 40)):
                    made.append(make_job(companies[company], title=title, tags=skills))

        for turn in range(3):
            make(turn)
        index.load()
        for turn in range(3, 6):
            make(turn)
            assert index.search(JobFilters(), 0, 1) is not None
        for job in made[:: len(POSTINGS) - 1]:
            postings.close_job(job=job)
        yield
        index.unload()

    @pytest.mark.parametrize("sort", [queries.RELEVANCE, queries.SALARY])
    def test_every_page_is_that_of_the_database(self, spread: None, sort: str) -> None:
        for words in (
            *("hr specialist", "hr specialist ", '"hr specialist"', "human resources specialist"),
            *("spec", "hr sp", "advis", "advis ", "advising ", "hr -lead", "-hr", '-"hr specialist" -cook'),
            *("specialist for hr", "hr acme", "hrspecialist", "hr-spec", "nothing", "hr nothing"),
        ):
            query = search_text.parse_query(words)
            assert_every_page_is_that_of_the_database(JobFilters(query=query, sort=sort))

    def test_so_is_every_page_of_a_correction(self, spread: None) -> None:
        search_text.add_words({"specialist": 20})
        for words in ("hr specailist", "hr specialst lead", "-lead specialst"):
            query = search_text.correct(search_text.parse_query(words))
            assert query.corrections
            assert_every_page_is_that_of_the_database(JobFilters(query=query))

    def test_a_word_that_is_the_stem_of_others_finds_each_once(self, loaded: None) -> None:
        job = make_job(title="Adviser")
        found = index.search(JobFilters(query=search_text.parse_query("advis")), 0, 20)
        assert found is not None
        assert (found.total, found.job_ids) == (1, [job.pk])


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

    @pytest.mark.parametrize("fewest", [1, listing_batches.FEWEST])
    def test_after_every_kind_of_change(
        self, many: list[Job], monkeypatch: pytest.MonkeyPatch, fewest: int
    ) -> None:
        monkeypatch.setattr("jobs.listing_batches.FEWEST", fewest)
        assert index._index is not None
        dice = random.Random(3)
        merges = 0
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
            merges += index._index.merge()
            for filters in searches(dice.randrange(10**6), 4):
                assert_it_finds_what_the_database_finds(filters)
        assert merges

    def test_a_version_of_a_transaction_leads_nothing_of_it_into_the_index(self, loaded: None) -> None:
        make_job(title="Nurse")
        assert counts.total(JobFilters()) == 1
        with transaction.atomic():
            make_job(title="Nurse")
            assert counts.page_of(JobFilters(), 20, 1, index.read_version()).total_items == 2
            transaction.set_rollback(True)
        assert counts.total(JobFilters()) == 1

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

    def test_a_company_is_found_by_its_new_name_alone(self, loaded: None) -> None:
        company = make_company(name="Acme Rocket Works")
        job = make_job(company, title="Nurse")
        other = make_job(make_company(name="Rocket Hospital"), title="Cook")
        update_company(company=company, changes={"name": "Zenith Balloon Yard"})
        for words, found in {
            "acme": [],
            '"acme rocket"': [],
            "arw": [],
            "rocket": [other],
            "zenith": [job],
            '"balloon yard"': [job],
            '"zenith yard"': [],
            "zby": [job],
            "nurse zenith": [job],
            "cook zenith": [],
            "-zenith": [other],
            "zenith cook": [],
            "balloo": [job],
        }.items():
            filters = JobFilters(query=search_text.parse_query(words))
            assert list(queries.search(filters).values_list("pk", flat=True)) == [job.pk for job in found]
            assert_every_page_is_that_of_the_database(filters)

    def test_entries_of_the_log_from_before_they_were_by_statement_are_followed(self, loaded: None) -> None:
        migration = import_module("jobs.migrations.0015_cheaper_imports")
        with connection.cursor() as cursor:
            cursor.execute(migration.LOG.format(entry=migration.BY_LISTING))
            try:
                job = make_job(title="Nurse")
            finally:
                cursor.execute(migration.LOG.format(entry=migration.BY_STATEMENT))
        make_job(title="Cook")
        assert_it_finds_what_the_database_finds(JobFilters())
        assert index._index is not None
        assert job.pk in index._index.changed

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

    def test_a_worker_that_reads_everything_anew_answers_meanwhile(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("jobs.index.index.MANY", 20)
        monkeypatch.setattr("jobs.index.index.SCATTERED", 20)
        jobs = make_many(100)
        index.start()
        try:
            wait_until(lambda: index.search(JobFilters(), 0, 20) is not None)
            before = index._index
            assert before is not None
            for some in (jobs[:15], jobs[15:30]):
                keys = [job.pk for job in some]
                listings.refresh(Job.objects.filter(pk__in=keys).select_related("company", "category"))
                assert_it_finds_what_the_database_finds(JobFilters())
            assert before.is_scattered
            for filters in searches(7, 10_000):
                assert_it_finds_what_the_database_finds(filters)
                if index._index is not before:
                    break
            assert index._index is not before
            for filters in searches(8, 30):
                assert_it_finds_what_the_database_finds(filters)
        finally:
            index.stop()

    def test_jobs_that_change_again_and_again_do_not_pile_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("jobs.index.index.MANY", 20)
        monkeypatch.setattr("jobs.index.index.SCATTERED", 20)
        make_many(15)
        index.load()
        assert index._index is not None
        for _ in range(5):
            listings.refresh(Job.objects.all().select_related("company", "category"))
            assert_it_finds_what_the_database_finds(JobFilters())
            assert not index._index.is_scattered

    def test_no_version_comes_twice_even_if_their_counters_were_emptied(self) -> None:
        make_job()
        before = index.read_version()
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE jobs_listingchange")
        make_job()
        assert index.read_version() > before

    @pytest.mark.parametrize("fewest", [1, listing_batches.FEWEST])
    def test_while_two_others_write_and_one_merges_every_answer_is_that_of_a_moment_during_the_call(
        self, many: list[Job], monkeypatch: pytest.MonkeyPatch, fewest: int
    ) -> None:
        """Each writer opens and closes one job in turns, so that one or two are open, or none."""
        monkeypatch.setattr("jobs.listing_batches.FEWEST", fewest)
        monkeypatch.setattr("jobs.index.index.FANOUT", 2)
        pair = [make_job(title=f"Zookeeper {number}") for number in range(2)]
        stopped = threading.Event()
        merges = 0

        def merge() -> None:
            nonlocal merges
            assert index._index is not None
            while not stopped.is_set():
                merges += index._index.merge()

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

        others = [threading.Thread(target=write, args=(job,)) for job in pair]
        others.append(threading.Thread(target=merge))
        for other in others:
            other.start()
        filters = JobFilters(query=search_text.parse_query("zookeeper "))
        seen = set()
        try:
            for number in range(10_000):
                if number >= 300 and merges:
                    break
                found = index.search(filters, 0, 5)
                assert found is not None
                assert len(found.job_ids) == found.total
                seen.add(found.total)
        finally:
            stopped.set()
            for other in others:
                other.join()
        assert seen <= {0, 1, 2}
        assert len(seen) > 1
        assert merges
        for asked in [filters, *searches(9, 30)]:
            assert_it_finds_what_the_database_finds(asked)


class TestBatches:
    """What was written together is read as its writer made it."""

    @pytest.fixture(autouse=True)
    def no_other(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE jobs_listingbatch")

    def test_a_batch_says_what_its_rows_say(self) -> None:
        company = make_company(name="Bureau of Land Management (O'Neill)")
        make_job(make_company(name="!!!"))
        make_many(2 * listing_batches.FEWEST)
        with transaction.atomic():
            job = make_job(
                company, title="C++ & .NET Developer", tags=["SQL", "sql"], location="Köln, O'Fallon"
            )
            everyone = [*Job.objects.select_related("company", "category")]
            listings.refresh(everyone)
        assert job.pk in self.jobs_of_the_last_batch_which_says_what_rows_say()

    def test_so_does_one_of_real_postings(self) -> None:
        with SAMPLE.open("rb") as file:
            import_lines(lines=read_lines(file, SAMPLE), report=Report(), reopen=True)
        assert len(self.jobs_of_the_last_batch_which_says_what_rows_say()) == 616

    def jobs_of_the_last_batch_which_says_what_rows_say(self) -> Sequence[int]:
        *_, content = batches()
        with connection.cursor() as cursor:
            cursor.execute(index.index._ALL_SQL)
            read = Segment.of(Row(*row) for row in cursor.fetchall())
            cursor.execute(index.index._COMPANIES_SQL)
            read.imply(cursor.fetchall())
        made = Segment.of_batch(listing_batches.read(content))
        assert (made.jobs, made.times, made.ends, made.pays) == (read.jobs, read.times, read.ends, read.pays)
        assert made.postings.keys() == read.postings.keys()
        assert {term: made.having(term) for term in made.postings} == {
            term: read.having(term) for term in read.postings
        }
        return made.jobs

    def test_it_is_found(self, loaded: None) -> None:
        make_many(2 * listing_batches.FEWEST)
        assert len(batches()) == 1
        for filters in searches(12, 60):
            assert_it_finds_what_the_database_finds(filters)

    def test_so_it_is_without_one_as_after_a_crash(self, loaded: None) -> None:
        make_many(2 * listing_batches.FEWEST)
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE jobs_listingbatch")
        for filters in searches(13, 30):
            assert_it_finds_what_the_database_finds(filters)

    def test_what_others_changed_since_is_found_as_it_is_now(self, loaded: None) -> None:
        first, second, *_ = (job for job in make_many(2 * listing_batches.FEWEST) if job.is_open)
        postings.close_job(job=first)
        Job.objects.filter(pk=second.pk).update(title="Zookeeper")
        listings.refresh(Job.objects.filter(pk=second.pk).select_related("company", "category"))
        assert len(batches()) == 1
        assert counts.page_of(JobFilters(query=search_text.parse_query("zookeeper ")), 20, 1).items == [
            second.pk
        ]
        for filters in searches(14, 30):
            assert_it_finds_what_the_database_finds(filters)

    def test_one_whose_transaction_changed_others_afterwards_is_gone(self, loaded: None) -> None:
        with transaction.atomic():
            jobs = make_many(2 * listing_batches.FEWEST)
            Job.objects.filter(pk=jobs[0].pk).update(title="Zookeeper")
            listings.refresh(Job.objects.filter(pk=jobs[0].pk).select_related("company", "category"))
        assert batches() == []
        for filters in searches(15, 30):
            assert_it_finds_what_the_database_finds(filters)

    def test_one_of_a_transaction_with_the_same_number_before_a_restore_is_gone(self, loaded: None) -> None:
        make_many(2 * listing_batches.FEWEST)
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("UPDATE jobs_listingbatch SET transaction = pg_current_xact_id()")
            make_job(title="Zookeeper")
        assert batches() == []
        assert counts.total(JobFilters(query=search_text.parse_query("zookeeper "))) == 1

    def test_old_ones_are_forgotten(self) -> None:
        make_many(listing_batches.FEWEST + 20)
        for seconds, left in ((listing_batches.KEPT_FOR - 10, 1), (listing_batches.KEPT_FOR + 10, 0)):
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE jobs_listingbatch SET at = now() - make_interval(secs => %s)", [seconds]
                )
            index.prune_log()
            assert len(batches()) == left


def batches() -> list[str]:
    """The batches that are kept, the last one last."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM jobs_listingbatch ORDER BY transaction")
        return [content for (content,) in cursor.fetchall()]


class TestBoard:
    def test_a_misspelt_search_with_a_place_takes_8_queries_or_fewer(
        self, client: Client, many: list[Job], django_assert_max_num_queries: DjangoAssertNumQueries
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
    def test_one_is_kept_until_one_of_its_own_jobs_ends(self, api: ApiClient, loaded: None) -> None:
        now, company = timezone.now(), make_company()
        for title, days in (("Nurse", 9), ("Nurse", 5), *[("Cook", 3)] * 20):
            make_job(company, title=title, expires_at=now + timedelta(days=days))
        found = index.search(JobFilters(query=search_text.parse_query("nurse ")), 0, 20)
        assert found is not None
        assert found.until == now + timedelta(days=5)
        for days, total in ((0, 2), (4, 2), (6, 1), (10, 0)):
            with frozen(now + timedelta(days=days)):
                answer = api.get("/v1/jobs?q=nurse%20").json()
            assert answer["pagination"]["total_items"] == total

    def test_the_api_answers_from_it(self, api: ApiClient, loaded: None) -> None:
        make_job(title="Nurse")
        make_job(title="Cook")
        found = api.get("/v1/jobs?q=nurse").json()
        assert [job["title"] for job in found["data"]] == ["Nurse"]
        assert found["pagination"]["total_items"] == 1


TEXTS = st.lists(st.sampled_from(["t/a", "t/b", "t/c"]), max_size=4)
LEXEMES = st.builds(Lexemes, TEXTS, TEXTS).filter(lambda lexemes: bool(lexemes.texts or lexemes.beginnings))
EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    LEXEMES,
    lambda parts: st.one_of(
        parts.map(Not),
        st.lists(parts, min_size=1, max_size=3).map(All),
        st.lists(parts, min_size=1, max_size=3).map(Any),
    ),
    max_leaves=8,
)
DOCUMENTS = st.lists(st.sets(st.sampled_from(["a", "b", "c", "ab"])), min_size=1, max_size=6)


class TestExpressions:
    @given(EXPRESSIONS, EXPRESSIONS, DOCUMENTS, st.sets(st.integers(0, 5)), st.sampled_from([6, 1_000]))
    def test_sets_find_what_postgresql_does(
        self, asked: Expression, also: Expression, documents: list[set[str]], left_out: set[int], size: int
    ) -> None:
        def postgresql(expression: Expression) -> BitMap:
            vectors = [" ".join(f"'t/{word}'" for word in words) for words in documents]
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT vector::tsvector @@ %s::tsquery FROM unnest(%s::text[])"
                    " WITH ORDINALITY AS document(vector, number) ORDER BY number",
                    [tsquery(expression), vectors],
                )
                return BitMap(number for number, (found,) in enumerate(cursor.fetchall()) if found)

        segment = Segment.of(
            Row(number, number, number, 0, SEPARATOR.join(f"t/{word}" for word in words))
            for number, words in enumerate(documents)
        )
        within = BitMap(range(len(documents))) - BitMap(left_out)
        evaluation = Evaluation(segment, [within, BitMap(range(size))], asked)
        assert evaluation.matches == postgresql(asked) & within
        assert evaluation.found(asked) == postgresql(asked) & within
        assert evaluation.found(also) == postgresql(also) & postgresql(asked) & within

    @given(
        st.lists(st.sets(st.text("ab+", min_size=1, max_size=4), min_size=1), max_size=6),
        st.text("ab+", min_size=1, max_size=4),
    )
    def test_a_beginning_finds_all_that_has_a_word_with_it(
        self, postings: list[set[str]], beginning: str
    ) -> None:
        rows = [
            Row(number, number, number, 0, SEPARATOR.join(f"t/{word}" for word in words))
            for number, words in enumerate(postings)
        ]
        expected = [
            number
            for number, words in enumerate(postings)
            if any(word.startswith(beginning) for word in words)
        ]
        for large in (0, LARGE):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("jobs.index.segment.LARGE", large)
                found = Segment.of(rows).having_begun(f"t/{beginning}")
            assert list(found) == expected


class TestOrders:
    """Parts of a set in an order, which is far larger than what it is kept in."""

    SIZE = 3 * BLOCK * STRIDE + 100

    @pytest.fixture
    def segment(self) -> Segment:
        dice = random.Random(6)
        return Segment.of(
            Row(number, number // 3, number, dice.choice([NO_PAY, *range(40, 60)]), "t/a")
            for number in range(self.SIZE)
        )

    @pytest.mark.parametrize("part", [1, 0.3, 0.001])
    def test_they_are_those_of_a_sorted_list(self, segment: Segment, part: float) -> None:
        dice = random.Random(7)
        found = BitMap(number for number in range(self.SIZE) if dice.random() < part)
        for order in (segment.newest, segment.highest_pay):
            expected = sorted(found, key=order.key)
            for start in [0, *dice.choices(range(len(expected)), k=20), len(expected)]:
                assert order.part(found, start, 20) == expected[start : start + 20]
                for number in expected[start : start + 1]:
                    assert order.before(found, order.key(number)) == start

    def test_those_that_pay_enough_are_found(self, segment: Segment) -> None:
        for least in (0, 40, 51, 59, 60):
            assert list(segment.paying(least)) == [
                number for number, pay in enumerate(segment.pays) if pay >= least
            ]
