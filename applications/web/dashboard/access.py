"""What the views of applicants share: finding them, who acts, and the way back."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import Role
from accounts.web.access import MemberRequest
from applications import applicants
from applications.applicants import Filters
from applications.models import Application
from applications.services import Actor
from applications.web.dashboard.forms import CarriedFilters
from jobs.models import Job


def find_applicant(request: MemberRequest, application_id: str) -> Application:
    """Return an application for one of the account's jobs; 404 for any other."""
    return get_object_or_404(applicants.applicants_of(request.account), public_id=application_id)


def find_job(request: MemberRequest, job_id: str) -> Job:
    """Return a job of the account; 404 for any other."""
    own = Job.objects.visible_to(request.account).filter(company__account=request.account)
    return get_object_or_404(own.select_related("company"), public_id=job_id)


def actor(request: MemberRequest) -> Actor:
    """Return who acts: the signed-in person for the account."""
    return Actor(account=request.account, user=request.user)


def carried_filters(request: HttpRequest) -> Filters:
    """Return the filters that a page was reached by."""
    return CarriedFilters(request.GET).filters


def applicant_path(application: Application, filters: Filters) -> str:
    """Return the path of an applicant's page that knows by which filters it was reached."""
    path = reverse("dashboard-applicant", args=[application.public_id])
    return f"{path}?{filters.query_string}" if filters.query_string else path


def back_path(request: MemberRequest) -> str:
    """Return the page of ours that a form names as `back`; empty if it names none."""
    path = request.POST.get("back", "")
    is_ours = path.startswith("/dashboard/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if is_ours else ""


def back(request: MemberRequest, otherwise: str) -> HttpResponse:
    """Go back to the page whose form was sent, if it names one of ours."""
    return redirect(back_path(request) or otherwise)


def rights(request: MemberRequest) -> dict[str, Any]:
    """Return what templates ask about the member's role."""
    return {"can_write": request.membership.may(Role.RECRUITER)}
