"""Paths of the board."""

from django.urls import path

from jobs.web import views

urlpatterns = [
    path("", views.home, name="home"),
    path("jobs", views.results, name="results"),
    path("jobs/<str:job_id>", views.job, name="job"),
    path("companies", views.companies, name="companies"),
    path("companies/<slug:slug>", views.company, name="company"),
]
