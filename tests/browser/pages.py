"""Every page of JobSphere, once: what is looked at for accessibility, and of what pictures are made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.accounts.browser import PASSWORD
from tests.browser.chromium import plug_in_authenticator
from tests.browser.mailbox import Mailbox
from tests.browser.scene import FORGETFUL, SWITCHED_OFF, TWO_STEPS

Reach = Callable[[Page, Mailbox], None]


@dataclass(frozen=True)
class PageOfSite:
    """A page and how to come to it.

    Args:
        name: of its pictures.
        path: with names of the scene in braces.
        by: who looks, of the scene's people; nobody signed in without one.
        status: of the answer.
        reach: what is done on the page at `path` to come to this one.
        host: under which name of this machine; passkeys know no addresses in numbers.
    """

    name: str
    path: str
    by: str | None = None
    status: int = 200
    reach: Reach | None = None
    host: str = "127.0.0.1"

    @property
    def is_public(self) -> bool:
        """Whether anybody can open it by its address."""
        return self.by is None and self.reach is None


def _send(button: str, fields: Mapping[str, str] | None = None) -> Reach:
    """Fill fields in by their labels, and press a button."""

    def reach(page: Page, mailbox: Mailbox) -> None:
        for label, text in (fields or {}).items():
            page.get_by_label(label, exact=True).first.fill(text)
        with page.expect_navigation():
            page.get_by_role("button", name=button, exact=True).click()

    return reach


def _without_javascript_checks(button: str) -> Reach:
    """Send a form as it is, past the browser's own checks: the server's errors show."""

    def reach(page: Page, mailbox: Mailbox) -> None:
        page.evaluate("for (const form of document.forms) form.noValidate = true")
        _send(button)(page, mailbox)

    return reach


def _in_turn(*steps: Reach) -> Reach:
    def reach(page: Page, mailbox: Mailbox) -> None:
        for step in steps:
            step(page, mailbox)

    return reach


def _follow(link: str) -> Reach:
    """Follow the first link of this name."""

    def reach(page: Page, mailbox: Mailbox) -> None:
        with page.expect_navigation():
            page.get_by_role("link", name=link).first.click()

    return reach


def _sign_in(email: str) -> Reach:
    return _send("Sign in", {"E-mail address": email, "Password": PASSWORD})


def _without_cookies(page: Page, mailbox: Mailbox) -> None:
    page.context.clear_cookies()
    _sign_in("a@example.com")(page, mailbox)


def _enter_code(page: Page, mailbox: Mailbox) -> None:
    _send("Go on", {"Code": mailbox.code_for(FORGETFUL)})(page, mailbox)


_ask_for_code = _send("Send the code", {"E-mail address": FORGETFUL})
_choose_password = _send("Save", {"New password": PASSWORD, "New password once more": PASSWORD})


def _too_often(button: str, times: int, fields: Mapping[str, str]) -> Reach:
    """Send the page's form this often without looking, and then once more."""

    def reach(page: Page, mailbox: Mailbox) -> None:
        form = page.locator("main form:has([name=csrfmiddlewaretoken])").first
        token = form.locator("[name=csrfmiddlewaretoken]").input_value()
        names = {
            page.get_by_label(label, exact=True).first.get_attribute("name"): text
            for label, text in fields.items()
        }
        page.evaluate("for (const form of document.forms) form.noValidate = true")
        for _ in range(times):
            page.request.post(page.url, form={"csrfmiddlewaretoken": token, **names})
        _send(button, fields)(page, mailbox)

    return reach


def _add_passkey(page: Page, mailbox: Mailbox) -> None:
    plug_in_authenticator(page)
    page.get_by_label("Name").fill("Work laptop")
    with page.expect_navigation():
        page.get_by_role("button", name="Add it").click()
    page.goto("/account/passkeys")


def _reject(page: Page, mailbox: Mailbox) -> None:
    page.get_by_label("Move to").select_option("rejected")
    _send("Move")(page, mailbox)


def _tick_all(page: Page, mailbox: Mailbox) -> None:
    page.get_by_label("Tick all on this page").check()
    _send("Continue")(page, mailbox)


def _choose_in_list(page: Page, mailbox: Mailbox) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Reject").first.click()


BOARD = [
    PageOfSite("home", "/"),
    PageOfSite("results", "/jobs"),
    PageOfSite("results-filtered", "/jobs?q=data&location=usa&type=Full-time&sort=newest"),
    PageOfSite("results-none", "/jobs?q=xylophonist+in+orbit"),
    PageOfSite("results-odd-filter", "/jobs?salary_min=lots"),
    PageOfSite("job", "/jobs/{job}"),
    PageOfSite("job-real", "/jobs/{real_job}"),
    PageOfSite("job-signed-in", "/jobs/{job}", "candidate"),
    PageOfSite("job-closed", "/jobs/{closed_job}", status=410),
    PageOfSite("report", "/jobs/{job}/report"),
    PageOfSite("report-errors", "/jobs/{job}/report", reach=_without_javascript_checks("Send report")),
    PageOfSite("report-sent", "/reports/sent"),
    PageOfSite("companies", "/companies"),
    PageOfSite("company", "/companies/{company_slug}"),
    PageOfSite("api-reference", "/v1/docs"),
    PageOfSite("api-errors", "/docs/errors"),
    PageOfSite("components", "/_components"),
    PageOfSite("not-found", "/no-such-page", status=404),
    PageOfSite("job-not-found", "/jobs/job_00000000", status=404),
    PageOfSite("bad-request", "/jobs?" + "a&" * 1001, status=400),
    PageOfSite("server-error", "/_broken", status=500),
    PageOfSite("report-too-often", "/jobs/{job}/report", reach=_too_often("Send report", 10, {})),
]

ENTRANCE = [
    PageOfSite("sign-up", "/sign-up?for=hiring"),
    PageOfSite("sign-up-errors", "/sign-up?for=hiring", reach=_without_javascript_checks("Sign up")),
    PageOfSite(
        "sign-up-code",
        "/sign-up?for=looking",
        reach=_send(
            "Sign up",
            {"Your name": "Lou", "E-mail address": "lou@example.com", "Password": "peaches and pears"},
        ),
    ),
    PageOfSite("sign-in", "/sign-in"),
    PageOfSite("sign-in-errors", "/sign-in", reach=_without_javascript_checks("Sign in")),
    PageOfSite("sign-in-without-cookies", "/sign-in", reach=_without_cookies),
    PageOfSite(
        "sign-in-too-often",
        "/sign-in",
        reach=_too_often("Sign in", 5, {"E-mail address": "a@example.com", "Password": "wrong"}),
    ),
    PageOfSite("sign-in-switched-off", "/sign-in", reach=_sign_in(SWITCHED_OFF)),
    PageOfSite("sign-in-second-step", "/sign-in", reach=_sign_in(TWO_STEPS)),
    PageOfSite(
        "sign-in-second-step-errors",
        "/sign-in",
        reach=_in_turn(_sign_in(TWO_STEPS), _send("Sign in", {"Code": "000000"})),
    ),
    PageOfSite("sign-out", "/sign-out", "newcomer"),
    PageOfSite("password-forgotten", "/account/password/forgotten"),
    PageOfSite("password-code", "/account/password/forgotten", reach=_ask_for_code),
    PageOfSite(
        "password-code-wrong",
        "/account/password/forgotten",
        reach=_in_turn(_ask_for_code, _send("Go on", {"Code": "BCDF-GHJK"})),
    ),
    PageOfSite("password-new", "/account/password/forgotten", reach=_in_turn(_ask_for_code, _enter_code)),
    PageOfSite(
        "password-changed",
        "/account/password/forgotten",
        reach=_in_turn(_ask_for_code, _enter_code, _choose_password),
    ),
    PageOfSite(
        "too-many-attempts",
        "/account/password/forgotten",
        reach=_too_often("Send the code", 5, {"E-mail address": "a@example.com"}),
    ),
    PageOfSite("invitation", "{invitation_link}"),
    PageOfSite("invitation-of-other", "{invitation_link}", "candidate", status=403),
    PageOfSite("invitation-sign-up", "{invitation_link}", reach=_follow("Sign up to join")),
    PageOfSite("invitation-gone", "/invitations/accept?token=wrong", status=410),
]

SAVED = [
    PageOfSite("saved-jobs", "/saved", "candidate"),
    PageOfSite("saved-searches", "/saved/searches", "candidate"),
    PageOfSite("saved-search-rename", "/saved/searches/{search}/rename", "candidate"),
    PageOfSite("saved-search-delete", "/saved/searches/{search}/delete", "candidate"),
    PageOfSite("saved-nothing", "/saved", "newcomer"),
    PageOfSite("saved-no-search", "/saved/searches", "newcomer"),
    PageOfSite("alert-unsubscribe", "/saved/searches/unsubscribe?token={unsubscribe_token}"),
]

APPLYING = [
    PageOfSite("apply", "/jobs/{job}/apply"),
    PageOfSite("apply-errors", "/jobs/{job}/apply", reach=_without_javascript_checks("Send application")),
    PageOfSite("apply-sent", "/jobs/{job}/apply/sent"),
    PageOfSite("apply-closed", "/jobs/{closed_job}/apply", status=410),
    PageOfSite("applications-by-mail", "/applications"),
    PageOfSite("application-link-wrong", "/applications/open?token=wrong", status=404),
    PageOfSite("applications-signed-in", "/applications", "candidate"),
    PageOfSite("application-by-link", "/applications/open?token={status_token}"),
    PageOfSite("application-withdrawn", "/applications/{withdrawn}", "leaver"),
    PageOfSite("application-erased", "/applications/open?token={erased_token}"),
    PageOfSite("application-status", "/applications/{application}", "candidate"),
    PageOfSite("application-withdraw", "/applications/{application}/withdraw", "candidate"),
    PageOfSite("application-erase", "/applications/{application}/erase", "candidate"),
]

OWN_SETTINGS = [
    PageOfSite("settings", "/account", "employer"),
    PageOfSite("settings-email", "/account/email", "employer"),
    PageOfSite("settings-password", "/account/password", "employer"),
    PageOfSite("settings-sessions", "/account/sessions", "employer"),
    PageOfSite("settings-two-step", "/account/two-step", "employer"),
    PageOfSite("settings-two-step-app", "/account/two-step/app", "employer"),
    PageOfSite("settings-passkeys", "/account/passkeys", "employer"),
    PageOfSite(
        "settings-email-code",
        "/account/email",
        "newcomer",
        reach=_send("Send the code", {"New e-mail address": "nora@example.com"}),
    ),
    PageOfSite("settings-two-step-on", "/account/two-step", "guarded"),
    PageOfSite("settings-recovery-codes", "/account/two-step/recovery-codes", "guarded"),
    PageOfSite("settings-recovery-codes-new", "/account/two-step/recovery-codes/new", "guarded"),
    PageOfSite("settings-two-step-app-remove", "/account/two-step/app/remove", "guarded"),
    PageOfSite("settings-is-it-you", "/account/confirm?next=/account", "newcomer"),
    PageOfSite("settings-is-it-you-code", "/account/confirm/code?next=/account", "guarded"),
    PageOfSite(
        "settings-passkeys-one", "/account/passkeys/new", "candidate", reach=_add_passkey, host="localhost"
    ),
    PageOfSite(
        "settings-passkey-rename",
        "/account/passkeys/new",
        "candidate",
        reach=_in_turn(_add_passkey, _follow("Rename")),
        host="localhost",
    ),
    PageOfSite(
        "settings-passkey-remove",
        "/account/passkeys/new",
        "candidate",
        reach=_in_turn(_add_passkey, _follow("Remove")),
        host="localhost",
    ),
    PageOfSite("settings-passkey-new", "/account/passkeys/new", "employer"),
]

DASHBOARD = [
    PageOfSite("dashboard", "/dashboard", "employer"),
    PageOfSite("dashboard-settings", "/dashboard/settings", "employer"),
    PageOfSite("dashboard-new-account", "/dashboard/new-account", "employer"),
    PageOfSite("dashboard-team", "/dashboard/team", "employer"),
    PageOfSite("dashboard-forbidden", "/dashboard/keys/new", "viewer", status=403),
    PageOfSite("companies-own", "/dashboard/companies", "employer"),
    PageOfSite("company-new", "/dashboard/companies/new", "employer"),
    PageOfSite("company-own", "/dashboard/companies/{company}", "employer"),
    PageOfSite("company-edit", "/dashboard/companies/{company}/edit", "employer"),
    PageOfSite("company-verified", "/dashboard/companies/{company}/verify", "employer"),
    PageOfSite("company-verify-begun", "/dashboard/companies/{begun}/verify", "employer"),
    PageOfSite("company-verify-refused", "/dashboard/companies/{refused}/verify", "employer"),
    PageOfSite("company-in-review", "/dashboard/companies/{in_review}", "employer"),
    PageOfSite("company-suspended", "/dashboard/companies/{suspended}", "employer"),
    PageOfSite("company-verify", "/dashboard/companies/{unproven}/verify", "employer"),
    PageOfSite("company-delete", "/dashboard/companies/{unproven}/delete", "employer"),
    PageOfSite("jobs-own", "/dashboard/jobs", "employer"),
    PageOfSite("jobs-own-none-match", "/dashboard/jobs?q=astronaut", "employer"),
    PageOfSite("job-new", "/dashboard/jobs/new", "employer"),
    PageOfSite(
        "job-new-errors", "/dashboard/jobs/new", "employer", reach=_without_javascript_checks("Publish")
    ),
    PageOfSite("job-own", "/dashboard/jobs/{job}", "employer"),
    PageOfSite("job-own-draft", "/dashboard/jobs/{draft}", "employer"),
    PageOfSite("job-edit", "/dashboard/jobs/{job}/edit", "employer"),
    PageOfSite("job-close", "/dashboard/jobs/{job}/close", "employer"),
    PageOfSite("job-unpublish", "/dashboard/jobs/{job}/unpublish", "employer"),
    PageOfSite("job-of-viewer", "/dashboard/jobs/{job}", "viewer"),
    PageOfSite("applicants", "/dashboard/applicants", "employer"),
    PageOfSite("applicants-move", "/dashboard/applicants", "employer", reach=_tick_all),
    PageOfSite("applicants-none-match", "/dashboard/applicants?q=nobody", "employer"),
    PageOfSite("applicants-board", "/dashboard/jobs/{job}/applicants", "employer"),
    PageOfSite("applicants-board-of-viewer", "/dashboard/jobs/{job}/applicants", "viewer"),
    PageOfSite("applicant", "/dashboard/applicants/{application}", "employer"),
    PageOfSite("applicant-of-viewer", "/dashboard/applicants/{application}", "viewer"),
    PageOfSite("applicant-reject", "/dashboard/applicants/{application}", "employer", reach=_reject),
    PageOfSite("applicant-write", "/dashboard/applicants/{application}/write", "employer"),
    PageOfSite("templates", "/dashboard/applicants/templates", "employer"),
    PageOfSite("template-new", "/dashboard/applicants/templates/new", "employer"),
    PageOfSite("template", "/dashboard/applicants/templates/{template}", "employer"),
    PageOfSite("template-delete", "/dashboard/applicants/templates/{template}/delete", "employer"),
    PageOfSite("keys", "/dashboard/keys", "employer"),
    PageOfSite("keys-of-viewer", "/dashboard/keys", "viewer"),
    PageOfSite("key-new", "/dashboard/keys/new", "employer"),
    PageOfSite(
        "key-created", "/dashboard/keys/new", "employer", reach=_send("Make the key", {"Name": "Careers"})
    ),
    PageOfSite("key-rotate", "/dashboard/keys/{key}/rotate", "employer"),
    PageOfSite("key-revoke", "/dashboard/keys/{key}/revoke", "employer"),
    PageOfSite("calls", "/dashboard/keys/calls", "employer"),
]

EMPTY_DASHBOARD = [
    PageOfSite("new-dashboard", "/dashboard", "newcomer"),
    PageOfSite("new-companies", "/dashboard/companies", "newcomer"),
    PageOfSite("new-jobs", "/dashboard/jobs", "newcomer"),
    PageOfSite("new-job", "/dashboard/jobs/new", "newcomer"),
    PageOfSite("new-applicants", "/dashboard/applicants", "newcomer"),
    PageOfSite("new-templates", "/dashboard/applicants/templates", "newcomer"),
    PageOfSite("new-keys", "/dashboard/keys", "newcomer"),
]

STAFF = [
    PageOfSite("staff", "/admin/", "staff"),
    PageOfSite("staff-jobs", "/admin/jobs/job/", "staff"),
    PageOfSite("staff-jobs-none", "/admin/jobs/job/?q=astronaut", "staff"),
    PageOfSite("staff-review", "/admin/jobs/job/?queue=review", "staff"),
    PageOfSite("staff-suspicious", "/admin/jobs/job/?queue=suspicious", "staff"),
    PageOfSite("staff-reject", "/admin/jobs/job/?queue=review", "staff", reach=_choose_in_list),
    PageOfSite("staff-job", "/admin/jobs/job/{job_pk}/change/", "staff"),
    PageOfSite("staff-job-reported", "/admin/jobs/job/{odd_job_pk}/change/?queue=reports", "staff"),
    PageOfSite("staff-reports", "/admin/jobs/reportcase/", "staff"),
    PageOfSite("staff-reports-settled", "/admin/jobs/reportcase/?state=all", "staff"),
    PageOfSite("staff-companies", "/admin/jobs/company/", "staff"),
    PageOfSite("staff-company", "/admin/jobs/company/{company_pk}/change/", "staff"),
    PageOfSite("staff-verification", "/admin/jobs/verificationrequest/", "staff"),
    PageOfSite("staff-verification-request", "/admin/jobs/verificationrequest/{request_pk}/change/", "staff"),
    PageOfSite("staff-accounts", "/admin/accounts/account/", "staff"),
    PageOfSite("staff-audit", "/admin/accounts/auditentry/", "staff"),
    PageOfSite("staff-forbidden", "/admin/jobs/reportcase/", "clerk", status=403),
]

EVERY_PAGE = [*BOARD, *ENTRANCE, *SAVED, *APPLYING, *OWN_SETTINGS, *DASHBOARD, *EMPTY_DASHBOARD, *STAFF]
