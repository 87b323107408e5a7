"""What the filters and orders of GET /v1/jobs find, and that indexes serve them."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import Account
from jobs import queries, search_text
from jobs.models import Company, EmploymentType, ExperienceLevel, Job, JobStatus, Listing
from jobs.places import PlaceFilter, resolve_filter
from jobs.queries import JobFilters
from jobs.services import listings
from tests.fixtures.factories import (
    ApiClient,
    error_code,
    faults,
    frozen,
    make_category,
    make_company,
    make_job,
    make_key,
)


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

    def test_a_synonym_ranks_below_what_was_typed(self, api: ApiClient, company: Company) -> None:
        now = timezone.now()
        titles = ["HR Specialist", "Lead HR Specialist", "Human Resources Specialist", "Specialist"]
        for age, title in enumerate(reversed(titles)):
            with frozen(now - timedelta(hours=age)):
                make_job(company, title=title, tags=["Human Resources"])

        assert found(api, q="hr specialist") == titles
        assert found(api, q="specialist -hr") == ["Specialist", "Human Resources Specialist"]
        assert found(api, q='"hr specialist"') == titles[:2]

    def test_a_space_finishes_the_last_word(self, api: ApiClient, company: Company) -> None:
        make_job(company, title="JavaScript Developer")
        make_job(company, title="Java Developer")

        assert found(api, q="java") == ["Java Developer", "JavaScript Developer"]
        assert found(api, q="java ") == ["Java Developer"]
        assert len(found(api, q=" ")) == 2


class TestMeaning:
    """What is answered where nothing matches `q` as typed, and how the answer says so."""

    @pytest.fixture(autouse=True)
    def jobs(self, places: None, company: Company) -> None:
        make_job(company, title="Senior Python Developer", location="Berlin, Germany")
        make_job(company, title="Python Developer", location="New York, NY, USA")
        make_job(company, title="C++ Developer", location="Remote")

    @pytest.mark.parametrize(
        ("q", "meant", "titles"),
        [
            ("pyhton", {"q": "python"}, ["Python Developer", "Senior Python Developer"]),
            ("c++ develoepr", {"q": "c++ developer"}, ["C++ Developer"]),
            ("pyhton -senior", {"q": "python -senior"}, ["Python Developer"]),
            ("developer Berlin", {"q": "developer", "location": "Berlin"}, ["Senior Python Developer"]),
            ("new york developer", {"q": "developer", "location": "new york"}, ["Python Developer"]),
            (
                "pyhton jobs in germany",
                {"q": "python jobs in", "location": "germany"},
                ["Senior Python Developer"],
            ),
        ],
    )
    def test_it_is_found_and_named(
        self, api: ApiClient, q: str, meant: dict[str, str], titles: list[str]
    ) -> None:
        response = api.get("/v1/jobs", {"q": q})
        assert dict(parse_qsl(response["X-Did-You-Mean"])) == meant
        assert [job["title"] for job in response.json()["data"]] == titles
        assert set(response.json()) == {"data", "pagination"}

        again = api.get(f"/v1/jobs?{response['X-Did-You-Mean']}")
        assert again.json()["data"] == response.json()["data"]
        assert "X-Did-You-Mean" not in again

    @pytest.mark.parametrize(
        "q", ["python", "pyth", "nothing of this kind", '"pyhton"', "-pyhton", "berlin", ""]
    )
    def test_what_is_found_as_typed_or_not_at_all_is_not_reread(self, api: ApiClient, q: str) -> None:
        assert "X-Did-You-Mean" not in api.get("/v1/jobs", {"q": q})

    def test_the_board_says_so_and_leads_there(self, client: Client) -> None:
        page = client.get("/jobs", {"q": "pyhton Berlin", "type": "Full-time"}, secure=True).content.decode()
        assert "No job matches “pyhton Berlin” as typed" in page
        assert 'href="?q=python&amp;type=Full-time&amp;location=Berlin"' in page
        assert "Senior Python Developer" in page
        assert "as typed" not in client.get("/jobs", {"q": "python"}, secure=True).content.decode()

    def test_the_board_asks_where_hardly_anything_is_found(self, client: Client, company: Company) -> None:
        make_job(company, title="Pyhton Trainer")
        search_text.add_words({"python": 50})
        page = client.get("/jobs", {"q": "pyhton"}, secure=True).content.decode()
        assert 'Did you mean <a href="?q=python">python</a>?' in page
        assert "Pyhton Trainer" in page
        assert "as typed" not in page
        assert "Did you mean" not in client.get("/jobs", {"q": "trainer"}, secure=True).content.decode()

    def test_a_location_that_was_given_stays(self, api: ApiClient) -> None:
        assert found(api, q="developer berlin", location="new york") == []

    def test_scripts_of_careers_pages_may_read_it(self, api: ApiClient, account: Account) -> None:
        _, secret = make_key(account, allowed_origins=["https://careers.example"])
        response = ApiClient(secret).get(
            "/v1/jobs", {"q": "pyhton"}, headers={"Origin": "https://careers.example"}
        )
        assert "X-Did-You-Mean" in response["Access-Control-Expose-Headers"]


class TestFacets:
    """`GET /v1/jobs/facets`."""

    @pytest.fixture(autouse=True)
    def jobs(self, places: None, db: None) -> None:
        for slug in ("engineering", "design"):
            make_category(slug)
        choices = itertools.product(
            ("engineering", "design", None),
            ("Full-time", "Contract"),
            ("senior", "mid", None),
            ("Remote", "Berlin, Germany"),
        )
        companies = [make_company(name="Acme"), make_company(name="Globex")]
        for number, (category, kind, level, location) in enumerate(choices):
            make_job(
                companies[number % 2],
                title=["Python Developer", "Nurse"][number % 5 % 2],
                tags=[category] if category else [],
                type=kind,
                experience_level=level,
                location=location,
            )

    def counts(self, api: ApiClient, **parameters: str) -> dict[str, dict[str, int]]:
        response = api.get("/v1/jobs/facets", parameters)
        assert response.status_code == 200, response.json()
        body: dict[str, dict[str, int]] = response.json()
        assert list(body) == ["category", "type", "experience_level", "remote"]
        return body

    @pytest.mark.parametrize(
        "parameters",
        [
            {},
            {"q": "python"},
            {"q": "nurse", "type": "Contract"},
            {"category": "design", "remote": "true"},
            {"category": "design,engineering", "experience_level": "senior", "location": "germany"},
            {"type": "Full-time", "experience_level": "mid", "q": "pyhton -acme"},
            {"q": "nothing of this kind"},
        ],
    )
    def test_each_count_is_the_total_of_the_search_with_that_option(
        self, api: ApiClient, parameters: dict[str, str]
    ) -> None:
        options = {
            "category": ["engineering", "design"],
            "type": list(EmploymentType.values),
            "experience_level": list(ExperienceLevel.values),
            "remote": ["true", "false"],
        }
        counted = self.counts(api, **parameters)
        for name, values in options.items():
            for value in values:
                total = api.get("/v1/jobs", {**parameters, name: value}).json()["pagination"]["total_items"]
                assert counted[name].get(value, 0) == total, (name, value)
            assert 0 not in counted[name].values()
            assert list(counted[name].values()) == sorted(counted[name].values(), reverse=True)

    def test_what_was_meant_is_counted_and_named(self, api: ApiClient) -> None:
        response = api.get("/v1/jobs/facets", {"q": "pyhton"})
        assert response["X-Did-You-Mean"] == "q=python"
        assert response.json() == self.counts(api, q="python")

    def test_it_costs_a_few_queries_whatever_is_asked(self, api: ApiClient) -> None:
        for parameters in ({}, {"q": "python", "category": "design", "location": "germany"}):
            with CaptureQueriesContext(connection) as captured:
                self.counts(api, **parameters)
            assert len(captured) <= 8, [query["sql"] for query in captured]

    @pytest.mark.parametrize("name", ["page", "limit", "sort", "colour"])
    def test_it_takes_the_filters_alone(self, api: ApiClient, name: str) -> None:
        response = api.get("/v1/jobs/facets", {name: "1"})
        assert response.status_code == 400
        assert error_code(response) == "unknown_parameter"

    def test_wrong_values_are_refused_as_in_the_list(self, api: ApiClient) -> None:
        response = api.get("/v1/jobs/facets", {"remote": "maybe", "salary_min": "10"})
        assert response.status_code == 400
        assert set(faults(response)) == {"remote", "currency"}

    def test_it_needs_a_key_and_counts_against_its_limit(self, public: ApiClient, reader: ApiClient) -> None:
        assert public.get("/v1/jobs/facets").status_code == 401
        response = reader.get("/v1/jobs/facets")
        assert response.status_code == 200
        assert "X-RateLimit-Remaining" in response
        assert reader.get("/v1/jobs/facets", headers={"If-None-Match": response["ETag"]}).status_code == 304
        assert reader.post("/v1/jobs/facets", {}).status_code in (403, 405)


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
            for name in ("places", "skills", "location_words", "document"):  # as autovacuum does in time
                cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [f"listing_{name}"])
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
