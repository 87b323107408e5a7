"""Errors of the domain: what a service raises when a rule forbids an act.

They know their HTTP meaning (status and code of the v1 contract's error table) but
nothing of HTTP itself, so that the API, the pages, the admin and commands can each
show them in their own way.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with what was sent."""

    code: str
    message: str
    param: str | None = None


class DomainError(Exception):
    """A rule forbids this act. The message says what to do about it."""

    status = 400
    code = "invalid_request"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        details: Sequence[Fault] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.param = param
        self.details = list(details) or [Fault(self.code, message, param)]


class InvalidParameter(DomainError):
    """What was sent is missing, malformed or out of range."""

    code = "invalid_parameter"


class Forbidden(DomainError):
    """The caller is known, but may not do this."""

    status = 403
    code = "forbidden"


class NotFound(DomainError):
    """It does not exist, or the caller may not know that it does."""

    status = 404
    code = "not_found"


class Conflict(DomainError):
    """Another call is changing the same thing right now."""

    status = 409
    code = "conflict"


class Stale(Conflict):
    """It was changed after the version that the caller's changes were made upon."""
