"""The one error body of the API, and the registry of error codes.

The contract, "Errors": one shape everywhere, every fault listed, nothing of the inside shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.response import Response

from jobsphere import ids
from jobsphere.api.json import render
from jobsphere.errors import DomainError, Fault


@dataclass(frozen=True)
class ErrorCode:
    """What a code means and what its reader can do about it.

    `general` is the code that stands at the top of the body for a fault of this code,
    which itself appears in `details` alone.
    """

    status: int
    meaning: str
    advice: str
    general: str | None = None


CODES: dict[str, ErrorCode] = {
    "missing_parameter": ErrorCode(
        400, "A required parameter or field is missing.", "Send it: `param` names it."
    ),
    "invalid_parameter": ErrorCode(
        400, "A parameter or field has a value that cannot be used.", "Correct it: the message says how."
    ),
    "out_of_range": ErrorCode(
        400,
        "A number, a length or a count is too small or too large (in `details`, under `invalid_parameter`).",
        "Keep to the limits that the message names.",
        general="invalid_parameter",
    ),
    "unknown_parameter": ErrorCode(
        400,
        "There is no parameter or field of this name here.",
        "Look for a typo: the message lists them.",
    ),
    "invalid_json": ErrorCode(
        400, "The body is not a JSON object in UTF-8.", "Send one JSON object, as application/json."
    ),
    "invalid_request": ErrorCode(
        400,
        "The request cannot be understood.",
        "Check its host, its path, its headers, how long they are, and the form of its body.",
    ),
    "length_required": ErrorCode(
        400, "The body came without its length.", "Send Content-Length rather than a chunked body."
    ),
    "idempotency_key_reused": ErrorCode(
        400,
        "This Idempotency-Key was used within 24 hours for another request.",
        "Use a new key for a new request.",
    ),
    "idempotency_in_progress": ErrorCode(
        409,
        "The first request with this Idempotency-Key is still under way.",
        "Wait a moment, then send it again with the same key.",
    ),
    "missing_api_key": ErrorCode(
        401, "The call carries no API key.", "Send `Authorization: Bearer <your API key>`."
    ),
    "invalid_api_key": ErrorCode(
        401, "There is no such API key.", "Check that it was copied whole; make a new one in the dashboard."
    ),
    "revoked_api_key": ErrorCode(401, "This API key was revoked.", "Use another key of your account."),
    "expired_api_key": ErrorCode(401, "This API key has expired.", "Make a new key in the dashboard."),
    "https_required": ErrorCode(
        403,
        "The call came over plain HTTP, and its key may have been read on the way.",
        "Use https://, and replace the key.",
    ),
    "insufficient_scope": ErrorCode(403, "A Read Only key cannot change anything.", "Use a Read/Write key."),
    "address_not_allowed": ErrorCode(
        403, "This API key may not be used from this address.", "Add the network to the key, or call from it."
    ),
    "employer_not_verified": ErrorCode(
        403, "Only a verified company can publish jobs.", "Have the company verified in the dashboard."
    ),
    "not_your_company": ErrorCode(
        403, "The company belongs to another account.", "Use the id of a company of your own."
    ),
    "forbidden": ErrorCode(403, "You may not do this.", "The message says what is missing."),
    "not_found": ErrorCode(404, "It does not exist, or you may not see it.", "Check the path and the id."),
    "method_not_allowed": ErrorCode(
        405, "This resource does not know the method.", "Use one that the Allow header lists."
    ),
    "not_acceptable": ErrorCode(
        406, "The API answers in JSON alone.", "Send `Accept: application/json`, or no Accept header."
    ),
    "conflict": ErrorCode(409, "Another call is changing the same thing.", "Read it again, then retry."),
    "body_too_large": ErrorCode(413, "The body is too large.", "Keep to the size that the message names."),
    "unsupported_media_type": ErrorCode(
        415, "The body is of a type that is not read here.", "Send application/json."
    ),
    "rate_limited": ErrorCode(
        429, "The calls of this minute are used up.", "Wait for the seconds that Retry-After names."
    ),
    "server_error": ErrorCode(
        500, "Something went wrong on our end.", "Try again; if it stays, tell us the request id."
    ),
    "unavailable": ErrorCode(503, "JobSphere cannot answer right now.", "Try again in a moment."),
    "duplicate_application": ErrorCode(
        400,
        "This candidate has applied for this job already.",
        "Read the application that is named.",
    ),
    "duplicate_external_id": ErrorCode(
        400, "A job of this company has this external_id already.", "Change the job that the message names."
    ),
    "job_closed": ErrorCode(400, "The job takes no more applications.", "Look for another job."),
    "invalid_transition": ErrorCode(
        400,
        "An application or job cannot go from its state to this one.",
        "Choose a state that the message lists.",
    ),
    "invalid_resume": ErrorCode(
        400,
        "The résumé is no PDF, DOCX, ODT or TXT file that can be read.",
        "Send one, up to 10 MB.",
    ),
    "key_not_active": ErrorCode(
        400, "This API key was revoked, expired or replaced already.", "Use an active key."
    ),
    "last_owner": ErrorCode(403, "An account needs an owner.", "Make somebody else an owner first."),
}
"""Every code an answer can carry. The page of error codes and the OpenAPI enum come from here."""

CODE_OF_STATUS = {
    400: "invalid_request",
    401: "invalid_api_key",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "body_too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
    500: "server_error",
    503: "unavailable",
}

_CODE_OF_DRF = {
    "required": "missing_parameter",
    "max_length": "out_of_range",
    "min_length": "out_of_range",
    "max_value": "out_of_range",
    "min_value": "out_of_range",
    "max_string_length": "out_of_range",
}
_NON_FIELD = "non_field_errors"


def fault_code(code: str) -> str:
    """Return the registered code for one of Django's or REST framework's validation codes."""
    return code if code in CODES else _CODE_OF_DRF.get(code, "invalid_parameter")


def docs_url(code: str) -> str:
    """Return the address of the text that explains this code."""
    return f"{settings.BASE_URL}/docs/errors#{code}"


def error_body(request: HttpRequest, faults: Sequence[Fault], top: Fault | None = None) -> dict[str, Any]:
    """Return the body of an error answer.

    Args:
        faults: at least one.
        top: what stands above them; without it the first of them.
    """
    top = top or faults[0]
    registered = CODES.get(top.code)
    code = registered.general if registered and registered.general else top.code
    return {
        "error": {
            "code": code,
            "message": top.message,
            "param": top.param,
            "details": [
                {"code": fault.code, "param": fault.param, "message": fault.message} for fault in faults
            ],
            "request_id": getattr(request, "request_id", None),
            "docs_url": docs_url(code),
        }
    }


def error_response(request: HttpRequest, code: str) -> HttpResponse:
    """Return an error answer for a failure outside of a view: its status is that of the code."""
    registered = CODES[code]
    fault = Fault(code, f"{registered.meaning} {registered.advice}")
    return HttpResponse(
        render(error_body(request, [fault])), status=registered.status, content_type="application/json"
    )


def unreadable_request(*, is_theirs: bool) -> bytes:
    """Return a whole HTTP/1.1 answer to a request that never became one: 400, or 500 if the fault is ours.

    The server's worker sends it as it is, and closes the connection.
    """
    request = HttpRequest()
    request.request_id = ids.new_id("req")  # type: ignore[attr-defined]
    answer = error_response(request, "invalid_request" if is_theirs else "server_error")
    headers = {
        **answer.headers,
        "Content-Length": len(answer.content),
        "X-Request-Id": request.request_id,  # type: ignore[attr-defined]
        "Connection": "close",
    }
    lines = [f"HTTP/1.1 {answer.status_code} {answer.reason_phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + answer.content


def exception_handler(exception: Exception, context: Mapping[str, Any]) -> Response | None:
    """Turn what a view raised into the error answer; None for what is a fault of ours.

    REST framework's hook: `context["request"]` is its request.
    """
    request = context["request"]._request
    if isinstance(exception, DomainError):
        top = Fault(exception.code, exception.message, exception.param)
        return Response(error_body(request, exception.details, top), status=exception.status)
    api_exception = _as_api_exception(exception)
    if api_exception is None:
        return None
    if isinstance(api_exception, exceptions.ValidationError):
        faults = list(validation_faults(api_exception.detail))
    else:
        faults = [Fault(_code(api_exception), _message(api_exception))]
    headers = {}
    if auth_header := getattr(api_exception, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if wait := getattr(api_exception, "wait", None):
        headers["Retry-After"] = str(wait)
    return Response(error_body(request, faults), status=api_exception.status_code, headers=headers)


def validation_faults(detail: Any, path: str = "") -> Iterator[Fault]:
    """Yield a fault for each message of a validation error's nested detail.

    Paths read `salary_range.min` and `tags[2]`.
    """
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from validation_faults(inner, _join(path, name))
    elif isinstance(detail, list | tuple):
        for index, inner in enumerate(detail):
            is_item = isinstance(inner, Mapping | list)
            yield from validation_faults(inner, _join(path, index) if is_item else path)
    else:
        code = fault_code(getattr(detail, "code", "") or "")
        yield Fault(code, _named(str(detail), path), path or None)


def _join(path: str, name: str | int) -> str:
    if name == _NON_FIELD:
        return path
    if isinstance(name, int):
        return f"{path}[{name}]"
    return f"{path}.{name}" if path else str(name)


def _named(message: str, path: str) -> str:
    """Name the parameter in a message that leaves it out.

    Our own start in lower case ("must be true or false."); REST framework's say "this field".
    """
    if not path:
        return message
    if message[:1].islower():
        return f"{path} {message}"
    return message.replace("This field", path).replace("this field", path)


def _as_api_exception(exception: Exception) -> exceptions.APIException | None:
    if isinstance(exception, exceptions.APIException):
        return exception
    if isinstance(exception, Http404):
        return exceptions.NotFound()
    if isinstance(exception, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(exception, RequestDataTooBig):
        return BodyTooLarge(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    if isinstance(exception, SuspiciousOperation | BadRequest):
        return exceptions.ParseError(CODES["invalid_request"].meaning)
    return None


def _code(exception: exceptions.APIException) -> str:
    given = exception.get_codes()
    if isinstance(given, str) and given in CODES:
        return given
    return CODE_OF_STATUS.get(exception.status_code, "invalid_request")


def _message(exception: exceptions.APIException) -> str:
    if isinstance(exception, exceptions.NotFound) and exception.detail == exceptions.NotFound.default_detail:
        return f"{CODES['not_found'].meaning} {CODES['not_found'].advice}"
    return str(exception.detail)


class BodyTooLarge(exceptions.APIException):
    """The body is larger than what is read here.

    Args:
        limit: the most that is read, in bytes.
    """

    status_code = 413
    default_code = "body_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than {limit // 1024} KiB.")


class LengthRequired(exceptions.APIException):
    """A body in chunks, whose length is not known before it is read."""

    status_code = 400
    default_code = "length_required"
    default_detail = f"{CODES['length_required'].meaning} {CODES['length_required'].advice}"


class Unavailable(exceptions.APIException):
    """Something that the answer needs is down."""

    status_code = 503
    default_code = "unavailable"
    default_detail = f"{CODES['unavailable'].meaning} {CODES['unavailable'].advice}"


class RateLimited(exceptions.APIException):
    """The calls of this minute are used up.

    Args:
        wait: seconds until calls are taken again.
    """

    status_code = 429
    default_code = "rate_limited"

    def __init__(self, message: str, wait: int) -> None:
        super().__init__(message)
        self.wait = wait
