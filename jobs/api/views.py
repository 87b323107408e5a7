"""`/v1/jobs`, `/v1/companies` and `/v1/categories`."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.authentication import ApiKeyAuthentication, key_of
from accounts.models import Account
from jobs import counts, index, queries
from jobs.api import answers
from jobs.api.answers import Answer
from jobs.api.filters import CompanyFilterSet, JobFilterSet
from jobs.api.items import items
from jobs.api.serializers import (
    CategorySerializer,
    CompanySerializer,
    JobChangesSerializer,
    JobDetailSerializer,
    JobSerializer,
    NewJobSerializer,
)
from jobs.models import Category, Company, Job, JobStatus
from jobs.services import postings
from jobsphere.api import json
from jobsphere.api.idempotency import idempotent
from jobsphere.api.pagination import Pagination
from jobsphere.api.views import ApiViewSet
from jobsphere.errors import NotFound
from jobsphere.ids import pattern

JOB_EXAMPLE: dict[str, Any] = {
    "id": "job_8x29a1b3",
    "title": "Senior Frontend Engineer",
    "company": {"id": "comp_123", "name": "TechCorp", "logo_url": "https://techcorp.example/logo.png"},
    "location": "Remote",
    "type": "Full-time",
    "salary_range": {"min": 140000, "max": 185000, "currency": "USD"},
    "posted_at": "2025-04-10T08:00:00Z",
    "skills": ["React", "TypeScript", "Next.js"],
    "experience_level": "senior",
    "category": "engineering",
    "remote": True,
    "url": "https://api.jobsphere.io/jobs/job_8x29a1b3",
}
DETAIL_EXAMPLE = {
    **JOB_EXAMPLE,
    "description": "Build the **frontend** that thousands use every day.",
    "description_html": "<p>Build the <strong>frontend</strong> that thousands use every day.</p>\n",
    "requirements": ["Five years of React"],
    "application_instructions": {"method": "jobsphere", "url": None, "email": None},
    "screening_questions": [{"id": "q1", "question": "When could you start?", "required": True}],
    "tags": ["engineering", "React", "TypeScript", "Next.js"],
    "expires_at": "2025-06-09T08:00:00Z",
    "updated_at": "2025-04-10T08:00:00Z",
    "status": "published",
    "external_id": "FE-7",
}
NEW_JOB_EXAMPLE = {
    "title": "Senior Frontend Engineer",
    "company_id": "comp_123",
    "description": "Build the **frontend** that thousands use every day.",
    "location": "Remote",
    "tags": ["engineering", "React", "TypeScript", "Next.js"],
    "salary_range": {"min": 140000, "max": 185000, "currency": "USD"},
    "experience_level": "senior",
}
COMPANY_EXAMPLE = {
    **JOB_EXAMPLE["company"],
    "website": "https://techcorp.example",
    "description": "We make the web faster.",
    "verification": "verified",
    "suspended": False,
    "created_at": "2025-01-15T12:00:00Z",
}
CATEGORY_EXAMPLE = {
    "slug": "engineering",
    "name": "Engineering",
    "description": "Building and running technology.",
    "open_jobs": 128,
}


def _id_parameter(prefix: str, kind: str) -> OpenApiParameter:
    return OpenApiParameter(
        "id",
        {"type": "string", "pattern": f"^{pattern(prefix)}$"},
        OpenApiParameter.PATH,
        description=f"The id of the {kind}.",
    )


DID_YOU_MEAN = "X-Did-You-Mean"
DID_YOU_MEAN_PARAMETER = OpenApiParameter(
    DID_YOU_MEAN,
    {"type": "string"},
    OpenApiParameter.HEADER,
    description="Where no job matches `q` as typed: the parameters of the search that was answered instead, "
    "such as `q=accountant`.",
    response=[200],
)


class ListingsAuthentication(ApiKeyAuthentication):
    """Reads the version of the listings with the key: a list that is kept costs no other query."""

    beside = index.VERSION_SQL


class JobViewSet(ApiViewSet):
    authentication_classes = (ListingsAuthentication,)
    lookup_value_regex = pattern("job")
    filterset_class = JobFilterSet
    filterset: JobFilterSet
    answer: Answer | None = None

    @extend_schema(
        operation_id="list_jobs",
        tags=["Jobs"],
        summary="List jobs",
        description="Returns a list of job listings. Results are paginated and can be filtered by query, "
        "category, location, and experience level. Filters combine: a job has to meet all that are given. "
        "Where none matches `q` as typed, those are returned that match what was probably meant by it.",
        parameters=[DID_YOU_MEAN_PARAMETER],
        responses=JobSerializer(many=True),
        examples=[OpenApiExample("Senior Frontend Engineer", JOB_EXAMPLE, response_only=True)],
    )
    def list(self, request: Request) -> HttpResponse:
        if self.answer is None:
            filters = self.filterset.job_filters(self._version)
            found = counts.page_as_meant(filters, self.query["limit"], self.query["page"], self._version)
            page = found.page
            headers = {"Link": page.links(request._request), DID_YOU_MEAN: urlencode(found.meant)}
            self.answer = Answer.of(
                json.render(page.envelope(items(page.items, page.version))),
                {name: value for name, value in headers.items() if value},
                page.until,
            )
            answers.keep(self._address, page.version, self.answer)
        return self.answer.response()

    def check_query(self, request: Request) -> None:
        """Read the query, unless the same has just been answered."""
        if self.action == "list":
            meta = request._request.META
            host = meta.get("HTTP_HOST") or request.get_host()  # CommonMiddleware has checked it
            self._address = f"{meta['wsgi.url_scheme']}://{host}?{meta.get('QUERY_STRING', '')}"
            self.answer = answers.recall(self._address, self._version)
            if self.answer is not None:
                return
        super().check_query(request)

    @extend_schema(
        operation_id="get_job",
        tags=["Jobs"],
        summary="Get a job",
        description="Retrieves detailed information about a specific job listing, including full "
        "description, requirements, and application instructions. A job that is no longer open is found "
        "by its own account alone.",
        parameters=[_id_parameter("job", "job")],
        responses=JobDetailSerializer,
        examples=[OpenApiExample("Senior Frontend Engineer", DETAIL_EXAMPLE, response_only=True)],
    )
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(self._detail(queries.visible_job(account=self._account, job_id=id)))

    @extend_schema(
        operation_id="create_job",
        tags=["Jobs"],
        summary="Create a job",
        description="Creates a new job listing. Requires a Read/Write API key and employer verification.",
        request=NewJobSerializer,
        responses={201: JobDetailSerializer},
        examples=[
            OpenApiExample("Senior Frontend Engineer", NEW_JOB_EXAMPLE, request_only=True),
            OpenApiExample("Created", DETAIL_EXAMPLE, response_only=True, status_codes=["201"]),
        ],
    )
    @idempotent
    def create(self, request: Request) -> Response:
        body = NewJobSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        fields = dict(body.validated_data)
        publish = fields.pop("status") == JobStatus.PUBLISHED
        company = postings.company_to_post_for(account=self._account, company_id=fields.pop("company_id"))
        job = postings.create_job(company=company, fields=fields, publish=publish)
        location = reverse("job-detail", kwargs={"id": job.public_id})
        return Response(self._detail(job), status=201, headers={"Location": location})

    @extend_schema(
        operation_id="update_job",
        tags=["Jobs"],
        summary="Change a job",
        description="Changes what the body names, and nothing else. Requires a job of your own.",
        parameters=[_id_parameter("job", "job")],
        request=JobChangesSerializer,
        responses=JobDetailSerializer,
        examples=[
            OpenApiExample("A new title", {"title": "Staff Frontend Engineer"}, request_only=True),
            OpenApiExample("Changed", DETAIL_EXAMPLE, response_only=True),
        ],
    )
    def partial_update(self, request: Request, id: str) -> Response:
        job = queries.job_to_change(account=self._account, job_id=id)
        body = JobChangesSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        changes = dict(body.validated_data)
        status = changes.pop("status", None)
        return Response(self._detail(postings.update_job(job=job, changes=changes, status=status)))

    @extend_schema(
        operation_id="close_job",
        tags=["Jobs"],
        summary="Close a job",
        description="Takes a job of your own off the board; closing it again changes nothing. "
        "Its applications stay.",
        parameters=[_id_parameter("job", "job")],
        responses={204: None},
    )
    def destroy(self, request: Request, id: str) -> Response:
        postings.close_job(job=queries.job_to_change(account=self._account, job_id=id))
        return Response(status=204)

    @property
    def _version(self) -> int:
        """The version of the listings when the key was found."""
        version: int = key_of(self.request).beside  # type: ignore[attr-defined]
        return version

    @property
    def _account(self) -> Account:
        return key_of(self.request).account

    def _detail(self, job: Job) -> dict[str, Any]:
        return JobDetailSerializer(job, context={"account": self._account}).data


class CompanyViewSet(ApiViewSet):
    lookup_value_regex = pattern("comp")
    filterset_class = CompanyFilterSet

    @extend_schema(
        operation_id="list_companies",
        tags=["Companies"],
        summary="List companies",
        description="Returns the verified companies by name; with `mine=true` those of your own account, "
        "verified or not.",
        responses=CompanySerializer(many=True),
        examples=[OpenApiExample("TechCorp", COMPANY_EXAMPLE, response_only=True)],
    )
    def list(self, request: Request) -> Response:
        companies = Company.objects.in_good_standing()
        if self.query["mine"]:
            companies = Company.objects.filter(account=key_of(request).account)
        page = Pagination.paginate(companies.order_by("name", "pk"), self.query["limit"], self.query["page"])
        return Pagination.respond(page, CompanySerializer(page.items, many=True).data, request._request)

    @extend_schema(
        operation_id="get_company",
        tags=["Companies"],
        summary="Get a company",
        description="Returns a verified company, or one of your own in any state.",
        parameters=[_id_parameter("comp", "company")],
        responses=CompanySerializer,
        examples=[OpenApiExample("TechCorp", COMPANY_EXAMPLE, response_only=True)],
    )
    def retrieve(self, request: Request, id: str) -> Response:
        company = Company.objects.visible_to(key_of(request).account).filter(public_id=id).first()
        if company is None:
            raise NotFound("There is no such company.")
        return Response(CompanySerializer(company).data)


class CategoryViewSet(ApiViewSet):
    @extend_schema(
        operation_id="list_categories",
        tags=["Categories"],
        summary="List categories",
        description="Returns the categories, by whose slugs jobs are filtered, each with the number of its "
        "open jobs.",
        responses=CategorySerializer(many=True),
        examples=[OpenApiExample("Engineering", CATEGORY_EXAMPLE, response_only=True)],
    )
    def list(self, request: Request) -> Response:
        categories = Category.objects.order_by("position", "name", "pk")
        page = Pagination.paginate(categories, self.query["limit"], self.query["page"])
        context = {"open_jobs": counts.by_category(page.items)}
        data = CategorySerializer(page.items, many=True, context=context).data
        return Pagination.respond(page, data, request._request)
