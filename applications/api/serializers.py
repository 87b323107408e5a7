"""What the API reads and shows of applications and candidates."""

import re
from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.fields import empty

from applications import resumes
from applications.models import Application, Candidate, Stage, TimelineEvent
from applications.services import MAX_NOTE_LENGTH
from jobs.api.serializers import NullIfBlank
from jobsphere.api.fields import HTTPS_URL, HttpsUrlField, TextField, TrueFalseField, WholeNumberField
from jobsphere.api.serializers import StrictSerializer, TimeField

OWNER_ONLY = ("candidate_id", "rating", "note_count")


class OptionalTextField(TextField):
    """Text that may be empty."""

    pattern = r"^[^\u0000]*$"

    def run_validation(self, data: Any = empty) -> Any:
        return "" if isinstance(data, str) and not data.strip() else super().run_validation(data)


class LinkField(TextField):
    """The http or https address of a web page."""

    pattern = HTTPS_URL.replace("^https", "^https?")
    default_error_messages = {"invalid_url": "must be an address such as https://example.com/portfolio."}

    def to_internal_value(self, data: Any) -> str:
        url = super().to_internal_value(data)
        if not re.fullmatch(self.pattern, url):
            self.fail("invalid_url")
        return url


@extend_schema_serializer(component_name="Application")
class ApplicationBody(StrictSerializer):
    """An application, its résumé kept elsewhere."""

    job_id = TextField(max_length=40, help_text="The job, such as job_8x29a1b3.")
    candidate_email = serializers.EmailField(
        max_length=254,
        error_messages={"invalid": "must be an e-mail address."},
        help_text="By it the employer's candidate is known, whatever its case.",
    )
    resume_url = HttpsUrlField(
        max_length=resumes.MAX_URL_LENGTH,
        help_text="Where the résumé is, over https. JobSphere hands the address on and never opens it.",
    )
    cover_letter = OptionalTextField(required=False, max_length=20_000)
    source = TextField(  # type: ignore[assignment]  # the field's name, not its option
        required=False,
        max_length=60,
        help_text="Where the candidate came from; `api` unless given.",
    )
    candidate_name = OptionalTextField(required=False, max_length=200)
    phone = OptionalTextField(required=False, max_length=40)
    links = serializers.ListField(
        child=LinkField(max_length=500),
        required=False,
        max_length=10,
        help_text="Web pages of the candidate.",
    )
    answers = serializers.DictField(
        child=OptionalTextField(max_length=5000),
        required=False,
        help_text="Answers to the job's screening questions, by the question's id.",
    )
    consent = TrueFalseField(
        required=False, help_text="Whether the candidate agreed to this use of the data; its time is kept."
    )


@extend_schema_serializer(component_name="ApplicationForm")
class ApplicationForm(ApplicationBody):
    """An application in multipart/form-data, with its résumé as the file `resume` (or by `resume_url`)."""

    resume_url = HttpsUrlField(
        max_length=resumes.MAX_URL_LENGTH,
        required=False,
        help_text="Where the résumé is, over https, unless it is sent as `resume`.",
    )
    resume = serializers.FileField(
        required=False,
        allow_empty_file=True,
        error_messages={"invalid": "must be a file."},
        help_text="A PDF, DOCX or ODT file without macros, or text in UTF-8, up to 10 MB. "
        "Its content counts, not its name.",
    )
    answers = serializers.DictField(
        child=OptionalTextField(max_length=5000),
        required=False,
        help_text="A JSON object: answers to the job's screening questions, by the question's id.",
    )


class _ApplicationFormSchema(OpenApiSerializerExtension):
    target_class = ApplicationForm
    priority = 1

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        one_resume = [{"required": ["resume"]}, {"required": ["resume_url"]}]
        return schema | {"additionalProperties": False, "oneOf": one_resume}


@extend_schema_serializer(component_name="ApplicationChanges")
class ApplicationChanges(StrictSerializer):
    """What to change of an application; what is left out stays."""

    stage = serializers.ChoiceField(
        Stage.choices,
        required=False,
        error_messages={"invalid_choice": f"must be one of: {', '.join(Stage.values)}."},
        help_text="Where it stands. Which stage may follow which: docs, Application stages.",
    )
    note = TextField(
        required=False,
        max_length=MAX_NOTE_LENGTH,
        help_text="A note for the employer's own eyes.",
    )
    rating = WholeNumberField(required=False, allow_null=True, min_value=1, max_value=5)


class ResumeSerializer(serializers.Serializer[Application]):
    """A résumé that was sent as a file."""

    filename = serializers.CharField(source="resume_filename")
    media_type = serializers.CharField(source="resume_media_type")
    size = serializers.IntegerField(source="resume_size", help_text="Bytes.")
    url = serializers.SerializerMethodField(help_text="Where to download it, with your key.")

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, application: Application) -> str:
        return f"{settings.BASE_URL}/v1/applications/{application.public_id}/resume"


@extend_schema_serializer(component_name="Application")
class ApplicationSerializer(serializers.Serializer[Application]):
    """An application, as the asking account may see it."""

    id = serializers.CharField(source="public_id")
    job_id = serializers.CharField(source="job.public_id")
    job_title = serializers.CharField(source="job.title")
    candidate_id = serializers.CharField(
        source="candidate.public_id", allow_null=True, help_text="For the job's owner alone."
    )
    candidate_email = serializers.CharField(source="candidate.email")
    candidate_name = serializers.CharField()
    phone = serializers.CharField()
    links = serializers.ListField(child=serializers.CharField())
    stage = serializers.ChoiceField(Stage.choices)
    source = serializers.CharField()  # type: ignore[assignment]
    resume_url = NullIfBlank(help_text="The address that was sent, if one was.")
    resume = serializers.SerializerMethodField(help_text="The file that was sent, if one was.")
    cover_letter = serializers.CharField()
    answers = serializers.DictField(child=serializers.CharField())
    consented_at = TimeField(allow_null=True)
    rating = serializers.IntegerField(allow_null=True, help_text="1 to 5; for the job's owner alone.")
    note_count = serializers.IntegerField(allow_null=True, help_text="For the job's owner alone.")
    submitted_at = TimeField()
    updated_at = TimeField()
    erased_at = TimeField(
        allow_null=True, help_text="When the candidate had the personal data erased: the row is nobody's now."
    )

    @extend_schema_field(ResumeSerializer(allow_null=True))
    def get_resume(self, application: Application) -> dict[str, Any] | None:
        return ResumeSerializer(application).data if application.resume_file else None

    def to_representation(self, instance: Application) -> dict[str, Any]:
        shown = super().to_representation(instance)
        if instance.owner_id != self.context["account"].pk:
            shown.update(dict.fromkeys(OWNER_ONLY))
        return shown


class ActorSerializer(serializers.Serializer[TimelineEvent]):
    """A key or a person of your own account."""

    type = serializers.ChoiceField(["api_key", "user"])
    id = serializers.CharField(allow_null=True, help_text="The key's id.")
    name = serializers.CharField()


@extend_schema_serializer(component_name="TimelineEvent")
class TimelineEventSerializer(serializers.Serializer[TimelineEvent]):
    """One thing that happened to an application."""

    id = serializers.CharField(source="public_id")
    type = serializers.ChoiceField(TimelineEvent.Kind.choices, source="kind")
    from_stage = NullIfBlank()
    to_stage = NullIfBlank()
    note = NullIfBlank()
    rating = serializers.IntegerField(allow_null=True)
    actor = serializers.SerializerMethodField(help_text="Who of your account did it; null if others did.")
    at = TimeField()

    @extend_schema_field(ActorSerializer(allow_null=True))
    def get_actor(self, event: TimelineEvent) -> dict[str, Any] | None:
        if event.account_id != self.context["account"].pk:
            return None
        if event.api_key:
            return {"type": "api_key", "id": event.api_key.public_id, "name": event.api_key.name}
        return {"type": "user", "id": None, "name": str(event.user)} if event.user else None


@extend_schema_serializer(component_name="Candidate")
class CandidateSerializer(serializers.Serializer[Candidate]):
    """A person who applied to you."""

    id = serializers.CharField(source="public_id")
    email = serializers.CharField()
    name = serializers.CharField()
    phone = serializers.CharField()
    application_count = serializers.IntegerField(help_text="All applications to you.")
    created_at = TimeField()
    updated_at = TimeField()
    erased_at = TimeField(allow_null=True, help_text="When this person had the personal data erased.")


@extend_schema_serializer(component_name="CandidateDetail")
class CandidateDetailSerializer(CandidateSerializer):
    """A person who applied to you, with the applications."""  # `applications` in the context

    applications = serializers.SerializerMethodField(
        help_text="The newest 100; `GET /v1/applications?candidate_email=` pages through all."
    )

    @extend_schema_field(ApplicationSerializer(many=True))
    def get_applications(self, candidate: Candidate) -> Any:
        return ApplicationSerializer(self.context["applications"], many=True, context=self.context).data
