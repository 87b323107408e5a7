"""What a key's scope lets it do (the documentation, "Authentication")."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

READ, READ_WRITE = "read", "read_write"


def required_scope(method: str) -> str:
    """Return the scope that a call of this method needs."""
    return READ if method in SAFE_METHODS else READ_WRITE


class HasScope(BasePermission):
    """Any key reads; a Read/Write key changes."""

    message = "This call changes something: it needs a Read/Write API key."
    code = "insufficient_scope"

    def has_permission(self, request: Request, view: object) -> bool:
        key: Any = request.auth
        return required_scope(request.method or "") == READ or key.can_write
