"""Every path of JobSphere. This module alone knows all apps."""

from django.contrib import admin
from django.urls import include, path, re_path

from jobsphere.api.reference import errors
from jobsphere.api.views import UnknownPathView
from jobsphere.metrics import metrics

urlpatterns = [
    path("v1/", include("jobsphere.api.urls")),
    path("v1/", include("accounts.api.urls")),
    path("v1/", include("jobs.api.urls")),
    path("v1/", include("applications.api.urls")),
    re_path(r"^/*v1(?:/.*)?$", UnknownPathView.as_view()),
    path("docs/errors", errors, name="error-codes"),
    path("", include("jobs.web.urls")),
    path("admin/", admin.site.urls),
    path("metrics", metrics),
]

handler400 = "jobsphere.pages.bad_request"
handler403 = "jobsphere.pages.forbidden"
handler404 = "jobsphere.pages.not_found"
handler500 = "jobsphere.pages.server_error"
