"""Every path of JobSphere. This module alone knows all apps."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from jobsphere.api.reference import errors
from jobsphere.api.views import UnknownPathView
from jobsphere.components import components
from jobsphere.metrics import metrics

# Staff sign in where everybody does: with the same limits and second factors.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("v1/", include("jobs.api.urls")),  # what is asked most comes first
    path("v1/", include("applications.api.urls")),
    path("v1/", include("accounts.api.urls")),
    path("v1/", include("jobsphere.api.urls")),
    re_path(r"^/*[vV]1(?:/[\s\S]*)?$", UnknownPathView.as_view()),  # no inline flags: they cannot be reversed
    path("docs/errors", errors, name="error-codes"),
    path("", include("jobs.web.urls")),
    path("", include("jobs.web.saved_urls")),
    path("", include("jobs.web.dashboard.urls")),
    path("", include("accounts.web.urls")),
    path("", include("applications.web.dashboard.urls")),
    path("", include("applications.web.urls")),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("metrics", metrics),
    path("_components", components),
]

handler400 = "jobsphere.pages.bad_request"
handler403 = "jobsphere.pages.forbidden"
handler404 = "jobsphere.pages.not_found"
handler500 = "jobsphere.pages.server_error"
