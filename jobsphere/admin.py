"""What every page of the staff's admin stands on: bounded lists, search by index, reasons."""

import re
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth import get_permission_codename
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from jobsphere import ids
from jobsphere.errors import DomainError
from jobsphere.queues import Queue

MAX_ROWS = 10_000
"""What a list pages through and counts: whoever wants to see more has to search or filter."""

MAX_TARGETS = 500
"""What one action can be done to at once."""

LATEST = 50
"""How many of its events a page shows."""

admin.site.site_header = admin.site.site_title = "JobSphere staff"
admin.site.index_title = "Desk"
admin.site.enable_nav_sidebar = False
admin.site.disable_action("delete_selected")


def titled(url: str, title: str, *under: str) -> SafeString:
    """Return the cell that a row is known by: a link to its page, and what else tells it from others."""
    return format_html(
        '<a class="title" href="{}">{}</a><span class="under">{}</span>',
        url,
        title,
        " · ".join(filter(None, under)),
    )


class BoundedPaginator(Paginator):
    """Counts up to `max_rows` and no further, so that no page counts a whole table."""

    max_rows = MAX_ROWS

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: self.max_rows].count())


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 4, "cols": 80}), max_length=2000)


class BoundedAdmin(admin.ModelAdmin):
    """An admin page that works at a million rows.

    Its lists show the newest first and are searched by the whole term, with lookups that an
    index answers: `search_fields` names them in full. An id finds its row, or all rows of
    what it names: `id_fields` gives the lookup for each prefix. The actions of its list are
    buttons on the page of each row, too. A row that was opened from one of the `queues`
    leads to the next one when it is decided.
    """

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    sortable_by = ()
    change_form_template = "admin/acts_change_form.html"
    change_list_template = "admin/bounded_change_list.html"
    id_fields: ClassVar[dict[str, str]] = {}
    query_of_all = ""
    """The query string under which the list shows every row."""
    queues: ClassVar[dict[str, Queue]] = {}
    """What of these rows waits for staff, by name."""
    default_queue = ""
    """The queue that the list shows when no query string names one."""
    standard_reasons: ClassVar[dict[str, str]] = {}
    """Texts to begin a reason with, by the name that staff choose them by."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        prefix = term.partition("_")[0]
        if prefix in self.id_fields and re.fullmatch(ids.pattern(prefix), term):
            return queryset.filter(**{self.id_fields[prefix]: term}), False
        return self.search(queryset, term), False

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Return what a term that is no id finds."""
        found = Q()
        for lookup in self.search_fields:
            found |= Q(**{str(lookup): term})
        return queryset.filter(found)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Whether this person may act on rows whose fields nobody edits: `permissions=["decide"]`."""
        codename = get_permission_codename("change", self.opts)
        return request.user.has_perm(f"{self.opts.app_label}.{codename}")

    def queue_of(self, request: HttpRequest) -> str:
        """Return the name of the queue that a list shows, or a row was opened from; empty for none."""
        kept = QueryDict(request.GET.get("_changelist_filters", ""))
        name = request.GET.get("queue") or kept.get("queue") or self.default_queue
        return name if name in self.queues else ""

    def next_url(self, queue: str, row: Any) -> str | None:
        """Return where the next row of a queue is decided."""
        found = self.queues[queue].after(row)
        return self.page_url(found.pk, queue) if found else None

    def page_url(self, pk: Any, queue: str = "") -> str:
        """Return the path of a row's page, as opened from a queue."""
        path = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[pk])
        return f"{path}?queue={queue}" if queue else path

    def list_title(self, request: HttpRequest) -> str:
        """Return what the list is headed by: the queue that it shows, or what its rows are."""
        name = self.queue_of(request)
        return self.queues[name].title if name else str(capfirst(self.opts.verbose_name_plural))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST":
            self._read_button_of_row(request)
            if not set(filter(None, request.POST.getlist("action"))) <= self.get_actions(request).keys():
                raise PermissionDenied
        return super().changelist_view(request, {"title": self.list_title(request), **(extra_context or {})})

    @staticmethod
    def _read_button_of_row(request: HttpRequest) -> None:
        """Make the button of one row an action on that row, whatever else is chosen in the list."""
        action, _, pk = request.POST.get("one", "").partition(" ")
        if pk:
            given = request.POST.copy()
            given.setlist("action", [action])
            given.setlist(ACTION_CHECKBOX_NAME, [pk])
            given.pop("index", None)
            given["select_across"] = "0"
            request.POST = given  # type: ignore[assignment]

    def acts_of(self, request: HttpRequest, row: Any = None) -> list[tuple[str, str]]:
        """Return the actions, by name and label, that this person is offered for a row, or for any."""
        return self.get_action_choices(request, [])

    def buttons_of_row(self, request: HttpRequest) -> Callable[[Model], SafeString]:
        """Return a column of the list with a button for each action that this person may do."""
        acts = self.acts_of(request)

        @admin.display(description="Decide")
        def decide(row: Model) -> SafeString:
            looks = ["", *("quiet" for _ in acts)]
            buttons = (
                (name, row.pk, look, f"{label}: {row}", label)
                for look, (name, label) in zip(looks, acts, strict=False)
            )
            button = '<button name="one" value="{} {}" class="button small {}" aria-label="{}">{}</button>'
            return format_html_join(" ", button, buttons)

        return decide

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if row := context.get("original"):
            context |= {"title": str(row), "subtitle": None}
        context["acts"] = self.acts_of(request, row)
        context["standard_reasons"] = self.standard_reasons
        if row and (queue := self.queue_of(request)):
            context |= {"queue": queue, "skip_url": self.next_url(queue, row)}
        context["acts_url"] = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        context["acts_url"] += self.query_of_all
        context["action_checkbox_name"] = ACTION_CHECKBOX_NAME
        return super().render_change_form(request, context, *args, **kwargs)

    def act(
        self,
        request: HttpRequest,
        queryset: QuerySet[Any],
        perform: Callable[[list[Any]], int],
    ) -> HttpResponse | None:
        """Do an act of a service to the rows, say how it went, and go on to what comes next.

        Args:
            perform: takes the primary keys, returns how many rows it changed.
        """
        targets = self._targets(request, queryset)
        if targets is None:
            return None
        self._perform(request, [target.pk for target in targets], perform)
        return self._after(request, targets)

    def act_with_reason(
        self,
        request: HttpRequest,
        queryset: QuerySet[Any],
        perform: Callable[[list[Any], str], int],
        *,
        action: str,
        title: str,
    ) -> HttpResponse | None:
        """Ask for a reason on a page that lists the rows; then do as `act`.

        The page begins with the standard reason that was chosen, for staff to change.

        Args:
            perform: takes the primary keys and the reason.
            action: the name of the admin action that calls this.
        """
        targets = self._targets(request, queryset)
        if targets is None:
            return None
        chosen = self.standard_reasons.get(request.POST.get("standard", ""), "")
        form = ReasonForm(request.POST if "confirmed" in request.POST else None, initial={"reason": chosen})
        if form.is_valid():
            reason = form.cleaned_data["reason"]
            self._perform(request, [target.pk for target in targets], lambda pks: perform(pks, reason))
            return self._after(request, targets)
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "media": self.media,
            "form": form,
            "targets": targets,
            "action": action,
            "then": request.POST.get("then", ""),
            "standard_reasons": self.standard_reasons,
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/ask_reason.html", context)

    def _after(self, request: HttpRequest, targets: list[Any]) -> HttpResponse | None:
        """Go where the form said: to the next of a queue, or back to the row; else to the list."""
        then = request.POST.get("then", "")
        if then == "stay" and targets:
            return HttpResponseRedirect(self.page_url(targets[0].pk))
        if then not in self.queues or not targets:
            return None
        url = self.next_url(then, targets[0])
        if url is None:
            self.message_user(request, "Nothing else waits in this queue.", messages.INFO)
        return HttpResponseRedirect(url or reverse("admin:index"))

    def _targets(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any] | None:
        targets = list(queryset[: MAX_TARGETS + 1])
        if len(targets) <= MAX_TARGETS:
            return targets
        self.message_user(request, f"Nothing was done: choose at most {MAX_TARGETS} at once.", messages.ERROR)
        return None

    def _perform(self, request: HttpRequest, pks: list[Any], perform: Callable[[list[Any]], int]) -> None:
        try:
            count = perform(pks)
        except DomainError as error:
            self.message_user(request, f"Nothing was done: {error.message}", messages.ERROR)
        else:
            self.message_user(request, f"Done: {count} changed.", messages.SUCCESS)


class ReadOnlyAdmin(BoundedAdmin):
    """Rows that nobody edits here, superusers included: services alone change them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class LatestFormSet(BaseInlineFormSet):
    """The latest few of what can be many."""

    def get_queryset(self) -> QuerySet[Any]:
        if not hasattr(self, "_queryset"):
            self._queryset = super().get_queryset()[:LATEST]
        return self._queryset


class ReadOnlyInline(admin.TabularInline):
    """The latest rows that belong to the one shown; `related` are the relations that a row names."""

    template = "admin/read_only_inline.html"
    formset = LatestFormSet
    extra = 0
    can_delete = False
    ordering = ("-id",)
    related: ClassVar[Iterable[str]] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related(*self.related)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
