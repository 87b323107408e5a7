"""Applications and candidates under `/v1`."""

from typing import Any

from django.http import FileResponse
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

from accounts.models import Account
from applications import queries, services
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
from applications.models import Application, ApplicationQuerySet, Candidate, CandidateQuerySet, TimelineEvent
from jobsphere.api.idempotency import idempotent
from jobsphere.api.views import ApiView, ApiViewSet
from jobsphere.errors import NotFound
from jobsphere.ids import pattern

APPLICATIONS, CANDIDATES = "Applications", "Candidates"
NEWEST_SHOWN = 100


def _id_parameter(prefix: str) -> OpenApiParameter:
    schema = {"type": "string", "pattern": f"^{pattern(prefix)}$"}
    return OpenApiParameter("id", schema, OpenApiParameter.PATH)


APPLICATION_ID, CANDIDATE_ID = _id_parameter("app"), _id_parameter("cand")


def _account(request: Request) -> Account:
    account: Account = request.auth.account
    return account


def _actor(request: Request) -> services.Actor:
    return services.Actor(account=_account(request), api_key=request.auth)


def _find_application(account: Account, public_id: str) -> Application:
    application = queries.applications_of(account).filter(public_id=public_id).first()
    if application is None:
        raise NotFound("There is no such application, or you may not see it.")
    return application


@extend_schema_view(
    list=extend_schema(
        operation_id="list_applications",
        tags=[APPLICATIONS],
        summary="List applications",
        description="Those for your jobs, and those that you submitted for others' jobs; newest first.",
    ),
    retrieve=extend_schema(
        operation_id="get_application",
        tags=[APPLICATIONS],
        summary="Get an application",
        description="The job's owner sees all of it; who submitted it sees what was sent, and the stage.",
        parameters=[APPLICATION_ID],
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

    def get_queryset(self) -> ApplicationQuerySet:
        return queries.applications_of(_account(self.request))

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self._show(page, many=True))

    def retrieve(self, request: Request, id: str) -> Response:
        return Response(self._show(_find_application(_account(request), id)))

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
                value={
                    "job_id": "job_8x29a1b3",
                    "candidate_email": "dev@example.com",
                    "resume_url": "https://secure.storage/resume.pdf",
                    "cover_letter": "I'm excited to apply for...",
                    "source": "api_integration",
                },
            )
        ],
    )
    @idempotent
    def create(self, request: Request) -> Response:
        body_class = ApplicationForm if request.content_type.startswith("multipart/") else ApplicationBody
        body = body_class(data=plain_body(request.data))
        body.is_valid(raise_exception=True)
        fields = dict(body.validated_data)
        job = queries.find_job(account=_account(request), job_id=fields.pop("job_id"))
        if job is None:
            raise NotFound("There is no such job, or you may not see it.", param="job_id")
        application = services.submit_application(job=job, by=_actor(request), **fields)
        return Response(
            self._show(_find_application(_account(request), application.public_id)),
            status=201,
            headers={"Location": f"/v1/applications/{application.public_id}"},
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
            OpenApiExample(
                "Invite",
                request_only=True,
                value={"stage": "interview", "note": "Strong portfolio.", "rating": 4},
            )
        ],
    )
    def partial_update(self, request: Request, id: str) -> Response:
        application = _find_application(_account(request), id)
        body = ApplicationChanges(data=request.data)
        body.is_valid(raise_exception=True)
        services.update_application(application=application, by=_actor(request), changes=body.validated_data)
        return Response(self._show(_find_application(_account(request), id)))

    def _show(self, applications: Any, many: bool = False) -> Any:
        return self.get_serializer(applications, many=many).data

    def get_serializer_context(self) -> dict[str, Any]:
        return {"account": _account(self.request)}


@extend_schema_view(
    list=extend_schema(
        operation_id="list_application_timeline",
        tags=[APPLICATIONS],
        summary="List what happened to an application",
        description="Oldest first. Who submitted it sees its submission and its stages.",
        parameters=[APPLICATION_ID],
    )
)
class TimelineViewSet(ApiViewSet):
    """What happened to an application."""

    queryset = TimelineEvent.objects.none()
    serializer_class = TimelineEventSerializer

    def list(self, request: Request, id: str) -> Response:
        account = _account(request)
        events = TimelineEvent.objects.visible_to(account).filter(application=_find_application(account, id))
        page = self.paginate_queryset(events.select_related("api_key", "user"))
        context = {"account": account}
        return self.get_paginated_response(TimelineEventSerializer(page, many=True, context=context).data)


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
        responses={(200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY, "The file.")},
    )
    def get(self, request: Request, id: str) -> FileResponse:
        application = _find_application(_account(request), id)
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
    ),
    retrieve=extend_schema(
        operation_id="get_candidate",
        tags=[CANDIDATES],
        summary="Get a candidate",
        description=f"With the applications to you, the newest {NEWEST_SHOWN} of them.",
        parameters=[CANDIDATE_ID],
        responses=CandidateDetailSerializer,
    ),
)
class CandidateViewSet(ApiViewSet):
    """The people who applied to one."""

    lookup_value_regex = pattern("cand")
    queryset = Candidate.objects.none()
    serializer_class = CandidateSerializer
    filterset_class = CandidateFilterSet

    def get_queryset(self) -> CandidateQuerySet:
        return queries.candidates_of(_account(self.request))

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(CandidateSerializer(page, many=True).data)

    def retrieve(self, request: Request, id: str) -> Response:
        account = _account(request)
        candidate = self.get_queryset().filter(public_id=id).first()
        if candidate is None:
            raise NotFound("There is no such candidate, or you may not see it.")
        candidate.shown = queries.applications_of(account).filter(candidate=candidate)[:NEWEST_SHOWN]
        return Response(CandidateDetailSerializer(candidate, context={"account": account}).data)
