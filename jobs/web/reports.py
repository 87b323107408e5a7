"""Reporting a job to JobSphere's staff."""

import re
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from jobs.models import Job, ReportReason
from jobs.services import reports
from jobsphere import ids
from jobsphere.limits import exceeds, network_of
from jobsphere.once import once

REPORTS_OF_A_NETWORK = "10/h"


class ReportForm(forms.Form):
    """What is wrong with a job, and where to say what became of it."""

    reason = forms.ChoiceField(
        label="What is wrong?",
        choices=ReportReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what comes closest."},
    )
    details = forms.CharField(
        label="What should we look at?",
        required=False,
        max_length=reports.MAX_DETAILS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Where in the posting it stands, or what happened. Leave out what is private.",
    )
    email = forms.EmailField(
        label="Your e-mail address",
        required=False,
        help_text="If you want to hear what became of it. We write once, then erase it. The employer never "
        "learns who reported.",
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none"}),
        error_messages={"invalid": "This is not an e-mail address, such as name@example.com."},
    )
    fax = forms.CharField(
        label="Leave this empty",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    def clean_fax(self) -> str:
        if self.cleaned_data["fax"]:  # said, not swallowed: a browser may have filled it in for a person
            raise forms.ValidationError("This field is there for robots. Empty it, then send again.")
        return ""

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if cleaned.get("reason") == ReportReason.OTHER and not cleaned.get("details"):
            self.add_error("details", "Say in a few words what is wrong.")
        return cleaned


@never_cache
@once
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, job_id: str) -> HttpResponse:
    """The form to report a job. It answers the same whether or not there is such a job."""
    if not re.fullmatch(ids.pattern("job"), job_id):
        raise Http404
    form = ReportForm(request.POST or None)
    if request.method != "POST":
        return _form(request, job_id, form)
    is_valid = form.is_valid()
    if exceeds(request, group="report", key=network_of(request), rate=REPORTS_OF_A_NETWORK):
        form.add_error(None, "Too many reports came from here. Nothing is lost: send it again in an hour.")
        return _form(request, job_id, form, 429)
    if not is_valid:
        return _form(request, job_id, form, 400)
    given = form.cleaned_data
    reports.report_job(
        job_id=job_id,
        reason=given["reason"],
        details=given["details"],
        email=given["email"],
        network=network_of(request),
    )
    return redirect("report-sent")


def _form(request: HttpRequest, job_id: str, form: ReportForm, status: int = 200) -> HttpResponse:
    job = Job.objects.listed().filter(public_id=job_id).select_related("company").first()
    context = {"form": form, "job": job, "job_id": job_id}
    return render(request, "board/report.html", context, status=status)


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """What happens with a report."""
    return render(request, "board/report_sent.html")
