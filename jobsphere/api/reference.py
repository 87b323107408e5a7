"""What describes the API: its OpenAPI document, and the reference and error codes for people.

The pages are rendered here from the document and the registry of codes: plain HTML that
needs no script, no other host, and no exception from the content security policy.
"""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt

from jobsphere.api import json
from jobsphere.api.errors import CODES, error_response
from jobsphere.api.schema import document

_MARKDOWN = MarkdownIt("js-default")  # shows HTML as text


View = Callable[[HttpRequest], HttpResponse]


def read_only(view: View) -> View:
    """Refuse all but GET and HEAD, with the error body of the API."""

    @functools.wraps(view)
    def wrapper(request: HttpRequest) -> HttpResponse:
        if request.method in ("GET", "HEAD"):
            return view(request)
        response = error_response(request, "method_not_allowed")
        response.headers["Allow"] = "GET, HEAD"
        return response

    return csrf_exempt(wrapper)


@functools.cache
def _document_bytes() -> bytes:
    return json.render(document())


@read_only
def openapi(request: HttpRequest) -> HttpResponse:
    """Answer with the OpenAPI document."""
    return HttpResponse(
        _document_bytes(), content_type="application/json", headers={"Cache-Control": "public, max-age=300"}
    )


@read_only
def reference(request: HttpRequest) -> HttpResponse:
    """Show every operation of the API."""
    return render(
        request,
        "docs/reference.html",
        {"sections": _sections(), "introduction": _markdown(document()["info"]["description"])},
    )


@require_safe
def errors(request: HttpRequest) -> HttpResponse:
    """Show every error code, what it means, and what to do about it."""
    return render(request, "docs/errors.html", {"codes": sorted(CODES.items())})


@functools.cache
def _sections() -> list[dict[str, Any]]:
    sections: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in document().get("tags", [])}
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            sections.setdefault(operation["tags"][0], []).append(_operation(path, method, operation))
    return [{"name": name, "operations": operations} for name, operations in sections.items() if operations]


def _operation(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    parameters = [_resolve(parameter) for parameter in operation.get("parameters", [])]
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": f"/v1{path}",
        "summary": operation.get("summary") or operation["operationId"],
        "description": _markdown(operation.get("description", "")),
        "request": _curl(path, method, operation),
        "parameters": [
            {
                "name": parameter["name"],
                "where": parameter["in"],
                "required": parameter.get("required", False),
                "type": _type(parameter["schema"]),
                "description": _markdown(parameter.get("description", "")),
            }
            for parameter in parameters
        ],
        "body": list(_fields(_json_schema(operation.get("requestBody", {})))),
        "responses": [
            _response(status, _resolve(answer)) for status, answer in sorted(operation["responses"].items())
        ],
    }


def _curl(path: str, method: str, operation: dict[str, Any]) -> str:
    """Return a call of this operation that works in a shell."""
    lines = [f"curl {document()['servers'][0]['url']}{path}"]
    if method != "get":
        lines[0] = f"curl -X {method.upper()} {lines[0].removeprefix('curl ')}"
    if operation.get("security"):
        lines.append('-H "Authorization: Bearer $JOBSPHERE_API_KEY"')
    if example := _example(operation.get("requestBody", {})):
        quoted = example.replace("'", "'\\''")
        lines += ["-H 'Content-Type: application/json'", f"-d '{quoted}'"]
    return " \\\n  ".join(lines)


def _response(status: str, answer: dict[str, Any]) -> dict[str, Any]:
    return {
        "status": status,
        "description": answer.get("description", ""),
        "fields": [] if status >= "300" else list(_fields(_json_schema(answer))),
        "example": "" if status >= "300" else _example(answer),
    }


def _media(holder: dict[str, Any]) -> dict[str, Any]:
    none: dict[str, Any] = {}
    return next(iter(holder.get("content", {}).values()), none)


def _json_schema(holder: dict[str, Any]) -> dict[str, Any]:
    return _media(holder).get("schema", {})


def _example(answer: dict[str, Any]) -> str:
    media = _media(answer)
    examples = [media["example"]] if "example" in media else []
    examples += [example["value"] for example in media.get("examples", {}).values()]
    return orjson.dumps(examples[0], option=orjson.OPT_INDENT_2).decode() if examples else ""


def _fields(schema: dict[str, Any], prefix: str = "", depth: int = 0) -> Iterator[dict[str, Any]]:
    schema = _resolve(schema)
    if schema.get("type") == "array":
        yield from _fields(schema.get("items", {}), f"{prefix}[]", depth)
        return
    for part in (*schema.get("allOf", []), *schema.get("oneOf", []), *schema.get("anyOf", [])):
        yield from _fields(part, prefix, depth)
    for name, inner in schema.get("properties", {}).items():
        path = f"{prefix}.{name}" if prefix else name
        yield {
            "name": path,
            "type": _type(inner),
            "required": name in schema.get("required", []),
            "description": _markdown(inner.get("description", "")),
        }
        if depth < 4:
            yield from _fields(inner, path, depth + 1)


def _type(schema: dict[str, Any]) -> str:
    schema = _resolve(schema)
    for union in ("oneOf", "anyOf", "allOf"):
        if union in schema:
            return " or ".join(dict.fromkeys(_type(part) for part in schema[union]))
    kinds = schema.get("type", "any")
    text = " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
    if text == "array":
        return f"array of {_type(schema.get('items', {}))}"
    if "enum" in schema:
        return f"{text}: {', '.join(str(value) for value in schema['enum'])}"
    if "minimum" in schema and "maximum" in schema and schema["maximum"] < 2**31 - 1:
        text += f", {schema['minimum']} to {schema['maximum']}"
    if "default" in schema:
        text += f", default {schema['default']}"
    return f"{text} ({schema['format']})" if "format" in schema else text


def _resolve(part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        target: Any = document()
        for step in part["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        part = target
    return part


def _markdown(text: str) -> SafeString:
    return mark_safe(_MARKDOWN.render(text))  # noqa: S308  (js-default escapes HTML)
