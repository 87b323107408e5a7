"""Query parameters, read strictly: every fault of a query is found before any query runs."""

import copy
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, time
from typing import Any, ClassVar

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.dateparse import parse_date, parse_datetime
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request
from rest_framework.views import APIView

from jobsphere.api.errors import fault_code
from jobsphere.api.pagination import DEFAULT_LIMIT, MAX_LIMIT, MAX_PAGE
from jobsphere.api.patterns import LIST_ITEM, NO_NUL, SEEN, TIME
from jobsphere.errors import Fault

MAXLIST_ITEMS = 50
MAX_TEXT_LENGTH = 200
MAX_PARAMETER_LENGTH = MAXLIST_ITEMS * (MAX_TEXT_LENGTH + 1)

Choices = Sequence[tuple[str, str]] | Callable[[], Iterable[tuple[str, str]]]


class StrictField(forms.CharField):
    """Reads one parameter: None when it is absent; given but empty, it is a fault.

    Messages start in lower case, for the parameter's name stands before them.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_PARAMETER_LENGTH, strip=False, **kwargs)
        self.error_messages["max_length"] = "must be at most %(limit_value)d characters."

    def clean(self, value: Any) -> Any:
        if value is None:
            if self.required:
                raise ValidationError("is required.", code="required")
            return None
        return self.parse(super().clean(value) if value else "")

    def parse(self, text: str) -> Any:
        """Return the value of a text, as it was sent.

        Raises:
            ValidationError: it cannot be read.
        """
        raise NotImplementedError


class IntegerField(StrictField):
    def __init__(self, *, minimum: int, maximum: int, **kwargs: Any) -> None:
        self.minimum, self.maximum = minimum, maximum
        super().__init__(**kwargs)

    def parse(self, text: str) -> int:
        message = f"must be between {self.minimum} and {self.maximum}."
        if not re.fullmatch(r"-?[0-9]+", text, re.ASCII):
            raise ValidationError(f"must be a whole number, and {message}", code="invalid")
        digits = text.lstrip("-").lstrip("0")
        number = int(text) if len(digits) < 20 else self.maximum + 1
        if not self.minimum <= number <= self.maximum:
            raise ValidationError(message, code="out_of_range")
        return number


class BooleanField(StrictField):
    def parse(self, text: str) -> bool:
        if text not in ("true", "false"):
            raise ValidationError("must be true or false.", code="invalid")
        return text == "true"


class TimeField(StrictField):
    def parse(self, text: str) -> datetime:
        invalid = ValidationError(
            "must be a date (2025-04-10) or a time with its offset (2025-04-10T08:00:00Z; write + as %2B).",
            code="invalid",
        )
        if not re.fullmatch(TIME, text, re.ASCII):
            raise invalid
        try:
            if day := parse_date(text):
                return datetime.combine(day, time(), UTC)
            moment = parse_datetime(text)
            if moment is None or moment.tzinfo is None:
                raise invalid
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise invalid from None


class TextField(StrictField):
    def __init__(self, *, max_length: int = MAX_TEXT_LENGTH, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.longest = max_length

    def parse(self, text: str) -> str | None:
        if len(text) > self.longest:
            raise ValidationError(f"must be at most {self.longest} characters.", code="out_of_range")
        return text.strip() or None


class CommaTextField(StrictField):
    def parse(self, text: str) -> list[str]:
        items = [part.strip() for part in text.split(",")]
        if len(items) > MAXLIST_ITEMS:
            raise ValidationError(f"must be a list of at most {MAXLIST_ITEMS} values.", code="out_of_range")
        if not all(re.search(SEEN, item) for item in items):
            raise ValidationError("has an empty value: give it one or leave it out.", code="invalid")
        if any(len(item) > MAX_TEXT_LENGTH for item in items):
            raise ValidationError(f"must hold at most {MAX_TEXT_LENGTH} characters a value.", "out_of_range")
        return list(dict.fromkeys(items))


class CommaChoiceField(CommaTextField):
    def __init__(self, *, choices: Choices, **kwargs: Any) -> None:
        self.choices = choices
        super().__init__(**kwargs)

    def parse(self, text: str) -> list[str]:
        valid = {value.casefold(): value for value in choice_values(self.choices)}
        items = [item.strip() for item in text.split(",")]
        if len(items) > MAXLIST_ITEMS or not all(item.casefold() in valid for item in items):
            raise ValidationError(
                f"must be one of these, or several with commas: {', '.join(valid.values())}.", code="invalid"
            )
        return list(dict.fromkeys(valid[item.casefold()] for item in items))


def choice_values(choices: Choices) -> list[str]:
    """Return the values of choices, calling for those that are kept elsewhere."""
    return [str(value) for value, _ in (choices() if callable(choices) else choices)]


class IntegerFilter(django_filters.Filter):
    """A whole number from `minimum` to `maximum`."""

    field_class = IntegerField

    def __init__(
        self,
        *args: Any,
        minimum: int = 0,
        maximum: int = 2**31 - 1,
        default: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.schema = {"type": "integer", "minimum": minimum, "maximum": maximum}
        if default is not None:
            self.schema["default"] = default
        super().__init__(*args, minimum=minimum, maximum=maximum, **kwargs)


class PageParameter(IntegerFilter):
    """`limit` or `page`: it chooses the page, not the items."""

    def __init__(self, *, default: int, **kwargs: Any) -> None:
        self.default = default
        super().__init__(default=default, **kwargs)

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs


class BooleanFilter(django_filters.Filter):
    """`true` or `false`, and nothing else."""

    field_class = BooleanField
    schema: ClassVar[dict[str, Any]] = {"type": "boolean"}


class TimeFilter(django_filters.Filter):
    """A date, or a time with its offset; its value is in UTC."""

    field_class = TimeField
    schema: ClassVar[dict[str, Any]] = {
        "type": "string",
        "description": "A date (2025-04-10) or a time in RFC 3339 (2025-04-10T08:00:00Z).",
        "anyOf": [{"format": "date"}, {"format": "date-time"}],
        "pattern": TIME,
        "examples": ["2025-04-10", "2025-04-10T08:00:00Z"],
    }


class TextFilter(django_filters.Filter):
    """Free text; given but empty it is as if absent."""

    field_class = TextField

    def __init__(self, *args: Any, max_length: int = MAX_TEXT_LENGTH, **kwargs: Any) -> None:
        self.schema = {"type": "string", "maxLength": max_length, "pattern": NO_NUL}
        super().__init__(*args, max_length=max_length, **kwargs)


class CommaTextFilter(django_filters.Filter):
    """Texts with commas between them; its value is a list (any of them: `lookup_expr="in"`)."""

    field_class: type[CommaTextField] = CommaTextField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.schema = {
            "type": "array",
            "items": {"type": "string", "pattern": LIST_ITEM, "maxLength": MAX_TEXT_LENGTH},
            "minItems": 1,
            "maxItems": MAXLIST_ITEMS,
        }
        super().__init__(*args, **{"lookup_expr": "in", **kwargs})


class CommaChoiceFilter(CommaTextFilter):
    """Some of the given choices with commas between them, in any case; its value is a list."""

    field_class = CommaChoiceField

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, choices=choices, **kwargs)
        if not callable(choices):
            self.schema["items"] = {"type": "string", "enum": choice_values(choices)}


class PagedFilterSet(django_filters.FilterSet):
    """The parameters of a list: `limit`, `page`, and those that a subclass adds.

    It reads and checks; `filter_queryset` then takes any queryset. `values` holds what was asked for, by
    parameter, None for what was not given; what cannot be read has a fault in its place.
    """

    limit = PageParameter(default=DEFAULT_LIMIT, minimum=1, maximum=MAX_LIMIT, help_text="Number of results.")
    page = PageParameter(default=1, minimum=1, maximum=MAX_PAGE, help_text="Page number, from 1.")

    def __init__(self, data: QueryDict, *, request: Request | None = None) -> None:
        # The base class would copy all filters, and make a form of them, for each call.
        self.data, self.request = data, request
        self.values: dict[str, Any] = {}
        self._faults: list[Fault] = []
        for name, parameter in self.base_filters.items():
            try:
                value = parameter.field.clean(data.get(name))
            except ValidationError as error:
                self._faults += _faults_of(name, error)
            else:
                is_default = value is None and isinstance(parameter, PageParameter)
                self.values[name] = parameter.default if is_default else value

    def faults(self) -> list[Fault]:
        """Return everything that is wrong with the given values."""
        return list(self._faults)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return what was asked for of a queryset; only without faults."""
        for name, parameter in copy.deepcopy(self.base_filters).items():
            parameter.model, parameter.parent = queryset.model, self
            queryset = parameter.filter(queryset, self.values[name])
        return queryset


def _faults_of(name: str, error: ValidationError) -> list[Fault]:
    return [
        Fault(fault_code(fault.code or ""), _named(name, message), name)
        for fault in error.error_list
        for message in fault.messages
    ]


def _named(name: str, message: str) -> str:
    return f"{name} {message}" if message[:1].islower() else message


def query_faults(query: QueryDict, valid: Iterable[str]) -> list[Fault]:
    """Return a fault for each parameter that is unknown or given more than once."""
    names = sorted(valid)
    listing = f"Valid: {', '.join(names)}." if names else "This call takes none."
    unknown = [
        Fault("unknown_parameter", f"{name} is not a parameter of this call. {listing}", name)
        for name in query
        if name not in names
    ]
    repeated = [
        Fault("invalid_parameter", f"{name} is given more than once: give it once.", name)
        for name, values in query.lists()
        if name in names and len(values) > 1
    ]
    return unknown + repeated


class FilterBackend(BaseFilterBackend):
    """Applies the filter set that the view has read and checked before."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        filterset: PagedFilterSet | None = getattr(view, "filterset", None)
        return queryset if filterset is None else filterset.filter_queryset(queryset)
