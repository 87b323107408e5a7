"""Paths of saved jobs and searches."""

from django.urls import path

from jobs.web import saved

urlpatterns = [
    path("jobs/<str:job_id>/save", saved.save_job, name="job-save"),
    path("saved", saved.jobs, name="saved"),
    path("saved/searches", saved.searches, name="saved-searches"),
    path("saved/searches/unsubscribe", saved.unsubscribe, name="alert-unsubscribe"),
    path("saved/searches/<str:search_id>/open", saved.open_search, name="saved-search-open"),
    path("saved/searches/<str:search_id>/rename", saved.rename_search, name="saved-search-rename"),
    path("saved/searches/<str:search_id>/alerts", saved.set_alerts, name="saved-search-alerts"),
    path("saved/searches/<str:search_id>/delete", saved.delete_search, name="saved-search-delete"),
]
