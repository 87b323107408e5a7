"""Applicants as a table: filters, export, and moving several at once."""

import csv
import io
import re
from typing import Any

import pytest
from django.core import mail
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account, Role
from applications.applicants import CSV_COLUMNS, safe_cell
from applications.messages import save_template
from applications.models import Application, Message, Stage
from applications.services import (
    Actor,
    erase_candidate,
    move_application,
    rate_application,
    submit_application,
)
from jobs.models import Company, Job
from tests.accounts.browser import Browser, text_of
from tests.applications.dashboard import TABLE, apply, apply_many, browser_as, member, path, stranger_browser
from tests.fixtures.factories import make_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(account: Account) -> Browser:
    return browser_as(account)


@pytest.fixture
def by(account: Account) -> Actor:
    return Actor(account=account, user=member(account))


def names(answer: Any) -> list[str]:
    """Return who is in the table, in its order."""
    assert answer.status_code == 200
    return re.findall(r"<strong>([^<]+)</strong></a>", text_of(answer))


class TestTable:
    def test_it_lists_who_applied_the_newest_first(self, browser: Browser, job: Job) -> None:
        apply(job, "Ada Abara")
        apply(job, "Ben Bianchi")
        assert names(browser.get(TABLE)) == ["Ben Bianchi", "Ada Abara"]

    def test_nobody_yet_is_said(self, browser: Browser) -> None:
        assert "Nobody has applied yet" in text_of(browser.get(TABLE))

    def test_it_is_filtered(self, browser: Browser, company: Company, job: Job, by: Actor) -> None:
        other = make_job(company, title="Designer")
        ada, ben = apply(job, "Ada Abara"), apply(job, "Ben Bianchi", source="referral")
        apply(other, "Chloe Castillo")
        move_application(application=ada, to_stage=Stage.INTERVIEW, by=by)
        rate_application(application=ben, rating=4, by=by)
        everybody = {"Ada Abara", "Ben Bianchi", "Chloe Castillo"}
        for query, found in [
            ({"job": other.public_id}, {"Chloe Castillo"}),
            ({"stage": "interview"}, {"Ada Abara"}),
            ({"source": "referral"}, {"Ben Bianchi"}),
            ({"rating": "4"}, {"Ben Bianchi"}),
            ({"rating": "5"}, set()),
            ({"rating": "none"}, everybody - {"Ben Bianchi"}),
            ({"q": "BIAN"}, {"Ben Bianchi"}),
            ({"q": "chloe.castillo@"}, {"Chloe Castillo"}),
            ({"q": "100%"}, set()),
            ({"job": job.public_id, "stage": "new"}, {"Ben Bianchi"}),
            ({"q": "", "stage": ""}, everybody),
        ]:
            assert set(names(browser.get(TABLE, query))) == found, query

    def test_what_is_no_filter_is_said_and_left_out(self, browser: Browser, job: Job) -> None:
        apply(job)
        answer = browser.get(TABLE, {"stage": "nonsense", "sort": "x", "page": "-1", "q": "a\x00"})
        assert names(answer) == ["Ada Abara"]
        assert "Left out" in text_of(answer)

    def test_a_job_without_applicants_is_a_filter_too(
        self, browser: Browser, job: Job, company: Company
    ) -> None:
        apply(job)
        new = make_job(company)
        assert names(browser.get(TABLE, {"job": new.public_id})) == []

    def test_it_is_sorted(self, browser: Browser, job: Job, by: Actor) -> None:
        zoe, ada, ben = apply(job, "Zoe"), apply(job, "Ada"), apply(job, "ben")
        rate_application(application=ada, rating=2, by=by)
        rate_application(application=zoe, rating=5, by=by)
        assert names(browser.get(TABLE, {"sort": "oldest"})) == ["Zoe", "Ada", "ben"]
        assert names(browser.get(TABLE, {"sort": "name"})) == ["Ada", "ben", "Zoe"]
        assert names(browser.get(TABLE, {"sort": "rating"})) == ["Zoe", "Ada", "ben"]
        assert names(browser.get(TABLE, {"sort": "changed"})) == ["Zoe", "Ada", "ben"]
        assert ben.rating is None

    def test_a_name_is_text_and_never_markup(self, browser: Browser, job: Job) -> None:
        apply(job, "<script>alert(1)</script>", candidate_email="x@example.com", source="<b>ad</b>")
        page = text_of(browser.get(TABLE))
        assert "<script>alert" not in page
        assert "<b>ad</b>" not in page
        assert "&lt;script&gt;alert(1)" in page

    def test_pages_and_queries_are_bounded_for_two_hundred(
        self, browser: Browser, job: Job, django_assert_max_num_queries: Any
    ) -> None:
        apply_many(job, 200)
        with django_assert_max_num_queries(8):
            answer = browser.get(TABLE)
        assert len(names(answer)) == 50
        assert names(browser.get(TABLE, {"page": 4, "sort": "oldest"}))[-1] == "Person 199"

    def test_an_erased_applicant_says_nothing_of_the_person(self, browser: Browser, job: Job) -> None:
        erase_candidate(candidate=apply(job, "Ada Abara").candidate)
        answer = browser.get(TABLE)
        assert names(answer) == ["Erased applicant"]
        assert "erased.invalid" not in text_of(answer)

    def test_others_see_nothing_of_it(self, job: Job) -> None:
        apply(job)
        assert names(stranger_browser().get(TABLE)) == []

    def test_whoever_submitted_for_another_s_job_does_not_see_it_as_theirs(
        self, job: Job, agency_account: Account
    ) -> None:
        submit_application(
            job=job,
            by=Actor(account=agency_account),
            candidate_email="dev@example.com",
            resume_url="https://x.example/cv",
        )
        assert names(browser_as(agency_account, Role.OWNER).get(TABLE)) == []


def rows(answer: Any) -> list[list[str]]:
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    content = b"".join(answer.streaming_content)
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


class TestExport:
    def test_it_holds_what_the_filters_ask_for(self, browser: Browser, job: Job, by: Actor) -> None:
        ada = apply(job, "Ada Abara", links=["https://a.example", "https://b.example"])
        apply(job, "Zoë Müller")
        rate_application(application=ada, rating=3, by=by)
        header, *found = rows(browser.get(f"{TABLE}/export.csv"))
        assert tuple(header) == CSV_COLUMNS
        assert [row[0] for row in found] == ["Zoë Müller", "Ada Abara"]
        assert found[1][:8] == [
            "Ada Abara",
            "ada.abara@example.com",
            "",
            job.title,
            "TechCorp",
            "New",
            "3",
            "board",
        ]
        assert found[1][11] == "https://a.example https://b.example"
        assert len(rows(browser.get(f"{TABLE}/export.csv", {"q": "zoë"}))) == 2

    def test_no_cell_is_a_formula(self, browser: Browser, job: Job) -> None:
        apply(
            job,
            '=HYPERLINK("https://evil.example","x")',
            candidate_email="x@example.com",
            phone="+49 30 1",
            source="@SUM(1)",
        )
        row = rows(browser.get(f"{TABLE}/export.csv"))[1]
        assert row[0] == '\'=HYPERLINK("https://evil.example","x")'
        assert (row[2], row[7]) == ("'+49 30 1", "'@SUM(1)")

    @given(st.sampled_from(["=", "+", "-", "@", "\t", "\r", "\n", " =", "\u00a0=", "＝"]), st.text())
    def test_whatever_starts_like_a_formula_is_neutralised(self, start: str, rest: str) -> None:
        assert safe_cell(start + rest).startswith("'")

    @given(st.text(alphabet="abcxyz 019é漢.,;\"'"))
    def test_other_text_stays_as_it_is(self, text: str) -> None:
        assert safe_cell(text) == text

    def test_a_cell_is_not_longer_than_spreadsheets_take(self) -> None:
        assert len(safe_cell("=" * 40_000)) < 32_767

    def test_it_takes_as_many_queries_for_two_hundred_as_for_one(
        self, browser: Browser, job: Job, django_assert_max_num_queries: Any
    ) -> None:
        apply_many(job, 200)
        with django_assert_max_num_queries(7):
            assert len(rows(browser.get(f"{TABLE}/export.csv"))) == 201

    def test_strangers_export_nothing(self, job: Job) -> None:
        apply(job)
        assert len(rows(stranger_browser().get(f"{TABLE}/export.csv"))) == 1


def send(browser: Browser, applications: list[Application], to_stage: str, **fields: Any) -> Any:
    data = {"application": [each.public_id for each in applications], "to_stage": to_stage, **fields}
    return browser.post(f"{TABLE}/move", data, follow="confirmed" in fields)


class TestMovingMany:
    def test_first_it_is_shown_what_will_happen_and_nothing_does(
        self, browser: Browser, job: Job, by: Actor
    ) -> None:
        ada, ben = apply(job, "Ada"), apply(job, "Ben")
        move_application(application=ben, to_stage=Stage.WITHDRAWN, by=by)
        page = text_of(send(browser, [ada, ben], "rejected"))
        assert "1 will be moved" in page
        assert "1 cannot be moved" in page
        assert "Withdrawn is final." in page
        ada.refresh_from_db()
        assert ada.stage == Stage.NEW

    def test_then_each_is_moved_that_can_be_and_the_rest_is_told(
        self, browser: Browser, job: Job, by: Actor
    ) -> None:
        ada, ben, chloe = (apply(job, name) for name in ("Ada", "Ben", "Chloe"))
        move_application(application=ben, to_stage=Stage.OFFER, by=by)
        page = text_of(send(browser, [ada, ben, chloe], "hired", confirmed="1"))
        assert "1 applicant moved to Hired." in page
        assert "Ada was not moved. From New one can move to Reviewing, Interview" in page
        assert Application.objects.filter(stage=Stage.HIRED).get() == ben
        assert ben.timeline.last().user == by.user

    def test_nobody_is_moved_or_written_to_twice(self, browser: Browser, account: Account, job: Job) -> None:
        ada = apply(job, "Ada")
        template = save_template(
            account=account, name="No", subject="No", body="Dear {{candidate_name}}, no."
        )
        for _ in range(2):
            page = text_of(send(browser, [ada], "rejected", confirmed="1", template=template.public_id))
        assert "It is in Rejected already." in page
        assert [message.body.splitlines()[0] for message in mail.outbox] == ["Dear Ada, no."]

    def test_each_gets_a_mail_of_their_own(self, browser: Browser, account: Account, job: Job) -> None:
        people = [apply(job, name) for name in ("Ada", "Ben")]
        template = save_template(
            account=account, name="No", subject="{{job_title}}", body="Dear {{candidate_name}}, no."
        )
        summary = text_of(send(browser, people, "rejected"))
        assert "Dear Ben, no." in summary
        send(browser, people, "rejected", confirmed="1", template=template.public_id)
        assert {(*message.to, message.subject) for message in mail.outbox} == {
            ("ada@example.com", job.title),
            ("ben@example.com", job.title),
        }
        assert all(message.reply_to == ["recruiter@techcorp.example"] for message in mail.outbox)
        assert set(Message.objects.values_list("state", flat=True)) == {"sent"}

    def test_without_a_tick_or_a_stage_one_is_told(self, browser: Browser, job: Job) -> None:
        answer = browser.post(f"{TABLE}/move", {"to_stage": "rejected", "back": f"{TABLE}?q=a"}, follow=True)
        assert answer.request["QUERY_STRING"] == "q=a"
        assert "Tick somebody first." in text_of(answer)
        assert send(browser, [apply(job)], "nonsense").url == TABLE

    def test_too_many_are_refused(self, browser: Browser, job: Job) -> None:
        answer = send(browser, apply_many(job, 101), "rejected", confirmed="1")
        assert "at most 100" in text_of(answer)
        assert not Application.objects.exclude(stage=Stage.NEW).exists()

    def test_a_stranger_s_tick_moves_nobody(self, account: Account, job: Job) -> None:
        ada = apply(job)
        template = save_template(account=account, name="No", subject="No", body="No")
        browser = stranger_browser()
        send(browser, [ada], "rejected", confirmed="1")
        assert send(browser, [ada], "rejected", template=template.public_id).url == TABLE
        ada.refresh_from_db()
        assert ada.stage == Stage.NEW

    def test_no_address_of_others_is_put_into_the_summary(self, browser: Browser, job: Job) -> None:
        page = text_of(send(browser, [apply(job)], "rejected", back="javascript:alert(1)"))
        assert "javascript:" not in page

    @pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/dashboard/../\\evil", "x"])
    def test_the_way_back_leads_to_the_dashboard_alone(self, browser: Browser, back: str) -> None:
        url = browser.post(f"{TABLE}/move", {"back": back}).url
        assert url == TABLE or url.startswith("/dashboard/")

    def test_queries_grow_with_those_who_are_moved_and_no_more(
        self, browser: Browser, job: Job, django_assert_max_num_queries: Any
    ) -> None:
        people = apply_many(job, 50)
        with django_assert_max_num_queries(10):
            send(browser, people, "rejected")
        assert text_of(browser.get(path(people[0]))).count("Person 0") > 0
