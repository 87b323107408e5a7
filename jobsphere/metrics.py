"""What Prometheus is told, and the page it reads it from."""

import hmac
import os

import prometheus_client
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Counter, Histogram, multiprocess

from jobsphere.http import is_local

REQUESTS = Counter("jobsphere_requests_total", "Answers given.", ["method", "route", "status"])
SECONDS = Histogram("jobsphere_request_seconds", "Time an answer took.", ["method", "route"])
STORE_FAILURES = Counter(
    "jobsphere_rate_limit_store_failures_total", "Calls that were served unmetered because the store is down."
)
RATE_LIMITED = Counter("jobsphere_rate_limited_total", "Calls refused with 429.", ["reason"])


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Show the metrics: to whoever has METRICS_TOKEN, and without one to this machine alone.

    A worker adds up what all of them count when PROMETHEUS_MULTIPROC_DIR names their folder.
    """
    if not _may_read(request):
        raise Http404
    registry = prometheus_client.REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
    return HttpResponse(
        prometheus_client.generate_latest(registry), content_type=prometheus_client.CONTENT_TYPE_LATEST
    )


def _may_read(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.META.get("HTTP_AUTHORIZATION", "").encode()
        return hmac.compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode())
    return is_local(request)
