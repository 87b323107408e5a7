"""Which applications a browser may open: those of links that it has opened, and of addresses confirmed.

The token of a link moves into the session at once, and for an hour: addresses of pages end up in
histories and logs. So the address of an application's page opens nothing for anybody else.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from applications import queries
from applications.models import Application, Candidate

OPENED = "candidates"
"""Where a session keeps the candidates whose links were opened: public ids, with the time they end at."""

OPEN_FOR = 3600
"""Seconds."""

MAX_OPENED = 20

View = Callable[..., HttpResponseBase]


def open_candidate(request: HttpRequest, candidate: Candidate) -> None:
    """Let this browser see a candidate's applications for a while."""
    opened = _opened(request) | {candidate.public_id: int(time.time()) + OPEN_FOR}
    request.session[OPENED] = dict(list(opened.items())[-MAX_OPENED:])


def close_candidates(request: HttpRequest) -> None:
    """Forget all links that this browser has opened."""
    request.session.pop(OPENED, None)


def _opened(request: HttpRequest) -> dict[str, int]:
    now = time.time()
    opened: dict[str, int] = request.session.get(OPENED, {})
    return {candidate_id: ends_at for candidate_id, ends_at in opened.items() if ends_at > now}


def find_application(request: HttpRequest, application_id: str) -> Application | None:
    """Return an application if this browser may see it."""
    opened, emails = list(_opened(request)), queries.confirmed_emails(request.user)
    applications = queries.applications_of_person(candidate_ids=opened, emails=emails)
    return applications.filter(public_id=application_id).first()


def candidate_required(view: View) -> View:
    """Decorate a view of an application, which is handed to it; for everybody else there is none."""

    @never_cache
    @wraps(view)
    def checked(request: HttpRequest, application_id: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        application = find_application(request, application_id)
        if application is None:
            return not_found(request)
        response = view(request, application, *args, **kwargs)
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return checked


def not_found(request: HttpRequest, status: int = 404) -> HttpResponse:
    """Answer that a link is needed here."""
    return render(request, "applications/no_link.html", {"status": status}, status=status)
