"""What the API shows of companies, categories and jobs, and what it takes to post one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from jobs import markdown
from jobs.currencies import CURRENCIES
from jobs.models import (
    ApplicationMethod,
    Category,
    Company,
    EmploymentType,
    ExperienceLevel,
    Job,
    JobStatus,
    VerificationState,
)
from jobs.services import postings
from jobsphere.api.fields import (
    HTTPS_URL,
    ArrayField,
    HttpsUrlField,
    LineField,
    TextField,
    TrueFalseField,
    WholeNumberField,
)
from jobsphere.api.serializers import StrictSerializer, TimeField
from jobsphere.errors import InvalidParameter

MAX_SALARY = 10**12
MAX_URL_LENGTH = 1000
MAX_EMAIL_LENGTH = 254

# What is shown


class NullIfBlank(serializers.CharField):
    """Text, or null where there is none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_null=True, **kwargs)

    def get_attribute(self, instance: Any) -> str | None:
        return super().get_attribute(instance) or None


class CompanyReferenceSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    logo_url = NullIfBlank(source="public_logo_url")


class CompanySerializer(CompanyReferenceSerializer):
    website = NullIfBlank()
    description = serializers.CharField()
    verification = serializers.ChoiceField(VerificationState.choices, source="verification_state")
    suspended = serializers.SerializerMethodField(
        help_text="Whether staff have taken its jobs off the board; only its own account can see one that is."
    )
    created_at = TimeField()

    def get_suspended(self, company: Company) -> bool:
        return company.suspended_at is not None


class CategorySerializer(serializers.Serializer[Any]):
    """A field of work."""  # `open_jobs` in the context: their numbers by the key of the category

    slug = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    open_jobs = serializers.SerializerMethodField(help_text="How many jobs are open in it.")

    def get_open_jobs(self, category: Category) -> int:
        count: int = self.context["open_jobs"][category.pk]
        return count


class SalaryRangeSerializer(StrictSerializer):
    """Yearly pay."""

    min = WholeNumberField(min_value=0, max_value=MAX_SALARY, help_text="A year, in whole units.")
    max = WholeNumberField(min_value=0, max_value=MAX_SALARY, help_text="Not less than `min`.")
    currency = serializers.ChoiceField(
        CURRENCIES,
        help_text="ISO 4217.",
        error_messages={"invalid_choice": "must be the code of a currency (ISO 4217), such as USD."},
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["min"] > attrs["max"]:
            raise serializers.ValidationError({"max": "must not be less than min."}, code="out_of_range")
        return attrs


class InstructionsSerializer(serializers.Serializer[Any]):
    method = serializers.ChoiceField(ApplicationMethod.choices, source="application_method")
    url = NullIfBlank(source="application_url")
    email = NullIfBlank(source="application_email")


class QuestionSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    question = serializers.CharField()
    required = serializers.BooleanField()  # type: ignore[assignment]  # the field's name, not its option


class JobSerializer(serializers.Serializer[Any]):
    """A job, as lists show it."""

    id = serializers.CharField(source="public_id")
    title = serializers.CharField()
    company = CompanyReferenceSerializer()
    location = serializers.CharField()
    type = serializers.ChoiceField(EmploymentType.choices)
    salary_range = serializers.SerializerMethodField()
    posted_at = TimeField(allow_null=True, help_text="Null for a draft.")
    skills = serializers.ListField(child=serializers.CharField())
    experience_level = serializers.ChoiceField(ExperienceLevel.choices, allow_null=True)
    category = serializers.SerializerMethodField(help_text="The slug of its category.")
    remote = serializers.BooleanField()
    url = serializers.SerializerMethodField(help_text="Its page.")

    @extend_schema_field(SalaryRangeSerializer(allow_null=True))
    def get_salary_range(self, job: Job) -> dict[str, Any] | None:
        if job.salary_min is None:
            return None
        return {"min": job.salary_min, "max": job.salary_max, "currency": job.salary_currency}

    def get_category(self, job: Job) -> str | None:
        return job.category.slug if job.category else None

    def get_url(self, job: Job) -> str:
        return f"{settings.BASE_URL}/jobs/{job.public_id}"


class JobDetailSerializer(JobSerializer):
    """All of a job."""  # `account` in the context is the one that looks at it

    description = serializers.CharField(help_text="Markdown, as written.")
    description_html = serializers.SerializerMethodField(help_text="The description as safe HTML.")
    requirements = serializers.ListField(child=serializers.CharField())
    application_instructions = InstructionsSerializer(source="*")
    screening_questions = QuestionSerializer(many=True)
    tags = serializers.ListField(child=serializers.CharField())
    expires_at = TimeField(allow_null=True, help_text="Null for a draft that names no end.")
    updated_at = TimeField()
    status = serializers.ChoiceField(
        ["draft", "published", "expired", "closed", "rejected", "suspended"], source="state"
    )
    external_id = NullIfBlank(required=False, help_text="Yours; only you see it.")

    def get_description_html(self, job: Job) -> str:
        return markdown.render(job.description)

    def to_representation(self, instance: Job) -> dict[str, Any]:
        shown = super().to_representation(instance)
        if instance.company.account_id != self.context["account"].pk:
            del shown["external_id"]
        return shown


# What is taken


def _instructions_object(method: str, **given: Any) -> dict[str, Any]:
    nothing = {"type": "null"}
    return {
        "type": "object",
        "required": ["method", *given],
        "additionalProperties": False,
        "properties": {"method": {"const": method}, "url": nothing, "email": nothing, **given},
    }


_URL_SCHEMA = {"type": "string", "pattern": HTTPS_URL, "maxLength": MAX_URL_LENGTH}
_EMAIL_SCHEMA = {"type": "string", "format": "email", "maxLength": MAX_EMAIL_LENGTH}
_INSTRUCTIONS_SCHEMA = {
    "description": "How one applies: here, at an https URL, or by e-mail. A string says the same in short.",
    "anyOf": [
        _instructions_object(ApplicationMethod.JOBSPHERE.value),
        _instructions_object(ApplicationMethod.URL.value, url=_URL_SCHEMA),
        _instructions_object(ApplicationMethod.EMAIL.value, email=_EMAIL_SCHEMA),
        {"const": ApplicationMethod.JOBSPHERE.value},
        _URL_SCHEMA,
        _EMAIL_SCHEMA,
    ],
    "examples": [{"method": "url", "url": "https://example.com/apply"}, "jobs@example.com", "jobsphere"],
}


@extend_schema_field(_INSTRUCTIONS_SCHEMA)
class NewInstructionsSerializer(StrictSerializer):
    """How one applies: an object, or the string that says it in short."""

    default_error_messages = {
        "invalid": 'must be an object with a method, or "jobsphere", an https:// URL or an e-mail address.'
    }

    method = serializers.ChoiceField(
        ApplicationMethod.choices,
        error_messages={"invalid_choice": f"must be one of these: {', '.join(ApplicationMethod.values)}."},
    )
    url = HttpsUrlField(max_length=MAX_URL_LENGTH, required=False, allow_null=True)
    email = serializers.EmailField(
        max_length=MAX_EMAIL_LENGTH,
        required=False,
        allow_null=True,
        error_messages={"invalid": "must be an e-mail address."},
    )

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(self._in_full(data) if isinstance(data, str) else data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given = {name: value for name, value in attrs.items() if value is not None}
        wanted = {"method", given["method"]} - {ApplicationMethod.JOBSPHERE.value}
        faults = {
            name: ErrorDetail(f"is needed with the method {name}.", "required")
            for name in wanted - given.keys()
        } | {
            name: ErrorDetail(f"does not go with the method {given['method']}.", "invalid")
            for name in given.keys() - wanted
        }
        if faults:
            raise serializers.ValidationError(faults)
        return given

    def _in_full(self, text: str) -> Any:
        text = text.strip()
        if text == ApplicationMethod.JOBSPHERE:
            return {"method": text}
        if "://" in text:
            return {"method": ApplicationMethod.URL.value, "url": text}
        if "@" in text:
            return {"method": ApplicationMethod.EMAIL.value, "email": text}
        return text


class NewQuestionSerializer(StrictSerializer):
    """A question to everyone who applies."""

    id = serializers.RegexField(
        r"^[A-Za-z0-9_-]{1,40}$",
        required=False,
        help_text="By which answers name it; by default `q1`, `q2` and so on.",
        error_messages={"invalid": "must be 1 to 40 letters, digits, hyphens and underscores."},
    )
    question = LineField(max_length=500)
    required = TrueFalseField(default=False)  # type: ignore[assignment]


class JobFieldsSerializer(StrictSerializer):
    """What a posting is made of."""

    title = LineField(max_length=200, help_text="Job title")
    description = TextField(
        max_length=50_000, trim_whitespace=False, help_text="Markdown supported description"
    )
    location = LineField(
        max_length=2000, help_text='Location or "Remote". Several are separated by semicolons.'
    )
    tags = ArrayField(
        child=LineField(max_length=60),
        max_length=30,
        required=False,
        help_text="Array of skill/category tags: the first that is a category's slug sets the category, "
        "the others are skills.",
    )
    type = serializers.ChoiceField(
        EmploymentType.choices,
        required=False,
        help_text="By default Full-time.",
        error_messages={"invalid_choice": f"must be one of these: {', '.join(EmploymentType.values)}."},
    )
    experience_level = serializers.ChoiceField(
        ExperienceLevel.choices,
        required=False,
        allow_null=True,
        error_messages={"invalid_choice": f"must be one of these: {', '.join(ExperienceLevel.values)}."},
    )
    salary_range = SalaryRangeSerializer(required=False, allow_null=True)
    requirements = ArrayField(child=LineField(max_length=1000), max_length=50, required=False)
    application_instructions = NewInstructionsSerializer(required=False)
    screening_questions = ArrayField(
        child=NewQuestionSerializer(),
        max_length=20,
        required=False,
        help_text="Asked of everyone who applies.",
    )
    remote = TrueFalseField(required=False, help_text="By default what the location says.")
    expires_at = TimeField(
        required=False, help_text="In the future, at most a year ahead. By default 60 days after publication."
    )
    external_id = LineField(
        max_length=100, required=False, allow_null=True, help_text="Your own id of it; unique per company."
    )

    def validate_expires_at(self, value: datetime) -> datetime:
        try:
            postings.check_end(value)
        except InvalidParameter as error:
            raise serializers.ValidationError(error.message.removeprefix("expires_at "), error.code) from None
        return value

    def validate_screening_questions(self, value: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        given = [question["id"] for question in value if "id" in question]
        if len(set(given)) < len(given):
            raise serializers.ValidationError("must not use an id twice.")
        return value

    def validate_external_id(self, value: str | None) -> str:
        return value or ""


NEW_STATUSES = [JobStatus.DRAFT.value, JobStatus.PUBLISHED.value]


class NewStatusField(serializers.ChoiceField):
    default_error_messages = {"invalid_choice": f"must be one of these: {', '.join(NEW_STATUSES)}."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(NEW_STATUSES, **kwargs)


class NewJobSerializer(JobFieldsSerializer):
    company_id = TextField(max_length=40, help_text="Your verified company ID")
    status = NewStatusField(default=JobStatus.PUBLISHED.value)


class JobChangesSerializer(JobFieldsSerializer):
    """What is to change; what is not named stays."""

    status = NewStatusField(help_text="`draft` takes it off the board, `published` puts it there (again).")

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for field in fields.values():
            field.required = False
        return fields
