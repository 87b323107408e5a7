"""Signing up, in and out, through the pages: what people go through, and what is refused."""

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts.models import Membership, Role, User
from tests.accounts.browser import (
    PASSWORD,
    Browser,
    browser_of,
    confirm_identity,
    last_code,
    make_confirmed_user,
    text_of,
)
from tests.fixtures.factories import make_account, make_user

pytestmark = pytest.mark.django_db

EMPLOYER = {
    "purpose": "hiring",
    "account_name": "TechCorp",
    "name": "Ada Byron",
    "email": "Ada@TechCorp.example",
    "password1": PASSWORD,
}


def sign_in(browser: Browser, email: str, password: str = PASSWORD, **fields: str) -> Any:
    return browser.post("/sign-in", {"login": email, "password": password, **fields})


def current_totp(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


class TestSensitivePages:
    @pytest.mark.parametrize("page", ["/dashboard/keys/new", "/account/two-step/app", "/account/email"])
    def test_who_has_just_signed_in_is_not_asked_again_for_15_minutes(self, page: str) -> None:
        make_account(owner=make_confirmed_user("ada@techcorp.example"))
        browser = Browser()
        sign_in(browser, "ada@techcorp.example")
        assert browser.get(page).status_code == 200
        session = browser.session
        session["signed_in_at"] -= 15 * 60 + 1
        session.save()
        if page != "/account/email":
            assert browser.get(page).url.startswith("/account/confirm?")
        else:
            asked = browser.post(page, {"email": "other@techcorp.example", "action_add": ""})
            assert asked.url.startswith("/account/confirm?")

    def test_who_has_just_signed_up_is_not_asked_for_the_password_just_chosen(self) -> None:
        browser = Browser()
        browser.post("/sign-up", EMPLOYER)
        browser.post("/account/confirm-email", {"code": last_code()})
        assert browser.get("/dashboard/keys/new").status_code == 200

    def test_signing_in_elsewhere_opens_nothing_here(self) -> None:
        user = make_confirmed_user("ada@techcorp.example")
        make_account(owner=user)
        stolen = browser_of(user)
        sign_in(Browser(), "ada@techcorp.example")
        assert stolen.get("/dashboard/keys/new").url.startswith("/account/confirm?")


class TestSigningUp:
    def test_an_employer_confirms_the_address_and_lands_on_the_dashboard(self) -> None:
        browser = Browser()
        answer = browser.post("/sign-up", EMPLOYER)
        assert answer.url == "/account/confirm-email"
        assert mail.outbox[-1].to == ["ada@techcorp.example"]
        answer = browser.post("/account/confirm-email", {"code": last_code().lower()})
        assert answer.url == "/dashboard"
        assert "TechCorp" in text_of(browser.get("/dashboard"))
        membership = Membership.objects.get(user__email="ada@techcorp.example")
        assert membership.role == Role.OWNER
        assert membership.user.name == "Ada Byron"

    def test_a_candidate_gets_no_account_and_lands_on_the_front_page(self) -> None:
        browser = Browser()
        browser.post("/sign-up", EMPLOYER | {"purpose": "looking", "account_name": ""})
        answer = browser.post("/account/confirm-email", {"code": last_code()})
        assert answer.url == "/"
        assert not Membership.objects.exists()
        assert browser.get("/dashboard").url == "/dashboard/new-account"

    def test_nobody_gets_in_before_the_address_is_confirmed(self) -> None:
        browser = Browser()
        browser.post("/sign-up", EMPLOYER)
        assert browser.get("/dashboard").url == "/sign-in?next=/dashboard"
        answer = sign_in(Browser(), "ada@techcorp.example")
        assert answer.status_code in (200, 302)
        assert "/dashboard" not in answer.headers.get("Location", "")

    def test_a_code_is_worthless_after_three_wrong_ones(self) -> None:
        browser = Browser()
        browser.post("/sign-up", EMPLOYER)
        code = last_code()
        for _ in range(3):
            browser.post("/account/confirm-email", {"code": "BBBB-BBBB"})
        browser.post("/account/confirm-email", {"code": code})
        assert browser.get("/account").url == "/sign-in?next=/account"

    def test_an_address_that_is_known_is_not_given_away(self) -> None:
        make_confirmed_user("ada@techcorp.example")
        known, unknown = Browser(), Browser()
        one = known.post("/sign-up", EMPLOYER)
        assert "already" in mail.outbox[-1].subject
        other = unknown.post("/sign-up", EMPLOYER | {"email": "new@techcorp.example"})
        assert one.url == other.url
        differing = re.compile(r'csrfmiddlewaretoken" value="[^"]+|\w+@techcorp.example')
        shown = [differing.sub("", text_of(browser.get(one.url))) for browser in (known, unknown)]
        assert "Check your mail" in shown[0]
        assert shown[0] == shown[1]
        assert User.objects.filter(email="ada@techcorp.example").count() == 1

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"account_name": ""}, "Tell us the name of your company"),
            ({"password1": "short"}, "at least 10 characters"),
            ({"password1": "qwertyuiop"}, "too common"),
            ({"email": "nonsense"}, "valid email"),
            ({"purpose": ""}, "Say what brings you here"),
            ({"email": ""}, "Tell us your e-mail address"),
            ({"password1": ""}, "Choose a password"),
            ({"name": ""}, "Tell us your name"),
        ],
    )
    def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(
        self, changed: dict[str, str], message: str
    ) -> None:
        page = text_of(Browser().post("/sign-up", EMPLOYER | changed))
        assert message in page
        assert 'role="alert"' in page
        assert 'aria-invalid="true"' in page or "id_purpose_error" in page
        (field,) = changed
        kept = {"account_name": "TechCorp", "name": "Ada Byron"} | changed
        assert all(f'value="{kept[name]}"' in page for name in kept if name not in ("password1", field))
        assert not User.objects.exists()

    def test_the_password_is_never_sent_back(self) -> None:
        assert PASSWORD not in text_of(Browser().post("/sign-up", EMPLOYER | {"name": ""}))

    def test_for_employers_chooses_hiring_beforehand(self) -> None:
        page = text_of(Browser().get("/sign-up?for=hiring"))
        assert re.search(r'value="hiring"[^>]*checked', page)

    def test_a_page_of_another_site_cannot_sign_anybody_up(self) -> None:
        assert Client(enforce_csrf_checks=True).post("/sign-up", EMPLOYER).status_code == 403


class TestSigningIn:
    def test_next_is_kept_through_every_step(self) -> None:
        make_confirmed_user("ada@techcorp.example")
        answer = sign_in(Browser(), "Ada@TechCorp.example", next="/dashboard/team")
        assert answer.url == "/dashboard/team"

    def test_next_never_leads_to_another_site(self) -> None:
        make_confirmed_user("ada@techcorp.example")
        assert sign_in(Browser(), "ada@techcorp.example", next="https://evil.example/").url == "/"

    def test_a_wrong_password_and_an_unknown_address_look_the_same(self) -> None:
        make_confirmed_user("ada@techcorp.example")
        for email in ("ada@techcorp.example", "nobody@techcorp.example"):
            page = text_of(sign_in(Browser(), email, "wrong password"))
            assert "The e-mail address or the password is not right." in page

    def test_the_sixth_wrong_password_locks_the_address_for_a_while(self) -> None:
        make_confirmed_user("ada@techcorp.example")
        for _ in range(5):
            sign_in(Browser(), "ada@techcorp.example", "wrong password")
        page = text_of(sign_in(Browser(), "ada@techcorp.example"))
        assert "Too many attempts" in page

    def test_signing_out_takes_a_post(self) -> None:
        browser = browser_of(make_user())
        browser.get("/sign-out")
        assert browser.get("/account").status_code == 200
        browser.post("/sign-out")
        assert browser.get("/account").url == "/sign-in?next=/account"

    def test_staff_sign_in_where_everybody_does(self) -> None:
        assert Browser().get("/admin/").url == "/admin/login/?next=/admin/"
        assert Browser().get("/admin/login/?next=/admin/").url == "/sign-in?next=%2Fadmin%2F"

    def test_the_other_devices_can_be_signed_out(self) -> None:
        make_confirmed_user("ada@techcorp.example")
        here, there = Browser(), Browser()
        for browser in (here, there):
            sign_in(browser, "ada@techcorp.example")
        here.post("/account/sessions")
        assert here.get("/account").status_code == 200
        assert there.get("/account").status_code == 302


class TestPasswords:
    def test_a_forgotten_password_is_replaced_by_a_code(self) -> None:
        make_confirmed_user("ada@techcorp.example")
        browser = Browser()
        answer = browser.post("/account/password/forgotten", {"email": "ada@techcorp.example"})
        answer = browser.post(answer.url, {"code": last_code()})
        browser.post(answer.url, {"password1": "another long phrase", "password2": "another long phrase"})
        assert "You chose a new password" in mail.outbox[-1].body
        assert sign_in(Browser(), "ada@techcorp.example").status_code == 200
        assert sign_in(Browser(), "ada@techcorp.example", "another long phrase").status_code == 302

    def test_asking_for_an_unknown_address_gives_nothing_away(self) -> None:
        answer = Browser().post("/account/password/forgotten", {"email": "nobody@techcorp.example"})
        assert answer.url == "/account/password/forgotten/code"
        assert "no JobSphere account" in mail.outbox[-1].subject

    def test_changing_it_takes_the_present_one_and_is_told(self) -> None:
        browser = browser_of(make_confirmed_user("ada@techcorp.example"))
        new = {"password1": "another long phrase", "password2": "another long phrase"}
        assert browser.post("/account/password", {"oldpassword": "wrong", **new}).status_code == 200
        assert browser.post("/account/password", {"oldpassword": PASSWORD, **new}).status_code == 302
        assert "Your password was changed." in mail.outbox[-1].body


class TestChangingTheAddress:
    def test_the_new_address_counts_once_it_is_confirmed(self) -> None:
        user = make_confirmed_user("ada@techcorp.example")
        browser = browser_of(user)
        confirm_identity(browser)
        answer = browser.post("/account/email", {"email": "ada@new.example", "action_add": ""})
        assert answer.url == "/account/confirm-email"
        user.refresh_from_db()
        assert user.email == "ada@techcorp.example"
        browser.post("/account/confirm-email", {"code": last_code()})
        user.refresh_from_db()
        assert user.email == "ada@new.example"
        assert mail.outbox[-1].to == ["ada@techcorp.example"]

    def test_an_address_with_which_somebody_has_signed_up_is_refused(self) -> None:
        user = make_confirmed_user("ada@techcorp.example")
        make_user(email="taken@techcorp.example")
        browser = browser_of(user)
        confirm_identity(browser)
        browser.post("/account/email", {"email": "taken@techcorp.example", "action_add": ""})
        answer = browser.post("/account/confirm-email", {"code": last_code()})
        assert "Somebody has signed up with this e-mail address." in text_of(answer)
        user.refresh_from_db()
        assert user.email == "ada@techcorp.example"


class TestSecondStep:
    def _set_up(self, browser: Browser) -> str:
        confirm_identity(browser)
        page = text_of(browser.get("/account/two-step/app"))
        found = re.search(r'<code class="selectable">([A-Z2-7]+)</code>', page)
        assert found
        browser.post("/account/two-step/app", {"code": current_totp(found[1])})
        return found[1]

    def test_setting_an_app_up_asks_again_who_one_is(self) -> None:
        browser = browser_of(make_confirmed_user("ada@techcorp.example"))
        answer = browser.get("/account/two-step/app")
        assert answer.url.startswith("/account/confirm?")

    def test_after_the_password_the_app_s_code_is_asked_for(self) -> None:
        user = make_confirmed_user("ada@techcorp.example")
        secret = self._set_up(browser_of(user))
        assert "authenticator app was added" in mail.outbox[-1].body
        browser = Browser()
        assert sign_in(browser, "ada@techcorp.example").url == "/sign-in/second-step"
        assert browser.get("/account").status_code == 302
        assert browser.post("/sign-in/second-step", {"code": "000000"}).status_code == 200
        cache.clear()  # the code just used to set it up could not be used again
        assert browser.post("/sign-in/second-step", {"code": current_totp(secret)}).status_code == 302
        assert browser.get("/account").status_code == 200

    def test_a_recovery_code_lets_in_once(self) -> None:
        user = make_confirmed_user("ada@techcorp.example")
        owner = browser_of(user)
        self._set_up(owner)
        page = text_of(owner.get("/account/two-step/recovery-codes"))
        code = re.findall(r"<li><code>(\d+)</code>", page)[0]
        for expected in (302, 200):
            browser = Browser()
            sign_in(browser, "ada@techcorp.example")
            assert browser.post("/sign-in/second-step", {"code": code}).status_code == expected

    def test_the_database_alone_does_not_pass_for_the_app(self) -> None:
        user = make_confirmed_user("ada@techcorp.example")
        secret = self._set_up(browser_of(user))
        kept = [str(each.data) for each in Authenticator.objects.filter(user=user)]
        assert kept
        assert not any(secret in data for data in kept)

    def test_a_new_password_does_not_go_around_it(self) -> None:
        user = make_confirmed_user("ada@techcorp.example")
        self._set_up(browser_of(user))
        browser = Browser()
        answer = browser.post("/account/password/forgotten", {"email": "ada@techcorp.example"})
        answer = browser.post(answer.url, {"code": last_code()})
        browser.post(answer.url, {"password1": "another long phrase", "password2": "another long phrase"})
        assert sign_in(browser, user.email, "another long phrase").url == "/sign-in/second-step"

    def test_options_for_a_passkey_are_given_to_anybody(self) -> None:
        options = Browser().get("/sign-in/passkey", headers={"accept": "application/json"}).json()
        assert options["request_options"]["publicKey"]["userVerification"] == "required"

    def test_pages_with_passkeys_hold_no_script_of_their_own(self) -> None:
        browser = browser_of(make_confirmed_user("ada@techcorp.example"))
        confirm_identity(browser)
        for page in map(text_of, (Browser().get("/sign-in"), browser.get("/account/passkeys/new"))):
            scripts = re.findall(r"<script(.*?)>", page)
            assert scripts
            assert all('src="' in script or 'type="application/json"' in script for script in scripts)
            assert not re.search(r"<[^>]+ (?:style|on\w+)=", page)


def test_every_own_page_of_a_person_shows() -> None:
    user = make_confirmed_user("ada@techcorp.example")
    make_account(owner=user)
    browser = browser_of(user)
    confirm_identity(browser)
    for path in (
        "/account",
        "/account/email",
        "/account/password",
        "/account/sessions",
        "/account/two-step",
        "/account/two-step/app",
        "/account/two-step/recovery-codes/new",
        "/account/passkeys",
        "/account/passkeys/new",
        "/account/confirm",
        "/sign-out",
        "/dashboard/new-account",
    ):
        assert browser.get(path).status_code == 200, path


def test_every_page_of_the_entrance_shows() -> None:
    for path in ("/sign-in", "/sign-up", "/account/password/forgotten", "/sign-in/inactive"):
        assert Browser().get(path).status_code == 200, path
