"""A job's applicants as a board, and moving one of them."""

import re
from typing import Any

import pytest
from django.core import mail
from django.utils.html import escape

from accounts.models import Account
from applications.models import MOVES, Application, Stage, TimelineEvent
from applications.services import Actor, erase_candidate, move_application
from jobs.models import Company, Job
from tests.accounts.browser import Browser, text_of
from tests.applications.dashboard import apply, apply_many, board_path, browser_as, member, path
from tests.fixtures.factories import make_job

pytestmark = pytest.mark.django_db

WAYS: dict[Stage, list[Stage]] = {
    Stage.NEW: [],
    Stage.REVIEWING: [Stage.REVIEWING],
    Stage.INTERVIEW: [Stage.INTERVIEW],
    Stage.OFFER: [Stage.OFFER],
    Stage.HIRED: [Stage.OFFER, Stage.HIRED],
    Stage.REJECTED: [Stage.REJECTED],
    Stage.WITHDRAWN: [Stage.WITHDRAWN],
}
"""How a new application comes to each stage."""


@pytest.fixture
def browser(account: Account) -> Browser:
    return browser_as(account)


@pytest.fixture
def by(account: Account) -> Actor:
    return Actor(account=account, user=member(account))


def in_stage(job: Job, stage: Stage, by: Actor, name: str = "Ada Abara") -> Application:
    application = apply(job, name)
    for step in WAYS[stage]:
        application = move_application(application=application, to_stage=step, by=by)
    return application


def move(browser: Browser, application: Application, stage: str, **fields: Any) -> Any:
    return browser.post(path(application, "/move"), {"stage": stage, **fields}, follow=True)


def move_by_script(browser: Browser, application: Application, stage: str, **fields: Any) -> Any:
    return browser.post(
        path(application, "/move"), {"stage": stage, **fields}, headers={"Accept": "application/json"}
    )


def columns(answer: Any) -> dict[str, tuple[int, list[str]]]:
    """Return the count of each column and who is in it, in their order."""
    assert answer.status_code == 200
    parts = re.split(r'<section class="board-column" id="column-(\w+)"', text_of(answer))[1:]
    return {
        stage: (
            int(re.findall(r"data-count>(\d+)<", part)[0]),
            re.findall(r'data-name="([^"]*)"', part),
        )
        for stage, part in zip(parts[::2], parts[1::2], strict=True)
    }


def offered(answer: Any, application: Application) -> list[str]:
    """Return the stages that a card's form offers."""
    card = re.search(
        rf'<li class="applicant-card" id="{application.public_id}".*?</li>', text_of(answer), re.S
    )
    assert card
    return re.findall(r'name="stage" value="(\w+)"', card[0])


class TestBoard:
    def test_it_has_a_column_for_each_stage_in_order(self, browser: Browser, job: Job, by: Actor) -> None:
        for stage in Stage:
            in_stage(job, stage, by, f"In {stage}")
        found = columns(browser.get(board_path(job)))
        assert list(found) == [stage.value for stage in Stage]
        assert all(found[stage] == (1, [f"In {stage}"]) for stage in Stage)

    def test_it_shows_this_job_alone(self, browser: Browser, company: Company, job: Job) -> None:
        apply(make_job(company), "Somebody Else")
        apply(job, "Ada Abara")
        page = browser.get(board_path(job))
        assert columns(page)["new"] == (1, ["Ada Abara"])
        assert "Nobody has applied yet" in text_of(browser.get(board_path(make_job(company))))

    @pytest.mark.parametrize("stage", Stage)
    def test_a_card_offers_the_moves_that_are_allowed_and_no_other(
        self, browser: Browser, job: Job, by: Actor, stage: Stage
    ) -> None:
        application = in_stage(job, stage, by)
        assert set(offered(browser.get(board_path(job)), application)) == MOVES[stage]

    def test_a_column_shows_twenty_cards_and_more_on_demand(self, browser: Browser, job: Job) -> None:
        apply_many(job, 70)
        page = browser.get(board_path(job))
        total, shown = columns(page)["new"]
        assert (total, len(shown)) == (70, 20)
        assert shown[0] == "Person 69"
        assert "?new=40" in text_of(page)
        assert len(columns(browser.get(board_path(job), {"new": "40"}))["new"][1]) == 40
        last = browser.get(board_path(job), {"new": "80"})
        assert len(columns(last)["new"][1]) == 70
        assert "Show more" not in text_of(last)

    @pytest.mark.parametrize("count", ["0", "-1", "201", "99999999999", "x", "４０"])
    def test_a_number_of_cards_that_makes_no_sense_is_left_out(
        self, browser: Browser, job: Job, count: str
    ) -> None:
        apply_many(job, 30)
        assert len(columns(browser.get(board_path(job), {"new": count}))["new"][1]) == 20

    def test_beyond_what_a_board_holds_the_table_goes_on(self, browser: Browser, job: Job) -> None:
        apply_many(job, 201)
        page = browser.get(board_path(job), {"new": "200"})
        assert len(columns(page)["new"][1]) == 200
        assert "See all in the table" in text_of(page)

    def test_it_takes_few_queries_for_two_hundred(
        self, browser: Browser, job: Job, django_assert_max_num_queries: Any
    ) -> None:
        apply_many(job, 200)
        with django_assert_max_num_queries(6):
            browser.get(board_path(job))

    def test_names_are_text(self, browser: Browser, job: Job) -> None:
        name = '"><script>alert(1)</script>'
        apply(job, name, candidate_email="x@example.com")
        page = text_of(browser.get(board_path(job)))
        assert escape(name) in page
        assert "<script>alert" not in page

    def test_an_erased_applicant_cannot_be_moved(self, browser: Browser, job: Job) -> None:
        application = apply(job)
        erase_candidate(candidate=application.candidate)
        page = browser.get(board_path(job))
        assert columns(page)["withdrawn"] == (1, ["Erased applicant"])
        assert offered(page, application) == []


PAIRS = [(stage, to) for stage in Stage for to in Stage]


class TestMoves:
    @pytest.mark.parametrize(("stage", "to"), [pair for pair in PAIRS if pair[1] in MOVES[pair[0]]])
    def test_an_allowed_move_happens(
        self, browser: Browser, job: Job, by: Actor, stage: Stage, to: Stage
    ) -> None:
        application = in_stage(job, stage, by)
        page = text_of(move(browser, application, to, confirmed="1"))
        application.refresh_from_db()
        assert application.stage == to
        assert f"Ada Abara moved to {to.label}." in page
        event = application.timeline.last()
        assert (event.kind, event.user) == (TimelineEvent.Kind.STAGE_CHANGED, by.user)

    @pytest.mark.parametrize(("stage", "to"), [pair for pair in PAIRS if pair[1] not in MOVES[pair[0]]])
    def test_another_is_refused_and_the_page_says_why(
        self, browser: Browser, job: Job, by: Actor, stage: Stage, to: Stage
    ) -> None:
        application = in_stage(job, stage, by)
        answer = move_by_script(browser, application, to, confirmed="1")
        assert answer.status_code == 200  # browsers write any other into their consoles
        assert answer.json()["is_refused"]
        message = answer.json()["message"]
        assert answer.json()["stage"] == stage
        if stage == to:
            assert "already" in message
        elif MOVES[stage]:
            assert all(next_stage.label in message for next_stage in MOVES[stage])
        else:
            assert message == f"{stage.label} is final."
        application.refresh_from_db()
        assert application.stage == stage
        assert escape(message) in text_of(move(browser, application, to, confirmed="1"))

    def test_who_has_not_seen_a_colleague_s_move_is_told_of_it(
        self, browser: Browser, job: Job, by: Actor
    ) -> None:
        application = apply(job)
        board = text_of(browser.get(board_path(job)))
        assert 'name="from" value="new"' in board
        move_application(application=application, to_stage=Stage.INTERVIEW, by=by)
        stale = {"from": "new", "confirmed": "1"}
        answer = move_by_script(browser, application, "rejected", **stale).json()
        assert answer["is_refused"]
        assert answer["stage"] == "interview"
        assert answer["message"] == "Ada Abara was moved to Interview meanwhile. Look again, then decide."
        assert 'name="from" value="interview"' in answer["card"]
        assert "meanwhile" in text_of(move(browser, application, "rejected", **stale))
        application.refresh_from_db()
        assert application.stage == Stage.INTERVIEW

    @pytest.mark.parametrize("stage", ["", "nonsense", "NEW"])
    def test_what_is_no_stage_is_refused(self, browser: Browser, job: Job, stage: str) -> None:
        assert "Choose a stage." in text_of(move(browser, apply(job), stage))

    def test_a_final_stage_has_to_be_confirmed(self, browser: Browser, job: Job, by: Actor) -> None:
        application = in_stage(job, Stage.OFFER, by)
        page = text_of(move(browser, application, "hired"))
        assert "Hired is final" in page
        application.refresh_from_db()
        assert application.stage == Stage.OFFER
        assert 'name="confirmed"' in page

    def test_a_script_gets_the_card_as_it_is_now(self, browser: Browser, job: Job) -> None:
        answer = move_by_script(browser, apply(job), "interview").json()
        assert answer["stage"] == "interview"
        assert answer["message"] == "Ada Abara moved to Interview."
        assert 'value="offer"' in answer["card"]
        assert 'name="csrfmiddlewaretoken"' in answer["card"]

    def test_one_comes_back_to_where_one_was(self, browser: Browser, job: Job) -> None:
        application = apply(job)
        answer = move(browser, application, "reviewing", back=board_path(job))
        assert answer.request["PATH_INFO"] == board_path(job)
        answer = browser.post(f"{path(application, '/move')}?stage=new&q=a", {"stage": "interview"})
        assert answer.url == f"{path(application)}?stage=new&q=a"

    def test_the_candidate_is_told_if_one_asks_for_it(self, browser: Browser, job: Job) -> None:
        application = apply(job)
        move(browser, application, "reviewing")
        assert not mail.outbox
        asked = text_of(move(browser, application, "interview", tell="1"))
        assert not mail.outbox
        assert "would like to talk to you" in asked
        assert "applications/open" not in asked  # the link is the candidate's alone
        application.refresh_from_db()
        assert application.stage == Stage.REVIEWING
        move(browser, application, "interview", tell="1", confirmed="1")
        assert mail.outbox[-1].to == ["ada.abara@example.com"]
        assert "Interview" in mail.outbox[-1].subject
        assert "applications/open" in mail.outbox[-1].body

    def test_an_account_mails_no_more_a_day_than_it_may(
        self, browser: Browser, job: Job, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("applications.web.dashboard.board.STAGE_MAILS_OF_AN_ACCOUNT", "1/d")
        first, second = apply(job, "Ada Abara"), apply(job, "Ben Bo")
        move(browser, first, "reviewing", tell="1", confirmed="1")
        shown = text_of(move(browser, second, "reviewing", tell="1", confirmed="1"))
        assert "Ben Bo moved to Reviewing. No e-mail was sent" in shown
        assert len(mail.outbox) == 1

    def test_a_rejection_mails_nobody_unless_that_is_chosen(self, browser: Browser, job: Job) -> None:
        application = apply(job)
        assert "This e-mail goes to" not in text_of(move(browser, application, "rejected"))
        move(browser, application, "rejected", confirmed="1")
        assert not mail.outbox
