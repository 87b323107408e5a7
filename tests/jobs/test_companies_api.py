"""GET /v1/companies, /v1/companies/{id} and /v1/categories."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Account
from jobs.models import Company
from jobs.services import postings
from tests.fixtures.factories import (
    ApiClient,
    faults,
    make_category,
    make_company,
    make_job,
)


def names(response: Any) -> list[str]:
    assert response.status_code == 200, response.json()
    return [item["name"] for item in response.json()["data"]]


class TestCompanies:
    def test_the_public_ones_are_listed_by_name(self, api: ApiClient, account: Account) -> None:
        for name in ("Zeta", "Alpha"):
            make_company(name=name)
        make_company(name="Unverified", verified=False)
        make_company(account, name="Own but unverified", verified=False)
        make_company(name="Suspended", suspended_at=timezone.now())

        response = api.get("/v1/companies")

        assert names(response) == ["Alpha", "Zeta"]
        assert response.json()["pagination"] == {"current_page": 1, "total_pages": 1, "total_items": 2}

    def test_mine_are_listed_in_any_state(self, api: ApiClient, account: Account, company: Company) -> None:
        make_company(name="Somebody else's")
        make_company(account, name="Acme", verified=False)

        response = api.get("/v1/companies?mine=true")

        assert names(response) == ["Acme", "TechCorp"]
        assert [item["verification"] for item in response.json()["data"]] == ["unverified", "verified"]
        assert names(api.get("/v1/companies?mine=false")) == ["Somebody else's", "TechCorp"]

    def test_pages_neither_repeat_nor_lose_companies_of_one_name(self, api: ApiClient) -> None:
        for _ in range(5):
            make_company(name="Same")
        seen = [
            item["id"]
            for page in (1, 2, 3)
            for item in api.get(f"/v1/companies?limit=2&page={page}").json()["data"]
        ]

        assert len(set(seen)) == 5

    def test_one_has_what_the_list_says_of_it(self, api: ApiClient, company: Company) -> None:
        [item] = api.get("/v1/companies").json()["data"]
        shown = api.get(f"/v1/companies/{company.public_id}").json()

        assert shown == item
        assert list(shown)[:3] == ["id", "name", "logo_url"]
        assert shown["logo_url"] == company.logo_url
        assert shown["website"] is None
        assert shown["suspended"] is False

    @pytest.mark.parametrize("standing", [{"verified": False}, {"suspended_at": timezone.now()}])
    def test_one_out_of_standing_is_seen_by_its_account_alone(
        self, api: ApiClient, stranger: ApiClient, account: Account, standing: dict[str, Any]
    ) -> None:
        path = f"/v1/companies/{make_company(account, **standing).public_id}"

        assert api.get(path).status_code == 200
        assert stranger.get(path).status_code == 404

    def test_nothing_of_the_account_behind_it_shows(self, stranger: ApiClient, company: Company) -> None:
        shown = stranger.get(f"/v1/companies/{company.public_id}").content.decode()

        assert company.account.public_id not in shown
        assert company.account.name not in shown

    @pytest.mark.parametrize("company_id", ["comp_123", "comp_8x29a1b3", "TechCorp"])
    def test_what_does_not_exist_is_404(self, api: ApiClient, company_id: str) -> None:
        assert api.get(f"/v1/companies/{company_id}").status_code == 404

    def test_a_parameter_that_cannot_be_read_is_named(self, api: ApiClient) -> None:
        response = api.get("/v1/companies?mine=1&name=Tech")

        assert faults(response) == {"name": "unknown_parameter", "mine": "invalid_parameter"}

    def test_it_cannot_be_written_to(self, api: ApiClient, company: Company) -> None:
        assert api.post("/v1/companies", {"name": "x"}).status_code == 405
        assert api.delete(f"/v1/companies/{company.public_id}").status_code == 405


class TestCategories:
    def test_each_has_the_number_of_its_open_jobs(self, api: ApiClient, company: Company) -> None:
        make_category("engineering", name="Engineering", description="Machines", position=1)
        make_category("design", name="Design", position=2)
        for _ in range(2):
            make_job(company, tags=["engineering"])
        make_job(company, tags=["engineering"], publish=False)
        postings.close_job(job=make_job(company, tags=["engineering"]))
        make_job(company)

        response = api.get("/v1/categories")

        assert response.json()["data"] == [
            {"slug": "engineering", "name": "Engineering", "description": "Machines", "open_jobs": 2},
            {"slug": "design", "name": "Design", "description": "", "open_jobs": 0},
        ]
        assert response.json()["pagination"]["total_items"] == 2

    def test_an_expired_job_does_not_count(self, api: ApiClient, company: Company) -> None:
        make_category("design")
        job = make_job(company, tags=["design"])
        job.listing.expires_at = timezone.now() - timedelta(seconds=1)
        job.listing.save()

        assert api.get("/v1/categories").json()["data"][0]["open_jobs"] == 0

    def test_the_number_of_queries_does_not_grow(self, api: ApiClient, company: Company) -> None:
        for number in range(12):
            make_category(f"field-{number}")
            make_job(company, tags=[f"field-{number}"])
        api.get("/v1/me")

        with CaptureQueriesContext(connection) as queries:
            assert len(names(api.get("/v1/categories"))) == 12
        assert len(queries) == 4

    def test_they_come_in_pages_like_all_lists(self, api: ApiClient, db: None) -> None:
        for slug in ("a", "b", "c"):
            make_category(slug)

        response = api.get("/v1/categories?limit=2&page=2")

        assert names(response) == ["C"]
        assert 'rel="prev"' in response["Link"]
