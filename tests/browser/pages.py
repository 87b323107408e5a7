"""Every page of JobSphere, once: what is looked at for accessibility, and of what pictures are made."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from playwright.sync_api import Page

from jobsphere.pages import server_error


@dataclass(frozen=True)
class PageOfSite:
    """A page and how to come to it.

    Args:
        name: of its pictures.
        path: with names of the scene in braces.
        by: who looks, of the scene's people; nobody signed in without one.
        status: of the answer.
        reach: what is done on the page at `path` to come to this one.
    """

    name: str
    path: str
    by: str | None = None
    status: int = 200
    reach: Callable[[Page], None] | None = None


def _send(button: str, **fields: str) -> Callable[[Page], None]:
    """Fill fields in by their labels, and press a button."""

    def reach(page: Page) -> None:
        for label, text in fields.items():
            page.get_by_label(label.replace("E_mail", "E-mail").replace("_", " ")).first.fill(text)
        with page.expect_navigation():
            page.get_by_role("button", name=button, exact=True).click()

    return reach


def _without_javascript_checks(button: str) -> Callable[[Page], None]:
    """Send a form as it is, past the browser's own checks: the server's errors show."""

    def reach(page: Page) -> None:
        page.evaluate("for (const form of document.forms) form.noValidate = true")
        with page.expect_navigation():
            page.get_by_role("button", name=button, exact=True).click()

    return reach


def _without_cookies(page: Page) -> None:
    page.context.clear_cookies()
    _send("Sign in", E_mail_address="a@example.com", Password="wrong")(page)


def _sign_up(page: Page) -> None:
    _send("Sign up", Your_name="Lou", E_mail_address="lou@example.com", Password="peaches and pears")(page)


def _reject(page: Page) -> None:
    page.get_by_label("Move to").select_option("rejected")
    _send("Move")(page)


def _tick_all(page: Page) -> None:
    page.get_by_label("Tick all on this page").check()
    _send("Continue")(page)


def _server_error(page: Page) -> None:
    page.set_content(server_error(HttpRequest()).content.decode())


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
    PageOfSite("server-error", "/no-such-page", status=404, reach=_server_error),
]

ENTRANCE = [
    PageOfSite("sign-up", "/sign-up?for=hiring"),
    PageOfSite("sign-up-errors", "/sign-up?for=hiring", reach=_without_javascript_checks("Sign up")),
    PageOfSite("sign-up-code", "/sign-up?for=looking", reach=_sign_up),
    PageOfSite("sign-in", "/sign-in"),
    PageOfSite("sign-in-errors", "/sign-in", reach=_without_javascript_checks("Sign in")),
    PageOfSite("sign-in-without-cookies", "/sign-in", reach=_without_cookies),
    PageOfSite("password-forgotten", "/account/password/forgotten"),
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
    PageOfSite("apply-closed", "/jobs/{closed_job}/apply", status=410),
    PageOfSite("applications-by-mail", "/applications"),
    PageOfSite("application-link-wrong", "/applications/open?token=wrong", status=404),
    PageOfSite("applications-signed-in", "/applications", "candidate"),
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
    PageOfSite("company-verify", "/dashboard/companies/{unproven}/verify", "employer"),
    PageOfSite("company-delete", "/dashboard/companies/{unproven}/delete", "employer"),
    PageOfSite("jobs-own", "/dashboard/jobs", "employer"),
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
    PageOfSite("key-created", "/dashboard/keys/new", "employer", reach=_send("Make the key", Name="Careers")),
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
    PageOfSite("staff-review", "/admin/jobs/job/?queue=review", "staff"),
    PageOfSite("staff-job", "/admin/jobs/job/{job_pk}/change/", "staff"),
    PageOfSite("staff-companies", "/admin/jobs/company/", "staff"),
    PageOfSite("staff-verification", "/admin/jobs/verificationrequest/", "staff"),
    PageOfSite("staff-accounts", "/admin/accounts/account/", "staff"),
    PageOfSite("staff-audit", "/admin/accounts/auditentry/", "staff"),
]

PUBLIC = [page for page in (*BOARD, *ENTRANCE, *SAVED, *APPLYING) if page.by is None and page.reach is None]
"""What anybody can open by its address."""

EVERY_PAGE = [*BOARD, *ENTRANCE, *SAVED, *APPLYING, *OWN_SETTINGS, *DASHBOARD, *EMPTY_DASHBOARD, *STAFF]
