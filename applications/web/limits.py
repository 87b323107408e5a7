"""How often the forms for candidates may be sent, so that they neither flood employers nor mailboxes."""

import ipaddress

from django.http import HttpRequest
from django_ratelimit.core import is_ratelimited
from redis.exceptions import RedisError

from applications.queries import normalize_email
from jobsphere.http import peer

SUBMISSIONS_OF_A_NETWORK = "60/h"
SUBMISSIONS_FOR_AN_EMAIL = "20/h"
LINKS_FOR_A_NETWORK = "20/h"
LINKS_FOR_AN_EMAIL = "3/h"


def network_exceeds(request: HttpRequest, act: str, rate: str) -> bool:
    """Count an act of the network that a request comes from; tell whether it was one too many."""
    address = peer(request)
    network = str(address)
    if isinstance(address, ipaddress.IPv6Address):
        network = str(ipaddress.ip_network((address, 64), strict=False))
    return _exceeds(request, f"{act}-network", network, rate)


def email_exceeds(request: HttpRequest, act: str, email: str, rate: str) -> bool:
    """Count an act for an e-mail address, which is stored as a digest; tell whether it was one too many."""
    return _exceeds(request, f"{act}-email", normalize_email(email), rate)


def _exceeds(request: HttpRequest, group: str, key: str, rate: str) -> bool:
    try:
        return is_ratelimited(request, group=group, key=lambda *_: key, rate=rate, increment=True)
    except (RedisError, OSError):  # availability before counting, as in the API
        return False
