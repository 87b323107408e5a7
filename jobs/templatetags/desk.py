"""What the start page of the staff's admin shows: the queues, and what was done last."""

from collections.abc import Iterable
from dataclasses import dataclass

from django import template
from django.db.models import Model
from django.urls import reverse

from accounts.models import AuditEntry, User
from jobs import staff_queries
from jobs.models import Job, ReportCase, VerificationRequest
from jobsphere.queues import Queue, Size

register = template.Library()

ACTS_SHOWN = 10


@dataclass(frozen=True)
class Card:
    """A queue as the start page shows it."""

    title: str
    explanation: str
    size: Size
    url: str
    all_label: str = ""
    all_size: Size | None = None
    all_url: str = ""


@register.simple_tag
def queue_cards(user: User) -> list[Card]:
    """Return the queues that this person may see, at one query for each number."""
    cards = []
    if user.has_perm("jobs.view_job"):
        cards.append(
            Card(
                staff_queries.SUSPICIOUS.title,
                "with something odd, or of a new company",
                staff_queries.SUSPICIOUS.size(),
                _list_url(Job, staff_queries.SUSPICIOUS),
                "not reviewed in all",
                staff_queries.REVIEW.size(),
                _list_url(Job, staff_queries.REVIEW),
            )
        )
    if user.has_perm("jobs.view_reportcase"):
        queue = staff_queries.REPORTS
        cards.append(Card(queue.title, "jobs that readers reported", queue.size(), _list_url(ReportCase)))
    if user.has_perm("jobs.view_verificationrequest"):
        queue, url = staff_queries.VERIFICATION, _list_url(VerificationRequest)
        cards.append(Card(queue.title, "that ask for a review by staff", queue.size(), url))
    return cards


@register.simple_tag
def latest_acts(user: User) -> Iterable[AuditEntry]:
    """Return what staff did last, for those who may read the audit trail."""
    if not user.has_perm("accounts.view_auditentry"):
        return []
    return AuditEntry.objects.select_related("actor").order_by("-id")[:ACTS_SHOWN]


@register.filter
def as_words(act: str) -> str:
    """Return the name of an act as one says it: `approve job` for `approve_job`."""
    return act.replace("_", " ")


def _list_url(model: type[Model], queue: Queue | None = None) -> str:
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{url}?queue={queue.name}" if queue else url
