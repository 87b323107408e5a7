"""Staff's day at the admin: start page, queues, decisions that lead to the next, and who may make them."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, User
from jobs import standard_reasons
from jobs.models import Company, Job, Moderation, ReportCase, VerificationRequest
from jobs.services import moderation, reports, verification
from jobsphere import queues
from tests.accounts.browser import Browser, browser_of, text_of
from tests.fixtures.factories import ApiClient, make_account, make_company, make_job, make_user

SUSPICIOUS = "/admin/jobs/job/?queue=suspicious"
REVIEW = "/admin/jobs/job/?queue=review"
REPORTS = "/admin/jobs/reportcase/"
VERIFICATION = "/admin/jobs/verificationrequest/"
FEE = "A registration fee of $50 is due."


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_superuser("staff@jobsphere.example", "correct horse battery")


@pytest.fixture
def desk(staff: User) -> Browser:
    return browser_of(staff)


@pytest.fixture
def member_of() -> Callable[[str], Browser]:
    """Signs in a new member of staff who is in this group."""

    def sign_in(group: str) -> Browser:
        user = make_user(is_staff=True)
        user.groups.set(Group.objects.filter(name=group))
        return browser_of(user)

    return sign_in


@pytest.fixture
def old_company(company: Company) -> Company:
    """A company that nobody would call new."""
    company.verified_at = timezone.now() - timedelta(days=100)
    company.save()
    return company


def job_page(job: Job, queue: str = "") -> str:
    return reverse("admin:jobs_job_change", args=[job.pk]) + (f"?queue={queue}" if queue else "")


def file_report(job: Job, *, network: str = "a", **fields: str) -> None:
    reports.report_job(job_id=job.public_id, reason="money", network=network, **fields)


def ask_to_verify(company: Company) -> VerificationRequest:
    return verification.request_by_staff(company=company, statement="We are.", user=make_user())


def press(browser: Browser, page: str, action: str, **data: str) -> Any:
    """Press a button of the form that decides on a row's page."""
    html = text_of(browser.get(page))
    form = re.search(r'<form class="act" method="post" action="([^"]+)">(.*?)</form>', html, re.DOTALL)
    assert form, "no form"
    assert f'name="action" value="{action}"' in form[2]
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form[2]))
    return browser.post(form[1], {**hidden, "action": action, **data})


def test_from_a_readers_report_to_a_job_that_is_gone(desk: Browser, staff: User) -> None:
    owner = make_user(email="owner@acme.example")
    job = make_job(make_company(make_account(owner=owner)), title="Brewer", description=FEE)
    reader, script = Browser(), "<script>alert(1)</script>"
    sent = reader.post(
        f"/jobs/{job.public_id}/report",
        {"reason": "money", "details": script, "email": "ada@example.com"},
        follow=True,
    )
    assert "Thank you" in text_of(sent)

    start = text_of(desk.get("/admin/"))
    assert f'href="{REPORTS}">Reports from readers</a>' in start
    listed = text_of(desk.get(REPORTS))
    assert f'href="{job_page(job, "reports")}">Brewer</a>' in listed
    assert "1 × It asks for money or bank details" in listed
    page = text_of(desk.get(job_page(job, "reports")))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert script not in page
    assert "ada@example.com" not in page
    assert "Asks applicants for money: “…Brewer A registration fee of $50 is due.…”" in page

    asked = press(desk, job_page(job, "reports"), "suspend", standard="Asks applicants for money")
    text = asked.context["form"].initial["reason"]
    assert text == standard_reasons.JOBS["Asks applicants for money"]
    assert text.split(".")[0] in text_of(asked)
    decided = press(
        desk, job_page(job, "reports"), "suspend", confirmed="yes", reason=f"{text} Thank you, Moira."
    )
    assert decided.headers["Location"] == "/admin/"
    assert "Nothing else waits in this queue" in text_of(desk.get("/admin/"))

    to_owner = next(message for message in mail.outbox if message.to == ["owner@acme.example"])
    assert to_owner.subject == "Suspended by JobSphere: Brewer"
    assert "Thank you, Moira." in str(to_owner.body)
    to_reader = next(message for message in mail.outbox if message.to == ["ada@example.com"])
    assert "off the board" in str(to_reader.body)
    assert Browser().get(f"/jobs/{job.public_id}").status_code == 404
    assert "Brewer" not in text_of(Browser().get("/jobs"))
    assert [(entry.act, entry.actor, entry.target_id) for entry in AuditEntry.objects.all()] == [
        ("act_on_reports", staff, job.public_id),
        ("suspend_job", staff, job.public_id),
    ]
    case = ReportCase.objects.get()
    assert (case.outcome, case.settled_by) == ("acted", staff)
    assert set(case.reports.values_list("email", "reporter")) == {("", "")}


def test_a_suspended_job_is_gone_from_the_api_for_all_but_its_employer(
    desk: Browser, company: Company, stranger: ApiClient
) -> None:
    job = make_job(company)
    assert stranger.get(f"/v1/jobs/{job.public_id}").status_code == 200
    press(desk, job_page(job), "reject", confirmed="yes", reason="Spam.")
    assert stranger.get(f"/v1/jobs/{job.public_id}").status_code == 404
    assert stranger.get("/v1/jobs").json()["pagination"]["total_items"] == 0


# Queues


def test_the_start_page_shows_what_waits_and_since_when(desk: Browser, old_company: Company) -> None:
    long_ago = timezone.now() - timedelta(days=3)
    make_job(old_company)
    odd = make_job(old_company, description=FEE)
    Job.objects.filter(pk=odd.pk).update(posted_at=long_ago)
    ask_to_verify(make_company(verified=False))
    make_job(old_company, publish=False, description=FEE)
    cards = desk.get("/admin/").context["cards"]
    assert [(card.title, str(card.size)) for card in cards] == [
        ("Jobs to review", "1"),
        ("Reports from readers", "0"),
        ("Companies to verify", "1"),
    ]
    assert cards[0].size.oldest == long_ago
    assert str(cards[0].all_size) == "2"
    assert cards[1].size.oldest is None
    for card in cards:
        assert desk.get(card.url).status_code == 200


def test_sizes_are_counted_to_a_thousand_only(
    desk: Browser, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "MAX_COUNTED", 2)
    for _ in range(4):
        make_job(company)
    with CaptureQueriesContext(connection) as captured:
        page = text_of(desk.get("/admin/"))
    assert '<p class="queue-size">2+</p>' in page
    counts = [query["sql"] for query in captured if "COUNT(" in query["sql"]]
    assert len(counts) == 4
    assert all("LIMIT 3)" in sql for sql in counts)


def test_pages_take_as_many_queries_for_many_rows_as_for_few(desk: Browser) -> None:
    def count(url: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(url).status_code == 200
        return len(captured)

    def make_rows(number: int) -> None:
        for _ in range(number):
            job = make_job(make_company(), description=FEE * 10)
            for network in ("a", "b"):
                file_report(job, network=network)
            ask_to_verify(make_company(verified=False))

    urls = ["/admin/", SUSPICIOUS, REVIEW, REPORTS, VERIFICATION]
    make_rows(2)
    few = [count(url) for url in urls]
    make_rows(6)
    assert [count(url) for url in urls] == few
    assert max(few) <= 8


def test_what_is_odd_comes_first_then_the_newest(desk: Browser, old_company: Company) -> None:
    first, second = make_job(old_company), make_job(old_company)
    odd = make_job(old_company, description=FEE)
    very_odd = make_job(old_company, description=f"{FEE} Write to hr.acme@gmail.com.")
    approved = make_job(old_company, description=FEE)
    moderation.approve_job(job=approved, staff=make_user(is_staff=True))
    rows = desk.get(REVIEW).context["cl"].result_list
    assert list(rows) == [very_odd, odd, second, first]
    assert [signal.code for signal in rows[0].signals] == ["payment", "free_mail"]
    file_report(first)
    assert set(desk.get(SUSPICIOUS).context["cl"].result_list) == {odd, very_odd, first}
    assert "Reported by readers of 1 network" in text_of(desk.get(SUSPICIOUS))


def test_reports_by_more_networks_come_first(desk: Browser, old_company: Company) -> None:
    few, many = make_job(old_company), make_job(old_company)
    file_report(few, network="a")
    for network in ("a", "b"):
        file_report(many, network=network)
    assert [case.job for case in desk.get(REPORTS).context["cl"].result_list] == [many, few]


def test_a_decision_opens_the_next_job_and_skipping_comes_back_at_the_end(
    desk: Browser, old_company: Company
) -> None:
    jobs = [make_job(old_company, title=f"Job {number}") for number in range(3)]
    newest, middle, oldest = reversed(jobs)
    skip = re.search(r'href="([^"]+)">Skip</a>', text_of(desk.get(job_page(newest, "review"))))
    assert skip
    assert skip[1] == job_page(middle, "review")
    assert press(desk, skip[1], "approve").headers["Location"] == job_page(oldest, "review")
    assert press(desk, job_page(oldest, "review"), "approve").headers["Location"] == job_page(
        newest, "review"
    )
    assert press(desk, job_page(newest, "review"), "approve").headers["Location"] == "/admin/"
    assert set(Job.objects.values_list("moderation", flat=True)) == {Moderation.APPROVED}


def test_a_job_that_was_opened_from_the_list_of_a_queue_leads_on_in_it(
    desk: Browser, old_company: Company
) -> None:
    first, second = make_job(old_company), make_job(old_company)
    link = re.search(rf'href="(/admin/jobs/job/{second.pk}/change/[^"]*)"', text_of(desk.get(REVIEW)))
    assert link
    answer = press(desk, link[1].replace("&amp;", "&"), "approve")
    assert answer.headers["Location"] == job_page(first, "review")


def test_a_decision_outside_a_queue_stays_on_the_page(desk: Browser, old_company: Company) -> None:
    job = make_job(old_company)
    make_job(old_company)
    assert ">Skip</a>" not in text_of(desk.get(job_page(job)))
    assert press(desk, job_page(job), "approve").headers["Location"] == job_page(job)


def test_a_row_of_a_queue_is_decided_by_its_own_button(desk: Browser, old_company: Company) -> None:
    jobs = [make_job(old_company) for _ in range(3)]
    page = text_of(desk.get(REVIEW))
    assert f'name="one" value="approve {jobs[1].pk}"' in page
    others = {"action": "", "index": "0", "_selected_action": [jobs[0].pk], "select_across": "1"}
    answer = desk.post(REVIEW, {**others, "one": f"approve {jobs[1].pk}"})
    assert answer.headers["Location"] == REVIEW
    assert list(Job.objects.filter(moderation=Moderation.APPROVED)) == [jobs[1]]
    asked = desk.post(REVIEW, {"action": "", "one": f"reject {jobs[2].pk}"})
    assert jobs[2].public_id in text_of(asked)
    assert "In your own words" not in text_of(asked)
    assert "Asks applicants for money" in text_of(asked)


def test_a_standard_reason_can_be_changed_for_another_before_it_is_sent(
    desk: Browser, old_company: Company
) -> None:
    job = make_job(old_company)
    asked = desk.post(REVIEW, {"action": "reject", "_selected_action": [job.pk], "standard": "Misleading"})
    assert asked.context["form"].initial["reason"] == standard_reasons.JOBS["Misleading"]
    again = desk.post(
        REVIEW,
        {"action": "reject", "_selected_action": [job.pk], "reason": "typed", "standard": "Not a real job"},
    )
    assert again.context["form"].initial["reason"] == standard_reasons.JOBS["Not a real job"]
    unknown = desk.post(REVIEW, {"action": "reject", "_selected_action": [job.pk], "standard": "<b>"})
    assert unknown.context["form"].initial["reason"] == ""
    job.refresh_from_db()
    assert job.moderation == Moderation.UNREVIEWED


def test_reports_are_dismissed_and_the_job_stays_as_it_is(desk: Browser, old_company: Company) -> None:
    job, next_job = make_job(old_company), make_job(old_company)
    for each in (job, next_job):
        file_report(each, email="ada@example.com")
    page = job_page(job, "reports")
    assert press(desk, page, "dismiss_reports").headers["Location"] == job_page(next_job, "reports")
    job.refresh_from_db()
    assert (job.moderation, job.is_open, job.review_priority) == (Moderation.UNREVIEWED, True, 0)
    assert [message.to for message in mail.outbox] == [["ada@example.com"]]
    assert "dismiss_reports" not in text_of(desk.get(job_page(job)))
    case = ReportCase.objects.get(settled_at=None)
    desk.post(REPORTS, {"action": "", "one": f"dismiss {case.pk}"})
    assert not ReportCase.objects.filter(settled_at=None).exists()
    assert AuditEntry.objects.filter(act="dismiss_reports").count() == 2
    assert "Dismissed" in text_of(desk.get(f"{REPORTS}?state=all"))


def test_a_reported_job_is_rejected_from_the_list_of_reports(desk: Browser, old_company: Company) -> None:
    job = make_job(old_company)
    file_report(job)
    case = ReportCase.objects.get()
    desk.post(
        REPORTS,
        {"action": "reject", "_selected_action": [case.pk], "confirmed": "yes", "reason": "Spam."},
    )
    job.refresh_from_db()
    case.refresh_from_db()
    assert (job.moderation, case.outcome) == (Moderation.REJECTED, "acted")


def test_companies_are_verified_one_after_the_other(desk: Browser) -> None:
    first, second = (ask_to_verify(make_company(verified=False)) for _ in range(2))

    def page(row: VerificationRequest) -> str:
        return reverse("admin:jobs_verificationrequest_change", args=[row.pk])

    answer = press(desk, page(first), "approve")
    assert answer.headers["Location"] == f"{page(second)}?queue=verification"
    asked = press(desk, page(second), "reject", standard="Proof does not show it")
    assert asked.context["form"].initial["reason"].startswith("What you sent does not show")
    answer = press(desk, page(second), "reject", confirmed="yes", reason="No register entry.")
    assert answer.headers["Location"] == "/admin/"
    assert set(VerificationRequest.objects.values_list("state", flat=True)) == {"verified", "rejected"}


def test_the_queue_of_companies_shows_what_each_says_and_who_else_claims_its_domain(desk: Browser) -> None:
    make_company(name="Brewery", domain="brewery.example")
    rival = make_company(name="Brewery Inc", domain="brewery.example", verified=False)
    alone = make_company(name="Bakery", domain="bakery.example", verified=False)
    for company in (rival, alone):
        link = "https://register.example/1"
        verification.request_by_staff(
            company=company, statement=f"We are {company.name}.", links=[link], user=make_user()
        )
    page = text_of(desk.get(VERIFICATION))
    assert "<h1>Companies to verify</h1>" in page
    rows = re.findall(r'<td class="field-proof">(.*?)</td>', page)
    assert [("Another account claims this domain." in row) for row in rows] == [True, False]
    assert "We are Bakery. (with 1 link)" in rows[1]


def test_a_company_is_not_offered_what_would_change_nothing(desk: Browser, company: Company) -> None:
    def offered() -> list[str]:
        page = text_of(desk.get(reverse("admin:jobs_company_change", args=[company.pk])))
        return re.findall(r'name="action" value="(\w+)"', page)

    assert offered() == ["reject", "suspend"]
    moderation.suspend_company(company=company, staff=make_user(is_staff=True), reason="Spam.")
    assert offered() == ["reject", "reinstate"]


# Who may do what


def test_a_moderator_works_through_all_queues(
    member_of: Callable[[str], Browser], old_company: Company
) -> None:
    job = make_job(old_company, description=FEE)
    file_report(job)
    moderator = member_of("Moderator")
    assert len(moderator.get("/admin/").context["cards"]) == 3
    assert len(moderator.get("/admin/").context["acts"]) == 0
    for url in (SUSPICIOUS, REVIEW, REPORTS, VERIFICATION, job_page(job, "reports")):
        assert moderator.get(url).status_code == 200
    press(moderator, job_page(job, "reports"), "approve")
    assert ReportCase.objects.get().outcome == "dismissed"


def test_staff_without_the_right_see_no_buttons_no_reports_and_are_refused(
    member_of: Callable[[str], Browser], old_company: Company
) -> None:
    job = make_job(old_company, description=FEE)
    file_report(job, details="Private words")
    case = ReportCase.objects.get()
    member = member_of("Staff")
    start = text_of(member.get("/admin/"))
    assert "Jobs to review" in start
    assert "Reports from readers" not in start
    assert member.get(REPORTS).status_code == 403
    page = text_of(member.get(job_page(job, "reports")))
    assert "Signs of fraud" in page
    assert "Private words" not in page
    assert 'name="action"' not in page
    assert 'name="one"' not in text_of(member.get(SUSPICIOUS))
    assert "Reported by" not in text_of(member.get(SUSPICIOUS))
    selected = {"_selected_action": [job.pk], "confirmed": "yes", "reason": "Spam."}
    for action in ("approve", "reject", "suspend", "dismiss_reports"):
        assert member.post(REVIEW, {"action": action, **selected}).status_code == 403
        assert member.post(REVIEW, {"one": f"{action} {job.pk}"}).status_code == 403
    assert member.post(REPORTS, {"one": f"dismiss {case.pk}"}).status_code == 403
    job.refresh_from_db()
    case.refresh_from_db()
    assert (job.moderation, case.outcome) == (Moderation.UNREVIEWED, "")


def test_who_handles_reports_alone_does_not_decide_about_jobs(
    member_of: Callable[[str], Browser], old_company: Company
) -> None:
    group = Group.objects.get(name="Moderator")
    group.permissions.remove(*group.permissions.filter(codename="change_job"))
    job = make_job(old_company)
    file_report(job)
    member = member_of("Moderator")
    case = ReportCase.objects.get()
    page = text_of(member.get(REPORTS))
    assert f'value="dismiss {case.pk}"' in page
    assert f'value="reject {case.pk}"' not in page
    assert member.post(REPORTS, {"one": f"reject {case.pk}"}).status_code == 403
    assert member.post(REPORTS, {"one": f"dismiss {case.pk}"}).status_code == 302


def test_a_cross_site_post_decides_nothing(staff: User, old_company: Company) -> None:
    job = make_job(old_company)
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(staff)
    assert browser.post(REVIEW, {"one": f"approve {job.pk}"}).status_code == 403


def test_pages_need_nothing_that_the_content_security_policy_forbids(
    desk: Browser, old_company: Company
) -> None:
    job = make_job(old_company, description=FEE)
    file_report(job)
    asked = desk.post(REVIEW, {"one": f"reject {job.pk}"})
    pages = [desk.get(url) for url in ("/admin/", SUSPICIOUS, REPORTS, job_page(job, "reports"))]
    for page in [asked, *pages]:
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", text_of(page))
