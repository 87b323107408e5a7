"""The query parameters of applications and candidates."""

from typing import Any, ClassVar

import django_filters
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email

from applications.models import Stage
from applications.queries import normalize_email
from jobsphere.api.filters import CommaChoiceFilter, CommaTextFilter, PagedFilterSet, StrictField, TimeFilter

MAX_EMAIL_LENGTH = 254
validate_length = MaxLengthValidator(MAX_EMAIL_LENGTH)


class EmailField(StrictField):
    def parse(self, text: str) -> str:
        try:
            validate_email(text)
            validate_length(text)
        except ValidationError:
            raise ValidationError("must be an e-mail address (write + as %2B).", "invalid") from None
        return normalize_email(text)


class EmailFilter(django_filters.Filter):
    """An e-mail address, in any case."""

    field_class = EmailField
    schema: ClassVar[dict[str, Any]] = {"type": "string", "format": "email", "maxLength": MAX_EMAIL_LENGTH}


class ApplicationFilterSet(PagedFilterSet):
    job_id = CommaTextFilter(field_name="job__public_id", help_text="Ids of jobs, with commas: any of them.")
    stage = CommaChoiceFilter(choices=Stage.choices, help_text="Stages, with commas: any of them.")
    candidate_email = EmailFilter(field_name="candidate__email", help_text="The candidate's e-mail address.")
    source = CommaTextFilter(help_text="Where they came from, with commas: any of them.")
    since = TimeFilter(
        field_name="submitted_at", lookup_expr="gte", help_text="Submitted at this moment or later."
    )


class CandidateFilterSet(PagedFilterSet):
    email = EmailFilter(help_text="The candidate's e-mail address.")
