"""Keeping jobs and searches, and telling of new jobs by e-mail."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from jobs.models import Job, SavedJob, SavedSearch
from jobs.saved_models import MAX_QUERY_LENGTH
from jobsphere.emails import send_email
from jobsphere.errors import InvalidParameter

MAX_JOBS = 500
MAX_SEARCHES = 50
MAX_NAME_LENGTH = 100

_signer = Signer(salt="jobs.alerts")


@transaction.atomic
def save_job(*, user: User, job: Job) -> None:
    """Keep a job for a person; one that is kept already stays as it is.

    Raises:
        InvalidParameter: the person keeps `MAX_JOBS` already.
    """
    _lock(user)
    if user.saved_jobs.filter(job=job).exists():
        return
    if user.saved_jobs.count() >= MAX_JOBS:
        raise InvalidParameter(f"You have saved {MAX_JOBS} jobs. Remove some first.", code="out_of_range")
    SavedJob.objects.create(user=user, job=job)


def unsave_job(*, user: User, job: Job) -> None:
    """Keep a job no longer, if it was kept."""
    user.saved_jobs.filter(job=job).delete()


@transaction.atomic
def save_search(*, user: User, name: str, query_string: str) -> SavedSearch:
    """Keep a search, and return it; one that is kept already stays as it is.

    Raises:
        InvalidParameter: a blank or overlong name, too long a search, or `MAX_SEARCHES` are kept already.
    """
    _lock(user)
    if kept := user.saved_searches.filter(query_string=query_string).first():
        return kept
    if len(query_string) > MAX_QUERY_LENGTH:
        raise InvalidParameter("This search is too long to be saved. Take filters away.", code="out_of_range")
    if user.saved_searches.count() >= MAX_SEARCHES:
        raise InvalidParameter(
            f"You have saved {MAX_SEARCHES} searches. Remove some first.", code="out_of_range"
        )
    return SavedSearch.objects.create(user=user, name=_checked(name), query_string=query_string)


def rename_search(*, search: SavedSearch, name: str) -> None:
    """Give a search another name.

    Raises:
        InvalidParameter: the name is blank or overlong.
    """
    search.name = _checked(name)
    search.save(update_fields=["name"])


def see_search(*, search: SavedSearch) -> None:
    """Note that a person has looked at the search: what is there now is no longer new."""
    search.seen_at = timezone.now()
    search.save(update_fields=["seen_at"])


def set_alerts(*, search: SavedSearch, alerts: bool) -> None:
    """Begin or end to mail new jobs of a search; only those posted from now on."""
    search.alerts = alerts
    search.alerted_at = timezone.now() if alerts else None
    search.save(update_fields=["alerts", "alerted_at"])


def delete_search(*, search: SavedSearch) -> None:
    """Forget a search."""
    search.delete()


@transaction.atomic
def send_alert(*, search: SavedSearch, before: datetime, jobs: Sequence[Job], more: int) -> bool:
    """Mail the new jobs of a search, and return whether this was done.

    Only one of several callers does it, and only if the search has been untouched since it was read.

    Args:
        before: jobs posted until then have been looked at: later ones are for the next time.
        jobs: the new jobs; none sends nothing, and only notes that it was looked.
        more: how many beyond them.
    """
    untouched = SavedSearch.objects.filter(pk=search.pk, alerts=True, alerted_at=search.alerted_at)
    if not untouched.update(alerted_at=before):
        return False
    if not jobs:
        return False
    stop = unsubscribe_link(search)
    context = {
        "search": search,
        "jobs": jobs,
        "more": more,
        "count": len(jobs) + more,
        "base_url": settings.BASE_URL,
        "stop": stop,
    }
    # One click in the reader's mail program ends it (RFC 8058).
    headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    send_email("job_alert", to=[search.user.email], context=context, headers=headers)
    return True


def unsubscribe_link(search: SavedSearch) -> str:
    """Return the address at which the mails of a search can be ended without signing in."""
    token = urlencode({"token": _signer.sign(search.public_id)})
    return f"{settings.BASE_URL}/saved/searches/unsubscribe?{token}"


def search_of_token(token: str) -> SavedSearch | None:
    """Return the search that the token of an unsubscribe link names; None if it is not ours, or gone."""
    try:
        return SavedSearch.objects.filter(public_id=_signer.unsign(token)).first()
    except BadSignature:
        return None


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not name or "\0" in name:
        raise InvalidParameter("Give it a name.", param="name")
    if len(name) > MAX_NAME_LENGTH:
        raise InvalidParameter(f"A name has at most {MAX_NAME_LENGTH} characters.", param="name")
    return name


def _lock(user: User) -> None:
    """One save at a time, so that no two pass the limit together."""
    User.objects.select_for_update().get(pk=user.pk)
