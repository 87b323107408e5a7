"""What every view of the API stands on: key, metering, body and query, in this order."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.conf import settings
from rest_framework.exceptions import APIException, NotFound
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from jobsphere.api import rate_limit
from jobsphere.api.errors import BodyTooLarge, LengthRequired, RateLimited
from jobsphere.api.filters import PagedFilterSet, query_faults
from jobsphere.errors import DomainError, InvalidParameter
from jobsphere.metrics import RATE_LIMITED

_MULTIPART = "multipart/form-data"


class ApiMixin(APIView):
    """Checks a call before its handler runs.

    A view states what its query may hold: `query_parameters` names those of plain views,
    `filterset_class` those of a list, which is what the actions in `paged_actions` are.
    A handler finds the values that were read in `self.query`.
    `further_error_statuses` are those that its description names beside the usual ones.
    Public views have no `authentication_classes` and no `permission_classes`.

    What each call is asked is asked of Django's own request: REST framework's finds it there, after a detour.
    """

    query_parameters: ClassVar[Iterable[str]] = ()
    paged_actions: ClassVar[Iterable[str]] = ("list",)
    further_error_statuses: ClassVar[Iterable[int]] = ()
    filterset_class: type[PagedFilterSet] | None = None
    filterset: PagedFilterSet | None = None
    query: dict[str, Any]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.format_kwarg = None
        self.perform_authentication(request)
        self.meter(request)
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        request.version, request.versioning_scheme = None, None
        self.check_permissions(request)
        self.check_method(request)
        self.check_body(request)
        if request._request.method != "OPTIONS":
            self.check_query(request)

    @property
    def is_public(self) -> bool:
        return not self.authentication_classes

    def perform_authentication(self, request: Request) -> None:
        """Find the key of this call.

        Raises:
            APIException: there is none, or none that may be used.
            RateLimited: and this address has sent too many such calls.
        """
        if self.is_public:
            return
        try:
            request.auth  # noqa: B018  (authenticates)
        except (APIException, DomainError):
            allowed = rate_limit.count_bad_key(request._request, settings.RATE_LIMIT_BAD_KEYS_PER_MINUTE)
            if allowed.is_exceeded:
                RATE_LIMITED.labels("bad_key").inc()
                message = "Too many calls without a good API key came from your address."
                raise RateLimited(message, allowed.seconds or 1) from None
            raise

    def meter(self, request: Request) -> None:
        """Count this call against its account's quota.

        Raises:
            RateLimited: the quota of this minute is used up.
        """
        if self.is_public:
            return
        key: Any = request.auth
        state = rate_limit.count_call(request._request, key.account)
        request._request.rate_limit = state  # type: ignore[attr-defined]
        if state.is_exceeded:
            RATE_LIMITED.labels("quota").inc()
            message = f"Your account's {state.limit} calls a minute are used up: wait {state.seconds} s."
            raise RateLimited(message, state.seconds or 1)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[BaseRenderer, str]:
        renderer = self.get_renderers()[0]
        if request._request.META.get("HTTP_ACCEPT", "*/*") not in ("*/*", renderer.media_type):
            renderer, _ = super().perform_content_negotiation(request, force)
        return renderer, renderer.media_type

    def check_method(self, request: Request) -> None:
        """Refuse a method that this resource does not know, whatever else is wrong with the call.

        Raises:
            MethodNotAllowed: there is no handler of its name.
        """
        method = (request._request.method or "").lower()
        if method not in self.http_method_names or not hasattr(self, method):
            self.http_method_not_allowed(request)

    def check_body(self, request: Request) -> None:
        """Refuse a body that is too large or of unknown length, before any of it is read.

        Raises:
            LengthRequired: it comes in chunks.
            BodyTooLarge: it is larger than what is read here.
        """
        meta = request._request.META
        length = meta.get("CONTENT_LENGTH")
        if not length:
            if meta.get("HTTP_TRANSFER_ENCODING"):
                raise LengthRequired
            return
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if request.content_type.partition(";")[0].strip().lower() == _MULTIPART:
            limit += settings.RESUME_MAX_BYTES
        if length.isdecimal() and int(length) > limit:
            raise BodyTooLarge(limit)

    def check_query(self, request: Request) -> None:
        """Read the query parameters into `self.query`.

        Raises:
            InvalidParameter: with every fault of the query.
        """
        filterset_class = self.get_filterset_class()
        if filterset_class is None:
            faults = query_faults(request.query_params, self.query_parameters)
            self.query = request.query_params.dict()
        else:
            self.filterset = filterset_class(request.query_params, request=request)
            faults = query_faults(request.query_params, self.filterset.base_filters) + self.filterset.faults()
            self.query = {} if faults else self.filterset.values
        if faults:
            raise InvalidParameter(
                faults[0].message, code=faults[0].code, param=faults[0].param, details=faults
            )

    def get_filterset_class(self) -> type[PagedFilterSet] | None:
        """Return what reads the query of this call; None where it is not a list."""
        if (self.request.method or "") not in SAFE_METHODS:
            return None
        if not hasattr(self, "action"):
            return self.filterset_class
        return (self.filterset_class or PagedFilterSet) if self.action in self.paged_actions else None

    def get_authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Answer with the methods in the Allow header alone."""
        return Response(status=204)


class ApiView(ApiMixin):
    """A single resource of the API."""


class ApiViewSet(ApiMixin, GenericViewSet[Any]):
    """A collection of the API and its items.

    Items are looked up by their public id: set `lookup_value_regex = pattern("job")`,
    so that what cannot be an id is a 404 without a query.
    """

    lookup_field = "public_id"
    lookup_url_kwarg = "id"


class UnknownPathView(ApiView):
    """Every path under `/v1` that nothing else takes: 404, with a key; without one 401."""

    schema = None

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {}

    def check_permissions(self, request: Request) -> None:
        raise NotFound
