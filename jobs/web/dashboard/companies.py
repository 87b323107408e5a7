"""Companies of an account: who they are, their logo, and how they become verified."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Role
from accounts.web.access import MemberRequest, member_required
from jobs import employer_queries
from jobs.logos import MAX_BYTES
from jobs.models import Company
from jobs.services import companies, logos
from jobs.web.dashboard.company_forms import CompanyChangeForm, CompanyForm, LogoForm
from jobs.web.paging import Pages, page_number
from jobsphere.api.pagination import Pagination
from jobsphere.errors import Stale
from jobsphere.forms import TAKE, attempt, differences, shown, take
from jobsphere.http import takes
from jobsphere.once import once

COMPANIES_A_PAGE = 30
EVENTS_SHOWN = 20
LOGO_READ_AT_MOST = 8 * MAX_BYTES
"""Bytes of an upload that are read at all: room for a picture that is too large, to say so beside it."""


@member_required()
@require_safe
def company_list(request: MemberRequest) -> HttpResponse:
    """The account's companies and their standing."""
    found = employer_queries.companies_of(request.account)
    page = Pagination.paginate(found, COMPANIES_A_PAGE, page_number(request))
    context = {"companies": page.items, "pages": Pages(page.current_page, page.total_pages)}
    return render(request, "dashboard/companies/list.html", _with_rights(request, context))


@member_required(Role.OWNER)
@once
@require_http_methods(["GET", "HEAD", "POST"])
def new_company(request: MemberRequest) -> HttpResponse:
    """Add a company; its verification comes next."""
    is_first = not request.account.companies.exists()
    form = CompanyForm(request.POST or None, initial={"name": request.account.name} if is_first else None)
    company = take(
        form, lambda given: companies.create_company(account=request.account, user=request.user, **given)
    )
    if company:
        messages.success(request, f"{company.name} is added. Next, show that it is yours.")
        return redirect("dashboard-company-verify", company.public_id)
    return render(request, "dashboard/companies/new.html", {"form": form, "is_first": is_first})


@member_required()
@require_safe
def company(request: MemberRequest, company_id: str) -> HttpResponse:
    """A company: what it says of itself, where it stands, what happened to it."""
    found = company_of(request, company_id)
    context = {
        "company": found,
        "events": found.events.select_related("actor")[:EVENTS_SHOWN],
        "counts": employer_queries.counts_by_state(employer_queries.jobs_of(request.account, found)),
        "setback": employer_queries.setback_of(found),
    }
    return render(request, "dashboard/companies/company.html", _with_rights(request, context))


@member_required(Role.RECRUITER)
@require_http_methods(["GET", "HEAD", "POST"])
def edit_company(request: MemberRequest, company_id: str) -> HttpResponse:
    """Change what a company says of itself."""
    found = company_of(request, company_id)
    form = _change_form(request, found, request.POST or None)
    act = request.POST.get("act", "")
    if act.startswith(TAKE):
        return _compare(request, found, shown(form), act.removeprefix(TAKE))
    try:
        changed = take(form, lambda given: _change(request, found, **given))
    except Stale:
        now = company_of(request, company_id)
        return _compare(request, now, shown(form) | {"version": now.version}, status=409)
    if changed:
        messages.success(request, "Saved.")
        is_to_verify = found.is_verified and not changed.is_verified
        return redirect("dashboard-company-verify" if is_to_verify else "dashboard-company", found.public_id)
    return _edit_page(request, found, form, LogoForm())


def _change(request: MemberRequest, company: Company, version: str | None, **changes: str) -> Company:
    return companies.update_company(company=company, changes=changes, user=request.user, version=version)


def _compare(
    request: MemberRequest, company: Company, said: dict[str, Any], taken: str = "", status: int = 200
) -> HttpResponse:
    """Show what somebody else saved meanwhile beside what was typed, which the next save then keeps.

    Args:
        taken: a field in which what is saved takes the place of what was typed.
    """
    if taken in companies.FIELDS:
        said |= {taken: getattr(company, taken)}
    form = _change_form(request, company, initial=said)
    context = {
        "differences": list(differences(_change_form(request, company, said))),
        "event": company.events.select_related("actor").first(),
    }
    return _edit_page(request, company, form, LogoForm(), context, status)


@member_required(Role.RECRUITER)
@takes(LOGO_READ_AT_MOST)
@require_POST
def set_logo(request: MemberRequest, company_id: str) -> HttpResponse:
    """Show another picture with a company, or none."""
    found = company_of(request, company_id)
    if "remove" in request.POST:
        logos.remove_logo(company=found, user=request.user)
        messages.success(request, "The logo is removed.")
        return redirect("dashboard-company-edit", found.public_id)
    form = LogoForm(request.POST, request.FILES)
    if take(form, lambda given: _replace_logo(request, found, given["logo"])):
        messages.success(request, "This is the logo from now on.")
        return redirect("dashboard-company-edit", found.public_id)
    return _edit_page(request, found, _change_form(request, found), form)


@member_required(Role.OWNER)
@require_http_methods(["GET", "HEAD", "POST"])
def delete_company(request: MemberRequest, company_id: str) -> HttpResponse:
    """Delete a company that never posted, after asking."""
    found = company_of(request, company_id)
    if request.method != "POST":
        context = {"company": found, "jobs": found.jobs.count()}
        return render(request, "dashboard/companies/delete.html", context)
    if attempt(request, lambda: companies.delete_company(company=found), f"{found.name} is deleted."):
        return redirect("dashboard-companies")
    return redirect("dashboard-company", found.public_id)


def company_of(request: MemberRequest, company_id: str) -> Company:
    """Return one of the account's companies; any other does not exist."""
    return get_object_or_404(Company, account=request.account, public_id=company_id)


def _replace_logo(request: MemberRequest, company: Company, file: Any) -> Company:
    return logos.set_logo(company=company, file=file, size=file.size, user=request.user)


def _change_form(
    request: MemberRequest,
    company: Company,
    data: Mapping[str, Any] | None = None,
    initial: Mapping[str, Any] | None = None,
) -> CompanyChangeForm:
    is_owner = request.membership.may(Role.OWNER)
    return CompanyChangeForm(data, company=company, is_owner=is_owner, initial=initial)


def _edit_page(
    request: MemberRequest,
    company: Company,
    form: CompanyChangeForm,
    logo_form: LogoForm,
    comparison: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"company": company, "form": form, "logo_form": logo_form, **(comparison or {})}
    return render(request, "dashboard/companies/edit.html", _with_rights(request, context), status=status)


def _with_rights(request: MemberRequest, context: dict[str, Any]) -> dict[str, Any]:
    may = request.membership.may
    return {"can_manage": may(Role.OWNER), "can_write": may(Role.RECRUITER), **context}
