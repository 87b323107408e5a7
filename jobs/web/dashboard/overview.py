"""The dashboard's front page: the way to the first job, then numbers and what happened lately."""

from dataclasses import dataclass, replace

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import Role
from accounts.web.access import MemberRequest, member_required
from jobs import employer_queries
from jobs.employer_queries import Numbers
from jobs.models import Company, VerificationState

COMPANIES_LOOKED_AT = 50


@dataclass(frozen=True)
class Step:
    """A step towards the first job.

    Args:
        text: what it is for, or how it stands.
        action, url: the one thing to do next; empty where there is nothing to do, or not by this person.
        is_next: the first that is not done.
    """

    title: str
    text: str
    is_done: bool = False
    action: str = ""
    url: str = ""
    is_next: bool = False


@member_required()
@require_safe
def overview(request: MemberRequest) -> HttpResponse:
    """What to do first, or how things stand."""
    numbers = employer_queries.numbers_of(request.account)
    companies = list(request.account.companies.order_by("id")[:COMPANIES_LOOKED_AT])
    is_alone = not (
        request.account.memberships.exclude(pk=request.membership.pk).exists()
        or request.account.invitations.pending().exists()
    )
    context = {
        "numbers": numbers,
        "steps": [] if numbers.ever_published else _steps(request, companies, numbers, is_alone),
        "unverified": [company for company in companies if not company.in_good_standing],
        "can_post": request.membership.may(Role.RECRUITER)
        and any(company.in_good_standing for company in companies),
        "can_manage": request.membership.may(Role.OWNER),
        "is_alone": is_alone,
        "events": employer_queries.recent_events(request.account),
    }
    return render(request, "dashboard/overview/overview.html", context)


def _steps(request: MemberRequest, companies: list[Company], numbers: Numbers, is_alone: bool) -> list[Step]:
    is_owner = request.membership.may(Role.OWNER)
    steps = [
        Step("Confirm your e-mail address", f"{request.user.email} is confirmed.", is_done=True),
        _company_step(companies, is_owner),
        _verification_step(companies, is_owner),
        _job_step(companies, numbers, request.membership.may(Role.RECRUITER)),
        Step(
            "Invite your team",
            "Recruiters post and manage jobs, viewers look on. You can do this at any time.",
            is_done=not is_alone,
            action="Invite somebody" if is_owner else "",
            url=reverse("team"),
        ),
    ]
    first = next((step for step in steps if not step.is_done), None)
    return [replace(step, is_next=step is first) for step in steps]


def _company_step(companies: list[Company], is_owner: bool) -> Step:
    if companies:
        return Step("Add your company", f"{companies[0].name} is added.", is_done=True)
    return Step(
        "Add your company",
        "Its name and its domain. Candidates see who is hiring." + _ask_owner(is_owner),
        action="Add a company" if is_owner else "",
        url=reverse("dashboard-company-new"),
    )


def _verification_step(companies: list[Company], is_owner: bool) -> Step:
    title = "Show that it is yours"
    good = next((company for company in companies if company.in_good_standing), None)
    if good:
        return Step(title, f"{good.name} is verified.", is_done=True)
    if not companies:
        return Step(title, "A code to your address at the company does it in a minute.")
    company = companies[0]
    url = reverse("dashboard-company-verify", args=[company.public_id])
    if company.suspended_at is not None:
        return Step(title, f"{company.name} is suspended by our staff.", action="See why", url=url)
    if company.verification_state == VerificationState.PENDING:
        text = "Our staff are looking at it, and you get an e-mail. A code or a DNS record is quicker."
        return Step(title, text, action="See the other ways", url=url)
    if company.verification_state == VerificationState.REJECTED:
        text = "The proof was not enough. Read why, then try again in any way."
        return Step(title, text, action="Try again", url=url)
    text = "Only verified employers publish here. A code to your address at the company does it in a minute."
    return Step(
        title,
        text + _ask_owner(is_owner),
        action=f"Verify {company.name}" if is_owner else "",
        url=url,
    )


def _job_step(companies: list[Company], numbers: Numbers, may_write: bool) -> Step:
    title = "Publish your first job"
    if not any(company.in_good_standing for company in companies):
        return Step(title, "It is on the board the moment that you publish it.")
    if numbers.drafts:
        text = "Your draft waits to be published."
        return Step(title, text, action="See your drafts", url=reverse("dashboard-jobs") + "?state=draft")
    return Step(
        title,
        "It is on the board the moment that you publish it." + ("" if may_write else " A recruiter does it."),
        action="Write the job" if may_write else "",
        url=reverse("dashboard-job-new"),
    )


def _ask_owner(is_owner: bool) -> str:
    return "" if is_owner else " An owner of this account does it."
