"""Counting views: who counts, where the counts go, and how they are shown."""

import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Account, Role
from applications.services import Actor, submit_application
from jobs.models import Company, Job, JobDay
from jobs.services import statistics
from jobs.services.postings import close_job
from tests.accounts.browser import text_of
from tests.fixtures.factories import frozen, make_job
from tests.jobs.dashboard import browser_as, stranger

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("places")]

READER = {"HTTP_ACCEPT": "text/html,*/*;q=0.8", "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux) Firefox/140.0"}


@pytest.fixture
def job(company: Company) -> Job:
    return make_job(company)


def waiting(job: Job) -> int:
    today = timezone.now().date()
    return statistics.waiting_views(job_ids=[job.pk], days=[today])[job.pk, today]


def test_a_reader_counts_and_robots_and_what_is_loaded_beforehand_do_not(job: Job) -> None:
    page = f"/jobs/{job.public_id}"
    Client(headers={}).get(page, **READER)
    stranger().get(page, **READER)
    Client().head(page, **READER)
    Client().get(page, **{**READER, "HTTP_USER_AGENT": "Mozilla/5.0 (compatible; Anybot/1.0)"})
    Client().get(page, **{**READER, "HTTP_ACCEPT": "application/json"})
    Client().get(page, **READER, HTTP_SEC_PURPOSE="prefetch;prerender")
    Client().get(page, **READER, HTTP_PURPOSE="prefetch")
    assert waiting(job) == 2


def test_ones_own_team_does_not_count(job: Job, account: Account) -> None:
    for role in Role:
        browser_as(account, role).get(f"/jobs/{job.public_id}", **READER)
    assert waiting(job) == 0


def test_a_job_that_is_closed_is_not_counted(job: Job) -> None:
    close_job(job=job)
    assert Client().get(f"/jobs/{job.public_id}", **READER).status_code == 410
    assert waiting(job) == 0


def test_counting_writes_nothing_to_the_database(
    job: Job, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        statistics.count_view(job_id=job.pk)


def test_a_flush_adds_to_what_is_there_by_job_and_day(job: Job, company: Company) -> None:
    other = make_job(company)
    yesterday = timezone.now() - timedelta(days=1)
    with frozen(yesterday):
        statistics.count_view(job_id=job.pk)
    for _ in range(2):
        for each in (job, job, other):
            statistics.count_view(job_id=each.pk)
        call_command("flush_job_views", verbosity=0)
    kept = set(JobDay.objects.values_list("job", "day", "views"))
    today = timezone.now().date()
    assert kept == {(job.pk, yesterday.date(), 1), (job.pk, today, 4), (other.pk, today, 2)}
    assert statistics.flush_views() == 0


def test_views_of_a_job_that_is_gone_hold_nothing_up(job: Job) -> None:
    statistics.count_view(job_id=job.pk)
    statistics.count_view(job_id=job.pk + 1000)
    statistics.flush_views()
    assert JobDay.objects.get().views == 1


def test_a_job_shows_its_views_flushed_or_not_and_its_applications(job: Job, account: Account) -> None:
    today = timezone.now().date()
    JobDay.objects.create(job=job, day=today - timedelta(days=2), views=5)
    JobDay.objects.create(job=job, day=today - timedelta(days=200), views=100)
    statistics.count_view(job_id=job.pk)
    submit_application(
        job=job,
        by=Actor(),
        candidate_email="eve@example.com",
        resume_url="https://example.com/cv.pdf",
    )
    page = text_of(browser_as(account, Role.VIEWER).get(f"/dashboard/jobs/{job.public_id}"))
    assert "106 views and 1 applicant in all" in page
    assert "6 in 30 days, 5 on the best day" in page
    assert re.search(r"<td[^>]*>1</td><td[^>]*>1</td>", page)
    assert page.count("<rect") == 3
    listed = text_of(browser_as(account).get("/dashboard/jobs"))
    assert "106 views · 1 applicant<" in listed


def test_pages_work_while_redis_is_down(job: Job, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    from redis import Redis

    monkeypatch.setattr(statistics, "_redis", lambda: Redis(host="127.0.0.1", port=1))
    assert Client().get(f"/jobs/{job.public_id}", **READER).status_code == 200
    assert browser_as(account).get(f"/dashboard/jobs/{job.public_id}").status_code == 200
