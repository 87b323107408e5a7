"""How the board's pages write salaries, places, ages and links."""

from copy import copy
from datetime import datetime

from babel import Locale, UnknownLocaleError
from babel.dates import format_timedelta
from django import template
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from jobs import logos
from jobs.models import Company, Job

register = template.Library()

FEW_PLACES = 2


@register.filter
def job_path(job: Job) -> str:
    """Return the path of a job's page."""
    return reverse("job", args=[job.public_id])


@register.filter
def company_path(company: Company) -> str:
    """Return the path of a company's page."""
    return reverse("company", args=[company.slug])


@register.filter
def logo_path(company: Company) -> str:
    """Return the path of a company's uploaded logo, in the size that pages show."""
    return logos.path(company.logo, logos.SMALL)


@register.filter
def reader_locale(request: HttpRequest) -> Locale:
    """Return the first locale of Accept-Language that is known, else US English."""
    for accepted in request.META.get("HTTP_ACCEPT_LANGUAGE", "").split(","):
        tag = accepted.partition(";")[0].strip()
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError, TypeError):
            continue
    return Locale("en", "US")


@register.filter
def salary(job: Job, locale: Locale | None) -> str:
    """Return the pay as the reader writes money, such as `$140,000 – $185,000`; empty if none is stated."""
    if job.salary_min is None or job.salary_max is None:
        return ""
    locale = locale or Locale("en", "US")
    pattern = copy(locale.currency_formats["standard"])
    pattern.frac_prec = (0, 0)
    ends = dict.fromkeys([job.salary_min, job.salary_max])
    written = [
        pattern.apply(end, locale, currency=job.salary_currency, currency_digits=False) for end in ends
    ]
    return " – ".join(written)


@register.filter
def places(location: str) -> list[str]:
    """Return the places that a location lists."""
    return [place.strip() for place in location.split(";") if place.strip()]


@register.filter
def places_shortened(location: str) -> str:
    """Return the first places of a location and how many more there are."""
    listed = places(location)
    shown = "; ".join(listed[:FEW_PLACES])
    more = len(listed) - FEW_PLACES
    return f"{shown} and {more} more" if more > 0 else shown


@register.filter
def ago(moment: datetime) -> str:
    """Return how long ago something was, in the largest unit that fits."""
    return format_timedelta(moment - timezone.now(), add_direction=True, locale="en")
