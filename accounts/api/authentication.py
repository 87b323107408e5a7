"""API keys in the header of every request (the documentation, "Authentication")."""

import ipaddress
from typing import ClassVar

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request

from accounts import queries, services
from accounts.models import ApiKey
from jobsphere.errors import Forbidden


def key_of(request: Request) -> ApiKey:
    """Return the key of an authenticated call, with its account."""
    assert isinstance(request.auth, ApiKey)
    return request.auth


class ApiKeyAuthentication(BaseAuthentication):
    """Takes `Authorization: Bearer <key>` or `X-API-Key: <key>`; never the query string.

    `request.auth` is the `ApiKey` with its account; there is no user. A view that needs something else of the
    database each time can have it read by the same statement: `beside`, of `accounts.queries.find_key`.
    """

    beside: ClassVar[str] = "NULL"

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiKey]:
        key = queries.find_key(self._secret(request), self.beside)
        if key is None:
            raise AuthenticationFailed(
                "No such API key: check that it was copied whole.", code="invalid_api_key"
            )
        if key.revoked_at is not None:
            raise AuthenticationFailed("This API key was revoked: use another one.", code="revoked_api_key")
        if not key.is_active:
            raise AuthenticationFailed("This API key has expired: make a new one.", code="expired_api_key")
        self._check_address(key, request)
        services.touch_key(key=key)
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def _secret(self, request: Request) -> str:
        scheme, _, bearer = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        header = request.META.get("HTTP_X_API_KEY", "").strip()
        if scheme.lower() == "bearer" and bearer.strip():
            if header and header != bearer.strip():
                raise AuthenticationFailed(
                    "Authorization and X-API-Key name different keys: send one.", code="invalid_api_key"
                )
            return bearer.strip()
        if header:
            return header
        if scheme:
            raise AuthenticationFailed(
                "The Authorization header must read: Bearer <your API key>.", code="invalid_api_key"
            )
        raise NotAuthenticated(
            "Send your API key as: Authorization: Bearer <your API key>.", code="missing_api_key"
        )

    def _check_address(self, key: ApiKey, request: Request) -> None:
        if not key.allowed_networks:
            return
        try:
            address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
        except ValueError:
            address = None
        if address is None or not any(
            address in ipaddress.ip_network(network) for network in key.allowed_networks
        ):
            raise Forbidden("This API key may not be used from this address.", code="address_not_allowed")
