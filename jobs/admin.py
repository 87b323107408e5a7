"""Staff's pages for companies, the verification queue, jobs, reports of readers and categories."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.timesince import timesince

from accounts.admin import AuditedAdmin, staff_of
from jobs import fraud, search_text, staff_queries, standard_reasons
from jobs.fraud import Signal
from jobs.models import (
    Category,
    Company,
    CompanyEvent,
    Job,
    JobEvent,
    JobReport,
    Moderation,
    ReportCase,
    VerificationMethod,
    VerificationRequest,
)
from jobs.services import moderation, reports, verification
from jobs.services.decisions import for_each_company
from jobsphere.admin import ReadOnlyAdmin, ReadOnlyInline, titled

State = VerificationRequest.State

STATEMENT_SHOWN = 240
"""Characters of what a company says for itself that its row in the queue shows."""


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


_RIVALS = SafeString('<strong class="rivals">Another account claims this domain.</strong> ')


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
    standard_reasons = standard_reasons.COMPANIES

    @admin.display(description="Same domain elsewhere")
    def same_domain(self, company: Company) -> str | SafeString:
        return others_at_domain(company)

    def acts_of(self, request: HttpRequest, row: Any = None) -> list[tuple[str, str]]:
        """What would change nothing about a company is not offered for it."""
        acts = super().acts_of(request, row)
        if row is None:
            return acts
        idle = {"suspend" if row.suspended_at else "reinstate"} | ({"approve"} if row.is_verified else set())
        return [act for act in acts if act[0] not in idle]

    @admin.action(description="Approve", permissions=["decide"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Company]) -> HttpResponse | None:
        return self.act(request, queryset, lambda pks: self._each(verification.approve_company, request, pks))

    @admin.action(description="Reject …", permissions=["decide"])
    def reject(self, request: HttpRequest, queryset: QuerySet[Company]) -> HttpResponse | None:
        def perform(pks: list[int], reason: str) -> int:
            return self._each(verification.reject_company, request, pks, reason)

        return self.act_with_reason(request, queryset, perform, action="reject", title="Reject companies")

    @admin.action(description="Suspend …", permissions=["decide"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Company]) -> HttpResponse | None:
        def perform(pks: list[int], reason: str) -> int:
            return self._each(moderation.suspend_company, request, pks, reason)

        return self.act_with_reason(request, queryset, perform, action="suspend", title="Suspend companies")

    @admin.action(description="Reinstate", permissions=["decide"])
    def reinstate(self, request: HttpRequest, queryset: QuerySet[Company]) -> HttpResponse | None:
        return self.act(request, queryset, lambda pks: self._each(moderation.reinstate_company, request, pks))

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
        "statement",
        "submitted_links",
        "requested_by",
        "requested_at",
        "method",
        "state",
        "email",
        "token",
        "failed_attempts",
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
    queues = {staff_queries.VERIFICATION.name: staff_queries.VERIFICATION}
    default_queue = staff_queries.VERIFICATION.name
    standard_reasons = standard_reasons.COMPANIES

    def get_queryset(self, request: HttpRequest) -> QuerySet[VerificationRequest]:
        rows = super().get_queryset(request)
        return staff_queries.with_rival_claims(rows) if self.queue_of(request) else rows

    def get_list_display(self, request: HttpRequest) -> Any:
        if not self.queue_of(request):
            return self.list_display
        shown = ("asking", "proof")
        return (*shown, self.buttons_of_row(request)) if self.has_decide_permission(request) else shown

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        return None if self.queue_of(request) else super().get_list_display_links(request, list_display)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-id",) if request.GET.get("queue") == "all" else ("requested_at", "id")

    @admin.display(description="Company")
    def asking(self, verification_request: VerificationRequest) -> SafeString:
        company = verification_request.company
        return titled(
            self.page_url(verification_request.pk, staff_queries.VERIFICATION.name),
            company.name,
            company.domain or "no domain",
            f"account {company.account}",
            f"waits {timesince(verification_request.requested_at, depth=1)}",
        )

    @admin.display(description="What it shows")
    def proof(self, verification_request: Any) -> SafeString:
        links = verification_request.links
        return format_html(
            "{}{} {}",
            _RIVALS if verification_request.is_also_claimed else "",
            Truncator(verification_request.statement).chars(STATEMENT_SHOWN),
            f"(with {len(links)} link{pluralize(links)})" if links else "",
        )

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
    def approve(self, request: HttpRequest, queryset: QuerySet[VerificationRequest]) -> HttpResponse | None:
        def perform(pks: list[int]) -> int:
            return verification.approve_requests(request_ids=pks, staff=staff_of(request))

        return self.act(request, queryset, perform)

    @admin.action(description="Reject …", permissions=["decide"])
    def reject(self, request: HttpRequest, queryset: QuerySet[VerificationRequest]) -> HttpResponse | None:
        def perform(pks: list[int], reason: str) -> int:
            return verification.reject_requests(request_ids=pks, staff=staff_of(request), reason=reason)

        return self.act_with_reason(request, queryset, perform, action="reject", title="Reject requests")


class JobEventInline(ReadOnlyInline):
    model = JobEvent
    fields = readonly_fields = ("at", "kind", "actor", "reason")
    related = ("job", "actor")


def may_see_reports(request: HttpRequest) -> bool:
    """Whether this person may read what readers have reported."""
    return request.user.has_perm("jobs.view_reportcase")


def listed_signals(signals: Sequence[Signal], reporters: int = 0) -> SafeString:
    """Return signs of fraud as a list, each with why; and from how many networks a job was reported."""
    if reporters:
        why = f"Reported by readers of {reporters} network{pluralize(reporters)}"
        signals = [Signal("reported", reporters, why), *signals]
    return format_html(
        '<ul class="signals">{}</ul>',
        format_html_join(
            "", '<li class="{}">{}</li>', (("grave" if each.weight > 2 else "", each.why) for each in signals)
        ),
    )


_LISTED_QUEUES = {queue.name: queue for queue in (staff_queries.REVIEW, staff_queries.SUSPICIOUS)}


class ReviewFilter(admin.SimpleListFilter):
    """What nobody has looked at yet, in the order of the queue."""

    title = "queue"
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("review", "Waiting for review"), ("suspicious", "With something odd, the oldest first")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        queue = _LISTED_QUEUES.get(self.value() or "")
        return queryset & queue.rows() if queue else queryset


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin, AuditedAdmin):
    """Jobs: approved, rejected and suspended, one or many; never edited nor erased."""

    change_form_template = "admin/job_change_form.html"

    fields = readonly_fields = (
        "title",
        "company",
        "description",
        "requirements",
        "location",
        "remote",
        "type",
        "experience_level",
        "category",
        "tags",
        "salary_min",
        "salary_max",
        "salary_currency",
        "application_method",
        "application_url",
        "application_email",
        "screening_questions",
        "state",
        "status",
        "moderation",
        "public_id",
        "external_id",
        "posted_at",
        "expires_at",
        "closed_at",
        "created_at",
        "updated_at",
    )
    list_display = ("title", "public_id", "company", "state", "moderation", "posted_at", "created_at")
    list_select_related = ("company",)
    list_filter = (ReviewFilter, "moderation", "status")
    id_fields = {"job": "public_id", "comp": "company__public_id"}
    search_fields = ("listing__document",)
    search_help_text = "The id of a job or company, or words of a job that is on the board"
    inlines = (JobEventInline,)
    actions = ("approve", "reject", "suspend", "dismiss_reports")
    queues = _LISTED_QUEUES | {staff_queries.REPORTS.name: staff_queries.REPORTS}
    standard_reasons = standard_reasons.JOBS

    def get_ordering(self, request: HttpRequest) -> Any:
        queue = _LISTED_QUEUES.get(request.GET.get("queue", ""))
        return queue.order if queue else super().get_ordering(request)

    def get_list_display(self, request: HttpRequest) -> Any:
        if not (queue := self.queue_of(request)):
            return self.list_display
        shown = (self._posting_in(queue), "signs")
        return (*shown, self.buttons_of_row(request)) if self.has_decide_permission(request) else shown

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        return None if self.queue_of(request) else super().get_list_display_links(request, list_display)

    def get_list_filter(self, request: HttpRequest) -> Any:
        """A queue has settled the other filters."""
        return (ReviewFilter,) if self.queue_of(request) else self.list_filter

    def _posting_in(self, queue: str) -> Callable[[Job], SafeString]:
        """Return the column that says which posting of which company it is, and leads to it in the queue."""

        @admin.display(description="Job")
        def posting(job: Job) -> SafeString:
            age = f"{timesince(job.posted_at, depth=1)} ago" if job.posted_at else ""
            return titled(self.page_url(job.pk, queue), job.title, job.company.name, age)

        return posting

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        if request.method == "GET" and self.queue_of(request):
            jobs = list(changelist.result_list)
            reporters = staff_queries.reporters(jobs) if may_see_reports(request) else {}
            for job, signals in zip(jobs, fraud.signals_of(jobs), strict=True):
                job.signals, job.reporters = signals, reporters.get(job.pk, 0)
            changelist.result_list = jobs
        return changelist

    @admin.display(description="Signs")
    def signs(self, job: Any) -> SafeString:
        return listed_signals(job.signals, job.reporters)

    def next_url(self, queue: str, row: Any) -> str | None:
        if queue != staff_queries.REPORTS.name:
            return super().next_url(queue, row)
        case = row.report_cases.first()
        found = self.queues[queue].after(case) if case else None
        return self.page_url(found.job_id, queue) if found else None

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if job := context.get("original"):
            case = staff_queries.open_case(job) if may_see_reports(request) else None
            context["signals"] = fraud.signals(job)
            context["case"] = case
            context["reports"] = staff_queries.latest_reports(case) if case else []
        return super().render_change_form(request, context, *args, **kwargs)

    def acts_of(self, request: HttpRequest, row: Any = None) -> list[tuple[str, str]]:
        acts = super().acts_of(request, row)
        has_reports = row is not None and staff_queries.open_case(row) is not None
        return [act for act in acts if has_reports or act[0] != "dismiss_reports"]

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        parsed = search_text.parse_query(term)
        return queryset.none() if parsed.is_empty else queryset.filter(listing__document=parsed.expression())

    @admin.action(description="Approve", permissions=["decide"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse | None:
        return self.act(request, queryset, lambda pks: self._moderate(request, pks, Moderation.APPROVED))

    @admin.action(description="Reject …", permissions=["decide"])
    def reject(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse | None:
        def perform(pks: list[int], reason: str) -> int:
            return self._moderate(request, pks, Moderation.REJECTED, reason)

        return self.act_with_reason(request, queryset, perform, action="reject", title="Reject jobs")

    @admin.action(description="Suspend …", permissions=["decide"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse | None:
        def perform(pks: list[int], reason: str) -> int:
            return self._moderate(request, pks, Moderation.SUSPENDED, reason)

        return self.act_with_reason(request, queryset, perform, action="suspend", title="Suspend jobs")

    @admin.action(description="Dismiss reports", permissions=["settle"])
    def dismiss_reports(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse | None:
        def perform(pks: list[int]) -> int:
            open_cases = ReportCase.objects.filter(job__in=pks, settled_at__isnull=True)
            return reports.dismiss(case_ids=open_cases.values_list("pk", flat=True), staff=staff_of(request))

        return self.act(request, queryset, perform)

    def has_settle_permission(self, request: HttpRequest) -> bool:
        """Whether this person may dismiss what readers have reported."""
        return request.user.has_perm("jobs.change_reportcase")

    @staticmethod
    def _moderate(request: HttpRequest, pks: list[int], decision: Moderation, reason: str = "") -> int:
        return moderation.moderate_jobs(
            job_ids=pks, decision=decision, staff=staff_of(request), reason=reason
        )


class JobReportInline(ReadOnlyInline):
    """What readers said. Who they are is nobody's business here."""

    model = JobReport
    fields = readonly_fields = ("reported_at", "reason", "details")


class OpenFilter(admin.SimpleListFilter):
    """What is open, unless one asks for more."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("all", "All, settled ones too")]

    def choices(self, changelist: Any) -> Any:
        choices = super().choices(changelist)
        yield {**next(choices), "display": "Open"}
        yield from choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[ReportCase]) -> QuerySet[ReportCase]:
        return queryset if self.value() == "all" else queryset.filter(settled_at__isnull=True)


@admin.register(ReportCase)
class ReportCaseAdmin(ReadOnlyAdmin, AuditedAdmin):
    """What readers report, job by job; most reported first."""

    fields = readonly_fields = (
        "job",
        "reporters",
        "opened_at",
        "outcome",
        "settled_at",
        "settled_by",
        "note",
    )
    list_display = ("reported_job", "reasons", "signs")
    list_display_links = None
    list_select_related = ("job__company",)
    list_filter = (OpenFilter,)
    id_fields = {"job": "job__public_id", "comp": "job__company__public_id"}
    search_fields = ("job__public_id__exact",)
    search_help_text = "The id of a job or company"
    inlines = (JobReportInline,)
    actions = ("dismiss", "reject", "suspend")
    query_of_all = "?state=all"
    standard_reasons = standard_reasons.JOBS

    def list_title(self, request: HttpRequest) -> str:
        return staff_queries.REPORTS.title

    def get_ordering(self, request: HttpRequest) -> Any:
        return ("-id",) if request.GET.get("state") == "all" else staff_queries.REPORTS.order

    def get_list_display(self, request: HttpRequest) -> Any:
        if request.GET.get("state") == "all":
            return (*self.list_display, "outcome")
        if self.has_decide_permission(request):
            return (*self.list_display, self.buttons_of_row(request))
        return self.list_display

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        if request.method == "GET" and (cases := list(changelist.result_list)):
            reasons = staff_queries.reasons(cases)
            for case, signals in zip(cases, fraud.signals_of([case.job for case in cases]), strict=True):
                case.signals, case.reasons = signals, reasons[case.pk]
            changelist.result_list = cases
        return changelist

    @admin.display(description="Job")
    def reported_job(self, case: ReportCase) -> SafeString:
        path = reverse("admin:jobs_job_change", args=[case.job_id])
        url = f"{path}?queue={staff_queries.REPORTS.name}"
        age = f"reported {timesince(case.opened_at, depth=1)} ago"
        return titled(url, case.job.title, case.job.company.name, age)

    @admin.display(description="Readers say")
    def reasons(self, case: Any) -> SafeString:
        counted = ((count, reason) for reason, count in case.reasons.most_common())
        listed = format_html_join(SafeString("<br>"), "{} × {}", counted)
        networks = f"from {case.reporters} network{pluralize(case.reporters)}"
        return format_html('{}<span class="under">{}</span>', listed, networks)

    @admin.display(description="Signs")
    def signs(self, case: Any) -> SafeString:
        return listed_signals(case.signals)

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        """Whether this person may decide about the job itself."""
        return request.user.has_perm("jobs.change_job")

    @admin.action(description="Dismiss", permissions=["decide"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[ReportCase]) -> HttpResponse | None:
        return self.act(request, queryset, lambda pks: reports.dismiss(case_ids=pks, staff=staff_of(request)))

    @admin.action(description="Reject job …", permissions=["moderate"])
    def reject(self, request: HttpRequest, queryset: QuerySet[ReportCase]) -> HttpResponse | None:
        perform = self._moderation(request, Moderation.REJECTED)
        return self.act_with_reason(request, queryset, perform, action="reject", title="Reject jobs")

    @admin.action(description="Suspend job …", permissions=["moderate"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[ReportCase]) -> HttpResponse | None:
        perform = self._moderation(request, Moderation.SUSPENDED)
        return self.act_with_reason(request, queryset, perform, action="suspend", title="Suspend jobs")

    @staticmethod
    def _moderation(request: HttpRequest, decision: Moderation) -> Callable[[list[int], str], int]:
        def perform(pks: list[int], reason: str) -> int:
            jobs = ReportCase.objects.filter(pk__in=pks).values_list("job", flat=True)
            return moderation.moderate_jobs(
                job_ids=jobs, decision=decision, staff=staff_of(request), reason=reason
            )

        return perform


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
