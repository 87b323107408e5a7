"""Totals are exact whatever is asked and whoever writes; pages are complete; new jobs are found at once."""

import random
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs import counts, queries, search_text
from jobs.api.items import items
from jobs.api.serializers import JobSerializer
from jobs.index import read_version
from jobs.kept import Kept
from jobs.models import Category, Company, Job, JobStatus, Listing, ListingChange, Moderation, Place
from jobs.place_models import PlaceName
from jobs.places import PlaceFilter
from jobs.queries import JobFilters
from jobs.services import listings, moderation, postings
from jobsphere.api import json
from tests.fixtures.factories import ApiClient, frozen, make_category, make_company, make_job, make_user

TITLES = ["Nurse", "Staff Nurse", "Python Developer", "Data Engineer", "C++ Engineer", "Front End Developer"]
SKILLS = ["Python", "SQL", "React", "Nursing", "C++", ".NET"]
TYPES = ["Full-time", "Contract", "Internship"]
LEVELS = ["mid", "senior", None]
CITIES = {9_000_001: 9_000_010, 9_000_002: 9_000_010, 9_000_003: 9_000_020}
"""Keys of cities, and those of what they lie in; beyond those of real places."""
WORDS = [
    "nurse",
    "python ",
    "engineer",
    "data engineer",
    '"front end"',
    "-nurse",
    "nurse -staff",
    "dev",
    "sql ltd",
]


def make_many(number: int) -> list[Job]:
    """Make jobs of all kinds, some of them ended or closed; the same each time."""
    dice = random.Random(4)
    companies = [make_company(name=f"{name} Ltd") for name in ("Nurse", "Python", "Acme")]
    categories = [make_category("healthcare"), make_category("engineering"), None]
    now = timezone.now()
    jobs = []
    for index in range(number):
        category, low = dice.choice(categories), dice.choice([None, 40_000, 60_000, 80_000])
        skills = dice.sample(SKILLS, dice.randrange(3))
        jobs.append(
            Job(
                company=dice.choice(companies),
                title=dice.choice(TITLES),
                description="x",
                location="Somewhere",
                place_ids=[dice.choice(list(CITIES))],
                remote=dice.random() < 0.3,
                type=dice.choice(TYPES),
                experience_level=dice.choice(LEVELS),
                category=category,
                tags=skills + ([category.slug] if category else []),
                salary_min=low,
                salary_max=low and low + 10_000,
                salary_currency=dice.choice(["USD", "EUR"]) if low else "",
                status=JobStatus.CLOSED if dice.random() < 0.1 else JobStatus.PUBLISHED,
                # Several at each moment, so that the order has to be settled by the key.
                posted_at=now - timedelta(hours=1 + index // 3),
                expires_at=now + timedelta(days=dice.choice([-1, 1, 2])),
            )
        )
    for city, country in CITIES.items():
        Place.objects.create(pk=city, name="Town", kind=Place.Kind.CITY, population=0, ancestor_ids=[country])
    jobs = Job.objects.bulk_create(jobs)
    listings.refresh(jobs)
    return jobs


@pytest.fixture
def many(db: None) -> list[Job]:
    return make_many(200)


def random_filters(dice: random.Random, now: datetime) -> JobFilters:
    """Return a search by a few of the filters."""
    asked: dict[str, Callable[[], Any]] = {
        "query": lambda: search_text.parse_query(dice.choice(WORDS)),
        "categories": lambda: dice.choice([["healthcare"], ["engineering", "healthcare"], ["nothing"]]),
        "location": lambda: PlaceFilter(dice.random() < 0.2, (dice.choice([*CITIES, *CITIES.values()]),), ""),
        "experience_levels": lambda: dice.choice([["mid"], ["mid", "senior"]]),
        "types": lambda: dice.sample(TYPES, dice.choice([1, 2])),
        "companies": lambda: [dice.choice(list(Company.objects.values_list("public_id", flat=True)))],
        "skills": lambda: dice.sample(SKILLS, dice.choice([1, 1, 2])),
        "currency": lambda: "USD",
        "posted_since": lambda: now - timedelta(hours=dice.randrange(100)),
        "remote": lambda: dice.random() < 0.5,
    }
    chosen = {name: asked[name]() for name in dice.sample(list(asked), dice.choice([0, 1, 1, 2, 2, 3]))}
    if "currency" in chosen:
        chosen["salary_min"] = dice.choice([None, 55_000])
    return JobFilters(**chosen, sort=dice.choice([None, *queries.SORTS]))


def brute_force(filters: JobFilters) -> list[int]:
    """Return the keys of all jobs that match, found by reading each of them."""
    of_words = None
    if filters.query:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off")
            words = Listing.objects.filter(document=filters.query.expression())
            of_words = set(words.values_list("pk", flat=True))
            cursor.execute("RESET enable_indexscan; RESET enable_bitmapscan")
    return [
        job.pk
        for job in Job.objects.listed(filters.at).select_related("company", "category")
        if (of_words is None or job.pk in of_words)
        and (not filters.categories or (job.category and job.category.slug in filters.categories))
        and (
            not filters.location
            or (
                {job.place_ids[0], CITIES[job.place_ids[0]]} & set(filters.location.place_ids)
                and (job.remote or not filters.location.remote)
            )
        )
        and (not filters.experience_levels or job.experience_level in filters.experience_levels)
        and (not filters.types or job.type in filters.types)
        and (not filters.companies or job.company.public_id in filters.companies)
        and set(filters.skills) <= set(job.skills)
        and (not filters.currency or job.salary_currency == filters.currency)
        and (filters.salary_min is None or (job.salary_max or 0) >= filters.salary_min)
        and (not filters.posted_since or (job.posted_at and job.posted_at >= filters.posted_since))
        and (filters.remote is None or job.remote == filters.remote)
    ]


def all_pages(filters: JobFilters, limit: int) -> list[int]:
    first = counts.page_of(filters, limit, 1)
    keys = list(first.items)
    for page in range(2, first.total_pages + 2):
        keys += counts.page_of(filters, limit, page).items
    return keys


class TestTotals:
    def test_they_equal_a_count_by_brute_force(self, many: list[Job]) -> None:
        dice, now = random.Random(1), timezone.now()
        for _ in range(200):
            filters = random_filters(dice, now)
            matching = brute_force(filters)
            page = counts.page_of(filters, 20, 1)
            assert page.total_items == len(matching), filters
            assert len(page.items) == min(20, len(matching))
            assert set(page.items) <= set(matching)


class TestPages:
    @pytest.mark.parametrize("sort", [None, *queries.SORTS])
    @pytest.mark.parametrize("words", [None, "nurse", "python ", "-nurse"])
    def test_no_job_comes_twice_or_is_lost_and_all_are_in_the_stated_order(
        self, many: list[Job], sort: str | None, words: str | None
    ) -> None:
        filters = JobFilters(query=search_text.parse_query(words) if words else None, sort=sort)
        expected = list(queries.search(filters).values_list("pk", flat=True))
        assert sorted(expected) == sorted(brute_force(filters))
        assert all_pages(filters, 7) == expected

    def test_a_page_past_the_end_is_empty_with_true_totals(self, many: list[Job]) -> None:
        page = counts.page_of(JobFilters(), 20, 10**9)
        assert page.items == []
        assert page.total_items == len(brute_force(JobFilters()))


class TestRelevance:
    def test_tiers_follow_each_other_and_the_newest_comes_first_in_each(self, company: Company) -> None:
        now = timezone.now()
        for age, (title, tags, name) in enumerate(
            [
                ("Cook", ["Python"], "Nurse Ltd"),
                ("Nurse in Python", [], "Acme"),
                ("Nurse", ["Python"], "Acme"),
                ("Python Nurse", [], "Acme"),
            ]
        ):
            with frozen(now - timedelta(hours=age)):
                make_job(make_company(name=name), title=title, tags=tags)
        found = counts.page_of(JobFilters(query=search_text.parse_query("python nurse ")), 20, 1).items
        titles = dict(Job.objects.values_list("pk", "title"))
        assert [titles[key] for key in found] == ["Python Nurse", "Nurse in Python", "Nurse", "Cook"]


class TestFreshness:
    """What was kept is never shown once it is no longer true."""

    def total(self, api: ApiClient) -> int:
        total: int = api.get("/v1/jobs?q=nurse").json()["pagination"]["total_items"]
        return total

    def test_publishing_changing_and_closing_show_at_once(self, api: ApiClient, company: Company) -> None:
        assert self.total(api) == 0
        job = make_job(company, title="Nurse")
        assert self.total(api) == 1
        postings.update_job(job=job, changes={"title": "Cook"})
        assert self.total(api) == 0
        postings.update_job(job=job, changes={"title": "Night Nurse"})
        assert self.total(api) == 1
        postings.close_job(job=job)
        assert self.total(api) == 0

    def test_what_ends_is_gone_with_the_moment(self, company: Company) -> None:
        now = timezone.now()
        make_job(company, expires_at=now + timedelta(hours=1))
        make_job(company, expires_at=now + timedelta(hours=2))
        for minutes, total in ((0, 2), (59, 2), (60, 1), (119, 1), (120, 0), (0, 2)):
            assert counts.total(JobFilters(at=now + timedelta(minutes=minutes))) == total

    def test_a_suspended_job_or_company_is_gone_at_once(self, api: ApiClient, company: Company) -> None:
        staff = make_user(is_staff=True)
        job = make_job(company, title="Nurse")
        make_job(company, title="Nurse")
        assert self.total(api) == 2
        moderation.moderate_jobs(
            job_ids=[job.pk], decision=Moderation.SUSPENDED, staff=staff, reason="Not a job."
        )
        assert self.total(api) == 1
        moderation.suspend_company(company=company, staff=staff, reason="Not a company.")
        assert self.total(api) == 0
        moderation.reinstate_company(company=company, staff=staff)
        assert self.total(api) == 1

    def test_a_category_is_found_by_its_new_slug_at_once(self, company: Company) -> None:
        make_category("health")
        make_job(company, tags=["health"])
        assert counts.total(JobFilters(categories=["health"])) == 1
        Category.objects.update(slug="healthcare")
        assert counts.total(JobFilters(categories=["health"])) == 0


@pytest.mark.django_db(transaction=True)
class TestAnswers:
    """Whole answers are kept as well, and are never shown once they are not what would be found."""

    def test_one_that_was_asked_for_before_costs_one_query(
        self, api: ApiClient, company: Company, django_assert_num_queries: Any
    ) -> None:
        make_job(company, title="Nurse")
        first = api.get("/v1/jobs?q=nurse")
        with django_assert_num_queries(1):  # the key, with the version of the listings
            kept = api.get("/v1/jobs?q=nurse")
        assert kept.content == first.content
        assert kept.headers["Link"] == first.headers["Link"]
        assert kept.headers["Content-Type"] == first.headers["Content-Type"]

    def test_one_that_is_asked_for_again_and_again_stays_while_others_make_room(self) -> None:
        kept: Kept[int, str] = Kept(100)
        kept.of(1)[0] = "asked again and again"
        for other in range(1, 1_000):
            kept.of(1)[other] = "asked once"
            assert kept.recall(1, 0) == "asked again and again"
            assert len(kept.of(1)) <= 100
        assert kept.recall(1, 1) is None
        assert kept.recall(2, 0) is None

    def test_jobs_that_another_search_showed_are_not_read_again(
        self, api: ApiClient, company: Company
    ) -> None:
        make_job(company, title="Nurse")
        make_job(company, title="Midwife")
        api.get("/v1/jobs")
        with CaptureQueriesContext(connection) as captured:
            found = api.get("/v1/jobs?q=nurse").json()["data"]
        assert [job["title"] for job in found] == ["Nurse"]
        assert not any("jobs_company" in query["sql"] for query in captured)

    def test_a_location_means_what_the_places_say_now(self, api: ApiClient, company: Company) -> None:
        make_job(company, location="Gotham")  # no place yet: its words are looked for
        assert api.get("/v1/jobs?location=gotham").json()["pagination"]["total_items"] == 1
        gotham = Place.objects.create(
            id=9_000_001,
            kind=Place.Kind.CITY,
            name="Gotham",
            country_code="US",
            population=1,
            ancestor_ids=[],
        )
        PlaceName.objects.create(name="gotham", place=gotham, is_primary=True)
        assert api.get("/v1/jobs?location=gotham").json()["pagination"]["total_items"] == 0

    def test_its_items_are_what_the_serializer_of_a_job_says(self, company: Company) -> None:
        bare = make_company(name="Bare")
        pay = {"min": 1, "max": 2, "currency": "EUR"}
        make_category("engineering")
        jobs = [
            make_job(company, tags=["Engineering", "Python"], salary_range=pay, experience_level="senior"),
            make_job(bare, location="Berlin"),
        ]
        Company.objects.filter(pk=bare.pk).update(logo="0" * 32)
        keys = [job.pk for job in jobs]
        said = JobSerializer(queries.page_of_jobs(keys), many=True).data
        assert json.render(items(keys, read_version())) == json.render(said)

    def test_a_fault_in_the_query_is_no_answer(self, api: ApiClient) -> None:
        for _ in range(3):
            assert api.get("/v1/jobs?nothing=1").status_code == 400

    @pytest.mark.parametrize(
        ("model", "changes", "shown"),
        [
            (Company, {"name": "Acme"}, ("company", "name")),
            (Company, {"logo_url": "https://example.com/new.png"}, ("company", "logo_url")),
            (Category, {"slug": "health"}, ("category",)),
            (Job, {"title": "Night Nurse"}, ("title",)),
        ],
    )
    def test_what_it_shows_is_what_is(
        self, api: ApiClient, company: Company, model: Any, changes: dict[str, str], shown: tuple[str, ...]
    ) -> None:
        make_category("healthcare")
        make_job(company, title="Nurse", tags=["healthcare"])
        for _ in range(3):
            api.get("/v1/jobs")
        model.objects.update(**changes)
        value = api.get("/v1/jobs").json()["data"][0]
        for name in shown:
            value = value[name]
        assert value == next(iter(changes.values()))


@pytest.mark.django_db(transaction=True)
class TestWhileOthersWrite:
    def test_every_total_is_that_of_its_snapshot(self) -> None:
        jobs = make_many(60)
        open_jobs = [job for job in jobs if job.status == JobStatus.PUBLISHED]
        stopped = threading.Event()
        dice, now = random.Random(2), timezone.now()
        asked = [random_filters(dice, now) for _ in range(20)]

        def write(number: int) -> None:
            own = open_jobs[number::2]
            try:
                for turn in range(10_000):
                    if stopped.is_set():
                        return
                    job = own[turn % len(own)]
                    job.status = (
                        JobStatus.CLOSED if job.status == JobStatus.PUBLISHED else JobStatus.PUBLISHED
                    )
                    with transaction.atomic():
                        job.save(update_fields=["status"])
                        listings.refresh([job])
            finally:
                connection.close()

        writers = [threading.Thread(target=write, args=(number,)) for number in range(2)]
        for writer in writers:
            writer.start()
        try:
            for turn in range(150):
                filters = asked[turn % len(asked)]
                counts.page_of(filters, 5, 1)
                with counts._one_snapshot():
                    page = counts.page_of(filters, 5, 1)
                    assert page.total_items == len(brute_force(filters))
        finally:
            stopped.set()
            for writer in writers:
                writer.join()

    def test_no_writer_waits_for_another_that_has_not_committed(self) -> None:
        first, second = make_job(title="Nurse"), make_job(title="Nurse")
        with transaction.atomic():
            listings.refresh([first])

            def write() -> None:
                with connection.cursor() as cursor:
                    cursor.execute("SET lock_timeout = '5s'")
                listings.refresh([second])
                done.set()
                connection.close()

            done = threading.Event()
            writer = threading.Thread(target=write)
            writer.start()
            writer.join()
            assert done.is_set()
        assert ListingChange.objects.count() == 2


@pytest.mark.django_db(transaction=True)
class TestCompanies:
    """Of what a company is found by there is one row, which is seldom written."""

    def test_two_who_list_its_jobs_do_not_wait_for_each_other(self, company: Company) -> None:
        one, another = make_job(company, title="Nurse"), make_job(company, title="Cook")
        failed: list[Exception] = []

        def refresh() -> None:
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SET lock_timeout = '3s'")
                listings.refresh([another])
            except Exception as error:
                failed.append(error)
            finally:
                connection.close()

        with transaction.atomic():
            listings.refresh([one])
            other = threading.Thread(target=refresh)
            other.start()
            other.join()
        assert not failed
