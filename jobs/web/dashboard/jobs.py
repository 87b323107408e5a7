"""An employer's jobs: listed, written, put on the board and taken off it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Role
from accounts.web.access import MemberRequest, member_required
from jobs import employer_queries, markdown
from jobs.models import Company, Job, JobStatus
from jobs.services import postings
from jobs.web.dashboard import plot
from jobs.web.dashboard.job_forms import QUESTIONS, ExtensionForm, JobForm, Questions, differences_of, said_by
from jobs.web.paging import Pages, page_number
from jobsphere.api.pagination import Pagination
from jobsphere.errors import DomainError, Stale
from jobsphere.forms import TAKE, attempt, shown, take
from jobsphere.once import once

JOBS_A_PAGE = 20
EVENTS_SHOWN = 30
ENDING_FIRST = "ending"
PREVIEWED = 50_000
"""Characters of a description that are shown beforehand: as many as one may have."""

ADD_QUESTION, REMOVE_QUESTION, PREVIEW, SAVE, PUBLISH = (
    "add-question",
    "remove-question-",
    "preview",
    "save",
    "publish",
)
"""What the buttons of the form ask for."""


@member_required()
@require_safe
def job_list(request: MemberRequest) -> HttpResponse:
    """The account's jobs, by state and title."""
    query = " ".join(request.GET.get("q", "").split())[:200].replace("\0", "")
    own = employer_queries.jobs_of(request.account)
    if query:
        own = own.filter(title__icontains=query)
    counts = employer_queries.counts_by_state(own)
    state = request.GET.get("state", "")
    found = own.filter(employer_queries.in_state(state)) if state in counts else own
    if request.GET.get("sort") == ENDING_FIRST:
        found = found.order_by("expires_at", "-id")
    page = Pagination.paginate(found, JOBS_A_PAGE, page_number(request))
    employer_queries.add_totals(page.items)
    context = {
        "jobs": page.items,
        "pages": Pages(page.current_page, page.total_pages),
        "total": page.total_items,
        "counts": counts.items(),
        "all": sum(counts.values()),
        "state": state if state in counts else "",
        "query": query,
        "can_write": request.membership.may(Role.RECRUITER),
    }
    return render(request, "dashboard/jobs/list.html", context)


@member_required(Role.RECRUITER)
@once
@require_http_methods(["GET", "HEAD", "POST"])
def new_job(request: MemberRequest) -> HttpResponse:
    """Write a job, as a draft or for the board at once."""
    companies = Company.objects.filter(account=request.account).order_by("name", "id")
    if request.method == "POST":
        return _take(request, JobForm(request.POST, companies=companies), None)
    able = employer_queries.able_to_post(request.account)
    preferred = able.filter(public_id=request.GET.get("company", "")).first() or able.first()
    if preferred is None:
        return render(request, "dashboard/jobs/no_company.html", {"company": companies.first()})
    initial = {"company_id": preferred.public_id, "salary_currency": _usual_currency(preferred)}
    return _show(request, JobForm(companies=companies, initial=initial), Questions(), None)


@member_required(Role.RECRUITER)
@require_http_methods(["GET", "HEAD", "POST"])
def edit_job(request: MemberRequest, job_id: str) -> HttpResponse:
    """Change a job."""
    job = _job(request, job_id)
    if request.method == "POST":
        return _take(request, JobForm(request.POST, companies=Company.objects.none(), job=job), job)
    form = JobForm(companies=Company.objects.none(), job=job)
    return _show(request, form, Questions(initial=job.screening_questions), job)


@member_required(Role.RECRUITER)
@require_POST
def preview(request: MemberRequest) -> HttpResponse:
    """The description as the board will show it."""
    return render(
        request, "dashboard/jobs/preview.html", {"preview": _rendered(request.POST.get("description"))}
    )


@member_required()
@require_safe
def job(request: MemberRequest, job_id: str) -> HttpResponse:
    """A job: where it stands, how it is doing, what happened to it."""
    found = _job(request, job_id)
    days = employer_queries.days_of(found)
    employer_queries.add_totals([found])
    context = {
        "job": found,
        "state": found.state,
        "days": list(reversed(days)),
        "views": plot.of([(day.day, day.views) for day in days]),
        "applications": plot.of([(day.day, day.applications) for day in days]),
        "events": found.events.select_related("actor")[:EVENTS_SHOWN],
        "setback": employer_queries.setback_of_job(found),
        "extension": ExtensionForm(),
        "can_write": request.membership.may(Role.RECRUITER),
    }
    return render(request, "dashboard/jobs/job.html", context)


@member_required(Role.RECRUITER)
@require_POST
def publish_job(request: MemberRequest, job_id: str) -> HttpResponse:
    """Put a job on the board, for the first time or again."""
    found = _job(request, job_id)
    return _do(
        request,
        found,
        lambda: postings.update_job(job=found, changes={}, status=JobStatus.PUBLISHED, user=request.user),
        "It is on the board.",
    )


@member_required(Role.RECRUITER)
@require_http_methods(["GET", "HEAD", "POST"])
def unpublish_job(request: MemberRequest, job_id: str) -> HttpResponse:
    """Take a job off the board and make it a draft, after asking."""
    found = _job(request, job_id)
    if request.method != "POST":
        return render(request, "dashboard/jobs/unpublish.html", {"job": found})
    return _do(
        request,
        found,
        lambda: postings.update_job(job=found, changes={}, status=JobStatus.DRAFT, user=request.user),
        "It is a draft now, and off the board.",
    )


@member_required(Role.RECRUITER)
@require_http_methods(["GET", "HEAD", "POST"])
def close_job(request: MemberRequest, job_id: str) -> HttpResponse:
    """Close a job, after asking."""
    found = _job(request, job_id)
    if request.method != "POST":
        return render(request, "dashboard/jobs/close.html", {"job": found})
    return _do(request, found, lambda: postings.close_job(job=found, user=request.user), "It is closed.")


@member_required(Role.RECRUITER)
@require_POST
def extend_job(request: MemberRequest, job_id: str) -> HttpResponse:
    """Keep a job open for longer."""
    found = _job(request, job_id)
    form = ExtensionForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose how much longer it stays open.")
        return redirect("dashboard-job", found.public_id)
    end = form.end_for(found)
    return _do(
        request,
        found,
        lambda: postings.update_job(job=found, changes={"expires_at": end}, user=request.user),
        f"It stays open until {end:%-d %B %Y}.",
    )


@member_required(Role.RECRUITER)
@once
@require_POST
def duplicate_job(request: MemberRequest, job_id: str) -> HttpResponse:
    """Make a draft that says the same."""
    found = _job(request, job_id)
    try:
        copy = postings.duplicate_job(job=found, user=request.user)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("dashboard-job", found.public_id)
    messages.success(request, "This is a copy, and a draft: change what is different, then publish it.")
    return redirect("dashboard-job-edit", copy.public_id)


def _job(request: MemberRequest, job_id: str) -> Job:
    return get_object_or_404(employer_queries.jobs_of(request.account), public_id=job_id)


def _do(request: MemberRequest, job: Job, act: Callable[[], Any], done: str) -> HttpResponse:
    attempt(request, act, done)
    return redirect("dashboard-job", job.public_id)


def _take(request: MemberRequest, form: JobForm, job: Job | None) -> HttpResponse:
    """Do what the pressed button asks for; whatever is wrong, the form comes back as it was filled in."""
    act = request.POST.get("act", SAVE)
    questions = Questions(request.POST)
    if act in (PREVIEW, ADD_QUESTION) or act.startswith((REMOVE_QUESTION, TAKE)):
        said, rows = shown(form), _with_rows(questions.shown(), act)
        if job and act.startswith(TAKE):
            said, rows = _with_saved(job, act.removeprefix(TAKE), said, rows)
        again = JobForm(companies=_choices_of(form), job=job, initial=said)
        return _show(request, again, Questions(initial=rows), job, is_changed=True)
    if job and form["version"].value() not in (None, job.version):  # before faults, which may stem from it
        return _compare(request, form, questions, job)
    if questions.is_valid():
        try:
            saved = take(form, lambda _: _save(request, form, questions, job, publish=act == PUBLISH))
        except Stale:
            assert job, "only what was there can have changed"
            return _compare(request, form, questions, job)
        if saved:
            messages.success(request, _done(saved, act))
            return redirect("dashboard-job", saved.public_id)
    return _show(request, form, questions, job, is_changed=True)


def _compare(request: MemberRequest, form: JobForm, questions: Questions, job: Job) -> HttpResponse:
    """Show what somebody else saved meanwhile beside what was typed, which the next save then keeps."""
    now = _job(request, job.public_id)
    again = JobForm(companies=_choices_of(form), job=now, initial=shown(form) | {"version": now.version})
    rows = Questions(initial=questions.shown())
    return _show(request, again, rows, now, is_changed=True, compare=True, status=409)


def _with_saved(
    job: Job, name: str, said: dict[str, Any], rows: list[dict[str, Any]]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return what the form shows, but in one field what is saved."""
    if name == QUESTIONS:
        return said, job.screening_questions
    saved = said_by(job)
    return (said | {name: saved[name]} if name in saved else said), rows


def _save(
    request: MemberRequest, form: JobForm, questions: Questions, job: Job | None, *, publish: bool
) -> Job:
    fields = form.job_fields | {"screening_questions": questions.asked()}
    if job is not None:
        status = JobStatus.PUBLISHED if publish else None
        return postings.update_job(
            job=job, changes=fields, status=status, user=request.user, version=form.cleaned_data["version"]
        )
    company: Company = form.cleaned_data["company_id"]
    return postings.create_job(company=company, fields=fields, publish=publish, user=request.user)


def _done(job: Job, act: str) -> str:
    if act == PUBLISH:
        return "It is on the board." if job.is_open else "It is published."
    return "Saved as a draft." if job.status == JobStatus.DRAFT else "Saved."


def _with_rows(rows: list[dict[str, Any]], act: str) -> list[dict[str, Any]]:
    if act == ADD_QUESTION:
        return [*rows, {}]
    if not act.startswith(REMOVE_QUESTION):
        return rows
    gone = act.removeprefix(REMOVE_QUESTION)
    return [row for index, row in enumerate(rows) if str(index) != gone]


def _choices_of(form: JobForm) -> Any:
    field: Any = form.fields.get("company_id")
    return field.queryset if field else Company.objects.none()


def _show(
    request: MemberRequest,
    form: JobForm,
    questions: Questions,
    job: Job | None,
    *,
    is_changed: bool = False,
    compare: bool = False,
    status: int = 200,
) -> HttpResponse:
    compare = job is not None and (compare or "compare" in request.POST)
    context = _comparison(job, form, questions) if job and compare else {}
    context |= {
        "form": form,
        "questions": questions.forms,
        "job": job,
        "preview": _rendered(form["description"].value()),
        "is_changed": is_changed,
        "is_published": job is not None and job.state == "published",
    }
    return render(request, "dashboard/jobs/form.html", context, status=status)


def _comparison(job: Job, form: JobForm, questions: Questions) -> dict[str, Any]:
    return {
        "differences": differences_of(job, shown(form), questions.shown()),
        "event": job.events.select_related("actor").first(),
    }


def _rendered(description: str | None) -> SafeString:
    html = markdown.render((description or "")[:PREVIEWED])
    return mark_safe(html)  # noqa: S308  sanitised by jobs.markdown


def _usual_currency(company: Company) -> str:
    paid = company.jobs.exclude(salary_currency="").order_by("-id").values_list("salary_currency", flat=True)
    return paid.first() or "USD"
