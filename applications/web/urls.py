"""Paths of the pages for candidates."""

from django.urls import path

from applications.web import apply, views

urlpatterns = [
    path("jobs/<str:job_id>/apply", apply.apply, name="apply"),
    path("jobs/<str:job_id>/apply/sent", apply.sent, name="apply-sent"),
    path("applications", views.applications, name="applications"),
    path("applications/open", views.open_link, name="application-open"),
    path("applications/close", views.close, name="applications-close"),
    path("applications/<str:application_id>", views.application, name="application"),
    path("applications/<str:application_id>/resume", views.resume, name="application-resume"),
    path("applications/<str:application_id>/export", views.export, name="application-export"),
    path("applications/<str:application_id>/withdraw", views.withdraw, name="application-withdraw"),
    path("applications/<str:application_id>/erase", views.erase, name="application-erase"),
]
