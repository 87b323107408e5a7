"""Notes what keys call, for the dashboard."""

import re
import time
from collections.abc import Callable
from functools import cache

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts import calls
from accounts.models import ApiKey
from jobsphere.api.views import UnknownPathView

_NAMED_PART = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)|<(?:\w+:)?(\w+)>")


class CallLogMiddleware:
    """Notes every call that a key was found for, unless the store was just seen to be down."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        key = getattr(request, "auth", None)
        quota = getattr(request, "rate_limit", None)
        if isinstance(key, ApiKey) and quota is not None and quota.used is not None:
            call = calls.Call(
                method=request.method or "",
                path=path_template(request),
                status=response.status_code,
                request_id=getattr(request, "request_id", ""),
                key=key.public_id,
                at=time.time(),
            )
            calls.note(key.account_id, call)
        return response


def path_template(request: HttpRequest) -> str:
    """Return the path of a call with the names of its parts for their values; "unknown" where there is none.

    Values can say who somebody is, and unknown paths hold whatever the caller wrote.
    """
    match = request.resolver_match
    if match is None or getattr(match.func, "cls", None) is UnknownPathView:
        return "unknown"
    return _template(match.route)


@cache
def _template(route: str) -> str:
    named = _NAMED_PART.sub(lambda part: f"{{{part[1] or part[2]}}}", route)
    return "/" + named.replace("^", "").replace("$", "").replace(r"\.", ".").replace("/?", "").lstrip("/")
