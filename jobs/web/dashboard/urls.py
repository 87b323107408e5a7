"""Paths of the employer's dashboard for companies and jobs, and of the logos that it takes."""

from django.urls import path, re_path

from jobs import logos
from jobs.web.dashboard import companies, jobs, logo_files, overview, verification

_companies = [
    path("dashboard/companies", companies.company_list, name="dashboard-companies"),
    path("dashboard/companies/new", companies.new_company, name="dashboard-company-new"),
    path("dashboard/companies/<str:company_id>", companies.company, name="dashboard-company"),
    path("dashboard/companies/<str:company_id>/edit", companies.edit_company, name="dashboard-company-edit"),
    path("dashboard/companies/<str:company_id>/logo", companies.set_logo, name="dashboard-company-logo"),
    path(
        "dashboard/companies/<str:company_id>/verify",
        verification.verify_company,
        name="dashboard-company-verify",
    ),
    path(
        "dashboard/companies/<str:company_id>/delete",
        companies.delete_company,
        name="dashboard-company-delete",
    ),
]

_jobs = [
    path("dashboard/jobs", jobs.job_list, name="dashboard-jobs"),
    path("dashboard/jobs/new", jobs.new_job, name="dashboard-job-new"),
    path("dashboard/jobs/preview", jobs.preview, name="dashboard-job-preview"),
    path("dashboard/jobs/<str:job_id>", jobs.job, name="dashboard-job"),
    path("dashboard/jobs/<str:job_id>/edit", jobs.edit_job, name="dashboard-job-edit"),
    path("dashboard/jobs/<str:job_id>/publish", jobs.publish_job, name="dashboard-job-publish"),
    path("dashboard/jobs/<str:job_id>/unpublish", jobs.unpublish_job, name="dashboard-job-unpublish"),
    path("dashboard/jobs/<str:job_id>/close", jobs.close_job, name="dashboard-job-close"),
    path("dashboard/jobs/<str:job_id>/extend", jobs.extend_job, name="dashboard-job-extend"),
    path("dashboard/jobs/<str:job_id>/duplicate", jobs.duplicate_job, name="dashboard-job-duplicate"),
]

urlpatterns = [
    path("dashboard", overview.overview, name="dashboard"),
    *_companies,
    *_jobs,
    re_path(rf"^logos/(?P<name>{logos.NAME})$", logo_files.logo, name="logo"),
]
