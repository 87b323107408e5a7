"""JSON in and out, by orjson: UTF-8, times in RFC 3339 with `Z`."""

from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any

import orjson
from django.utils.functional import Promise
from rest_framework import parsers, renderers
from rest_framework.exceptions import ParseError

_OPTIONS = orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS


def _default(value: Any) -> Any:
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def render(data: Any) -> bytes:
    """Return data as JSON.

    Raises:
        TypeError: a value has no JSON form.
    """
    return orjson.dumps(data, default=_default, option=_OPTIONS)


def rendered(data: Any) -> orjson.Fragment:
    """Return data that is rendered once, for use within other data."""
    return orjson.Fragment(render(data))


class JSONRenderer(renderers.BaseRenderer):
    """The renderer of every answer of the API."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else render(data)


class JSONParser(parsers.JSONParser):
    """Reads a body that is one JSON object; its size is bounded by DATA_UPLOAD_MAX_MEMORY_SIZE.

    It inherits REST framework's so that the body is read through `HttpRequest.body`,
    which holds that bound.
    """

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the object.

        Raises:
            ParseError: `invalid_json`.
        """
        try:
            data = orjson.loads(stream.read())
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is not valid JSON: {error}.", code="invalid_json") from None
        if not isinstance(data, dict):
            raise ParseError("The body must be a JSON object.", code="invalid_json")
        return data
