"""A job's applicants as a board by stage, and moving one of them.

A card is moved by a form. A script may send it for a card that was dragged, and then asks for JSON:
where the card is now, how it looks, and what to say of it.
"""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role
from accounts.web.access import MemberRequest, member_required
from applications import applicants, bulk, services
from applications.applicants import Filters
from applications.messages import MAX_MESSAGES_A_DAY
from applications.models import Application, Stage
from applications.templatetags.applicants import applicant_name, is_final
from applications.web.dashboard.access import (
    actor,
    applicant_path,
    back,
    back_path,
    carried_filters,
    find_applicant,
    find_job,
    rights,
)
from jobsphere.errors import DomainError
from jobsphere.limits import exceeds

STAGE_MAILS_OF_AN_ACCOUNT = f"{MAX_MESSAGES_A_DAY}/d"
"""As of its own e-mails: an account can make up applicants, and must not mail the world in our name."""


@member_required()
@require_safe
def board(request: MemberRequest, job_id: str) -> HttpResponse:
    """A job's applicants, a column for each stage; `?new=40` shows more cards of one."""
    job = find_job(request, job_id)
    shown: dict[str, int] = {
        stage: int(text) for stage in Stage.values if (text := request.GET.get(stage, "")) in _COUNTS
    }
    columns = applicants.board_of(request.account, job, shown)
    context = rights(request) | {
        "job": job,
        "columns": [(column, urlencode(shown | {column.stage.value: column.more})) for column in columns],
        "total": sum(column.total for column in columns),
        "filters": Filters(job=job.public_id),
    }
    return render(request, "dashboard/applicants/board.html", context)


_COUNTS = frozenset(str(count) for count in range(applicants.CARDS, applicants.MAX_CARDS + 1))


@member_required(Role.RECRUITER)
@require_POST
def move(request: MemberRequest, application_id: str) -> HttpResponse:
    """Move one applicant to another stage; `confirmed` where that is final or mails the candidate."""
    application = find_applicant(request, application_id)
    to_stage = Stage(request.POST["stage"]) if request.POST.get("stage") in Stage.values else None
    refusal = _why_not(request, application, to_stage)
    if to_stage and not refusal:
        if (is_final(to_stage) or "tell" in request.POST) and "confirmed" not in request.POST:
            return _ask(request, application, to_stage)
        refusal = _move(request, application, to_stage)
    application = find_applicant(request, application_id)
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        return _as_json(request, application, refusal)
    if refusal:
        messages.error(request, refusal)
    else:
        messages.success(request, _moved(application) + _told(request, application))
    return back(request, applicant_path(application, carried_filters(request)))


def _why_not(request: MemberRequest, application: Application, to_stage: Stage | None) -> str:
    """Return why an application is not moved, as when a colleague has moved it since it was seen."""
    if to_stage is None:
        return "Choose a stage."
    if request.POST.get("from", application.stage) != application.stage:
        now = Stage(application.stage).label
        return f"{applicant_name(application)} was moved to {now} meanwhile. Look again, then decide."
    return bulk.why_not(application, to_stage)


def _move(request: MemberRequest, application: Application, to_stage: Stage) -> str:
    """Move it, and return why that was refused."""
    try:
        services.move_application(application=application, to_stage=to_stage, by=actor(request))
    except DomainError as error:
        return error.message
    return ""


def _told(request: MemberRequest, application: Application) -> str:
    """Mail the candidate where that is asked for, and return what to say of it."""
    if "tell" not in request.POST:
        return ""
    if exceeds(request, group="stage-mail", key=request.account.public_id, rate=STAGE_MAILS_OF_AN_ACCOUNT):
        return " No e-mail was sent: your account has sent as many as it may today."
    services.notify_candidate(application=application)
    return " The candidate is told by e-mail."


def _moved(application: Application) -> str:
    return f"{applicant_name(application)} moved to {Stage(application.stage).label}."


def _ask(request: MemberRequest, application: Application, to_stage: Stage) -> HttpResponse:
    context = {
        "application": application,
        "to_stage": to_stage,
        "back": back_path(request),
        "preview": _preview(application, to_stage) if "tell" in request.POST else None,
        "filters": carried_filters(request),
    }
    return render(request, "dashboard/applicants/confirm_move.html", context)


def _preview(application: Application, to_stage: Stage) -> dict[str, str]:
    subject, body = services.preview_notification(application=application, stage=to_stage)
    return {"subject": subject, "body": body}


def _as_json(request: MemberRequest, application: Application, refusal: str) -> JsonResponse:
    context = rights(request) | {
        "application": application,
        "filters": Filters(job=application.job.public_id),
    }
    return JsonResponse(
        {
            "stage": application.stage,
            "is_refused": bool(refusal),
            "message": refusal or _moved(application),
            "card": render_to_string("dashboard/applicants/card.html", context, request),
        }
    )
