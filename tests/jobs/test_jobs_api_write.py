"""POST /v1/jobs, PATCH and DELETE /v1/jobs/{id}, sentence by sentence."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Account
from jobs.models import Company, Job, JobEvent, JobStatus
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


def in_days(days: float) -> str:
    moment = (timezone.now() + timedelta(days=days)).replace(microsecond=0)
    return moment.isoformat().replace("+00:00", "Z")


def listed(api: ApiClient, query: str = "") -> list[str]:
    return [job["id"] for job in api.get(f"/v1/jobs?{query}").json()["data"]]


class TestCreate:
    def test_the_four_required_fields_are_enough(self, api: ApiClient, company: Company) -> None:
        response = api.post(
            "/v1/jobs",
            {
                "title": "Gardener",
                "company_id": company.public_id,
                "description": "Plants *things*.",
                "location": "Remote",
            },
        )

        assert response.status_code == 201
        detail = response.json()
        assert response["Location"] == f"/v1/jobs/{detail['id']}"
        assert detail == api.get(response["Location"]).json()
        assert detail["title"] == "Gardener"
        assert detail["company"]["id"] == company.public_id
        assert detail["description_html"] == "<p>Plants <em>things</em>.</p>\n"
        assert detail["status"] == "published"
        assert detail["type"] == "Full-time"
        assert detail["remote"] is True
        assert detail["external_id"] is None

    def test_everything_that_can_be_said_is_kept(self, api: ApiClient, company: Company) -> None:
        make_category("engineering")
        said = {
            "title": "Senior Engineer",
            "description": "# Hello\n\nWorld  \n",
            "location": "Berlin, Germany",
            "tags": ["React", "engineering", "C++"],
            "type": "Contract",
            "experience_level": "lead",
            "salary_range": {"min": 0, "max": 10**12, "currency": "EUR"},
            "requirements": ["Patience", "Five years"],
            "application_instructions": {
                "method": "url",
                "url": "https://example.com/apply?x=1",
                "email": None,
            },
            "screening_questions": [{"id": "start", "question": "When?", "required": True}],
            "remote": True,
            "expires_at": in_days(30),
            "status": "draft",
            "external_id": "A-1",
        }

        detail = api.post("/v1/jobs", {**said, "company_id": company.public_id}).json()

        assert {name: detail[name] for name in said} == said
        assert detail["category"] == "engineering"
        assert detail["skills"] == ["React", "C++"]

    def test_a_published_job_is_found_at_once_by_title_skill_and_company(
        self, api: ApiClient, company: Company
    ) -> None:
        job = api.post("/v1/jobs", job_body(company, title="Zookeeper", tags=["Feeding"])).json()

        for word in ("zookeeper", "feeding", "techcorp", "zookeepers techcorp"):
            assert listed(api, f"q={word}") == [job["id"]]

    def test_a_draft_is_not(self, api: ApiClient, company: Company) -> None:
        draft = api.post("/v1/jobs", job_body(company, status="draft")).json()

        assert draft["status"] == "draft"
        assert draft["posted_at"] is None
        assert listed(api) == []

    def test_it_ends_after_60_days_unless_told_otherwise(self, api: ApiClient, company: Company) -> None:
        detail = api.post("/v1/jobs", job_body(company)).json()

        posted, expires = (datetime.fromisoformat(detail[name]) for name in ("posted_at", "expires_at"))
        assert expires - posted == timedelta(days=60)

    def test_tags_that_differ_in_case_alone_are_one(self, api: ApiClient, company: Company) -> None:
        detail = api.post("/v1/jobs", job_body(company, tags=["React", "REACT", "react ", "Vue"])).json()

        assert detail["tags"] == ["React", "Vue"]

    def test_questions_without_an_id_get_one(self, api: ApiClient, company: Company) -> None:
        questions = [{"question": "Why?"}, {"id": "q1", "question": "When?"}, {"question": "Where?"}]
        detail = api.post("/v1/jobs", job_body(company, screening_questions=questions)).json()

        assert [question["id"] for question in detail["screening_questions"]] == ["q2", "q1", "q3"]
        assert not any(question["required"] for question in detail["screening_questions"])

    @pytest.mark.parametrize(
        ("short", "full"),
        [
            ("jobsphere", {"method": "jobsphere", "url": None, "email": None}),
            (
                "https://example.com/a",
                {"method": "url", "url": "https://example.com/a", "email": None},
            ),
            ("jobs@example.com", {"method": "email", "url": None, "email": "jobs@example.com"}),
        ],
    )
    def test_how_one_applies_may_be_said_in_short(
        self, api: ApiClient, company: Company, short: str, full: dict[str, Any]
    ) -> None:
        detail = api.post("/v1/jobs", job_body(company, application_instructions=short)).json()

        assert detail["application_instructions"] == full

    def test_spaces_around_and_within_lines_go(self, api: ApiClient, company: Company) -> None:
        detail = api.post("/v1/jobs", job_body(company, title="  Head\n of\tIT ")).json()

        assert detail["title"] == "Head of IT"

    def test_what_was_shown_can_be_sent_back(self, api: ApiClient, company: Company) -> None:
        shown = api.post("/v1/jobs", job_body(company)).json()
        names = ["application_instructions", "salary_range", "experience_level", "external_id", "expires_at"]

        response = api.patch(f"/v1/jobs/{shown['id']}", {name: shown[name] for name in names})

        assert response.status_code == 200
        assert {**response.json(), "updated_at": shown["updated_at"]} == shown


class TestFaults:
    def test_what_is_missing_is_named_all_at_once(self, api: ApiClient, company: Company) -> None:
        response = api.post("/v1/jobs", {})

        assert response.status_code == 400
        assert error_code(response) == "missing_parameter"
        assert faults(response) == dict.fromkeys(
            ["title", "company_id", "description", "location"], "missing_parameter"
        )

    def test_every_fault_of_a_body_is_named_at_once(self, api: ApiClient, company: Company) -> None:
        response = api.post(
            "/v1/jobs",
            {
                "title": "x" * 201,
                "company_id": company.public_id,
                "description": " ",
                "location": "\n\t ",
                "tags": ["fine", "", "x" * 61],
                "type": "Full time",
                "experience_level": "guru",
                "salary_range": {"min": -1, "max": "5", "currency": "usd", "period": "year"},
                "requirements": "Patience",
                "application_instructions": {"method": "url"},
                "screening_questions": [{"question": ""}, {"question": "Why?", "required": "yes"}],
                "remote": "yes",
                "expires_at": "2020-01-01T00:00:00Z",
                "status": "open",
                "external_id": "",
                "colour": "red",
            },
        )

        assert response.status_code == 400
        assert faults(response) == {
            "title": "out_of_range",
            "description": "invalid_parameter",
            "location": "invalid_parameter",
            "tags[1]": "invalid_parameter",
            "tags[2]": "out_of_range",
            "type": "invalid_parameter",
            "experience_level": "invalid_parameter",
            "salary_range.min": "out_of_range",
            "salary_range.max": "invalid_parameter",
            "salary_range.currency": "invalid_parameter",
            "salary_range.period": "unknown_parameter",
            "requirements": "invalid_parameter",
            "application_instructions.url": "missing_parameter",
            "screening_questions[0].question": "invalid_parameter",
            "screening_questions[1].required": "invalid_parameter",
            "remote": "invalid_parameter",
            "expires_at": "out_of_range",
            "status": "invalid_parameter",
            "external_id": "invalid_parameter",
            "colour": "unknown_parameter",
        }
        messages = [fault["message"] for fault in response.json()["error"]["details"]]
        assert "location must not be blank." in messages
        assert not Job.objects.exists()

    @pytest.mark.parametrize(
        ("field", "value", "param"),
        [
            ("title", None, "title"),
            ("title", 5, "title"),
            ("title", "nul\x00", "title"),
            ("location", "x" * 2001, "location"),
            ("description", "x" * 50_001, "description"),
            ("tags", "React", "tags"),
            ("tags", ["x"] * 31, "tags"),
            ("tags", [5], "tags[0]"),
            ("requirements", ["x"] * 51, "requirements"),
            ("screening_questions", [{"question": "x"}] * 21, "screening_questions"),
            ("screening_questions", [{"id": "a b", "question": "x"}], "screening_questions[0].id"),
            ("screening_questions", [{"id": "a", "question": "x"}] * 2, "screening_questions"),
            ("screening_questions", ["Why?"], "screening_questions[0]"),
            ("salary_range", "10-20", "salary_range"),
            ("salary_range", {"min": 2, "max": 1, "currency": "USD"}, "salary_range.max"),
            ("salary_range", {"min": 1, "max": 2}, "salary_range.currency"),
            ("salary_range", {"min": 1, "max": 2, "currency": "DEM"}, "salary_range.currency"),
            ("salary_range", {"min": 1.5, "max": 2, "currency": "USD"}, "salary_range.min"),
            ("salary_range", {"min": True, "max": 2, "currency": "USD"}, "salary_range.min"),
            ("salary_range", {"min": 1, "max": 10**12 + 1, "currency": "USD"}, "salary_range.max"),
            ("salary_range", {"min": 1, "max": 1e300, "currency": "USD"}, "salary_range.max"),
            ("remote", 1, "remote"),
            ("remote", None, "remote"),
            ("expires_at", "2026-13-01T00:00:00Z", "expires_at"),
            ("expires_at", "2999-01-01T00:00:00Z", "expires_at"),
            ("expires_at", "9999-12-31T23:59:59-23:59", "expires_at"),
            ("expires_at", "2030-01-01T00:00:00", "expires_at"),
            ("expires_at", None, "expires_at"),
            ("external_id", "x" * 101, "external_id"),
            ("application_instructions", "by pigeon", "application_instructions"),
            ("application_instructions", 5, "application_instructions"),
            ("application_instructions", "http://example.com", "application_instructions.url"),
            ("application_instructions", "https://user:secret@example.com", "application_instructions.url"),
            ("application_instructions", "https://localhost/", "application_instructions.url"),
            (
                "application_instructions",
                "javascript://example.com/%0aalert(1)",
                "application_instructions.url",
            ),
            ("application_instructions", "a@b", "application_instructions.email"),
            ("application_instructions", {"method": "pigeon"}, "application_instructions.method"),
            ("application_instructions", {}, "application_instructions.method"),
            ("application_instructions", {"method": "email"}, "application_instructions.email"),
            (
                "application_instructions",
                {"method": "email", "email": "a@example.com", "url": "https://example.com"},
                "application_instructions.url",
            ),
        ],
    )
    def test_a_value_that_cannot_be_used_is_named(
        self, api: ApiClient, company: Company, field: str, value: Any, param: str
    ) -> None:
        response = api.post("/v1/jobs", job_body(company, **{field: value}))

        assert response.status_code == 400, response.json()
        assert list(faults(response)) == [param]
        assert all(param in fault["message"] for fault in response.json()["error"]["details"])

    @pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"", b"\xff"])
    def test_a_body_that_is_no_object_is_refused(self, api: ApiClient, company: Company, body: bytes) -> None:
        response = api.post("/v1/jobs", body, content_type="application/json")

        assert response.status_code == 400


class TestWhoMayPost:
    def test_a_read_only_key_cannot_write_whatever_the_body(
        self, reader: ApiClient, company: Company
    ) -> None:
        job = make_job(company)
        path = f"/v1/jobs/{job.public_id}"
        refused = [
            reader.post("/v1/jobs", job_body(company)),
            reader.post("/v1/jobs", b"{", content_type="application/json"),
            reader.patch(path, {"title": "x"}),
            reader.patch(path, {"titel": 5}),
            reader.delete(path),
        ]

        assert [(answer.status_code, error_code(answer)) for answer in refused] == [
            (403, "insufficient_scope")
        ] * len(refused)
        assert Job.objects.count() == 1

    @pytest.mark.parametrize("company_id", ["comp_123", "comp_8x29a1b3", "nonsense"])
    def test_a_company_of_nobody_is_not_yours(
        self, api: ApiClient, company: Company, company_id: str
    ) -> None:
        response = api.post("/v1/jobs", job_body(company, company_id=company_id))

        assert response.status_code == 403
        assert error_code(response) == "not_your_company"

    def test_a_company_of_another_account_is_not_yours(self, api: ApiClient) -> None:
        response = api.post("/v1/jobs", job_body(make_company()))

        assert response.status_code == 403
        assert error_code(response) == "not_your_company"
        assert not Job.objects.exists()

    @pytest.mark.parametrize(
        "standing", [{"verified": False}, {"verified": True, "suspended_at": timezone.now()}]
    )
    def test_the_employer_has_to_be_verified(
        self, api: ApiClient, account: Account, standing: dict[str, Any]
    ) -> None:
        unverified = make_company(account, **standing)

        for status in ("published", "draft"):
            response = api.post("/v1/jobs", job_body(unverified, status=status))
            assert response.status_code == 403
            assert error_code(response) == "employer_not_verified"


class TestExternalId:
    def test_a_second_post_with_it_names_the_first(self, api: ApiClient, company: Company) -> None:
        first = api.post("/v1/jobs", job_body(company, external_id="FE-7")).json()

        second = api.post("/v1/jobs", job_body(company, external_id="FE-7"))

        assert second.status_code == 400
        assert error_code(second) == "duplicate_external_id"
        assert first["id"] in second.json()["error"]["message"]
        assert faults(second) == {"external_id": "duplicate_external_id"}
        assert Job.objects.count() == 1

    def test_a_change_cannot_take_it_either(self, api: ApiClient, company: Company) -> None:
        first = make_job(company, external_id="FE-7")
        second = make_job(company)

        response = api.patch(f"/v1/jobs/{second.public_id}", {"external_id": "FE-7"})

        assert error_code(response) == "duplicate_external_id"
        assert first.public_id in response.json()["error"]["message"]

    def test_it_is_unique_per_company_alone(self, api: ApiClient, account: Account, company: Company) -> None:
        other = make_company(account)

        for own in (company, other):
            assert api.post("/v1/jobs", job_body(own, external_id="FE-7")).status_code == 201

    def test_null_gives_it_up(self, api: ApiClient, company: Company) -> None:
        job = make_job(company, external_id="FE-7")

        assert api.patch(f"/v1/jobs/{job.public_id}", {"external_id": None}).json()["external_id"] is None


class TestIdempotency:
    def test_the_same_call_twice_makes_one_job(self, api: ApiClient, company: Company) -> None:
        body = job_body(company)
        first = api.post("/v1/jobs", body, HTTP_IDEMPOTENCY_KEY="a-1")
        second = api.post("/v1/jobs", body, HTTP_IDEMPOTENCY_KEY="a-1")

        assert first.status_code == second.status_code == 201
        assert first.json() == second.json()
        assert second["Location"] == first["Location"]
        assert second["Idempotent-Replayed"] == "true"
        assert Job.objects.count() == 1

    def test_the_same_key_for_another_job_is_refused(self, api: ApiClient, company: Company) -> None:
        api.post("/v1/jobs", job_body(company), HTTP_IDEMPOTENCY_KEY="a-1")

        response = api.post("/v1/jobs", job_body(company, title="Other"), HTTP_IDEMPOTENCY_KEY="a-1")

        assert response.status_code == 400
        assert error_code(response) == "idempotency_key_reused"
        assert Job.objects.count() == 1


class TestChange:
    def test_it_changes_what_it_names_and_nothing_else(self, api: ApiClient, company: Company) -> None:
        make_category("engineering")
        job = make_job(
            company,
            tags=["engineering", "React"],
            salary_range={"min": 1, "max": 2, "currency": "USD"},
            requirements=["Patience"],
            external_id="FE-7",
        )
        path = f"/v1/jobs/{job.public_id}"
        before = api.get(path).json()

        with frozen(timezone.now() + timedelta(days=1)):
            after = api.patch(path, {"title": "Staff Engineer"})

        assert after.status_code == 200
        assert after.json() == {**before, "title": "Staff Engineer", "updated_at": after.json()["updated_at"]}
        assert after.json()["updated_at"] > before["updated_at"]
        assert after.json() == api.get(path).json()

    def test_search_follows_at_once(self, api: ApiClient, company: Company) -> None:
        job = make_job(company, title="Zookeeper")

        api.patch(f"/v1/jobs/{job.public_id}", {"title": "Botanist"})

        assert listed(api, "q=botanist") == [job.public_id]
        assert listed(api, "q=zookeeper") == []

    def test_null_takes_away_what_may_be_absent(self, api: ApiClient, company: Company) -> None:
        job = make_job(
            company, salary_range={"min": 1, "max": 2, "currency": "USD"}, experience_level="senior"
        )

        detail = api.patch(
            f"/v1/jobs/{job.public_id}", {"salary_range": None, "experience_level": None}
        ).json()

        assert detail["salary_range"] is None
        assert detail["experience_level"] is None

    def test_a_part_of_a_range_is_not_enough(self, api: ApiClient, company: Company) -> None:
        job = make_job(company, salary_range={"min": 1, "max": 2, "currency": "USD"})

        response = api.patch(f"/v1/jobs/{job.public_id}", {"salary_range": {"min": 2}})

        assert faults(response) == {
            "salary_range.max": "missing_parameter",
            "salary_range.currency": "missing_parameter",
        }

    def test_remote_as_said_survives_another_location(self, api: ApiClient, company: Company) -> None:
        job = make_job(company, location="Berlin", remote=True)

        detail = api.patch(f"/v1/jobs/{job.public_id}", {"location": "Munich"}).json()

        assert detail["remote"] is True

    def test_remote_follows_the_location_otherwise(self, api: ApiClient, company: Company) -> None:
        job = make_job(company, location="Remote")

        assert api.patch(f"/v1/jobs/{job.public_id}", {"location": "Munich"}).json()["remote"] is False

    def test_a_draft_is_published_and_taken_back(self, api: ApiClient, company: Company) -> None:
        path = f"/v1/jobs/{make_job(company, publish=False).public_id}"

        assert api.patch(path, {"status": "published"}).json()["status"] == "published"
        assert len(listed(api)) == 1
        assert api.patch(path, {"status": "draft"}).json()["status"] == "draft"
        assert listed(api) == []

    def test_a_closed_or_expired_job_can_be_published_again(self, api: ApiClient, company: Company) -> None:
        job = make_job(company)
        path = f"/v1/jobs/{job.public_id}"

        api.delete(path)
        assert api.patch(path, {"status": "published"}).json()["status"] == "published"
        with frozen(timezone.now() + timedelta(days=90)):
            assert api.get(path).json()["status"] == "expired"
            assert api.patch(path, {"status": "published"}).json()["status"] == "published"
            assert listed(api) == [job.public_id]

    def test_a_company_cannot_be_changed(self, api: ApiClient, account: Account, company: Company) -> None:
        job = make_job(company)

        response = api.patch(f"/v1/jobs/{job.public_id}", {"company_id": make_company(account).public_id})

        assert faults(response) == {"company_id": "unknown_parameter"}

    def test_faults_leave_everything_as_it_was(self, api: ApiClient, company: Company) -> None:
        job = make_job(company)

        response = api.patch(
            f"/v1/jobs/{job.public_id}",
            {"title": "New", "type": "x", "titel": "y", "expires_at": in_days(-1)},
        )

        assert faults(response) == {
            "type": "invalid_parameter",
            "titel": "unknown_parameter",
            "expires_at": "out_of_range",
        }
        job.refresh_from_db()
        assert job.title == "Engineer"

    def test_an_employer_no_longer_verified_cannot_change_it_but_close_it(
        self, api: ApiClient, company: Company
    ) -> None:
        job = make_job(company)
        Company.objects.filter(pk=company.pk).update(suspended_at=timezone.now())
        path = f"/v1/jobs/{job.public_id}"

        assert error_code(api.patch(path, {"title": "x"})) == "employer_not_verified"
        assert api.delete(path).status_code == 204


class TestClose:
    def test_it_closes_and_never_erases(self, api: ApiClient, stranger: ApiClient, company: Company) -> None:
        job = make_job(company)
        path = f"/v1/jobs/{job.public_id}"

        response = api.delete(path)

        assert response.status_code == 204
        assert response.content == b""
        assert api.get(path).json()["status"] == "closed"
        assert stranger.get(path).status_code == 404
        assert listed(api) == []

    def test_closing_twice_changes_nothing(self, api: ApiClient, company: Company) -> None:
        job = make_job(company)
        path = f"/v1/jobs/{job.public_id}"
        api.delete(path)
        events = JobEvent.objects.count()

        assert api.delete(path).status_code == 204
        assert JobEvent.objects.count() == events


class TestStrangers:
    @pytest.mark.parametrize("method", ["patch", "delete"])
    def test_they_cannot_change_a_job_that_they_see(
        self, stranger: ApiClient, company: Company, method: str
    ) -> None:
        job = make_job(company)

        response = getattr(stranger, method)(f"/v1/jobs/{job.public_id}", {})

        assert response.status_code == 403
        assert error_code(response) == "not_your_company"
        job.refresh_from_db()
        assert job.status == JobStatus.PUBLISHED

    @pytest.mark.parametrize("method", ["get", "patch", "delete"])
    def test_a_draft_does_not_exist_for_them(
        self, stranger: ApiClient, company: Company, method: str
    ) -> None:
        job = make_job(company, publish=False)

        assert getattr(stranger, method)(f"/v1/jobs/{job.public_id}", {}).status_code == 404

    def test_keys_of_one_account_share_its_jobs(self, account: Account, company: Company) -> None:
        job = make_job(company, publish=False)

        assert client_of(account).patch(f"/v1/jobs/{job.public_id}", {"title": "x"}).status_code == 200


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_what_the_collection_cannot_do_is_405(api: ApiClient, method: str) -> None:
    response = getattr(api, method)("/v1/jobs", {})

    assert response.status_code == 405
    assert error_code(response) == "method_not_allowed"
    assert "POST" in response["Allow"]
