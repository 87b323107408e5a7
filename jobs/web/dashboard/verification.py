"""How a company becomes verified: four ways on one page, each with what to do next."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.models import Role
from accounts.web.access import MemberRequest, member_required
from jobs import employer_queries
from jobs.models import Company, VerificationMethod, VerificationRequest
from jobs.services import verification
from jobs.web.dashboard.companies import company_of
from jobs.web.dashboard.company_forms import CodeForm, EmailForm, ReviewForm
from jobsphere.forms import take
from jobsphere.once import once

FORMS: dict[str, type[forms.Form]] = {
    "email": EmailForm,
    "code": CodeForm,
    "dns": forms.Form,
    "well_known": forms.Form,
    "check_dns": forms.Form,
    "check_well_known": forms.Form,
    "review": ReviewForm,
}
"""What each act of the page takes, by the value of the button that asks for it."""

ANCHORS = {
    "email": "by-email",
    "code": "by-email",
    "dns": "by-dns",
    "check_dns": "by-dns",
    "well_known": "by-file",
    "check_well_known": "by-file",
    "review": "by-review",
}


@member_required(to_write=Role.OWNER)
@once
@require_http_methods(["GET", "HEAD", "POST"])
def verify_company(request: MemberRequest, company_id: str) -> HttpResponse:
    """The ways to be verified, and each step of them."""
    company = company_of(request, company_id)
    shown = {name: form() for name, form in FORMS.items()}
    if request.user.email.endswith(f"@{company.domain}"):
        shown["email"] = EmailForm(initial={"email": request.user.email})
    if request.method == "POST":
        act = request.POST.get("act", "")
        if act not in FORMS:
            raise Http404
        form = shown[act] = FORMS[act](request.POST)
        if done := take(form, lambda given: _do(act, company, request, given)):
            messages.success(request, done)
            page = redirect("dashboard-company-verify", company.public_id)
            page.headers["Location"] += f"#{ANCHORS[act]}"
            return page
        company.refresh_from_db()
    return render(request, "dashboard/companies/verify.html", _context(request, company, shown))


def _do(act: str, company: Company, request: MemberRequest, given: dict[str, Any]) -> str:
    """Do it, and say what has been done."""
    user = request.user
    match act:
        case "email":
            sent = verification.request_by_email(company=company, user=user, **given)
            return f"The code is on its way to {sent.email}."
        case "code":
            verification.confirm_email_code(company=company, user=user, **given)
        case "dns":
            verification.request_by_dns(company=company, user=user)
            return "Your record is below. Add it, then check."
        case "well_known":
            verification.request_by_well_known(company=company, user=user)
            return "Your file is below. Upload it, then check."
        case "review":
            verification.request_by_staff(company=company, user=user, **given)
            return "Our staff have it. You get an e-mail when they have looked."
        case _:
            verification.check(request=_to_check(company, act.removeprefix("check_")), user=user)
    return f"{company.name} is verified."


def _to_check(company: Company, method: str) -> VerificationRequest:
    found = _pending(company).get(method)
    if found is None:
        raise verification.NotPending("There is nothing to check: begin anew.")
    return found


def _pending(company: Company) -> dict[str, VerificationRequest]:
    is_alive = Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
    found = company.verification_requests.filter(is_alive, state=VerificationRequest.State.PENDING)
    return {request.method: request for request in found.select_related("company")}


@dataclass(frozen=True)
class Waiting:
    """An attempt under way.

    Args:
        left: how many tries or looks are left.
    """

    request: VerificationRequest
    left: int


def _waiting(request: VerificationRequest | None, limit: int) -> Waiting | None:
    return Waiting(request, limit - request.failed_attempts) if request else None


def _context(request: MemberRequest, company: Company, shown: dict[str, forms.Form]) -> dict[str, Any]:
    pending = _pending(company)
    by_dns, by_file = pending.get(VerificationMethod.DNS), pending.get(VerificationMethod.WELL_KNOWN)
    proven = company.verification_requests.filter(state=VerificationRequest.State.VERIFIED)
    return {
        "company": company,
        "can_manage": request.membership.may(Role.OWNER),
        "setback": employer_queries.setback_of(company),
        "proven": proven.first() if company.is_verified else None,
        "is_free_mail": company.domain in verification.FREE_MAIL_DOMAINS,
        "forms": shown,
        "by_email": _waiting(pending.get(VerificationMethod.EMAIL), verification.MAX_WRONG_CODES),
        "by_dns": _waiting(by_dns, verification.MAX_CHECKS),
        "txt_record": verification.txt_record(by_dns) if by_dns else "",
        "by_file": _waiting(by_file, verification.MAX_CHECKS),
        "file_url": verification.well_known_url(by_file) if by_file else "",
        "file_path": verification.WELL_KNOWN_PATH,
        "in_review": pending.get(VerificationMethod.STAFF),
    }
