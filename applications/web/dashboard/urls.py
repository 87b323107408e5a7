"""Paths of the applicants' pages in the employer's dashboard."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from applications.web.dashboard import applicant, board, lists, templates
from jobsphere.ids import pattern


def _id_converter(prefix: str) -> type[StringConverter]:
    return type(f"{prefix.title()}Id", (StringConverter,), {"regex": pattern(prefix)})


for _prefix in ("app", "job", "msg", "tmpl"):
    register_converter(_id_converter(_prefix), f"{_prefix}_id")

urlpatterns = [
    path("dashboard/applicants", lists.table, name="dashboard-applicants"),
    path("dashboard/applicants/export.csv", lists.export, name="dashboard-applicants-export"),
    path("dashboard/applicants/move", lists.move_many, name="dashboard-applicants-move"),
    path("dashboard/applicants/templates", templates.templates, name="dashboard-templates"),
    path("dashboard/applicants/templates/new", templates.new_template, name="dashboard-template-new"),
    path(
        "dashboard/applicants/templates/<tmpl_id:template_id>",
        templates.edit_template,
        name="dashboard-template",
    ),
    path(
        "dashboard/applicants/templates/<tmpl_id:template_id>/delete",
        templates.delete_template,
        name="dashboard-template-delete",
    ),
    path(
        "dashboard/applicants/messages/<msg_id:message_id>/resend",
        applicant.resend,
        name="dashboard-message-resend",
    ),
    path("dashboard/applicants/<app_id:application_id>", applicant.applicant, name="dashboard-applicant"),
    path(
        "dashboard/applicants/<app_id:application_id>/resume",
        applicant.resume,
        name="dashboard-applicant-resume",
    ),
    path("dashboard/applicants/<app_id:application_id>/move", board.move, name="dashboard-applicant-move"),
    path(
        "dashboard/applicants/<app_id:application_id>/notes",
        applicant.add_note,
        name="dashboard-applicant-note",
    ),
    path(
        "dashboard/applicants/<app_id:application_id>/rating",
        applicant.rate,
        name="dashboard-applicant-rating",
    ),
    path(
        "dashboard/applicants/<app_id:application_id>/write",
        applicant.write,
        name="dashboard-applicant-write",
    ),
    path("dashboard/jobs/<job_id:job_id>/applicants", board.board, name="dashboard-job-applicants"),
]
