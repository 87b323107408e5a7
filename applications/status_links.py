"""The links by which candidates come to their applications without an account.

A link names an application and is signed, so it cannot be guessed from an application's id.
It is only ever sent by e-mail to the candidate's own address: who has it reads that mailbox.
"""

from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner

from applications.models import Application

LIFETIME = timedelta(days=180)
"""How long a link opens its application; a new one can be asked for at any time."""

_signer = TimestampSigner(salt="applications.status_links")


class ExpiredLink(Exception):
    """The link was good once."""


class WrongLink(Exception):
    """No such link was ever sent."""


def status_link(application: Application) -> str:
    """Return the address of the candidate's page of an application.

    The token is in the query, which neither our logs nor those of a sane proxy hold.
    """
    token = urlencode({"token": _signer.sign(application.public_id)})
    return f"{settings.BASE_URL}/applications/open?{token}"


def read_token(token: str) -> str:
    """Return the public id of the application that a link's token opens.

    Raises:
        ExpiredLink: it is older than `LIFETIME`.
        WrongLink: it is not ours, or was changed.
    """
    try:
        return _signer.unsign(token, max_age=LIFETIME)
    except SignatureExpired as error:
        raise ExpiredLink from error
    except BadSignature as error:
        raise WrongLink from error
