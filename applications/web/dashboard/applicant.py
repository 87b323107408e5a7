"""One applicant: what was sent, notes, rating, e-mails, and what happened."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Role
from accounts.web.access import MemberRequest, member_required
from applications import applicants, resumes, services
from applications import messages as letters
from applications.models import Application, Message
from applications.resume_text import ResumeText, Unreadable, text_of
from applications.templatetags.applicants import applicant_name
from applications.web.dashboard.access import (
    actor,
    applicant_path,
    carried_filters,
    find_applicant,
    rights,
)
from applications.web.dashboard.forms import MessageForm, NoteForm, RatingForm
from jobsphere.errors import DomainError
from jobsphere.forms import attempt, take
from jobsphere.middleware import CONTENT_SECURITY_POLICY
from jobsphere.once import once

FRAMING_POLICY = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
"""For the page around a PDF."""

FRAMED_POLICY = "default-src 'none'; object-src 'self'; frame-ancestors 'self'"
"""For the PDF itself. Not `sandbox`: browsers refuse to show a PDF in it. Their viewers are a process
and an origin of their own, and what is sent as a PDF with `nosniff` is never read as a page."""


@member_required()
@require_safe
def applicant(request: MemberRequest, application_id: str) -> HttpResponse:
    """The page of an applicant."""
    return _page(request, find_applicant(request, application_id), NoteForm())


def _page(
    request: MemberRequest, application: Application, note_form: NoteForm, status: int = 200
) -> HttpResponse:
    account, filters = request.account, carried_filters(request)
    before, after = applicants.neighbours(account, filters, application)
    written = applicants.messages_of(account, application)
    shows_pdf = application.resume_media_type == resumes.PDF.media_type
    context = rights(request) | {
        "application": application,
        "filters": filters,
        "before": before,
        "after": after,
        "note_form": note_form,
        "notes": applicants.notes_of(account, application),
        "written": written,
        "timeline": applicants.timeline_of(account, application, written),
        "answers": applicants.answers_of(application),
        "shows_pdf": shows_pdf,
        "resume_text": _text_of(application) if application.resume_file and not shows_pdf else None,
        "ratings": RatingForm.base_fields["rating"].choices,  # type: ignore[attr-defined]
    }
    response = render(request, "dashboard/applicants/applicant.html", context, status=status)
    if shows_pdf:
        response.headers["Content-Security-Policy"] = FRAMING_POLICY
    return response


def _text_of(application: Application) -> ResumeText | None:
    """Return the text of a résumé that was sent as a file; None if it cannot be read."""
    try:
        with application.resume_file.open() as file:
            return text_of(file, application.resume_media_type)
    except (Unreadable, OSError):
        return None


@member_required()
@require_safe
def resume(request: MemberRequest, application_id: str) -> HttpResponseBase:
    """The résumé that was sent as a file: a PDF to look at in the applicant's page, others to download."""
    application = find_applicant(request, application_id)
    if not application.resume_file:
        raise Http404
    is_shown = application.resume_media_type == resumes.PDF.media_type and "download" not in request.GET
    headers = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}
    if is_shown:
        headers |= {"Content-Security-Policy": FRAMED_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    else:
        headers |= {"Content-Security-Policy": "default-src 'none'; sandbox"}
    return FileResponse(
        application.resume_file.open(),
        as_attachment=not is_shown,
        filename=application.resume_filename,
        content_type=application.resume_media_type,
        headers=headers,
    )


@member_required(Role.RECRUITER)
@once
@require_POST
def add_note(request: MemberRequest, application_id: str) -> HttpResponse:
    """Write a note."""
    application = find_applicant(request, application_id)
    form = NoteForm(request.POST)
    if take(form, lambda given: services.add_note(application=application, by=actor(request), **given)):
        messages.success(request, "Note added.")
        return redirect(applicant_path(application, carried_filters(request)) + "#notes")
    return _page(request, application, form, status=400)


@member_required(Role.RECRUITER)
@require_POST
def rate(request: MemberRequest, application_id: str) -> HttpResponse:
    """Rate an applicant from 1 to 5, or take the rating back."""
    application = find_applicant(request, application_id)
    form = RatingForm(request.POST)
    if not form.is_valid():
        messages.error(request, "A rating is a number from 1 to 5.")
    else:
        given = form.cleaned_data
        attempt(
            request,
            lambda: services.rate_application(application=application, by=actor(request), **given),
            "Rating saved.",
        )
    return redirect(applicant_path(application, carried_filters(request)))


@member_required(Role.RECRUITER)
@once
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: MemberRequest, application_id: str) -> HttpResponse:
    """Write an e-mail to an applicant, from a template or freely; look at it; send it."""
    application = find_applicant(request, application_id)
    templates = list(request.account.message_templates.all())
    if application.erased_at:
        messages.error(request, "The candidate had the data erased: nobody can be written to.")
        return redirect(applicant_path(application, carried_filters(request)))
    chosen = next((each for each in templates if each.public_id == request.GET.get("template")), None)
    initial = {"subject": chosen.subject, "body": chosen.body} if chosen else None
    form = MessageForm(request.POST or None, initial=initial)
    context = rights(request) | {
        "application": application,
        "form": form,
        "templates": templates,
        "chosen": chosen,
        "filters": carried_filters(request),
    }
    if "preview" in request.POST:
        values = letters.values_for(application)
        context["preview"] = take(form, lambda given: letters.preview(**given, values=values))
    elif sent := take(form, lambda given: _send(request, application, given)):
        return sent
    return render(request, "dashboard/applicants/write.html", context, status=400 if form.errors else 200)


def _send(request: MemberRequest, application: Application, written: dict[str, Any]) -> HttpResponse:
    message = letters.send_message(application=application, by=actor(request), **written)
    _report(request, message)
    return redirect(applicant_path(application, carried_filters(request)) + "#messages")


def _report(request: MemberRequest, message: Message) -> None:
    message.refresh_from_db()
    name = applicant_name(message.application)
    if message.state == Message.State.SENT:
        messages.success(request, f"E-mail sent to {name}.")
    elif message.state == Message.State.FAILED:
        messages.error(
            request, f"The mail server did not take the e-mail to {name}. It is kept below: try again later."
        )
    else:
        messages.info(request, f"The e-mail to {name} is being sent.")


@member_required(Role.RECRUITER)
@once
@require_POST
def resend(request: MemberRequest, message_id: str) -> HttpResponse:
    """Try again to send an e-mail that could not be sent."""
    own = Message.objects.filter(application__in=applicants.applicants_of(request.account))
    message = get_object_or_404(
        own.select_related("application__candidate", "application__job"), public_id=message_id
    )
    try:
        letters.resend_message(message=message, by=actor(request))
    except DomainError as error:
        messages.error(request, error.message)
    else:
        _report(request, message)
    return redirect(applicant_path(message.application, carried_filters(request)) + "#messages")
