"""The team's pages: invitations, roles, and who may see and do what on every page of the dashboard."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import URLPattern, reverse
from django.utils import timezone

from accounts import services
from accounts.models import Account, Invitation, Membership, Role, User
from accounts.web import urls
from tests.accounts.browser import (
    PASSWORD,
    Browser,
    browser_of,
    confirm_identity,
    make_confirmed_user,
    make_member,
    text_of,
)
from tests.fixtures.factories import frozen, make_account, make_key, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return make_confirmed_user("owner@techcorp.example", name="Olga Owner")


@pytest.fixture
def account(owner: User) -> Account:
    return make_account(name="TechCorp", owner=owner)


def invite(
    account: Account, owner: User, email: str = "new@techcorp.example", role: str = "recruiter"
) -> str:
    """Invite somebody and return the path of the link in the e-mail."""
    answer = browser_of(owner).post("/dashboard/team", {"email": email, "role": role})
    assert answer.status_code == 302
    return last_link()


def last_link() -> str:
    found = re.search(r"http\S+(/invitations/accept\?token=\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


class TestInvitations:
    def test_a_new_person_signs_up_and_joins_without_confirming_the_address_again(
        self, account: Account, owner: User
    ) -> None:
        link = invite(account, owner)
        assert mail.outbox[-1].to == ["new@techcorp.example"]
        browser = Browser()
        page = text_of(browser.get(link, follow=True))
        assert "Join TechCorp" in page
        assert "/sign-up?next=%2Finvitations%2Faccept" in page
        form = {"name": "Nora New", "password1": PASSWORD, "next": "/invitations/accept"}
        assert browser.post("/sign-up", form).url == "/invitations/accept"
        assert browser.post("/invitations/accept").url == "/dashboard"
        membership = Membership.objects.get(user__email="new@techcorp.example")
        assert (membership.account, membership.role) == (account, Role.RECRUITER)
        assert "TechCorp" in text_of(browser.get("/dashboard"))

    def test_who_has_signed_up_already_joins_and_works_in_the_new_account(
        self, account: Account, owner: User
    ) -> None:
        user = make_confirmed_user("known@techcorp.example")
        make_account(name="Their own", owner=user)
        browser = browser_of(user)
        browser.get(invite(account, owner, user.email))
        browser.post("/invitations/accept")
        page = text_of(browser.get("/dashboard"))
        assert "<h1>TechCorp</h1>" in page
        assert "Their own" in page
        browser.post("/dashboard/choose-account", {"account": user.accounts.get(name="Their own").public_id})
        assert "<h1>Their own</h1>" in text_of(browser.get("/dashboard"))

    def test_the_link_s_token_leaves_the_address_at_once(self, account: Account, owner: User) -> None:
        assert Browser().get(invite(account, owner)).url == "/invitations/accept"

    def test_an_invitation_works_once(self, account: Account, owner: User) -> None:
        link = invite(account, owner, make_confirmed_user("known@techcorp.example").email)
        browser = browser_of(User.objects.get(email="known@techcorp.example"))
        browser.get(link)
        browser.post("/invitations/accept")
        assert browser.get(link, follow=True).status_code == 410

    def test_an_expired_invitation_lets_nobody_in_until_it_is_sent_again(
        self, account: Account, owner: User
    ) -> None:
        link = invite(account, owner)
        Invitation.objects.update(expires_at=timezone.now(), sent_at=timezone.now() - timedelta(days=7))
        assert Browser().get(link, follow=True).status_code == 410
        invitation = Invitation.objects.get()
        answer = browser_of(owner).get("/dashboard/team")
        assert "Expired" in text_of(answer)
        browser_of(owner).post(f"/dashboard/team/invitations/{invitation.public_id}/resend")
        assert Browser().get(link, follow=True).status_code == 410
        assert Browser().get(last_link(), follow=True).status_code == 200

    def test_a_withdrawn_invitation_lets_nobody_in(self, account: Account, owner: User) -> None:
        link = invite(account, owner)
        invitation = Invitation.objects.get()
        browser_of(owner).post(f"/dashboard/team/invitations/{invitation.public_id}/revoke")
        assert Browser().get(link, follow=True).status_code == 410

    def test_an_invitation_is_not_for_whoever_holds_it(self, account: Account, owner: User) -> None:
        browser = browser_of(make_user(email="somebody@else.example"))
        answer = browser.get(invite(account, owner), follow=True)
        assert answer.status_code == 403
        assert browser.post("/invitations/accept").status_code == 403
        assert account.memberships.count() == 1

    @pytest.mark.parametrize("token", ["", "nonsense", "ü", "a" * 5000])
    def test_a_made_up_token_finds_nothing(self, token: str) -> None:
        answer = Browser().get("/invitations/accept", {"token": token}, follow=True)
        assert answer.status_code == 410

    def test_nobody_is_invited_twice_nor_mailed_again_at_once(self, account: Account, owner: User) -> None:
        invite(account, owner)
        browser = browser_of(owner)
        form = {"email": "NEW@techcorp.example", "role": "viewer"}
        assert "invited already" in text_of(browser.post("/dashboard/team", form))
        form["email"] = owner.email
        assert "a member already" in text_of(browser.post("/dashboard/team", form))
        invitation = Invitation.objects.get()
        browser.post(f"/dashboard/team/invitations/{invitation.public_id}/resend")
        assert len(mail.outbox) == 1

    def test_no_account_mails_the_whole_world(self, account: Account, owner: User) -> None:
        for number in range(services.MAX_INVITATIONS_A_DAY):
            services.invite_member(
                account=account, email=f"p{number}@x.example", role=Role.VIEWER, invited_by=owner
            )
        form = {"email": "one@more.example", "role": "viewer"}
        assert "invitations a day" in text_of(browser_of(owner).post("/dashboard/team", form))

    def test_the_token_is_not_in_the_database(self, account: Account, owner: User) -> None:
        token = invite(account, owner).partition("token=")[2]
        assert token not in str(Invitation.objects.values().get())

    def test_being_a_member_already_keeps_one_s_role(self, account: Account, owner: User) -> None:
        user = make_confirmed_user("known@techcorp.example")
        link = invite(account, owner, user.email, Role.VIEWER)
        Membership.objects.create(account=account, user=user, role=Role.OWNER)
        browser = browser_of(user)
        browser.get(link)
        browser.post("/invitations/accept")
        assert Membership.objects.get(user=user).role == Role.OWNER


class TestMembers:
    def test_an_owner_changes_roles_and_removes_members(self, account: Account, owner: User) -> None:
        member = Membership.objects.get(user=make_member(account, Role.VIEWER, name="Vera"))
        browser = browser_of(owner)
        path = f"/dashboard/team/members/{member.public_id}"
        browser.post(f"{path}/role", {"role": "recruiter"})
        member.refresh_from_db()
        assert member.role == Role.RECRUITER
        assert "Remove Vera?" in text_of(browser.get(f"{path}/remove"))
        browser.post(f"{path}/remove")
        assert account.memberships.count() == 1

    def test_who_is_removed_is_out_at_once(self, account: Account, owner: User) -> None:
        user = make_member(account, Role.VIEWER)
        browser = browser_of(user)
        assert browser.get("/dashboard/team").status_code == 200
        services.remove_member(account=account, user=user)
        assert browser.get("/dashboard/team").url == "/dashboard/new-account"

    @pytest.mark.parametrize("act", ["role", "remove"])
    def test_the_last_owner_stays_an_owner(self, account: Account, owner: User, act: str) -> None:
        member = account.memberships.get()
        answer = browser_of(owner).post(
            f"/dashboard/team/members/{member.public_id}/{act}", {"role": "viewer"}, follow=True
        )
        assert "make somebody else an owner first" in text_of(answer)
        member.refresh_from_db()
        assert member.role == Role.OWNER

    def test_everybody_can_leave(self, account: Account, owner: User) -> None:
        user = make_member(account, Role.VIEWER)
        member = Membership.objects.get(user=user)
        browser = browser_of(user)
        assert browser.post(f"/dashboard/team/members/{member.public_id}/remove").url == "/account"
        assert not user.memberships.exists()

    def test_keys_of_who_leaves_are_pointed_out(self, account: Account, owner: User) -> None:
        user = make_member(account, Role.OWNER)
        make_key(account, created_by=user)
        member = Membership.objects.get(user=user)
        page = text_of(browser_of(owner).get(f"/dashboard/team/members/{member.public_id}/remove"))
        assert "1 active API key" in page


class TestAccounts:
    def test_an_account_can_be_renamed(self, account: Account, owner: User) -> None:
        browser_of(owner).post("/dashboard/settings", {"name": "  TechCorp   GmbH "})
        account.refresh_from_db()
        assert account.name == "TechCorp GmbH"

    def test_a_person_owns_a_handful_of_accounts_and_no_more(self, owner: User) -> None:
        browser = browser_of(owner)
        for number in range(services.MAX_OWNED_ACCOUNTS):
            assert browser.post("/dashboard/new-account", {"name": f"A{number}"}).status_code == 302
        assert "accounts already" in text_of(browser.post("/dashboard/new-account", {"name": "One more"}))

    def test_choosing_an_account_of_others_changes_nothing(self, account: Account, owner: User) -> None:
        other = make_account(name="Not yours")
        browser = browser_of(owner)
        browser.post("/dashboard/choose-account", {"account": other.public_id})
        assert "<h1>TechCorp</h1>" in text_of(browser.get("/dashboard"))


VIEWER, RECRUITER, OWNER = Role.VIEWER, Role.RECRUITER, Role.OWNER
PAGES: list[tuple[str, str, str]] = [
    ("POST", "account-choose", VIEWER),
    ("GET", "account-settings", VIEWER),
    ("POST", "account-settings", OWNER),
    ("GET", "team", VIEWER),
    ("POST", "team", OWNER),
    ("POST", "team-role", OWNER),
    ("GET", "team-remove", OWNER),
    ("POST", "team-remove", OWNER),
    ("POST", "invitation-resend", OWNER),
    ("POST", "invitation-revoke", OWNER),
    ("GET", "api-keys", VIEWER),
    ("GET", "api-usage", VIEWER),
    ("GET", "api-calls", VIEWER),
    ("GET", "api-key-new", OWNER),
    ("POST", "api-key-new", OWNER),
    ("GET", "api-key-rotate", OWNER),
    ("POST", "api-key-rotate", OWNER),
    ("GET", "api-key-revoke", OWNER),
    ("POST", "api-key-revoke", OWNER),
]
"""Method, page, and the least role that it takes."""


class TestWhoMayDoWhat:
    @pytest.fixture
    def paths(self, account: Account, owner: User) -> dict[str, str]:
        """The path of each page, where one is about a row that belongs to the account."""
        invitation = services.invite_member(
            account=account, email="invited@x.example", role=VIEWER, invited_by=owner
        )
        rows = {
            "member_id": Membership.objects.get(user=make_member(account, VIEWER)).public_id,
            "invitation_id": invitation.public_id,
            "key_id": make_key(account)[0].public_id,
        }
        return {
            str(page.name): reverse(str(page.name), kwargs=self._kwargs(page, rows))
            for page in urls._dashboard
        }

    @staticmethod
    def _kwargs(page: URLPattern, rows: dict[str, str]) -> dict[str, str]:
        return {name: rows[name] for name in page.pattern.converters}

    def _call(self, browser: Client, method: str, path: str) -> Any:
        return browser.generic(method, path)

    def test_the_table_names_every_page(self) -> None:
        assert {name for _, name, _ in PAGES} | {"account-new"} == {page.name for page in urls._dashboard}

    @pytest.mark.parametrize(("method", "name", "least"), PAGES)
    def test_a_role_gets_what_it_may_and_no_more(
        self, method: str, name: str, least: str, paths: dict[str, str], account: Account
    ) -> None:
        for role in (VIEWER, RECRUITER, OWNER):
            user = make_confirmed_user(f"some-{role}@techcorp.example")
            member = Membership.objects.create(account=account, user=user, role=role)
            browser = browser_of(user)
            confirm_identity(browser)
            answer = self._call(browser, method, paths[name])
            assert (answer.status_code == 403) == (not member.may(least)), role
            assert answer.status_code in (200, 302, 403)

    @pytest.mark.parametrize(("method", "name", "least"), PAGES)
    def test_strangers_and_anonymous_visitors_get_nothing(
        self, method: str, name: str, least: str, paths: dict[str, str]
    ) -> None:
        path = paths[name]
        assert self._call(Browser(), method, path).url == f"/sign-in?next={path}"
        nobody = make_user()
        assert self._call(browser_of(nobody), method, path).url == "/dashboard/new-account"
        stranger = make_confirmed_user("stranger@x.example")
        make_account(owner=stranger)
        browser = browser_of(stranger)
        confirm_identity(browser)
        if path.count("/") > 3:  # the page of a row
            assert self._call(browser, method, path).status_code == 404

    @pytest.mark.parametrize("name", sorted({name for method, name, _ in PAGES if method == "POST"}))
    def test_no_other_site_can_send_a_form(self, name: str, paths: dict[str, str], owner: User) -> None:
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(owner)
        assert browser.post(paths[name]).status_code == 403

    def test_pages_are_kept_in_no_cache(self, paths: dict[str, str], owner: User) -> None:
        assert "no-store" in browser_of(owner).get(paths["team"])["Cache-Control"]


def test_the_team_s_page_takes_as_many_queries_for_thirty_as_for_one(
    account: Account, owner: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        make_member(account, Role.VIEWER)
        services.invite_member(account=account, email=f"p{number}@x.example", role=VIEWER, invited_by=owner)
    browser = browser_of(owner)
    with django_assert_max_num_queries(6):
        browser.get("/dashboard/team")


def test_an_invitation_sent_a_week_ago_has_expired(account: Account, owner: User) -> None:
    with frozen(timezone.now() - timedelta(days=8)):
        invitation = services.invite_member(
            account=account, email="late@x.example", role=Role.VIEWER, invited_by=owner
        )
    assert invitation.is_expired
