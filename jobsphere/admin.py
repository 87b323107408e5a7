"""What every page of the staff's admin stands on: bounded lists, search by index, reasons."""

import re
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth import get_permission_codename
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from jobsphere import ids
from jobsphere.errors import DomainError

MAX_ROWS = 10_000
"""What a list pages through and counts: whoever wants to see more has to search or filter."""

MAX_TARGETS = 500
"""What one action can be done to at once."""

LATEST = 50
"""How many of its events a page shows."""

admin.site.site_header = admin.site.site_title = "JobSphere staff"
admin.site.index_title = "Desk"
admin.site.disable_action("delete_selected")


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
    buttons on the page of each row, too.
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

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context["acts"] = self.get_action_choices(request, [])
        context["acts_url"] = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        context["acts_url"] += self.query_of_all
        context["action_checkbox_name"] = ACTION_CHECKBOX_NAME
        return super().render_change_form(request, context, *args, **kwargs)

    def act(
        self,
        request: HttpRequest,
        queryset: QuerySet[Any],
        perform: Callable[[list[Any]], int],
    ) -> list[Any] | None:
        """Do an act of a service to the rows, and say how it went.

        Args:
            perform: takes the primary keys, returns how many rows it changed.
        """
        targets = self._targets(request, queryset)
        if targets is not None:
            self._perform(request, [target.pk for target in targets], perform)
        return None

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

        Args:
            perform: takes the primary keys and the reason.
            action: the name of the admin action that calls this.
        """
        targets = self._targets(request, queryset)
        if targets is None:
            return None
        form = ReasonForm(request.POST if "confirmed" in request.POST else None)
        if form.is_valid():
            reason = form.cleaned_data["reason"]
            self._perform(request, [target.pk for target in targets], lambda pks: perform(pks, reason))
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "media": self.media,
            "form": form,
            "targets": targets,
            "action": action,
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/ask_reason.html", context)

    def _targets(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Model] | None:
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
