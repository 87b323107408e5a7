"""`Idempotency-Key` on POST: a call that is sent again is answered, not done, again.

The answer is stored in the transaction that does the work, so that a crash leaves
neither. A lock of that transaction keeps two equal calls apart.
"""

import functools
import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import orjson
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from jobsphere.api.json import render
from jobsphere.errors import Conflict, InvalidParameter
from jobsphere.models import IdempotentAnswer

HEADER = "Idempotency-Key"
LIFETIME = timedelta(hours=24)
_KEY = re.compile(r"[!-~]{1,255}")
_KEPT_HEADERS = ("Location",)
_PASSING = (409, 429)
"""Refusals that say "again, later": they are not kept as the answer."""

Handler = Callable[..., Response]


def idempotent(handler: Handler) -> Handler:
    """Let the handler of a POST keep to `Idempotency-Key`.

    Without the header it runs as it is. Answers of 2xx and 4xx are kept and given again
    with `Idempotent-Replayed: true`.

    Raises:
        InvalidParameter: a malformed key, or `idempotency_key_reused`.
        Conflict: `idempotency_in_progress`.
    """

    @functools.wraps(handler)
    def wrapper(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return handler(view, request, *args, **kwargs)
        if not _KEY.fullmatch(key):
            raise InvalidParameter(f"{HEADER} must be 1 to 255 visible ASCII characters.", param=HEADER)
        api_key: Any = request.auth
        scope = api_key.account.public_id
        fingerprint = _fingerprint(request)
        with transaction.atomic():
            _lock(scope, key)
            if answer := _find(scope, key, fingerprint):
                return _replay(answer)
            response = _run(handler, view, request, *args, **kwargs)
            if response.status_code < 500 and response.status_code not in _PASSING:
                _keep(scope, key, fingerprint, request, response)
            return response

    return wrapper


def _lock(scope: str, key: str) -> None:
    digest = hashlib.sha256(f"{scope} {key}".encode()).digest()
    number = int.from_bytes(digest[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        (is_ours,) = cursor.fetchone()
    if not is_ours:
        raise Conflict(
            "The first call with this Idempotency-Key is still under way: send it again in a moment.",
            code="idempotency_in_progress",
        )


def _find(scope: str, key: str, fingerprint: str) -> IdempotentAnswer | None:
    answer = IdempotentAnswer.objects.filter(
        scope=scope, key=key, created_at__gt=timezone.now() - LIFETIME
    ).first()
    if answer and answer.fingerprint != fingerprint:
        raise InvalidParameter(
            "This Idempotency-Key was used for another request: use a new one.",
            code="idempotency_key_reused",
            param=HEADER,
        )
    return answer


def _replay(answer: IdempotentAnswer) -> Response:
    return Response(
        orjson.loads(answer.body) if answer.body else None,
        status=answer.status,
        headers={**answer.headers, "Idempotent-Replayed": "true"},
    )


def _run(handler: Handler, view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
    """Run the handler; what it changed is undone when its answer is an error."""
    try:
        with transaction.atomic():
            response = handler(view, request, *args, **kwargs)
            if response.status_code >= 400:
                transaction.set_rollback(True)
            return response
    except Exception as exception:
        return view.handle_exception(exception)  # raises what is a fault of ours


def _keep(scope: str, key: str, fingerprint: str, request: Request, response: Response) -> None:
    IdempotentAnswer.objects.update_or_create(
        scope=scope,
        key=key,
        defaults={
            "request": f"{request.method} {request.path}"[:200],
            "fingerprint": fingerprint,
            "status": response.status_code,
            "body": "" if response.data is None else render(response.data).decode(),
            "headers": {name: response[name] for name in _KEPT_HEADERS if name in response},
            "created_at": timezone.now(),
        },
    )


def _fingerprint(request: Request) -> str:
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    for part in _body(request):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _body(request: Request) -> Iterator[bytes]:
    """Yield what makes one body different from another.

    The boundaries of a multipart body differ each time, so its parts count instead.
    """
    if not request.content_type.lower().startswith("multipart/"):
        yield request._request.body
        return
    form: Any = request.data
    for name, values in sorted(form.lists()):
        for value in values:
            yield str(name).encode()
            if isinstance(value, UploadedFile):
                yield (value.name or "").encode()
                yield _file_digest(value)
            else:
                yield str(value).encode()


def _file_digest(file: UploadedFile) -> bytes:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.digest()
