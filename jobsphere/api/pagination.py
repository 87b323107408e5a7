"""Pages of a list: the envelope of the documentation, and `Link` headers (RFC 8288)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
MAX_PAGE = 2**53 - 1  # the largest whole number that every JSON reader keeps exact


@dataclass(slots=True)
class Page:
    """One page of a list, and where it stands in it."""

    items: list[Any]
    current_page: int
    total_pages: int
    total_items: int

    def envelope(self, data: Any) -> dict[str, Any]:
        """Return the documented body around the page's serialized items."""
        return {
            "data": data,
            "pagination": {
                "current_page": self.current_page,
                "total_pages": self.total_pages,
                "total_items": self.total_items,
            },
        }

    def links(self, request: HttpRequest) -> str:
        """Return the value of the Link header, empty when there is no item."""
        if self.total_pages == 0:
            return ""
        pages = {"first": 1, "last": self.total_pages}
        if self.current_page > 1:
            pages["prev"] = min(self.current_page - 1, self.total_pages)
        if self.current_page < self.total_pages:
            pages["next"] = self.current_page + 1
        address, parameters = request.build_absolute_uri(request.path), request.GET.dict()
        return ", ".join(
            f'<{address}?{urlencode({**parameters, "page": pages[relation]})}>; rel="{relation}"'
            for relation in ("first", "prev", "next", "last")
            if relation in pages
        )


class Pagination(BasePagination):
    """Pages by `limit` and `page`, which the view's filter set has read and checked."""

    @staticmethod
    def paginate(queryset: QuerySet[Any], limit: int, page: int) -> Page:
        """Return one page of a totally ordered queryset.

        A page past the end is empty, and costs no query beyond the count.

        Args:
            limit: items a page, 1 or more.
            page: from 1, of any size.
        """
        total_items = queryset.count()
        total_pages = -(-total_items // limit)
        start = (page - 1) * limit
        items = list(queryset[start : start + limit]) if page <= total_pages else []
        return Page(items, page, total_pages, total_items)

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        """REST framework's hook; `view.query` holds `limit` and `page`."""
        query: Mapping[str, Any] = getattr(view, "query", {})
        self.request = request._request
        self.page = self.paginate(queryset, query["limit"], query["page"])
        return self.page.items

    def get_paginated_response(self, data: Any) -> Response:
        """Return the answer around the serialized items of the page."""
        return self.respond(self.page, data, self.request)

    @staticmethod
    def respond(page: Page, data: Any, request: HttpRequest) -> Response:
        """Return the answer for a page that was made elsewhere, such as by a search."""
        links = page.links(request)
        return Response(page.envelope(data), headers={"Link": links} if links else {})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the schema of the envelope around that of the list."""
        return {
            "type": "object",
            "required": ["data", "pagination"],
            "properties": {
                "data": schema,
                "pagination": {
                    "$ref": "#/components/schemas/Pagination",
                    "example": {"current_page": 1, "total_pages": 12, "total_items": 234},
                },
            },
        }
