"""Serializers that refuse what they do not know."""

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

MAX_UNKNOWN = 50  # named in one answer, which must not grow far beyond what was sent


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer whose unknown fields are a fault, so that a typo does not pass unseen.

    Nested ones check their own fields. NUL characters are refused by the character fields.
    """

    default_error_messages = {"invalid": "must be an object."}

    def to_internal_value(self, data: Any) -> Any:
        unknown = self._unknown(data) if isinstance(data, Mapping) else {}
        try:
            value = super().to_internal_value(data)
        except ValidationError as error:
            if not unknown:
                raise
            detail = error.detail if isinstance(error.detail, Mapping) else {}
            raise ValidationError({**detail, **unknown}) from None
        if unknown:
            raise ValidationError(unknown)
        return value

    def _unknown(self, data: Mapping[str, Any]) -> dict[str, list[ErrorDetail]]:
        valid = [name for name, field in self.fields.items() if not field.read_only]
        message = "is not a field of this body. " + (
            f"Valid: {', '.join(valid)}." if valid else "It takes none."
        )
        unknown = islice((name for name in data if name not in valid), MAX_UNKNOWN)
        return {name: [ErrorDetail(message, "unknown_parameter")] for name in unknown}


class TimeField(serializers.DateTimeField):
    """A moment: read as RFC 3339 with an offset, shown in UTC."""

    default_error_messages = dict.fromkeys(
        ("invalid", "overflow"), "must be a time such as 2025-04-10T08:00:00Z."
    )

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.tzinfo is None:
            self.fail("invalid")
        return super().enforce_timezone(value)
