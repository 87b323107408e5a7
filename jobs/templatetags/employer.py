"""How the employer's dashboard words states and what happened."""

from typing import Any

from django import template

from jobs.models import CompanyEvent, JobEvent, VerificationMethod

register = template.Library()

_JOB_EVENTS = {
    "created": "Created",
    "changed": "Changed",
    "published": "Published",
    "unpublished": "Taken off the board",
    "closed": "Closed",
    "approved": "Approved",
    "rejected": "Rejected",
    "suspended": "Suspended",
}
_COMPANY_EVENTS = {
    "created": "Added",
    "changed": "Changed",
    "verification_requested": "Verification begun",
    "verified": "Verified",
    "rejected": "Rejected",
    "suspended": "Suspended",
    "reinstated": "Suspension ended",
}
_STAFF_EVENTS = frozenset({"approved", "rejected", "suspended", "reinstated"})
_LOOKS = {
    "published": "good",
    "verified": "good",
    "draft": "",
    "unverified": "warn",
    "pending": "warn",
    "expired": "warn",
    "closed": "",
    "rejected": "bad",
    "suspended": "bad",
}


@register.filter
def happened(event: JobEvent | CompanyEvent) -> str:
    """Return what an event is called."""
    names = _JOB_EVENTS if isinstance(event, JobEvent) else _COMPANY_EVENTS
    return names.get(event.kind, event.kind.replace("_", " ").capitalize())


@register.filter
def who(event: JobEvent | CompanyEvent) -> str:
    """Return who did it: a colleague by name, staff and programs as such."""
    by_staff = isinstance(event, CompanyEvent) and event.details.get("method") == VerificationMethod.STAFF
    if event.kind in _STAFF_EVENTS or (by_staff and event.kind == "verified"):
        return "JobSphere’s staff"
    return str(event.actor) if event.actor else "the API"


@register.filter
def look(state: Any) -> str:
    """Return the class of the badge that shows a state."""
    return _LOOKS.get(str(state), "")


@register.filter
def standing(company: Any) -> str:
    """Return the word for where a company stands."""
    return "suspended" if company.suspended_at else str(company.verification_state)
