"""Applying for a job."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from applications import services
from applications.web import limits
from applications.web.forms import ApplicationForm
from jobs.models import ApplicationMethod, Job
from jobsphere.errors import DomainError
from jobsphere.forms import add_faults
from jobsphere.http import takes

READ_AT_MOST = 5 * settings.RESUME_MAX_BYTES
"""Bytes of a submission that are read at all: room for a file that is too large, so that it can be said
beside what was typed."""


@takes(READ_AT_MOST)
@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: HttpRequest, job_id: str) -> HttpResponse:
    """The form for an open job that takes applications here; 410 for one that is no longer open."""
    job = get_object_or_404(Job.objects.select_related("company__account"), public_id=job_id)
    if not job.is_open:
        return _closed(request, job)
    if job.application_method != ApplicationMethod.JOBSPHERE:
        return redirect("job", job_id)
    if request.method == "POST":
        return _submit(request, job, ApplicationForm(job, request.POST, request.FILES))
    return _form(request, job, ApplicationForm(job, initial=_initial(request)))


def _closed(request: HttpRequest, job: Job) -> HttpResponse:
    """Say that a job has closed, and hand back what was typed while it did."""
    if job.posted_at is None or not job.company.in_good_standing:
        raise Http404
    letter = request.POST.get("cover_letter", "")
    return render(request, "applications/closed.html", {"job": job, "letter": letter}, status=410)


def _initial(request: HttpRequest) -> dict[str, str]:
    user = request.user
    return {"candidate_name": user.name, "candidate_email": user.email} if isinstance(user, User) else {}


def _submit(request: HttpRequest, job: Job, form: ApplicationForm) -> HttpResponse:
    is_valid = form.is_valid()
    if limits.network_exceeds(request, "apply", limits.SUBMISSIONS_OF_A_NETWORK):
        return _refuse(request, job, form)
    if not is_valid:
        return _again(request, job, form)
    email = form.cleaned_data["candidate_email"]
    if limits.email_exceeds(request, "apply", email, limits.SUBMISSIONS_FOR_AN_EMAIL):
        return _refuse(request, job, form)
    if not form.was_sent():
        try:
            services.apply_on_board(job=job, resume=form.resume_file(), **form.sent())
        except services.JobClosed:
            return _closed(request, job)
        except DomainError as error:
            add_faults(form, error)
            return _again(request, job, form)
        form.note_sent()
    messages.success(request, f"Your application for {job.title} is with {job.company.name}.")
    messages.info(request, f"A mail with the link to it is on its way to {email}.")
    return redirect("apply-sent", job.public_id)


def _refuse(request: HttpRequest, job: Job, form: ApplicationForm) -> HttpResponse:
    form.add_error(None, "Too many applications came from here. Nothing is lost: send it again in an hour.")
    return _again(request, job, form, 429)


def _again(request: HttpRequest, job: Job, form: ApplicationForm, status: int = 200) -> HttpResponse:
    """Show the form again, with all that was typed and the upload."""
    form.keep_upload()
    return _form(request, job, form, status)


def _form(request: HttpRequest, job: Job, form: ApplicationForm, status: int = 200) -> HttpResponse:
    context = {"job": job, "form": form, "max_bytes": settings.RESUME_MAX_BYTES}
    response = render(request, "applications/apply.html", context, status=status)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@never_cache
@require_safe
def sent(request: HttpRequest, job_id: str) -> HttpResponse:
    """What happens next. The same for everybody, whether this was a first application or not."""
    job = get_object_or_404(Job.objects.select_related("company"), public_id=job_id, posted_at__isnull=False)
    return render(request, "applications/sent.html", {"job": job})
