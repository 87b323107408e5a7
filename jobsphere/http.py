"""What a request is for, and where it comes from."""

import ipaddress
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from django.http import HttpRequest

View = TypeVar("View", bound=Callable[..., Any])
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_API_PATH = re.compile(r"/+v1(?:/|$)", re.IGNORECASE)
_LOOPBACK = "127.0.0.1"


def is_api(request: HttpRequest) -> bool:
    """Tell whether a request is for the API rather than for a page.

    Odd spellings of the prefix count too, so that none of them redirects a call with its key.
    """
    return _API_PATH.match(request.path_info) is not None


def takes(size: int) -> Callable[[View], View]:
    """Decorate a view that takes bodies of this many bytes; others take `DATA_UPLOAD_MAX_MEMORY_SIZE`."""

    def decorate(view: View) -> View:
        view.body_limit = size  # type: ignore[attr-defined]
        return view

    return decorate


def peer(request: HttpRequest) -> Address | None:
    """Return the address a request comes from; this machine's for a unix socket."""
    return _address(request.META.get("REMOTE_ADDR") or _LOOPBACK)


@lru_cache(1_000)
def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def is_local(request: HttpRequest) -> bool:
    """Tell whether a request comes from this machine, and not through a proxy on it."""
    address = peer(request)
    return address is not None and address.is_loopback and "HTTP_X_FORWARDED_FOR" not in request.META
