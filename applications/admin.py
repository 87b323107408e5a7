"""Staff's view of candidates and applications: read only, and personal data only by right."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin import AuditedAdmin
from applications.models import Application, Candidate, TimelineEvent
from jobsphere.admin import ReadOnlyAdmin, ReadOnlyInline

_PERSONAL = (
    "candidate",
    "candidate_name",
    "phone",
    "links",
    "resume_url",
    "resume_filename",
    "cover_letter",
    "answers",
    "rating",
)
"""What an application tells of a person: for those who may view candidates."""


def may_see_people(request: HttpRequest) -> bool:
    """Whether this member of staff was given the right to see candidates."""
    return request.user.has_perm("applications.view_candidate")


class TimelineInline(ReadOnlyInline):
    model = TimelineEvent
    fields = readonly_fields = ("at", "kind", "from_stage", "to_stage", "note", "rating", "user", "api_key")
    related = ("user", "api_key")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_see_people(request) and super().has_view_permission(request, obj)


@admin.register(Candidate)
class CandidateAdmin(ReadOnlyAdmin, AuditedAdmin):
    """People who applied."""

    fields = ("public_id", "account", "email", "name", "phone", "created_at", "updated_at")
    list_display = ("public_id", "account", "name", "email", "created_at")
    list_select_related = ("account",)
    id_fields = {"cand": "public_id", "acct": "account__public_id"}
    search_fields = ("email__exact",)
    search_help_text = "The id of a candidate or account, or a whole e-mail address"

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        return super().search(queryset, term.lower())


@admin.register(Application)
class ApplicationAdmin(ReadOnlyAdmin, AuditedAdmin):
    """Applications."""

    list_display = ("public_id", "job", "owner", "stage", "submitted_at")
    list_select_related = ("job", "owner")
    id_fields = {
        "app": "public_id",
        "job": "job__public_id",
        "cand": "candidate__public_id",
        "acct": "owner__public_id",
    }
    search_fields = ("public_id__exact",)
    search_help_text = "The id of an application, job, candidate or account"
    inlines = (TimelineInline,)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        personal = _PERSONAL if may_see_people(request) else ()
        return (
            "public_id",
            "job",
            "owner",
            "submitted_by",
            "source",
            "stage",
            *personal,
            "consented_at",
            "submitted_at",
            "updated_at",
        )
