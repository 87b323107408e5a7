"""The page of one applicant, for the employer: what was sent, résumé, notes, rating, timeline."""

import re
from typing import Any

import pytest

from accounts.models import Account, Role
from applications.models import Application, Stage, TimelineEvent
from applications.services import (
    MAX_NOTE_LENGTH,
    Actor,
    add_note,
    erase_candidate,
    move_application,
    rate_application,
    submit_application,
)
from jobs.models import Company, Job
from tests.accounts.browser import Browser, text_of
from tests.applications.conftest import DOCX, PDF, upload
from tests.applications.dashboard import (
    TABLE,
    apply,
    apply_many,
    browser_as,
    member,
    path,
    stranger_browser,
)
from tests.applications.test_resume_text import docx, odt, word
from tests.fixtures.factories import make_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(account: Account) -> Browser:
    return browser_as(account)


@pytest.fixture
def by(account: Account) -> Actor:
    return Actor(account=account, user=member(account))


class TestPage:
    def test_it_shows_all_that_was_sent(self, browser: Browser, company: Company) -> None:
        job = make_job(company, screening_questions=[{"question": "Why us?", "required": True}])
        question_id = job.screening_questions[0]["id"]
        application = apply(
            job,
            phone="+49 30 1234",
            links=["https://ada.example/work"],
            cover_letter="Dear team,\n\n<b>hello</b>",
            answers={question_id: "You pick <fruit>."},
        )
        page = text_of(browser.get(path(application)))
        for shown in [
            "ada.abara@example.com",
            "+49 30 1234",
            "https://ada.example/work",
            "&lt;b&gt;hello&lt;/b&gt;",
            "Why us?",
            "You pick &lt;fruit&gt;.",
        ]:
            assert shown in page

    def test_the_timeline_says_what_happened_and_who_did_it(
        self, browser: Browser, account: Account, job: Job, by: Actor
    ) -> None:
        application = apply(job)
        move_application(application=application, to_stage=Stage.REVIEWING, by=by)
        rate_application(application=application, rating=4, by=by)
        page = text_of(browser.get(path(application)))
        assert 'Rated 4 of 5</strong> <span class="hint">by The recruiter' in page
        assert "by the candidate" in page

    def test_an_agency_s_people_are_not_named(
        self, browser: Browser, job: Job, agency_account: Account
    ) -> None:
        agent = member(agency_account, Role.OWNER)
        application = submit_application(
            job=job,
            by=Actor(account=agency_account, user=agent),
            candidate_email="dev@example.com",
            resume_url="https://x.example/cv",
        )
        page = text_of(browser.get(path(application)))
        assert "by whoever submitted it" in page
        assert str(agent) not in page

    def test_it_leads_to_the_next_within_the_filter(
        self, browser: Browser, job: Job, company: Company, by: Actor
    ) -> None:
        first, second, third = apply(job, "Ada"), apply(job, "Ben"), apply(job, "Chloe")
        apply(make_job(company), "Elsewhere")
        query = f"?job={job.public_id}"
        assert self.around(browser, path(third, query)) == [path(second, query)]
        assert self.around(browser, path(second, query)) == [path(third, query), path(first, query)]
        assert self.around(browser, path(first, query)) == [path(second, query)]
        query = f"{query}&amp;sort=name"
        assert self.around(browser, path(second, query.replace("&amp;", "&"))) == [
            path(first, query),
            path(third, query),
        ]

    def test_it_leads_on_after_a_move_out_of_the_filter(self, browser: Browser, job: Job, by: Actor) -> None:
        first, second, third = apply(job, "Ada"), apply(job, "Ben"), apply(job, "Chloe")
        move_application(application=second, to_stage=Stage.REJECTED, by=by)
        assert self.around(browser, path(second, "?stage=new")) == [
            path(third, "?stage=new"),
            path(first, "?stage=new"),
        ]

    @pytest.mark.parametrize("sort", ["newest", "oldest", "rating", "name", "changed"])
    def test_every_order_is_walked_as_the_table_lists_it(
        self, browser: Browser, job: Job, by: Actor, sort: str
    ) -> None:
        people = [apply(job, name) for name in ("Ada", "ben", "Chloe", "Dora", "Émile")]
        for application, rating in zip(people, (2, 5, 2, 5), strict=False):
            rate_application(application=application, rating=rating, by=by)
        listed = re.findall(r'<td><a href="([^"]+)"', text_of(browser.get(TABLE, {"sort": sort})))
        walked = [listed[0]]
        while found := re.search(r'rel="next" href="([^"]+)"', text_of(browser.get(walked[-1]))):
            walked.append(found[1])
        assert walked == listed

    @staticmethod
    def around(browser: Browser, url: str) -> list[str]:
        """Return the addresses of the previous and the next applicant, of those that there are."""
        return re.findall(r'rel="(?:prev|next)" href="([^"]+)"', text_of(browser.get(url)))

    def test_an_erased_applicant_s_page_says_so_and_offers_nothing(
        self, browser: Browser, job: Job, by: Actor
    ) -> None:
        application = apply(job)
        add_note(application=application, note="Secret thoughts", by=by)
        erase_candidate(candidate=application.candidate)
        page = text_of(browser.get(path(application)))
        assert "erased on" in page
        assert "Secret" not in page
        assert 'method="post" action="/dashboard/applicants' not in page
        assert browser.get(path(application, "/write")).url == path(application)
        answer = browser.post(path(application, "/notes"), {"note": "again"})
        assert "cannot be changed" in text_of(answer)

    def test_its_queries_are_bounded(
        self, browser: Browser, job: Job, by: Actor, django_assert_max_num_queries: Any
    ) -> None:
        application = apply_many(job, 200)[100]
        for number in range(30):
            add_note(application=application, note=f"Note {number}", by=by)
        with django_assert_max_num_queries(12):
            browser.get(path(application, f"?job={job.public_id}&sort=name"))


class TestNotes:
    def test_a_note_is_added_and_the_newest_comes_first(self, browser: Browser, job: Job) -> None:
        application = apply(job)
        browser.post(path(application, "/notes"), {"note": "First <i>thought</i>"})
        answer = browser.post(path(application, "/notes"), {"note": "Second\nthought"}, follow=True)
        page = text_of(answer)
        assert "First &lt;i&gt;thought" in page
        assert page.index("Second\nthought") < page.index("First &lt;i&gt;")

    @pytest.mark.parametrize("note", ["", "  ", "x" * (MAX_NOTE_LENGTH + 1)])
    def test_what_is_no_note_is_refused_and_kept_to_be_mended(
        self, browser: Browser, job: Job, note: str
    ) -> None:
        application = apply(job)
        answer = browser.post(path(application, "/notes"), {"note": note})
        assert answer.status_code == 400
        assert "Please check this" in text_of(answer)
        assert note in text_of(answer)
        assert not TimelineEvent.objects.filter(kind="note_added").exists()


class TestRating:
    def test_it_is_given_and_taken_back(self, browser: Browser, job: Job) -> None:
        application = apply(job)
        page = text_of(browser.post(path(application, "/rating"), {"rating": "4"}, follow=True))
        assert re.search(r'value="4" checked', page)
        browser.post(path(application, "/rating"), {"rating": ""})
        application.refresh_from_db()
        assert application.rating is None

    @pytest.mark.parametrize("rating", ["0", "6", "x", "４"])
    def test_others_are_refused(self, browser: Browser, job: Job, rating: str) -> None:
        application = apply(job)
        answer = browser.post(path(application, "/rating"), {"rating": rating}, follow=True)
        assert "from 1 to 5" in text_of(answer)
        application.refresh_from_db()
        assert application.rating is None


class TestResume:
    def test_a_pdf_is_shown_in_the_page_and_in_no_other_site_s(self, browser: Browser, job: Job) -> None:
        application = apply(job, resume=upload(PDF, "../cv.html"))
        page = browser.get(path(application))
        assert f'<iframe class="resume-frame" src="{path(application, "/resume")}"' in text_of(page)
        assert "frame-src 'self'" in page["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
        answer = browser.get(path(application, "/resume"))
        assert b"".join(answer.streaming_content) == PDF
        assert answer["Content-Type"] == "application/pdf"
        assert answer["Content-Disposition"] == 'inline; filename="cv.html.pdf"'
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["X-Frame-Options"] == "SAMEORIGIN"
        policy = answer["Content-Security-Policy"]
        assert policy.startswith("default-src 'none';")
        assert "frame-ancestors 'self'" in policy
        assert "script-src" not in policy
        assert "no-store" in answer["Cache-Control"]

    def test_it_can_be_downloaded(self, browser: Browser, job: Job) -> None:
        application = apply(job, resume=upload())
        answer = browser.get(path(application, "/resume?download"))
        assert answer["Content-Disposition"] == 'attachment; filename="cv.pdf"'
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["X-Frame-Options"] == "DENY"

    def test_plain_text_is_shown_as_text(self, browser: Browser, job: Job) -> None:
        application = apply(job, resume=upload("Zoë\n1 < 2 & more".encode("utf-8-sig"), "cv.txt"))
        page = browser.get(path(application))
        assert "<p>Zoë\n1 &lt; 2 &amp; more</p>" in text_of(page)
        assert "frame-src" not in page["Content-Security-Policy"]
        assert browser.get(path(application, "/resume"))["Content-Disposition"].startswith("attachment")

    @pytest.mark.parametrize(
        ("content", "name"),
        [(docx(word("Zoë &lt;b&gt;")), "cv.docx"), (odt("<text:p>Zoë &lt;b&gt;</text:p>"), "cv.odt")],
    )
    def test_the_text_of_a_document_is_shown_with_the_file_beside_it(
        self, browser: Browser, job: Job, content: bytes, name: str
    ) -> None:
        application = apply(job, resume=upload(content, name))
        page = text_of(browser.get(path(application)))
        assert "<p>Zoë &lt;b&gt;</p>" in page
        assert path(application, "/resume?download") in page

    def test_files_are_downloaded(self, browser: Browser, job: Job) -> None:
        application = apply(job, resume=upload(DOCX, "cv.docx"))
        assert "cannot be read here" in text_of(browser.get(path(application)))
        answer = browser.get(path(application, "/resume"))
        assert answer["Content-Disposition"] == 'attachment; filename="cv.docx"'
        assert "sandbox" in answer["Content-Security-Policy"]

    def test_an_address_is_a_link_that_tells_nothing(self, browser: Browser, job: Job) -> None:
        application = apply(job, resume_url="https://x.example/cv?a=1&b=2")
        page = text_of(browser.get(path(application)))
        assert 'href="https://x.example/cv?a=1&amp;b=2" rel="nofollow noopener noreferrer"' in page
        assert browser.get(path(application, "/resume")).status_code == 404

    def test_nobody_else_gets_it(self, job: Job) -> None:
        application = apply(job, resume=upload())
        assert stranger_browser().get(path(application, "/resume")).status_code == 404
        assert Browser().get(path(application, "/resume")).url.startswith("/sign-in")
        assert Application.objects.count() == 1
