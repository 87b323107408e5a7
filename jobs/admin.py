"""Staff's pages for companies, the verification queue, jobs and categories."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from accounts.admin import AuditedAdmin, staff_of
from jobs import search_text
from jobs.models import (
    Category,
    Company,
    CompanyEvent,
    Job,
    JobEvent,
    Moderation,
    VerificationMethod,
    VerificationRequest,
)
from jobs.services import moderation, verification
from jobs.services.decisions import for_each_company
from jobsphere.admin import ReadOnlyAdmin, ReadOnlyInline

State = VerificationRequest.State


def others_at_domain(company: Company) -> str | SafeString:
    """Return links to the companies that other accounts have at the same domain."""
    others = Company.objects.filter(domain=company.domain).exclude(account=company.account_id)
    if not company.domain or not (found := list(others.select_related("account")[:20])):
        return "None"
    links = (
        (reverse("admin:jobs_company_change", args=[each.pk]), each.name, each.account.name, each.public_id)
        for each in found
    )
    listed = format_html_join(", ", '<a href="{}">{}</a> of {} ({})', links)
    return format_html("<strong>Warning: also claimed by</strong> {}", listed)


class VerificationInline(ReadOnlyInline):
    """The attempts of a company to be verified."""

    model = VerificationRequest
    fields = readonly_fields = (
        "method",
        "domain",
        "state",
        "requested_by",
        "requested_at",
        "decided_by",
        "decided_at",
        "reason",
    )
    related = ("company", "requested_by", "decided_by")
    show_change_link = True


class CompanyEventInline(ReadOnlyInline):
    model = CompanyEvent
    fields = readonly_fields = ("at", "kind", "actor", "reason", "details")
    related = ("company", "actor")


class SuspendedFilter(admin.SimpleListFilter):
    title = "suspension"
    parameter_name = "suspended"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Suspended")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Company]) -> QuerySet[Company]:
        return queryset.filter(suspended_at__isnull=False) if self.value() == "yes" else queryset


@admin.register(Company)
class CompanyAdmin(ReadOnlyAdmin, AuditedAdmin):
    """Companies: approved, rejected, suspended and reinstated, one or many."""

    fields = readonly_fields = (
        "public_id",
        "account",
        "name",
        "slug",
        "domain",
        "same_domain",
        "website",
        "logo_url",
        "description",
        "verification_state",
        "verified_at",
        "suspended_at",
        "created_at",
        "updated_at",
    )
    list_display = (
        "name",
        "public_id",
        "domain",
        "account",
        "verification_state",
        "suspended_at",
        "created_at",
    )
    list_select_related = ("account",)
    list_filter = ("verification_state", SuspendedFilter)
    id_fields = {"comp": "public_id", "acct": "account__public_id"}
    search_fields = ("name__istartswith", "domain__exact")
    search_help_text = "The id of a company or account, the beginning of a name, or a domain"
    inlines = (VerificationInline, CompanyEventInline)
    actions = ("approve", "reject", "suspend", "reinstate")

    @admin.display(description="Same domain elsewhere")
    def same_domain(self, company: Company) -> str | SafeString:
        return others_at_domain(company)

    @admin.action(description="Approve", permissions=["decide"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Company]) -> None:
        self.act(request, queryset, lambda pks: self._each(verification.approve_company, request, pks))

    @admin.action(description="Reject with a reason", permissions=["decide"])
    def reject(self, request: HttpRequest, queryset: QuerySet[Company]) -> HttpResponse | None:
        def perform(pks: list[int], reason: str) -> int:
            return self._each(verification.reject_company, request, pks, reason)

        return self.act_with_reason(request, queryset, perform, action="reject", title="Reject companies")

    @admin.action(description="Suspend with a reason", permissions=["decide"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Company]) -> HttpResponse | None:
        def perform(pks: list[int], reason: str) -> int:
            return self._each(moderation.suspend_company, request, pks, reason)

        return self.act_with_reason(request, queryset, perform, action="suspend", title="Suspend companies")

    @admin.action(description="Reinstate", permissions=["decide"])
    def reinstate(self, request: HttpRequest, queryset: QuerySet[Company]) -> None:
        self.act(request, queryset, lambda pks: self._each(moderation.reinstate_company, request, pks))

    @staticmethod
    def _each(service: Any, request: HttpRequest, pks: list[int], reason: str = "") -> int:
        return for_each_company(service, company_ids=pks, staff=staff_of(request), reason=reason)


class QueueFilter(admin.SimpleListFilter):
    """What waits for staff, unless one asks for more."""

    title = "queue"
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("pending", "All that is pending"), ("all", "All, decided ones too")]

    def choices(self, changelist: Any) -> Any:
        choices = super().choices(changelist)
        yield {**next(choices), "display": "Waiting for review"}
        yield from choices

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[VerificationRequest]
    ) -> QuerySet[VerificationRequest]:
        if self.value() == "all":
            return queryset
        queryset = queryset.filter(state=State.PENDING)
        return queryset if self.value() == "pending" else queryset.filter(method=VerificationMethod.STAFF)


@admin.register(VerificationRequest)
class VerificationRequestAdmin(ReadOnlyAdmin, AuditedAdmin):
    """The verification queue, the longest waiting first."""

    fields = readonly_fields = (
        "company",
        "domain",
        "same_domain",
        "method",
        "state",
        "statement",
        "submitted_links",
        "email",
        "token",
        "failed_attempts",
        "requested_by",
        "requested_at",
        "expires_at",
        "decided_by",
        "decided_at",
        "reason",
    )
    list_display = ("company", "account", "domain", "method", "state", "age", "requested_by")
    list_select_related = ("company__account", "requested_by")
    list_filter = (QueueFilter,)
    id_fields = {"comp": "company__public_id", "acct": "company__account__public_id"}
    search_fields = ("company__domain__exact",)
    search_help_text = "The id of a company or account, or a company's domain"
    actions = ("approve", "reject")
    query_of_all = "?queue=all"

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-id",) if request.GET.get("queue") == "all" else ("requested_at", "id")

    @admin.display(description="Account")
    def account(self, verification_request: VerificationRequest) -> str:
        return str(verification_request.company.account)

    @admin.display(description="Age")
    def age(self, verification_request: VerificationRequest) -> str:
        return timesince(verification_request.requested_at)

    @admin.display(description="Same domain elsewhere")
    def same_domain(self, verification_request: VerificationRequest) -> str | SafeString:
        return others_at_domain(verification_request.company)

    @admin.display(description="Links")
    def submitted_links(self, verification_request: VerificationRequest) -> SafeString:
        links = ((link, link) for link in verification_request.links)
        return format_html_join(
            SafeString("<br>"), '<a href="{}" rel="noopener noreferrer nofollow">{}</a>', links
        )

    @admin.action(description="Approve", permissions=["decide"])
    def approve(self, request: HttpRequest, queryset: QuerySet[VerificationRequest]) -> None:
        def perform(pks: list[int]) -> int:
            return verification.approve_requests(request_ids=pks, staff=staff_of(request))

        self.act(request, queryset, perform)

    @admin.action(description="Reject with a reason", permissions=["decide"])
    def reject(self, request: HttpRequest, queryset: QuerySet[VerificationRequest]) -> HttpResponse | None:
        def perform(pks: list[int], reason: str) -> int:
            return verification.reject_requests(request_ids=pks, staff=staff_of(request), reason=reason)

        return self.act_with_reason(request, queryset, perform, action="reject", title="Reject requests")


class JobEventInline(ReadOnlyInline):
    model = JobEvent
    fields = readonly_fields = ("at", "kind", "actor", "reason")
    related = ("job", "actor")


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin, AuditedAdmin):
    """Jobs: approved, rejected and suspended, one or many; never edited nor erased."""

    fields = readonly_fields = (
        "public_id",
        "company",
        "external_id",
        "title",
        "state",
        "status",
        "moderation",
        "description",
        "location",
        "remote",
        "type",
        "experience_level",
        "category",
        "tags",
        "salary_min",
        "salary_max",
        "salary_currency",
        "requirements",
        "application_method",
        "application_url",
        "application_email",
        "screening_questions",
        "posted_at",
        "expires_at",
        "closed_at",
        "created_at",
        "updated_at",
    )
    list_display = ("title", "public_id", "company", "state", "moderation", "posted_at", "created_at")
    list_select_related = ("company",)
    list_filter = ("moderation", "status")
    id_fields = {"job": "public_id", "comp": "company__public_id"}
    search_fields = ("listing__document",)
    search_help_text = "The id of a job or company, or words of a job that is on the board"
    inlines = (JobEventInline,)
    actions = ("approve", "reject", "suspend")

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        parsed = search_text.parse_query(term)
        return queryset.none() if parsed.is_empty else queryset.filter(listing__document=parsed.expression())

    @admin.action(description="Approve", permissions=["decide"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self.act(request, queryset, lambda pks: self._moderate(request, pks, Moderation.APPROVED))

    @admin.action(description="Reject with a reason", permissions=["decide"])
    def reject(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse | None:
        def perform(pks: list[int], reason: str) -> int:
            return self._moderate(request, pks, Moderation.REJECTED, reason)

        return self.act_with_reason(request, queryset, perform, action="reject", title="Reject jobs")

    @admin.action(description="Suspend with a reason", permissions=["decide"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse | None:
        def perform(pks: list[int], reason: str) -> int:
            return self._moderate(request, pks, Moderation.SUSPENDED, reason)

        return self.act_with_reason(request, queryset, perform, action="suspend", title="Suspend jobs")

    @staticmethod
    def _moderate(request: HttpRequest, pks: list[int], decision: Moderation, reason: str = "") -> int:
        return moderation.moderate_jobs(
            job_ids=pks, decision=decision, staff=staff_of(request), reason=reason
        )


@admin.register(Category)
class CategoryAdmin(AuditedAdmin):
    """Categories. Their slugs stand in addresses and tags, so they stay, and so do the categories."""

    fields = ("slug", "name", "description", "position")
    list_display = ("name", "slug", "position")
    ordering = ("position", "name")
    search_fields = ("name__istartswith", "slug__exact")

    def get_readonly_fields(self, request: HttpRequest, obj: Category | None = None) -> tuple[str, ...]:
        return ("slug",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Category | None = None) -> bool:
        return False
