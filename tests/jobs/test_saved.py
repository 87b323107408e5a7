"""Saved jobs and searches, and the e-mails of new jobs."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from jobs import saved
from jobs.models import Company, Job, Listing, SavedJob, SavedSearch
from jobs.services import saved as services
from jobs.services.postings import close_job
from tests.accounts.browser import Browser, browser_of, make_confirmed_user, text_of
from tests.fixtures.factories import frozen, make_category, make_job, make_user

pytestmark = pytest.mark.django_db
NASTY = "\"><script>alert('x')</script>"


@pytest.fixture
def user(db: None) -> User:
    return make_confirmed_user("ada@example.com")


@pytest.fixture
def browser(user: User) -> Browser:
    return browser_of(user)


@pytest.fixture
def job(company: Company) -> Job:
    return make_job(company, title="Python Developer")


def save(browser: Any, job: Job, saved: str = "yes", **fields: Any) -> Any:
    return browser.post(f"/jobs/{job.public_id}/save", {"saved": saved, **fields})


def make_search(user: User, query: str = "q=python", **fields: Any) -> SavedSearch:
    search = services.save_search(user=user, name="Python", query_string=saved.canonical(query))
    SavedSearch.objects.filter(pk=search.pk).update(**fields)
    search.refresh_from_db()
    return search


def post(job: Job, at: Any) -> Job:
    """Have a job posted at a moment."""
    Job.objects.filter(pk=job.pk).update(posted_at=at)
    Listing.objects.filter(pk=job.pk).update(posted_at=at)
    return job


def path_of(search: SavedSearch, act: str) -> str:
    return f"/saved/searches/{search.public_id}/{act}"


# Jobs


def test_a_job_is_saved_and_kept_no_longer(browser: Browser, user: User, job: Job) -> None:
    page = text_of(browser.get(f"/jobs/{job.public_id}"))
    assert 'value="yes">Save<' in page
    answer = save(browser, job, next=f"/jobs/{job.public_id}")
    assert answer["Location"] == f"/jobs/{job.public_id}"
    assert 'value="no">Saved<' in text_of(browser.get(f"/jobs/{job.public_id}"))
    assert "Python Developer" in text_of(browser.get("/saved"))
    save(browser, job, "no")
    assert not user.saved_jobs.exists()
    assert "No job saved yet" in text_of(browser.get("/saved"))


def test_saving_twice_is_saving_once(browser: Browser, job: Job) -> None:
    assert [save(browser, job).status_code for _ in range(2)] == [302, 302]
    assert SavedJob.objects.count() == 1


def test_the_button_alone_is_answered_where_the_page_stays(browser: Browser, job: Job) -> None:
    answer = browser.post(f"/jobs/{job.public_id}/save", {"saved": "yes"}, headers={"HX-Request": "true"})
    page = text_of(answer)
    assert page.startswith('<form class="save"')
    assert 'value="no">Saved<' in page


def test_lists_say_which_jobs_are_saved(browser: Browser, job: Job, company: Company) -> None:
    make_job(company, title="Python Tester")
    save(browser, job)
    for path in ("/", "/jobs?q=python", f"/companies/{company.slug}"):
        page = text_of(browser.get(path))
        assert page.count(">Saved<") == 1
        assert page.count(">Save<") == 1


def test_only_jobs_that_can_be_seen_are_saved(browser: Browser, job: Job, company: Company) -> None:
    draft = make_job(company, publish=False)
    assert save(browser, draft).status_code == 404
    save(browser, job)
    close_job(job=job)
    page = text_of(browser.get("/saved"))
    assert "No longer open" in page
    assert f'href="/jobs/{job.public_id}"' not in page
    assert save(browser, job).status_code == 404
    assert save(browser, job, "no").status_code == 302
    assert not SavedJob.objects.exists()


def test_only_so_many_jobs_are_saved(browser: Browser, company: Company, monkeypatch: Any) -> None:
    monkeypatch.setattr(services, "MAX_JOBS", 2)
    for _ in range(3):
        answer = save(browser, make_job(company))
    assert SavedJob.objects.count() == 2
    assert "Remove some first" in text_of(browser.get(answer["Location"]))


@pytest.mark.parametrize(
    "path", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1", ""]
)
def test_saving_leads_to_no_other_host(browser: Browser, job: Job, path: str) -> None:
    assert save(browser, job, next=path)["Location"] == "/saved"


def test_others_do_not_see_what_somebody_saved(browser: Browser, job: Job) -> None:
    save(browser, job)
    other = browser_of(make_confirmed_user("other@example.com"))
    assert "Python Developer" not in text_of(other.get("/saved"))
    assert ">Saved<" not in text_of(other.get(f"/jobs/{job.public_id}"))


def test_who_has_not_signed_in_is_led_to_it(job: Job) -> None:
    public = Browser()
    page = text_of(public.get(f"/jobs/{job.public_id}"))
    assert f'href="/sign-in?next=/jobs/{job.public_id}"' in page
    assert "/save" not in page.replace("Save for later", "")
    for path in ("/saved", "/saved/searches"):
        assert public.get(path)["Location"] == f"/sign-in?next={path}"
    assert save(public, job)["Location"].startswith("/sign-in")


def test_forms_of_other_sites_are_refused(user: User, job: Job) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(user)
    search = make_search(user)
    assert save(browser, job).status_code == 403
    for act in ("open", "rename", "alerts", "delete"):
        assert browser.post(path_of(search, act)).status_code == 403
    assert browser.post("/saved/searches", {"query": "q=x", "name": "x"}).status_code == 403


def test_anonymous_pages_gain_no_query_and_others_one(
    browser: Browser, company: Company, django_assert_max_num_queries: Any
) -> None:
    for number in range(5):
        save(browser, make_job(company, title=f"Python {number}"))
    public = Browser()
    with django_assert_max_num_queries(8) as counted:
        public.get("/jobs?q=python")
    assert not any("savedjob" in query["sql"] for query in counted.captured_queries)
    with django_assert_max_num_queries(11) as counted:
        browser.get("/jobs?q=python")
    assert sum("savedjob" in query["sql"] for query in counted.captured_queries) == 1
    with django_assert_max_num_queries(5):
        browser.get("/saved")


# Searches


def test_a_search_is_saved_from_its_results(browser: Browser, user: User, job: Job) -> None:
    page = text_of(browser.get("/jobs?q=python&type=Full-time&type=Contract&sort=newest&page=1"))
    query = re.search(r'name="query" value="([^"]*)"', page)
    name = re.search(r'name="name" value="([^"]*)"', page)
    assert query
    assert name
    given = {"query": query[1].replace("&amp;", "&"), "name": name[1]}
    for _ in range(2):
        assert browser.post("/saved/searches", given)["Location"] == "/saved/searches"
    search = user.saved_searches.get()
    assert search.query_string == "q=python&type=Full-time%2CContract"
    page = text_of(browser.get("/saved/searches"))
    for form in ("rss", "atom", "json"):
        assert f'href="/jobs.{form}?q=python&amp;type=Full-time%2CContract"' in page


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", ""),
        ("page=3&sort=salary", ""),
        ("q=+python+&nonsense=1", "q=python"),
        ("type=Nonsense&q=a", "q=a"),
        ("salary_min=100000", "salary_min=100000&currency=USD"),
    ],
)
def test_equal_searches_are_kept_in_one_spelling(query: str, kept: str) -> None:
    assert saved.canonical(query) == kept


def test_a_search_says_how_much_is_new_until_it_is_opened(
    browser: Browser, user: User, company: Company
) -> None:
    post(make_job(company, title="Python, old"), timezone.now() - timedelta(days=2))
    search = make_search(user, seen_at=timezone.now() - timedelta(days=1))
    make_job(company, title="Python, new")
    make_job(company, title="Gardener")
    assert "Show 1 new" in text_of(browser.get("/saved/searches"))
    answer = browser.post(path_of(search, "open"))
    assert answer["Location"] == "/jobs?q=python&sort=newest"
    assert "Nothing new" in text_of(browser.get("/saved/searches"))


def test_counts_are_bounded_and_take_one_query_for_all(
    browser: Browser, user: User, company: Company, monkeypatch: Any, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr(saved, "MAX_COUNTED", 3)
    make_category("engineering")
    for number in range(5):
        make_job(company, title=f"Python {number}", tags=["engineering"])
    yesterday = timezone.now() - timedelta(days=1)
    for query in ("q=python", "category=engineering", "q=gardener", "type=Full-time", ""):
        make_search(user, query, seen_at=yesterday)
    with django_assert_max_num_queries(6):
        page = text_of(browser.get("/saved/searches"))
    assert page.count("Show 3 or more new") == 4
    assert page.count("Nothing new") == 1


def test_a_search_is_renamed_and_deleted_after_asking(browser: Browser, user: User) -> None:
    search = make_search(user)
    assert 'value="Python"' in text_of(browser.get(path_of(search, "rename")))
    browser.post(path_of(search, "rename"), {"name": "  Snakes  and more "})
    search.refresh_from_db()
    assert search.name == "Snakes and more"
    for name in ("", " ", "x" * 101, "a\0b"):
        page = text_of(browser.post(path_of(search, "rename"), {"name": name}))
        assert 'aria-invalid="true"' in page
    assert "Delete “Snakes and more”?" in text_of(browser.get(path_of(search, "delete")))
    assert user.saved_searches.exists()
    browser.post(path_of(search, "delete"))
    assert not user.saved_searches.exists()


def test_a_search_of_somebody_else_does_not_exist(user: User) -> None:
    search = make_search(user)
    other = browser_of(make_confirmed_user("other@example.com"))
    for act in ("open", "rename", "alerts", "delete"):
        assert other.post(path_of(search, act), {"name": "Mine", "alerts": "on"}).status_code == 404
    search.refresh_from_db()
    assert (search.name, search.alerts) == ("Python", False)


def test_only_so_many_and_no_overlong_searches_are_saved(
    browser: Browser, user: User, monkeypatch: Any
) -> None:
    browser.post("/saved/searches", {"query": f"q={'語' * 150}", "name": "Long"})
    assert not user.saved_searches.exists()
    monkeypatch.setattr(services, "MAX_SEARCHES", 2)
    for number in range(3):
        browser.post("/saved/searches", {"query": f"q=python{number}", "name": "Python"})
    assert user.saved_searches.count() == 2


def test_no_name_can_become_markup(browser: Browser, user: User) -> None:
    search = services.save_search(user=user, name=NASTY, query_string=saved.canonical(f"q={NASTY}"))
    services.set_alerts(search=search, alerts=True)
    link = services.unsubscribe_link(search).partition("8000")[2]
    for path in ("/saved/searches", path_of(search, "rename"), path_of(search, "delete"), link):
        assert "<script>alert" not in text_of(browser.get(path))


# E-mails


def mailed(**options: Any) -> list[Any]:
    """Run the command and return what it mailed."""
    before = len(mail.outbox)
    call_command("send_job_alerts", **options)
    return mail.outbox[before:]


@pytest.fixture(autouse=True)
def _committing(monkeypatch: Any) -> None:
    """E-mails leave when the transaction of a test, which never commits, would have."""
    monkeypatch.setattr("jobsphere.emails.transaction.on_commit", lambda send: send())


def test_new_jobs_are_mailed_once(browser: Browser, user: User, company: Company) -> None:
    search = make_search(user)
    post(make_job(company, title="Python, old"), timezone.now() - timedelta(days=2))
    browser.post(path_of(search, "alerts"), {"alerts": "on"})
    with frozen(timezone.now() + timedelta(hours=2)):
        new = post(make_job(company, title="Python, new"), timezone.now())
    with frozen(timezone.now() + timedelta(days=1)):
        (message,) = mailed()
        assert mailed() == []
    assert message.to == ["ada@example.com"]
    assert message.subject == "1 new job: Python"
    assert f"/jobs/{new.public_id}" in message.body
    assert "Python, old" not in message.body
    with frozen(timezone.now() + timedelta(days=2)):
        assert mailed() == []


def test_a_mail_lists_the_newest_and_says_how_many_more(
    user: User, company: Company, monkeypatch: Any
) -> None:
    monkeypatch.setattr(saved, "JOBS_IN_AN_ALERT", 2)
    make_search(user, alerts=True, alerted_at=timezone.now() - timedelta(days=1))
    for number in range(5):
        make_job(company, title=f"Python {number}")
    (message,) = mailed()
    assert message.subject == "5 new jobs: Python"
    assert "Python 4" in message.body
    assert "Python 0" not in message.body
    assert "And 3 more" in message.body


def test_two_runs_at_the_same_moment_send_one_mail(user: User, job: Job) -> None:
    search = make_search(user, alerts=True, alerted_at=timezone.now() - timedelta(days=1))
    now = timezone.now()
    results = [services.send_alert(search=search, before=now, jobs=[job], more=0) for _ in range(2)]
    assert results == [True, False]
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("fields", [{"alerts": False}, {"alerted_at": timezone.now()}])
def test_nobody_is_mailed_who_did_not_ask_or_too_early(user: User, job: Job, fields: dict[str, Any]) -> None:
    make_search(user, **{"alerts": True, "alerted_at": timezone.now() - timedelta(days=1), **fields})
    assert mailed() == []


def test_only_confirmed_addresses_of_active_people_are_mailed(job: Job) -> None:
    unconfirmed = make_user(email="bob@example.com")
    unconfirmed.emailaddress_set.create(email="bob@example.com", verified=False, primary=True)
    inactive = make_confirmed_user("eve@example.com", is_active=False)
    for person in (unconfirmed, inactive):
        make_search(person, alerts=True, alerted_at=timezone.now() - timedelta(days=1))
    assert mailed() == []


def test_a_run_is_bounded(job: Job) -> None:
    for number in range(3):
        person = make_confirmed_user(f"p{number}@example.com")
        make_search(person, alerts=True, alerted_at=timezone.now() - timedelta(days=1))
    assert len(mailed(at_most=2)) == 2
    assert len(mailed(at_most=2)) == 1


@pytest.mark.parametrize("number", ["0", "-1", "all"])
def test_a_number_of_searches_that_makes_no_sense_is_refused(user: User, job: Job, number: str) -> None:
    make_search(user, alerts=True, alerted_at=timezone.now() - timedelta(days=1))
    with pytest.raises(CommandError, match=rf"--at-most: '{number}' is not a whole number from 1 on"):
        call_command("send_job_alerts", f"--at-most={number}")
    assert mail.outbox == []


def test_a_mail_can_be_ended_by_one_click_in_the_mail_program(user: User, job: Job) -> None:
    search = make_search(user, alerts=True, alerted_at=timezone.now() - timedelta(days=1))
    (message,) = mailed()
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = re.fullmatch(r"<http://[^/]+(/\S+)>", message.extra_headers["List-Unsubscribe"])
    assert link
    assert "ada" not in link[1]
    program = Browser(enforce_csrf_checks=True)
    assert "No more e-mails" in text_of(program.get(link[1]))
    search.refresh_from_db()
    assert search.alerts, "looking at the link ends nothing"
    assert program.post(link[1], {"List-Unsubscribe": "One-Click"}).status_code == 200
    search.refresh_from_db()
    assert not search.alerts


def test_a_changed_link_ends_nothing(user: User) -> None:
    search = make_search(user, alerts=True)
    for token in ("", search.public_id, f"{search.public_id}:x"):
        assert Browser().post(f"/saved/searches/unsubscribe?token={token}").status_code == 404
    search.refresh_from_db()
    assert search.alerts
