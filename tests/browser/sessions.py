"""Signing in without the form, for tests of what comes after it."""

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.http import HttpRequest
from django.test import Client

from accounts.models import User


def session_cookie(user: User, url: str) -> dict[str, str]:
    """Return the cookie of a new session in which this person has just given their password."""
    client = Client()
    client.force_login(user)
    request = HttpRequest()
    request.session = session = client.session
    record_authentication(request, user, method="password", reauthenticated=True)
    session.save()
    return {"name": settings.SESSION_COOKIE_NAME, "value": str(session.session_key), "url": url}
