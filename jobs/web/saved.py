"""Saved jobs and searches, for people who have signed in."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from jobs import saved
from jobs.models import Job, SavedSearch
from jobs.services import saved as services
from jobs.templatetags.board import reader_locale
from jobs.web.paging import Pages, page_number
from jobsphere.api.pagination import Pagination
from jobsphere.errors import DomainError
from jobsphere.once import once

JOBS_A_PAGE = 20
SEARCHES_A_PAGE = 10


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


@never_cache
@login_required
@require_safe
def jobs(request: HttpRequest) -> HttpResponse:
    """The jobs that a person saved; those that have closed say so."""
    page = Pagination.paginate(saved.saved_jobs_of(_user(request)), JOBS_A_PAGE, page_number(request))
    context = {
        "jobs": [each.job for each in page.items],
        "saved_ids": {each.job_id for each in page.items},
        "pages": Pages(page.current_page, page.total_pages),
        "total": page.total_items,
        "locale": reader_locale(request),
    }
    return render(request, "board/saved_jobs.html", context)


@login_required
@require_POST
def save_job(request: HttpRequest, job_id: str) -> HttpResponse:
    """Save a job, or keep it no longer: `saved` says which."""
    job = get_object_or_404(Job.objects.select_related("company"), public_id=job_id)
    wanted = request.POST.get("saved") == "yes"
    if not wanted:
        services.unsave_job(user=_user(request), job=job)
    elif not job.is_open:
        raise Http404
    else:
        try:
            services.save_job(user=_user(request), job=job)
        except DomainError as error:
            messages.error(request, error.message)
            return _back(request, "saved")
    if request.htmx:  # type: ignore[attr-defined]
        context = {"job": job, "saved_ids": {job.pk} if wanted else set(), "next": _next(request)}
        return render(request, "components/save_button.html", context)
    return _back(request, "saved")


def _next(request: HttpRequest) -> str:
    return request.POST.get("next", "")


def _back(request: HttpRequest, otherwise: str) -> HttpResponse:
    """Go back to the page of this host that a form came from."""
    path = _next(request)
    is_ours = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    response = redirect(path if is_ours else otherwise)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(headers={"HX-Redirect": response["Location"]})
    return response


@never_cache
@login_required
@once
@require_http_methods(["GET", "HEAD", "POST"])
def searches(request: HttpRequest) -> HttpResponse:
    """The searches that a person saved, with what is new in each; a POST saves another."""
    if request.method == "POST":
        return _save_search(request)
    page = Pagination.paginate(_user(request).saved_searches.all(), SEARCHES_A_PAGE, page_number(request))
    new = saved.new_counts(page.items)
    context = {
        "searches": [(search, new[search.pk]) for search in page.items],
        "most": saved.MAX_COUNTED,
        "pages": Pages(page.current_page, page.total_pages),
    }
    return render(request, "board/saved_searches.html", context)


def _save_search(request: HttpRequest) -> HttpResponse:
    query_string = saved.canonical(request.POST.get("query", ""))
    name = request.POST.get("name", "")[: services.MAX_NAME_LENGTH]
    try:
        services.save_search(user=_user(request), name=name, query_string=query_string)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "Saved. Turn on e-mails to be told of new jobs.")
    return redirect("saved-searches")


def _search(request: HttpRequest, search_id: str) -> SavedSearch:
    return get_object_or_404(_user(request).saved_searches, public_id=search_id)


@login_required
@require_POST
def open_search(request: HttpRequest, search_id: str) -> HttpResponse:
    """Show a search's newest jobs, and count from now on."""
    search = _search(request, search_id)
    services.see_search(search=search)
    query = "&".join(part for part in (search.query_string, "sort=newest") if part)
    return redirect(f"/jobs?{query}")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rename_search(request: HttpRequest, search_id: str) -> HttpResponse:
    """Give a search another name."""
    search = _search(request, search_id)
    if request.method != "POST":
        return render(request, "board/saved_search_rename.html", {"search": search, "name": search.name})
    name = request.POST.get("name", "")
    try:
        services.rename_search(search=search, name=name)
    except DomainError as error:
        context = {"search": search, "name": name, "error": error.message}
        return render(request, "board/saved_search_rename.html", context)
    return redirect("saved-searches")


@login_required
@require_POST
def set_alerts(request: HttpRequest, search_id: str) -> HttpResponse:
    """Begin or end e-mails: `alerts` says which."""
    search = _search(request, search_id)
    services.set_alerts(search=search, alerts=request.POST.get("alerts") == "on")
    told = "You get an e-mail a day when there are new jobs." if search.alerts else "No more e-mails of it."
    messages.success(request, f"{search.name}: {told}")
    return redirect("saved-searches")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete_search(request: HttpRequest, search_id: str) -> HttpResponse:
    """Forget a search, after asking."""
    search = _search(request, search_id)
    if request.method != "POST":
        return render(request, "board/saved_search_delete.html", {"search": search})
    services.delete_search(search=search)
    messages.success(request, f"{search.name} is forgotten.")
    return redirect("saved-searches")


@csrf_exempt  # mail programs post here with one click, and the token is all they have
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest) -> HttpResponse:
    """End the e-mails of a search by the link in them; a GET only asks."""
    search = services.search_of_token(request.GET.get("token", ""))
    if search is None:
        raise Http404
    if request.method == "POST":
        services.set_alerts(search=search, alerts=False)
    return render(request, "board/unsubscribe.html", {"search": search})
