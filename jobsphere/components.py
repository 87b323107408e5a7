"""`/_components`: every component once, for whoever works on the design. There in development alone."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe


class _Form(forms.Form):
    """A field of each kind; an empty one sent shows their errors."""

    text = forms.CharField(label="Text", help_text="A hint says what is wanted.")
    choice = forms.ChoiceField(label="One of a list", choices=[("a", "The first"), ("b", "The second")])
    radio = forms.ChoiceField(
        label="One of a few", choices=[("a", "The first"), ("b", "The second")], widget=forms.RadioSelect
    )
    tick = forms.BooleanField(label="Agreed")
    long = forms.CharField(label="Longer text", required=False, widget=forms.Textarea)
    file = forms.FileField(label="File", required=False)


class _Person:
    is_authenticated = is_staff = True

    def __str__(self) -> str:
        return "Erin Employer"


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """Show them, filled with samples."""
    if not settings.DEVELOPMENT:
        raise Http404
    return render(request, "_components.html", _samples())


def _samples() -> dict[str, Any]:
    """Return what the partials ask for, in the shapes that the views give them."""
    company = SimpleNamespace(name="Larkfield Robotics", slug="larkfield-robotics", logo="")
    job = SimpleNamespace(
        pk=0,
        public_id="job_00000000",
        title="Senior Robotics Engineer",
        company=company,
        location="Boston; Wenatchee; Remote",
        type="Full-time",
        salary_min=140_000,
        salary_max=185_000,
        salary_currency="USD",
        posted_at=timezone.now() - timedelta(days=3),
        skills=["ROS 2", "C++", "Python"],
    )
    pages = SimpleNamespace(
        total_pages=12, previous=4, next=6, current=5, window=[1, None, 3, 4, 5, 6, 7, None, 12]
    )
    return {
        "company": company,
        "job": job,
        "locale": None,
        "pages": pages,
        "form": _Form(auto_id="empty_%s"),
        "wrong": _Form({}, auto_id="wrong_%s"),
        "person": _Person(),
        "looks": ["", "good", "warn", "bad"],
        "levels": ["", "success", "warning", "error"],
        "query": "q=robots",
    }
