"""Jobs in the dashboard: written, previewed, published, taken off, and what is wrong said without loss."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Account, Role
from jobs.models import Company, Job, JobStatus, Moderation
from jobs.services import moderation, postings
from tests.accounts.browser import Browser, make_member, text_of
from tests.fixtures.factories import ApiClient, frozen, make_category, make_company, make_job, make_user
from tests.jobs.dashboard import browser_as, job_form, questions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("places")]

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def owner(account: Account) -> Browser:
    return browser_as(account)


def page(job: Job, part: str = "") -> str:
    return f"/dashboard/jobs/{job.public_id}{part}"


def expired_job(company: Company, **fields: str) -> Job:
    """Return a job that ended yesterday."""
    month_ago = timezone.now() - timedelta(days=30)
    with frozen(month_ago):
        return make_job(company, expires_at=month_ago + timedelta(days=29), **fields)


FIELD = re.compile(r'<input type="hidden" name="version" value="([^"]+)"')


class TestTwoAtOnce:
    """Two people have the form of one job open."""

    @pytest.fixture
    def job(self, company: Company) -> Job:
        return make_job(company, title="Engineer", description="Build.\n\nSoon.", location="Remote")

    @pytest.fixture
    def ours(self, owner: Browser, job: Job) -> dict[str, str]:
        """What our browser sends: the form as it was loaded, with another description."""
        found = FIELD.search(text_of(owner.get(page(job, "/edit"))))
        assert found
        return job_form(act="save", version=found[1], description="Build ours.", expires_at=_end(job))

    @pytest.fixture
    def theirs(self, account: Account, job: Job, ours: dict[str, str]) -> str:
        """Another's name, who meanwhile saves another title and a question."""
        changes = {"title": "Rigger", "screening_questions": [{"question": "Why?", "required": True}]}
        colleague = make_member(account, Role.RECRUITER, name="Dana Vega")
        postings.update_job(job=job, changes=changes, user=colleague)
        return "Dana Vega"

    def test_the_second_save_overwrites_nothing_and_shows_both(
        self,
        owner: Browser,
        job: Job,
        ours: dict[str, str],
        theirs: str,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        with django_assert_max_num_queries(14):
            answer = owner.post(page(job, "/edit"), ours)
        assert answer.status_code == 409
        shown = text_of(answer)
        assert theirs in shown
        assert "Rigger" in shown
        assert "Why? (must be answered)" in shown
        assert re.search(r"<textarea[^>]*>\s*Build ours.</textarea>", shown)
        assert 'value="take-description"' in shown
        assert 'value="take-location"' not in shown
        job.refresh_from_db()
        assert (job.title, job.description) == ("Rigger", "Build.\n\nSoon.")

    def test_who_has_seen_both_saves_what_the_form_says(
        self, owner: Browser, job: Job, ours: dict[str, str], theirs: str
    ) -> None:
        shown = text_of(owner.post(page(job, "/edit"), ours))
        version = FIELD.findall(shown)[0]
        resolved = ours | {"version": version, "compare": "1"}
        taken = text_of(owner.post(page(job, "/edit"), resolved | {"act": "take-title"}))
        assert 'value="Rigger"' in taken
        assert 'value="take-title"' not in taken
        assert "Build ours." in taken
        taken = text_of(owner.post(page(job, "/edit"), resolved | {"act": "take-questions"}))
        assert 'value="Why?"' in taken
        assert owner.post(page(job, "/edit"), resolved | {"title": "Rigger"}).status_code == 302
        job.refresh_from_db()
        assert (job.title, job.description) == ("Rigger", "Build ours.")

    def test_a_fault_that_stems_from_the_other_s_change_does_not_hide_it(
        self, owner: Browser, company: Company
    ) -> None:
        draft = make_job(company, publish=False)
        found = FIELD.search(text_of(owner.get(page(draft, "/edit"))))
        assert found
        postings.update_job(job=draft, changes={}, status=JobStatus.PUBLISHED)
        answer = owner.post(page(draft, "/edit"), job_form(act="save", version=found[1]))
        assert answer.status_code == 409
        assert 'value="take-expires_at"' in text_of(answer)

    def test_a_third_save_meanwhile_is_shown_again(
        self, owner: Browser, job: Job, ours: dict[str, str], theirs: str
    ) -> None:
        version = FIELD.findall(text_of(owner.post(page(job, "/edit"), ours)))[0]
        postings.update_job(job=job, changes={"title": "Third"})
        answer = owner.post(page(job, "/edit"), ours | {"version": version})
        assert answer.status_code == 409
        assert "Third" in text_of(answer)


def _end(job: Job) -> str:
    assert job.expires_at
    return job.expires_at.date().isoformat()


class TestWriting:
    def test_everything_that_the_api_knows_can_be_said(
        self, owner: Browser, company: Company, api: ApiClient
    ) -> None:
        make_category("engineering")
        end = timezone.now().date() + timedelta(days=20)
        owner.post(
            "/dashboard/jobs/new",
            job_form(
                company,
                title="  Bridge   Builder ",
                description="Build **bridges**.\r\n\r\nSoon.",
                location="Berlin, Germany",
                remote="on",
                type="Contract",
                experience_level="senior",
                category="engineering",
                skills="Steel, , Rivets",
                salary_min="50000",
                salary_max="60000",
                requirements="Five years\r\n\r\nA hard hat\r\n",
                application_method="url",
                application_url="https://acme.example/apply",
                expires_at=end.isoformat(),
                external_id="BB-1",
                **questions("When could you start?", " ", "Why?", required=(0,)),
            ),
        )
        shown = api.get(f"/v1/jobs/{Job.objects.get().public_id}").json()
        expected = {
            "title": "Bridge Builder",
            "description": "Build **bridges**.\n\nSoon.",
            "location": "Berlin, Germany",
            "remote": True,
            "type": "Contract",
            "experience_level": "senior",
            "category": "engineering",
            "skills": ["Steel", "Rivets"],
            "salary_range": {"min": 50000, "max": 60000, "currency": "EUR"},
            "requirements": ["Five years", "A hard hat"],
            "application_instructions": {"method": "url", "url": "https://acme.example/apply", "email": None},
            "expires_at": f"{end}T23:59:59Z",
            "external_id": "BB-1",
            "status": "published",
            "screening_questions": [
                {"id": "q1", "question": "When could you start?", "required": True},
                {"id": "q2", "question": "Why?", "required": False},
            ],
        }
        assert {name: shown[name] for name in expected} == expected

    def test_saving_what_the_form_shows_changes_nothing(self, owner: Browser, company: Company) -> None:
        make_category("engineering")
        job = make_job(
            company,
            tags=["engineering", "Steel"],
            location="Berlin, Germany",
            requirements=["One", "Two"],
            salary_range={"min": 5, "max": 6, "currency": "EUR"},
            application_instructions={"method": "email", "email": "jobs@acme.example"},
            screening_questions=[{"id": "start", "question": "When?", "required": True}],
            external_id="A",
        )
        fields = sorted({field.attname for field in Job._meta.concrete_fields} - {"updated_at"})
        before = Job.objects.values(*fields).get()
        form = owner.get(page(job, "/edit")).context
        sent = {name: bound.value() for bound in form["form"] for name in [bound.html_name]}
        rows = {bound.html_name: bound.value() for row in form["questions"] for bound in row}
        sent |= rows | {"questions-TOTAL_FORMS": "1", "questions-INITIAL_FORMS": "1", "act": "save"}
        answer = owner.post(page(job, "/edit"), {name: value or "" for name, value in sent.items()})
        assert answer.status_code == 302
        assert Job.objects.values(*fields).get() == before

    def test_pay_of_one_number_is_a_range_of_one(self, owner: Browser, company: Company) -> None:
        owner.post("/dashboard/jobs/new", job_form(company, salary_max="60000"))
        assert Job.objects.get().salary_min == Job.objects.get().salary_max == 60000

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"title": " "}, "title"),
            ({"title": "x" * 201}, "title"),
            ({"description": ""}, "description"),
            ({"description": "x" * 50_001}, "description"),
            ({"location": ""}, "location"),
            ({"type": "Slavery"}, "type"),
            ({"category": "nothing"}, "category"),
            ({"skills": "x" * 61}, "skills"),
            ({"salary_min": "many"}, "salary_min"),
            ({"salary_min": "7", "salary_max": "6"}, "salary_max"),
            ({"salary_min": str(10**13)}, "salary_min"),
            ({"salary_currency": "XYZ"}, "salary_currency"),
            ({"requirements": "fine\n" + "x" * 1001}, "requirements"),
            ({"application_method": "url"}, "application_url"),
            ({"application_method": "url", "application_url": "http://x.example"}, "application_url"),
            ({"application_method": "email", "application_email": "nobody"}, "application_email"),
            ({"expires_at": "2001-01-01"}, "expires_at"),
            ({"expires_at": "9999-12-31"}, "expires_at"),
            ({"expires_at": "soon"}, "expires_at"),
            ({"company_id": "comp_00000000"}, "company_id"),
            ({"questions-0-question": "x" * 501, "questions-TOTAL_FORMS": "1"}, "questions-0-question"),
        ],
    )
    def test_a_fault_is_said_at_its_field_and_nothing_typed_is_lost(
        self, owner: Browser, company: Company, fields: dict[str, str], field: str
    ) -> None:
        typed = {"title": "Kept title", "description": "Kept words", "requirements": "Kept demand"}
        sent = job_form(company, **(typed | {"skills": "Kept skill", "external_id": "KEPT"} | fields))
        shown = text_of(owner.post("/dashboard/jobs/new", sent))
        assert f'id="id_{field}_error"' in shown
        assert f'href="#id_{field}"' in shown
        kept = {**typed, "skills": "Kept skill", "external_id": "KEPT"}
        for name, value in kept.items():
            assert name in fields or value in shown
        assert not Job.objects.exists()

    def test_what_a_service_refuses_is_said_at_the_field(
        self, owner: Browser, account: Account, company: Company
    ) -> None:
        make_job(company, external_id="A-1")
        shown = text_of(owner.post("/dashboard/jobs/new", job_form(company, external_id="A-1", title="Kept")))
        assert 'id="id_external_id_error"' in shown
        assert 'value="Kept"' in shown
        unverified = make_company(account, verified=False)
        shown = text_of(owner.post("/dashboard/jobs/new", job_form(unverified, title="Kept")))
        assert 'id="id_company_id_error"' in shown
        assert 'value="Kept"' in shown

    def test_a_company_of_somebody_else_cannot_be_chosen(self, owner: Browser, company: Company) -> None:
        shown = text_of(owner.post("/dashboard/jobs/new", job_form(make_company(name="Rival"))))
        assert 'id="id_company_id_error"' in shown
        assert "Rival" not in shown

    def test_a_draft_is_saved_and_published_later(self, owner: Browser, company: Company) -> None:
        owner.post("/dashboard/jobs/new", job_form(company, act="save"))
        job = Job.objects.get()
        assert job.state == "draft"
        assert Client().get(f"/jobs/{job.public_id}").status_code == 404
        owner.post(page(job, "/publish"))
        assert Client().get(f"/jobs/{job.public_id}").status_code == 200

    def test_a_draft_can_lose_its_last_day_but_a_published_job_cannot(
        self, owner: Browser, company: Company
    ) -> None:
        draft = make_job(company, publish=False, expires_at=timezone.now() + timedelta(days=3))
        owner.post(page(draft, "/edit"), job_form(act="save"))
        draft.refresh_from_db()
        assert draft.expires_at is None
        shown = text_of(owner.post(page(make_job(company), "/edit"), job_form(act="save")))
        assert 'id="id_expires_at_error"' in shown

    def test_an_expired_job_can_be_edited_without_another_end(self, owner: Browser, company: Company) -> None:
        job = expired_job(company)
        assert job.expires_at is not None
        fields = job_form(act="save", title="Late", expires_at=job.expires_at.date().isoformat())
        owner.post(page(job, "/edit"), fields)
        job.refresh_from_db()
        assert (job.title, job.state) == ("Late", "expired")

    def test_the_enter_key_saves_and_never_publishes(self, owner: Browser, company: Company) -> None:
        form = re.search(
            r"<form class=\"stack job-form.*?</form>", text_of(owner.get("/dashboard/jobs/new")), re.S
        )
        assert form
        buttons = re.findall(r"<button[^>]*name=\"act\" value=\"([^\"]+)\"", form[0])
        assert buttons[0] == "save"


class TestWithoutScripts:
    def test_the_preview_button_shows_the_description_safely_and_keeps_the_rest(
        self, owner: Browser, company: Company
    ) -> None:
        written = f"## Work\n\n**bold** {SCRIPT} [x](javascript:alert(1))"
        sent = job_form(company, act="preview", title="", description=written, salary_min="many", remote="on")
        shown = text_of(owner.post("/dashboard/jobs/new", sent))
        assert "<h3>Work</h3>" in shown
        assert "<strong>bold</strong>" in shown
        assert SCRIPT not in shown
        assert 'href="javascript' not in shown
        assert 'value="many"' in shown
        assert re.search(r'name="remote"[^>]*checked', shown)
        assert "error-summary" not in shown
        assert not Job.objects.exists()

    def test_questions_are_added_and_removed_by_buttons(self, owner: Browser, company: Company) -> None:
        rows = questions("First?", "Second?", required=(1,))
        shown = text_of(owner.post("/dashboard/jobs/new", job_form(company, act="add-question", **rows)))
        assert shown.count('class="question"') == 3
        assert re.search(r'name="questions-1-required"[^>]*checked', shown)
        shown = text_of(owner.post("/dashboard/jobs/new", job_form(company, act="remove-question-0", **rows)))
        assert "First?" not in shown
        assert 'name="questions-0-question" value="Second?"' in shown
        assert not Job.objects.exists()

    def test_removing_a_question_of_a_job_leaves_the_others_their_ids(
        self, owner: Browser, company: Company
    ) -> None:
        asked = [{"question": "First?"}, {"question": "Second?"}]
        job = make_job(company, screening_questions=asked, publish=False)
        rows = questions("Second?", "Third?") | {"questions-0-id": "q2"}
        owner.post(page(job, "/edit"), job_form(act="save", **rows))
        job.refresh_from_db()
        assert [(row["id"], row["question"]) for row in job.screening_questions] == [
            ("q2", "Second?"),
            ("q1", "Third?"),
        ]

    def test_more_questions_than_there_may_be_are_refused(self, owner: Browser, company: Company) -> None:
        rows = questions(*(f"Question {number}?" for number in range(21)))
        shown = text_of(owner.post("/dashboard/jobs/new", job_form(company, **rows)))
        assert "at most 20" in shown
        assert "Question 20?" in shown
        assert not Job.objects.exists()

    def test_rows_that_no_form_sends_break_nothing(self, owner: Browser, company: Company) -> None:
        for count in ("", "x", "100000000"):
            sent = job_form(company) | {"questions-TOTAL_FORMS": count}
            assert owner.post("/dashboard/jobs/new", sent).status_code == 200
        assert not Job.objects.exists()


class TestOneJob:
    def test_scripts_in_a_job_are_text_on_every_page(self, owner: Browser, company: Company) -> None:
        job = make_job(company, title=SCRIPT, description=SCRIPT, requirements=[SCRIPT], tags=[SCRIPT])
        paths = [page(job, part) for part in ("", "/edit", "/close", "/unpublish")]
        for path in [*paths, "/dashboard", "/dashboard/jobs"]:
            shown = text_of(owner.get(path))
            assert SCRIPT not in shown
            assert "&lt;script&gt;" in shown

    def test_it_is_closed_only_after_asking(self, owner: Browser, company: Company) -> None:
        job = make_job(company)
        assert "Close it" in text_of(owner.get(page(job, "/close")))
        assert "Unpublish it" in text_of(owner.get(page(job, "/unpublish")))
        job.refresh_from_db()
        assert job.status == JobStatus.PUBLISHED
        owner.post(page(job, "/close"))
        assert Client().get(f"/jobs/{job.public_id}").status_code == 410
        shown = text_of(owner.get(page(job)))
        assert "It was closed" in shown
        assert "Closed" in shown

    def test_it_is_unpublished_and_published_again(self, owner: Browser, company: Company) -> None:
        job = make_job(company)
        owner.post(page(job, "/unpublish"))
        job.refresh_from_db()
        assert job.state == "draft"
        owner.post(page(job, "/publish"))
        job.refresh_from_db()
        assert job.state == "published"
        kinds = list(job.events.values_list("kind", flat=True))
        assert kinds[:2] == ["published", "unpublished"]

    def test_it_stays_open_for_longer_but_at_most_a_year(self, owner: Browser, company: Company) -> None:
        job = make_job(company, expires_at=timezone.now() + timedelta(days=10))
        owner.post(page(job, "/extend"), {"days": "30"})
        before, job = job.expires_at, Job.objects.get()
        assert before is not None
        assert job.expires_at == before + timedelta(days=30)
        for _ in range(6):
            owner.post(page(job, "/extend"), {"days": "90"})
        job.refresh_from_db()
        assert job.expires_at is not None
        assert timedelta(days=360) < job.expires_at - timezone.now() <= timedelta(days=366)
        shown = text_of(owner.post(page(job, "/extend"), {"days": "9000"}, follow=True))
        assert "Choose how much longer" in shown

    def test_an_expired_job_is_back_on_the_board_once_it_is_extended(
        self, owner: Browser, company: Company
    ) -> None:
        job = expired_job(company, title="Night Watch")
        assert "It ended on" in text_of(owner.get(page(job)))
        owner.post(page(job, "/extend"), {"days": "14"})
        assert Client().get(f"/jobs/{job.public_id}").status_code == 200
        assert "Night Watch" in text_of(Client().get("/jobs"))

    def test_a_copy_is_a_draft_that_says_the_same(
        self, owner: Browser, company: Company, api: ApiClient
    ) -> None:
        make_category("engineering")
        job = make_job(
            company,
            tags=["engineering", "Steel"],
            salary_range={"min": 5, "max": 6, "currency": "EUR"},
            application_instructions={"method": "url", "url": "https://acme.example/apply"},
            screening_questions=[{"question": "When?", "required": True}],
            external_id="A-1",
        )
        answer = owner.post(page(job, "/duplicate"))
        copy = Job.objects.exclude(pk=job.pk).get()
        assert answer.url == page(copy, "/edit")
        one, other = (api.get(f"/v1/jobs/{each.public_id}").json() for each in (job, copy))
        apart = {"id", "url", "posted_at", "expires_at", "status", "external_id"}
        assert {name for name in one if one[name] != other[name]} - {"updated_at"} == apart
        assert (other["status"], other["external_id"]) == ("draft", None)

    def test_what_staff_did_shows_its_reason_and_not_their_names(
        self, owner: Browser, company: Company
    ) -> None:
        job = make_job(company)
        staff = make_user(is_staff=True, name="Sam Staff")
        moderation.reject_job(job=job, staff=staff, reason="It asks for money.")
        shown = text_of(owner.get(page(job)))
        assert "It asks for money." in shown
        assert "Sam Staff" not in shown
        assert "It is on the board until" not in shown

    def test_a_job_of_a_company_that_is_no_longer_verified_cannot_be_published(
        self, owner: Browser, company: Company
    ) -> None:
        job = make_job(company, publish=False)
        Company.objects.update(verification_state="unverified")
        for part, data in (("/publish", {}), ("/duplicate", {})):
            shown = text_of(owner.post(page(job, part), data, follow=True))
            assert "is not verified" in shown
        shown = text_of(owner.post(page(job, "/edit"), job_form(title="Kept")))
        assert "is not verified yet" in shown
        assert 'value="Kept"' in shown


class TestList:
    def test_jobs_are_found_by_state_and_title(self, owner: Browser, company: Company) -> None:
        make_job(company, title="Open one")
        make_job(company, title="Draft one", publish=False)
        postings.close_job(job=make_job(company, title="Closed one"))
        expired_job(company, title="Past one")
        for title, decision in (("Bad one", Moderation.REJECTED), ("Held one", Moderation.SUSPENDED)):
            Job.objects.filter(pk=make_job(company, title=title).pk).update(moderation=decision)
        make_job(make_company(), title="Rival one")
        titles = {
            "draft": "Draft one",
            "published": "Open one",
            "expired": "Past one",
            "closed": "Closed one",
            "rejected": "Bad one",
            "suspended": "Held one",
        }
        for state, title in titles.items():
            listed = owner.get(f"/dashboard/jobs?state={state}").context["jobs"]
            assert [job.title for job in listed] == [title]
            assert listed[0].state == state
        assert {job.title for job in owner.get("/dashboard/jobs").context["jobs"]} == set(titles.values())
        assert [job.title for job in owner.get("/dashboard/jobs?q=PAST").context["jobs"]] == ["Past one"]
        assert "No such job" in text_of(owner.get("/dashboard/jobs?q=rival"))

    @pytest.mark.parametrize("query", ["state=x", "page=x", "page=9999", "q=%00", "q=%25", "sort=x"])
    def test_an_odd_address_still_answers(self, owner: Browser, company: Company, query: str) -> None:
        make_job(company)
        assert owner.get(f"/dashboard/jobs?{query}").status_code == 200

    def test_many_jobs_are_listed_by_pages_in_few_queries(
        self, owner: Browser, company: Company, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        for number in range(23):
            make_job(company, title=f"Job {number}", publish=number % 2 == 0)
        with django_assert_max_num_queries(8):
            first = owner.get("/dashboard/jobs").context["jobs"]
        second = owner.get("/dashboard/jobs?page=2").context["jobs"]
        assert (len(first), len(second)) == (20, 3)
        assert not {job.pk for job in first} & {job.pk for job in second}
        with django_assert_max_num_queries(12):
            owner.get("/dashboard")
        with django_assert_max_num_queries(11):
            owner.get(page(first[0]))
        with django_assert_max_num_queries(8):
            owner.get(page(first[0], "/edit"))
