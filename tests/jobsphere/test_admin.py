"""Staff's admin, through its pages: what staff can do, what is written down, what it costs."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import services
from accounts.models import Account, ApiKey, AuditEntry, Plan, User
from applications.models import Application, Candidate, TimelineEvent
from jobs.models import Category, Company, CompanyEvent, Job, JobEvent, Listing, VerificationRequest
from jobs.services import moderation, reports, verification
from jobsphere import admin as staff_admin
from tests.fixtures.factories import make_account, make_company, make_job, make_key, make_user

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root@jobsphere.example", "correct horse battery")


@pytest.fixture
def browser(root: User) -> Client:
    client = Client()
    client.force_login(root)
    return client


@pytest.fixture
def member_of() -> Callable[..., Client]:
    """Signs in a new member of staff who is in these groups."""

    def sign_in(*groups: str) -> Client:
        user = make_user(is_staff=True)
        user.groups.set(Group.objects.filter(name__in=groups))
        client = Client()
        client.force_login(user)
        return client

    return sign_in


def list_url(model: type[models.Model], query: str = "") -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") + query


def page_url(row: models.Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def save(client: Client, row: models.Model, **fields: str) -> Any:
    """Send the form of a row's page with these fields, and what the page hides in it."""
    page = client.get(page_url(row)).content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    return client.post(page_url(row), {**hidden, **fields})


def act(client: Client, action: str, *rows: models.Model, query: str = "", **data: str) -> Any:
    """Do an action of the list to these rows; a `reason` also confirms the page that asks for one."""
    if "reason" in data:
        data["confirmed"] = "yes"
    body = {"action": action, "_selected_action": [row.pk for row in rows], **data}
    return client.post(list_url(type(rows[0]), query), body, follow=True)


def make_application(company: Company | None = None) -> Application:
    job = make_job(company)
    candidate = Candidate.objects.create(
        account=job.company.account, email="grace@example.com", name="Grace Hopper"
    )
    return Application.objects.create(
        job=job, owner=job.company.account, candidate=candidate, cover_letter="My secret letter"
    )


def make_rows(count: int) -> None:
    """Make rows of every kind, each with relations of its own."""
    staff = make_user(is_staff=True)
    for number in range(count):
        account = make_account()
        make_key(account)
        company = make_company(account, verified=False, domain=f"d{number}.example")
        verification.request_by_staff(company=company, statement="We are.", user=make_user())
        job = make_job(make_company(account))
        moderation.approve_job(job=job, staff=staff)
        reports.report_job(job_id=job.public_id, reason="fraud", network=str(number))
        candidate = Candidate.objects.create(account=account, email=f"c{number}@example.com")
        Application.objects.create(job=job, owner=account, candidate=candidate)
        Category.objects.create(slug=f"category-{number}-{account.pk}", name="A category")


# Lists


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_list_takes_as_many_queries_for_many_rows_as_for_few(
    browser: Client, model: type[models.Model]
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(list_url(model)).status_code == 200
        return len(captured)

    make_rows(2)
    few = count()
    make_rows(5)
    assert count() == few <= 7


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_no_list_counts_its_whole_table(browser: Client, model: type[models.Model]) -> None:
    with CaptureQueriesContext(connection) as captured:
        browser.get(list_url(model))
    counts = [query["sql"] for query in captured if "COUNT(" in query["sql"]]
    assert counts
    assert all(f"LIMIT {staff_admin.MAX_ROWS})" in sql for sql in counts)


def test_a_list_pages_through_its_newest_rows_and_says_that_there_are_more(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staff_admin.BoundedPaginator, "max_rows", 60)
    company = make_company()
    Job.objects.bulk_create(Job(company=company, title=f"Job {number}") for number in range(70))
    first, second = (browser.get(list_url(Job, query)) for query in ("", "?p=2"))
    assert [job.title for job in first.context["cl"].result_list] == [f"Job {n}" for n in range(69, 19, -1)]
    assert len(second.context["cl"].result_list) == 10
    assert "there may be more" in first.content.decode()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_whatever_is_typed_into_a_search_is_answered(browser: Client, model: type[models.Model]) -> None:
    if not admin.site._registry[model].search_fields:
        pytest.skip("no search")
    for term in ["", '"', "a\\", "job_", "comp_12345678", "%", "c++ -x", "' OR 1=1", "é" * 300]:
        assert browser.get(list_url(model), {"q": term}).status_code == 200


def found(client: Client, model: type[models.Model], term: str) -> set[Any]:
    return set(client.get(list_url(model), {"q": term}).context["cl"].result_list)


def test_rows_are_found_by_id_by_relation_and_by_what_is_indexed(browser: Client) -> None:
    owner = make_user(email="ada@acme.example")
    account = make_account(name="Acme Holding", owner=owner)
    company = make_company(account, name="Acme Brewery", domain="acme.example")
    other = make_company(name="Other")
    job, _ = make_job(company, title="Senior Brewer"), make_job(other, title="Cook")
    key, _ = make_key(account)
    application = make_application(company)
    assert found(browser, Company, company.public_id) == {company}
    assert found(browser, Company, account.public_id) == {company}
    assert found(browser, Company, "acme b") == {company}
    assert found(browser, Company, "acme.example") == {company}
    assert found(browser, Company, "brewery") == set()
    assert found(browser, Job, job.public_id) == {job}
    assert found(browser, Job, company.public_id) == {job, application.job}
    assert found(browser, Job, "brewers senior") == {job}
    assert found(browser, Account, "ACME") == {account}
    assert found(browser, User, "Ada@acme") == {owner}
    assert found(browser, ApiKey, key.public_id) == {key}
    assert found(browser, ApiKey, key.display_prefix) == {key}
    assert found(browser, Application, application.job.public_id) == {application}
    assert found(browser, Candidate, "grace@EXAMPLE.com") == {application.candidate}


# Moderation


def test_a_job_is_rejected_on_a_page_that_asks_for_the_reason(browser: Client, company: Company) -> None:
    job = make_job(company)
    asked = act(browser, "reject", job)
    assert job.public_id in asked.content.decode()
    assert "reason" in asked.context["form"].fields
    assert Listing.objects.exists()
    act(browser, "reject", job, reason="")
    assert Listing.objects.exists()
    act(browser, "reject", job, reason="It asks for money.")
    assert not Job.objects.listed().exists()
    assert not Listing.objects.exists()
    assert job.public_id in browser.get(list_url(Job, "?moderation__exact=rejected")).content.decode()


def test_many_jobs_are_suspended_and_approved_at_once(browser: Client, company: Company, root: User) -> None:
    jobs = [make_job(company) for _ in range(3)]
    act(browser, "suspend", *jobs, reason="Spam.")
    assert Listing.objects.count() == 0
    act(browser, "approve", *jobs)
    assert Listing.objects.count() == 3
    acts = AuditEntry.objects.values_list("act", "actor", "reason")
    assert sorted(acts) == [("approve_job", root.pk, "")] * 3 + [("suspend_job", root.pk, "Spam.")] * 3


def test_more_than_can_be_looked_at_is_not_done_at_once(
    browser: Client, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staff_admin, "MAX_TARGETS", 2)
    jobs = [make_job(company) for _ in range(3)]
    answer = act(browser, "suspend", *jobs, reason="Spam.", select_across="1")
    assert "Nothing was done" in answer.content.decode()
    assert Listing.objects.count() == 3


def test_the_page_of_a_job_shows_its_history_and_has_the_buttons(browser: Client, company: Company) -> None:
    job = make_job(company, description="<script>alert(1)</script>")
    moderation.suspend_job(job=job, staff=make_user(name="Moira"), reason="Under inquiry.")
    page = browser.get(page_url(job)).content.decode()
    assert "Under inquiry." in page
    assert "Moira" in page
    assert "<script>alert(1)" not in page
    for action in ("approve", "reject", "suspend"):
        assert f'name="action" value="{action}"' in page


def test_companies_are_approved_suspended_and_reinstated(browser: Client) -> None:
    company = make_company(verified=False)
    job_company = make_company()
    make_job(job_company)
    act(browser, "approve", company)
    company.refresh_from_db()
    assert company.is_verified
    act(browser, "suspend", company, job_company, reason="Fraud.")
    assert not Company.objects.in_good_standing().exists()
    assert not Listing.objects.exists()
    act(browser, "reinstate", company, job_company)
    assert Company.objects.in_good_standing().count() == 2
    assert Listing.objects.exists()
    act(browser, "reject", company, reason="Not who they say.")
    company.refresh_from_db()
    assert company.verification_state == "rejected"


# The verification queue


def test_the_queue_shows_what_waits_for_review_the_oldest_first(browser: Client) -> None:
    requests = [
        verification.request_by_staff(company=make_company(verified=False), statement="We.", user=make_user())
        for _ in range(3)
    ]
    verification.request_by_dns(company=make_company(verified=False, domain="a.example"), user=make_user())
    verification.approve(request=requests[1], staff=make_user())
    rows = browser.get(list_url(VerificationRequest)).context["cl"].result_list
    assert list(rows) == [requests[0], requests[2]]
    assert len(browser.get(list_url(VerificationRequest, "?queue=pending")).context["cl"].result_list) == 3
    assert len(browser.get(list_url(VerificationRequest, "?queue=all")).context["cl"].result_list) == 4


def test_a_request_shows_what_was_submitted_and_who_else_claims_the_domain(browser: Client) -> None:
    other = make_company(name="The first Acme", domain="acme.example")
    company = make_company(domain="acme.example", verified=False)
    request = verification.request_by_staff(
        company=company, statement="We brew.", links=["https://register.example/?a=1&b=<2>"], user=make_user()
    )
    page = browser.get(page_url(request)).content.decode()
    assert "We brew." in page
    assert 'href="https://register.example/?a=1&amp;b=&lt;2&gt;"' in page
    assert "also claimed by" in page
    assert other.public_id in page
    assert "also claimed by" in browser.get(page_url(company)).content.decode()


def test_a_request_is_decided_from_its_page(
    browser: Client, root: User, django_capture_on_commit_callbacks: Any
) -> None:
    owner = make_user(email="owner@acme.example")
    company = make_company(make_account(owner=owner), verified=False)
    request = verification.request_by_staff(company=company, statement="We brew.", user=owner)
    page = browser.get(page_url(request)).content.decode()
    action_url = re.search(r'class="act" method="post" action="([^"]+)"', page)
    assert action_url
    assert action_url[1] == list_url(VerificationRequest, "?queue=all")
    with django_capture_on_commit_callbacks(execute=True):
        act(browser, "reject", request, query="?queue=all", reason="No such register.")
    request.refresh_from_db()
    assert (request.state, request.decided_by, request.reason) == ("rejected", root, "No such register.")
    assert "No such register." in str(mail.outbox[-1].body)
    again = verification.request_by_staff(company=company, statement="Look again.", user=owner)
    act(browser, "approve", again)
    company.refresh_from_db()
    assert company.is_verified


# Accounts, keys, people


def test_a_plan_is_changed_with_its_reason_and_written_down_once(browser: Client, root: User) -> None:
    account = make_account(plan=Plan.FREE)
    save(browser, account, plan="enterprise", custom_requests_per_minute="2500", reason="Contract 7")
    account.refresh_from_db()
    assert account.requests_per_minute == 2500
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.actor, entry.reason) == ("change_plan", root, "Contract 7")
    assert entry.details["before"]["plan"] == "free"
    assert entry.details["after"]["custom_requests_per_minute"] == 2500


def test_a_limit_that_the_plan_does_not_have_is_explained(browser: Client) -> None:
    account = make_account(plan=Plan.FREE)
    answer = save(browser, account, plan="pro", custom_requests_per_minute="2500")
    assert "Only Enterprise has a limit of its own" in answer.content.decode()
    account.refresh_from_db()
    assert account.plan == Plan.FREE


def test_a_key_is_revoked_after_a_confirmation_and_its_secret_is_nowhere(browser: Client) -> None:
    key, secret = make_key(make_account())
    page = browser.get(page_url(key)).content.decode()
    assert secret not in page
    assert key.digest not in page
    act(browser, "revoke", key)
    key.refresh_from_db()
    assert key.revoked_at is None
    act(browser, "revoke", key, reason="Found in a public repository.")
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert AuditEntry.objects.get().reason == "Found in a public repository."
    assert browser.get(reverse("admin:accounts_apikey_add")).status_code == 403


def test_a_person_is_added_and_given_a_new_password_and_neither_is_written_down(browser: Client) -> None:
    passwords = {"password1": "correct horse battery", "password2": "correct horse battery"}
    browser.post(
        reverse("admin:accounts_user_add"),
        {"email": "New@Example.com", "name": "New", "usable_password": "true", **passwords},
    )
    user = User.objects.get(email="new@example.com")
    assert user.check_password("correct horse battery")
    new = {
        "password1": "staple battery horse",
        "password2": "staple battery horse",
        "usable_password": "true",
    }
    browser.post(reverse("admin:auth_user_password_change", args=[user.pk]), new)
    entries = AuditEntry.objects.order_by("id")
    assert [entry.act for entry in entries] == ["add", "change"]
    assert "horse" not in str([entry.details for entry in entries])
    assert Client().login(email="new@example.com", password="staple battery horse")


def test_an_address_that_is_taken_is_explained(browser: Client, root: User) -> None:
    passwords = {"password1": "correct horse battery", "password2": "correct horse battery"}
    answer = browser.post(
        reverse("admin:accounts_user_add"),
        {"email": "ROOT@jobsphere.example", "usable_password": "true", **passwords},
    )
    assert "signed up with this e-mail address already" in answer.content.decode()


def test_what_was_changed_is_written_down_with_its_old_and_new_value(browser: Client) -> None:
    user = make_user(name="Before")
    browser.post(page_url(user), {"name": "After", "is_active": "on"})
    assert AuditEntry.objects.get().details == {"name": ["Before", "After"]}
    category = Category.objects.create(slug="brewing", name="Brewing")
    browser.post(page_url(category), {"name": "Brewing and malting", "position": "3"})
    entry = AuditEntry.objects.first()
    assert entry is not None
    assert entry.details == {"name": ["Brewing", "Brewing and malting"], "position": [0, 3]}


# Who may do what


@pytest.mark.parametrize(
    "model",
    [AuditEntry, ApiKey, Company, VerificationRequest, Job, Candidate, Application],
    ids=lambda model: model._meta.label,
)
def test_not_even_a_superuser_adds_changes_or_deletes_these(
    browser: Client, root: User, model: type[models.Model]
) -> None:
    make_rows(1)
    make_application()
    row = model._default_manager.all()[:1].get()
    before = model._default_manager.filter(pk=row.pk).values().get()
    names = model._meta.app_label, model._meta.model_name
    assert browser.post(reverse("admin:{}_{}_add".format(*names)), {}).status_code == 403
    assert browser.post(page_url(row), {"name": "x", "title": "x"}).status_code == 403
    assert browser.post(reverse("admin:{}_{}_delete".format(*names), args=[row.pk])).status_code == 403
    assert "delete_selected" not in browser.get(list_url(model)).content.decode()
    assert browser.get(page_url(row)).status_code == 200
    assert model._default_manager.filter(pk=row.pk).values().get() == before


def test_migrations_leave_groups_with_the_least_rights(db: None) -> None:
    for name in ("Moderator", "Staff"):
        permissions = Group.objects.get(name=name).permissions.values_list("codename", flat=True)
        assert permissions
        assert not [each for each in permissions if each.startswith(("add_", "delete_"))]
        assert not [each for each in permissions if each.endswith(("_candidate", "_application"))]


def test_a_moderator_decides_about_jobs_but_changes_no_plan(
    member_of: Callable[..., Client], company: Company
) -> None:
    job = make_job(company)
    moderator = member_of("Moderator")
    act(moderator, "suspend", job, reason="Spam.")
    assert not Listing.objects.exists()
    save(moderator, company.account, plan="enterprise")
    company.account.refresh_from_db()
    assert company.account.plan == Plan.PRO
    assert moderator.get(list_url(User)).status_code == 403
    assert moderator.get(list_url(Candidate)).status_code == 403


def test_staff_change_plans_but_decide_nothing(member_of: Callable[..., Client], company: Company) -> None:
    job = make_job(company)
    staff = member_of("Staff")
    act(staff, "suspend", job, reason="Spam.")
    assert Listing.objects.exists()
    save(staff, company.account, plan="free")
    company.account.refresh_from_db()
    assert company.account.plan == Plan.FREE


def test_nobody_makes_himself_a_superuser(member_of: Callable[..., Client], root: User) -> None:
    group = Group.objects.create(name="People")
    group.permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user", "view_group"]))
    client = member_of("People")
    person = make_user()
    client.post(
        page_url(person),
        {"name": "X", "is_active": "on", "is_staff": "on", "is_superuser": "on"},
    )
    person.refresh_from_db()
    assert (person.name, person.is_staff, person.is_superuser) == ("X", False, False)
    password = {"password1": "staple battery horse", "password2": "staple battery horse"}
    answer = client.post(reverse("admin:auth_user_password_change", args=[root.pk]), password)
    assert answer.status_code == 403
    assert client.post(page_url(root), {"email": "mine@example.com"}).status_code == 403
    assert client.post(page_url(group), {"name": "Everything"}).status_code == 403


def test_an_application_tells_of_the_person_only_to_who_may_see_candidates(
    browser: Client, member_of: Callable[..., Client]
) -> None:
    application = make_application()
    group = Group.objects.create(name="Applications")
    group.permissions.add(*Permission.objects.filter(codename__in=["view_application", "view_timelineevent"]))
    page = member_of("Applications").get(page_url(application)).content.decode()
    assert application.public_id in page
    assert "Grace" not in page
    assert "secret letter" not in page
    assert "secret letter" in browser.get(page_url(application)).content.decode()


def test_who_is_not_staff_gets_nothing(db: None, company: Company) -> None:
    client = Client()
    client.force_login(make_user())
    job = make_job(company)
    for url in [reverse("admin:index"), list_url(Job), page_url(job)]:
        assert client.get(url).status_code == 302
    act(client, "suspend", job, reason="Spam.")
    assert Listing.objects.exists()


def test_the_history_of_a_row_is_its_audit_trail(browser: Client, company: Company) -> None:
    job, other = make_job(company), make_job(company)
    act(browser, "suspend", job, reason="Spam.")
    act(browser, "suspend", other, reason="Spam, too.")
    history = browser.get(reverse("admin:jobs_job_history", args=[job.pk]), follow=True)
    assert [entry.target_id for entry in history.context["cl"].result_list] == [job.public_id]
    assert found(browser, AuditEntry, other.public_id) == set(AuditEntry.objects.filter(reason="Spam, too."))
    assert len(found(browser, AuditEntry, "root@jobsphere.example")) == 2


def test_a_page_shows_the_latest_of_a_long_history(browser: Client, company: Company, root: User) -> None:
    job = make_job(company)
    JobEvent.objects.bulk_create(JobEvent(job=job, kind=f"event-{n:03}", actor=root) for n in range(200))
    page = browser.get(page_url(job)).content.decode()
    assert "event-199" in page
    assert "event-149" not in page


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_page_takes_few_queries_whatever_belongs_to_its_row(
    browser: Client, model: type[models.Model], root: User
) -> None:
    make_rows(1)
    application, job, company = (each.objects.all()[:1].get() for each in (Application, Job, Company))
    for number in range(20):
        JobEvent.objects.create(job=job, kind="event", actor=root)
        CompanyEvent.objects.create(company=company, kind="event", actor=root)
        VerificationRequest.objects.create(company=company, method="staff", requested_by=root)
        TimelineEvent.objects.create(application=application, kind="rated", user=root)
        services.add_member(account=company.account, user=make_user(), role="viewer")
        make_company(domain=company.domain or "same.example", name=f"Same {number}")
    row = model._default_manager.all()[:1].get()
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(page_url(row)).status_code == 200
    assert len(captured) < 16


@pytest.mark.parametrize(
    "path", ["index", *(f"{m._meta.app_label}_{m._meta.model_name}_changelist" for m in MODELS)]
)
def test_no_page_needs_what_the_content_security_policy_forbids(browser: Client, path: str) -> None:
    make_rows(1)
    answer = browser.get(reverse(f"admin:{path}"))
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    assert_no_inline_code(answer.content.decode())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_no_form_needs_what_the_content_security_policy_forbids(
    browser: Client, model: type[models.Model]
) -> None:
    make_rows(1)
    make_application()
    assert_no_inline_code(browser.get(page_url(model._default_manager.all()[:1].get())).content.decode())


def assert_no_inline_code(page: str) -> None:
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", page)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page)
