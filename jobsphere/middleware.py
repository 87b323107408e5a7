"""What happens around every request: its id, its true origin, HTTPS, and headers."""

import ipaddress
import re
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.module_loading import import_string
from django_htmx import middleware as htmx

from jobsphere import ids
from jobsphere.api.errors import error_response
from jobsphere.http import Address, is_api, peer
from jobsphere.metrics import REQUESTS, SECONDS

GetResponse = Callable[[HttpRequest], HttpResponseBase]

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in ("accelerometer", "camera", "geolocation", "gyroscope", "microphone", "payment", "usb")
)

PUBLIC_PATHS = frozenset({"/v1/openapi.json", "/v1/docs", "/v1/health"})
"""The paths of the API that need no key (the contract, "without a key")."""

_CORS_EXPOSED = ", ".join(
    [
        "X-RateLimit-Limit",
        "X-RateLimit-Remaining",
        "X-RateLimit-Reset",
        "RateLimit-Policy",
        "RateLimit",
        "Retry-After",
        "Link",
        "ETag",
        "X-Request-Id",
        "X-Did-You-Mean",
    ]
)


def _carries_key(request: HttpRequest) -> bool:
    """Tell whether a request is a call of the API by a key, and not for one of its public documents."""
    return is_api(request) and request.path_info not in PUBLIC_PATHS


class _ForPages:
    """Lets calls with a key pass by: they have no session, no form and no person who reads messages."""

    get_response: Callable[[HttpRequest], Any]

    def __call__(self, request: HttpRequest) -> Any:
        if _carries_key(request):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]


class SessionMiddleware(_ForPages, sessions.SessionMiddleware):
    """Knows a visitor again."""


class AuthenticationMiddleware(_ForPages, auth.AuthenticationMiddleware):
    """Knows who has signed in."""


class MessageMiddleware(_ForPages, messages.MessageMiddleware):
    """Tells on the next page what became of a form."""


class HtmxMiddleware(_ForPages, htmx.HtmxMiddleware):
    """Tells whether a part of a page is asked for."""


class RequestIdMiddleware:
    """Gives every request an id, for its answer, its errors and its log lines."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = ids.request_id(request.META.get("HTTP_X_REQUEST_ID"))
        request.request_id = request_id  # type: ignore[attr-defined]
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
        response.headers["X-Request-Id"] = request_id
        return response


class TrustedProxyMiddleware:
    """Believes X-Forwarded-For and X-Forwarded-Proto when a trusted proxy sends them.

    The client is the last address that is not a trusted proxy itself: what stands before
    it was written by the client, and can be anything.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if self._is_trusted(peer(request)):
            scheme = request.META.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
            if scheme in ("http", "https"):
                request.META["wsgi.url_scheme"] = scheme
            if client := self._client(request.META.get("HTTP_X_FORWARDED_FOR", "")):
                request.META["REMOTE_ADDR"] = client
        return self.get_response(request)

    def _client(self, forwarded_for: str) -> str | None:
        client = None
        for part in reversed(forwarded_for.split(",")):
            try:
                address = ipaddress.ip_address(part.strip())
            except ValueError:
                break
            client = str(address)
            if not self._is_trusted(address):
                break
        return client

    @staticmethod
    def _is_trusted(address: Address | None) -> bool:
        return address is not None and any(address in network for network in settings.TRUSTED_PROXIES)


class HttpsMiddleware:
    """Refuses API calls over plain HTTP and sends pages to HTTPS.

    Never a redirect for the API: it would have the key sent in the clear twice.
    Development lifts it for this machine alone; so do the metrics, which a scraper on it reads.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.is_secure() or self._is_exempt(request):
            return self.get_response(request)
        if is_api(request):
            return error_response(request, "https_required")
        return HttpResponsePermanentRedirect(f"https://{request.get_host()}{request.get_full_path()}")

    @staticmethod
    def _is_exempt(request: HttpRequest) -> bool:
        if not (settings.DEVELOPMENT or request.path_info == "/metrics"):
            return False
        address = peer(request)
        return address is not None and address.is_loopback


class MetricsMiddleware:
    """Counts and times every answer by its route."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        route = match.route if match else "none"
        method = request.method if request.method in _METHODS else "other"
        REQUESTS.labels(method, route, response.status_code).inc()
        SECONDS.labels(method, route).observe(time.perf_counter() - started)
        return response


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class ContentSecurityPolicyMiddleware:
    """Lets pages load from this host alone, and run nothing that is written into them."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        return response


class BodyLimitMiddleware:
    """Refuses what is larger than a page's view `takes`, before any of it is read.

    It comes before the check against forgery, which reads the whole body. The API has its own limits.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Refuse by the announced length; a body that announces none is not read at all."""
        limit = getattr(view, "body_limit", settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if is_api(request) or (length.isdecimal() and int(length) <= limit):
            return None
        return render(request, "too_large.html", status=413)


class CompressionMiddleware(GZipMiddleware):
    """Compresses pages, feeds and the public documents to a third or less of their size.

    The API's keyed answers stay as they are: small, many, and quicker so. The base class pads what it
    compresses at random, and Django masks CSRF tokens anew each time, so that lengths tell no secret
    (BREACH).
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress the answer if it is text and no answer to a key."""
        is_text = _TEXT.match(response.headers.get("Content-Type", "")) is not None
        return (
            super().process_response(request, response) if is_text and not _carries_key(request) else response
        )


_TEXT = re.compile(r"text/|application/(?:[a-z.]+\+)?(?:json|xml)\b", re.ASCII)


class ApiHeadersMiddleware:
    """Adds rate limit, cache and CORS headers to the API's answers, 304s included.

    Preflights carry no key, so they are answered here, from the origins that any key lists;
    the call itself is readable only for the origins of its own key.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_api(request):
            return self.get_response(request)
        response = self._preflight(request) if _is_preflight(request) else self._call(request)
        patch_vary_headers(response, ["Authorization", "X-API-Key", "Origin"])
        return response

    def _call(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if rate_limit := getattr(request, "rate_limit", None):
            for name, value in rate_limit.headers().items():
                response.headers[name] = value
        key = getattr(request, "auth", None)
        if request.path_info in PUBLIC_PATHS:
            response.headers["Access-Control-Allow-Origin"] = "*"
        else:
            response.headers.setdefault("Cache-Control", "private, no-cache")
            origin = request.META.get("HTTP_ORIGIN", "")
            if key is not None and origin.lower() in key.allowed_origins:
                response.headers["Access-Control-Allow-Origin"] = origin
        if "Access-Control-Allow-Origin" in response.headers:
            response.headers["Access-Control-Expose-Headers"] = _CORS_EXPOSED
        return response

    def _preflight(self, request: HttpRequest) -> HttpResponseBase:
        response = HttpResponse(status=204)
        del response.headers["Content-Type"]
        origin = request.META["HTTP_ORIGIN"]
        if request.path_info in PUBLIC_PATHS:
            response.headers["Access-Control-Allow-Origin"] = "*"
        elif _is_origin(origin) and import_string(settings.JOBSPHERE_ORIGIN_CHECK)(origin.lower()):
            response.headers["Access-Control-Allow-Origin"] = origin
        else:
            return response
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD"
        response.headers["Access-Control-Allow-Headers"] = (
            "Authorization, X-API-Key, If-None-Match, X-Request-Id"
        )
        response.headers["Access-Control-Max-Age"] = "600"
        return response


def _is_preflight(request: HttpRequest) -> bool:
    return (
        request.method == "OPTIONS"
        and "HTTP_ORIGIN" in request.META
        and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in request.META
    )


def _is_origin(text: str) -> bool:
    return len(text) <= 255 and re.fullmatch(r"https?://[!-~]+", text, re.ASCII) is not None
