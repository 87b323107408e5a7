"""What candidates can do after they have applied."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import queries, services
from applications.models import MOVES, Application, Stage
from applications.stages import FOR_CANDIDATES
from applications.status_links import ExpiredLink, WrongLink, read_token
from applications.web import limits
from applications.web.access import candidate_required, close_candidates, not_found, open_candidate
from applications.web.forms import LinksForm
from jobs.web.paging import Pages, page_number
from jobsphere.api.json import render as render_json
from jobsphere.api.pagination import Pagination
from jobsphere.errors import DomainError

A_PAGE = 20
MOVES_SHOWN = 50
OTHERS_SHOWN = 20


@never_cache
@require_safe
def open_link(request: HttpRequest) -> HttpResponse:
    """Let whoever has a link in, and take its token out of the browser's address line."""
    response = _open(request)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _open(request: HttpRequest) -> HttpResponse:
    try:
        application_id = read_token(request.GET.get("token", ""))
    except ExpiredLink:
        return not_found(request, 410)
    except WrongLink:
        return not_found(request)
    application = Application.objects.select_related("candidate").filter(public_id=application_id).first()
    if application is None:
        return not_found(request)
    open_candidate(request, application.candidate)
    return redirect("application", application_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def applications(request: HttpRequest) -> HttpResponse:
    """The applications of a signed-in person's confirmed addresses, and a form that mails links to any."""
    form = LinksForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _send_links(request, form)
    emails = queries.confirmed_emails(request.user)
    found = queries.applications_of_person(emails=emails) if emails else Application.objects.none()
    page = Pagination.paginate(found, A_PAGE, page_number(request))
    context = {
        "form": form,
        "emails": emails,
        "applications": [(each, FOR_CANDIDATES[each.stage]) for each in page.items],
        "pages": Pages(page.current_page, page.total_pages),
    }
    return render(request, "applications/list.html", context)


def _send_links(request: HttpRequest, form: LinksForm) -> HttpResponse:
    """Send links if there are any, and answer the same in every case."""
    email = form.cleaned_data["email"]
    if limits.network_exceeds(request, "links", limits.LINKS_FOR_A_NETWORK):
        return render(request, "429.html", status=429)
    if not limits.email_exceeds(request, "links", email, limits.LINKS_FOR_AN_EMAIL):
        services.send_status_links(email=email)
    messages.info(request, f"If somebody applied with {email}, a mail with the links is on its way.")
    return redirect("applications")


@require_POST
def close(request: HttpRequest) -> HttpResponse:
    """Forget the links that this browser has opened."""
    close_candidates(request)
    messages.info(request, "Your applications are closed in this browser. The link in your mail opens them.")
    return redirect("applications")


@candidate_required
@require_safe
def application(request: HttpRequest, application: Application) -> HttpResponse:
    """Where an application stands, how it came there, and what was sent."""
    if application.erased_at:
        return render(request, "applications/erased.html", {"application": application})
    events = queries.stage_events(application).order_by("-pk")[:MOVES_SHOWN]
    others = queries.applications_of_person(candidate_ids=[application.candidate.public_id])
    questions = {question["id"]: question["question"] for question in application.job.screening_questions}
    context = _context(application) | {
        "events": [(event, FOR_CANDIDATES[event.to_stage]) for event in events],
        "answers": [(questions.get(key, key), answer) for key, answer in application.answers.items()],
        "others": [
            (each, FOR_CANDIDATES[each.stage]) for each in others.exclude(pk=application.pk)[:OTHERS_SHOWN]
        ],
    }
    return render(request, "applications/status.html", context)


def _context(application: Application) -> dict[str, Any]:
    return {
        "application": application,
        "job": application.job,
        "company": application.job.company,
        "stage": FOR_CANDIDATES[application.stage],
        "can_withdraw": Stage.WITHDRAWN in MOVES[Stage(application.stage)] and not application.erased_at,
    }


@candidate_required
@require_safe
def resume(request: HttpRequest, application: Application) -> HttpResponseBase:
    """The résumé that was sent as a file, to download."""
    if not application.resume_file:
        raise Http404
    return FileResponse(
        application.resume_file.open(),
        as_attachment=True,
        filename=application.resume_filename,
        content_type=application.resume_media_type,
        headers={"Content-Security-Policy": "default-src 'none'; sandbox"},
    )


@candidate_required
@require_safe
def export(request: HttpRequest, application: Application) -> HttpResponse:
    """All that the employer holds about the candidate, as JSON to download."""
    held = queries.held_about(application.candidate)
    return HttpResponse(
        render_json(held),
        content_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="my-data.json"'},
    )


@candidate_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, application: Application) -> HttpResponse:
    """Withdraw an application, after asking."""
    context = _context(application)
    if request.method != "POST" and context["can_withdraw"]:
        return render(request, "applications/withdraw.html", context)
    if request.method != "POST":
        return redirect("application", application.public_id)
    try:
        services.withdraw_application(application=application)
    except DomainError:
        messages.error(request, "This application has ended: it cannot be withdrawn any more.")
    else:
        messages.success(request, "Your application is withdrawn.")
    return redirect("application", application.public_id)


@candidate_required
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, application: Application) -> HttpResponse:
    """Erase all that the employer holds about the candidate, after asking."""
    if request.method == "POST":
        services.erase_candidate(candidate=application.candidate)
        open_candidate(request, application.candidate)  # the confirmed address names nobody any more
        return redirect("application", application.public_id)
    if application.erased_at:
        return redirect("application", application.public_id)
    own = queries.applications_of_person(candidate_ids=[application.candidate.public_id])
    return render(request, "applications/erase.html", _context(application) | {"count": own.count()})
