"""GET /v1/jobs and GET /v1/jobs/{id}, sentence by sentence."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Account, Scope
from jobs.models import Company, Job, Listing, Moderation
from jobs.services import listings, postings
from jobsphere.ids import pattern
from tests.fixtures.factories import (
    ApiClient,
    client_of,
    error_code,
    faults,
    frozen,
    job_body,
    make_category,
    make_company,
    make_job,
)

DOCUMENTED_AT = datetime(2025, 4, 10, 8, tzinfo=UTC)


def ids(response: Any) -> list[str]:
    assert response.status_code == 200, response.json()
    return [job["id"] for job in response.json()["data"]]


def test_the_documented_example_comes_back_field_for_field(api: ApiClient, company: Company) -> None:
    make_category("engineering")
    body = job_body(
        company,
        title="Senior Frontend Engineer",
        location="Remote",
        type="Full-time",
        salary_range={"min": 140000, "max": 185000, "currency": "USD"},
        tags=["engineering", "React", "TypeScript", "Next.js"],
        experience_level="senior",
    )
    with frozen(DOCUMENTED_AT):
        created = api.post("/v1/jobs", body)
        listed = api.get("/v1/jobs").json()

    job_id = created.json()["id"]
    assert re.fullmatch(pattern("job"), job_id)
    assert listed == {
        "data": [
            {
                "id": job_id,
                "title": "Senior Frontend Engineer",
                "company": {"id": company.public_id, "name": "TechCorp", "logo_url": company.logo_url},
                "location": "Remote",
                "type": "Full-time",
                "salary_range": {"min": 140000, "max": 185000, "currency": "USD"},
                "posted_at": "2025-04-10T08:00:00Z",
                "skills": ["React", "TypeScript", "Next.js"],
                "experience_level": "senior",
                "category": "engineering",
                "remote": True,
                "url": f"{settings.BASE_URL}/jobs/{job_id}",
            }
        ],
        "pagination": {"current_page": 1, "total_pages": 1, "total_items": 1},
    }
    assert list(listed) == ["data", "pagination"]
    documented = ["id", "title", "company", "location", "type", "salary_range", "posted_at", "skills"]
    assert list(listed["data"][0])[: len(documented)] == documented


def test_what_a_job_does_not_say_is_null_or_empty(api: ApiClient) -> None:
    make_job(make_company(logo_url=""))

    [job] = api.get("/v1/jobs").json()["data"]

    assert job["salary_range"] is None
    assert job["company"]["logo_url"] is None
    assert job["experience_level"] is None
    assert job["category"] is None
    assert job["skills"] == []


def test_lists_need_a_key(public: ApiClient, db: None) -> None:
    response = public.get("/v1/jobs")

    assert response.status_code == 401
    assert error_code(response) == "missing_api_key"


def test_any_key_reads_the_jobs_of_others(reader: ApiClient) -> None:
    job = make_job()

    assert ids(reader.get("/v1/jobs")) == [job.public_id]


class TestOnlyOpenJobs:
    """Only published, unexpired jobs of companies in good standing."""

    def test_a_draft_is_not_listed_even_for_its_owner(self, api: ApiClient, company: Company) -> None:
        make_job(company, publish=False)

        assert ids(api.get("/v1/jobs")) == []

    def test_a_closed_job_is_not_listed(self, api: ApiClient, company: Company) -> None:
        postings.close_job(job=make_job(company))

        assert ids(api.get("/v1/jobs")) == []

    def test_an_expired_job_is_not_listed_from_that_moment_on(self, api: ApiClient) -> None:
        now = timezone.now()
        job = make_job(expires_at=now + timedelta(hours=1))

        assert ids(api.get("/v1/jobs")) == [job.public_id]
        with frozen(now + timedelta(hours=1)):
            assert ids(api.get("/v1/jobs")) == []

    @pytest.mark.parametrize("change", [{"suspended_at": timezone.now()}, {"verification_state": "rejected"}])
    def test_a_company_out_of_standing_takes_its_jobs_with_it(
        self, api: ApiClient, company: Company, change: dict[str, Any]
    ) -> None:
        make_job(company)
        Company.objects.filter(pk=company.pk).update(**change)
        company.refresh_from_db()
        listings.refresh_company(company)

        assert ids(api.get("/v1/jobs")) == []

    def test_a_job_that_staff_suspended_is_not_listed(self, api: ApiClient, company: Company) -> None:
        job = make_job(company)
        job.moderation = Moderation.SUSPENDED
        job.save()
        listings.refresh([job])

        assert ids(api.get("/v1/jobs")) == []


class TestPages:
    @pytest.fixture
    def jobs(self, company: Company) -> list[Job]:
        """45 jobs that were all posted at the same moment."""
        with frozen(DOCUMENTED_AT):
            made = [
                make_job(company, title=f"Engineer {number}", expires_at=DOCUMENTED_AT + timedelta(days=300))
                for number in range(45)
            ]
        later = timezone.now() + timedelta(days=30)
        Job.objects.update(expires_at=later)
        Listing.objects.update(expires_at=later)
        return made

    def test_20_by_default_from_page_1(self, api: ApiClient, jobs: list[Job]) -> None:
        answer = api.get("/v1/jobs").json()

        assert len(answer["data"]) == 20
        assert answer["pagination"] == {"current_page": 1, "total_pages": 3, "total_items": 45}

    @pytest.mark.parametrize("query", ["", "&q=engineer", "&sort=salary", "&sort=newest&q=engineer"])
    def test_no_job_twice_and_none_lost_although_all_are_equal(
        self, api: ApiClient, jobs: list[Job], query: str
    ) -> None:
        seen = [job for page in range(1, 8) for job in ids(api.get(f"/v1/jobs?limit=7&page={page}{query}"))]

        assert len(seen) == len(set(seen)) == 45

    def test_a_job_posted_meanwhile_does_not_lose_any(self, api: ApiClient, jobs: list[Job]) -> None:
        first = ids(api.get("/v1/jobs?limit=30"))
        make_job(jobs[0].company)
        second = ids(api.get("/v1/jobs?limit=30&page=2"))

        assert {job.public_id for job in jobs} <= {*first, *second}

    def test_a_page_past_the_end_is_empty_and_its_totals_true(self, api: ApiClient, jobs: list[Job]) -> None:
        answer = api.get("/v1/jobs?page=99")

        assert ids(answer) == []
        assert answer.json()["pagination"] == {"current_page": 99, "total_pages": 3, "total_items": 45}

    def test_links_name_the_other_pages_and_keep_the_filters(self, api: ApiClient, jobs: list[Job]) -> None:
        link = api.get("/v1/jobs?limit=10&page=2&q=engineer")["Link"]
        pages = {
            relation: (re.search(r"[?&]page=(\d+)", address) or [""])[1]
            for address, relation in re.findall(r'<([^>]+)>; rel="(\w+)"', link)
        }

        assert pages == {"first": "1", "prev": "1", "next": "3", "last": "5"}
        assert link.count("q=engineer") == 4
        assert link.count("limit=10") == 4

    def test_the_newest_come_first(self, api: ApiClient, company: Company) -> None:
        now = timezone.now()
        made = []
        for days in (3, 1, 2):
            with frozen(now - timedelta(days=days)):
                made.append(make_job(company).public_id)

        assert ids(api.get("/v1/jobs")) == [made[1], made[2], made[0]]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("limit=0", {"limit": "out_of_range"}),
            ("limit=101", {"limit": "out_of_range"}),
            ("page=0", {"page": "out_of_range"}),
            ("page=-1", {"page": "out_of_range"}),
            ("page=two", {"page": "invalid_parameter"}),
            ("catgory=engineering", {"catgory": "unknown_parameter"}),
            ("type=Full", {"type": "invalid_parameter"}),
            ("experience_level=guru", {"experience_level": "invalid_parameter"}),
            ("remote=yes", {"remote": "invalid_parameter"}),
            ("sort=oldest", {"sort": "invalid_parameter"}),
            ("posted_since=yesterday", {"posted_since": "invalid_parameter"}),
            ("salary_min=100", {"currency": "missing_parameter"}),
            ("salary_min=-1&currency=USD", {"salary_min": "out_of_range"}),
            ("currency=usd", {"currency": "invalid_parameter"}),
            ("currency=XXX", {"currency": "invalid_parameter"}),
        ],
    )
    def test_a_parameter_that_cannot_be_read_is_named(
        self, api: ApiClient, query: str, expected: dict[str, str]
    ) -> None:
        response = api.get(f"/v1/jobs?{query}")

        assert response.status_code == 400
        assert faults(response) == expected

    def test_all_faults_of_a_query_are_named_at_once(self, api: ApiClient) -> None:
        response = api.get("/v1/jobs?limit=0&page=x&type=None&remote=1&salary_min=1&colour=red")

        assert faults(response).keys() == {"limit", "page", "type", "remote", "currency", "colour"}

    def test_an_unknown_parameter_lists_the_valid_ones(self, api: ApiClient) -> None:
        message = api.get("/v1/jobs?keyword=x").json()["error"]["message"]

        assert "experience_level" in message
        assert "posted_since" in message


class TestDetail:
    def test_it_has_all_that_lists_have_and_the_rest(self, api: ApiClient, company: Company) -> None:
        make_category("engineering")
        job = make_job(
            company,
            description="Build the **frontend**.",
            tags=["engineering", "React"],
            requirements=["Five years"],
            screening_questions=[{"question": "When?", "required": True}],
            external_id="FE-7",
        )
        [item] = api.get("/v1/jobs").json()["data"]

        detail = api.get(f"/v1/jobs/{job.public_id}").json()

        assert item.items() <= detail.items()
        assert detail["description"] == "Build the **frontend**."
        assert detail["description_html"] == "<p>Build the <strong>frontend</strong>.</p>\n"
        assert detail["requirements"] == ["Five years"]
        assert detail["application_instructions"] == {"method": "jobsphere", "url": None, "email": None}
        assert detail["screening_questions"] == [{"id": "q1", "question": "When?", "required": True}]
        assert detail["tags"] == ["engineering", "React"]
        assert detail["status"] == "published"
        assert detail["external_id"] == "FE-7"
        for moment in ("posted_at", "updated_at", "expires_at"):
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", detail[moment])

    def test_others_do_not_see_the_external_id(self, stranger: ApiClient, company: Company) -> None:
        job = make_job(company, external_id="FE-7")

        assert "external_id" not in stranger.get(f"/v1/jobs/{job.public_id}").json()

    @pytest.mark.parametrize("state", ["draft", "closed", "expired", "rejected"])
    def test_one_that_is_not_open_is_readable_to_its_owner_alone(
        self, api: ApiClient, stranger: ApiClient, company: Company, state: str
    ) -> None:
        job = make_job(company, publish=state != "draft")
        if state == "closed":
            postings.close_job(job=job)
        elif state == "expired":
            Job.objects.filter(pk=job.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
        elif state == "rejected":
            Job.objects.filter(pk=job.pk).update(moderation=Moderation.REJECTED)
        path = f"/v1/jobs/{job.public_id}"

        assert api.get(path).json()["status"] == state
        refused = stranger.get(path)
        assert refused.status_code == 404
        assert error_code(refused) == "not_found"

    @pytest.mark.parametrize("job_id", ["job_8x29a1b3", "job_123", "JOB_8X29A1B3", "1", "comp_8x29a1b3"])
    def test_what_does_not_exist_is_404(self, api: ApiClient, job_id: str) -> None:
        assert api.get(f"/v1/jobs/{job_id}").status_code == 404

    def test_ids_are_case_sensitive(self, api: ApiClient, company: Company) -> None:
        job = make_job(company)

        assert api.get(f"/v1/jobs/{job.public_id.upper()}").status_code == 404

    def test_the_same_version_is_not_sent_twice(self, api: ApiClient, company: Company) -> None:
        path = f"/v1/jobs/{make_job(company).public_id}"
        first = api.get(path)

        assert first["Cache-Control"].startswith("private")
        again = api.get(path, HTTP_IF_NONE_MATCH=first["ETag"])
        assert again.status_code == 304
        assert again.content == b""
        api.patch(path, {"title": "Something else"})
        assert api.get(path, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 200

    def test_lists_know_their_version_too(self, api: ApiClient, company: Company) -> None:
        make_job(company)
        first = api.get("/v1/jobs")

        assert api.get("/v1/jobs", HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304
        make_job(company)
        assert api.get("/v1/jobs", HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 200

    def test_unknown_parameters_are_refused_here_too(self, api: ApiClient, company: Company) -> None:
        response = api.get(f"/v1/jobs/{make_job(company).public_id}?expand=company")

        assert faults(response) == {"expand": "unknown_parameter"}


class TestQueries:
    """What a call may cost the database, whatever the number of jobs."""

    @pytest.fixture
    def warm(self, account: Account) -> ApiClient:
        """A client whose key was just used, which is written down once a minute alone."""
        client = client_of(account, Scope.READ)
        client.get("/v1/me")
        return client

    def test_a_list_takes_four_queries_however_long_it_is(self, warm: ApiClient, company: Company) -> None:
        for _ in range(30):
            make_job(company, tags=["x"])

        with CaptureQueriesContext(connection) as queries:
            assert len(ids(warm.get("/v1/jobs?limit=100"))) == 30
        assert len(queries) == 4

    def test_a_list_takes_at_most_seven_queries_with_every_filter_set(
        self, warm: ApiClient, company: Company, places: None
    ) -> None:
        make_category("engineering")
        job = make_job(
            company,
            title="Senior Python Engineer",
            location="Munich, Germany",
            remote=True,
            tags=["engineering", "Python"],
            experience_level="senior",
            salary_range={"min": 1, "max": 90000, "currency": "EUR"},
        )
        query = (
            "q=python&category=engineering&location=germany&experience_level=senior&type=Full-time"
            f"&company={company.public_id}&skills=python&salary_min=80000&currency=EUR"
            "&posted_since=2020-01-01&remote=true&sort=relevance&limit=10&page=1"
        )

        with CaptureQueriesContext(connection) as queries:
            assert ids(warm.get(f"/v1/jobs?{query}")) == [job.public_id]
        assert len(queries) <= 7

    def test_a_job_takes_two_queries(self, warm: ApiClient, company: Company) -> None:
        make_category("engineering")
        path = f"/v1/jobs/{make_job(company, tags=['engineering']).public_id}"

        with CaptureQueriesContext(connection) as queries:
            assert warm.get(path).status_code == 200
        assert len(queries) == 2
