"""Bodies in multipart/form-data, brought into the form that JSON has.

`links` is repeated, `answers` is a JSON object as text, `consent` is `true` or `false`.
"""

from typing import Any

import orjson
from django.http import QueryDict
from rest_framework.exceptions import ErrorDetail, ValidationError

_BOOLEANS = {"true": True, "false": False}


def plain_body(data: Any) -> Any:
    """Return a body as JSON would have it: a multipart one as a dict, any other as it is.

    Raises:
        ValidationError: a field other than `links` is given more than once.
    """
    if not isinstance(data, QueryDict):
        return data
    repeated = [name for name, values in data.lists() if len(values) > 1 and name != "links"]
    if repeated:
        message = ErrorDetail("is given more than once: give it once.", "invalid")
        raise ValidationError({name: [message] for name in repeated})
    return {name: _plain(name, values) for name, values in data.lists()}


def _plain(name: str, values: list[Any]) -> Any:
    """Return the value of one field; what cannot be read stays text, for the field to refuse."""
    value = values[-1]
    if name == "links":
        return values
    if name == "consent":
        return _BOOLEANS.get(value.lower(), value) if isinstance(value, str) else value
    if name == "answers" and isinstance(value, str):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value
