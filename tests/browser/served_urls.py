"""The paths of JobSphere, and `_broken`."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from jobsphere.urls import *  # noqa: F403
from jobsphere.urls import urlpatterns as paths


def broken(request: HttpRequest) -> HttpResponse:
    """Fail as a fault of ours would."""
    raise RuntimeError("a fault of ours")


urlpatterns = [*paths, path("_broken", broken)]
