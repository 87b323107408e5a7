"""The paths under `/v1` that belong to no app."""

from django.urls import path

from jobsphere.api.health import HealthView
from jobsphere.api.reference import reference
from jobsphere.api.schema import openapi

urlpatterns = [
    path("openapi.json", openapi, name="openapi"),
    path("docs", reference, name="api-reference"),
    path("health", HealthView.as_view(), name="health"),
]
