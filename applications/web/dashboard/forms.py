"""Forms of the applicants' pages. Fields are named as the services name them, so that faults find them."""

import re
from typing import Any

from django import forms
from django.http import QueryDict

from accounts.models import Account
from applications import applicants, messages
from applications.applicants import Filters
from applications.bulk import MAX_APPLICATIONS
from applications.models import MessageTemplate, Stage
from applications.services import MAX_NOTE_LENGTH
from jobsphere.ids import pattern

_APPLICATION_ID = re.compile(pattern("app"))
_PLACEHOLDERS = ", ".join(f"{{{{{name}}}}}" for name in messages.PLACEHOLDERS)
_ANY = ("", "Any")


class FilterForm(forms.Form):
    """Which applicants to show. What cannot be understood is left out and said."""

    q = forms.CharField(
        label="Name or e-mail",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    job = forms.ChoiceField(required=False)
    stage = forms.ChoiceField(required=False, choices=[_ANY, *Stage.choices])
    rating = forms.ChoiceField(
        required=False,
        choices=[
            _ANY,
            *((str(number), f"{number} or more" if number < 5 else "5") for number in range(5, 0, -1)),
            (applicants.UNRATED, "Not rated"),
        ],
    )
    source = forms.ChoiceField(required=False)
    sort = forms.ChoiceField(
        required=False, choices=[(name, sort.label) for name, sort in applicants.SORTS.items()]
    )

    def __init__(self, query: QueryDict, account: Account) -> None:
        super().__init__(query)
        sources = ((source, source) for source in applicants.source_choices(account))
        jobs = applicants.job_choices(account, asked_for=query.get("job", ""))
        self._choices("job").choices = [_ANY, *jobs]
        self._choices("source").choices = [_ANY, *sources]
        for field in self.fields.values():
            field.widget.attrs["class"] = "input"

    def _choices(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return field

    @property
    def filters(self) -> Filters:
        """What was asked for, as far as it was understood."""
        self.is_valid()
        return _filters(self.cleaned_data)


class CarriedFilters(forms.Form):
    """The filters that a page carries along without showing them: no choices are looked up."""

    q = forms.CharField(max_length=200, required=False)
    job = forms.RegexField(pattern("job"), required=False)
    stage = forms.ChoiceField(required=False, choices=Stage.choices)
    rating = forms.RegexField(rf"[1-5]|{applicants.UNRATED}", required=False)
    source = forms.CharField(max_length=60, required=False)
    sort = forms.ChoiceField(required=False, choices=[(name, name) for name in applicants.SORTS])

    @property
    def filters(self) -> Filters:
        """What was asked for, as far as it was understood."""
        self.is_valid()
        return _filters(self.cleaned_data)


def _filters(cleaned: dict[str, Any]) -> Filters:
    return Filters(**{name: value for name, value in cleaned.items() if value})


class NoteForm(forms.Form):
    note = forms.CharField(
        label="New note",
        max_length=MAX_NOTE_LENGTH,
        help_text="Your team sees it, and the candidate can ask for a copy of it.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write something first."},
    )


class RatingForm(forms.Form):
    rating = forms.TypedChoiceField(
        required=False,
        choices=[*((str(number), str(number)) for number in range(1, 6)), ("", "No rating")],
        coerce=int,
        empty_value=None,
    )


class MessageForm(forms.Form):
    """An e-mail to a candidate, or the text of a template. The service checks its length and placeholders."""

    subject = forms.CharField(max_length=messages.MAX_SUBJECT_LENGTH)
    body = forms.CharField(
        label="Text",
        help_text=f"You can write {_PLACEHOLDERS}.",
        widget=forms.Textarea(attrs={"rows": 12}),
    )


class TemplateForm(MessageForm):
    name = forms.CharField(
        max_length=messages.MAX_NAME_LENGTH, help_text="For your team; candidates do not see it."
    )
    field_order = ["name", "subject", "body"]


class BulkForm(forms.Form):
    """Which applications to move where, and which e-mail to write, if any."""

    application = forms.MultipleChoiceField(error_messages={"required": "Tick somebody first."})
    to_stage = forms.ChoiceField(label="Move to", choices=Stage.choices)
    template = forms.ModelChoiceField(
        MessageTemplate.objects.none(), required=False, to_field_name="public_id"
    )

    def __init__(self, data: QueryDict, account: Account) -> None:
        super().__init__(data)
        ids = dict.fromkeys(data.getlist("application"))
        application, template = self.fields["application"], self.fields["template"]
        assert isinstance(application, forms.MultipleChoiceField)
        assert isinstance(template, forms.ModelChoiceField)
        application.choices = [(each, each) for each in ids if _APPLICATION_ID.fullmatch(each)]
        template.queryset = account.message_templates.all()

    def clean_application(self) -> list[str]:
        ids: list[str] = list(dict.fromkeys(self.cleaned_data["application"]))
        if len(ids) > MAX_APPLICATIONS:
            raise forms.ValidationError(f"Tick at most {MAX_APPLICATIONS}.")
        return ids
