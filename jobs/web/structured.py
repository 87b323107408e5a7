"""A job as search engines read it: schema.org's JobPosting, as JSON-LD.

The properties are those that Google's "Job posting structured data" requires or recommends.
"""

import json
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from jobs.models import EmploymentType, Job, Place

EMPLOYMENT_TYPES = {
    EmploymentType.FULL_TIME: "FULL_TIME",
    EmploymentType.PART_TIME: "PART_TIME",
    EmploymentType.CONTRACT: "CONTRACTOR",
    EmploymentType.TEMPORARY: "TEMPORARY",
    EmploymentType.INTERNSHIP: "INTERN",
    EmploymentType.FREELANCE: "CONTRACTOR",
}
_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def job_posting(job: Job, description_html: str) -> SafeString:
    """Return the JSON-LD of an open job, safe inside a script element; two queries for its places."""
    organization: dict[str, Any] = {"@type": "Organization", "name": job.company.name}
    if job.company.website:
        organization["sameAs"] = job.company.website
    if job.company.public_logo_url:
        organization["logo"] = job.company.public_logo_url
    assert job.posted_at is not None
    assert job.expires_at is not None
    data: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "JobPosting",
        "title": job.title,
        "description": description_html,
        "identifier": {"@type": "PropertyValue", "name": job.company.name, "value": job.public_id},
        "datePosted": job.posted_at.isoformat(),
        "validThrough": job.expires_at.isoformat(),
        "employmentType": EMPLOYMENT_TYPES[EmploymentType(job.type)],
        "hiringOrganization": organization,
        "url": f"{settings.BASE_URL}/jobs/{job.public_id}",
        "directApply": job.application_method == "jobsphere",
        **_where(job),
    }
    if job.salary_min is not None and job.salary_max is not None:
        data["baseSalary"] = {
            "@type": "MonetaryAmount",
            "currency": job.salary_currency,
            "value": {
                "@type": "QuantitativeValue",
                "minValue": job.salary_min,
                "maxValue": job.salary_max,
                "unitText": "YEAR",
            },
        }
    if job.skills:
        data["skills"] = ", ".join(job.skills)
    return mark_safe(json.dumps(data, ensure_ascii=False).translate(_ESCAPES))  # noqa: S308


def _where(job: Job) -> dict[str, Any]:
    places = list(Place.objects.filter(pk__in=job.place_ids))
    above = Place.objects.in_bulk({ancestor for place in places for ancestor in place.ancestor_ids})
    if job.remote:
        countries = {
            place.name if place.kind == Place.Kind.COUNTRY else above[ancestor].name
            for place in places
            for ancestor in place.ancestor_ids or [place.pk]
            if place.kind == Place.Kind.COUNTRY or above[ancestor].kind == Place.Kind.COUNTRY
        }
        allowed = [{"@type": "Country", "name": name} for name in sorted(countries)]
        where: dict[str, Any] = {"jobLocationType": "TELECOMMUTE"}
        return where | {"applicantLocationRequirements": allowed} if allowed else where
    located = [{"@type": "Place", "address": _address(place, above)} for place in places]
    unknown = {"@type": "Place", "address": {"@type": "PostalAddress", "addressLocality": job.location}}
    return {"jobLocation": located or [unknown]}


def _address(place: Place, above: dict[int, Place]) -> dict[str, str]:
    names = {ancestor.kind: ancestor.name for ancestor in map(above.get, place.ancestor_ids) if ancestor}
    names[place.kind] = place.name
    address = {"@type": "PostalAddress", "addressCountry": place.country_code}
    if Place.Kind.CITY in names:
        address["addressLocality"] = names[Place.Kind.CITY]
    if Place.Kind.REGION in names:
        address["addressRegion"] = names[Place.Kind.REGION]
    return address
