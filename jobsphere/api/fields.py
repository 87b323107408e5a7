"""Fields of bodies that take JSON's own types, so that the OpenAPI document says all they accept.

REST framework's read "5" and 5 alike; these do not.
"""

import re
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction
from rest_framework import serializers

from jobsphere.api.patterns import SEEN, VISIBLE
from jobsphere.api.serializers import StrictSerializer

HTTPS_URL = (
    r"^https://([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+"
    r"[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(:[0-9]{1,5})?([/?#][!-~]*)?$"
)
"""An https URL of a named host, without credentials (RFC 3986: ASCII, the rest percent-encoded)."""


def is_https_url(text: str) -> bool:
    """Tell whether a text is a URL as `HTTPS_URL` describes it."""
    return re.fullmatch(HTTPS_URL, text) is not None and not text.endswith("\n")


class TextField(serializers.CharField):
    """Text that says something; spaces around it go. Given as a JSON string."""

    pattern = VISIBLE
    default_error_messages = {
        "invalid": "must be a string.",
        "blank": "must not be blank.",
        "null_character": "must not contain NUL characters.",
        "max_length": "must be at most {max_length} characters.",
    }

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if not re.search(SEEN, data):
            self.fail("blank")
        if "\0" in data:
            self.fail("null_character")
        if self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)


class LineField(TextField):
    """Text on one line: every run of spaces and line breaks becomes one space."""

    def to_internal_value(self, data: Any) -> str:
        return " ".join(super().to_internal_value(data).split())


class HttpsUrlField(TextField):
    """An https URL of a named host."""

    pattern = HTTPS_URL
    default_error_messages = {"invalid_url": "must be an https:// URL, such as https://example.com/apply."}

    def to_internal_value(self, data: Any) -> str:
        url = super().to_internal_value(data)
        if not is_https_url(url):
            self.fail("invalid_url")
        return url


class WholeNumberField(serializers.IntegerField):
    """A whole number, given as a JSON number."""

    default_error_messages = {
        "invalid": "must be a whole number.",
        "min_value": "must be {min_value} or more.",
        "max_value": "must be {max_value} or less.",
    }

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int | float) or data != data // 1:
            self.fail("invalid")
        return int(data)


class TrueFalseField(serializers.BooleanField):
    """`true` or `false`, given as such."""

    default_error_messages = {"invalid": "must be true or false."}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class ArrayField(serializers.ListField):
    """A JSON array."""

    default_error_messages = {
        "not_a_list": "must be an array.",
        "max_length": "must have at most {max_length} items.",
    }


class _TextFieldSchema(OpenApiSerializerFieldExtension):
    target_class = TextField
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "string"}
        if direction == "request":
            schema["pattern"] = self.target.pattern
            if self.target.max_length is not None:
                schema["maxLength"] = self.target.max_length
        return schema


class _StrictSerializerSchema(OpenApiSerializerExtension):
    target_class = StrictSerializer
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        if direction == "request":
            schema["additionalProperties"] = False
        return schema
