"""What forms of the pages share."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest

from jobsphere.errors import DomainError, Stale

Made = TypeVar("Made")


def add_faults(form: forms.BaseForm, error: DomainError) -> None:
    """Show what a service refused beside the fields that it names, or above the form."""
    for fault in error.details:
        form.add_error(fault.param if fault.param in form.fields else None, fault.message)


def take(form: forms.BaseForm, act: Callable[[dict[str, Any]], Made]) -> Made | None:
    """Do what a form asks for, and return what came of it; None if the form has faults, which it then shows.

    Args:
        act: takes the form's cleaned data, and calls a service.

    Raises:
        Stale: as the service; the view shows both versions.
    """
    if not form.is_valid():
        return None
    try:
        return act(form.cleaned_data)
    except Stale:
        raise
    except DomainError as error:
        add_faults(form, error)
        return None


def attempt(request: HttpRequest, act: Callable[[], Any], done: str) -> bool:
    """Do what a button asks for, and say that it is `done` or why not; return whether it is."""
    try:
        act()
    except DomainError as error:
        messages.error(request, error.message)
        return False
    messages.success(request, done)
    return True


class LinesField(forms.CharField):
    """Text of several lines, whose ends count as one character, as browsers count them."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


class VersionField(forms.CharField):
    """The version of a thing that the form was loaded with; None where the form names none."""

    widget = forms.HiddenInput

    def __init__(self) -> None:
        super().__init__(required=False, empty_value=None)


def shown(form: forms.BaseForm) -> dict[str, Any]:
    """Return what is in a form, valid or not, for showing it again."""
    return {field.name: field.value() for field in form}


TAKE = "take-"
"""What a button asks for, before the name of a field, that puts in it what is saved by now."""


@dataclass(frozen=True)
class Difference:
    """A field in which what was typed is not what is saved, and how people read the two."""

    name: str
    label: str
    saved: str
    typed: str


def differences(form: forms.BaseForm) -> Iterator[Difference]:
    """Yield where a bound form differs from its initial values."""
    for name in form.changed_data:
        field = form[name]
        if not field.is_hidden:
            yield Difference(name, str(field.label), _read(field, field.initial), _read(field, field.data))


def _read(bound: forms.BoundField, value: Any) -> str:
    field: Any = bound.field
    value = field.prepare_value(value)
    if isinstance(field, forms.BooleanField):
        return "Yes" if field.to_python(value) else "No"
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        return str(dict(choices).get(value or "", value))
    return "" if value is None else str(value)
