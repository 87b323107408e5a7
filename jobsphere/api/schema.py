"""The OpenAPI 3.1 description of the API, generated from its views.

What all operations share (errors, headers, the key, Idempotency-Key) is added here, so
that views describe only what is their own.
"""

import functools
from typing import TYPE_CHECKING, Any, cast

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema as SpectacularAutoSchema

from jobsphere.api.errors import CODE_OF_STATUS, CODES, docs_url
from jobsphere.api.filters import PagedFilterSet
from jobsphere.api.permissions import READ, required_scope

if TYPE_CHECKING:
    from jobsphere.api.views import ApiMixin

_STATUS_TITLES = {
    400: "Bad Request: missing or invalid parameters",
    401: "Unauthorized: invalid or missing API key",
    403: "Forbidden: insufficient permissions for this action",
    404: "Not Found: the resource does not exist, or you may not see it",
    405: "Method Not Allowed",
    406: "Not Acceptable: the API answers in JSON alone",
    409: "Conflict: the first call with this Idempotency-Key is still under way",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    429: "Too Many Requests: rate limit exceeded",
    500: "Server Error: something went wrong on our end",
    503: "Service Unavailable",
}
_SUCCESSES = {
    "200": "OK: request successful",
    "201": "Created: `Location` says where",
    "204": "No Content: done, and nothing to say",
}
DESCRIPTION = """\
Integrate JobSphere into your application: read jobs, manage applications, track candidates.

**Authentication.** Make an API key in the dashboard and send it in the header of every request:
`Authorization: Bearer js_live_…`, or `X-API-Key: js_live_…`. A Read Only key reads; a Read/Write key
changes too. Only the OpenAPI document, this reference and the health check need no key. All requests
go over HTTPS: calls over plain HTTP fail.

**Lists** answer with `data` and `pagination`. `limit` is 20 unless you say otherwise, 100 at most;
`page` counts from 1. The `Link` header leads to the first, previous, next and last page. A page past
the end is empty. Unknown parameters are refused, so that a typo does not return everything.

**Rate limits** are per account and minute, whichever of its keys is used: Free 60, Pro 500,
Enterprise 1000 or more. Every answer says how many calls are left; past the limit it is a 429 with
`Retry-After`. Should the meter be down, calls are served unmetered, and only the limit is told.

**Errors** have one body: `error.code`, a message that says what to do, the parameter, and `details`
with every fault that was found.

**Retries.** Send an `Idempotency-Key` with every POST: within 24 hours the same call with the same
key is answered again, not done again. Read answers carry an `ETag` for `If-None-Match`.

**Times** are in RFC 3339, UTC. **Ids** are opaque and case-sensitive."""

_REQUEST_ID = "X-Request-Id"
_RATE_HEADERS = (
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "RateLimit-Policy",
    "RateLimit",
)
_HEADERS: dict[str, tuple[str, dict[str, Any], Any]] = {
    _REQUEST_ID: (
        "The id of this request. Name it when you write to us.",
        {"type": "string"},
        "req_8x29a1b3k0q2m4zt",
    ),
    "X-RateLimit-Limit": ("Calls a minute of your account.", {"type": "integer"}, 60),
    "X-RateLimit-Remaining": (
        "Calls left in this minute. Absent while calls are not metered.",
        {"type": "integer"},
        41,
    ),
    "X-RateLimit-Reset": (
        "When the minute ends, in Unix seconds. Absent while calls are not metered.",
        {"type": "integer"},
        1_744_272_000,
    ),
    "RateLimit-Policy": (
        "The quota (q, calls) and its window (w, seconds).",
        {"type": "string"},
        '"default";q=60;w=60',
    ),
    "RateLimit": (
        "Calls left (r) and seconds until the window ends (t). Absent while calls are not metered.",
        {"type": "string"},
        '"default";r=41;t=23',
    ),
    "Retry-After": ("Seconds to wait.", {"type": "integer", "minimum": 1}, 23),
    "ETag": (
        "The version of this answer, for If-None-Match.",
        {"type": "string"},
        '"5d41402abc4b2a76b9719d91"',
    ),
    "Link": (
        "The pages first, prev, next and last (RFC 8288). Absent when there is no item.",
        {"type": "string"},
        '<https://api.jobsphere.io/v1/jobs?page=2>; rel="next"',
    ),
    "Location": ("The path of what was created.", {"type": "string"}, "/v1/jobs/job_8x29a1b3"),
    "WWW-Authenticate": ("How to send the key.", {"type": "string"}, "Bearer"),
    "Allow": ("The methods that the resource knows.", {"type": "string"}, "GET, HEAD, OPTIONS"),
    "Idempotent-Replayed": (
        "`true` when this is the answer to an earlier call with the same Idempotency-Key.",
        {"type": "string", "const": "true"},
        "true",
    ),
}


class AutoSchema(SpectacularAutoSchema):
    """Describes one operation, with what every operation has."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        scope = required_scope(self.method)
        if not self._api_view.is_public:
            operation["x-required-scope"] = scope
            need = "any API key" if scope == READ else "a Read/Write API key"
            operation["description"] = f"{operation.get('description', '')}\n\nNeeds {need}.".strip()
        self._add_parameters(operation)
        self._add_responses(operation)
        return operation

    @property
    def _api_view(self) -> "ApiMixin":
        return cast("ApiMixin", self.view)

    def get_auth(self) -> list[dict[str, list[str]]]:
        return [] if self._api_view.is_public else [{"BearerKey": []}, {"HeaderKey": []}]

    def get_summary(self) -> str | None:
        summary = super().get_summary()
        if summary:
            return str(summary)
        return super().get_description().partition("\n")[0].rstrip(".") or None

    def _get_filter_parameters(self) -> list[dict[str, Any]]:
        filterset_class = self._filterset_class()
        return [] if filterset_class is None else query_parameters(filterset_class)

    def _filterset_class(self) -> type[PagedFilterSet] | None:
        if self.method != "GET":
            return None
        if self._is_list_view():
            return self._api_view.filterset_class or PagedFilterSet
        return None if hasattr(self.view, "action") else self._api_view.filterset_class

    def _add_parameters(self, operation: dict[str, Any]) -> None:
        names = []
        if self.method == "POST" and not self._api_view.is_public:
            names.append("IdempotencyKey")
        if self.method == "GET":
            names.append("IfNoneMatch")
        if names:
            operation.setdefault("parameters", []).extend(
                {"$ref": f"#/components/parameters/{name}"} for name in names
            )

    def _add_responses(self, operation: dict[str, Any]) -> None:
        responses = operation["responses"]
        for status, response in responses.items():
            response["description"] = response.get("description") or _SUCCESSES[status]
            headers = response.setdefault("headers", {})
            headers.update(_header_refs(self._headers(status)))
        if self.method == "GET":
            responses["304"] = {
                "description": "Not Modified: it is still the version of If-None-Match",
                "headers": _header_refs([*self._shared_headers(), "ETag"]),
            }
        for code in self._error_statuses():
            responses.setdefault(str(code), {"$ref": f"#/components/responses/Error{code}"})

    def _shared_headers(self) -> list[str]:
        return [_REQUEST_ID] if self._api_view.is_public else [_REQUEST_ID, *_RATE_HEADERS]

    def _headers(self, status: str) -> list[str]:
        names = self._shared_headers()
        if self.method == "GET" and status == "200":
            names.append("ETag")
        if self.method == "GET" and self._is_list_view():
            names.append("Link")
        if self.method == "POST" and not self._api_view.is_public:
            names.append("Idempotent-Replayed")
        if status == "201":
            names.append("Location")
        return names

    def _error_statuses(self) -> list[int]:
        statuses = [400, 405, 406, 500, *self._api_view.further_error_statuses]
        if not self._api_view.is_public:
            statuses += [401, 403, 404, 429]
        if self.method in ("POST", "PUT", "PATCH"):
            statuses += [413, 415]
        if self.method == "POST":
            statuses.append(409)
        return sorted(statuses)


def query_parameters(filterset_class: type[PagedFilterSet]) -> list[dict[str, Any]]:
    """Return the OpenAPI parameters of a filter set."""
    parameters = []
    for name, parameter in filterset_class.base_filters.items():
        schema = dict(getattr(parameter, "schema", {"type": "string"}))
        description = parameter.extra.get("help_text") or schema.pop("description", None)
        described = {"in": "query", "name": name, "schema": schema}
        if description:
            described["description"] = str(description)
        if parameter.extra["required"]:
            described["required"] = True
        if schema["type"] == "array":
            described |= {"style": "form", "explode": False}
        parameters.append(described)
    return parameters


def complete(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the components that operations refer to. drf-spectacular's postprocessing hook."""
    result["info"]["description"] = DESCRIPTION
    components = result.setdefault("components", {})
    components.setdefault("schemas", {}).update(
        {
            "Error": _error_schema(),
            "Pagination": {
                "type": "object",
                "required": ["current_page", "total_pages", "total_items"],
                "properties": {
                    "current_page": {"type": "integer", "minimum": 1, "examples": [1]},
                    "total_pages": {"type": "integer", "minimum": 0, "examples": [12]},
                    "total_items": {"type": "integer", "minimum": 0, "examples": [234]},
                },
            },
        }
    )
    components["securitySchemes"] = {
        "BearerKey": {
            "type": "http",
            "scheme": "bearer",
            "description": "Your API key: `Authorization: Bearer js_live_…`.",
        },
        "HeaderKey": {
            "type": "apiKey",
            "in": "header",
            "name": "X-API-Key",
            "description": "Your API key, where Authorization cannot be set.",
        },
    }
    components["headers"] = {
        name: {"description": description, "schema": schema, "example": example}
        for name, (description, schema, example) in _HEADERS.items()
    }
    components["parameters"] = {
        "IdempotencyKey": {
            "in": "header",
            "name": "Idempotency-Key",
            "description": (
                "1 to 255 visible ASCII characters of your choice. The same call with the same key within "
                "24 hours gets the first answer and changes nothing."
            ),
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        },
        "IfNoneMatch": {
            "in": "header",
            "name": "If-None-Match",
            "description": "The ETag of an earlier answer: 304 when it is still the same.",
            "schema": {"type": "string"},
        },
    }
    components["responses"] = {
        f"Error{status}": _error_answer(status) for status in CODE_OF_STATUS | {409: ""}
    }
    return result


def _header_refs(names: list[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _error_schema() -> dict[str, Any]:
    nullable = {"type": ["string", "null"]}
    return {
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["code", "message", "param", "details", "request_id", "docs_url"],
                "properties": {
                    "code": {
                        "type": "string",
                        "enum": [code for code, registered in CODES.items() if registered.general is None],
                    },
                    "message": {"type": "string", "description": "What is wrong, and what to do about it."},
                    "param": {
                        **nullable,
                        "description": "The parameter or field, such as `salary_range.min`.",
                    },
                    "details": {
                        "type": "array",
                        "minItems": 1,
                        "description": "Every fault that was found.",
                        "items": {
                            "type": "object",
                            "required": ["code", "param", "message"],
                            "properties": {
                                "code": {"type": "string", "enum": list(CODES)},
                                "param": nullable,
                                "message": {"type": "string"},
                            },
                        },
                    },
                    "request_id": {"type": "string"},
                    "docs_url": {"type": "string", "format": "uri"},
                },
            }
        },
    }


def _error_answer(status: int) -> dict[str, Any]:
    code = "missing_api_key" if status == 401 else CODE_OF_STATUS.get(status, "idempotency_in_progress")
    if status == 400:
        message, param, detail = "limit must be between 1 and 100.", "limit", "out_of_range"
        code = "invalid_parameter"
    else:
        message, param, detail = f"{CODES[code].meaning} {CODES[code].advice}", None, code
    names = [_REQUEST_ID]
    if status not in (401, 503):
        names += _RATE_HEADERS
    names += {401: ["WWW-Authenticate"], 405: ["Allow"], 429: ["Retry-After"]}.get(status, [])
    return {
        "description": _STATUS_TITLES[status],
        "headers": _header_refs(names),
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/Error"},
                "example": {
                    "error": {
                        "code": code,
                        "message": message,
                        "param": param,
                        "details": [{"code": detail, "param": param, "message": message}],
                        "request_id": "req_8x29a1b3k0q2m4zt",
                        "docs_url": docs_url(code),
                    }
                },
            }
        },
    }


@functools.cache
def document() -> dict[str, Any]:
    """Return the OpenAPI document; it is the same for every caller, and made once."""
    return SchemaGenerator().get_schema(request=None, public=True)
