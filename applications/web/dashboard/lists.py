"""Applicants as a table: filtered, exported, and moved several at a time."""

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role
from accounts.web.access import MemberRequest, member_required
from applications import applicants, bulk
from applications.messages import fill, fill_subject, values_for
from applications.models import Application, Message, MessageTemplate, Stage
from applications.templatetags.applicants import applicant_name
from applications.web.dashboard.access import actor, back, back_path, find_job, rights
from applications.web.dashboard.forms import BulkForm, FilterForm
from jobs.web.paging import Pages
from jobsphere.api.pagination import Pagination

A_PAGE = 50
NAMES_SHOWN = 10


@member_required()
@require_safe
def table(request: MemberRequest) -> HttpResponse:
    """All applicants that the filters ask for."""
    form = FilterForm(request.GET, request.account)
    filters = form.filters
    page = Pagination.paginate(applicants.rows_of(request.account, filters), A_PAGE, _page_number(request))
    context = rights(request) | {
        "form": form,
        "filters": filters,
        "job": find_job(request, filters.job) if filters.job else None,
        "applications": page.items,
        "total": page.total_items,
        "pages": Pages(page.current_page, page.total_pages),
        "stages": Stage.choices,
    }
    return render(request, "dashboard/applicants/table.html", context)


def _page_number(request: MemberRequest) -> int:
    text = request.GET.get("page", "")
    return max(1, int(text)) if text.isascii() and text.isdecimal() and len(text) < 9 else 1


class _Echo:
    """A file that hands back what is written: `csv` writes rows to it one at a time."""

    def write(self, row: str) -> str:
        return row


@member_required()
@require_safe
def export(request: MemberRequest) -> HttpResponseBase:
    """The applicants that the filters ask for, as CSV; a byte order mark tells spreadsheets the encoding."""
    filters = FilterForm(request.GET, request.account).filters
    rows = applicants.csv_rows(request.account, filters)
    filename = f"applicants-{timezone.now():%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        _csv_lines(rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )


def _csv_lines(rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"
    for row in rows:
        yield writer.writerow(row)


@member_required(Role.RECRUITER)
@require_POST
def move_many(request: MemberRequest) -> HttpResponse:
    """Show what moving several applicants would do; do it once that is confirmed."""
    form = BulkForm(request.POST, request.account)
    if not form.is_valid():
        for error in form.errors.values():
            messages.error(request, error.as_text().removeprefix("* "))
        return back(request, "dashboard-applicants")
    ids, to_stage = form.cleaned_data["application"], Stage(form.cleaned_data["to_stage"])
    template: MessageTemplate | None = form.cleaned_data["template"]
    chosen = list(applicants.applicants_of(request.account).filter(public_id__in=ids))
    if "confirmed" not in request.POST:
        return _summary(request, chosen, to_stage)
    outcome = bulk.move_applications(
        applications=chosen, to_stage=to_stage, by=actor(request), template=template
    )
    _report(request, outcome, to_stage)
    return back(request, "dashboard-applicants")


def _summary(request: MemberRequest, chosen: list[Application], to_stage: Stage) -> HttpResponse:
    plan = bulk.plan_moves(applications=chosen, to_stage=to_stage)
    context = {
        "plan": plan,
        "to_stage": to_stage,
        "back": back_path(request),
        "templates": [_previewed(each, plan) for each in request.account.message_templates.all()],
    }
    return render(request, "dashboard/applicants/bulk.html", context)


def _previewed(template: MessageTemplate, plan: bulk.Outcome) -> dict[str, Any]:
    """Return a template with what the first of those who will be moved would read."""
    values = values_for(plan.moved[0]) if plan.moved else {}
    return {
        "template": template,
        "subject": fill_subject(template.subject, values),
        "body": fill(template.body, values),
    }


def _report(request: MemberRequest, outcome: bulk.Outcome, to_stage: Stage) -> None:
    if outcome.moved:
        count = len(outcome.moved)
        people = "1 applicant" if count == 1 else f"{count} applicants"
        messages.success(request, f"{people} moved to {to_stage.label}.")
    for refusal in outcome.refused[:NAMES_SHOWN]:
        messages.warning(request, f"{applicant_name(refusal.application)} was not moved. {refusal.reason}")
    if len(outcome.refused) > NAMES_SHOWN:
        messages.warning(request, f"{len(outcome.refused) - NAMES_SHOWN} more were not moved.")
    _report_mails(request, outcome.written)


def _report_mails(request: MemberRequest, written: list[Message]) -> None:
    """Say of each e-mail whether the mail server took it."""
    now = Message.objects.filter(pk__in=[message.pk for message in written])
    states = list(now.values_list("state", "application__candidate__email"))
    sent = sum(state == Message.State.SENT for state, _ in states)
    failed = [email for state, email in states if state == Message.State.FAILED]
    if sent:
        messages.success(request, f"{sent} e-mail{'' if sent == 1 else 's'} sent.")
    if failed:
        more = f" and {len(failed) - NAMES_SHOWN} more" if len(failed) > NAMES_SHOWN else ""
        messages.error(
            request,
            f"The mail server did not take the e-mail to {', '.join(failed[:NAMES_SHOWN])}{more}. "
            "Open the applicant to try again.",
        )
