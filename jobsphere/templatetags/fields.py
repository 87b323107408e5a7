"""Form fields in JobSphere's design: label, hint, error and control, tied together for screen readers."""

from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField
from django.utils.safestring import SafeString

register = template.Library()

_KINDS: list[tuple[type[forms.Widget], str]] = [
    (forms.HiddenInput, "hidden"),
    (forms.CheckboxInput, "checkbox"),
    (forms.RadioSelect, "choices"),
    (forms.CheckboxSelectMultiple, "choices"),
]


@register.inclusion_tag("components/field.html")
def field(
    bound: BoundField,
    label: str = "",
    hint: str | SafeString = "",
    is_optional: bool | None = None,
    **attributes: str,
) -> dict[str, Any]:
    """Render a field of a form.

    Args:
        label: instead of the field's own.
        hint: instead of the field's own help text.
        is_optional: whether to call it so; what the field says where it is not given.
        attributes: of the control; underscores in their names become hyphens.
    """
    if hint:
        bound.help_text = str(hint)
    kind = next((kind for widget, kind in _KINDS if isinstance(bound.field.widget, widget)), "input")
    given: dict[str, Any] = {name.replace("_", "-"): value for name, value in attributes.items()}
    if kind == "input":
        given = {"placeholder": False, "class": "input", **given}
    return {
        "field": bound,
        "kind": kind,
        "label": label or bound.label,
        "is_optional": not bound.field.required if is_optional is None else is_optional,
        "control": bound.as_widget(attrs=given) if kind != "choices" else "",
    }


@register.inclusion_tag("components/error_summary.html")
def error_summary(*shown: forms.BaseForm | None) -> dict[str, Any]:
    """Render all faults of forms, linked to their fields; it takes the focus when the page loads."""
    return {"forms": [form for form in shown if form is not None and form.errors]}
