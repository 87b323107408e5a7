"""The paths under `/v1` that belong to no app."""

from django.urls import path

from jobsphere.api.health import HealthView
from jobsphere.api.reference import openapi, reference

urlpatterns = [
    path("openapi.json", openapi, name="openapi"),
    path("docs", reference, name="api-reference"),
    path("health", HealthView.as_view(), name="health"),
]
