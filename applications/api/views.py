"""Applications and candidates under `/v1`."""

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, QueryDict
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from accounts.api.authentication import key_of
from accounts.models import Account
from applications import queries, resumes, services
from applications.api import examples
from applications.api.filters import ApplicationFilterSet, CandidateFilterSet
from applications.api.forms import plain_body
from applications.api.serializers import (
    ApplicationBody,
    ApplicationChanges,
    ApplicationForm,
    ApplicationSerializer,
    CandidateDetailSerializer,
    CandidateSerializer,
    TimelineEventSerializer,
)
from applications.models import Application, Candidate, TimelineEvent
from jobsphere.api.idempotency import idempotent
from jobsphere.api.pagination import Pagination
from jobsphere.api.views import ApiView, ApiViewSet
from jobsphere.errors import NotFound
from jobsphere.ids import pattern

APPLICATIONS, CANDIDATES = "Applications", "Candidates"
NEWEST_SHOWN = 100


def _id_parameter(prefix: str, kind: str) -> OpenApiParameter:
    schema = {"type": "string", "pattern": f"^{pattern(prefix)}$"}
    return OpenApiParameter("id", schema, OpenApiParameter.PATH, description=f"The id of the {kind}.")


APPLICATION_ID, CANDIDATE_ID = _id_parameter("app", "application"), _id_parameter("cand", "candidate")


def _shows(name: str, value: Any, status: str = "200") -> OpenApiExample:
    return OpenApiExample(name, value, response_only=True, status_codes=[status])


def _actor(request: Request) -> services.Actor:
    key = key_of(request)
    return services.Actor(account=key.account, api_key=key)


def _find_application(account: Account, public_id: str) -> Application:
    application = queries.applications_of(account).filter(public_id=public_id).first()
    if application is None:
        raise NotFound("There is no such application, or you may not see it.")
    return application


def _shown(account: Account, public_id: str) -> dict[str, Any]:
    """Return an application as it stands now, for this account's eyes."""
    return ApplicationSerializer(_find_application(account, public_id), context={"account": account}).data


def _page(view: ApiViewSet, items: QuerySet[Any], serializer_class: type[Serializer[Any]]) -> Response:
    page = Pagination.paginate(items, view.query["limit"], view.query["page"])
    context = {"account": key_of(view.request).account}
    data = serializer_class(page.items, many=True, context=context).data
    return Pagination.respond(page, data, view.request._request)


@extend_schema_view(
    list=extend_schema(
        operation_id="list_applications",
        tags=[APPLICATIONS],
        summary="List applications",
        description="Those for your jobs, and those that you submitted for others' jobs; newest first.",
        examples=[_shows("Of one candidate", examples.APPLICATION)],
    ),
    retrieve=extend_schema(
        operation_id="get_application",
        tags=[APPLICATIONS],
        summary="Get an application",
        description="The job's owner sees all of it; who submitted it sees what was sent, and the stage.",
        parameters=[APPLICATION_ID],
        examples=[_shows("As the job's owner sees it", examples.APPLICATION)],
    ),
)
class ApplicationViewSet(ApiViewSet):
    """Applications for one's own jobs, and those one submitted."""

    lookup_value_regex = pattern("app")
    queryset = Application.objects.none()
    serializer_class = ApplicationSerializer
    filterset_class = ApplicationFilterSet

    def get_parsers(self) -> list[BaseParser]:
        parsers = super().get_parsers()
        return [*parsers, MultiPartParser()] if self.request and self.request.method == "POST" else parsers

    def list(self, request: Request) -> Response:
        applications = self.filter_queryset(queries.applications_of(key_of(request).account))
        return _page(self, applications, ApplicationSerializer)

    def retrieve(self, request: Request, id: str) -> Response:
        return Response(_shown(key_of(request).account, id))

    @extend_schema(
        operation_id="submit_application",
        tags=[APPLICATIONS],
        summary="Submit an application",
        description=(
            "Submit a job application on behalf of a candidate or through your integrated careers page. "
            "One application per candidate and job.\n\n"
            "With the résumé as a file, send multipart/form-data: the same fields, `links` repeated, "
            "`answers` as a JSON object, and the file as `resume`."
        ),
        request={"application/json": ApplicationBody, "multipart/form-data": ApplicationForm},
        responses={201: ApplicationSerializer},
        examples=[
            OpenApiExample(
                "By address",
                request_only=True,
                media_type="application/json",
                value=examples.NEW_APPLICATION,
            ),
            OpenApiExample(
                "By file", request_only=True, media_type="multipart/form-data", value=examples.NEW_FORM
            ),
            _shows("Submitted", examples.APPLICATION, "201"),
        ],
    )
    @idempotent
    def create(self, request: Request) -> Response:
        account = key_of(request).account
        body_class = ApplicationForm if isinstance(request.data, QueryDict) else ApplicationBody
        body = body_class(data=plain_body(request.data))
        body.is_valid(raise_exception=True)
        fields = dict(body.validated_data)
        job = queries.find_job(account=account, job_id=fields.pop("job_id"))
        if job is None:
            raise NotFound("There is no such job, or you may not see it.", param="job_id")
        application = services.submit_application(job=job, by=_actor(request), **fields)
        return Response(
            _shown(account, application.public_id),
            status=201,
            headers={"Location": reverse("application-detail", kwargs={"id": application.public_id})},
        )

    @extend_schema(
        operation_id="update_application",
        tags=[APPLICATIONS],
        summary="Move, rate or annotate an application",
        description=(
            "All of it happens, or nothing. Who submitted an application for another's job may only "
            "withdraw it."
        ),
        parameters=[APPLICATION_ID],
        request=ApplicationChanges,
        examples=[
            OpenApiExample("Invite", request_only=True, value=examples.CHANGES),
            _shows("Invited", examples.CHANGED),
        ],
    )
    def partial_update(self, request: Request, id: str) -> Response:
        account = key_of(request).account
        application = _find_application(account, id)
        body = ApplicationChanges(data=request.data)
        body.is_valid(raise_exception=True)
        services.update_application(application=application, by=_actor(request), changes=body.validated_data)
        return Response(_shown(account, id))


@extend_schema_view(
    list=extend_schema(
        operation_id="list_application_timeline",
        tags=[APPLICATIONS],
        summary="List what happened to an application",
        description="Oldest first. Who submitted it sees its submission and its stages.",
        parameters=[APPLICATION_ID],
        examples=[_shows("A move", examples.TIMELINE_EVENT)],
    )
)
class TimelineViewSet(ApiViewSet):
    """What happened to an application."""

    queryset = TimelineEvent.objects.none()
    serializer_class = TimelineEventSerializer

    def list(self, request: Request, id: str) -> Response:
        account = key_of(request).account
        events = TimelineEvent.objects.visible_to(account).filter(application=_find_application(account, id))
        return _page(self, events.select_related("api_key", "user"), TimelineEventSerializer)


class AnyAccept(BaseContentNegotiation):
    """Whatever type the caller asks for: the file has the type it has, and errors are JSON."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class ResumeView(ApiView):
    """The résumé of an application, as a file to download."""

    content_negotiation_class = AnyAccept

    @extend_schema(
        operation_id="download_resume",
        tags=[APPLICATIONS],
        summary="Download a résumé",
        description="404 when it was sent by address: then the application's `resume_url` names it.",
        parameters=[APPLICATION_ID],
        responses={
            (200, media_type): OpenApiResponse(OpenApiTypes.BINARY, "The file.")
            for media_type in resumes.MEDIA_TYPES
        },
    )
    def get(self, request: Request, id: str) -> FileResponse:
        application = _find_application(key_of(request).account, id)
        if not application.resume_file:
            raise NotFound("No file was sent with this application: see its resume_url.")
        return FileResponse(
            application.resume_file.open(),
            as_attachment=True,
            filename=application.resume_filename,
            content_type=application.resume_media_type,
            headers={
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "private, no-store",
                "Content-Security-Policy": "default-src 'none'; sandbox",
            },
        )


@extend_schema_view(
    list=extend_schema(
        operation_id="list_candidates",
        tags=[CANDIDATES],
        summary="List candidates",
        description="The people who applied to you, newest first.",
        examples=[_shows("One of them", examples.CANDIDATE)],
    ),
    retrieve=extend_schema(
        operation_id="get_candidate",
        tags=[CANDIDATES],
        summary="Get a candidate",
        description=f"With the applications to you, the newest {NEWEST_SHOWN} of them.",
        parameters=[CANDIDATE_ID],
        responses=CandidateDetailSerializer,
        examples=[_shows("With an application", examples.CANDIDATE_DETAIL)],
    ),
)
class CandidateViewSet(ApiViewSet):
    """The people who applied to one."""

    lookup_value_regex = pattern("cand")
    queryset = Candidate.objects.none()
    serializer_class = CandidateSerializer
    filterset_class = CandidateFilterSet

    def list(self, request: Request) -> Response:
        candidates = self.filter_queryset(queries.candidates_of(key_of(request).account))
        return _page(self, candidates, CandidateSerializer)

    def retrieve(self, request: Request, id: str) -> Response:
        account = key_of(request).account
        candidate = queries.candidates_of(account).filter(public_id=id).first()
        if candidate is None:
            raise NotFound("There is no such candidate, or you may not see it.")
        newest = queries.applications_of(account).filter(candidate=candidate)[:NEWEST_SHOWN]
        context = {"account": account, "applications": newest}
        return Response(CandidateDetailSerializer(candidate, context=context).data)
