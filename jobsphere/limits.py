"""How often a form may be sent: counted by network, or by whatever else names who sends it."""

import ipaddress

from django.http import HttpRequest
from django_ratelimit.core import is_ratelimited
from redis.exceptions import RedisError

from jobsphere.http import peer


def network_of(request: HttpRequest) -> str:
    """Return the network that a request comes from: an IPv4 address, or the /64 of an IPv6 address."""
    address = peer(request)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def exceeds(request: HttpRequest, *, group: str, key: str, rate: str) -> bool:
    """Count an act; tell whether it was one too many.

    Args:
        group: the act. key: who does it; stored as a digest. rate: such as `20/h`.
    """
    try:
        return is_ratelimited(request, group=group, key=lambda *_: key, rate=rate, increment=True)
    except (RedisError, OSError):  # availability before counting, as in the API
        return False
