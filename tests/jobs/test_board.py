"""The board, as a reader without JavaScript sees it."""

import json
import re
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Account
from jobs.models import Company
from jobs.services import moderation, postings
from tests.fixtures.factories import frozen, make_category, make_company, make_job, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("places")]


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_the_front_page_leads_to_search_fields_of_work_and_the_newest_jobs(
    client: Client, company: Company
) -> None:
    make_category("engineering", name="Engineering")
    make_job(company, title="Bridge Builder", tags=["engineering"])
    page = client.get("/")
    assert page.status_code == 200
    html = page.content.decode()
    assert 'role="search"' in html
    assert 'href="/jobs?category=engineering"' in html
    assert "Bridge Builder" in html


def test_an_empty_board_says_so(client: Client) -> None:
    assert "No job is open yet" in text_of(client.get("/"))
    assert "No job matches yet" in text_of(client.get("/jobs"))
    assert "No company yet" in text_of(client.get("/companies"))


def test_filters_narrow_the_results_and_their_counts_ignore_their_own_choice(
    client: Client, company: Company
) -> None:
    make_job(company, title="Welder", type="Full-time", location="Berlin")
    make_job(company, title="Painter", type="Part-time", location="Berlin")
    make_job(company, title="Baker", type="Part-time", location="Paris")
    page = client.get("/jobs?location=germany&type=Part-time")
    assert "Painter" in text_of(page)
    assert "Welder" not in text_of(page)
    assert "Baker" not in text_of(page)
    assert re.search(r"Full-time 1 Part-time 1", text_of(page).replace("  ", " "))


def test_every_filter_in_force_can_be_taken_away_alone(client: Client, company: Company) -> None:
    make_job(company, type="Full-time")
    page = client.get("/jobs?q=engineer&type=Full-time&type=Contract")
    chips = re.findall(r'class="chip removable" href="([^"]+)"', page.content.decode())
    assert chips == [
        "?type=Full-time%2CContract",
        "?q=engineer&amp;type=Contract",
        "?q=engineer&amp;type=Full-time",
    ]


def test_what_cannot_be_understood_is_said_and_the_rest_still_answers(
    client: Client, company: Company
) -> None:
    make_job(company)
    make_job(company, title="Cook", type="Contract")
    page = client.get("/jobs?remote=perhaps&page=x&unknown=1&salary_min=many&type=Contract")
    assert page.status_code == 200
    shown = text_of(page)
    assert "“perhaps” is no place to work: choose remote or on site." in shown
    assert "“many” is no amount that we understand: write a whole number, such as 50000." in shown
    assert re.search(r'name="salary_min"[^>]*value="many"[^>]*aria-invalid="true"', page.content.decode())
    assert "salary_min must" not in shown
    assert "Cook" in shown
    assert "Engineer" not in shown


@pytest.mark.parametrize(
    "query", ["q", "location", "currency", "posted_since", "type", "experience_level", "sort"]
)
def test_no_filter_speaks_the_language_of_the_api(client: Client, company: Company, query: str) -> None:
    page = client.get(f"/jobs?{query}={'x' * 300}&remote=false")
    assert page.status_code == 200
    shown = text_of(page)
    assert "xxx…” is " in shown
    assert "The rest of your search is in force." in shown
    assert f"{query} must" not in shown
    assert 'chip removable" href="/jobs"' in page.content.decode()


@pytest.mark.parametrize("typed", ["50000", "50,000", "50.000", "50 000", "50’000", "50k", "50 K"])
def test_pay_is_read_as_people_write_it(client: Client, company: Company, typed: str) -> None:
    page = client.get("/jobs", {"salary_min": typed})
    assert "At least 50,000 USD" in text_of(page)
    assert re.search(r'name="salary_min"[^>]*value="50000"', page.content.decode())


class TestCompanies:
    """The filter by employer."""

    @pytest.fixture
    def acme(self, account: Account) -> Company:
        acme = make_company(account, name="Acme, Inc.")
        make_job(acme, title="Welder")
        return acme

    @pytest.mark.parametrize("typed", ["Acme, Inc.", "acme", "ACME, inc."])
    def test_a_name_or_its_beginning_finds_its_jobs(
        self, client: Client, company: Company, acme: Company, typed: str
    ) -> None:
        make_job(company, title="Cook")
        page = client.get("/jobs", {"company": typed})
        shown = text_of(page)
        assert "Welder" in shown
        assert "Cook" not in shown
        assert "Remove filter Acme, Inc. ×" in shown
        own = client.get(f"/companies/{acme.slug}").content.decode()
        assert f'href="/jobs?company={acme.public_id}"' in own

    def test_a_name_that_nobody_has_is_said(self, client: Client, acme: Company) -> None:
        page = client.get("/jobs?company=Zenith&type=Full-time")
        assert "“Zenith” is no employer with jobs here" in text_of(page)
        assert "Welder" in text_of(page)
        assert re.search(r'name="company"[^>]*value="Zenith"', page.content.decode())

    def test_names_are_suggested_while_one_types(
        self, client: Client, acme: Company, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        make_company(acme.account, name="Acme Secret", verified=False)
        with django_assert_max_num_queries(1):
            page = client.get("/employers?company=ac").content.decode()
        assert page.count("<option") == 1
        assert 'value="Acme, Inc."' in page
        assert not client.get("/employers?company=%00").content.strip()

    def test_a_search_by_company_takes_8_queries_or_fewer(
        self, client: Client, acme: Company, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_max_num_queries(8):
            client.get("/jobs?company=acme")


def test_another_option_keeps_every_other_filter(client: Client, company: Company) -> None:
    make_job(company)
    page = client.get(
        f"/jobs?q=engineer&skills=Rust&company={company.public_id}&sort=salary&type=Contract&page=2"
    )
    form = re.search(r'<form class="filters".*?</form>', page.content.decode(), re.DOTALL)
    assert form
    assert dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0])) == {
        "q": "engineer",
        "skills": "Rust",
        "company": company.public_id,
        "sort": "salary",
    }


def test_a_misspelt_search_still_finds(client: Client, company: Company) -> None:
    make_job(company, title="Python Developer")
    assert "Python Developer" in text_of(client.get("/jobs?q=pyhton"))


def test_pages_neither_repeat_nor_lose_a_job(client: Client, company: Company) -> None:
    expected = {make_job(company, title=f"Job {number}").public_id for number in range(45)}
    seen: list[str] = []
    for number in (1, 2, 3):
        html = client.get(f"/jobs?page={number}").content.decode()
        seen += re.findall(r'href="/jobs/(job_[a-z0-9]+)"', html)
    assert len(seen) == 45
    assert set(seen) == expected
    past = client.get("/jobs?page=99")
    assert past.status_code == 200


def test_a_job_shows_its_markdown_without_anything_that_runs(client: Client, company: Company) -> None:
    job = make_job(company, description="**Bold** <script>alert(1)</script> [x](javascript:alert(1))")
    html = client.get(f"/jobs/{job.public_id}").content.decode()
    assert "<strong>Bold</strong>" in html
    assert "<script>alert" not in html
    assert 'href="javascript' not in html


def test_pay_is_written_as_the_reader_writes_money(client: Client, company: Company) -> None:
    pay = {"min": 50_000, "max": 60_000, "currency": "EUR"}
    job = make_job(company, salary_range=pay)
    english = client.get(f"/jobs/{job.public_id}", HTTP_ACCEPT_LANGUAGE="en-GB")
    german = client.get(f"/jobs/{job.public_id}", HTTP_ACCEPT_LANGUAGE="de-DE,de;q=0.9")
    assert "€50,000 – €60,000" in text_of(english)
    assert "50.000 € – 60.000 €" in text_of(german)


def test_a_closed_job_is_gone_for_everyone_but_its_employer(client: Client, company: Company) -> None:
    owner = company.account.memberships.get().user
    job = make_job(company, title="Old job")
    postings.close_job(job=job)
    page = client.get(f"/jobs/{job.public_id}")
    assert page.status_code == 410
    assert "no longer open" in text_of(page)
    client.force_login(make_user())
    assert client.get(f"/jobs/{job.public_id}").status_code == 410
    client.force_login(owner)
    assert client.get(f"/jobs/{job.public_id}").status_code == 200


def test_a_draft_and_an_unknown_id_are_alike(client: Client, company: Company) -> None:
    draft = make_job(company, publish=False)
    assert client.get(f"/jobs/{draft.public_id}").status_code == 404
    assert client.get("/jobs/job_aaaaaaaaaaaaaaaa").status_code == 404


def test_a_job_that_staff_took_down_shows_nothing_of_itself(client: Client, company: Company) -> None:
    job = make_job(company)
    moderation.suspend_job(job=job, staff=make_user(is_staff=True), reason="Asks for a fee.")
    assert client.get(f"/jobs/{job.public_id}").status_code == 404


def test_only_verified_companies_have_a_page(client: Client, company: Company) -> None:
    make_job(company, title="Their job")
    hidden = make_company(verified=False)
    assert "Their job" in text_of(client.get(f"/companies/{company.slug}"))
    assert client.get(f"/companies/{hidden.slug}").status_code == 404
    assert company.name in text_of(client.get("/companies"))


def test_search_engines_read_what_they_require_of_a_job_posting(client: Client, company: Company) -> None:
    pay = {"min": 50_000, "max": 60_000, "currency": "EUR"}
    job = make_job(company, location="München, Germany", salary_range=pay, description="</script><b>x</b>")
    html = client.get(f"/jobs/{job.public_id}").content.decode()
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert found
    data = json.loads(found[1])
    assert data["@type"] == "JobPosting"
    for required in ("title", "description", "datePosted", "hiringOrganization", "jobLocation"):
        assert data[required]
    assert data["jobLocation"][0]["address"] == {
        "@type": "PostalAddress",
        "addressLocality": "Munich",
        "addressCountry": "DE",
    }
    assert data["baseSalary"]["value"]["minValue"] == 50_000
    assert data["employmentType"] == "FULL_TIME"


def test_a_remote_job_says_where_applicants_may_live(client: Client, company: Company) -> None:
    job = make_job(company, location="Remote, Germany")
    html = client.get(f"/jobs/{job.public_id}").content.decode()
    assert '"jobLocationType": "TELECOMMUTE"' in html
    assert '"applicantLocationRequirements": [{"@type": "Country", "name": "Germany"}]' in html


@pytest.mark.parametrize("form", ["rss", "atom", "json"])
def test_any_search_can_be_followed_as_a_feed(client: Client, company: Company, form: str) -> None:
    make_job(company, title="Wanted & found")
    make_job(company, title="Other")
    answer = client.get(f"/jobs.{form}?q=wanted")
    assert answer.status_code == 200
    if form == "json":
        titles = [item["title"] for item in answer.json()["items"]]
        assert answer.json()["version"] == "https://jsonfeed.org/version/1.1"
    else:
        root = ElementTree.fromstring(answer.content)
        titles = [element.text or "" for element in root.iter() if element.tag.endswith("title")][1:]
    assert titles == [f"Wanted & found at {company.name}"]


def test_the_sitemap_names_every_open_job_in_parts(client: Client, company: Company) -> None:
    job = make_job(company)
    make_job(company, publish=False)
    index = ElementTree.fromstring(client.get("/sitemap.xml").content)
    parts = [element.text or "" for element in index.iter() if element.tag.endswith("loc")]
    assert len(parts) == 2
    part = client.get(parts[1].partition("sitemap")[1] and "/" + parts[1].rpartition("/")[2])
    assert part.content.decode().count("<url>") == 1
    assert job.public_id in part.content.decode()
    assert f"Sitemap: {parts[0].rpartition('/')[0]}/sitemap.xml" in client.get("/robots.txt").content.decode()


def test_a_job_has_a_picture_for_previews(client: Client, company: Company) -> None:
    job = make_job(
        company, title="A title that is rather long, so that it takes more than a single line of it"
    )
    picture = client.get(f"/jobs/{job.public_id}/picture.png")
    assert picture["Content-Type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    draft = make_job(company, publish=False)
    assert client.get(f"/jobs/{draft.public_id}/picture.png").status_code == 404


def test_places_are_suggested_while_one_types(client: Client) -> None:
    page = client.get("/places?location=münch").content.decode()
    assert '<option value="Munich, Germany">' in page
    assert client.get("/places").content.decode().strip() == ""


@pytest.mark.parametrize(
    "path",
    ["/", "/jobs", "/jobs?q=engneer&location=berlin&type=Full-time&category=engineering", "/companies"],
)
def test_a_public_page_takes_8_queries_or_fewer(
    client: Client, company: Company, path: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_category("engineering")
    for number in range(25):
        make_job(company, title=f"Engineer {number}", location="Berlin", tags=["engineering"])
    with django_assert_max_num_queries(8):
        assert client.get(path).status_code == 200


def test_a_jobs_page_takes_8_queries_or_fewer(
    client: Client, company: Company, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    job = make_job(company, location="Berlin; Paris; San Francisco, CA")
    for _ in range(5):
        make_job(company)
    with django_assert_max_num_queries(8):
        assert client.get(f"/jobs/{job.public_id}").status_code == 200


def test_pages_run_nothing_that_is_written_into_them(client: Client, company: Company) -> None:
    make_job(company)
    for path in ("/", "/jobs", "/companies"):
        page = client.get(path)
        assert "unsafe" not in page["Content-Security-Policy"]
        assert not re.search(
            r"<script(?![^>]*\bsrc=)(?![^>]*ld\+json)|\son\w+=|\sstyle=", page.content.decode()
        )


def test_an_expired_job_leaves_the_board_by_itself(client: Client, company: Company) -> None:
    job = make_job(company, expires_at=timezone.now() + timedelta(days=1))
    with frozen(timezone.now() + timedelta(days=2)):
        assert client.get(f"/jobs/{job.public_id}").status_code == 410
        assert job.public_id not in client.get("/jobs").content.decode()
