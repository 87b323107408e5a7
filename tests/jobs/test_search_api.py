"""What the filters and orders of GET /v1/jobs find, and that indexes serve them."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from jobs import queries, search_text
from jobs.models import Company, EmploymentType, ExperienceLevel, Job, JobStatus, Listing
from jobs.places import PlaceFilter, resolve_filter
from jobs.queries import JobFilters
from jobs.services import listings
from tests.fixtures.factories import ApiClient, frozen, make_category, make_company, make_job


def found(api: ApiClient, **parameters: str) -> list[str]:
    """Return the titles that a search finds, in its order."""
    query = "&".join(f"{name}={quote(value)}" for name, value in parameters.items())
    response = api.get(f"/v1/jobs?{query}")
    assert response.status_code == 200, response.json()
    titles = [job["title"] for job in response.json()["data"]]
    assert response.json()["pagination"]["total_items"] == len(titles)
    return titles


class TestWords:
    """`q` is what people type."""

    @pytest.fixture(autouse=True)
    def jobs(self, company: Company) -> None:
        make_job(company, title="Python Developer", tags=["Django", "Node.js"])
        make_job(company, title="C++ Engineer", tags=["CMake"])
        make_job(company, title="C# Engineer", tags=[".NET"])
        make_job(make_company(name="Café Zürich"), title="Head Waiter")

    @pytest.mark.parametrize(
        ("q", "titles"),
        [
            ("python", ["Python Developer"]),
            ("PYTHON", ["Python Developer"]),
            ("developers", ["Python Developer"]),
            ("django python", ["Python Developer"]),
            ("django engineer", []),
            ('"head waiter"', ["Head Waiter"]),
            ('"waiter head"', []),
            ("engineer -cmake", ["C# Engineer"]),
            ("c++", ["C++ Engineer"]),
            ("c#", ["C# Engineer"]),
            (".net", ["C# Engineer"]),
            ("node.js", ["Python Developer"]),
            ("cafe zurich", ["Head Waiter"]),
            ("café", ["Head Waiter"]),
            ("pyth", ["Python Developer"]),
            ("pyhton", ["Python Developer"]),
            ("techcorp pyhton", ["Python Developer"]),
            ("nothing of this kind", []),
            ("!!!", []),
            ("-", []),
        ],
    )
    def test_it_finds(self, api: ApiClient, q: str, titles: list[str]) -> None:
        assert found(api, q=q) == titles

    def test_without_words_it_is_as_if_absent(self, api: ApiClient) -> None:
        assert len(found(api, q="")) == 4

    @hypothesis_settings(
        max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(q=st.text(max_size=200))
    def test_whatever_is_typed_is_answered(self, q: str) -> None:
        list(queries.search(JobFilters(query=search_text.parse_query(q))))


class TestRelevance:
    def test_a_title_says_more_than_a_skill_and_a_skill_more_than_a_company(self, api: ApiClient) -> None:
        other = make_company(name="Other")
        now = timezone.now()
        for age, (company, title, tags) in enumerate(
            [
                (make_company(name="Python Ltd"), "By company", []),
                (other, "By skill", ["Python"]),
                (other, "Python by title", []),
            ]
        ):
            with frozen(now - timedelta(hours=age)):
                make_job(company, title=title, tags=tags)

        by_relevance = ["Python by title", "By skill", "By company"]
        assert found(api, q="python") == by_relevance
        assert found(api, q="python", sort="relevance") == by_relevance
        assert found(api, q="python", sort="newest") == by_relevance[::-1]

    def test_equals_come_newest_first(self, api: ApiClient, company: Company) -> None:
        now = timezone.now()
        for days in (2, 1, 3):
            with frozen(now - timedelta(days=days)):
                make_job(company, title=f"Cook {days}")

        assert found(api, q="cook") == ["Cook 1", "Cook 2", "Cook 3"]
        assert found(api, sort="relevance") == ["Cook 1", "Cook 2", "Cook 3"]


class TestLocation:
    @pytest.fixture(autouse=True)
    def jobs(self, places: None, company: Company) -> None:
        for location in (
            "Berlin, Germany",
            "München, Germany",
            "London, United Kingdom",
            "New York, NY, USA",
            "San Francisco, CA",
            "Remote",
            "Remote, Germany",
            "Headquarters of the moon base",
            "月面基地 Luna",
        ):
            make_job(company, title=location, location=location)

    @pytest.mark.parametrize(
        ("location", "titles"),
        [
            ("germany", {"Berlin, Germany", "München, Germany", "Remote, Germany"}),
            ("munich", {"München, Germany"}),
            ("München", {"München, Germany"}),
            ("MUNCHEN", {"München, Germany"}),
            ("uk", {"London, United Kingdom"}),
            ("usa", {"New York, NY, USA", "San Francisco, CA"}),
            ("nyc", {"New York, NY, USA"}),
            ("san francisco, ca", {"San Francisco, CA"}),
            ("remote", {"Remote", "Remote, Germany"}),
            ("Remote, Germany", {"Remote, Germany"}),
            ("moon base", {"Headquarters of the moon base"}),
            ("base headquarters", {"Headquarters of the moon base"}),
            ("moon crater", set()),
            ("luna", {"月面基地 Luna"}),
            ("月面基地", {"月面基地 Luna"}),
            ("'quoted' & <odd>", set()),
            ("...", set()),
        ],
    )
    def test_it_finds(self, api: ApiClient, location: str, titles: set[str]) -> None:
        assert set(found(api, location=location)) == titles

    def test_a_very_long_word_is_no_obstacle(self, api: ApiClient, company: Company) -> None:
        make_job(company, title="Far", location="ü" * 2000)

        assert found(api, location="ü" * 100) == ["Far"]


class TestFilters:
    @pytest.fixture(autouse=True)
    def jobs(self, company: Company) -> None:
        make_category("engineering")
        make_category("design")
        with frozen(datetime(2025, 4, 10, 8, tzinfo=UTC)):
            make_job(
                company,
                title="A",
                tags=["engineering", "React", "TypeScript"],
                experience_level="senior",
                salary_range={"min": 100, "max": 200, "currency": "USD"},
                expires_at=datetime(2026, 4, 10, tzinfo=UTC),
            )
        with frozen(datetime(2025, 4, 11, 8, tzinfo=UTC)):
            make_job(
                company,
                title="B",
                tags=["design", "React"],
                type="Contract",
                experience_level="entry",
                location="Somewhere",
                salary_range={"min": 100, "max": 300, "currency": "EUR"},
                expires_at=datetime(2026, 4, 10, tzinfo=UTC),
            )
        with frozen(datetime(2025, 4, 12, 8, tzinfo=UTC)):
            make_job(
                make_company(),
                title="C",
                type="Part-time",
                location="Somewhere",
                expires_at=datetime(2026, 4, 10, tzinfo=UTC),
            )

    @pytest.fixture(autouse=True)
    def clock(self, jobs: None) -> Iterator[None]:
        with frozen(datetime(2025, 5, 1, tzinfo=UTC)):
            yield

    @pytest.mark.parametrize(
        ("name", "value", "titles"),
        [
            ("category", "engineering", "A"),
            ("category", "engineering,design", "BA"),
            ("category", "cookery", ""),
            ("experience_level", "senior", "A"),
            ("experience_level", "senior,entry", "BA"),
            ("type", "Full-time", "A"),
            ("type", "Contract,Part-time", "CB"),
            ("skills", "react", "BA"),
            ("skills", "REACT,typescript", "A"),
            ("skills", "react,vue", ""),
            ("skills", "engineering", ""),
            ("remote", "true", "A"),
            ("remote", "false", "CB"),
            ("currency", "USD", "A"),
            ("posted_since", "2025-04-11", "CB"),
            ("posted_since", "2025-04-11T08:00:00Z", "CB"),
            ("posted_since", "2025-04-11T08:00:01Z", "C"),
            ("posted_since", "2025-04-11T10:00:00+02:00", "CB"),
            ("sort", "newest", "CBA"),
            ("sort", "salary", "BAC"),
        ],
    )
    def test_it_finds(self, api: ApiClient, name: str, value: str, titles: str) -> None:
        assert "".join(found(api, **{name: value})) == titles

    def test_pay_reaches_what_is_asked_in_its_currency(self, api: ApiClient) -> None:
        assert found(api, salary_min="200", currency="USD") == ["A"]
        assert found(api, salary_min="201", currency="USD") == []
        assert found(api, salary_min="0", currency="EUR") == ["B"]

    def test_company_takes_any_of_several_ids(self, api: ApiClient, company: Company) -> None:
        other = Company.objects.exclude(pk=company.pk).get()

        assert found(api, company=company.public_id) == ["B", "A"]
        assert found(api, company=f"{company.public_id},{other.public_id}") == ["C", "B", "A"]
        assert found(api, company="comp_123") == []

    def test_filters_combine_with_and(self, api: ApiClient) -> None:
        assert found(api, skills="react", type="Contract") == ["B"]
        assert found(api, skills="react", type="Contract", remote="true") == []


class TestIndexes:
    """With a few thousand rows and sequential scans priced out, no filter needs one."""

    @pytest.fixture
    def many(self, company: Company) -> Company:
        engineering = make_category("engineering")
        companies = [company, *(make_company() for _ in range(29))]
        now = timezone.now()
        jobs = Job.objects.bulk_create(
            Job(
                company=companies[number % 30],
                title=f"Engineer {number}",
                description="x",
                location=f"Hall {number % 50}",
                place_ids=[number % 90],
                remote=number % 60 == 0,
                type=rare_type if number % 60 == 1 else EmploymentType.FULL_TIME,
                experience_level=rare_level if number % 60 == 2 else ExperienceLevel.MID,
                category=engineering if number % 60 == 3 else None,
                tags=[f"skill{number % 70}"],
                salary_min=number,
                salary_max=number + 5000,
                salary_currency="EUR" if number % 3 else "USD",
                status=JobStatus.PUBLISHED,
                posted_at=now - timedelta(minutes=number),
                expires_at=now + timedelta(days=1 + number % 60),
            )
            for number, rare_type, rare_level in zip(
                range(3000),
                itertools.cycle([EmploymentType.CONTRACT] * 60 + [EmploymentType.FREELANCE] * 60),
                itertools.cycle([ExperienceLevel.LEAD] * 60 + [ExperienceLevel.EXECUTIVE] * 60),
                strict=False,
            )
        )
        listings.refresh(jobs)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE jobs_listing")
        return company

    def test_every_filter_and_order_is_served_by_its_index(self, many: Company) -> None:
        for filters, index in [
            (JobFilters(), "listing_newest"),
            (JobFilters(query=search_text.parse_query("engineer 77")), "listing_document"),
            (JobFilters(categories=["engineering"]), "listing_category"),
            (JobFilters(location=resolve_filter("hall 7")), "listing_location_words"),
            (JobFilters(location=resolve_filter("remote")), "listing_remote"),
            (JobFilters(location=PlaceFilter(False, (7,), "")), "listing_places"),
            (JobFilters(experience_levels=["lead"]), "listing_experience"),
            (JobFilters(types=["Contract"]), "listing_type"),
            (JobFilters(companies=[many.public_id]), "listing_company"),
            (JobFilters(skills=["skill7"]), "listing_skills"),
            (JobFilters(salary_min=7990, currency="USD"), "listing_salary"),
            (JobFilters(posted_since=timezone.now() - timedelta(minutes=9)), "listing_newest"),
            (JobFilters(remote=True), "listing_remote"),
            (JobFilters(sort="salary"), "listing_by_salary"),
        ]:
            plan = self.plan(queries.search(filters).values_list("pk", flat=True)[:20])
            assert "Seq Scan on jobs_listing" not in plan
            assert index in plan, plan

        for filters, index in [
            (JobFilters(types=["Contract", "Freelance"]), "listing_type"),
            (JobFilters(experience_levels=["lead", "executive"]), "listing_experience"),
            (JobFilters(categories=["engineering", "design"]), "listing_category"),
            (JobFilters(companies=[many.public_id, "comp_123"]), "listing_company"),
        ]:
            plan = self.plan(queries.search(filters).order_by().values_list("pk", flat=True))
            assert "Seq Scan on jobs_listing" not in plan
            assert index in plan, plan

    @staticmethod
    def plan(rows: QuerySet[Listing, Any]) -> str:
        with connection.cursor() as cursor:
            # Over so few rows, reading all of an index and hashing them costs as little as a look-up.
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off")
        return rows.explain()
