"""Paths of the board."""

from django.urls import path

from jobs.web import crawlers, feeds, reports, views

urlpatterns = [
    path("", views.home, name="home"),
    path("jobs", views.results, name="results"),
    path("jobs.rss", feeds.feed, {"form": "rss"}, name="feed-rss"),
    path("jobs.atom", feeds.feed, {"form": "atom"}, name="feed-atom"),
    path("jobs.json", feeds.feed, {"form": "json"}, name="feed-json"),
    path("jobs/<str:job_id>", views.job, name="job"),
    path("jobs/<str:job_id>/picture.png", crawlers.picture, name="job-picture"),
    path("jobs/<str:job_id>/report", reports.report, name="report-job"),
    path("reports/sent", reports.sent, name="report-sent"),
    path("companies", views.companies, name="companies"),
    path("companies/<slug:slug>", views.company, name="company"),
    path("employers", views.company_suggestions, name="company-suggestions"),
    path("places", views.place_suggestions, name="place-suggestions"),
    path("robots.txt", crawlers.robots),
    path("sitemap.xml", crawlers.sitemap_index),
    path("sitemap-jobs-<int:part>.xml", crawlers.sitemap_jobs),
    path("sitemap-companies.xml", crawlers.sitemap_companies),
]
