"""Forms that make something make it once, however often they are sent: by a double click, say.

Every page that is shown masks its CSRF token anew, so a form that is sent again carries the same
token and the same fields as the first time, and a form that is loaded again does not. No page needs
a token of its own for this.
"""

import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import wraps
from typing import Any

import orjson
from cryptography.fernet import Fernet
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import salted_hmac
from redis.exceptions import RedisError

KEPT = 10 * 60
"""Seconds for which the first answer is kept, and given again."""

LONGEST = 30
"""Seconds that a worker may take for the first: as long as gunicorn lets it live."""

PATIENCE = 10
"""Seconds that the second waits for the first."""

_UNDER_WAY = b""

View = Callable[..., HttpResponse]


def once(view: View) -> View:
    """Decorate a view: a form that was sent before gets the answer of the first time, and does nothing.

    An answer of 200 or of 400 and more made nothing: the form that it shows again may be sent again. A view
    that shows what it made answers 201. While the counter's store is down, forms are taken as they come.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST" or not request.POST.get("csrfmiddlewaretoken"):
            return view(request, *args, **kwargs)
        sent = _Sent(request)
        try:
            kept = sent.begin()
        except (RedisError, OSError):
            return view(request, *args, **kwargs)
        if kept is not None:
            return sent.answer(kept)
        try:
            response = view(request, *args, **kwargs)
        except BaseException:
            sent.end(None)
            raise
        sent.end(response if 200 < response.status_code < 400 else None)
        return response

    return guarded


class _Sent:
    """A form as it was sent. What is kept for it can be read by whoever sends it again, and nobody else."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        who = request.user.pk if request.user.is_authenticated else ""
        text = f"{who} {request.get_full_path()} {request.POST.urlencode()}"
        self.key = f"once:{salted_hmac('once:name', text, algorithm='sha256').hexdigest()}"
        secret = salted_hmac("once:secret", text, algorithm="sha256").digest()
        self.cipher = Fernet(urlsafe_b64encode(secret))

    def begin(self) -> bytes | None:
        """Return the answer that is kept; None for whoever comes first; `_UNDER_WAY` if that one is slow."""
        deadline = time.monotonic() + PATIENCE
        while not cache.add(self.key, _UNDER_WAY, LONGEST):
            kept: bytes | None = cache.get(self.key)
            if kept or time.monotonic() > deadline:
                return kept or _UNDER_WAY
            time.sleep(0.05)
        return None

    def end(self, response: HttpResponse | None) -> None:
        """Keep an answer, and what it says on the next page; or let the form be sent again."""
        try:
            if response is None:
                cache.delete(self.key)
                return
            kept = {
                "status": response.status_code,
                "headers": dict(response.headers),
                "content": response.content.decode(),
                "messages": _messages(self.request) if response.has_header("Location") else [],
            }
            cache.set(self.key, self.cipher.encrypt(orjson.dumps(kept)), KEPT)
        except (RedisError, OSError):
            pass

    def answer(self, kept: bytes) -> HttpResponse:
        """Return what was kept, or say that it is under way."""
        if not kept:
            return render(self.request, "under_way.html", status=409)
        given = orjson.loads(self.cipher.decrypt(kept))
        for level, message in given["messages"]:
            messages.add_message(self.request, level, message)
        return HttpResponse(given["content"], status=given["status"], headers=given["headers"])


def _messages(request: HttpRequest) -> list[tuple[int, str]]:
    """Return what the next page will say; it says it all the same."""
    storage: Any = messages.get_messages(request)
    found = [(each.level, str(each.message)) for each in storage]
    storage.used = False
    return found
